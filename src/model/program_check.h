// SPDX-License-Identifier: MIT
// Whether a BPF program loads on this machine: checked by src/sched, judged by src/doctor.
#pragma once

#include <string>

namespace tsa {

/// One BPF program, loaded separately.
struct ProgramCheck {
    std::string name;  ///< "tsa_switch"
    std::string part;  ///< "core", "drill-down", "lock holders", or an optional part's name
    bool ok = false;
    int error_number = 0;  ///< if not ok
    std::string error;     ///< in a user's terms, if not ok
};

}  // namespace tsa
