// SPDX-License-Identifier: MIT
// On the overview: the keys, and what is seen after them.
#pragma once

#include <array>

#include "base/concat.h"
#include "program/key_steps.h"

namespace tsa::test {

/// On the rows of one process, in both sets.
inline constexpr std::array kListSteps = std::to_array<Step>({
    {"F1", "any other key closes", kEsc},
    {"?", "any other key closes", kEsc},
    {"F2", "size of the address space", kEsc},
    {"C", "size of the address space", kEsc},
    {"S", "TIME BY STACK", kEsc},
    {"n", "nothing was searched for"},
    {"F3", "Search: ", kEsc},
    {"N", "nothing was searched for"},
    {"/", "Search: ", kEsc},
    {"F4", "Filter: ", kEsc},
    {"\\", "Filter: ", kEsc},
    {"F6", "Sort by", kEsc},
    {"<", "Sort by", kEsc},
    {">", "Sort by", kEsc},
    {",", "Sort by", kEsc},
    {".", "Sort by", kEsc},
    {"F7", "nice {nice} -> {less}"},
    {"F8", "nice {less} -> {nice}"},
    {"F9", "SIGTERM", kEsc},
    {"DC", "SIGTERM", kEsc},
    {"V", "range", kEsc},
    {"a", "CPUs of", kEsc},
    {"Y", "I/O best effort", kEsc},
    {"i", "idle hidden", "i"},
    {"w", "only blocked now", "w"},
    {"K", "kernel hidden", "K"},
    {"W", "WOKEN BY", "W"},
    {"B", "RX/s", "B"},
    {"r", "LAST 2 MINUTES", "r"},
    {"y", "Copy to the clipboard", kEsc},
    {"f", "group", kEsc},
    {"A", "on, and leave it on", kEsc},
    {"R", "recording to", "R"},
    {"!", "Rule: ", kEsc},
    {"d", "ABOUT THIS MEASUREMENT", kEsc},
    {"e", "Environment of", kEsc},
    {"x", "File locks of", kEsc},
    {"s", " STACK\n", kEsc},
    {"Enter", "WORST AT", kEsc},
    {"p", "COMMAND"},
    {"p", "the program's path"},
    {"p", "the program's name"},
    {"p", "the whole line"},
    {"P", "by EXEC ▼"},
    {"I", "by EXEC ▲"},
    {"M", "by RSS ▼"},
    {"T", "by EXEC+ ▼"},
    {"O", "by IO/s ▼"},
    {"L", "by DELAY ▼"},
    {"[", "interval 100 ms"},
    {"]", "interval 250 ms"},
    {"-", "interval 100 ms"},
    {"+", "interval 250 ms"},
    {"Z", "PAUSED", "Z"},
    {"H", "1 process by", "H"},
    {"c", "14 tagged"},
});

inline constexpr std::array kHtopListSteps = std::to_array<Step>({
    {"h", "any other key closes", kEsc},
    {"k", "SIGTERM", kEsc},
    {"l", "Open files of", kEsc},
    {"u", "every user", kEsc},
    {"Space", "1 tagged"},
    {"U", "!1 tagged"},
    {"z", "PAUSED", "z"},
});

inline constexpr std::array kVimListSteps = std::to_array<Step>({
    {"g", "l open files", kEsc},
    {"g l", "Open files of", kEsc},
    {"g u", "every user", kEsc},
    {"Space", "1 tagged"},
    {"g U", "!1 tagged"},
    {"z", "o open", kEsc},
    {"y", "puppets/waits", kEsc},
    {"u", "is not frozen"},
    {"j", ""},
    {"U", "is not frozen"},
});

/// On all threads of the machine: what leaves the rows of one process.
inline constexpr std::array kMachineSteps = std::to_array<Step>({
    {"F5", "rows of processes and their threads"},
    {"t", "processes below their parents"},
    {"t", "threads by"},
    {"H", "processes by"},
    {"H", "LIMITS OF ITS CGROUP"},
    {"=", "groups by container"},
    {"H", "threads by"},
    {"Tab", "screen io:"},
    {"BTab", "screen main:"},
    {"BTab", "screen memory:"},
    {"C-t", "Screens", kEsc},
    {"Tab", "screen main:"},
    {"m m", "!of them run"},
    {"m", "of them run"},
    {"F", "following"},
    {kEsc, "!following"},
});

/// In the tree of one process; paused, so only keys change the screen.
inline constexpr std::array kTreeSteps = std::to_array<Step>({
    {"-", "▸ waits"},
    {"+", "▾ waits"},
    {"Left", "▸ waits"},
    {"Right", "▾ waits"},
    {"*", "▸ waits"},
    {"*", "▾ waits"},
});

inline constexpr std::array kVimTreeSteps = std::to_array<Step>({
    {"z c", "▸ waits"},
    {"z o", "▾ waits"},
    {"z a", "▸ waits"},
    {"z a", "▾ waits"},
    {"z M", "▸ waits"},
    {"z R", "▾ waits"},
    {"h", "▸ waits"},
    {"l", "▾ waits"},
});

/// Each way down, and the way back. From the top row, so the way down can be no other.
inline constexpr auto kMoveSteps = concat(std::to_array<Step>({
                                              {"Down", "~"},
                                              {"Up", "="},
                                              {"j", "~"},
                                              {"C-p", "="},
                                              {"C-n", "~"},
                                              {"Up", "="},
                                          }),
                                          kPageMoves, kHalfMoves,
                                          std::to_array<Step>({
                                              {"End", "~"},
                                              {"Home", "="},
                                          }));

inline constexpr std::array kHtopMoveSteps = std::to_array<Step>({{"G", "~"}, {"g", "="}});

inline constexpr std::array kVimMoveSteps = std::to_array<Step>({
    {"j", "~"},
    {"k", "="},
    {"G", "~"},
    {"g g", "="},
    {"G", "~"},
    {"C-o", "="},
});

}  // namespace tsa::test
