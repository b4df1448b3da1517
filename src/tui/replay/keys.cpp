// SPDX-License-Identifier: MIT
// What keys and clicks do in a replay. They only move ViewState::replay: the loop checks the position and plays that
// interval. So keys that are pressed during a read are all handled before the next read.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tui/replay/replay.h"

namespace tsa {
namespace {

constexpr std::string_view kReplay = "Replay";
constexpr int kManyColumns = 10;

std::size_t interval_count(const ReplayState& replay) {
    return replay.timeline->size();
}

void play_or_pause(KeyPress& press) {
    ReplayState& replay = *press.state.replay;
    replay.playing = !replay.playing;
    replay.played_ns = 0;
    if (replay.playing && replay.at + 1 == interval_count(replay)) {
        replay.at = 0;  // from the beginning again
        replay.playing = interval_count(replay) > 1;
    }
}

void step_back(KeyPress& press) {
    ReplayState& replay = *press.state.replay;
    replay.playing = false;
    go_to(replay, replay.at - (replay.at > 0 ? 1 : 0));
}

void step_forward(KeyPress& press) {
    ReplayState& replay = *press.state.replay;
    replay.playing = false;
    go_to(replay, replay.at + 1);
}

template <int kColumns>
void scrub_by(KeyPress& press) {
    ReplayState& replay = *press.state.replay;
    go_to(replay, scrub(*replay.timeline, replay.strip, replay.at, kColumns));
}

void to_begin(KeyPress& press) {
    go_to(*press.state.replay, 0);
}

void to_end(KeyPress& press) {
    ReplayState& replay = *press.state.replay;
    replay.playing = false;
    go_to(replay, interval_count(replay) - 1);
}

template <bool kNext>
void go_to_bad(KeyPress& press) {
    ReplayState& replay = *press.state.replay;
    const auto after = std::upper_bound(replay.bad.begin(), replay.bad.end(), replay.at);
    const auto from = std::lower_bound(replay.bad.begin(), replay.bad.end(), replay.at);
    if (kNext ? after == replay.bad.end() : from == replay.bad.begin()) {
        press.state.message = replay.bad.empty()
                                  ? "no thread was delayed in this recording"
                                  : fmt::format("no moment stands out {} this one", kNext ? "after" : "before");
        return;
    }
    replay.playing = false;
    go_to(replay, kNext ? *after : *std::prev(from));
}

void go_to_moment(KeyPress& press) {
    ReplayState& replay = *press.state.replay;
    if (!replay.moment) {
        press.state.message = "no rule made this recording";
        return;
    }
    replay.playing = false;
    go_to(replay, *replay.moment);
    press.state.message = replay.moment_words;
}

/// By one step of the table.
template <bool kFaster>
void change_speed(KeyPress& press) {
    double& speed = press.state.replay->speed;
    if (kFaster) {
        const auto* next = std::upper_bound(kReplaySpeeds.begin(), kReplaySpeeds.end(), speed);
        speed = next != kReplaySpeeds.end() ? *next : kFastestReplay;
    } else {
        const auto* next = std::lower_bound(kReplaySpeeds.begin(), kReplaySpeeds.end(), speed);
        speed = next != kReplaySpeeds.begin() ? *std::prev(next) : kSlowestReplay;
    }
    press.state.message = fmt::format("speed {}x", speed);
}

// On the strip: jumps to that time.
bool click(KeyPress& press) {
    ViewState& state = press.state;
    const KeyEvent& event = press.event;
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

int rows_of_layer(const ViewState& state, int width, int height) {
    return replay_layout(state, width, height).rows;
}

constexpr std::array kKeys = std::to_array<KeyBinding>({
    {{letter(U' '), letter(U'z'), letter(U'Z')}, play_or_pause, kReplay, "play or pause", "Play"},
    {{special(Key::left)}, step_back, kReplay, "one interval back", "Back"},
    {{special(Key::right)}, step_forward, kReplay, "one interval forward", "Step"},
    {{letter(U'b'), letter(U'(')}, scrub_by<-1>, kReplay, "a column of the strip back"},
    {{letter(U'f'), letter(U')')}, scrub_by<1>, kReplay, "a column of the strip forward", "Scrub", "", "b f"},
    {{letter(U'{')}, scrub_by<-kManyColumns>, kReplay, "ten columns back"},
    {{letter(U'}')}, scrub_by<kManyColumns>, kReplay, "ten columns forward"},
    {{letter(U'B'), letter(U'^')}, to_begin, kReplay, "the beginning of the recording"},
    {{letter(U'E'), letter(U'$')}, to_end, kReplay, "its end"},
    {{letter(U'x')},
     go_to_bad<true>,
     kReplay,
     "the next moment with more threads delayed than around it",
     "Bad moment"},
    {{letter(U'X')}, go_to_bad<false>, kReplay, "the previous one"},
    {{letter(U'!')}, go_to_moment, kReplay, "the moment at which the rule fired, of a capture"},
    {{letter(U'J'), letter(U'@')}, open_jump, kReplay, "jump to a time", "Jump"},
    {{letter(U'[')}, change_speed<false>, kReplay, "slower; in the list also -"},
    {{letter(U']')}, change_speed<true>, kReplay, "faster; in the list also +", "Speed"},
});

}  // namespace

constinit const Page kReplayLayer{
    .name = "replay",
    .kind = PageKind::layer,
    .keys = kKeys,
    .draw = draw_replay,
    .note = note_strip,
    .rows = rows_of_layer,
    .click = click,
};

void go_to(ReplayState& replay, std::size_t interval) {
    replay.at = std::min(interval, interval_count(replay) - 1);
    replay.played_ns = 0;
}

}  // namespace tsa
