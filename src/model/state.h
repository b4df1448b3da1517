// SPDX-License-Identifier: MIT
// The exclusive thread states: their order, keys, texts and colors. Everything that shows or stores a state uses the
// table here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "tsa_states.h"

namespace tsa {

/// In display order, with the values of `enum tsa_state` in bpf/tsa.h: both are made from one list.
enum class ThreadState : std::uint8_t {
#define TSA_STATE(name, NAME) name,
    TSA_STATES(TSA_STATE)
#undef TSA_STATE
};

#define TSA_STATE(name, NAME) +1  // NOLINT(bugprone-macro-parentheses): a term of the sum
inline constexpr std::size_t kStateCount = 0 TSA_STATES(TSA_STATE);
#undef TSA_STATE

/// One number per state, indexed by `index(state)`.
template <class T>
using PerState = std::array<T, kStateCount>;

[[nodiscard]] constexpr std::size_t index(ThreadState state) {
    return static_cast<std::size_t>(state);
}

/// How a state is drawn on a terminal: an index into the 256-color palette and the 8-color one; -1: the terminal's
/// default.
struct StateLook {
    std::int16_t color_256 = -1, color_8 = -1;
    bool bold = false, dim = false;
};

struct StateInfo {
    ThreadState state;
    std::string_view key;      ///< "cpu_wait": JSON, CSV, command line
    std::string_view ns_key;   ///< "cpu_wait_ns": its column
    std::string_view head;     ///< "CPUW": column head
    std::string_view label;    ///< "cpu wait": in sentences
    std::string_view meaning;  ///< one sentence for help and glossary
    std::string_view help;     ///< the same for the column
    bool is_delay;             ///< the thread was ready to continue and could not
    bool is_added;             ///< not in the first version: its columns are at the end of CSV lines and JSON objects
    std::string_view delayed;  ///< "for a CPU", after a number of threads; empty where is_delay is not set
    std::string_view glyph, ascii_glyph;
    StateLook dark, light, mono;     ///< by theme
    std::string_view markup_color;   ///< of the status bar
    std::string_view css, css_dark;  ///< of the HTML report, on a light and on a dark background
    std::string_view trace_color;    ///< one of the few that chrome://tracing has by name
    int importance;                  ///< of its column if not all fit: the lowest are removed last
};

namespace state_table_rows {

using enum ThreadState;

// clang-format off
inline constexpr PerState<StateInfo> kRows{{
    {exec, "exec", "exec_ns", "EXEC", "exec", "executing on a CPU", "executing on a CPU",
     false, false, "", "█", "#", {71, 2}, {28, 2}, {},
     "#5faf5f", "#3a923a", "#57a657", "good", 2},
    {cpu_wait, "cpu_wait", "cpu_wait_ns", "CPUW", "cpu wait",
     "runnable, but waiting for a CPU: just woken, preempted, or its quota used up", "runnable, but waiting for a CPU",
     true, false, "for a CPU", "▒", "=", {220, 3}, {136, 3}, {},
     "#ffd700", "#e2b100", "#f2c81e", "yellow", 3},
    {io_wait, "io_wait", "io_wait_ns", "IOW", "io wait",
     "blocked until block or file I/O completes, also through io_uring and libaio", "blocked until block I/O completes",
     true, false, "in I/O", "◆", "i", {208, 3, true}, {166, 3, true}, {-1, -1, true},
     "#ff8700", "#e56a00", "#ff8f1f", "bad", 4},
    {swap_wait, "swap_wait", "swap_wait_ns", "SWAP", "swap wait",
     "blocked in a page fault that reads swap, or refaults a page that was just evicted",
     "blocked in a swap-in, or in a refault (thrashing)",
     true, false, "in swap", "●", "s", {197, 1}, {161, 1}, {-1, -1, true},
     "#ff005f", "#a80038", "#c9124a", "terrible", 8},
    {mem_wait, "mem_wait", "mem_wait_ns", "MEM", "mem wait",
     "blocked in direct reclaim, compaction or memory cgroup throttling",
     "blocked in reclaim, compaction or cgroup throttling",
     true, false, "for memory", "■", "m", {205, 5}, {163, 5}, {-1, -1, true},
     "#ff5faf", "#f191c3", "#ffa3cf", "olive", 10},
    {lock_wait, "lock_wait", "lock_wait_ns", "LOCK", "lock wait",
     "blocked on a lock: a contended futex, a file lock, a SysV semaphore, or a sleeping lock of the kernel",
     "blocked on a lock, of user space or of the kernel",
     true, false, "in locks", "▲", "L", {203, 1, true}, {160, 1, true}, {-1, -1, true},
     "#ff5f5f", "#de2f2f", "#ff5a5a", "thread_state_uninterruptible", 5},
    {uninterruptible, "uninterruptible", "uninterruptible_ns", "D", "D",
     "in any other uninterruptible sleep, or waiting for a process that serves a page fault or a file system",
     "in any other uninterruptible sleep",
     true, false, "in D", "◈", "D", {169, 5, true}, {90, 5, true}, {-1, -1, true},
     "#d75faf", "#8a3b9c", "#b26cc8", "black", 9},
    {sync, "sync", "sync_ns", "SYNC", "sync",
     "blocked until another thread or process acts: a condition variable, semaphore, barrier, join; not known as a lock",
     "waiting for another thread, but not known to be for a lock",
     false, true, "", "◇", "y", {68, 4}, {25, 4}, {},
     "#5f87d7", "#3d6fb6", "#6f9be0", "thread_state_iowait", 12},
    {sleep, "sleep", "sleep_ns", "SLP", "sleep",
     "interruptible sleep in an operation that it asked for: read, recv, wait4, ...",
     "sleeping in an operation that it asked for: read, wait4, ...",
     false, false, "", "░", ".", {109, 6}, {31, 6}, {},
     "#87afaf", "#6aa0b4", "#87afaf", "thread_state_sleeping", 13},
    {idle, "idle", "idle_ns", "IDLE", "idle",
     "waiting for time or for outside events: nanosleep, epoll, poll, accept, ...",
     "waiting for time or outside events: nanosleep, epoll, ...",
     false, false, "", " ", " ", {240, -1, false, true}, {247, -1, false, true}, {-1, -1, false, true},
     "#8a8a8a", "#cfd4db", "#474d57", "grey", 11},
    {stopped, "stopped", "stopped_ns", "STOP", "stopped",
     "stopped by a signal, traced, frozen or parked", "stopped by a signal, traced, frozen or parked",
     false, false, "", "‖", "T", {103, 4}, {61, 4}, {-1, -1, false, true},
     "#8787af", "#6a6ab8", "#8787c4", "thread_state_unknown", 24},
    {zombie, "zombie", "zombie_ns", "ZOMB", "zombie",
     "exited, not yet reaped by its parent", "exited, not yet reaped by its parent",
     false, false, "", "×", "Z", {139, 4, true}, {96, 4, true}, {-1, -1, false, true},
     "#af87af", "#9a6c92", "#b38aab", "white", 25},
}};
// clang-format on

}  // namespace state_table_rows

/// All states, in order.
[[nodiscard]] constexpr const PerState<StateInfo>& state_table() {
    return state_table_rows::kRows;
}
[[nodiscard]] constexpr const StateInfo& info(ThreadState state) {
    return state_table()[index(state)];
}

static_assert(
    [] {
        for (std::size_t i = 0; i < kStateCount; ++i) {
            if (index(state_table()[i].state) != i) {
                return false;
            }
        }
        return true;
    }(),
    "a row for each state of TSA_STATES, in the same order");

/// Off the CPU for a reason that a wakeup ends: only then does Thread::wait describe the present.
[[nodiscard]] constexpr bool is_blocked(ThreadState state) {
    return state != ThreadState::exec && state != ThreadState::cpu_wait && state != ThreadState::stopped &&
           state != ThreadState::zombie;
}
[[nodiscard]] constexpr bool is_delay(ThreadState state) {
    return info(state).is_delay;
}
/// A delay, or executing: a thread that has something to do.
[[nodiscard]] constexpr bool is_load(ThreadState state) {
    return is_delay(state) || state == ThreadState::exec;
}

/// Sum over the states that are delays. Runs for every row of every refresh: unrolled at compile time.
[[nodiscard]] constexpr std::uint64_t sum_of_delays(const PerState<std::uint64_t>& state_ns) {
    return [&]<std::size_t... kStates>(std::index_sequence<kStates...>) {
        return ((state_table()[kStates].is_delay ? state_ns[kStates] : 0) + ...);
    }
    (std::make_index_sequence<kStateCount>{});
}

[[nodiscard]] std::optional<ThreadState> state_from_key(std::string_view key);

}  // namespace tsa
