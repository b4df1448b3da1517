// What the puppet `turns` writes and its test reads: who held the mutex, from when to when, by CLOCK_MONOTONIC.
#pragma once

#include <cstdint>

inline constexpr std::uint32_t kMaxTurns = 100'000;

struct Turn {
    std::uint32_t tid;
    std::uint32_t pad;
    std::uint64_t begin_ns;  // right after it got the mutex
    std::uint64_t end_ns;    // right before it lets go; 0: it holds it
};

struct TurnHistory {
    std::uint32_t turns;
    std::uint32_t pad;
    Turn turn[kMaxTurns];
};
