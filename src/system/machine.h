// SPDX-License-Identifier: MIT
// Identifies this machine: for the screens' first line and a recording's metadata. Read once.
#pragma once

#include <string>

namespace tsa {

struct MachineIdentity {
    std::string hostname;
    std::string kernel_release;  ///< "6.1.0-18-amd64"
    std::string architecture;    ///< "x86_64"
};

/// From uname(2), which cannot fail with a valid buffer.
[[nodiscard]] MachineIdentity read_machine_identity();

}  // namespace tsa
