// SPDX-License-Identifier: MIT
// Takes all privileges from the process that reads foreign files.
#pragma once

namespace tsa {

/// In the child, right after fork(): closes all descriptors but `socket`, gives up the user, all capabilities and most
/// system calls, and limits its memory. The socket's number may change. Does not return where the kernel refuses the
/// filter of system calls.
[[nodiscard]] int enter_sandbox(int socket);

}  // namespace tsa
