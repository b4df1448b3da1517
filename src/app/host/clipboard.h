// SPDX-License-Identifier: MIT
// The clipboard of a desktop on this machine, by its program (wl-copy, xclip): for terminals that do not know OSC 52.
#pragma once

#include <string>

#include "base/side_jobs.h"

namespace tsa {

class DesktopClipboard {
  public:
    /// Hands the text to the program, if there is a desktop here; does not wait for it.
    void copy(const std::string& text);

  private:
    SideJobs jobs_{"rstat-clip"};
};

}  // namespace tsa
