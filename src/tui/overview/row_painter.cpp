// SPDX-License-Identifier: MIT
// See row_painter.h: the cells of text, and which function makes which cell.
#include "tui/overview/row_painter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/scan.h"
#include "text/limits_text.h"
#include "text/wait_text.h"
#include "text/waker_text.h"
#include "tui/facts.h"

namespace tsa {
namespace {

constexpr int kAgeWidth = 7;

}  // namespace

std::string group_words(const Scene& scene, const ChosenGroup& group) {
    if (group.key == GroupKey::user && scene.machine.user_name) {
        const auto uid = number<std::uint32_t>(group.name);
        const std::string_view name = uid ? scene.machine.user_name(*uid) : std::string_view{};
        return std::string(name.empty() ? std::string_view(group.name) : name);
    }
    return group.name.empty() ? "-" : group.name;
}

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

}  // namespace tsa
