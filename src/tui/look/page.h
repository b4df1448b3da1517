// SPDX-License-Identifier: MIT
// A closer look at the process of a row: its open files, its environment, its file locks; as a table with a search.
#pragma once

#include "tui/page.h"

namespace tsa {

extern const Page kLookPage;
extern const Page kLookSearchPrompt;

/// Opens it for the process of the selected row, or of the thread that is shown.
void look_at_files(KeyPress& press);
void look_at_environment(KeyPress& press);
void look_at_locks(KeyPress& press);

inline constexpr std::string_view kNoLookInReplay = "a recording has no open files, environment or file locks";

/// Keys of the screens that open it.
inline constexpr std::array kLookKeys = std::to_array<KeyBinding>({
    {{letter(U'l')},
     look_at_files,
     "Looking closer",
     "open files and sockets of the process, and whom they connect it to",
     "Files",
     kNoLookInReplay},
    {{letter(U'e')},
     look_at_environment,
     "Looking closer",
     "its environment variables",
     "Environment",
     kNoLookInReplay},
    {{letter(U'x')}, look_at_locks, "Looking closer", "its file locks: held, and waited for", "Locks", kNoLookInReplay},
});

}  // namespace tsa
