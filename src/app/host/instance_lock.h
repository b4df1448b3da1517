// One instance per user, for those who ask for it: a lock on a file that the kernel takes away when the process ends,
// however it ends.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tsa {

/// Held for as long as it lives.
class InstanceLock {
  public:
    /// `path`: created when it is not there, and left there. Errors: another process holds it (with its PID); the file
    /// is not this user's or cannot be opened.
    static Result<InstanceLock> take(const std::string& path);

  private:
    explicit InstanceLock(Fd file) : file_(std::move(file)) {}
    Fd file_;
};

/// Where the status bar's is: in XDG_RUNTIME_DIR, else in /tmp with the user's number in its name.
[[nodiscard]] std::string waybar_lock_path();

}  // namespace tsa
