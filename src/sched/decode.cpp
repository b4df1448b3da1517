// SPDX-License-Identifier: MIT
// See decode.h.
#include "sched/decode.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/first_namespace.h"
#include "model/sample.h"
#include "sched/lock_words.h"

namespace tsa {

namespace {

static_assert(kStateCount == TSA_STATE_COUNT && kPartCount == TSA_PART_COUNT);

constexpr std::uint64_t kWriterInside = 0x0000'0001'0000'0001;  // either sequence count odd (in both byte orders)

// A writer holds a slot for some 20 ns with interrupts off: it takes longer only on a virtual CPU that lost its host
// CPU.
constexpr int kMaxTries = 1'000'000;

/// Reads both sequence counts at once: they are the slot's first eight bytes.
std::uint64_t load_version(const tsa_slot& slot) {
    static_assert(offsetof(tsa_slot, seq) == 0 && offsetof(tsa_slot, identity_seq) == 4);
    return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(&slot), __ATOMIC_ACQUIRE);
}

}  // namespace

bool copy_consistent(const tsa_slot& slot, tsa_slot& out, std::uint64_t& version) {
    for (int attempt = 0; attempt < kMaxTries; ++attempt) {
        version = load_version(slot);
        if ((version & kWriterInside) == 0) {
            std::memcpy(&out, &slot, sizeof(out));
            std::atomic_thread_fence(std::memory_order_acquire);
            if (load_version(slot) == version) {
                return true;
            }
        }
    }
    return false;
}

namespace {

void decode_wait(const tsa_slot& slot, Thread& thread) {
    const std::uint8_t judged =
        thread.since_is_upper_bound ? __atomic_load_n(&slot.seeded_state, __ATOMIC_ACQUIRE) : std::uint8_t{0};
    const bool is_judged = judged != 0 && judged <= TSA_STATE_COUNT;
    if (is_judged) {
        thread.state = static_cast<ThreadState>(judged - 1);
    }
    const std::uint32_t kind = is_judged ? slot.seeded_kind : slot.wait_kind;
    const std::uint32_t peer = is_judged ? slot.seeded_peer : slot.wait_peer;
    thread.wait.doubtful = !is_judged && slot.state != TSA_CPU_WAIT && (slot.flags & TSA_F_DOUBTFUL) != 0;
    thread.wait.kind = kind < TSA_KIND_COUNT ? static_cast<FutexKind>(kind) : FutexKind::none;
    thread.wait.peer_tid = slot.pid_namespace == own_pid_namespace() ? peer : 0;
}

}  // namespace

Thread decode_thread(const tsa_slot& slot) {
    Thread thread;
    const bool is_visible = slot.tid != 0;  // not one of the host, seen from a container
    if (slot.life == 0 || !is_visible || (slot.flags & TSA_F_GONE) != 0 || slot.state >= TSA_STATE_COUNT) {
        return thread;
    }
    thread.life = slot.life;
    thread.tid = slot.tid;
    thread.tgid = slot.tgid;
    thread.state = static_cast<ThreadState>(slot.state);
    thread.kernel = (slot.flags & TSA_F_KTHREAD) != 0;
    thread.followed = (slot.flags & TSA_F_FOLLOWED) != 0;
    thread.preempted = (slot.flags & TSA_F_PREEMPTED) != 0;
    thread.throttled = slot.state == TSA_CPU_WAIT && (slot.flags & TSA_F_THROTTLED) != 0;
    thread.since_is_upper_bound = (slot.flags & TSA_F_SEEDED_WAIT) != 0;
    thread.since_ns = slot.since_ns;
    thread.first_seen_ns = slot.first_seen_ns;
    thread.rss_bytes = slot.rss_bytes;
    thread.rss_at_ns = slot.refreshed_ns;
    thread.start_time_ns = slot.start_time_ns;
    thread.nice = slot.nice;
    thread.policy = slot.policy;
    thread.rt_priority = slot.rt_priority;
    thread.last_cpu = slot.last_cpu;
    std::copy(std::begin(slot.ns), std::end(slot.ns), thread.ns.begin());
    std::copy(std::begin(slot.entries), std::end(slot.entries), thread.entries.begin());
    std::copy(std::begin(slot.part_ns), std::end(slot.part_ns), thread.part_ns.values.begin());
    thread.preempted_entries = slot.preempted_entries;
    thread.wait.syscall = slot.wait_syscall;
    thread.wait.compat = (slot.flags & TSA_F_COMPAT) != 0;
    thread.wait.kernel_lock = (slot.flags & TSA_F_KERNEL_LOCK) != 0;
    std::copy(std::begin(slot.wait_arg), std::end(slot.wait_arg), thread.wait.args.begin());
    thread.wait.kernel_ip = slot.wait_ip;
    decode_wait(slot, thread);
    thread.parent_tgid = slot.parent_tgid;
    thread.uid = slot.uid;
    thread.ns_tid = slot.ns_tid;
    thread.pid_namespace = slot.pid_namespace;
    thread.cgroup_id = slot.cgroup_id;
    std::memcpy(thread.comm.data(), slot.comm, thread.comm.size());
    thread.comm.back() = '\0';
    thread.read_bytes = slot.read_bytes;
    thread.write_bytes = slot.write_bytes;
    static const auto kPageBytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    constexpr std::uint64_t kSharedMask = (std::uint64_t{1} << TSA_SHARED_BITS) - 1;
    thread.virtual_bytes = (slot.memory_pages >> TSA_SHARED_BITS) * kPageBytes;
    thread.shared_bytes = (slot.memory_pages & kSharedMask) * kPageBytes;
    thread.cpu_time_ns = slot.exec_runtime_ns;
    thread.io_priority = slot.io_priority;
    thread.net_rx_bytes = slot.net_rx_bytes;
    thread.net_tx_bytes = slot.net_tx_bytes;
    thread.minor_faults = slot.minor_faults;
    thread.major_faults = slot.major_faults;
    return thread;
}

Untracked decode_untracked(std::span<const tsa_untracked> per_cpu, std::uint64_t now_ns) {
    PerState<std::uint64_t> since_sum{};
    PerState<std::uint64_t> open{};
    Untracked result;
    for (const tsa_untracked& live : per_cpu) {
        tsa_untracked copy{};
        for (int attempt = 0; attempt < kMaxTries; ++attempt) {
            const std::uint64_t finished = __atomic_load_n(&live.finished, __ATOMIC_ACQUIRE);
            std::memcpy(&copy, &live, sizeof(copy));
            std::atomic_thread_fence(std::memory_order_acquire);
            if (__atomic_load_n(&live.begun, __ATOMIC_ACQUIRE) == finished) {
                break;
            }
        }
        for (std::size_t state = 0; state < kStateCount; ++state) {
            result.ns[state] += copy.ns[state];
            since_sum[state] += copy.open_since_sum[state];
            open[state] += copy.open_count[state];
        }
        result.exits += copy.exits;
    }
    for (std::size_t state = 0; state < kStateCount; ++state) {
        // Events after now_ns make the sum exceed now x count: that time belongs to the next sample.
        const auto open_ns = static_cast<std::int64_t>(now_ns * open[state] - since_sum[state]);
        result.ns[state] += open_ns > 0 ? static_cast<std::uint64_t>(open_ns) : 0;
        result.live_threads += open[state];
    }
    return result;
}

void SlotReader::use_marks(std::span<tsa_changes> marks, tsa_reading& reading) {
    marks_ = marks;
    reading_ = &reading;
    round_ = 1;
    __atomic_store_n(&reading.round, 1U, __ATOMIC_SEQ_CST);
}

void SlotReader::mark(std::size_t index) {
    if (!marks_.empty()) {
        __atomic_store_n(&marks_[index / TSA_CHANGES].changed[index % TSA_CHANGES], TSA_U8{1}, __ATOMIC_SEQ_CST);
    }
}

/// Begins a round. Marks are cleared before the slots are read: one that is set meanwhile is for the next round.
void SlotReader::take_marks(std::size_t used) {
    ++round_;
    __atomic_store_n(&reading_->round, static_cast<TSA_U32>(round_), __ATOMIC_SEQ_CST);
    std::vector<std::uint32_t>& marked = marked_[round_ % kRounds];
    marked.clear();
    TSA_U8* marks = marks_.front().changed;
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    for (std::size_t word = 0; word < used; word += kWord) {
        if (__atomic_load_n(reinterpret_cast<const std::uint64_t*>(marks + word), __ATOMIC_RELAXED) == 0) {
            continue;
        }
        for (std::size_t i = word; i < std::min(word + kWord, used); ++i) {
            if (__atomic_load_n(&marks[i], __ATOMIC_RELAXED) != 0) {
                __atomic_store_n(&marks[i], TSA_U8{0}, __ATOMIC_RELAXED);
                marked.push_back(static_cast<std::uint32_t>(i));
            }
        }
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

void SlotReader::read_all(std::span<const tsa_slot> slots, std::size_t used, Sample& sample) {
    for (std::size_t i = 0; i < used; ++i) {
        if (load_version(slots[i]) != sample.versions[i]) {
            copy(slots[i], i, sample);
        }
    }
}

void SlotReader::read_marked(std::span<const tsa_slot> slots, Sample& sample) {
    for (std::uint64_t round = sample.round; round <= round_; ++round) {
        for (const std::uint32_t i : marked_[round % kRounds]) {
            if (load_version(slots[i]) != sample.versions[i]) {
                copy(slots[i], i, sample);
            }
        }
    }
}

void SlotReader::read(std::span<const tsa_slot> slots, std::size_t used, Sample& sample) {
    used = std::min(used, slots.size());
    if (sample.threads.size() < used) {
        sample.threads.resize(used);
        sample.versions.resize(used, 0);
    }
    if (dead_.size() < used) {
        dead_.resize(used, 0);
        tids_.resize(used, 0);
        waits_for_lock_.resize(used, 0);
    }
    // Keep this part fast: the later a slot is read, the further its thread may be past sample.now_ns.
    unnamed_.clear();
    new_sync_waiters_.clear();
    sample.changed.clear();
    if (!marks_.empty()) {
        take_marks(used);
    }
    if (sample.round != 0 && round_ - sample.round < kRounds) {
        read_marked(slots, sample);
    } else {
        read_all(slots, used, sample);
    }
    sample.round = round_;
    list_lock_waiters();
    resolve_names(sample);
}

void SlotReader::read_again(std::span<const tsa_slot> slots, std::size_t index, Sample& sample) {
    if (load_version(slots[index]) != sample.versions[index]) {
        unnamed_.clear();
        copy(slots[index], index, sample);
        resolve_names(sample);
    }
}

void SlotReader::list_lock_waiters() {
    lock_waiters_.clear();
    const std::uint8_t* const begin = waits_for_lock_.data();
    const std::uint8_t* const end = begin + waits_for_lock_.size();
    const auto next = [end](const std::uint8_t* from) {
        return static_cast<const std::uint8_t*>(std::memchr(from, 1, static_cast<std::size_t>(end - from)));
    };
    for (const std::uint8_t* at = next(begin); at != nullptr; at = next(at + 1)) {
        lock_waiters_.push_back(static_cast<std::uint32_t>(at - begin));
    }
}

void SlotReader::resolve_names(Sample& sample) {
    for (const std::uint32_t index : unnamed_) {
        Wait& wait = sample.threads[index].wait;
        wait.kernel_function = namer_ ? namer_(wait.kernel_ip) : std::string_view{};
    }
}

void SlotReader::copy(const tsa_slot& slot, std::size_t index, Sample& sample) {
    tsa_slot still;
    std::uint64_t version = 0;
    sample.changed.push_back(static_cast<std::uint32_t>(index));
    if (!copy_consistent(slot, still, version)) {
        ++sample.health.torn_reads;
        mark(index);
        return;
    }
    Thread& thread = sample.threads[index];
    thread = decode_thread(still);
    thread.followed = thread.followed || (followed_tgid_ != 0 && thread.tgid == followed_tgid_);
    sample.versions[index] = version;
    tids_[index] = thread.life != 0 ? thread.tid : 0;
    dead_[index] = still.life != 0 && still.state == TSA_ZOMBIE ? 1 : 0;
    const bool waits_for_words =
        thread.life != 0 && thread.state == ThreadState::lock_wait && has_lock_words(thread.wait);
    waits_for_lock_[index] = waits_for_words ? 1 : 0;
    if (thread.life != 0 && thread.state == ThreadState::sync) {
        new_sync_waiters_.push_back(static_cast<std::uint32_t>(index));
    }
    if (thread.wait.kernel_ip != 0 && thread.state > ThreadState::cpu_wait) {
        unnamed_.push_back(static_cast<std::uint32_t>(index));
    }
}

}  // namespace tsa
