// See detail_keys.h. How far there is to move is what the newest frame showed: ViewState::bounds.
#include "tui/thread/keys.h"

#include <algorithm>

#include "tui/overview/row_keys.h"
#include "tui/thread/detail.h"

namespace tsa {
namespace {

std::uint64_t column_ns(const DetailBounds& bounds) {
    return bounds.slots * kHistorySlotNs;
}

std::uint64_t column_under_cursor(const ViewState& state) {
    const DetailBounds& bounds = state.bounds;
    return std::clamp(*state.chart_moment_ns / column_ns(bounds), bounds.oldest_column, bounds.newest_column);
}

void read_out(ViewState& state, std::uint64_t column) {
    state.chart_moment_ns = column * column_ns(state.bounds);
}

void move_moment(ViewState& state, Action action) {
    const DetailBounds& bounds = state.bounds;
    if (bounds.chart_rows == 0) {
        return;  // no room for it, or the other page: what would move is not to be seen
    }
    if (action == Action::oldest_moment) {
        read_out(state, bounds.oldest_column);
    } else if (action == Action::newest_moment) {
        state.chart_moment_ns.reset();
    } else if (!state.chart_moment_ns) {
        if (action == Action::earlier) {
            read_out(state, bounds.newest_column);
        }
    } else if (action == Action::earlier) {
        const std::uint64_t at = column_under_cursor(state);
        read_out(state, at > bounds.oldest_column ? at - 1 : at);
    } else if (const std::uint64_t at = column_under_cursor(state); at < bounds.newest_column) {
        read_out(state, at + 1);
    } else {
        state.chart_moment_ns.reset();
    }
}

void scroll_waits(ViewState& state, Action action) {
    const DetailBounds& bounds = state.bounds;
    const std::size_t page = std::max<std::size_t>(bounds.wait_rows_shown, 1);
    const std::size_t most = bounds.wait_rows > page ? bounds.wait_rows - page : 0;
    std::size_t& at = state.detail_scroll;
    at = std::min(at, most);
    switch (action) {
        case Action::up:
            at -= at > 0 ? 1 : 0;
            break;
        case Action::page_up:
            at -= std::min(at, page);
            break;
        case Action::page_down:
            at += page;
            break;
        default:
            ++at;
            break;
    }
    at = std::min(at, most);
}

void leave_detail(ViewState& state) {
    state.detail.reset();
    state.detail_page = DetailPage::answer;
    state.chart_moment_ns.reset();
    state.detail_scroll = 0;
}

void list_threads(ViewState& state, const Report& report) {
    const RowKey key{*state.detail, false};
    const std::uint32_t tgid = state.detail_tgid;
    leave_detail(state);
    if (!state.tgid) {
        state.mode_before_process = state.mode;
    }
    state.tgid = tgid;
    state.mode = RowMode::threads;
    select_key(state, key, report);
}

}  // namespace

bool act_in_detail(ViewState& state, Action action, const Report& report) {
    switch (action) {
        case Action::back:
            if (state.chart_moment_ns && state.bounds.chart_rows > 0) {
                state.chart_moment_ns.reset();
            } else {
                leave_detail(state);
            }
            return true;
        case Action::next_thread:
        case Action::previous_thread:
            walk_threads(state, report, action == Action::next_thread);
            return true;
        case Action::earlier:
        case Action::later:
        case Action::oldest_moment:
        case Action::newest_moment:
            move_moment(state, action);
            return true;
        case Action::finer:
        case Action::coarser:
            state.chart_slots = next_chart_slots(state.bounds.slots, action == Action::finer);
            return true;
        case Action::up:
        case Action::down:
        case Action::page_up:
        case Action::page_down:
            scroll_waits(state, action);
            return true;
        case Action::turn_page:
            state.detail_page = state.detail_page == DetailPage::answer ? DetailPage::states : DetailPage::answer;
            return true;
        case Action::threads_of_process:
            list_threads(state, report);
            return true;
        default:
            return false;
    }
}

void click_in_detail(ViewState& state, const KeyEvent& event) {
    const DetailBounds& bounds = state.bounds;
    const int column = event.x - bounds.chart_x;
    const bool inside = column >= 0 && column < bounds.chart_columns && event.y >= bounds.chart_y &&
                        event.y < bounds.chart_y + bounds.chart_rows;
    if (!inside) {
        return;
    }
    const auto back = static_cast<std::uint64_t>(bounds.chart_columns - 1 - column);
    const std::uint64_t at = bounds.newest_column - std::min(back, bounds.newest_column);
    read_out(state, std::max(at, bounds.oldest_column));
}

void leave_process(ViewState& state, const Report& report) {
    state.tgid.reset();
    set_mode(state, report, state.mode_before_process);
}

}  // namespace tsa
