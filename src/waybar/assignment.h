// A setting of the status bar as a flag or a line of its configuration file gave it: text, not yet checked.
#pragma once

#include <string>

namespace tsa {

struct WaybarAssignment {
    std::string key;  ///< those of thresholds begin with kThresholdPrefix
    std::string value;
};

}  // namespace tsa
