// SPDX-License-Identifier: MIT
// See wakers.h.
#include "sched/wakers.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/first_namespace.h"
#include "sched/library_log.h"
#include "sched/mapping.h"
#include "tsa_wakers.h"
// after tsa.h: the skeleton's .bss holds its structs
#include "wakers.skel.h"

namespace tsa {

namespace {

static_assert(kWakerKinds == TSA_WAKER_KINDS);
static_assert(WakerProbe::kMaxWakeups == TSA_WAKEUPS);

struct WakersSkeletonDelete {
    void operator()(wakers_bpf* skeleton) const { wakers_bpf::destroy(skeleton); }
};

// A writer holds an entry for some 50 ns with interrupts off.
constexpr int kMaxTries = 100'000;

/// An entry that the kernel may be writing; false: its writer did not finish.
template <class Entry>
bool copy_entry(const Entry& live, Entry& out) {
    for (int attempt = 0; attempt < kMaxTries; ++attempt) {
        const std::uint32_t seq = __atomic_load_n(&live.seq, __ATOMIC_ACQUIRE);
        if (seq % 2 != 0) {
            continue;
        }
        std::memcpy(&out, &live, sizeof(out));
        std::atomic_thread_fence(std::memory_order_acquire);
        if (__atomic_load_n(&live.seq, __ATOMIC_RELAXED) == seq) {
            return true;
        }
    }
    return false;
}

Waker decode(const tsa_waker_id& who, const char* comm, std::uint64_t at_ns) {
    Waker waker;
    waker.kind = static_cast<WakerKind>(std::min<std::uint32_t>(who.kind, TSA_WAKER_UNSURE));
    waker.tid = who.tid;
    waker.tgid = who.tgid;
    waker.start_time_ns = who.start_time_ns;
    std::copy_n(comm, waker.comm.size(), waker.comm.begin());
    waker.at_ns = at_ns;
    return waker;
}

WokenBy decode(const tsa_woken_by& entry) {
    return {decode(entry.who, entry.comm, entry.last_ns),
            entry.count,
            entry.total_ns,
            entry.longest_ns,
            entry.sync_count,
            entry.sync_ns};
}

Wakeups decode(const tsa_wakeup_key& key, const tsa_wakeups& entry) {
    constexpr unsigned kStateShift = 8;
    Wakeups wakeups;
    wakeups.thread = {entry.tid, entry.start_time_ns};
    wakeups.state = static_cast<ThreadState>(std::min<std::size_t>(key.what >> kStateShift, kStateCount - 1));
    wakeups.who = decode(entry.who, entry.comm, entry.last_ns);
    wakeups.count = entry.count;
    wakeups.total_ns = entry.total_ns;
    wakeups.longest_ns = entry.longest_ns;
    return wakeups;
}

}  // namespace

struct WakerProbe::Impl {
    explicit Impl(Probe& slots_of) : probe(slots_of) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        if (skeleton != nullptr) {
            wakers_bpf::detach(skeleton.get());  // so that `cost` includes its last runs
        }
    }

    Probe& probe;
    std::unique_ptr<wakers_bpf, WakersSkeletonDelete> skeleton;
    CostRegistry::Member cost;
    Mapping<tsa_waker> wakers;
    Mapping<tsa_woken_by> woken_by;
    Mapping<tsa_irq_time> irq_times;
    // What read_rounds() works with: one system call reads that many entries.
    static constexpr std::uint32_t kBatch = 1024;
    std::vector<tsa_wakeup_key> keys, old_keys;
    std::vector<tsa_wakeups> values;
    std::uint64_t missed = 0, missed_ns = 0;  // when they were read last

    Result<void> load(Scope scope);
    void choose_programs();
    void clear_table();
};

void WakerProbe::Impl::choose_programs() {
    const std::vector<std::string>& wanted = probe.plan().wakers;
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton->obj) {
        bpf_program__set_autoload(program, std::ranges::find(wanted, bpf_program__name(program)) != wanted.end());
    }
}

Result<void> WakerProbe::Impl::load(Scope scope) {
    const LogScope log;
    skeleton.reset(wakers_bpf::open());
    if (skeleton == nullptr) {
        return log.error("open the probes of wakers", errno);
    }
    choose_programs();
    skeleton->rodata->tsa_wakers_translated = own_pid_namespace() != kFirstPidNamespace ? 1 : 0;
    bpf_map__set_max_entries(skeleton->maps.tsa_wakers, probe.slots());
    bpf_map__set_max_entries(skeleton->maps.tsa_irq_times, probe.slots());
    if (scope == Scope::all_wakeups) {
        skeleton->rodata->tsa_wakeups_wanted = 1;
        bpf_map__set_max_entries(skeleton->maps.tsa_wakeups, TSA_WAKEUPS);
    }
    int error = bpf_map__reuse_fd(skeleton->maps.tsa_slots, probe.slots_fd());
    if (error == 0) {
        error = bpf_map__reuse_fd(skeleton->maps.tsa_tasks, probe.tasks_fd());
    }
    if (error == 0) {
        error = wakers_bpf::load(skeleton.get());
    }
    if (error != 0) {
        return log.load_error("load the probes of wakers", -error, skeleton->obj);
    }
    cost = CostRegistry::Member(probe.costs(), skeleton->obj);
    TRY(wakers.map(bpf_map__fd(skeleton->maps.tsa_wakers), probe.slots(), false, "the last wakers"));
    TRY(irq_times.map(bpf_map__fd(skeleton->maps.tsa_irq_times), probe.slots(), false, "the time of interrupts"));
    TRY(woken_by.map(bpf_map__fd(skeleton->maps.tsa_woken_by), TSA_WOKEN_BY, true, "the wakers of one thread"));
    if (error = wakers_bpf::attach(skeleton.get()); error != 0) {
        return log.error("attach the probes of wakers", -error);
    }
    return {};
}

/// After the thread was unset. A program that was running at that moment may still add one wakeup of it.
void WakerProbe::Impl::clear_table() {
    const int index = bpf_map__fd(skeleton->maps.tsa_woken_index);
    tsa_waker_id key{};
    while (bpf_map_get_next_key(index, nullptr, &key) == 0 && bpf_map_delete_elem(index, &key) == 0) {
    }
    std::memset(woken_by.writable_view().data(), 0, woken_by.writable_view().size_bytes());
    __atomic_store_n(&skeleton->bss->tsa_woken_used, 0, __ATOMIC_RELEASE);
}

WakerProbe::WakerProbe(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WakerProbe::~WakerProbe() = default;

Result<std::unique_ptr<WakerProbe>> WakerProbe::start(Probe& probe, Scope scope) {
    auto impl = std::make_unique<Impl>(probe);
    TRY(impl->load(scope));
    ::malloc_trim(0);  // loading used some MB for the kernel's type information
    return std::unique_ptr<WakerProbe>(new WakerProbe(std::move(impl)));
}

std::optional<Waker> WakerProbe::last_waker(std::size_t slot, std::uint32_t life) const {
    const std::span<const tsa_waker> all = impl_->wakers.view();
    tsa_waker copy{};
    if (slot >= all.size() || !copy_entry(all[slot], copy) || copy.life != life || copy.who.kind == TSA_WAKER_NONE) {
        return std::nullopt;
    }
    return decode(copy.who, copy.comm, copy.at_ns);
}

std::optional<std::uint64_t> WakerProbe::irq_ns(std::size_t slot, std::uint32_t life) const {
    const std::span<const tsa_irq_time> all = impl_->irq_times.view();
    if (slot >= all.size() || __atomic_load_n(&all[slot].life, __ATOMIC_ACQUIRE) != life) {
        return std::nullopt;
    }
    return __atomic_load_n(&all[slot].ns, __ATOMIC_RELAXED);
}

void WakerProbe::choose(const std::optional<Chosen>& thread) {
    auto& state = *impl_->skeleton->bss;
    __atomic_store_n(&state.tsa_woken_slot, 0, __ATOMIC_SEQ_CST);
    impl_->clear_table();
    if (thread) {
        state.tsa_woken_life = thread->life;
        __atomic_store_n(&state.tsa_woken_slot, static_cast<std::uint32_t>(thread->slot) + 1, __ATOMIC_RELEASE);
    }
}

void WakerProbe::read(WokenTable& out) const {
    const std::span<const tsa_woken_by> all = impl_->woken_by.view();
    const std::size_t used =
        std::min<std::size_t>(__atomic_load_n(&impl_->skeleton->bss->tsa_woken_used, __ATOMIC_ACQUIRE) + 1, all.size());
    out.wakers.clear();
    tsa_woken_by copy{};
    for (std::size_t at = 1; at < used; ++at) {
        if (copy_entry(all[at], copy) && copy.count != 0) {
            out.wakers.push_back(decode(copy));
        }
    }
    out.others = copy_entry(all[0], copy) ? decode(copy) : WokenBy{};
    std::ranges::sort(out.wakers, [](const WokenBy& a, const WokenBy& b) { return a.total_ns > b.total_ns; });
}

void WakerProbe::next_round() {
    std::uint32_t& round = impl_->skeleton->bss->tsa_wakeups_round;
    __atomic_store_n(&round, round + 1, __ATOMIC_RELEASE);
}

void WakerProbe::read_rounds(WakerInterval& out) {
    Impl& impl = *impl_;
    const int table = bpf_map__fd(impl.skeleton->maps.tsa_wakeups);
    const std::uint32_t current = impl.skeleton->bss->tsa_wakeups_round;
    impl.keys.resize(Impl::kBatch);
    impl.values.resize(Impl::kBatch);
    impl.old_keys.clear();
    out.wakeups.clear();
    std::uint32_t position = 0;
    bool more = true;
    for (bool first = true; more; first = false) {
        std::uint32_t count = Impl::kBatch;
        more = bpf_map_lookup_batch(table, first ? nullptr : &position, &position, impl.keys.data(), impl.values.data(),
                                    &count, nullptr) == 0;
        // At the end of the table it fails, with the last entries.
        if (!more && errno != ENOENT) {
            break;
        }
        for (std::uint32_t at = 0; at < count; ++at) {
            if (impl.keys[at].round != current) {
                impl.old_keys.push_back(impl.keys[at]);
                out.wakeups.push_back(decode(impl.keys[at], impl.values[at]));
            }
        }
    }
    if (auto count = static_cast<std::uint32_t>(impl.old_keys.size()); count != 0) {
        bpf_map_delete_batch(table, impl.old_keys.data(), &count, nullptr);
    }
    const auto take = [](std::uint64_t& before, const std::uint64_t& counter) {
        const std::uint64_t now = __atomic_load_n(&counter, __ATOMIC_RELAXED);
        return now - std::exchange(before, now);
    };
    out.missed = take(impl.missed, impl.skeleton->bss->tsa_wakeups_missed);
    out.missed_ns = take(impl.missed_ns, impl.skeleton->bss->tsa_wakeups_missed_ns);
}

}  // namespace tsa
