// SPDX-License-Identifier: MIT
// The start of a Probe: plan, load, attach, seed; from the first event on the kernel keeps the books. Then what the
// events do not show: holders of locks, and futex waits that are older than the probes.
#include <bpf/bpf.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <span>

#include "base/clock.h"
#include "base/fd.h"
#include "base/first_namespace.h"
#include "base/thread_count.h"
#include "sched/kallsyms.h"
#include "sched/library_log.h"
#include "sched/map_sizes.h"
#include "sched/probe_impl.h"
#include "sched/probe_variants.h"
#include "sched/seeded_futexes.h"
#include "sched/syscall_classes.h"

namespace tsa {

namespace {

// Room for final records (400 bytes each) while the tool waits for a CPU. It is woken when an eighth is filled; the
// rest must last until it runs: on two saturated CPUs some 10,000 records, half a second of the fastest fork storm seen
// there.
constexpr std::uint32_t kExitRingBytesPerCpu = 2U << 20U;
constexpr std::uint32_t kMinExitRingBytes = 4U << 20U;
constexpr std::uint32_t kMaxExitRingBytes = 64U << 20U;
constexpr std::uint32_t kSlotsPerThread = 4;

std::uint32_t slots_for(const ProbeOptions& options) {
    if (options.max_threads != 0) {
        return std::min(options.max_threads, kMaxSlots);
    }
    return std::clamp(std::bit_ceil(read_thread_count().value_or(0) * kSlotsPerThread), kMinSlots, kMaxSlots);
}

/// A power of two, as the ring wants it.
std::uint32_t exit_ring_bytes(std::uint32_t cpus) {
    const std::uint64_t wanted = std::bit_ceil(std::uint64_t{cpus} * kExitRingBytesPerCpu);
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(wanted, kMinExitRingBytes, kMaxExitRingBytes));
}

/// Signal 0 asks whether there is such a thread, and needs no right to signal it.
bool is_gone(std::uint32_t tgid, std::uint32_t tid) {
    const auto asked = static_cast<pid_t>(tid);
    const long result = tgid != 0 ? ::syscall(SYS_tgkill, static_cast<pid_t>(tgid), asked, 0) : ::kill(asked, 0);
    return result != 0 && errno == ESRCH;
}

}  // namespace

/// Drives an iterator program, which writes nothing, over all tasks.
Result<void> iterate_tasks(const bpf_link* link) {
    const LogScope log;
    const Fd iterator(bpf_iter_create(bpf_link__fd(link)));
    if (!iterator.valid()) {
        return log.error("list the existing threads", errno);
    }
    char nothing[64];
    ssize_t got = 0;
    do {
        got = ::read(iterator.get(), nothing, sizeof(nothing));
    } while (got > 0 || (got < 0 && errno == EINTR));
    if (got < 0) {
        return log.error("list the existing threads", errno);
    }
    return {};
}

void Probe::Impl::fill_read_only_data(const MapSizes& sizes, const KernelRanges& ranges, const KernelSupport& support) {
    auto* data = skeleton->rodata;
    data->tsa_max_slots = sizes.slots;
    data->tsa_exit_wakeup_bytes = sizes.ring_bytes / 8;
    data->tsa_cpus = sizes.cpus;
    data->tsa_async_layout = support.async_layout;
    data->tsa_zram_major = support.zram_major;
    data->tsa_page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const SyscallClasses native = native_syscall_classes();
    const SyscallClasses compat = compat_syscall_classes();
    std::copy(native.begin(), native.end(), data->tsa_syscall_class);
    std::copy(compat.begin(), compat.end(), data->tsa_compat_syscall_class);
    std::copy(ranges.swap_functions.begin(), ranges.swap_functions.end(), data->tsa_swap_functions);
    std::copy(ranges.memory_functions.begin(), ranges.memory_functions.end(), data->tsa_memory_functions);
    data->tsa_sched_text = ranges.sched_text;
    data->tsa_userfault_function = ranges.userfault_function;
}

/// Without it, waits for libaio's requests are idle.
void Probe::Impl::find_per_cpu_base() {
    bpf_test_run_opts nothing{};
    nothing.sz = sizeof(nothing);
    bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.tsa_find_per_cpu), &nothing);
}

Result<void> Probe::Impl::load(const ProbeOptions& options) {
    auto support = TRY(kernel_support());
    const KernelRanges ranges = read_kernel_ranges();
    support.kallsyms = ranges.known();
    plan = tsa::plan(support);

    const LogScope log;
    skeleton.reset(options.profile     ? open_timed_probes()
                   : options.neighbors ? open_matrix_probes()
                                       : sched_bpf::open());
    if (skeleton == nullptr) {
        return log.error("open the scheduler probes", errno);
    }
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton->obj) {
        const bool wanted =
            std::find(plan.programs.begin(), plan.programs.end(), bpf_program__name(program)) != plan.programs.end();
        const bool measures = options.profile && std::strcmp(bpf_program__name(program), "tsa_empty") == 0;
        const bool migrates = options.neighbors && std::strcmp(bpf_program__name(program), "tsa_matrix_migrate") == 0;
        migrate = migrates ? program : migrate;
        bpf_program__set_autoload(program, wanted || measures || migrates);
    }
    const MapSizes sizes{slots_for(options),
                         exit_ring_bytes(static_cast<std::uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN)))};
    size_maps(*skeleton, sizes);
    if (options.neighbors) {
        size_matrix(skeleton->obj, sizes.slots, sizes.cpus);
    }
    fill_read_only_data(sizes, ranges, support);
    counts_waits = options.run_queue;
    skeleton->rodata->tsa_counts_waits = counts_waits ? 1 : 0;
    if (const int error = sched_bpf::load(skeleton.get()); error != 0) {
        return log.load_error("load the scheduler probes", -error, skeleton->obj);
    }
    cost = CostRegistry::Member(costs, skeleton->obj);
    skeleton->bss->tsa_census = ZombieCensus::kFirstRound;
    names.use(bpf_program__fd(skeleton->progs.tsa_symbol));
    find_per_cpu_base();
    reader.set_namer([this](std::uint64_t address) { return names.name(address); });
    if (auto mapped = slots.map(bpf_map__fd(skeleton->maps.tsa_slots), sizes.slots, true, "the thread slots");
        !mapped.ok()) {
        return mapped;
    }
    if (auto mapped = changes.map(bpf_map__fd(skeleton->maps.tsa_slot_changes),
                                  bpf_map__max_entries(skeleton->maps.tsa_slot_changes), true, "the marks of changes");
        !mapped.ok()) {
        return mapped;
    }
    reader.use_marks(changes.writable_view(), skeleton->bss->tsa_reading);
    return untracked.map(bpf_map__fd(skeleton->maps.tsa_untracked_totals), sizes.cpus, false,
                         "the totals of threads without a slot");
}

/// Before the first event: slots get the IDs of this process's PID namespace.
void Probe::Impl::locate() {
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.tsa_locate), &options);
    sees_all_tasks = skeleton->bss->tsa_view_level == 0;
    proc_is_own = proc_has_own_ids();
}

Result<void> Probe::Impl::attach() {
    const LogScope log;
    ring.reset(ring_buffer__new(
        bpf_map__fd(skeleton->maps.tsa_exits),
        [](void* self, void* data, std::size_t bytes) {
            if (bytes >= sizeof(tsa_slot)) {
                static_cast<Impl*>(self)->take_exit(*static_cast<const tsa_slot*>(data));
            }
            return 0;
        },
        this, nullptr));
    if (ring == nullptr) {
        return log.error("open the ring of final records", errno);
    }
    if (const int error = sched_bpf::attach(skeleton.get()); error != 0) {
        return log.error("attach the scheduler probes", -error);
    }
    if (migrate != nullptr) {
        migrate_link.reset(bpf_program__attach(migrate));
        if (migrate_link == nullptr) {
            return log.error("attach the scheduler probes", errno);
        }
    }
    return {};
}

Result<void> Probe::Impl::seed() {
    TRY(iterate_tasks(skeleton->links.tsa_seed));
    bpf_link__destroy(skeleton->links.tsa_seed);
    skeleton->links.tsa_seed = nullptr;
    return {};
}

Result<void> Probe::Impl::start_holders() {
    auto reader_of_locks = TRY(LockReader::start());
    locks = std::move(reader_of_locks);
    if (locks->object() != nullptr) {
        locks_cost = CostRegistry::Member(costs, locks->object());
    }
    holders.emplace(HolderQuestions{
        [this](std::span<tsa_lock_query> queries, std::chrono::nanoseconds within) { locks->read(queries, within); },
        [](std::uint32_t tgid, std::uint32_t tid) { return is_gone(tgid, tid); },
        [] { return clock_ns(CLOCK_MONOTONIC); },
    });
    return {};
}

/// Before the first sample, so that no wait changes its state between two.
void Probe::Impl::judge_seeded() {
    const SyscallClasses native = native_syscall_classes();
    const SyscallClasses compat = compat_syscall_classes();
    judge_seeded_futexes(
        slots.writable_view().first(used()),
        {[this](std::span<tsa_lock_query> queries, std::chrono::nanoseconds within) { locks->read(queries, within); },
         [] { return clock_ns(CLOCK_MONOTONIC); },
         [&](std::int32_t number, bool is_compat) {
             const auto& classes = is_compat ? compat : native;
             return number >= 0 && static_cast<std::size_t>(number) < classes.size() &&
                    classes[static_cast<std::size_t>(number)] == TSA_CLASS_FUTEX;
         }});
}

Result<std::unique_ptr<Probe>> Probe::start(const ProbeOptions& options) {
    auto impl = std::make_unique<Impl>();
    TRY(impl->load(options));
    impl->locate();
    impl->pending.reserve(kUsualExits);
    impl->held.reserve(kUsualExits);
    TRY(impl->attach());
    TRY(impl->seed());
    TRY(impl->start_holders());
    if (impl->proc_is_own) {  // else /proc/PID is another process
        impl->gil = TRY(GilWatch::start(bpf_map__fd(impl->skeleton->maps.tsa_named_ranges)));
    }
    impl->judge_seeded();
    ::malloc_trim(0);  // the kernel's type information took some MB while loading
    return std::unique_ptr<Probe>(new Probe(std::move(impl)));
}

}  // namespace tsa
