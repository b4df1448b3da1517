// SPDX-License-Identifier: MIT
// The drill-down's verdict: why the thread is slow, in a sentence below NOW.
#include <algorithm>

#include "tui/text.h"
#include "tui/thread/detail.h"
#include "tui/verdicts.h"

namespace tsa {

std::vector<std::string> verdict_lines(const Scene& scene, const WatchedThread& watched, int width) {
    ThreadIndex threads(scene.report);
    const JudgedThread judged = judge_watched(scene, watched, threads);
    return judged.verdict ? wrap_words(judged.verdict->text, std::max(width - 2, 1), scene.unicode)
                          : std::vector<std::string>{};
}

void draw_verdict(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows) {
    const std::vector<std::string> lines = verdict_lines(scene, watched, frame.width());
    for (int row = 0; row < rows && static_cast<std::size_t>(row) < lines.size(); ++row) {
        std::string line = lines[static_cast<std::size_t>(row)];
        if (row + 1 == rows && static_cast<std::size_t>(rows) < lines.size()) {
            line += " " + lines[static_cast<std::size_t>(rows)];  // cut, with the sign of it
        }
        frame.put(1, y + row, line, Role::strong, frame.width() - 2);
    }
}

}  // namespace tsa
