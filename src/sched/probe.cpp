// See probe.h. Order of start: plan, load, attach, seed; from the first event on the kernel keeps the books.
#include "sched/probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <malloc.h>
#include <sys/resource.h>
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
#include "base/recent_peak.h"
#include "base/task_identity.h"
#include "base/thread_count.h"
#include "model/sample.h"
#include "sched/decode.h"
#include "sched/holders.h"
#include "sched/kallsyms.h"
#include "sched/kernel_names.h"
#include "sched/library_log.h"
#include "sched/lock_reader.h"
#include "sched/map_sizes.h"
#include "sched/mapping.h"
#include "sched/program_cost.h"
#include "sched/seeded_futexes.h"
#include "sched/sweep.h"
#include "sched/syscall_classes.h"
#include "sched/timed_probes.h"
#include "sched/zombie_census.h"
#include "tsa.h"
// after tsa.h: the skeleton's .bss holds its structs
#include "sched.skel.h"

namespace tsa {

namespace {

// Room for final records (400 bytes each) while the tool waits for a CPU. It is woken when an eighth is filled; the
// rest must last until it runs: on two saturated CPUs some 10,000 records, half a second of the fastest fork storm seen
// there.
constexpr std::uint32_t kExitRingBytesPerCpu = 2U << 20U;
constexpr std::uint32_t kMinExitRingBytes = 4U << 20U;
constexpr std::uint32_t kMaxExitRingBytes = 64U << 20U;
constexpr std::uint32_t kSlotsPerThread = 4;
constexpr std::size_t kUsualExits = 64;  // per interval: more make the buffers grow, and a storm's room is given back

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

/// Signal 0 asks whether there is such a thread, and needs no right to signal it.
bool is_gone(std::uint32_t tgid, std::uint32_t tid) {
    const auto asked = static_cast<pid_t>(tid);
    const long result = tgid != 0 ? ::syscall(SYS_tgkill, static_cast<pid_t>(tgid), asked, 0) : ::kill(asked, 0);
    return result != 0 && errno == ESRCH;
}

struct SkeletonDelete {
    void operator()(sched_bpf* skeleton) const { sched_bpf::destroy(skeleton); }
};
struct RingDelete {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

}  // namespace

struct Probe::Impl {
    std::unique_ptr<sched_bpf, SkeletonDelete> skeleton;
    CostRegistry costs;
    CostRegistry::Member cost;
    std::unique_ptr<ring_buffer, RingDelete> ring;
    Mapping<tsa_slot> slots;
    Mapping<tsa_untracked> untracked;
    SlotReader reader;
    std::unique_ptr<LockReader> locks;
    CostRegistry::Member locks_cost;
    std::optional<HolderFinder> holders;
    KernelNames names;
    ProbePlan plan;
    std::vector<ExitedThread> pending;  // taken off the ring, not yet in a sample
    std::vector<ExitedThread> held;     // scratch of split_pending
    RecentPeak exits;                   // per sample
    PerState<std::uint64_t> folded_ns{};
    std::uint64_t folded = 0;
    Sweeper sweeper;
    std::uint64_t missed_frees = 0;
    std::uint64_t ended_by_sweep = 0;  // slots that wait to be abandoned
    ZombieCensus census;
    bool sees_all_tasks = true;  // in /proc and by iterators; in a container's PID namespace only its own

    Result<void> load(const ProbeOptions& options);
    Result<void> attach();
    Result<void> seed();
    Result<void> start_holders();
    void judge_seeded();
    void fill_read_only_data(std::uint32_t slot_count, std::uint32_t ring_bytes, const KernelRanges& ranges);
    [[nodiscard]] std::size_t used() const;
    void take_exit(const tsa_slot& final);
    void split_pending(Sample& sample);
    void unlist(const tsa_slot& slot, __u32 number);
    void sweep(std::uint64_t now_ns);
    void take_census(std::uint64_t now_ns);
};

void Probe::Impl::fill_read_only_data(std::uint32_t slot_count, std::uint32_t ring_bytes, const KernelRanges& ranges) {
    auto* data = skeleton->rodata;
    data->tsa_max_slots = slot_count;
    data->tsa_exit_wakeup_bytes = ring_bytes / 8;
    data->tsa_page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const SyscallClasses native = native_syscall_classes();
    const SyscallClasses compat = compat_syscall_classes();
    std::copy(native.begin(), native.end(), data->tsa_syscall_class);
    std::copy(compat.begin(), compat.end(), data->tsa_compat_syscall_class);
    std::copy(ranges.swap_functions.begin(), ranges.swap_functions.end(), data->tsa_swap_functions);
    std::copy(ranges.memory_functions.begin(), ranges.memory_functions.end(), data->tsa_memory_functions);
    data->tsa_sched_text = ranges.sched_text;
}

Result<void> Probe::Impl::load(const ProbeOptions& options) {
    auto support = TRY(kernel_support());
    const KernelRanges ranges = read_kernel_ranges();
    support.kallsyms = ranges.known();
    plan = tsa::plan(support);

    const LogScope log;
    skeleton.reset(options.profile ? open_timed_probes() : sched_bpf::open());
    if (skeleton == nullptr) {
        return log.error("open the scheduler probes", errno);
    }
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton->obj) {
        const bool wanted =
            std::find(plan.programs.begin(), plan.programs.end(), bpf_program__name(program)) != plan.programs.end();
        const bool measures = options.profile && std::strcmp(bpf_program__name(program), "tsa_empty") == 0;
        bpf_program__set_autoload(program, wanted || measures);
    }
    const MapSizes sizes{slots_for(options),
                         exit_ring_bytes(static_cast<std::uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN)))};
    size_maps(*skeleton, sizes);
    fill_read_only_data(sizes.slots, sizes.ring_bytes, ranges);
    if (const int error = sched_bpf::load(skeleton.get()); error != 0) {
        return log.load_error("load the scheduler probes", -error, skeleton->obj);
    }
    cost = CostRegistry::Member(costs, skeleton->obj);
    skeleton->bss->tsa_census = ZombieCensus::kFirstRound;
    names.use(bpf_program__fd(skeleton->progs.tsa_symbol));
    reader.set_namer([this](std::uint64_t address) { return names.name(address); });
    if (auto mapped = slots.map(bpf_map__fd(skeleton->maps.tsa_slots), sizes.slots, true, "the thread slots");
        !mapped.ok()) {
        return mapped;
    }
    return untracked.map(bpf_map__fd(skeleton->maps.tsa_untracked_totals), sizes.cpus, false,
                         "the totals of threads without a slot");
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
        [this](std::uint32_t tgid, std::uint32_t tid) { return sees_all_tasks && is_gone(tgid, tid); },
        [] { return clock_ns(CLOCK_MONOTONIC); },
    });
    return {};
}

std::size_t Probe::Impl::used() const {
    const std::uint32_t value = __atomic_load_n(&skeleton->bss->tsa_slots_used, __ATOMIC_RELAXED);
    return std::min<std::size_t>(value, slots.view().size());
}

void Probe::Impl::take_exit(const tsa_slot& final) {
    if (pending.size() >= kMaxExitedListed) {
        for (std::size_t state = 0; state < kStateCount; ++state) {
            folded_ns[state] += final.ns[state];
        }
        ++folded;
        return;
    }
    ExitedThread& exited = pending.emplace_back();
    exited.index = final.index;
    exited.exit_ns = final.since_ns;
    exited.thread = decode_thread(final);
}

/// A record whose thread was seen alive in this very pass ended after the sample: it belongs to the next one.
void Probe::Impl::split_pending(Sample& sample) {
    held.clear();
    std::erase_if(pending, [&](const ExitedThread& exited) {
        const bool seen_alive =
            exited.index < sample.threads.size() && sample.threads[exited.index].life == exited.thread.life;
        if (seen_alive) {
            held.push_back(exited);
        }
        return seen_alive;
    });
    exits.note(pending.size());
    // The room goes round: what the sample had so far is for the next ones.
    sample.exited.swap(pending);
    clear_to(exits, pending);
    pending.reserve(std::max(kUsualExits, held.size()));
    pending.assign(held.begin(), held.end());
}

/// Removes the thread of a slot from the list by which the probes recognize IDs in lock words.
void Probe::Impl::unlist(const tsa_slot& slot, __u32 number) {
    const int tids = bpf_map__fd(skeleton->maps.tsa_tids);
    const tsa_tid_key key{slot.pid_namespace, slot.ns_tid};
    tsa_tid_owner owner{};
    if (bpf_map_lookup_elem(tids, &key, &owner) == 0 && owner.slot == number) {
        bpf_map_delete_elem(tids, &key);
    }
}

/// Writes slots that no task owns: no probe writes them any more.
void Probe::Impl::sweep(std::uint64_t now_ns) {
    const auto exists = sees_all_tasks ? task_exists : [](std::uint32_t, std::uint64_t) { return true; };
    const Swept& swept = sweeper.sweep(slots.view().first(used()), now_ns, exists);
    const auto rewrite = [this](std::uint32_t index, auto&& change) {
        tsa_slot& slot = slots.writable(index);
        __atomic_store_n(&slot.seq, slot.seq + 1, __ATOMIC_SEQ_CST);
        change(slot);
        __atomic_store_n(&slot.seq, slot.seq + 1, __ATOMIC_SEQ_CST);
    };
    for (const std::uint32_t index : swept.ended) {
        take_exit(slots.view()[index]);
        rewrite(index, [](tsa_slot& slot) { slot.flags |= TSA_F_GONE; });
        ++missed_frees;
        ++ended_by_sweep;
    }
    for (const std::uint32_t index : swept.abandoned) {
        rewrite(index, [](tsa_slot& slot) { slot.state = TSA_STATE_COUNT; });
        const __u32 number = index + 1;
        unlist(slots.view()[index], number);
        if (bpf_map_update_elem(bpf_map__fd(skeleton->maps.tsa_free), nullptr, &number, BPF_ANY) == 0) {
            __atomic_fetch_add(&skeleton->bss->tsa_slots_free, 1, __ATOMIC_RELAXED);
        } else {
            __atomic_fetch_add(&skeleton->bss->tsa_health.slots_leaked, 1, __ATOMIC_RELAXED);
        }
        // The end of one that an earlier sweep ended was counted then.
        if (ended_by_sweep != 0) {
            --ended_by_sweep;
        } else {
            ++missed_frees;
        }
    }
}

/// The same for those without a slot.
void Probe::Impl::take_census(std::uint64_t now_ns) {
    if (!sees_all_tasks || !census.is_due(untracked.view(), now_ns)) {
        return;
    }
    __atomic_store_n(&skeleton->bss->tsa_census, census.begin(untracked.view(), now_ns), __ATOMIC_SEQ_CST);
    if (!iterate_tasks(skeleton->links.tsa_recount).ok()) {
        census.stop();
    }
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

Probe::Probe(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Probe::~Probe() = default;

Result<std::unique_ptr<Probe>> Probe::start(const ProbeOptions& options) {
    auto impl = std::make_unique<Impl>();
    TRY(impl->load(options));
    impl->pending.reserve(kUsualExits);
    impl->held.reserve(kUsualExits);
    TRY(impl->attach());
    TRY(impl->seed());
    impl->sees_all_tasks = in_first_pid_namespace().value_or(true);
    TRY(impl->start_holders());
    impl->judge_seeded();
    ::malloc_trim(0);  // the kernel's type information took some MB while loading
    return std::unique_ptr<Probe>(new Probe(std::move(impl)));
}

void Probe::read(Sample& sample) {
    Impl& self = *impl_;
    sample.source = Source::bpf;
    sample.now_ns = clock_ns(CLOCK_MONOTONIC);
    sample.time_unix_ns = clock_ns(CLOCK_REALTIME);
    sample.health.torn_reads = 0;
    sample.untracked = decode_untracked(self.untracked.view(), sample.now_ns);
    self.census.correct(sample.untracked, sample.now_ns);
    self.sweep(sample.now_ns);
    self.reader.read(self.slots.view(), self.used(), sample);
    self.holders->find(self.slots.view(), self.reader, sample);
    drain_exits();
    self.split_pending(sample);
    for (std::size_t state = 0; state < kStateCount; ++state) {
        sample.untracked.ns[state] += self.folded_ns[state];
    }
    sample.untracked.exits += self.folded;
    const auto load = [](const TSA_U64& counter) { return __atomic_load_n(&counter, __ATOMIC_RELAXED); };
    const tsa_health& health = self.skeleton->bss->tsa_health;
    sample.health.threads_without_slot = sample.untracked.live_threads;
    sample.health.slots_refused = load(health.slots_refused);
    sample.health.slots_leaked = load(health.slots_leaked);
    sample.health.exit_records_lost = load(health.exit_records_lost);
    sample.health.exits_folded = self.folded;
    sample.health.storage_failures = load(health.storage_failures);
    sample.health.missed_frees = self.missed_frees + self.census.missed();
    sample.health.missed_switches = load(health.missed_switches);
    sample.health.unwatched_switches = load(health.unwatched_switches);
    sample.health.clock_backwards = load(health.clock_backwards);
    sample.health.locks_unread = self.holders->unread();
    self.take_census(sample.now_ns);  // last: it takes a while, and is for the next sample
}

int Probe::exit_fd() const {
    return ring_buffer__epoll_fd(impl_->ring.get());
}

void Probe::drain_exits() {
    ring_buffer__consume(impl_->ring.get());
}

void Probe::follow(std::uint32_t tgid) {
    __atomic_store_n(&impl_->skeleton->bss->tsa_follow_tgid, tgid, __ATOMIC_RELAXED);
    impl_->reader.set_followed(tgid);
}

int Probe::slots_fd() const {
    return bpf_map__fd(impl_->skeleton->maps.tsa_slots);
}

int Probe::tasks_fd() const {
    return bpf_map__fd(impl_->skeleton->maps.tsa_tasks);
}

std::optional<tsa_slot> Probe::slot_of(const ThreadKey& thread) const {
    tsa_slot copy;
    std::uint64_t version = 0;
    for (const tsa_slot& slot : impl_->slots.view().first(impl_->used())) {
        // The first look is cheap and may be torn, the second is not.
        const auto is_it = [&thread](const tsa_slot& seen) {
            return seen.tid == thread.tid && seen.start_time_ns == thread.start_time_ns && seen.life != 0 &&
                   seen.state < TSA_ZOMBIE && (seen.flags & TSA_F_GONE) == 0;
        };
        if (is_it(slot) && copy_consistent(slot, copy, version) && is_it(copy)) {
            return copy;
        }
    }
    return std::nullopt;
}

std::string_view Probe::kernel_function(std::uint64_t address) {
    return impl_->names.name(address);
}

const ProbePlan& Probe::plan() const {
    return impl_->plan;
}

std::uint32_t Probe::slots() const {
    return static_cast<std::uint32_t>(impl_->slots.view().size());
}

std::vector<ProgramCost> Probe::program_costs() const {
    return program_costs_of(impl_->skeleton->obj);
}

CostRegistry& Probe::costs() {
    return impl_->costs;
}

std::vector<ProgramLatency> Probe::latencies() const {
    return read_latencies(impl_->skeleton->obj);
}

std::optional<double> Probe::empty_latency_ns() const {
    return measure_empty_ns(impl_->skeleton->obj);
}

}  // namespace tsa
