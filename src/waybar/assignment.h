// SPDX-License-Identifier: MIT
// A setting of the status bar from a flag or a line of its configuration file: text, not yet checked.
#pragma once

#include <string>

namespace tsa {

struct WaybarAssignment {
    std::string key;  ///< keys of thresholds begin with kThresholdPrefix
    std::string value;
};

}  // namespace tsa
