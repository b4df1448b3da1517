// SPDX-License-Identifier: MIT
// See page.h.
#include "tui/wait_heat/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <vector>

#include "base/concat.h"
#include "base/time_units.h"
#include "model/wait_heat.h"
#include "tui/charts.h"
#include "tui/common_keys.h"
#include "tui/facts.h"
#include "tui/text.h"
#include "tui/thread/detail.h"
#include "tui/thread/wait_rows.h"

namespace tsa {
namespace {

constexpr int kTop = 4;          // identity, what it does now in two lines, an empty line
constexpr int kSummary = 2;      // head, and the numbers of all its waits
constexpr int kBelow = 2;        // the axis of time, what the shades mean
constexpr int kBarCells = 20;    // of the histogram beside the map
constexpr int kCountWidth = 10;  // and its numbers
constexpr int kBarsFrom = 90;    // narrower screens have no histogram
constexpr std::uint64_t kDecade = 10;

/// A count's shade: each is ten times the one before.
struct Shade {
    std::string_view unicode, ascii, meaning;
};
constexpr std::array kShades = std::to_array<Shade>({
    {"·", ".", "1+"},
    {"░", ":", "10+"},
    {"▒", "+", "100+"},
    {"▓", "*", "1,000+"},
    {"█", "#", "10,000+"},
});

/// Waits that are shown as one: of one kind in the words of the table of waits; for a CPU, all that are not throttled.
struct Group {
    ThreadState state = ThreadState::sleep;
    std::string words;
    std::vector<const HeatMap*> maps;
    WaitLengths all;  // since counting began
};

bool is_for_a_cpu(const WaitKind& kind) {
    return kind.state == ThreadState::cpu_wait && !kind.throttled && !kind.others;
}

/// The queue of a CPU first, then those with most time.
std::vector<Group> groups_of(const ThreadDetail& detail, bool kernel_thread) {
    std::vector<Group> groups;
    groups.push_back({ThreadState::cpu_wait, "run queue", {}, {}});
    const auto group_of = [&](const WaitKind& kind) -> Group& {
        if (is_for_a_cpu(kind)) {
            return groups.front();
        }
        std::string words = wait_words(kind, kernel_thread, detail.descriptors);
        const auto known = std::ranges::find_if(
            groups, [&](const Group& group) { return group.state == kind.state && group.words == words; });
        if (known != groups.end()) {
            return *known;
        }
        groups.push_back({kind.state, std::move(words), {}, {}});
        return groups.back();
    };
    for (const WaitTotals& totals : detail.waits.kinds) {
        merge_waits(group_of(totals.kind).all, totals);
    }
    for (const HeatMap& map : detail.wait_heat.maps()) {
        group_of(map.kind()).maps.push_back(&map);
    }
    std::erase_if(groups, [](const Group& group) { return group.maps.empty(); });
    const auto first = std::ranges::find_if(
        groups, [](const Group& group) { return group.state != ThreadState::cpu_wait || group.words != "run queue"; });
    std::stable_sort(first, groups.end(),
                     [](const Group& left, const Group& right) { return left.all.total_ns > right.all.total_ns; });
    return groups;
}

/// Where the map is, and what its cells stand for.
struct MapShape {
    int x = kChartLeft, y = kTop + kSummary;
    int columns = 0, rows = 0;
    std::uint64_t column_ns = kHeatSliceNs;
    std::uint64_t newest = 0;               // number of the last column
    std::size_t lengths = 1;                // powers of two in a row
    std::size_t shortest = 0, longest = 0;  // of the lengths that are drawn; longest exclusive
    bool bars = false;

    [[nodiscard]] std::uint64_t begin_ns(int column) const {
        return (newest + 1 - std::min<std::uint64_t>(static_cast<std::uint64_t>(columns - column), newest + 1)) *
               column_ns;
    }
};

MapShape shape_of(const Scene& scene, const Group& group, int width, int height) {
    MapShape out;
    out.bars = width >= kBarsFrom;
    out.columns = std::max(width - out.x - 1 - (out.bars ? kCountWidth + 1 + kBarCells : 0), 0);
    const int most_rows = height - out.y - kBelow - (has_bar(height) ? 1 : 0) - layer_rows(scene.state, width, height);
    out.column_ns =
        std::max<std::uint64_t>((scene.report.interval_ns + kHeatSliceNs / 2) / kHeatSliceNs, 1) * kHeatSliceNs;
    out.columns = std::min(out.columns, static_cast<int>(kHeatSlices * kHeatSliceNs / out.column_ns));
    out.newest = (std::max<std::uint64_t>(scene.report.now_ns, 1) - 1) / out.column_ns;
    std::size_t shortest = kHeatLengths, longest = 0;
    for (std::size_t bucket = 0; bucket < kWaitBuckets; ++bucket) {
        if (group.all.lengths[bucket] != 0) {
            shortest = std::min(shortest, bucket / kWaitSubBuckets);
            longest = bucket / kWaitSubBuckets + 1;
        }
    }
    if (shortest >= longest || most_rows <= 0) {
        return out;
    }
    const std::size_t count = longest - shortest;
    out.lengths = (count + static_cast<std::size_t>(most_rows) - 1) / static_cast<std::size_t>(most_rows);
    out.shortest = shortest - shortest % out.lengths;
    out.longest = longest;
    out.rows = static_cast<int>((out.longest - out.shortest + out.lengths - 1) / out.lengths);
    return out;
}

std::uint64_t sum_of_row(const HeatColumn& column, const MapShape& shape, std::size_t row) {
    std::uint64_t sum = 0;
    for (std::size_t length = 0; length < shape.lengths; ++length) {
        const std::size_t at = shape.shortest + row * shape.lengths + length;
        sum += at < kHeatLengths ? column[at] : 0;
    }
    return sum;
}

void draw_map(Frame& frame, const Scene& scene, const Group& group, const MapShape& shape) {
    const Role role = role_of(group.state);
    HeatColumn all{};
    for (int column = 0; column < shape.columns; ++column) {
        HeatColumn counts{};
        const std::uint64_t begin_ns = shape.begin_ns(column);
        for (const HeatMap* map : group.maps) {
            map->add_between(begin_ns, begin_ns + shape.column_ns, counts);
        }
        for (std::size_t length = 0; length < kHeatLengths; ++length) {
            all[length] += counts[length];
        }
        for (int row = 0; row < shape.rows; ++row) {
            std::uint64_t count = sum_of_row(counts, shape, static_cast<std::size_t>(row));
            std::size_t shade = 0;
            for (; count >= kDecade && shade + 1 < kShades.size(); count /= kDecade) {
                ++shade;
            }
            if (count != 0) {
                frame.put(shape.x + column, shape.y + shape.rows - 1 - row,
                          scene.unicode ? kShades[shade].unicode : kShades[shade].ascii, role, 1);
            }
        }
    }
    std::uint64_t most = 0, sum = 0;
    for (int row = 0; row < shape.rows; ++row) {
        const std::uint64_t count = sum_of_row(all, shape, static_cast<std::size_t>(row));
        most = std::max(most, count);
        sum += count;
    }
    const Glyphs& set = glyphs(scene.unicode);
    for (int row = 0; row < shape.rows; ++row) {
        const int y = shape.y + shape.rows - 1 - row;
        const std::size_t from = shape.shortest + static_cast<std::size_t>(row) * shape.lengths;
        frame.put_right(kChartLeft - 2, y, kChartLeft - 2, from == 0 ? "0" : format_duration(heat_row_begin_ns(from)),
                        Role::dim);
        frame.put(kChartLeft - 1, y, set.axis, Role::dim, 1);
        const std::uint64_t count = sum_of_row(all, shape, static_cast<std::size_t>(row));
        if (!shape.bars || count == 0) {
            continue;
        }
        const int right = shape.x + shape.columns;
        frame.put_right(right + kCountWidth, y, kCountWidth, format_count(count), Role::text);
        const std::array<BarPart, 1> part{{{static_cast<double>(count), set.state[index(ThreadState::exec)], role}}};
        const int cells = std::max(share_cells(part, static_cast<double>(most), kBarCells).front(), 1);
        for (int cell = 0; cell < cells; ++cell) {
            frame.put(right + kCountWidth + 1 + cell, y, part[0].glyph, role, 1);
        }
    }
}

void draw_below(Frame& frame, const Scene& scene, const MapShape& shape, int y) {
    const std::uint64_t span_ns = static_cast<std::uint64_t>(shape.columns) * shape.column_ns;
    frame.put(shape.x, y, fmt::format("{} ago", format_duration(span_ns)), Role::dim);
    const std::string now = fmt::format("{} a column   now", format_duration(shape.column_ns));
    if (shape.columns > 2 * static_cast<int>(now.size())) {
        frame.put(shape.x + shape.columns - static_cast<int>(now.size()), y, now, Role::dim);
    }
    int x = frame.put(1, y + 1, "Waits that ended:", Role::dim) + 2;
    for (const Shade& shade : kShades) {
        x = frame.put(x, y + 1, scene.unicode ? shade.unicode : shade.ascii, Role::text) + 1;
        x = frame.put(x, y + 1, shade.meaning, Role::dim) + 2;
    }
}

void draw_summary(Frame& frame, const Scene& scene, const std::vector<Group>& groups, std::size_t at) {
    const Group& group = groups[at];
    frame.fill(0, kTop, frame.width(), 1, U' ', Role::head);
    int x = frame.put(1, kTop, fmt::format("HOW LONG IT WAITED  {} of {}", at + 1, groups.size()), Role::head);
    const std::uint64_t since_ns = scene.detail->wait_heat.since_ns().value_or(scene.report.now_ns);
    const std::string since =
        fmt::format("watched for {}", format_duration(scene.report.now_ns - std::min(since_ns, scene.report.now_ns)));
    if (const int since_x = frame.width() - 1 - static_cast<int>(since.size()); since_x > x + 1) {
        frame.put(since_x, kTop, since, Role::head);
    }
    x = frame.put(1, kTop + 1, cut_middle(group.words, 40, scene.unicode), role_of(group.state)) + 2;
    const auto add = [&](std::string_view name, std::optional<std::uint64_t> ns) {
        x = frame.put(x, kTop + 1, fmt::format("{} {}", name, ns ? format_duration(*ns) : "-"), Role::text) + 2;
    };
    x = frame.put(x, kTop + 1, fmt::format("{} waits", format_count(group.all.count)), Role::text) + 2;
    add("P50", wait_quantile_ns(group.all, 0.5));
    add("P99", wait_quantile_ns(group.all, 0.99));
    add("max", group.all.count != 0 ? std::optional(group.all.max_ns) : std::nullopt);
}

std::string missing_words(const Scene& scene) {
    if (scene.state.replay) {
        return std::string(kNoWaitLengthsInReplay);
    }
    if (scene.detail != nullptr && !scene.detail->waits.unavailable.empty()) {
        return scene.detail->waits.unavailable;
    }
    return "none of its waits has ended yet";
}

void draw(Frame& frame, const Scene& scene) {
    const WatchedThread* watched = watched_on(scene);
    if (watched == nullptr) {
        frame.put(1, 0, fmt::format("TID {}", scene.state.thread.key.tid), Role::strong);
        frame.put(1, 2, facts_of(scene.state).no_thread, Role::dim);
        return;
    }
    draw_identity(frame, scene, *watched, 1);
    draw_now(frame, scene, *watched, 1, 2);
    const std::vector<Group> groups =
        scene.detail != nullptr ? groups_of(*scene.detail, watched->last.kernel) : std::vector<Group>{};
    if (groups.empty()) {
        frame.put(1, kTop, missing_words(scene), Role::dim);
        return;
    }
    const std::size_t at = std::min(scene.state.thread.heat_kind, groups.size() - 1);
    const MapShape shape = shape_of(scene, groups[at], frame.width(), frame.height());
    draw_summary(frame, scene, groups, at);
    if (shape.rows > 0) {
        draw_map(frame, scene, groups[at], shape);
        draw_below(frame, scene, shape, shape.y + shape.rows);
    }
}

void note(ViewState& state, const Scene& scene, int /*width*/, int /*height*/) {
    const WatchedThread* watched = watched_on(scene);
    const bool known = watched != nullptr && scene.detail != nullptr;
    state.thread.heat_kinds = known ? groups_of(*scene.detail, watched->last.kernel).size() : 0;
}

template <int kStep>
void change_kind(KeyPress& press) {
    ThreadPageState& thread = press.state.thread;
    const auto kinds = static_cast<int>(std::max<std::size_t>(thread.heat_kinds, 1));
    const int at = std::min(static_cast<int>(thread.heat_kind), kinds - 1) + kStep;
    thread.heat_kind = static_cast<std::size_t>((at + kinds) % kinds);
}

void close(KeyPress& press) {
    close_page(press.state);
}

std::optional<ThreadKey> thread_of_page(const ViewState& state) {
    return state.thread.key;
}

constexpr std::string_view kGroup = "Wait lengths";

constexpr std::array kOwnKeys = std::to_array<KeyBinding>({
    {{special(Key::escape), special(Key::backspace), control(U'O'), letter(U'D')}, close, kGroup, "", "Back"},
    {{special(Key::right), letter(U'.'), special(Key::tab)},
     change_kind<1>,
     kGroup,
     "the next kind of wait",
     "Kind",
     kNoWaitLengthsInReplay},
    {{special(Key::left), letter(U','), special(Key::back_tab)},
     change_kind<-1>,
     kGroup,
     "the previous kind of wait",
     "",
     kNoWaitLengthsInReplay},
});

constexpr auto kKeys = concat(kOwnKeys, std::array{kHelpKey}, kPaceKeys, kProgramKeys);

constexpr std::array kBar = std::to_array<KeyEvent>({
    special(Key::escape),
    letter(U'z'),
    special(Key::right),
    letter(U'['),
    letter(U']'),
    special(Key::f1),
    special(Key::f10),
});

}  // namespace

constinit const Page kWaitHeatPage{
    .name = "wait lengths",
    .keys = kKeys,
    .bar = kBar,
    .thread = thread_of_page,
    .draw = draw,
    .note = note,
};

void open_wait_heat(ViewState& state) {
    state.thread.heat_kind = 0;
    open_page(state, kWaitHeatPage);
}

}  // namespace tsa
