// SPDX-License-Identifier: MIT
// Written by the puppet `turns` and read by its test: the holders of the mutex with start and end, in CLOCK_MONOTONIC.
#pragma once

#include <cstdint>

inline constexpr std::uint32_t kMaxTurns = 100'000;

struct Turn {
    std::uint32_t tid;
    std::uint32_t pad;
    std::uint64_t begin_ns;  // right after it got the mutex
    std::uint64_t end_ns;    // right before it unlocks; 0: still held
};

struct TurnHistory {
    std::uint32_t turns;
    std::uint32_t pad;
    Turn turn[kMaxTurns];
};
