// SPDX-License-Identifier: MIT
// What the overview says of one process, above the list of its threads, while only that one is shown: why it is slow,
// where its time went, its locks, what its threads wait for, who takes its CPU and who wakes it. tables.cpp has the
// tables, part.cpp puts all together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tui/view.h"

namespace tsa {

/// Lines of it on a screen of that width if it may have `most`; 0: no process is shown, or nothing is known of it.
[[nodiscard]] int process_rows(const Scene& scene, int width, int most);
void draw_process(Frame& frame, const Scene& scene, int y, int rows);

/// Threads that wait for the same thing now.
struct ProcessWait {
    ThreadState state = ThreadState::idle;
    std::string what;  ///< the label of the waits, else the call
    std::size_t threads = 0;
    const Thread* oldest = nullptr;
};
/// Delays first, then by threads.
[[nodiscard]] std::vector<ProcessWait> process_waits(const Report& report, std::uint32_t tgid);

// Tables: a head, and a line for each entry that fits.
void draw_locks(Frame& frame, const Scene& scene, int y, int rows);
void draw_process_waits(Frame& frame, const Scene& scene, const std::vector<ProcessWait>& waits, int y, int rows);

}  // namespace tsa
