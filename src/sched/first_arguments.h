// SPDX-License-Identifier: MIT
// The meaning of the first argument of each system call, if it distinguishes waits: read(3) and read(7) wait for
// different things, the address of a timespec does not matter. The drill-down's probe uses these tables.
#pragma once

#include <array>
#include <cstdint>

#include "tsa_waits.h"

namespace tsa {

/// enum tsa_first_argument by system call number.
using FirstArguments = std::array<std::uint8_t, TSA_SYSCALL_TABLE>;

/// For this architecture's system calls, from the SYS_* of the build.
[[nodiscard]] FirstArguments native_first_arguments();
/// For 32-bit programs on x86_64 (the i386 table); all TSA_ARGUMENT_NONE on other architectures.
[[nodiscard]] FirstArguments compat_first_arguments();

}  // namespace tsa
