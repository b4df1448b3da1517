// Whether this process is in one of the machine's first namespaces or in a container's.
#pragma once

#include <optional>

namespace tsa {

/// TIDs mean the same as to the kernel's own events; nullopt: /proc does not tell.
[[nodiscard]] std::optional<bool> in_first_pid_namespace();
[[nodiscard]] std::optional<bool> in_first_user_namespace();

}  // namespace tsa
