// What keys and clicks do on the overview and in the drill-down. See keys.h for the contract; keys of open menus and
// prompts are in overlay_keys.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/rows.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr int kWheelRows = 3;

void select_row(ViewState& state, RowList& list, std::size_t at, const Report& report) {
    const std::vector<RowRef> rows = list.rows(at, 1);
    if (rows.empty()) {
        return;
    }
    state.cursor = at;
    state.selected = key_of(rows.front());
    const std::size_t height = std::max<std::size_t>(page_rows(state, report), 1);
    state.scroll = std::min(state.scroll, at);
    if (at >= state.scroll + height) {
        state.scroll = at - height + 1;
    }
}

// The row under the cursor, as the screen shows it.
std::optional<RowRef> current_row(const ViewState& state, const Report& report) {
    RowList list(report, state);
    const std::vector<RowRef> rows = list.rows(place(list, state, page_rows(state, report)).cursor, 1);
    return rows.empty() ? std::nullopt : std::optional(rows.front());
}

void move(ViewState& state, const Report& report, Action action) {
    RowList list(report, state);
    if (list.size() == 0) {
        return;
    }
    const std::size_t page = std::max<std::size_t>(page_rows(state, report), 1);
    const Place at = place(list, state, page);
    state.scroll = at.scroll;
    std::size_t to = at.cursor;
    switch (action) {
        case Action::up:
            to -= to > 0 ? 1 : 0;
            break;
        case Action::down:
            ++to;
            break;
        case Action::page_up:
            to -= std::min(to, page);
            break;
        case Action::page_down:
            to += page;
            break;
        case Action::last:
            to = list.size();
            break;
        default:  // the top row, whatever it is
            state.selected.reset();
            state.cursor = state.scroll = 0;
            return;
    }
    select_row(state, list, std::min(to, list.size() - 1), report);
}

// After the mode has changed: stay on the same thread, or on its process.
void reselect(ViewState& state, const Report& report, const std::optional<RowRef>& was) {
    if (!state.selected || !was) {
        state.cursor = state.scroll = 0;
        state.selected.reset();
        return;
    }
    RowList list(report, state);
    const Thread& thread = thread_of(*was);
    for (const RowKey& key : {RowKey{key_of(thread), false}, RowKey{{thread.tgid, 0}, true}}) {
        if (const auto at = list.index_of(key)) {
            select_row(state, list, *at, report);
            return;
        }
    }
    state.cursor = state.scroll = 0;
    state.selected.reset();
}

void set_mode(ViewState& state, const Report& report, RowMode mode) {
    const std::optional<RowRef> was = current_row(state, report);
    state.mode = mode;
    state.tagged.clear();
    reselect(state, report, was);
}

void sort_by(ViewState& state, std::string_view key) {
    if (state.sort_key == key) {
        state.descending = !state.descending;
        return;
    }
    state.sort_key = key;
    const Column* column = find_column(key);
    // Names and numbers that are names read from A; amounts from the largest.
    state.descending = column == nullptr || (column->unit != Unit::text && column->unit != Unit::identifier);
}

void fold(ViewState& state, const Report& report, bool closed) {
    const std::optional<RowRef> row = current_row(state, report);
    if (!row) {
        return;
    }
    const std::uint32_t tgid = row->process->tgid;
    std::erase(state.folded, tgid);
    if (closed != state.all_folded) {
        state.folded.push_back(tgid);
    }
    state.selected = RowKey{{tgid, 0}, true};
    RowList list(report, state);
    if (const auto at = list.index_of(*state.selected)) {
        select_row(state, list, *at, report);
    }
}

std::optional<Command> step_interval(ViewState& state, bool longer) {
    static constexpr std::array<std::uint64_t, 12> kSteps{
        kShortestIntervalMs, 50, 100, 250, 500, 1000, 2000, 3000, 5000, 10'000, 30'000, kLongestIntervalMs};
    const std::uint64_t now = state.interval_ms;
    if (longer) {
        const auto* next = std::upper_bound(kSteps.begin(), kSteps.end(), now);
        state.interval_ms = next != kSteps.end() ? *next : kSteps.back();
    } else {
        const auto* next = std::lower_bound(kSteps.begin(), kSteps.end(), now);
        state.interval_ms = next != kSteps.begin() ? *std::prev(next) : kSteps.front();
    }
    state.message = fmt::format("interval {} ms", state.interval_ms);
    Command command;
    command.kind = Command::Kind::set_interval;
    command.interval_ms = state.interval_ms;
    return command;
}

void toggle_tag(ViewState& state, const RowKey& key) {
    if (std::erase(state.tagged, key) == 0) {
        state.tagged.push_back(key);
    }
}

void tag_process(ViewState& state, const Report& report) {
    const std::optional<RowRef> row = current_row(state, report);
    if (!row) {
        return;
    }
    RowList list(report, state);
    for (const RowRef& other : list.rows(0, list.size())) {
        const RowKey key = key_of(other);
        const bool wanted =
            other.process == row->process && (state.mode == RowMode::threads || other.thread == nullptr);
        if (wanted && std::find(state.tagged.begin(), state.tagged.end(), key) == state.tagged.end()) {
            state.tagged.push_back(key);
        }
    }
}

void clear_filters(ViewState& state) {
    if (!state.filter.empty() || state.uid || state.hide_idle || !state.kernel_threads) {
        state.filter.clear();
        state.uid.reset();
        state.hide_idle = false;
        state.kernel_threads = true;
    } else {
        state.tagged.clear();
        state.follow = false;
    }
}

void open_menu(ViewState& state, const Report& report, Overlay overlay) {
    state.overlay = overlay;
    state.menu_cursor = 0;
    state.help_scroll = 0;
    state.prompt.clear();
    if (overlay == Overlay::filter_prompt) {
        state.prompt = state.prompt_before = state.filter;
    } else if (overlay == Overlay::sort_menu) {
        const std::vector<SortChoice> choices = sort_choices();
        const auto now = std::find_if(choices.begin(), choices.end(),
                                      [&](const SortChoice& choice) { return choice.key == state.sort_key; });
        state.menu_cursor = now != choices.end() ? static_cast<std::size_t>(now - choices.begin()) : 0;
    } else if (overlay == Overlay::signal_menu) {
        open_signal_menu(state, report);
    }
}

void walk_threads(ViewState& state, const Report& report, bool forward) {
    std::vector<ThreadKey> keys;
    for (const ThreadRow& row : report.threads) {
        if (row.now->tgid == state.detail_tgid) {
            keys.push_back(key_of(*row.now));
        }
    }
    if (keys.empty()) {
        return;
    }
    const auto by_tid = [](const ThreadKey& left, const ThreadKey& right) { return left.tid < right.tid; };
    std::sort(keys.begin(), keys.end(), by_tid);
    if (forward) {
        const auto next = std::upper_bound(keys.begin(), keys.end(), *state.detail, by_tid);
        state.detail = next != keys.end() ? *next : keys.front();
    } else {
        const auto at = std::lower_bound(keys.begin(), keys.end(), *state.detail, by_tid);
        state.detail = at != keys.begin() ? *std::prev(at) : keys.back();
    }
    state.detail_scroll = 0;
}

void drill_down(ViewState& state, const Report& report) {
    if (const std::optional<RowRef> row = current_row(state, report)) {
        state.detail = key_of(thread_of(*row));
        state.detail_tgid = row->process->tgid;
        state.detail_scroll = 0;
    }
}

std::optional<Command> nice_command(const ViewState& state, const Report& report, int delta) {
    ViewState with_targets = state;
    open_signal_menu(with_targets, report);
    if (with_targets.targets.empty()) {
        return std::nullopt;
    }
    Command command;
    command.kind = Command::Kind::change_nice;
    command.nice_delta = delta;
    command.targets = with_targets.targets;
    return command;
}

Command plain_command(Command::Kind kind) {
    Command command;
    command.kind = kind;
    return command;
}

Command pause_command(ViewState& state) {
    state.paused = !state.paused;
    Command command = plain_command(Command::Kind::set_paused);
    command.paused = state.paused;
    return command;
}

// Actions that work on the overview and in the drill-down alike. False: not one of them.
bool act_anywhere(KeyResult& result, Action action, const Report& report) {
    ViewState& state = result.state;
    switch (action) {
        case Action::quit:
            result.command = plain_command(Command::Kind::quit);
            return true;
        case Action::redraw:
            result.command = plain_command(Command::Kind::redraw);
            return true;
        case Action::pause:
            result.command = pause_command(state);
            return true;
        case Action::shorter:
            result.command = step_interval(state, false);
            return true;
        case Action::longer:
            result.command = step_interval(state, true);
            return true;
        case Action::help:
            open_menu(state, report, Overlay::help);
            return true;
        case Action::signal:
            open_menu(state, report, Overlay::signal_menu);
            return true;
        case Action::nice_down:
            result.command = nice_command(state, report, -1);
            return true;
        case Action::nice_up:
            result.command = nice_command(state, report, 1);
            return true;
        default:
            return false;
    }
}

void act_in_detail(KeyResult& result, Action action, const KeyEvent& event, const Report& report) {
    ViewState& state = result.state;
    if (event.key == Key::character && event.character == U'k') {
        walk_threads(state, report, false);
        return;
    }
    if (act_anywhere(result, action, report)) {
        return;
    }
    switch (action) {
        case Action::back:
            state.detail.reset();
            break;
        case Action::next_thread:
        case Action::down:
            walk_threads(state, report, true);
            break;
        case Action::previous_thread:
        case Action::up:
            walk_threads(state, report, false);
            break;
        default:
            if (event.key == Key::backspace) {
                state.detail.reset();
            }
    }
}

bool act_on_sorting(ViewState& state, const Report& report, Action action) {
    switch (action) {
        case Action::sort_latency:
            state.sort_key = kSortLatency;
            break;
        case Action::sort_exec:
            state.sort_key = "exec_ns";
            break;
        case Action::sort_memory:
            state.sort_key = "rss_bytes";
            break;
        case Action::sort_time:
            state.sort_key = kSortExecTotal;
            break;
        case Action::invert:
            state.descending = !state.descending;
            return true;
        case Action::sort_menu:
            open_menu(state, report, Overlay::sort_menu);
            return true;
        default:
            return false;
    }
    state.descending = true;
    return true;
}

// Menus, prompts and what is shown.
bool act_on_showing(ViewState& state, const Report& report, Action action) {
    switch (action) {
        case Action::columns:
            open_menu(state, report, Overlay::column_menu);
            return true;
        case Action::search:
            open_menu(state, report, Overlay::search_prompt);
            return true;
        case Action::filter:
            open_menu(state, report, Overlay::filter_prompt);
            return true;
        case Action::user:
            open_menu(state, report, Overlay::user_menu);
            return true;
        case Action::search_next:
            search_from(state, report, false, false);
            return true;
        case Action::search_previous:
            search_from(state, report, true, false);
            return true;
        case Action::tree:
            set_mode(state, report, state.mode == RowMode::tree ? RowMode::threads : RowMode::tree);
            return true;
        case Action::processes:
            set_mode(state, report, state.mode == RowMode::processes ? RowMode::threads : RowMode::processes);
            return true;
        case Action::kernel_threads:
            state.kernel_threads = !state.kernel_threads;
            return true;
        case Action::hide_idle:
            state.hide_idle = !state.hide_idle;
            return true;
        case Action::follow: {
            const std::optional<RowRef> row = current_row(state, report);
            state.follow = row && !state.follow;
            if (state.follow) {
                state.selected = key_of(*row);
            }
            return true;
        }
        case Action::fold_all:
            state.folded.clear();
            state.all_folded = !state.all_folded;
            return true;
        default:
            return false;
    }
}

void act_on_overview(KeyResult& result, Action action, const KeyEvent& event, const Report& report) {
    ViewState& state = result.state;
    if (act_anywhere(result, action, report) || act_on_sorting(state, report, action) ||
        act_on_showing(state, report, action)) {
        return;
    }
    const bool sign = event.key == Key::character;
    switch (action) {
        case Action::expand:
        case Action::collapse:
            if (state.mode == RowMode::tree) {
                fold(state, report, action == Action::collapse);
            } else if (sign) {
                result.command = step_interval(state, action == Action::expand);
            }
            break;
        case Action::tag:
            if (const auto row = current_row(state, report)) {
                toggle_tag(state, key_of(*row));
                move(state, report, Action::down);
            }
            break;
        case Action::tag_group:
            tag_process(state, report);
            break;
        case Action::untag:
            state.tagged.clear();
            break;
        case Action::drill_down:
            drill_down(state, report);
            break;
        case Action::back:
            clear_filters(state);
            break;
        case Action::up:
        case Action::down:
        case Action::page_up:
        case Action::page_down:
        case Action::first:
        case Action::last:
            move(state, report, action);
            break;
        default:
            break;
    }
}

void type_digit(ViewState& state, const Report& report, char digit) {
    state.digits += digit;
    RowList list(report, state);
    const std::vector<RowRef> rows = list.rows(0, list.size());
    for (std::size_t at = 0; at < rows.size(); ++at) {
        const std::uint32_t tid = rows[at].thread != nullptr ? rows[at].thread->now->tid : rows[at].process->tgid;
        if (fmt::format("{}", tid) == state.digits) {
            select_row(state, list, at, report);
        }
    }
    state.message = fmt::format("TID {}", state.digits);
}

void click(KeyResult& result, const KeyEvent& event, const Report& report) {
    ViewState& state = result.state;
    const Layout layout = layout_of(report, state.width, state.height);
    if (event.y == state.height - 1 && (layout.bar_y >= 0 || state.detail)) {
        for (const BarItem& item : bar_items(state, state.width)) {
            if (event.x >= item.x && event.x < item.x + item.width) {
                result = handle_key(std::move(result.state), item.key, report);
                return;
            }
        }
        return;
    }
    if (state.detail) {
        return;
    }
    if (event.y == layout.head_y) {
        for (const PlacedColumn& column : place_columns(state, state.width)) {
            if (column.column != nullptr && event.x >= column.x && event.x < column.x + column.width) {
                sort_by(state, column.column->key);
            }
        }
    } else if (event.y >= layout.table_y && event.y < layout.table_y + layout.table_rows) {
        RowList list(report, state);
        state.scroll = place(list, state, page_rows(state, report)).scroll;
        select_row(state, list, state.scroll + static_cast<std::size_t>(event.y - layout.table_y), report);
    }
}

// A tag outlives a filter, but not its thread or process.
void drop_dead_tags(ViewState& state, const Report& report) {
    if (state.tagged.empty()) {
        return;
    }
    std::vector<std::uint32_t> tids;
    for (const RowKey& key : state.tagged) {
        tids.push_back(key.thread.tid);
    }
    std::sort(tids.begin(), tids.end());
    std::vector<RowKey> alive;
    for (const ThreadRow& row : report.threads) {
        if (std::binary_search(tids.begin(), tids.end(), row.now->tid)) {
            alive.push_back({key_of(*row.now), false});
        }
    }
    for (const ProcessRow& row : report.processes) {
        if (row.threads > 0 && std::binary_search(tids.begin(), tids.end(), row.tgid)) {
            alive.push_back({{row.tgid, 0}, true});
        }
    }
    std::erase_if(state.tagged,
                  [&](const RowKey& key) { return std::find(alive.begin(), alive.end(), key) == alive.end(); });
}

}  // namespace

std::size_t page_rows(const ViewState& state, const Report& report) {
    return static_cast<std::size_t>(layout_of(report, state.width, state.height).table_rows);
}

void search_from(ViewState& state, const Report& report, bool backwards, bool include_current) {
    if (state.search.empty()) {
        return;
    }
    RowList list(report, state);
    const std::size_t size = list.size();
    const std::size_t from = place(list, state, page_rows(state, report)).cursor;
    const std::vector<RowRef> rows = list.rows(0, size);
    for (std::size_t step = include_current ? 0 : 1; step <= size; ++step) {
        const std::size_t at = size == 0 ? 0 : (backwards ? from + size - step % size : from + step) % size;
        if (size > 0 && contains_ignoring_case(comm_of(thread_of(rows[at])), state.search)) {
            select_row(state, list, at, report);
            return;
        }
    }
    state.message = fmt::format("no row is called \"{}\"", state.search);
    state.message_is_warning = true;
}

KeyResult handle_key(ViewState state, const KeyEvent& event, const Report& report) {
    KeyResult result{std::move(state), std::nullopt};
    ViewState& now = result.state;
    if (event.key == Key::resize || event.key == Key::none) {
        return result;
    }
    now.message.clear();
    now.message_is_warning = false;
    if (now.overlay != Overlay::none) {
        handle_overlay_key(result, event, report);
        return result;
    }
    const bool digit = event.key == Key::character && event.character >= U'0' && event.character <= U'9';
    if (digit && !now.detail) {
        type_digit(now, report, static_cast<char>(event.character));
        return result;
    }
    now.digits.clear();
    if (event.key == Key::click) {
        click(result, event, report);
    } else if (event.key == Key::wheel_up || event.key == Key::wheel_down) {
        for (int row = 0; row < kWheelRows && !now.detail; ++row) {
            move(now, report, event.key == Key::wheel_up ? Action::up : Action::down);
        }
    } else if (now.detail) {
        act_in_detail(result, action_of(event), event, report);
    } else {
        act_on_overview(result, action_of(event), event, report);
    }
    return result;
}

ViewState settle(ViewState state, const Report& report) {
    RowList list(report, state);
    const Place at = place(list, state, page_rows(state, report));
    const bool gone = state.selected && !list.index_of(*state.selected);
    if (gone && state.follow) {
        state.follow = false;
        state.message = fmt::format("{} is gone: not following any more", state.selected->thread.tid);
    }
    state.cursor = at.cursor;
    state.scroll = at.scroll;
    if (state.selected) {
        const std::vector<RowRef> rows = list.rows(at.cursor, 1);
        state.selected = rows.empty() ? std::nullopt : std::optional(key_of(rows.front()));
    }
    drop_dead_tags(state, report);
    return state;
}

}  // namespace tsa
