// The overview's table: status line, heads, and one line per visible row. Numbers are in fixed fields; text is made for
// the visible rows only.
#include <fmt/format.h>

#include <algorithm>

#include "text/wait_text.h"
#include "tui/bars.h"
#include "tui/overview/layout.h"
#include "tui/overview/page.h"
#include "tui/overview/rows.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr int kAgeWidth = 7;

std::string_view sort_head(const ViewState& state) {
    if (state.overview.sort_key == kSortExecTotal) {
        return "total EXEC";
    }
    if (state.overview.sort_key == kSortIo) {
        return "I/O";
    }
    const Column* column = find_column(state.overview.sort_key);
    return column != nullptr ? column->head : "LOST";
}

std::string_view mode_words(RowMode mode) {
    switch (mode) {
        case RowMode::threads:
            return "threads";
        case RowMode::processes:
            return "processes";
        case RowMode::tree:
            return "rows of processes and their threads";
    }
    return "";
}

// What is shown, and what is not: every missing row is accounted for here.
void draw_status(Frame& frame, const Scene& scene, const RowList& list, int y) {
    const ViewState& state = scene.state;
    const Glyphs& set = glyphs(scene.unicode);
    std::string words = fmt::format("{} {} by {} {}", format_count(list.size()), mode_words(state.overview.mode),
                                    sort_head(state), state.overview.descending ? set.sorted_down : set.sorted_up);
    int x = frame.put(1, y, words, Role::dim) + 2;
    const auto add = [&](std::string_view text) { x = frame.put(x, y, text, Role::prompt) + 2; };
    if (state.overview.tgid) {
        add(fmt::format("of process {}", *state.overview.tgid));
    }
    if (!state.overview.filter.empty()) {
        add(fmt::format("filter \"{}\"", state.overview.filter));
    }
    if (state.overview.uid) {
        const std::string_view name = scene.machine.user_name ? scene.machine.user_name(*state.overview.uid) : "";
        add(name.empty() ? fmt::format("user {}", *state.overview.uid) : fmt::format("user {}", name));
    }
    if (state.overview.held_up) {
        add("only held up now");
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
    if (!state.overview.tagged.empty()) {
        add(fmt::format("{} tagged", state.overview.tagged.size()));
    }
}

void draw_head(Frame& frame, const Scene& scene, const std::vector<PlacedColumn>& columns, int y) {
    frame.fill(0, y, frame.width(), 1, U' ', Role::head);
    for (const PlacedColumn& column : columns) {
        const bool sorted = column.column != nullptr && column.column->key == scene.state.overview.sort_key;
        const Role role = sorted ? Role::head_sorted : Role::head;
        if (sorted) {
            frame.fill(column.x, y, column.width, 1, U' ', role);
        }
        if (column.left_aligned) {
            frame.put(column.x, y, column.head, role, column.width);
        } else {
            frame.put_right(column.x + column.width, y, column.width, column.head, role);
        }
    }
}

struct RowPainter {
    Frame& frame;
    const Scene& scene;
    const Glyphs& set;
    ThreadIndex& threads;
    const RowRef& row;
    int y;
    bool tagged;

    void cell(const PlacedColumn& column);
    void name(const PlacedColumn& column);
    void user(const PlacedColumn& column);
    void waits(const PlacedColumn& column);
    void value(const PlacedColumn& column);

    [[nodiscard]] const PerState<std::uint64_t>& state_ns() const {
        return row.thread != nullptr ? row.thread->state_ns : row.process->state_ns;
    }
    [[nodiscard]] const PerPart<std::uint64_t>& part_ns() const {
        return row.thread != nullptr ? row.thread->part_ns : row.process->part_ns;
    }
    [[nodiscard]] std::uint64_t wall_ns() const {
        return row.thread != nullptr ? row.thread->wall_ns : row.process->wall_ns;
    }
};

void RowPainter::name(const PlacedColumn& column) {
    const Thread& thread = thread_of(row);
    const int end = column.x + column.width;
    int x = column.x;
    Role role = thread.kernel ? Role::dim : Role::text;
    if (row.child) {
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
    x = frame.put(x, y, comm_of(thread), tagged ? Role::tagged : role, end - x - count_width);
    frame.put(x, y, count, Role::dim, end - x);
}

void RowPainter::user(const PlacedColumn& column) {
    const std::uint32_t uid = thread_of(row).uid;
    const std::string_view known = scene.machine.user_name ? scene.machine.user_name(uid) : std::string_view{};
    frame.put(column.x, y, known.empty() ? fmt::format("{}", uid) : std::string(known), Role::dim, column.width);
}

void RowPainter::waits(const PlacedColumn& column) {
    // A process waits in as many ways as it has threads: only a single thread can represent it.
    if (row.thread == nullptr && row.process->threads != 1) {
        return;
    }
    const Thread& thread = thread_of(row);
    const int age_width = column.width >= 20 ? kAgeWidth : 6;
    const int room = column.width - age_width - 1;
    fmt::memory_buffer words;
    put_wait_within(words, thread, threads, static_cast<std::size_t>(std::max(room, 0)), set.waits);
    if (words.size() == 0) {
        return;
    }
    const Role role = is_delay(thread.state) ? role_of(thread.state) : Role::dim;
    frame.put(column.x, y, {words.data(), words.size()}, role, room);
    const bool has_age = (thread.measured & kMeasuredAge) != 0;
    frame.put_right(column.x + column.width, y, age_width,
                    has_age ? format_age(thread, scene.report.now_ns, set.waits.at_least) : std::string("-"), role);
}

std::string value_words(const PlacedColumn& column, const Value& value) {
    switch (column.column->unit) {
        case Unit::age:
            return format_duration(static_cast<std::uint64_t>(value.integer));
        case Unit::bytes:
            return format_bytes_short(static_cast<std::uint64_t>(value.integer));
        case Unit::flag:
            return value.integer != 0 ? "yes" : "no";
        case Unit::text:
            return std::string(value.text);
        default:
            return fmt::format("{}", value.integer);
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
    if (row.thread != nullptr) {
        value = column.column->of_thread(scene.report, *row.thread);
    } else if (column.column->of_process != nullptr) {
        value = column.column->of_process(scene.report, *row.process);
    }
    std::string words;
    Role role = value_role(column);
    const bool measure = column.column->unit != Unit::identifier && column.column->unit != Unit::text;
    // A thread's share is of its own wall time, a process's in percent of one thread's whole interval.
    const std::uint64_t whole_ns = row.thread != nullptr ? row.thread->wall_ns : scene.report.interval_ns;
    if (!value.present()) {
        words = "-";
        role = Role::dim;
    } else if (measure && value.kind == Value::Kind::integer && value.integer == 0) {
        words = set.zero;
        role = Role::dim;
    } else if (column.column->unit == Unit::nanoseconds) {
        const double whole = static_cast<double>(column.key == "wall_ns" ? scene.report.interval_ns : whole_ns);
        words = whole > 0 ? format_share(100.0 * static_cast<double>(value.integer) / whole) : "-";
    } else {
        words = value_words(column, value);
    }
    if (column.left_aligned) {
        frame.put(column.x, y, words, role, column.width);
    } else {
        frame.put_right(column.x + column.width, y, column.width, words, role);
    }
}

void RowPainter::cell(const PlacedColumn& column) {
    switch (column.kind) {
        case CellKind::tid:
            frame.put_right(column.x + column.width, y, column.width,
                            fmt::format("{}", row.thread != nullptr ? row.thread->now->tid : row.process->tgid),
                            tagged ? Role::tagged : Role::text);
            break;
        case CellKind::name:
            name(column);
            break;
        case CellKind::user:
            user(column);
            break;
        case CellKind::states_bar:
            draw_bar(frame, column.x, y, column.width, state_parts(state_ns(), part_ns(), set),
                     static_cast<double>(wall_ns()), set);
            break;
        case CellKind::value:
            value(column);
            break;
        case CellKind::waits:
            waits(column);
            break;
    }
}

void draw_empty(Frame& frame, const Scene& scene, int y) {
    if (scene.report.interval_ns == 0) {
        frame.put(1, y, "measuring the first interval ...", Role::dim);
    } else if (scene.state.overview.held_up) {
        frame.put(1, y, "no thread that passes the filters shown above is held up now; Esc clears them", Role::dim);
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
        draw_status(frame, scene, list, layout.status_y);
    }
    if (layout.head_y >= 0) {
        draw_head(frame, scene, columns, layout.head_y);
    }
    if (layout.table_rows <= 0) {
        return;
    }
    if (list.size() == 0) {
        draw_empty(frame, scene, layout.table_y);
        return;
    }
    const Place at = place(list, scene.state.overview, static_cast<std::size_t>(layout.table_rows));
    ThreadIndex threads(scene.report);
    int y = layout.table_y;
    std::size_t number = at.scroll;
    for (const RowRef& row : list.rows(at.scroll, static_cast<std::size_t>(layout.table_rows))) {
        const auto& tags = scene.state.overview.tagged;
        const bool tagged = std::find(tags.begin(), tags.end(), key_of(row)) != tags.end();
        RowPainter painter{frame, scene, glyphs(scene.unicode), threads, row, y, tagged};
        for (const PlacedColumn& column : columns) {
            painter.cell(column);
        }
        if (number++ == at.cursor) {
            frame.select(0, y, frame.width());
        }
        ++y;
    }
}

}  // namespace tsa
