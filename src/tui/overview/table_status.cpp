// SPDX-License-Identifier: MIT
// See table_status.h.
#include "tui/overview/table_status.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/overview/row_painter.h"
#include "tui/text.h"

namespace tsa {
namespace {

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

}  // namespace

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

}  // namespace tsa
