// SPDX-License-Identifier: MIT
// The drill-down's table WAITS ON: each kind of wait with its count, total time, distribution, and the time of the
// longest one. Scrolls if it does not fit. Rows are made in wait_rows.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/time_units.h"
#include "tui/bars.h"
#include "tui/text.h"
#include "tui/thread/detail.h"
#include "tui/thread/wait_rows.h"

namespace tsa {
namespace {

constexpr int kCountWidth = 8;
constexpr int kTimeWidth = 7;
constexpr int kWidest = 160;  // columns further apart are hard to read as one row
constexpr int kClockWidth = 9;
constexpr int kStateWidth = 5;
constexpr int kBarCells = 20;

enum class Field : std::uint8_t { count, total, bar, mean, p50, p99, max, at };

struct PlacedField {
    Field field;
    std::string_view head;
    int width;
    int end = 0;
};

/// The columns that fit, left to right; the text gets the rest.
std::vector<PlacedField> place_fields(int width) {
    static constexpr std::array kFields = std::to_array<PlacedField>({
        {Field::count, "COUNT", kCountWidth},
        {Field::total, "TOTAL", kTimeWidth},
        {Field::bar, "", kBarCells + 2},
        {Field::mean, "MEAN", kTimeWidth},
        {Field::p50, "P50", kTimeWidth},
        {Field::p99, "P99", kTimeWidth},
        {Field::max, "MAX", kTimeWidth},
        {Field::at, "WORST AT", kClockWidth},
    });
    const bool narrow = width < 70;
    std::vector<PlacedField> out;
    for (const PlacedField& field : kFields) {
        const bool spread = field.field == Field::mean || field.field == Field::p50 || field.field == Field::p99;
        const bool wanted =
            field.field == Field::bar ? width >= kRoomyWidth : (!spread && field.field != Field::at) || !narrow;
        if (wanted) {
            out.push_back(field);
            // Without the fields between them, a lower bound would touch its neighbor.
            out.back().width += narrow && (field.field == Field::total || field.field == Field::max) ? 1 : 0;
        }
    }
    int end = std::min(width, kWidest) - 1;
    for (std::size_t at = out.size(); at-- > 0;) {
        out[at].end = end;
        end -= out[at].width;
    }
    return out;
}

std::string count_words(std::uint64_t count) {
    return count < 1'000'000 ? format_count(count) : fmt::format("{:.2f} M", static_cast<double>(count) / 1e6);
}

std::string time_words(const std::optional<std::uint64_t>& ns) {
    return ns ? format_duration(*ns) : std::string("-");
}

struct WaitPainter {
    Frame& frame;
    const Scene& scene;
    const Glyphs& set;
    const std::vector<PlacedField>& fields;
    std::uint64_t all_ns;

    void row(const WaitRow& row, int y) const;
    void field(const WaitRow& row, const PlacedField& field, int y) const;
    [[nodiscard]] std::string at_words(const WaitRow& row) const;
    /// The mark of a lower bound takes the space before the number.
    [[nodiscard]] std::string bounded(std::uint64_t ns, bool is_bound) const {
        return fmt::format("{}{}", is_bound ? set.waits.at_least : std::string_view{}, format_duration(ns));
    }
};

std::string WaitPainter::at_words(const WaitRow& row) const {
    if (row.open_is_worst) {
        return "now";
    }
    const Report& report = scene.report;
    const std::uint64_t ago_ns = report.now_ns - std::min(row.worst_at_ns, report.now_ns);
    return ago_ns < kNsPerDay ? clock_words(scene.machine, unix_of(report, row.worst_at_ns), false)
                              : fmt::format("{} d ago", ago_ns / kNsPerDay);
}

void WaitPainter::field(const WaitRow& row, const PlacedField& field, int y) const {
    const Role role = role_of(row.state);
    const auto put = [&](std::string_view words, Role how = Role::text) {
        frame.put_right(field.end, y, field.width, words, how);
    };
    switch (field.field) {
        case Field::count:
            return put(count_words(row.count));
        case Field::total:
            return put(bounded(row.total_ns, row.open_is_lower_bound));
        case Field::bar: {
            const std::string_view glyph = set.state[index(row.state)] == " " ? "." : set.state[index(row.state)];
            const std::array<BarPart, 1> part{{{static_cast<double>(row.total_ns), glyph, role}}};
            const int cells = share_cells(part, static_cast<double>(all_ns), kBarCells).front();
            for (int cell = 0; cell < cells; ++cell) {
                frame.put(field.end - kBarCells + cell, y, glyph, role, 1);
            }
            return;
        }
        case Field::mean:
            return put(time_words(row.mean_ns));
        case Field::p50:
            return put(time_words(row.p50_ns));
        case Field::p99:
            return put(time_words(row.p99_ns));
        case Field::max:
            return put(bounded(row.max_ns, row.open_is_lower_bound && row.open_is_worst),
                       row.open_is_worst ? role : Role::text);
        case Field::at:
            return put(at_words(row), row.open_is_worst ? role : Role::text);
    }
}

void WaitPainter::row(const WaitRow& row, int y) const {
    const Role role = role_of(row.state);
    const int end = fields.empty() ? frame.width() : fields.front().end - fields.front().width;
    int x = 1;
    if (frame.width() >= 70) {
        frame.put(x, y, info(row.state).head, role, kStateWidth - 1);
        x += kStateWidth;
    }
    // The wait that is open now has a mark, so that it is easy to find.
    frame.put(x - 1, y, row.open ? set.open : " ", Role::strong, 1);
    frame.put(x, y, cut_middle(row.what, end - x, scene.unicode), row.open ? role : Role::text, end - x);
    for (const PlacedField& each : fields) {
        field(row, each, y);
    }
}

void draw_head(Frame& frame, const Scene& scene, const std::vector<PlacedField>& fields, std::size_t hidden, int y) {
    frame.fill(0, y, frame.width(), 1, U' ', Role::head);
    const int end = fields.empty() ? frame.width() : fields.front().end - fields.front().width;
    const bool states = frame.width() >= 70;
    std::string words = states ? fmt::format("{:<{}}WAITS ON", "WAIT", kStateWidth) : std::string("WAITS ON");
    const WaitTable& waits = scene.detail->waits;
    if (frame.width() >= 70 && waits.since_ns != 0 && waits.unavailable.empty()) {
        words +=
            fmt::format("  {}", format_duration(scene.report.now_ns - std::min(waits.since_ns, scene.report.now_ns)));
    }
    if (hidden > 0) {
        words += fmt::format(" +{}", hidden);
    }
    frame.put(1, y, words, Role::head, end - 1);
    for (const PlacedField& field : fields) {
        frame.put_right(field.end, y, field.width, field.head, Role::head);
    }
}

void draw_reason(Frame& frame, std::string_view words, int y, int rows, Role role) {
    for (const std::string& line : wrap_words(words, frame.width() - 2, frame.unicode())) {
        if (rows-- <= 0) {
            return;
        }
        frame.put(1, y++, line, role);
    }
}

}  // namespace

void draw_waits(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows) {
    if (rows < 2) {
        return;
    }
    if (scene.detail == nullptr || !scene.detail->waits.unavailable.empty()) {
        frame.fill(0, y, frame.width(), 1, U' ', Role::head);
        frame.put(1, y, "WAITS ON", Role::head);
        draw_reason(frame, scene.detail == nullptr ? "not counted yet" : scene.detail->waits.unavailable, y + 1,
                    rows - 1, Role::dim);
        return;
    }
    const std::vector<WaitRow> all = wait_rows(*scene.detail, &watched);
    std::size_t room = static_cast<std::size_t>(rows - 1);
    const std::uint64_t missed = scene.detail->waits.missed;
    room -= missed > 0 && room > 1 ? 1 : 0;
    const std::size_t first = std::min(scene.state.thread.scroll, all.size() > room ? all.size() - room : 0);
    const std::size_t end = std::min(all.size(), first + room);
    const std::vector<PlacedField> fields = place_fields(frame.width());
    draw_head(frame, scene, fields, all.size() - (end - first), y++);
    if (all.empty()) {
        frame.put(1, y, "no wait has ended since this page was opened", Role::dim);
    }
    std::uint64_t all_ns = 0;
    for (const WaitRow& row : all) {
        all_ns += row.total_ns;
    }
    const WaitPainter painter{frame, scene, glyphs(scene.unicode), fields, all_ns};
    for (std::size_t at = first; at < end; ++at) {
        painter.row(all[at], y++);
    }
    if (missed > 0 && rows > 2) {
        frame.put(1, y,
                  fmt::format("{} more waits: indistinguishable, or of kinds beyond the bound", count_words(missed)),
                  Role::warn);
    }
}

}  // namespace tsa
