// SPDX-License-Identifier: MIT
// The pane of the drill-down that says which code the thread waits in, what the holder of the lock does, who woke it,
// and who took its CPU: a line each. The pages of stacks and of wakers have all of it.
#include "tui/stacks/lines.h"
#include "tui/thread/detail.h"
#include "tui/wakers/lines.h"

namespace tsa {

std::vector<std::string> pane_lines(const Scene& scene, const WatchedThread& watched) {
    std::vector<std::string> lines = stacks_in_lines(scene, watched);
    if (std::string woken = woken_in_line(scene, watched); !woken.empty()) {
        lines.push_back(std::move(woken));
    }
    if (std::string taken = taken_in_line(scene, watched); !taken.empty()) {
        lines.push_back(std::move(taken));
    }
    return lines;
}

void draw_stack(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows) {
    const std::vector<std::string> lines = pane_lines(scene, watched);
    for (int row = 0; row < rows && static_cast<std::size_t>(row) < lines.size(); ++row) {
        const std::string& line = lines[static_cast<std::size_t>(row)];
        const std::size_t head = line.find("  ") + 2;
        const int x = frame.put(1, y + row, line.substr(0, head), Role::strong);
        frame.put(x, y + row, line.substr(head), Role::text);
    }
}

}  // namespace tsa
