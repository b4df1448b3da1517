// SPDX-License-Identifier: MIT
// A short name that distinguishes the processes of one program, by the command line: "postgres: app db", "python3
// worker.py". Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tsa {

/// Longer names are cut.
inline constexpr std::size_t kMaxTitleBytes = 40;

/// Of a title that the program has set ("postgres: app db 10.0.0.7(4711) UPDATE waiting", "nginx: worker process") the
/// part that stays the same; of an interpreter its script ("python3 worker.py", "java shop.jar"); else `comm`, the name
/// of the process's first thread. `command`: its arguments with spaces between; may be empty. Raw, as they are.
[[nodiscard]] std::string process_title(std::string_view comm, std::string_view command);

/// Whether a thread of that name needs no other name beside the title of its process: "postgres" in "postgres: app db".
[[nodiscard]] bool title_names(std::string_view title, std::string_view comm);

}  // namespace tsa
