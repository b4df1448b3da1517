// SPDX-License-Identifier: MIT
// On the pages that look closer and about the measurement, and in a replay: the keys, and what is seen after them.
#pragma once

#include <array>

#include "base/concat.h"
#include "program/key_steps.h"

namespace tsa::test {

inline constexpr auto kLookSteps = concat(std::to_array<Step>({
                                              {"e", "Environment of"},
                                          }),
                                          kAllMoves,
                                          std::to_array<Step>({
                                              {"Right", "~"},
                                              {"Left", "="},
                                              {"n", "nothing was searched for"},
                                              {"F3", "Search: ", kEsc},
                                              {"N", "nothing was searched for"},
                                              {"/", "Search: ", kEsc},
                                              {"l", "Open files of"},
                                              {"x", "File locks of"},
                                              {"e", "Environment of"},
                                              {kEsc, "!Environment of"},
                                              {"e", "Environment of"},
                                              {"BSpace", "!Environment of"},
                                              {"e", "Environment of"},
                                              {"Enter", "!Environment of"},
                                          }));

inline constexpr auto kAboutSteps = concat(std::to_array<Step>({
                                               {"d", "ABOUT THIS MEASUREMENT"},
                                           }),
                                           kAllMoves,
                                           std::to_array<Step>({
                                               {kEsc, "!ABOUT THIS"},
                                               {"d", "ABOUT THIS MEASUREMENT"},
                                               {"BSpace", "!ABOUT THIS"},
                                               {"d", "ABOUT THIS MEASUREMENT"},
                                               {"d", "!ABOUT THIS"},
                                           }));

/// What a replay adds, on a recording of five intervals and more.
inline constexpr std::array kReplaySteps = std::to_array<Step>({
    {"Right", "interval  2 of"},
    {"Left", "interval  1 of"},
    {"f", "interval  2 of"},
    {"b", "interval  1 of"},
    {")", "interval  2 of"},
    {"(", "interval  1 of"},
    {"}", "!interval  1 of"},
    {"{", "interval  1 of"},
    {"E", "interval {last}"},
    {"B", "interval  1 of"},
    {"$", "interval {last}"},
    {"^", "interval  1 of"},
    {"x", ""},
    {"!", "no rule made this recording"},
    {"J", "Jump to:", kEsc},
    {"X", ""},
    {"@", "Jump to:", kEsc},
    {"]", "speed 2x"},
    {"[", "speed 1x"},
    {"Space", "PLAYING"},
    {"Space", "!PLAYING"},
    {"z", "PLAYING"},
    {"z", "!PLAYING"},
    {"Z", "PLAYING"},
    {"Z", "!PLAYING"},
});

}  // namespace tsa::test
