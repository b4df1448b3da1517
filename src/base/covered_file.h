// SPDX-License-Identifier: MIT
// Files of /proc that something is mounted over: containers under lxcfs get another process's numbers there, not the
// kernel's, and reading them waits for that process.
#pragma once

namespace tsa {

/// Whether `path` is a mount point. Nothing is asked of the file system mounted there. False if it does not exist, and
/// before Linux 5.8, where it cannot be known.
[[nodiscard]] bool is_covered(const char* path);

}  // namespace tsa
