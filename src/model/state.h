// The eleven exclusive thread states: their order, keys, heads and words. Everything that shows or stores a state takes
// its name from here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tsa {

/// In the order in which they are shown. The values are those of `enum tsa_state` in bpf/tsa.h (checked in src/sched).
enum class ThreadState : std::uint8_t {
    exec,
    cpu_wait,
    io_wait,
    swap_wait,
    mem_wait,
    lock_wait,
    uninterruptible,
    sleep,
    idle,
    stopped,
    zombie,
};

inline constexpr std::size_t kStateCount = 11;

/// One number per state, indexed by `index(state)`.
template <class T>
using PerState = std::array<T, kStateCount>;

[[nodiscard]] constexpr std::size_t index(ThreadState state) {
    return static_cast<std::size_t>(state);
}

struct StateInfo {
    ThreadState state;
    std::string_view key;      ///< "cpu_wait": JSON, CSV, command line
    std::string_view head;     ///< "CPUW": column head
    std::string_view label;    ///< "cpu wait": in sentences
    std::string_view meaning;  ///< one sentence for help and glossary
    bool latency;  ///< the thread wanted to go on and could not: everything but exec, sleep, idle, stopped, zombie
};

/// All states, in order.
[[nodiscard]] const PerState<StateInfo>& state_table();
[[nodiscard]] const StateInfo& info(ThreadState state);
/// Off the CPU for a reason that a wake-up ends: only then does Thread::wait describe the present.
[[nodiscard]] constexpr bool is_blocked(ThreadState state) {
    return state != ThreadState::exec && state != ThreadState::cpu_wait && state != ThreadState::stopped &&
           state != ThreadState::zombie;
}
[[nodiscard]] std::optional<ThreadState> state_from_key(std::string_view key);

}  // namespace tsa
