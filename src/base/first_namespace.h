// Whether this process is in one of the machine's first namespaces or in a container's.
#pragma once

#include <cstdint>
#include <optional>

namespace tsa {

/// Inode number of the machine's first PID namespace (the kernel's PROC_PID_INIT_INO).
inline constexpr std::uint32_t kFirstPidNamespace = 0xEFFFFFFC;

/// TIDs mean the same as to the kernel's own events; nullopt: /proc does not tell.
[[nodiscard]] std::optional<bool> in_first_pid_namespace();
[[nodiscard]] std::optional<bool> in_first_user_namespace();

}  // namespace tsa
