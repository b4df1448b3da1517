// SPDX-License-Identifier: MIT
// The pane of the drill-down that says which code the thread waits in, what the holder of the lock does, who woke it,
// who took its CPU, and how much of it interrupts took: a line each. The pages of stacks and of wakers have all of it.
#include <fmt/format.h>

#include "model/find_row.h"
#include "model/wakers.h"
#include "tui/stacks/lines.h"
#include "tui/text.h"
#include "tui/thread/detail.h"
#include "tui/wakers/lines.h"

namespace tsa {

namespace {

/// Less is not worth a line.
constexpr double kLeastIrqShare = 0.01;

/// "INTERRUPTS  4.1 % of its time in this interval: exec has it": empty where they took little, or were not measured.
std::string interrupts_in_line(const Scene& scene, const WatchedThread& watched) {
    const ThreadRow* row = scene.report.wakers != nullptr ? find_row(scene.report, watched.key) : nullptr;
    const std::optional<std::uint64_t> irq_ns = row != nullptr ? scene.report.wakers->irq_ns(*row) : std::nullopt;
    const double share =
        irq_ns && row->wall_ns != 0 ? static_cast<double>(*irq_ns) / static_cast<double>(row->wall_ns) : 0;
    return share < kLeastIrqShare ? ""
                                  : fmt::format("INTERRUPTS  {} % of its time in this interval; they are part of exec",
                                                format_share(100 * share));
}

}  // namespace

std::vector<std::string> pane_lines(const Scene& scene, const WatchedThread& watched) {
    std::vector<std::string> lines = stacks_in_lines(scene, watched);
    if (std::string woken = woken_in_line(scene, watched); !woken.empty()) {
        lines.push_back(std::move(woken));
    }
    if (std::string taken = taken_in_line(scene, watched); !taken.empty()) {
        lines.push_back(std::move(taken));
    }
    if (std::string interrupts = interrupts_in_line(scene, watched); !interrupts.empty()) {
        lines.push_back(std::move(interrupts));
    }
    return lines;
}

void draw_headed_lines(Frame& frame, const std::vector<std::string>& lines, int y, int rows) {
    for (int row = 0; row < rows && static_cast<std::size_t>(row) < lines.size(); ++row) {
        const std::string& line = lines[static_cast<std::size_t>(row)];
        const std::size_t head = line.find("  ") + 2;
        const int x = frame.put(1, y + row, line.substr(0, head), Role::strong);
        frame.put(x, y + row, line.substr(head), Role::text);
    }
}

void draw_stack(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows) {
    draw_headed_lines(frame, pane_lines(scene, watched), y, rows);
}

}  // namespace tsa
