// SPDX-License-Identifier: MIT
// Which system calls wait for work and which are operations that take time: the table in which the probes look up a
// sleeping thread's system call.
#pragma once

#include <array>
#include <cstdint>

#include "sched/first_arguments.h"
#include "tsa.h"

namespace tsa {

/// enum tsa_syscall_class by system call number, with TSA_CLASS_OF_FILE.
using SyscallClasses = std::array<std::uint8_t, TSA_SYSCALL_TABLE>;

/// Marks the system calls whose first argument is a descriptor.
[[nodiscard]] SyscallClasses with_files(SyscallClasses classes, const FirstArguments& arguments);

/// For this architecture's system calls, from the SYS_* of the build.
[[nodiscard]] SyscallClasses native_syscall_classes();
/// For 32-bit programs on x86_64 (the i386 table); all TSA_CLASS_SLEEP on other architectures.
[[nodiscard]] SyscallClasses compat_syscall_classes();

}  // namespace tsa
