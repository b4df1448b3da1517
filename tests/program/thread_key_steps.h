// SPDX-License-Identifier: MIT
// On the pages of a thread, and of time by stack: the keys, and what is seen after them.
#pragma once

#include <array>

#include "base/concat.h"
#include "program/key_steps.h"

namespace tsa::test {

/// On the page of a thread of the puppet.
inline constexpr std::array kThreadSteps = std::to_array<Step>({
    {"F1", "any other key closes", kEsc},
    {"?", "any other key closes", kEsc},
    {"h", "any other key closes", kEsc},
    {"Tab", "TID {next}"},
    {"BTab", "TID {tid}"},
    {"s", " STACK\n", kEsc},
    {"S", "TIME BY STACK", kEsc},
    {"D", "none of its waits has ended yet", kEsc},
    {"W", "WOKEN BY", kEsc},
    {"o", "does not wait for a lock"},
    {"O", "none of its waits has ended"},
    {"v", "SINCE FIRST SEEN"},
    {"v", "!SINCE FIRST SEEN"},
    {"l", "Open files of", kEsc},
    {"e", "Environment of", kEsc},
    {"x", "File locks of", kEsc},
    {"F7", "nice {nice} -> {less}"},
    {"F8", "nice {less} -> {nice}"},
    {"F9", "SIGTERM", kEsc},
    {"DC", "SIGTERM", kEsc},
    {"f", "group /", kEsc},
    {"a", "CPUs of", kEsc},
    {"Y", "I/O best effort", kEsc},
    {"y", "Copy to the clipboard", kEsc},
    {"R", "recording to", "R"},
    {"!", "Rule: ", kEsc},
    {"A", "on, and leave it on", kEsc},
    {"[", "interval 100 ms"},
    {"]", "interval 250 ms"},
    {"Z", "PAUSED", "Z"},
    {"z", "PAUSED"},
    {"Left", "~"},
    {"Right", "="},
    {",", "~"},
    {".", "="},
    {"Home", "~"},
    {"End", "="},
    {"g", "~"},
    {"G", "="},
    {"+", "~"},
    {"-", "="},
    {"=", "~"},
    {"-", "="},
    {"z", "!PAUSED"},
    {"t", "14 threads by"},
    {"Enter", "WORST AT"},
    {"BSpace", "14 threads by"},
    {"Enter", "WORST AT"},
    {kEsc, "14 threads by"},
});

/// On a thread that does many things, on a low screen: what scrolls.
inline constexpr auto kBusyThreadSteps = concat(std::to_array<Step>({
                                                    {"z", "PAUSED"},
                                                }),
                                                kLineMoves, kPageMoves, kHalfMoves,
                                                std::to_array<Step>({
                                                    {"z", "!PAUSED"},
                                                }));

inline constexpr auto kWakerSteps = concat(std::to_array<Step>({
                                               {"W", "SHARE    MEAN"},
                                               {"z", "PAUSED"},
                                           }),
                                           kAllMoves,
                                           std::to_array<Step>({
                                               {kEsc, "!SHARE    MEAN"},
                                               {"W", "SHARE    MEAN"},
                                               {"W", "!SHARE    MEAN"},
                                               {"W", "SHARE    MEAN"},
                                               {"BSpace", "!SHARE    MEAN"},
                                               {"z", "!PAUSED"},
                                           }));

inline constexpr auto kStackSteps = concat(std::to_array<Step>({
                                               {"s", "do_syscall_64"},
                                               {"z", "PAUSED"},
                                               {"m", "~"},
                                               {"m", "="},
                                           }),
                                           kAllMoves,
                                           std::to_array<Step>({
                                               {kEsc, "! STACK\n"},
                                               {"s", " STACK\n"},
                                               {"s", "! STACK\n"},
                                               {"s", " STACK\n"},
                                               {"BSpace", "! STACK\n"},
                                               {"z", "!PAUSED"},
                                           }));

inline constexpr std::array kHeatSteps = std::to_array<Step>({
    {"D", "HOW LONG IT WAITED"},
    {"z", "PAUSED"},
    {"Right", "~"},
    {"Left", "="},
    {".", "~"},
    {",", "="},
    {"Tab", "~"},
    {"BTab", "="},
    {kEsc, "!HOW LONG IT WAITED"},
    {"D", "HOW LONG IT WAITED"},
    {"D", "!HOW LONG IT WAITED"},
    {"D", "HOW LONG IT WAITED"},
    {"BSpace", "!HOW LONG IT WAITED"},
    {"z", "!PAUSED"},
});

inline constexpr auto kStackTimesSteps = concat(std::to_array<Step>({
                                                    {"z", "PAUSED"},
                                                    {"End", "~"},
                                                    {"Home", "~"},
                                                    {"Right", "~"},
                                                    {"Left", "="},
                                                    {".", "~"},
                                                    {",", "="},
                                                    {"c", "~"},
                                                    {"c", "="},
                                                    {"Enter", "~"},
                                                    {"Enter", "="},
                                                    {"+", "~"},
                                                    {"+", "="},
                                                    {"-", "~"},
                                                    {"-", "="},
                                                }),
                                                kAllMoves,
                                                std::to_array<Step>({
                                                    {"n", "nothing was searched for"},
                                                    {"F3", "Search: ", kEsc},
                                                    {"/", "Search: ", kEsc},
                                                    {"z", "!PAUSED"},
                                                }));

inline constexpr std::array kStackTimesEnds = std::to_array<Step>({
    {"S", "TIME BY STACK"},
    {kEsc, "!TIME BY STACK"},
    {"S", "TIME BY STACK"},
    {"S", "!TIME BY STACK"},
    {"S", "TIME BY STACK"},
    {"BSpace", "!TIME BY STACK"},
});

/// Ctrl-O leads back everywhere.
inline constexpr std::array kBackToThread = std::to_array<Step>({
    {"W", "WOKEN BY"},
    {"C-o", "!WOKEN BY"},
    {"s", " STACK\n"},
    {"C-o", "! STACK\n"},
    {"S", "TIME BY STACK"},
    {"C-o", "!TIME BY STACK"},
    {"D", "none of its waits has ended"},
    {"C-o", "!none of its waits has ended"},
    {"x", "File locks of"},
    {"C-o", "!File locks of"},
    {"d", "ABOUT THIS MEASUREMENT"},
    {"C-o", "!ABOUT THIS"},
    {"C-o", "14 threads by"},
});

inline constexpr std::array kThreadStackTimesEnds = std::to_array<Step>({
    {"S", "TIME BY STACK"},
    {"s", " STACK\n"},
    {kEsc, "! STACK\n"},
});

}  // namespace tsa::test
