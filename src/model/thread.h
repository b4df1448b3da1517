// SPDX-License-Identifier: MIT
// A Thread: its identity, state, cumulative totals and what it waits on, at one instant. Pure data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/futex_kind.h"
#include "model/part.h"
#include "model/state.h"

namespace tsa {

/// What a blocked thread waits on. Valid while its state is a blocked one; else it describes the last wait.
struct Wait {
    std::int32_t syscall = -1;            ///< system call number; -1: none in the registers (page fault, kernel thread)
    bool compat = false;                  ///< the number is of the 32-bit table
    bool kernel_lock = false;             ///< a sleeping kernel lock at address args[0]
    std::array<std::uint64_t, 3> args{};  ///< first arguments of the system call
    std::uint64_t kernel_ip = 0;          ///< address in the kernel function of a D sleep; 0: not read
    std::string_view kernel_function;     ///< its name; empty: not known. Valid as long as the source
    std::uint32_t owner_tid = 0;  ///< holder of the lock, read when the sample was; TID of the machine; 0: unknown
    bool owner_exited = false;    ///< the holder has exited without unlocking; then owner_tid may be unknown
    bool doubtful = false;        ///< the state may be wrong: what the futex is for could not be decided
    FutexKind kind = FutexKind::none;
    std::uint32_t peer_tid = 0;  ///< the thread that a join waits for; TID of the machine; 0: unknown
};

/// What a source could measure of a thread: a bit per state (1 << index(state)), and these.
using Measured = std::uint32_t;
inline constexpr Measured kMeasuredStates = (1U << kStateCount) - 1;
inline constexpr Measured kMeasuredIdleTask = 1U << 22;   ///< whether an idle kernel thread is FutexKind::idle_task
inline constexpr Measured kMeasuredNetwork = 1U << 23;    ///< bytes through sockets
inline constexpr Measured kMeasuredSwitches = 1U << 24;   ///< voluntary and involuntary switches
inline constexpr Measured kMeasuredPreempted = 1U << 25;  ///< the part of cpu_wait that began with a preemption
inline constexpr Measured kMeasuredFaults = 1U << 26;
inline constexpr Measured kMeasuredAge = 1U << 27;        ///< since when it is in its state
inline constexpr Measured kMeasuredIo = 1U << 28;         ///< storage I/O
inline constexpr Measured kMeasuredCertainty = 1U << 29;  ///< whether Wait::doubtful is known
inline constexpr Measured kMeasuredThrottled = 1U << 30;  ///< the part of cpu_wait due to a CPU quota
inline constexpr Measured kMeasuredReclaim = 1U << 31;    ///< the part of exec inside reclaim or compaction
inline constexpr Measured kMeasuredAll = ~Measured{0};
static_assert(kStateCount <= 22, "the bits from 22 on mean something else");

[[nodiscard]] constexpr Measured measured_bit(ThreadState state) {
    return static_cast<Measured>(1U << index(state));
}

[[nodiscard]] constexpr Measured measured_bit(Part part) {
    constexpr std::array<Measured, kPartCount> kBits{kMeasuredPreempted, kMeasuredThrottled, kMeasuredReclaim};
    return kBits[index(part)];
}

/// One thread's totals since it was first seen. Times are ns. Closed intervals only: the current state's time up to the
/// sample is `closed_at_ns(sample) - since_ns` more (see `state_total_ns`).
struct alignas(64) Thread {
    // What every report reads for every thread comes first: one cache line.
    std::uint32_t life =
        0;  ///< which thread of this index it is: index and life together never repeat; 0: index unused
    std::uint32_t tid = 0;
    std::uint32_t tgid = 0;
    ThreadState state = ThreadState::idle;
    bool kernel = false;
    bool followed = false;              ///< belongs to the command that `stat -- CMD` runs
    bool preempted = false;             ///< the current cpu_wait began with a preemption
    std::uint64_t since_ns = 0;         ///< CLOCK_MONOTONIC at which the current state began
    std::uint64_t first_seen_ns = 0;    ///< CLOCK_MONOTONIC
    std::uint64_t rss_bytes = 0;        ///< of its address space, a few ms old while it runs; 0 for kernel threads
    std::uint64_t rss_at_ns = 0;        ///< CLOCK_MONOTONIC at which rss_bytes was read
    std::uint64_t start_time_ns = 0;    ///< since boot, from the kernel; (tid, start_time_ns) is the identity
    bool since_is_upper_bound = false;  ///< the state began before it was watched: its age is a lower bound
    std::int8_t nice = 0;
    std::uint16_t last_cpu = 0;
    Measured measured = kMeasuredAll;  ///< anything else is absent, whatever the field holds

    PerState<std::uint64_t> ns{};         ///< closed time per state
    PerState<std::uint64_t> entries{};    ///< how often each state was entered while watched
    PerPart<std::uint64_t> part_ns{};     ///< closed time per part of a state
    std::uint64_t preempted_entries = 0;  ///< = involuntary switches

    Wait wait;

    bool throttled = false;   ///< the current cpu_wait began while the CPU quota of its group was used up
    std::uint8_t policy = 0;  ///< SCHED_*
    std::uint8_t rt_priority = 0;
    std::uint32_t parent_tgid = 0;
    std::uint32_t uid = 0;
    std::uint32_t ns_tid = 0;         ///< its TID inside its own PID namespace
    std::uint32_t pid_namespace = 0;  ///< that namespace's inode number; 0: unknown
    std::uint64_t cgroup_id = 0;
    std::array<char, 16> comm{};              ///< raw bytes from the kernel, NUL-terminated: sanitize before showing
    std::uint64_t virtual_bytes = 0;          ///< size of its address space; 0 for kernel threads
    std::uint64_t shared_bytes = 0;           ///< the part of rss_bytes in files and shared memory
    std::uint64_t cpu_time_ns = 0;            ///< on a CPU since it was created, without the open interval; 0: unknown
    std::uint16_t io_priority = 0;            ///< as ioprio_get(2) has it; 0: none was set
    std::optional<std::uint64_t> read_bytes;  ///< storage I/O by this thread since it started
    std::optional<std::uint64_t> write_bytes;
    std::optional<std::uint64_t> net_rx_bytes;  ///< through sockets of IPv4 and IPv6, while Sample::network
    std::optional<std::uint64_t> net_tx_bytes;
    std::uint64_t minor_faults = 0;
    std::uint64_t major_faults = 0;
};

static_assert(offsetof(Thread, ns) == 64, "what every report touches is one cache line");

/// Identifies a thread uniquely: TIDs are reused, but not with the same start time.
struct ThreadKey {
    std::uint32_t tid = 0;
    std::uint64_t start_time_ns = 0;

    bool operator==(const ThreadKey&) const = default;
};

[[nodiscard]] inline ThreadKey key_of(const Thread& thread) {
    return {thread.tid, thread.start_time_ns};
}

/// No event reports when a dead thread was reaped; a zombie younger than this counts as reaped at once (the probes do
/// the same when the kernel frees it, a few ms later).
inline constexpr std::uint64_t kZombieFromNs = 100'000'000;

/// Reading a sample usually takes no longer than this: the row of a thread with an event in that time starts up to this
/// much after the interval. A thread whose first row starts later was created inside the interval.
inline constexpr std::uint64_t kReadingNs = 2'000'000;

/// The instant at which a thread's open interval is closed: the sample's, or its last event if that occurred while the
/// sample was being read. So states always sum to `closed_at_ns - first_seen_ns`, to the nanosecond.
[[nodiscard]] inline std::uint64_t closed_at_ns(const Thread& thread, std::uint64_t now_ns) {
    const bool just_dead = thread.state == ThreadState::zombie && now_ns < thread.since_ns + kZombieFromNs;
    return thread.since_ns > now_ns || just_dead ? thread.since_ns : now_ns;
}

/// Time in one state since first seen, the open interval included.
[[nodiscard]] inline std::uint64_t state_total_ns(const Thread& thread, ThreadState state, std::uint64_t now_ns) {
    const std::uint64_t open = thread.state == state ? closed_at_ns(thread, now_ns) - thread.since_ns : 0;
    return thread.ns[index(state)] + open;
}

/// The part that all of the thread's open interval belongs to, if any.
[[nodiscard]] inline std::optional<Part> open_part(const Thread& thread) {
    if (thread.state != ThreadState::cpu_wait || (!thread.throttled && !thread.preempted)) {
        return std::nullopt;
    }
    return thread.throttled ? Part::throttled : Part::preempted;
}

/// Time in one part since first seen, the open interval included.
[[nodiscard]] inline std::uint64_t part_total_ns(const Thread& thread, Part part, std::uint64_t now_ns) {
    const bool open = open_part(thread) == part;
    return thread.part_ns[part] + (open ? closed_at_ns(thread, now_ns) - thread.since_ns : 0);
}

/// The thread's name up to its NUL; raw bytes.
[[nodiscard]] std::string_view comm_of(const Thread& thread);

}  // namespace tsa
