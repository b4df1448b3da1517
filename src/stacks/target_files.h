// SPDX-License-Identifier: MIT
// Opens what unwinding needs of another process: its list of mappings, the files that it has mapped, its perf map. May
// block as long as the process holds its mmap_lock, or its file system does not answer. Reads none of the files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "stacks/mappings.h"

namespace tsa {

/// The text of /proc/TID/maps, at most 4 MiB of it; empty: the process has ended, or may not be read.
[[nodiscard]] std::string read_maps(std::uint32_t tid);

/// The file of a mapping: by the kernel's own link, which also leads to deleted files but needs CAP_CHECKPOINT_RESTORE,
/// else by its path in the root directory of the process, if it is still the same file. Not valid: neither is
/// permitted.
[[nodiscard]] Fd open_mapped_file(std::uint32_t tid, const CodeMapping& mapping);

/// The file with the symbols of a build: /usr/lib/debug/.build-id/..., in the root directory of the process, then in
/// this program's; last in this user's cache of debuginfod. Only a regular file. Not valid: there is none.
[[nodiscard]] Fd open_debug_file(std::uint32_t tid, std::string_view build_id);

/// The map of code that the process made at run time: /tmp/perf-PID.map, by its PID in its own namespace. Only a
/// regular file of the process's user or of root. Not valid: there is none.
[[nodiscard]] Fd open_perf_map(std::uint32_t tid, std::uint32_t ns_tgid);

}  // namespace tsa
