// SPDX-License-Identifier: MIT
// One instance per user, on request: a file lock that the kernel releases when the process ends, however it ends.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tsa {

/// Held for its lifetime.
class InstanceLock {
  public:
    /// `path`: created if missing, and never removed. Errors: another process holds it (with its PID); the file belongs
    /// to another user or cannot be opened.
    static Result<InstanceLock> take(const std::string& path);

  private:
    explicit InstanceLock(Fd file) : file_(std::move(file)) {}
    Fd file_;
};

/// Path of the status bar's lock: in XDG_RUNTIME_DIR, else in /tmp with the UID in its name.
[[nodiscard]] std::string waybar_lock_path();

}  // namespace tsa
