// SPDX-License-Identifier: MIT
// Where this program's configuration files are.
#pragma once

#include <string>
#include <string_view>

namespace tsa {

/// That of the user: rstat-tsa/`file` in $XDG_CONFIG_HOME or ~/.config; empty: neither is known.
[[nodiscard]] std::string user_config_path(std::string_view file);
/// That of the machine: /etc/rstat-tsa/`file`.
[[nodiscard]] std::string system_config_path(std::string_view file);

}  // namespace tsa
