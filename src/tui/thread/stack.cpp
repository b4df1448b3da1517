// SPDX-License-Identifier: MIT
// The pane of the drill-down that says which code the thread waits in, a line for its stack and one for that of the
// holder of the lock that it waits for. The page of stacks has all of both.
#include "tui/stacks/lines.h"
#include "tui/thread/detail.h"

namespace tsa {

void draw_stack(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows) {
    const std::vector<std::string> lines = stacks_in_lines(scene, watched);
    for (int row = 0; row < rows && static_cast<std::size_t>(row) < lines.size(); ++row) {
        const std::string& line = lines[static_cast<std::size_t>(row)];
        const std::size_t head = line.find("  ") + 2;
        const int x = frame.put(1, y + row, line.substr(0, head), Role::strong);
        frame.put(x, y + row, line.substr(head), Role::text);
    }
}

}  // namespace tsa
