// SPDX-License-Identifier: MIT
// Reads a close look at one process from /proc: open files with what they are connected to, environment, file locks.
// May block: only for a separate thread. Whatever cannot be read is said in ProcessLook::problem.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/process_look.h"

namespace tsa {

/// Looks for the other ends of sockets and pipes among all processes end soon after `until_ns` (CLOCK_MONOTONIC).
[[nodiscard]] ProcessLook read_look(const LookTopic& topic, std::uint64_t until_ns);

// The pure parts.
/// What a descriptor was opened for, by the flags of fdinfo, which are octal: "r", "w", "rw", with "a" for O_APPEND and
/// "x" for O_CLOEXEC; "path" for O_PATH.
[[nodiscard]] std::string mode_text(std::uint32_t flags);
/// Variables of an environment, separated by zero bytes.
void add_variables(std::string_view environment, ProcessLook& out);

}  // namespace tsa
