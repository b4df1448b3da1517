// SPDX-License-Identifier: MIT
// See part.h: the lines and the chart, and how the room is shared.
#include "tui/process/part.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "base/time_units.h"
#include "model/columns.h"
#include "model/neighbors.h"
#include "model/process_watch.h"
#include "model/wakers.h"
#include "text/sanitize.h"
#include "text/waker_text.h"
#include "tui/charts.h"
#include "tui/room.h"
#include "tui/text.h"
#include "tui/thread/detail.h"
#include "tui/verdicts.h"

namespace tsa {

namespace {

constexpr std::size_t kNamed = 4;
/// Beside the table of threads, which is the page's own.
constexpr int kMostLocks = 4;
constexpr int kMostWaits = 6;
constexpr int kMostChart = 9;

/// Rows of each part, top to bottom.
struct Rows {
    int identity = 0, now = 0, verdict = 0, lines = 0, chart = 0, locks = 0, waits = 0;
    [[nodiscard]] int all() const { return identity + now + verdict + lines + chart + locks + waits; }
};

/// What there is to say.
struct Content {
    std::vector<std::string> verdict, lines;
    std::vector<ProcessWait> waits;
    std::size_t locks = 0;
    bool ended = false;
};

const ProcessWatch* watch_of(const Scene& scene) {
    const bool is_shown = scene.process != nullptr && scene.process->seen() && scene.state.overview.tgid &&
                          scene.process->tgid() == scene.state.overview.tgid;
    return is_shown ? scene.process : nullptr;
}

/// Whose CPU time its threads waited for, since it is shown.
std::string taken_line(const Scene& scene, const ProcessWatch& watch) {
    const NeighborTable* neighbors = scene.report.neighbors;
    if (neighbors == nullptr) {
        return "";
    }
    const CgroupWaitBy* of_cgroup = neighbors->of_cgroup(watch.leader().cgroup_id);
    return of_cgroup != nullptr ? taken_words(*of_cgroup)
                                : taken_words(sum_of_waits(*neighbors, watch.cpu_waiters()), *watch.tgid());
}

/// Who woke its threads last: a thread's process, or a kind of interrupt.
std::string woken_line(const Scene& scene, const ProcessWatch& watch) {
    if (scene.report.wakers == nullptr) {
        return "";
    }
    std::map<std::string, std::size_t> threads;
    for (const ThreadRow& row : scene.report.threads) {
        const std::optional<Waker> waker =
            row.now->tgid == *watch.tgid() ? scene.report.wakers->find(*row.now) : std::nullopt;
        if (waker && waker->kind != WakerKind::none) {
            const bool own = waker->kind == WakerKind::thread && waker->tgid == *watch.tgid();
            ++threads[own ? "its own threads" : waker_text(*waker)];
        }
    }
    std::vector<std::pair<std::string, std::size_t>> most(threads.begin(), threads.end());
    std::ranges::stable_sort(most, std::greater<>(), &std::pair<std::string, std::size_t>::second);
    std::string words;
    for (std::size_t at = 0; at < std::min(most.size(), kNamed); ++at) {
        words += fmt::format("{}{} ({})", words.empty() ? "" : ", ", most[at].first, most[at].second);
    }
    return words.empty() ? "" : "LAST WOKEN BY  " + words;
}

Content content_of(const Scene& scene, const ProcessWatch& watch, int width) {
    Content out;
    out.ended = watch.ended();
    if (out.ended) {
        return out;
    }
    if (const auto verdict = judge_process_on(scene, *watch.tgid())) {
        out.verdict = wrap_words(verdict->text, std::max(width - 2, 1), scene.unicode);
    }
    for (std::string line : {taken_line(scene, watch), woken_line(scene, watch)}) {
        if (!line.empty()) {
            out.lines.push_back(std::move(line));
        }
    }
    out.waits = process_waits(scene.report, *watch.tgid());
    out.locks = watch.locks().size();
    return out;
}

Rows share(const Content& content, int most) {
    const auto table = [](std::size_t entries, int most_entries) {
        return entries == 0 ? 0 : 1 + std::min(static_cast<int>(entries), most_entries);
    };
    Rows out;
    Room room(most);
    room.grow(out.identity, 1);
    room.grow(out.verdict, std::min(static_cast<int>(content.verdict.size()), 3));
    room.grow(out.now, content.ended ? 0 : 1);
    room.grow_whole(out.locks, table(content.locks, 1));
    room.grow_whole(out.waits, table(content.waits.size(), 2));
    room.grow(out.lines, static_cast<int>(content.lines.size()));
    room.grow_whole(out.chart, 4);
    room.grow(out.locks, out.locks > 0 ? table(content.locks, kMostLocks) : 0);
    room.grow(out.waits, out.waits > 0 ? table(content.waits.size(), kMostWaits) : 0);
    room.grow(out.chart, out.chart > 0 ? kMostChart : 0);
    return out;
}

void draw_who(Frame& frame, const Scene& scene, const ProcessWatch& watch, int y) {
    const Thread& leader = watch.leader();
    const ProcessRow& row = watch.row();
    int x = frame.put(1, y, fmt::format("PROCESS {} ", *watch.tgid()), Role::strong);
    x = frame.put(x, y, comm_of(leader), Role::process) + 2;
    const auto add = [&](std::string_view words) { x = frame.put(x, y, words, Role::dim) + 3; };
    if (watch.ended()) {
        frame.put(x, y, "ENDED", Role::warn);
        return;
    }
    add(fmt::format("{} thread{}", format_count(row.threads), row.threads == 1 ? "" : "s"));
    const std::string_view user = scene.machine.user_name ? scene.machine.user_name(leader.uid) : std::string_view{};
    add(user.empty() ? fmt::format("uid {}", leader.uid) : fmt::format("user {}", user));
    if (scene.report.system.now.uptime_s && leader.tid == *watch.tgid()) {
        const double age_s = *scene.report.system.now.uptime_s - to_seconds(leader.start_time_ns);
        add(fmt::format("started {} ago", duration_text(to_ns(age_s)).view()));
    }
    if (row.rss_bytes > 0) {
        add(fmt::format("{} resident", format_bytes(row.rss_bytes)));
    }
}

/// How many of its threads are in which state.
void draw_now_line(Frame& frame, const Scene& scene, const ProcessWatch& watch, int y) {
    PerState<std::size_t> count{};
    for (const ThreadRow& row : scene.report.threads) {
        count[index(row.now->state)] += row.now->tgid == *watch.tgid() ? 1 : 0;
    }
    int x = frame.put(1, y, "NOW", Role::strong) + 2;
    for (const StateInfo& state : state_table()) {
        if (count[index(state.state)] > 0) {
            x = frame.put(x, y, fmt::format("{} {}", count[index(state.state)], state.label), role_of(state.state)) + 2;
        }
    }
}

/// Threads that executed or were delayed, on average; those that slept or waited for work would hide them.
PerState<double> busy_of(PerState<double> sums) {
    for (const StateInfo& state : state_table()) {
        sums[index(state.state)] *= is_load(state.state) ? 1 : 0;
    }
    return sums;
}

/// The newest slice has not passed entirely.
double passed_ns(const ProcessWatch& watch, const ChartShape& shape, std::uint64_t column) {
    return static_cast<double>(std::min(watch.now_ns() - column * shape.slice_ns(), shape.slice_ns()));
}

void draw_read_out(Frame& frame, const ProcessWatch& watch, const ChartShape& shape, int y) {
    const PerState<double> sums = busy_of(column_sums(watch.history(), shape, shape.newest));
    const double slice_ns = passed_ns(watch, shape, shape.newest);
    int x = frame.put(1, y, "threads on average:", Role::dim) + 1;
    for (const StateInfo& state : state_table()) {
        const double threads = sums[index(state.state)] / slice_ns;
        if (threads >= 0.005) {
            x = frame.put(x, y, fmt::format("{} {}", state.label, average_text(threads).view()), role_of(state.state)) +
                2;
        }
    }
    const std::string scale =
        fmt::format("{}, {} a column", format_duration(shape.slice_ns() * static_cast<std::uint64_t>(shape.columns)),
                    format_duration(shape.slice_ns()));
    if (const int scale_x = frame.width() - 1 - static_cast<int>(scale.size()); scale_x >= x + 1) {
        frame.put(scale_x, y, scale, Role::dim);
    }
}

void draw_process_chart(Frame& frame, const Scene& scene, const ProcessWatch& watch, int y, int rows) {
    const Glyphs& set = glyphs(scene.unicode);
    ChartShape shape = chart_shape(watch.history(), watch.now_ns(), 0, frame.width());
    double peak = 0;
    for (std::uint64_t column = shape.oldest; column <= shape.newest; ++column) {
        peak = std::max(peak,
                        sum_of(busy_of(column_sums(watch.history(), shape, column))) / passed_ns(watch, shape, column));
    }
    // A whole number of threads, so that the scale does not change with each report.
    const double threads = std::max(std::ceil(peak - 0.05), 1.0);
    draw_scale(frame, set, y, rows - 1, format_count(static_cast<std::uint64_t>(threads)), "0");
    for (int at = 0; at < shape.columns; ++at) {
        const std::uint64_t column = shape.number_at(at);
        if (column <= shape.newest) {
            const auto parts = state_parts(busy_of(column_sums(watch.history(), shape, column)),
                                           column_parts(watch.history(), shape, column), set);
            draw_column(frame, shape.x + at, y, rows - 1, parts, threads * passed_ns(watch, shape, column));
        }
    }
    draw_read_out(frame, watch, shape, y + rows - 1);
}

}  // namespace

int process_rows(const Scene& scene, int width, int most) {
    const ProcessWatch* watch = watch_of(scene);
    return watch != nullptr ? share(content_of(scene, *watch, width), most).all() : 0;
}

void draw_process(Frame& frame, const Scene& scene, int y, int rows) {
    const ProcessWatch* watch = watch_of(scene);
    if (watch == nullptr || rows <= 0) {
        return;
    }
    const Content content = content_of(scene, *watch, frame.width());
    const Rows parts = share(content, rows);
    draw_who(frame, scene, *watch, y);
    y += parts.identity;
    if (parts.now > 0) {
        draw_now_line(frame, scene, *watch, y);
    }
    y += parts.now;
    for (int row = 0; row < parts.verdict; ++row) {
        frame.put(1, y++, content.verdict[static_cast<std::size_t>(row)], Role::strong);
    }
    draw_headed_lines(frame, content.lines, y, parts.lines);
    y += parts.lines;
    if (parts.chart > 1) {
        draw_process_chart(frame, scene, *watch, y, parts.chart);
    }
    y += parts.chart;
    draw_locks(frame, scene, y, parts.locks);
    draw_process_waits(frame, scene, content.waits, y + parts.locks, parts.waits);
}

}  // namespace tsa
