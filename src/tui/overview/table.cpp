// SPDX-License-Identifier: MIT
// The overview's table: status line, heads, and one line per visible row. Numbers are in fixed fields; text is made for
// the visible rows only.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/scan.h"
#include "base/time_units.h"
#include "text/limits_text.h"
#include "text/wait_text.h"
#include "text/waker_text.h"
#include "tui/bars.h"
#include "tui/facts.h"
#include "tui/overview/layout.h"
#include "tui/overview/page.h"
#include "tui/overview/rows.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {
namespace {

constexpr int kAgeWidth = 7;
constexpr std::int64_t kHighestPriority = -100;

std::string_view sort_head(const ViewState& state) {
    if (state.overview.sort_key == kSortExecTotal) {
        return "EXEC+";
    }
    if (state.overview.sort_key == kSortIo) {
        return "IO/s";
    }
    const Column* column = find_column(state.overview.sort_key);
    return column != nullptr ? column->head : "DELAY";
}

std::string_view mode_words(const OverviewState& state, bool one) {
    switch (state.mode) {
        case RowMode::threads:
            return one ? "thread" : "threads";
        case RowMode::processes:
            return one ? "process" : "processes";
        case RowMode::tree:
            return one ? "row of processes and their threads" : "rows of processes and their threads";
        case RowMode::parents:
            return one ? "process below its parent" : "processes below their parents";
        case RowMode::groups:
            return one ? info(state.by).one : info(state.by).many;
    }
    return "";
}

/// Users are known by number.
std::string group_words(const Scene& scene, const ChosenGroup& group) {
    if (group.key == GroupKey::user && scene.machine.user_name) {
        const auto uid = number<std::uint32_t>(group.name);
        const std::string_view name = uid ? scene.machine.user_name(*uid) : std::string_view{};
        return std::string(name.empty() ? std::string_view(group.name) : name);
    }
    return group.name.empty() ? "-" : group.name;
}

// What is shown, and what is not: every missing row is accounted for here. At the right: which rows are on the screen,
// if there are more.
void draw_status(Frame& frame, const Scene& scene, const RowList& list, int rows, int y) {
    const ViewState& state = scene.state;
    const Glyphs& set = glyphs(scene.unicode);
    std::string words =
        fmt::format("{} {} by {} {}", format_count(list.living()), mode_words(state.overview, list.living() == 1),
                    sort_head(state), state.overview.descending ? set.sorted_down : set.sorted_up);
    int x = 1;
    if (state.screen != 0 && state.screen < state.screens.size()) {
        x = frame.put(x, y, fmt::format("{}:", state.screens[state.screen].name), Role::prompt) + 1;
    }
    x = frame.put(x, y, words, Role::dim) + 2;
    const auto add = [&](std::string_view text) { x = frame.put(x, y, text, Role::prompt) + 2; };
    if (!state.chosen.empty()) {
        add(fmt::format("of {}", state.chosen));
    }
    if (state.overview.tgid && state.overview.process_rows == 0) {
        add(fmt::format("of process {}", *state.overview.tgid));
    }
    if (const auto& group = state.overview.group) {
        add(group->name.empty() ? fmt::format("of no {}", info(group->key).one)
                                : fmt::format("of {} {}", info(group->key).one, group_words(scene, *group)));
    }
    if (!state.overview.filter.empty()) {
        add(fmt::format("filter \"{}\"", state.overview.filter));
    }
    if (state.overview.uid) {
        const std::string_view name = scene.machine.user_name ? scene.machine.user_name(*state.overview.uid) : "";
        add(name.empty() ? fmt::format("user {}", *state.overview.uid) : fmt::format("user {}", name));
    }
    if (state.overview.held_up) {
        add("only blocked now");
    }
    if (state.overview.hide_idle) {
        add("idle hidden");
    }
    if (!state.overview.kernel_threads) {
        add("kernel hidden");
    }
    if (state.overview.follow) {
        add("following");
    }
    if (state.overview.visual) {
        add("range");
    }
    if (!state.overview.tagged.empty()) {
        add(fmt::format("{} tagged", state.overview.tagged.size()));
    }
    if (const auto page = static_cast<std::size_t>(std::max(rows, 0)); page < list.size()) {
        const std::size_t first = place(list, state.overview, page).scroll;
        const std::string range =
            fmt::format("{}-{} of {}", format_count(first + 1), format_count(std::min(first + page, list.living())),
                        format_count(list.living()));
        const int range_x = frame.width() - 1 - static_cast<int>(range.size());
        if (range_x >= x) {
            frame.put(range_x, y, range, Role::dim);
        }
    }
}

// The mark of the sorted column is beside its head, in the gap between two columns if the head fills its own.
void draw_head(Frame& frame, const Scene& scene, const std::vector<PlacedColumn>& columns, int y) {
    const OverviewState& overview = scene.state.overview;
    const Glyphs& set = glyphs(scene.unicode);
    frame.fill(0, y, frame.width(), 1, U' ', Role::head);
    for (const PlacedColumn& column : columns) {
        const bool sorted = column.key == overview.sort_key;
        const Role role = sorted ? Role::head_sorted : Role::head;
        const int cells = std::min(static_cast<int>(column.head.size()), column.width);
        const int head_x = column.left_aligned ? column.x : column.x + column.width - cells;
        if (sorted) {
            frame.fill(column.x, y, column.width, 1, U' ', role);
            frame.put(column.left_aligned ? head_x + cells : std::max(head_x - 1, 0), y,
                      overview.descending ? set.sorted_down : set.sorted_up, role, 1);
        }
        frame.put(head_x, y, column.head, role, cells);
    }
}

struct RowPainter {
    Frame& frame;
    const Scene& scene;
    const Glyphs& set;
    ThreadIndex& threads;
    const RowList& list;
    const RowRef& row;
    int y;
    bool tagged;
    const Past* past;  ///< null: the bar shows the interval

    void cell(const PlacedColumn& column);
    void name(const PlacedColumn& column);
    void user(const PlacedColumn& column);
    void waker(const PlacedColumn& column);
    void waits(const PlacedColumn& column);
    void command(const PlacedColumn& column);
    void value(const PlacedColumn& column);
    void io(const PlacedColumn& column);
    void memory_share(const PlacedColumn& column);
    void started(const PlacedColumn& column);
    [[nodiscard]] int put_branches(int x, int end) const;
    void exec_total(const PlacedColumn& column);
    void most(const PlacedColumn& column);
    void bar(const PlacedColumn& column);
    void past_bar(const PlacedColumn& column);
    void number(const PlacedColumn& column, const Value& value, std::string_view words, Role role);
    /// What has ended is dim.
    [[nodiscard]] Role dim_if_ended(Role role) const { return row.ended ? Role::dim : role; }

    [[nodiscard]] const PerState<std::uint64_t>& state_ns() const {
        return row.thread != nullptr ? row.thread->state_ns : row.process->state_ns;
    }
    [[nodiscard]] const PerPart<std::uint64_t>& part_ns() const {
        return row.thread != nullptr ? row.thread->part_ns : row.process->part_ns;
    }
    /// What its states are shares of: a thread's own time; what has ended in the interval, the whole of that.
    [[nodiscard]] std::uint64_t wall_ns() const {
        if (row.ended) {
            return std::max(scene.report.interval_ns, row.thread != nullptr ? row.thread->wall_ns : 0);
        }
        return row.thread != nullptr ? row.thread->wall_ns : row.process->wall_ns;
    }
};

// The name keeps some of the column: deeper levels are drawn alike.
int RowPainter::put_branches(int x, int end) const {
    constexpr int kLeastName = 10;
    const int most = std::max((end - x - kLeastName) / 2, 1);
    const int first = std::max(static_cast<int>(row.level) - most, 0);
    for (int level = first; level + 1 < row.level; ++level) {
        const bool open = (row.open_levels >> static_cast<unsigned>(level) & 1U) != 0;
        x = frame.put(x, y, open ? (scene.unicode ? "│" : "|") : " ", Role::dim) + 1;
    }
    if (row.level > 0) {
        x = frame.put(x, y, row.last_child ? set.last_branch : set.branch, Role::dim);
    }
    const bool has_children = row.children > 0 || row.folded;
    return frame.put(x, y, !has_children ? " " : (row.folded ? set.folded : set.unfolded), Role::dim) + 1;
}

void RowPainter::name(const PlacedColumn& column) {
    const Thread& thread = thread_of(row);
    const int end = column.x + column.width;
    int x = column.x;
    Role role = thread.kernel ? Role::dim : Role::text;
    if (scene.state.overview.mode == RowMode::parents && !row.ended) {
        x = put_branches(x, end);
    } else if (row.child) {
        x = frame.put(x, y, row.last_child ? set.last_branch : set.branch, Role::dim) + 1;
    } else if (scene.state.overview.mode == RowMode::tree) {
        const bool group = row.children > 0 || row.folded;
        x = frame.put(x, y, !group ? " " : (row.folded ? set.folded : set.unfolded), Role::dim) + 1;
    }
    std::string count;
    if (row.thread == nullptr) {
        role = thread.kernel ? Role::dim : Role::process;
        count = row.process->threads > 1 ? fmt::format(" ({})", row.process->threads) : "";
    }
    const int count_width = static_cast<int>(count.size());
    if (row.group != nullptr) {
        role = row.group->name.empty() ? Role::dim : Role::process;
        const std::string words = group_words(scene, {scene.state.overview.by, row.group->name});
        // Of a path the end says more than the start.
        const int room = std::max(end - x - static_cast<int>(count.size()), 0);
        const bool is_path = words.starts_with('/');
        x = frame.put(x, y, is_path ? cut_middle(words, room, scene.unicode) : words, tagged ? Role::tagged : role,
                      room);
        frame.put(x, y, count, Role::dim, end - x);
        return;
    }
    x = frame.put(x, y, comm_of(thread), tagged ? Role::tagged : dim_if_ended(role), end - x - count_width);
    frame.put(x, y, count, Role::dim, end - x);
}

void RowPainter::user(const PlacedColumn& column) {
    if (row.group != nullptr) {
        return;
    }
    const std::uint32_t uid = thread_of(row).uid;
    const std::string_view known = scene.machine.user_name ? scene.machine.user_name(uid) : std::string_view{};
    frame.put(column.x, y, known.empty() ? fmt::format("{}", uid) : std::string(known), Role::dim, column.width);
}

// A process is woken in as many ways as it has threads, as with waits.
void RowPainter::waker(const PlacedColumn& column) {
    if (scene.report.wakers == nullptr || row.ended || row.group != nullptr ||
        (row.thread == nullptr && row.process->threads != 1)) {
        return;
    }
    const std::optional<Waker> waker = scene.report.wakers->find(thread_of(row));
    if (waker && waker->kind != WakerKind::none) {
        frame.put(column.x, y, waker_text(*waker), waker->kind == WakerKind::thread ? Role::text : Role::dim,
                  column.width);
    } else {
        frame.put(column.x, y, "-", Role::dim);
    }
}

void RowPainter::waits(const PlacedColumn& column) {
    constexpr int kWithAge = 19;  // a narrower column has no room for the age
    const int age_width = column.width < kWithAge ? 0 : (column.width >= 20 ? kAgeWidth : 6);
    const int room = column.width - (age_width > 0 ? age_width + 1 : 0);
    const int end = column.x + column.width;
    if (row.group != nullptr) {
        if (const CgroupStats* limits = limits_of(scene.report, *row.group)) {
            frame.put(column.x, y, limits_text(*limits), Role::text, column.width);
        }
        return;
    }
    if (row.ended) {
        frame.put(column.x, y, "ended", Role::dim, room);
        if (row.thread != nullptr && row.thread->exit_time_unix_ns != 0) {
            const std::uint64_t now_ns = scene.report.time_unix_ns;
            const std::uint64_t ago_ns = now_ns - std::min(row.thread->exit_time_unix_ns, now_ns);
            frame.put_right(end, y, age_width, format_duration(ago_ns), Role::dim);
        }
        return;
    }
    // A process waits in as many ways as it has threads: only a single thread can represent it.
    if (row.thread == nullptr && row.process->threads != 1) {
        return;
    }
    const Thread& thread = thread_of(row);
    fmt::memory_buffer words;
    put_wait_within(words, thread, threads, static_cast<std::size_t>(std::max(room, 0)), set.waits);
    if (words.size() == 0) {
        return;
    }
    const Role role = is_delay(thread.state) ? role_of(thread.state) : Role::dim;
    frame.put(column.x, y, {words.data(), words.size()}, role, room);
    const bool has_age = (thread.measured & kMeasuredAge) != 0;
    frame.put_right(end, y, age_width,
                    has_age ? format_age(thread, scene.report.now_ns, set.waits.at_least) : std::string("-"), role);
}

void RowPainter::command(const PlacedColumn& column) {
    if (row.group != nullptr) {
        return;
    }
    const Thread& thread = thread_of(row);
    const ProcessFacts* facts = facts_of(scene.report, thread);
    std::string_view text = facts != nullptr ? command_text(*facts, scene.state.overview.command) : std::string_view{};
    // htop's users look for names of kernel threads here.
    if (text.empty() && thread.kernel) {
        text = comm_of(thread);
    }
    const Role role = thread.kernel || text.empty() ? Role::dim : Role::text;
    frame.put(column.x, y, text.empty() ? "-" : text, dim_if_ended(role), column.width);
}

/// `interval_ns` is not 0.
std::string value_words(const PlacedColumn& column, const Value& value, std::uint64_t interval_ns) {
    switch (column.column->unit) {
        case Unit::events:
            return std::string(frequency_text(per_second(static_cast<double>(value.integer), interval_ns)).view());
        case Unit::io_bytes:
            return format_bytes_short(
                static_cast<std::uint64_t>(per_second(static_cast<double>(value.integer), interval_ns)));
        case Unit::age:
            return format_duration(static_cast<std::uint64_t>(value.integer));
        case Unit::bytes:
            return format_bytes_short(static_cast<std::uint64_t>(value.integer));
        case Unit::flag:
            return value.integer != 0 ? "yes" : "no";
        case Unit::text:
            return std::string(value.text);
        default:
            // As in top and htop: nothing goes before those threads.
            return column.key == "priority" && value.integer <= kHighestPriority ? "RT"
                                                                                 : fmt::format("{}", value.integer);
    }
}

Role value_role(const PlacedColumn& column) {
    for (const StateInfo& state : state_table()) {
        if (column.head == state.head) {
            return role_of(state.state);
        }
    }
    return Role::text;
}

void RowPainter::value(const PlacedColumn& column) {
    Value value;
    if (column.key == kSortLatency) {
        value = {Value::Kind::integer, static_cast<std::int64_t>(list.delay_ns(row)), {}};
    } else if (row.thread != nullptr) {
        value = column.column->of_thread(scene.report, *row.thread);
    } else if (column.key == kCpuTime) {
        value = row.group != nullptr ? list.cpu_time_of_group(row.group_at) : list.cpu_time_of(*row.process);
    } else if (column.column->of_process != nullptr && (row.group == nullptr || is_summed(*column.column))) {
        value = column.column->of_process(scene.report, *row.process);
    }
    const bool measure = column.column->unit != Unit::identifier && column.column->unit != Unit::text;
    // A process's share is in percent of one thread's whole interval.
    const std::uint64_t whole_ns = row.thread != nullptr ? wall_ns() : scene.report.interval_ns;
    std::string words;
    if (!value.present()) {
        words = "-";
    } else if (measure && value.kind == Value::Kind::integer && value.integer == 0) {
        words = set.zero;
    } else if (column.column->unit == Unit::nanoseconds) {
        const double whole = static_cast<double>(column.key == "wall_ns" ? scene.report.interval_ns : whole_ns);
        words = whole > 0 ? format_share(100.0 * static_cast<double>(value.integer) / whole) : "-";
    } else {
        words = value_words(column, value, std::max<std::uint64_t>(scene.report.interval_ns, 1));
    }
    const bool is_zero = measure && value.kind == Value::Kind::integer && value.integer == 0;
    const Role role = value.present() && !is_zero ? value_role(column) : Role::dim;
    if (column.left_aligned) {
        frame.put(column.x, y, words, dim_if_ended(role), column.width);
    } else {
        frame.put_right(column.x + column.width, y, column.width, words, dim_if_ended(role));
    }
}

/// Right-aligned; `words` are those of a value that is not 0.
void RowPainter::number(const PlacedColumn& column, const Value& value, std::string_view words, Role role) {
    const bool shown = value.present() && value.integer != 0;
    frame.put_right(column.x + column.width, y, column.width,
                    !value.present() ? "-" : (value.integer == 0 ? set.zero : words),
                    shown ? dim_if_ended(role) : Role::dim);
}

void RowPainter::io(const PlacedColumn& column) {
    const Value bytes = list.io_bytes(row);
    const double per_s =
        per_second(static_cast<double>(bytes.integer), std::max<std::uint64_t>(scene.report.interval_ns, 1));
    number(column, bytes, format_bytes_short(static_cast<std::uint64_t>(per_s)), Role::text);
}

void RowPainter::memory_share(const PlacedColumn& column) {
    const auto total = scene.report.system.now.memory_total_bytes;
    const Thread& thread = thread_of(row);
    const std::uint64_t bytes = row.thread != nullptr ? thread.rss_bytes : row.process->rss_bytes;
    // A kernel thread has none.
    const bool known = total.value_or(0) != 0 && bytes != 0;
    const double pct = known ? 100.0 * static_cast<double>(bytes) / static_cast<double>(*total) : 0;
    frame.put_right(column.x + column.width, y, column.width, known ? format_share(pct) : "-",
                    known ? dim_if_ended(Role::text) : Role::dim);
}

/// As in htop: the time of the day, then the date, then the year.
std::string start_words(const Scene& scene, std::uint64_t age_ns) {
    static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto local = [&scene](std::uint64_t unix_ns) {
        const auto unix_s = static_cast<std::int64_t>(unix_ns / kNsPerSecond);
        const std::int64_t offset_s = scene.machine.utc_offset_s ? scene.machine.utc_offset_s(unix_s) : 0;
        return std::chrono::sys_seconds(std::chrono::seconds(unix_s + offset_s));
    };
    const std::uint64_t now_unix_ns = scene.report.time_unix_ns;
    const std::chrono::sys_seconds start = local(now_unix_ns - std::min(age_ns, now_unix_ns));
    const auto day = std::chrono::floor<std::chrono::days>(start);
    const auto today = std::chrono::floor<std::chrono::days>(local(now_unix_ns));
    const std::chrono::year_month_day date(day);
    if (day == today) {
        const std::chrono::hh_mm_ss time(start - day);
        return fmt::format("{:02}:{:02}", time.hours().count(), time.minutes().count());
    }
    if (date.year() == std::chrono::year_month_day(today).year()) {
        return fmt::format("{}{:02}", kMonths[static_cast<unsigned>(date.month()) - 1],
                           static_cast<unsigned>(date.day()));
    }
    return fmt::format("{}", static_cast<int>(date.year()));
}

void RowPainter::started(const PlacedColumn& column) {
    const Column& elapsed = *find_column(kElapsedKey);
    const Value age = row.thread != nullptr ? elapsed.of_thread(scene.report, *row.thread)
                                            : elapsed.of_process(scene.report, *row.process);
    frame.put_right(column.x + column.width, y, column.width,
                    age.present() ? start_words(scene, static_cast<std::uint64_t>(age.integer)) : "-",
                    age.present() ? dim_if_ended(Role::text) : Role::dim);
}

void RowPainter::exec_total(const PlacedColumn& column) {
    // A recording does not have it.
    const std::optional<std::uint64_t> total_ns =
        facts_of(scene.state).since_first_seen ? list.exec_total_ns(row) : std::nullopt;
    const Value value = total_ns ? Value{Value::Kind::integer, static_cast<std::int64_t>(*total_ns), {}} : Value{};
    number(column, value, format_duration(total_ns.value_or(0)), Role::state_exec);
}

/// The largest of its delays; without one that shows in its column, the state that took most of its time.
void RowPainter::most(const PlacedColumn& column) {
    constexpr std::uint64_t kShownParts = 2000;
    const StateInfo* found = nullptr;
    for (const bool delays : {true, false}) {
        for (const StateInfo& state : state_table()) {
            const std::uint64_t spent_ns = state_ns()[index(state.state)];
            const bool counts = !delays || (state.is_delay && spent_ns > wall_ns() / kShownParts);
            if (counts && spent_ns > (found != nullptr ? state_ns()[index(found->state)] : 0)) {
                found = &state;
            }
        }
        if (found != nullptr) {
            frame.put(column.x, y, found->head, dim_if_ended(role_of(found->state)), column.width);
            return;
        }
    }
}

// "47 ended: cc1plus 12, sh 20, ...": as many names as there is room for.
void draw_ended_line(Frame& frame, const Scene& scene, const RowList& list, int y) {
    const Glyphs& set = glyphs(scene.unicode);
    const std::size_t ended = list.ended();
    int x = frame.put(1, y, scene.state.overview.show_ended ? set.unfolded : set.folded, Role::dim) + 1;
    x = frame.put(x, y, fmt::format("{} ended:", format_count(ended)), Role::dim) + 1;
    const std::vector<RowList::EndedName> names = list.ended_names();
    for (std::size_t at = 0; at < names.size(); ++at) {
        const std::string count = names[at].count > 1 ? fmt::format(" {}", names[at].count) : "";
        const bool last = at + 1 == names.size();
        const int needed = text_width(names[at].name, scene.unicode) + static_cast<int>(count.size()) + (last ? 0 : 1);
        constexpr int kMore = 4;  // " ..."
        if (x + needed + (last ? 0 : kMore) > frame.width()) {
            frame.put(x, y, "...", Role::dim);
            return;
        }
        x = frame.put(x, y, names[at].name, Role::dim);
        x = frame.put(x, y, count, Role::dim);
        x = frame.put(x, y, last ? "" : ",", Role::dim) + 1;
    }
}

void RowPainter::bar(const PlacedColumn& column) {
    auto parts = state_parts(state_ns(), part_ns(), set);
    for (BarPart& part : parts) {
        part.role = dim_if_ended(part.role);
    }
    draw_bar(frame, column.x, y, column.width, parts, static_cast<double>(wall_ns()), set);
}

/// A cell for each column of time: the state that took most of it, as its glyph from half of the time on, below that as
/// a dot; the newest at the right. Sleep and waits for work stay empty, and so does what is too short to matter.
void RowPainter::past_bar(const PlacedColumn& column) {
    constexpr double kMost = 0.5, kLeast = 0.02;
    const int cells = std::min(column.width, static_cast<int>(kPastColumns));
    const int x = column.x + column.width - cells;
    const std::uint64_t newest_ns = scene.report.now_ns - (scene.report.now_ns - 1) / kPastColumnNs * kPastColumnNs;
    for (int cell = 0; cell < cells; ++cell) {
        const PerState<float>& times = (*past)[kPastColumns - static_cast<std::size_t>(cells - cell)];
        const bool is_newest = cell + 1 == cells;
        const double whole = static_cast<double>(is_newest ? std::max<std::uint64_t>(newest_ns, 1) : kPastColumnNs);
        double sum = 0;
        std::size_t most = 0;
        for (std::size_t state = 0; state < kStateCount; ++state) {
            sum += static_cast<double>(times[state]);
            most = times[state] > times[most] ? state : most;
        }
        if (sum >= kLeast * whole) {
            frame.put(x + cell, y, sum >= kMost * whole ? set.state[most] : set.zero,
                      dim_if_ended(role_of(state_table()[most].state)), 1);
        }
    }
}

void RowPainter::cell(const PlacedColumn& column) {
    switch (column.kind) {
        case CellKind::tid:
            if (row.group != nullptr) {
                break;
            }
            frame.put_right(column.x + column.width, y, column.width,
                            fmt::format("{}", row.thread != nullptr ? row.thread->now->tid : row.process->tgid),
                            tagged ? Role::tagged : dim_if_ended(Role::text));
            break;
        case CellKind::name:
            name(column);
            break;
        case CellKind::user:
            user(column);
            break;
        case CellKind::states_bar:
            scene.state.overview.past_bar&& past != nullptr&& row.group == nullptr ? past_bar(column) : bar(column);
            break;
        case CellKind::past:
            if (past != nullptr && row.group == nullptr) {
                past_bar(column);
            }
            break;
        case CellKind::value:
            value(column);
            break;
        case CellKind::io:
            io(column);
            break;
        case CellKind::memory_share:
            memory_share(column);
            break;
        case CellKind::started:
            started(column);
            break;
        case CellKind::exec_total:
            exec_total(column);
            break;
        case CellKind::most:
            most(column);
            break;
        case CellKind::waker:
            waker(column);
            break;
        case CellKind::waits:
            waits(column);
            break;
        case CellKind::command:
            command(column);
            break;
    }
}

/// Empty: the bar shows the interval.
std::vector<Past> pasts_of(const Scene& scene, const std::vector<PlacedColumn>& columns,
                           const std::vector<RowRef>& rows) {
    const bool is_shown = scene.state.overview.past_bar ||
                          std::ranges::find(columns, CellKind::past, &PlacedColumn::kind) != columns.end();
    if (!is_shown || scene.recent == nullptr || scene.report.interval_ns == 0) {
        return {};
    }
    std::vector<PastRow> wanted;
    wanted.reserve(rows.size());
    for (const RowRef& row : rows) {
        if (row.is_ended_line()) {
            wanted.emplace_back();  // PID 0 has no threads
        } else if (row.thread != nullptr) {
            wanted.push_back({row.thread->now->tgid, key_of(*row.thread->now)});
        } else {
            wanted.push_back({row.process->tgid, std::nullopt});
        }
    }
    return scene.recent->past_of(wanted, scene.report.now_ns);
}

void draw_empty(Frame& frame, const Scene& scene, int y) {
    const ViewState& state = scene.state;
    if (scene.report.interval_ns == 0) {
        frame.put(1, y, "measuring the first interval ...", Role::dim);
    } else if (!state.chosen_unseen.empty()) {
        frame.put(1, y, state.chosen_unseen, Role::warn);
    } else if (state.chosen_ended_unix_ns) {
        frame.put(
            1, y,
            fmt::format("{} ended at {}", state.chosen, clock_words(scene.machine, *state.chosen_ended_unix_ns, false)),
            Role::warn);
    } else if (!state.chosen.empty() && scene.report.threads.empty()) {
        frame.put(1, y, fmt::format("no threads: {}", state.chosen), Role::dim);
    } else if (scene.state.overview.held_up) {
        frame.put(1, y, "no thread that passes the filters shown above is blocked now; Esc clears them", Role::dim);
    } else {
        frame.put(1, y, "no row passes the filters shown above; Esc clears them", Role::dim);
    }
}

}  // namespace

void draw_table(Frame& frame, const Scene& scene) {
    const Layout layout = layout_of(scene.report, scene.state, frame.width(), frame.height());
    const std::vector<PlacedColumn> columns = place_columns(scene.state.overview, frame.width());
    RowList list(scene.report, scene.state.overview);
    if (layout.status_y >= 0 && scene.report.interval_ns != 0) {
        draw_status(frame, scene, list, layout.table_rows, layout.status_y);
    }
    if (layout.head_y >= 0) {
        draw_head(frame, scene, columns, layout.head_y);
    }
    if (layout.table_rows <= 0) {
        return;
    }
    if (list.size() == 0 || (scene.state.chosen_ended_unix_ns && list.living() == 0)) {
        draw_empty(frame, scene, layout.table_y);
        return;
    }
    const Place at = place(list, scene.state.overview, static_cast<std::size_t>(layout.table_rows));
    ThreadIndex threads(scene.report);
    int y = layout.table_y;
    std::size_t number = at.scroll;
    const std::vector<RowRef> rows = list.rows(at.scroll, static_cast<std::size_t>(layout.table_rows));
    const std::vector<Past> pasts = pasts_of(scene, columns, rows);
    for (const RowRef& row : rows) {
        const auto& tags = scene.state.overview.tagged;
        const bool tagged = std::find(tags.begin(), tags.end(), key_of(row)) != tags.end();
        if (row.is_ended_line()) {
            draw_ended_line(frame, scene, list, y);
        } else {
            RowPainter painter{frame,   scene,  glyphs(scene.unicode),
                               threads, list,   row,
                               y,       tagged, pasts.empty() ? nullptr : &pasts[number - at.scroll]};
            for (const PlacedColumn& column : columns) {
                painter.cell(column);
            }
        }
        if (number++ == at.cursor) {
            frame.select(0, y, frame.width());
        }
        ++y;
    }
}

}  // namespace tsa
