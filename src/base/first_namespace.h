// SPDX-License-Identifier: MIT
// Whether this process is in the machine's initial namespaces or in a container's.
#pragma once

#include <cstdint>
#include <optional>

namespace tsa {

/// Inode number of the initial PID namespace (the kernel's PROC_PID_INIT_INO).
inline constexpr std::uint32_t kFirstPidNamespace = 0xEFFFFFFC;

/// Whether TIDs match those in kernel events; nullopt: /proc cannot be read.
[[nodiscard]] std::optional<bool> in_first_pid_namespace();
/// The same by the reader's own entry in a proc that is open as the folder `proc`.
[[nodiscard]] std::optional<bool> in_first_pid_namespace(int proc);
[[nodiscard]] std::optional<bool> in_first_user_namespace();
/// Whether only the threads of a container's PID namespace are seen. `by_proc`: by /proc alone, which may be the
/// machine's.
[[nodiscard]] bool sees_only_container(bool by_proc);

/// Inode number of this process's PID namespace; the initial one's if /proc cannot be read.
[[nodiscard]] std::uint32_t own_pid_namespace();
/// Whether the IDs in /proc are those of this process's PID namespace. False: /proc was mounted in another one, so that
/// /proc/N is not what the system calls name N; or there is no /proc.
[[nodiscard]] bool proc_has_own_ids();

}  // namespace tsa
