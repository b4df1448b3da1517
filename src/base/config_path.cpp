// SPDX-License-Identifier: MIT
// See config_path.h.
#include "base/config_path.h"

#include <fmt/format.h>

#include <cstdlib>

namespace tsa {

std::string user_config_path(std::string_view file) {
    const char* const config = std::getenv("XDG_CONFIG_HOME");
    if (config != nullptr && config[0] == '/') {
        return fmt::format("{}/rstat-tsa/{}", config, file);
    }
    const char* const home = std::getenv("HOME");
    return home != nullptr && home[0] == '/' ? fmt::format("{}/.config/rstat-tsa/{}", home, file) : std::string();
}

std::string system_config_path(std::string_view file) {
    return fmt::format("/etc/rstat-tsa/{}", file);
}

}  // namespace tsa
