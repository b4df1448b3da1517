// SPDX-License-Identifier: MIT
// Each CPU separately: a bar per CPU if the rows can hold them, else a mark per CPU, or per few neighbors. A CPU's
// place is given by its number; an offline CPU shows a dash.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "tui/bars.h"
#include "tui/overview/header_fields.h"

namespace tsa {
namespace {

constexpr int kLabelWidth = 4;      // of a CPU's number
constexpr int kNarrowestCell = 12;  // its number, and a bar of 6 cells
constexpr int kWidestCell = 33;
constexpr int kMarksX = 7;
constexpr std::size_t kMarksTogether = 8;  // then a space

// Busy share by the CPU's number; none: offline, or not available.
std::vector<std::optional<double>> shares(const SystemRow& system, std::size_t cpus) {
    std::vector<std::optional<double>> out(cpus);
    for (const CpuShare& cpu : system.per_cpu) {
        if (cpu.cpu < cpus) {
            out[cpu.cpu] = cpu.busy_pct;
        }
    }
    return out;
}

void draw_bars(Frame& frame, const Scene& scene, const std::vector<std::optional<double>>& busy, int y,
               std::size_t per_row) {
    const Glyphs& set = glyphs(scene.unicode);
    const int cell = std::min((frame.width() - 1) / static_cast<int>(per_row), kWidestCell);
    for (std::size_t cpu = 0; cpu < busy.size(); ++cpu) {
        const int x = 1 + static_cast<int>(cpu % per_row) * cell;
        const int row_y = y + static_cast<int>(cpu / per_row);
        frame.put_right(x + kLabelWidth - 1, row_y, kLabelWidth - 1, fmt::format("{}", cpu), Role::dim);
        if (busy[cpu]) {
            const std::array<BarPart, 1> parts{{{*busy[cpu], set.state[index(ThreadState::exec)], Role::state_exec}}};
            draw_bar(frame, x + kLabelWidth - 1, row_y, cell - kLabelWidth, parts, 100, set);
        } else {
            frame.put(x + kLabelWidth, row_y, "-", Role::dim);
        }
    }
}

std::string_view mark_of(double busy_pct, bool unicode) {
    static constexpr std::array<std::string_view, 9> kUnicode{"·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static constexpr std::array<std::string_view, 11> kAscii{".", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    // Only a CPU that was fully idle has the mark of zero.
    const auto level = [&](std::size_t levels) {
        const auto above = static_cast<std::size_t>(std::ceil(busy_pct / 100.0 * static_cast<double>(levels)));
        return std::min(above, levels);
    };
    return unicode ? kUnicode[level(kUnicode.size() - 1)] : kAscii[level(kAscii.size() - 1)];
}

// The mean of the neighbors that are online.
std::optional<double> mean(const std::vector<std::optional<double>>& busy, std::size_t first, std::size_t count) {
    double sum = 0;
    std::size_t there = 0;
    for (std::size_t at = first; at < std::min(first + count, busy.size()); ++at) {
        sum += busy[at].value_or(0);
        there += busy[at] ? 1 : 0;
    }
    return there > 0 ? std::optional(sum / static_cast<double>(there)) : std::nullopt;
}

void draw_marks(Frame& frame, const Scene& scene, const std::vector<std::optional<double>>& busy, int y,
                std::size_t rows) {
    const int room = frame.width() - kMarksX;
    const std::size_t per_row =
        std::max<std::size_t>(static_cast<std::size_t>(room + 1) / (kMarksTogether + 1), 1) * kMarksTogether;
    const std::size_t together = (busy.size() + per_row * rows - 1) / (per_row * rows);
    for (std::size_t mark = 0; mark * together < busy.size(); ++mark) {
        const std::size_t first = mark * together;
        const std::size_t place = mark % per_row;
        const int row_y = y + static_cast<int>(mark / per_row);
        if (place == 0) {
            frame.put_right(kMarksX - 1, row_y, kMarksX - 2, fmt::format("{}", first), Role::dim);
        }
        const std::optional<double> pct = mean(busy, first, together);
        frame.put(kMarksX + static_cast<int>(place + place / kMarksTogether), row_y,
                  pct ? mark_of(*pct, scene.unicode) : "-", pct.value_or(0) > 0 ? Role::state_exec : Role::dim, 1);
    }
}

}  // namespace

std::size_t cpu_bars_per_row(std::size_t cpus, int width, std::size_t rows) {
    const auto most = static_cast<std::size_t>(std::max((width - 1) / kNarrowestCell, 1));
    if (rows == 0 || cpus > most * rows) {
        return 0;
    }
    // As few rows as possible, filled evenly.
    const std::size_t needed = (cpus + most - 1) / most;
    return needed == 0 ? 0 : (cpus + needed - 1) / needed;
}

int cpu_meter_rows(std::size_t cpus, int width, int most_rows) {
    const auto rows = static_cast<std::size_t>(std::max(most_rows, 0));
    if (cpus == 0 || rows == 0) {
        return 0;
    }
    if (const std::size_t per_row = cpu_bars_per_row(cpus, width, rows); per_row > 0) {
        return static_cast<int>((cpus + per_row - 1) / per_row);
    }
    const std::size_t marks =
        std::max<std::size_t>(static_cast<std::size_t>(std::max(width - kMarksX, 0) + 1) / (kMarksTogether + 1), 1) *
        kMarksTogether;
    return static_cast<int>(std::min((cpus + marks - 1) / marks, rows));
}

void draw_cpu_meters(Frame& frame, const Scene& scene, const Equipment& known, int y, int rows) {
    if (rows <= 0 || known.cpus == 0) {
        return;
    }
    const std::vector<std::optional<double>> busy = shares(scene.report.system, known.cpus);
    const auto most = static_cast<std::size_t>(rows);
    if (const std::size_t per_row = cpu_bars_per_row(known.cpus, frame.width(), most); per_row > 0) {
        draw_bars(frame, scene, busy, y, per_row);
    } else {
        draw_marks(frame, scene, busy, y, most);
    }
}

}  // namespace tsa
