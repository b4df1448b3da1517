// Whether a BPF program loads here: found by src/sched, judged by src/doctor.
#pragma once

#include <string>

namespace tsa {

/// One BPF program, loaded on its own.
struct ProgramCheck {
    std::string name;  ///< "tsa_switch"
    std::string part;  ///< "core", "drill-down", "lock holders", or an optional part's name
    bool ok = false;
    int error_number = 0;  ///< when not ok
    std::string error;     ///< in a user's words, when not ok
};

}  // namespace tsa
