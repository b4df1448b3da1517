// What keys and clicks do on the overview and everywhere. See keys.h for the contract; keys of open menus and prompts
// are in overlay_keys.cpp, what happens to rows in row_keys.cpp, the drill-down's own keys in detail_keys.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tui/keys.h"
#include "tui/menus/targets.h"
#include "tui/overview/layout.h"
#include "tui/overview/row_keys.h"
#include "tui/replay/replay.h"
#include "tui/thread/keys.h"

namespace tsa {
namespace {

constexpr int kWheelRows = 3;

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

void clear_filters(ViewState& state, const Report& report) {
    if (state.tgid) {
        leave_process(state, report);
    } else if (!state.filter.empty() || state.uid || state.hide_idle || state.held_up || !state.kernel_threads) {
        state.filter.clear();
        state.uid.reset();
        state.hide_idle = false;
        state.held_up = false;
        state.kernel_threads = true;
    } else {
        state.tagged.clear();
        state.follow = false;
    }
}

void open_menu(ViewState& state, Overlay overlay) {
    state.overlay = overlay;
    state.menu_cursor = 0;
    state.menu_typed.clear();
    state.help_scroll = 0;
    state.prompt.clear();
    if (overlay == Overlay::filter_prompt) {
        state.prompt = state.prompt_before = state.filter;
    } else if (overlay == Overlay::sort_menu) {
        const std::vector<SortChoice> choices = sort_choices(state.replay.has_value());
        const auto now = std::find_if(choices.begin(), choices.end(),
                                      [&](const SortChoice& choice) { return choice.key == state.sort_key; });
        state.menu_cursor = now != choices.end() ? static_cast<std::size_t>(now - choices.begin()) : 0;
    }
}

std::optional<Command> nice_command(ViewState& state, const Report& report, int delta) {
    const std::vector<RowRef> rows = chosen_rows(state, report);
    if (rows.empty()) {
        state.message = no_target_text(rows);
        state.message_is_warning = true;
        return std::nullopt;
    }
    Command command;
    command.kind = Command::Kind::change_nice;
    command.nice_delta = delta;
    for (const RowRef& row : rows) {
        command.targets.push_back(target_of(row));
    }
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
bool act_anywhere(KeyResult& result, Action action, const Report& report, const Machine& machine) {
    ViewState& state = result.state;
    if (state.replay && is_live_only(action)) {
        refuse_in_replay(state, action);
        return true;
    }
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
        case Action::record:
            result.command = plain_command(Command::Kind::toggle_recording);
            return true;
        case Action::shorter:
            result.command = step_interval(state, false);
            return true;
        case Action::longer:
            result.command = step_interval(state, true);
            return true;
        case Action::help:
            open_menu(state, Overlay::help);
            return true;
        case Action::signal:
            open_menu(state, Overlay::signal_menu);
            open_signal_menu(state, report, machine);
            return true;
        case Action::nice_down:
            result.command = nice_command(state, report, -1);
            return true;
        case Action::nice_up:
            result.command = nice_command(state, report, 1);
            return true;
        case Action::accounting:
            open_accounting_question(state);
            return true;
        default:
            return false;
    }
}

// Where there is no room for single CPUs, or nothing is known of them, that turn is left out.
void turn_header(ViewState& state, const Report& report) {
    if (state.header == HeaderMode::normal) {
        state.header = HeaderMode::with_cpus;
        if (layout_of(report, state, state.width, state.height).cpu_rows > 0) {
            return;
        }
    }
    state.header = state.header == HeaderMode::with_cpus ? HeaderMode::brief : HeaderMode::normal;
}

bool act_on_sorting(ViewState& state, Action action) {
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
        case Action::sort_io:
            state.sort_key = kSortIo;
            break;
        case Action::invert:
            state.descending = !state.descending;
            return true;
        case Action::sort_menu:
            open_menu(state, Overlay::sort_menu);
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
            open_menu(state, Overlay::column_menu);
            return true;
        case Action::search:
            open_menu(state, Overlay::search_prompt);
            return true;
        case Action::filter:
            open_menu(state, Overlay::filter_prompt);
            return true;
        case Action::user:
            open_menu(state, Overlay::user_menu);
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
        case Action::held_up:
            state.held_up = !state.held_up;
            return true;
        case Action::header:
            turn_header(state, report);
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

// A key that has no meaning, or none on this screen.
void say_unbound(ViewState& state, const KeyEvent& event, Action action) {
    state.message = event.key == Key::unnamed
                        ? "no such key; ? lists them"
                        : fmt::format("{}: {}; ? lists them", key_name(event),
                                      action == Action::none ? "no such key" : "does nothing here");
}

void act_on_overview(KeyResult& result, Action action, const KeyEvent& event, const Report& report,
                     const Machine& machine) {
    ViewState& state = result.state;
    if (act_anywhere(result, action, report, machine) || act_on_sorting(state, action) ||
        act_on_showing(state, report, action)) {
        return;
    }
    const bool sign = event.key == Key::character;
    switch (action) {
        case Action::expand:
        case Action::collapse:
            if (state.mode == RowMode::tree) {
                fold(state, report, action == Action::collapse);
            } else if (sign && state.replay) {
                change_speed(state, action == Action::expand);
            } else if (sign) {
                result.command = step_interval(state, action == Action::expand);
            } else {
                say_unbound(state, event, action);
            }
            break;
        case Action::tag:
            if (const auto row = current_row(state, report)) {
                toggle_tag(state, key_of(*row));
                move_cursor(state, report, Action::down);
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
            clear_filters(state, report);
            break;
        case Action::up:
        case Action::down:
        case Action::page_up:
        case Action::page_down:
        case Action::first:
        case Action::last:
            move_cursor(state, report, action);
            break;
        default:
            say_unbound(state, event, action);
            break;
    }
}

void click(KeyResult& result, const KeyEvent& event, const Report& report, const Machine& machine) {
    ViewState& state = result.state;
    const Layout layout = layout_of(report, state, state.width, state.height);
    if (event.y == state.height - 1 && (layout.bar_y >= 0 || state.detail)) {
        for (const BarItem& item : bar_items(state, state.width)) {
            if (event.x >= item.x && event.x < item.x + item.width) {
                result = handle_key(std::move(result.state), item.key, report, machine);
                return;
            }
        }
        return;
    }
    if (click_in_replay(state, event)) {
        return;
    }
    if (state.detail) {
        click_in_detail(state, event);
        return;
    }
    if (event.y == layout.head_y) {
        for (const PlacedColumn& column : place_columns(state, state.width)) {
            if (column.sortable() && event.x >= column.x && event.x < column.x + column.width) {
                sort_by(state, column.column->key);
            }
        }
    } else if (event.y >= layout.table_y && event.y < layout.table_y + layout.table_rows) {
        RowList list(report, state);
        state.scroll = place(list, state, page_rows(state, report)).scroll;
        select_row(state, list, state.scroll + static_cast<std::size_t>(event.y - layout.table_y), report);
    }
}

}  // namespace

KeyResult handle_key(ViewState state, const KeyEvent& event, const Report& report, const Machine& machine) {
    KeyResult result{std::move(state), std::nullopt};
    ViewState& now = result.state;
    if (event.key == Key::resize || event.key == Key::none) {
        return result;
    }
    now.message.clear();
    now.message_is_warning = false;
    if (now.overlay != Overlay::none) {
        handle_overlay_key(result, event, report, machine);
        return result;
    }
    const bool digit = event.key == Key::character && event.character >= U'0' && event.character <= U'9';
    if (digit && !now.detail) {
        type_digit(now, report, static_cast<char>(event.character));
        return result;
    }
    now.digits.clear();
    if (handle_replay_key(result, event)) {
        return result;
    }
    if (event.key == Key::click) {
        click(result, event, report, machine);
    } else if (event.key == Key::wheel_up || event.key == Key::wheel_down) {
        const Action action = event.key == Key::wheel_up ? Action::up : Action::down;
        for (int row = 0; row < kWheelRows; ++row) {
            if (now.detail) {
                act_in_detail(now, action, report);
            } else {
                move_cursor(now, report, action);
            }
        }
    } else if (now.detail) {
        const Action action = action_of(event, true);
        if (!act_in_detail(now, action, report) && !act_anywhere(result, action, report, machine)) {
            say_unbound(now, event, action);
        }
    } else {
        act_on_overview(result, action_of(event), event, report, machine);
    }
    return result;
}

}  // namespace tsa
