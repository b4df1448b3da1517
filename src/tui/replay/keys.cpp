// What keys do in a replay. They only move ViewState::replay: the loop sees where it stands, and plays that interval.
// So keys that came while one was read are all taken before the next one is.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tui/replay/replay.h"
#include "tui/replay/time.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr std::string_view kReplay = "Replay";
constexpr int kManyColumns = 10;
constexpr std::size_t kMaxMoment = 40;

constexpr KeyEvent special(Key key) {
    return {key, 0, 0, 0};
}
constexpr KeyEvent letter(char32_t character) {
    return {Key::character, character, 0, 0};
}

std::vector<KeyBinding> replay_keys() {
    return {
        {Action::play, kReplay, "play, or stand still", "", {letter(' '), letter('z'), letter('Z')}},
        {Action::step_back, kReplay, "one interval back", "", {special(Key::left)}},
        {Action::step_forward, kReplay, "one interval on", "", {special(Key::right)}},
        {Action::column_back, kReplay, "a column of the strip back", "", {letter('b'), letter('(')}},
        {Action::column_forward, kReplay, "a column of the strip on", "", {letter('f'), letter(')')}},
        {Action::columns_back, kReplay, "ten columns back", "", {letter('{')}},
        {Action::columns_forward, kReplay, "ten columns on", "", {letter('}')}},
        {Action::to_begin, kReplay, "the begin of the recording", "", {letter('B'), letter('^')}},
        {Action::to_end, kReplay, "its end", "", {letter('E'), letter('$')}},
        {Action::next_bad, kReplay, "the next moment with more threads held up than around it", "", {letter('x')}},
        {Action::previous_bad, kReplay, "the previous one", "", {letter('X')}},
        {Action::jump, kReplay, "jump to a time", "", {letter('J'), letter('@')}},
        {Action::slower, kReplay, "slower; in the list also -", "", {letter('[')}},
        {Action::faster, kReplay, "faster; in the list also +", "", {letter(']')}},
    };
}

const Timeline& timeline_of(const ReplayState& replay) {
    return *replay.timeline;
}

void go_to(ReplayState& replay, std::size_t interval) {
    replay.at = std::min(interval, timeline_of(replay).size() - 1);
    replay.played_ns = 0;
}

void scrub_by(ReplayState& replay, int columns) {
    go_to(replay, scrub(timeline_of(replay), replay.strip, replay.at, columns));
}

void go_to_bad(ViewState& state, bool next) {
    ReplayState& replay = *state.replay;
    const auto after = std::upper_bound(replay.bad.begin(), replay.bad.end(), replay.at);
    const auto from = std::lower_bound(replay.bad.begin(), replay.bad.end(), replay.at);
    if (next ? after == replay.bad.end() : from == replay.bad.begin()) {
        state.message = replay.bad.empty() ? "no thread was held up in this recording"
                                           : fmt::format("no moment stands out {} this one", next ? "after" : "before");
        return;
    }
    replay.playing = false;
    go_to(replay, next ? *after : *std::prev(from));
}

void play_or_stand(ReplayState& replay) {
    replay.playing = !replay.playing;
    replay.played_ns = 0;
    if (replay.playing && replay.at + 1 == timeline_of(replay).size()) {
        replay.at = 0;  // from the begin once more
        replay.playing = timeline_of(replay).size() > 1;
    }
}

void open_jump(ViewState& state) {
    state.overlay = Overlay::jump_prompt;
    state.prompt.clear();
}

bool act_in_replay(ViewState& state, Action action) {
    ReplayState& replay = *state.replay;
    switch (action) {
        case Action::play:
            play_or_stand(replay);
            return true;
        case Action::step_back:
            replay.playing = false;
            go_to(replay, replay.at - (replay.at > 0 ? 1 : 0));
            return true;
        case Action::step_forward:
            replay.playing = false;
            go_to(replay, replay.at + 1);
            return true;
        case Action::column_back:
        case Action::column_forward:
            scrub_by(replay, action == Action::column_back ? -1 : 1);
            return true;
        case Action::columns_back:
        case Action::columns_forward:
            scrub_by(replay, action == Action::columns_back ? -kManyColumns : kManyColumns);
            return true;
        case Action::to_begin:
            go_to(replay, 0);
            return true;
        case Action::to_end:
            replay.playing = false;
            go_to(replay, timeline_of(replay).size() - 1);
            return true;
        case Action::next_bad:
        case Action::previous_bad:
            go_to_bad(state, action == Action::next_bad);
            return true;
        case Action::jump:
            open_jump(state);
            return true;
        case Action::slower:
        case Action::faster:
            change_speed(state, action == Action::faster);
            return true;
        default:
            return false;
    }
}

}  // namespace

std::span<const KeyBinding> replay_key_table() {
    static const std::vector<KeyBinding> kTable = replay_keys();
    return kTable;
}

Action replay_action_of(const KeyEvent& event) {
    for (const KeyBinding& binding : replay_key_table()) {
        for (const KeyEvent& key : binding.keys) {
            if (key.key == event.key && key.character == event.character) {
                return binding.action;
            }
        }
    }
    return Action::none;
}

bool is_live_only(Action action) {
    static constexpr auto kLive =
        std::to_array({Action::signal, Action::nice_down, Action::nice_up, Action::accounting, Action::shorter,
                       Action::longer, Action::pause, Action::record, Action::tag, Action::sort_time});
    return std::find(kLive.begin(), kLive.end(), action) != kLive.end();
}

bool handle_replay_key(KeyResult& result, const KeyEvent& event) {
    return result.state.replay && act_in_replay(result.state, replay_action_of(event));
}

void change_speed(ViewState& state, bool faster) {
    double& speed = state.replay->speed;
    if (faster) {
        const auto* next = std::upper_bound(kReplaySpeeds.begin(), kReplaySpeeds.end(), speed);
        speed = next != kReplaySpeeds.end() ? *next : kFastestReplay;
    } else {
        const auto* next = std::lower_bound(kReplaySpeeds.begin(), kReplaySpeeds.end(), speed);
        speed = next != kReplaySpeeds.begin() ? *std::prev(next) : kSlowestReplay;
    }
    state.message = fmt::format("speed {}x", speed);
}

bool click_in_replay(ViewState& state, const KeyEvent& event) {
    if (!state.replay) {
        return false;
    }
    const ReplayLayout layout = replay_layout(state, state.width, state.height);
    const int column = event.x - layout.strip_x;
    const bool on_marks = layout.marks_y >= 0 && event.y == layout.marks_y;
    const bool on_strip = event.y >= layout.strip_y && event.y < layout.strip_y + layout.strip_rows;
    if ((!on_marks && !on_strip) || column < 0 || column >= layout.columns) {
        return layout.rows > 0 && event.y > state.height - 2 - layout.rows && event.y < state.height - 1;
    }
    go_to(*state.replay, interval_at(state.replay->strip, static_cast<std::size_t>(column)));
    return true;
}

void jump_prompt_key(ViewState& state, const KeyEvent& event) {
    ReplayState& replay = *state.replay;
    if (event.key == Key::escape) {
        state.overlay = Overlay::none;
    } else if (event.key == Key::enter) {
        const auto found = find_moment(state.prompt, timeline_of(replay), replay.at, replay.utc_offset_s);
        if (!found.ok()) {
            // It stays open: what was typed can be put right.
            state.message = fmt::format("{}; {}", found.error().message, found.error().hint);
            state.message_is_warning = true;
            return;
        }
        go_to(replay, found.value());
        state.overlay = Overlay::none;
    } else if (event.key == Key::backspace) {
        drop_last_character(state.prompt);
    } else if (event == KeyEvent{Key::character, U'U' - U'@', 0, 0}) {
        state.prompt.clear();
    } else if (event.key == Key::character && event.character >= 0x20 && state.prompt.size() < kMaxMoment) {
        append_utf8(state.prompt, event.character);
    }
}

void refuse_in_replay(ViewState& state, Action action) {
    state.message = action == Action::sort_time
                        ? "a recording has no totals since a thread was first seen; P sorts by exec of the interval"
                        : "a replay: nothing can be done to these threads, or to this machine";
    state.message_is_warning = true;
}

std::span<const BarItem> replay_bar(bool in_detail) {
    static constexpr std::array kTable = std::to_array<BarItem>({
        {special(Key::f1), "F1", "Help"},     {letter(' '), "Space", "Play"},
        {special(Key::left), "Left", "Back"}, {special(Key::right), "Right", "Step"},
        {letter('x'), "x", "Bad moment"},     {letter('J'), "J", "Jump"},
        {letter(']'), "]", "Speed"},          {special(Key::enter), "Enter", "Thread"},
        {special(Key::f10), "F10", "Quit"},   {special(Key::f2), "F2", "Cols"},
        {special(Key::f3), "F3", "Search"},   {special(Key::f4), "F4", "Filter"},
        {special(Key::f5), "F5", "Tree"},     {special(Key::f6), "F6", "Sort"},
        {letter('f'), "b f", "Scrub"},        {letter('H'), "H", "Processes"},
        {letter('i'), "i", "Hide idle"},      {letter('w'), "w", "Held up"},
        {letter('K'), "K", "Kernel"},         {letter('m'), "m", "Header"},
    });
    static constexpr std::array kDetailBar = std::to_array<BarItem>({
        {special(Key::escape), "Esc", "Back"},
        {letter(' '), "Space", "Play"},
        {special(Key::left), "Left", "Back"},
        {special(Key::right), "Right", "Step"},
        {letter('x'), "x", "Bad moment"},
        {letter('J'), "J", "Jump"},
        {letter(']'), "]", "Speed"},
        {special(Key::f1), "F1", "Help"},
        {special(Key::f10), "F10", "Quit"},
        {special(Key::tab), "Tab", "Next"},
        {letter('v'), "v", "States"},
        {letter('t'), "t", "Threads"},
        {letter(','), ",", "Moment"},
        {letter('+'), "+", "Zoom"},
        {special(Key::back_tab), "S-Tab", "Prev"},
        {letter('f'), "b f", "Scrub"},
    });
    return in_detail ? std::span<const BarItem>(kDetailBar) : std::span<const BarItem>(kTable);
}

}  // namespace tsa
