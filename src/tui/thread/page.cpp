// SPDX-License-Identifier: MIT
// See page.h: the keys and clicks of both pages. The newest frame gives the limits of movement:
// ThreadPageState::bounds.
#include "tui/thread/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/concat.h"
#include "model/find_row.h"
#include "model/wakers.h"
#include "text/waker_text.h"
#include "tui/common_keys.h"
#include "tui/facts.h"
#include "tui/look/page.h"
#include "tui/overview/row_keys.h"
#include "tui/stack_times/page.h"
#include "tui/stacks/page.h"
#include "tui/thread/detail.h"
#include "tui/wait_heat/page.h"
#include "tui/wakers/page.h"

namespace tsa {
namespace {

std::uint64_t column_ns(const DetailBounds& bounds) {
    return bounds.slots * kHistorySlotNs;
}

std::uint64_t column_under_cursor(const ThreadPageState& thread) {
    const DetailBounds& bounds = thread.bounds;
    return std::clamp(*thread.moment_ns / column_ns(bounds), bounds.oldest_column, bounds.newest_column);
}

void read_out(ThreadPageState& thread, std::uint64_t column) {
    thread.moment_ns = column * column_ns(thread.bounds);
}

/// False: no room for the chart, or it is the other page. What would move is not visible.
bool has_chart(const KeyPress& press) {
    return press.state.thread.bounds.chart_rows > 0;
}

void to_earlier_moment(KeyPress& press) {
    ThreadPageState& thread = press.state.thread;
    if (!has_chart(press)) {
        return;
    }
    if (!thread.moment_ns) {
        read_out(thread, thread.bounds.newest_column);
        return;
    }
    const std::uint64_t at = column_under_cursor(thread);
    read_out(thread, at > thread.bounds.oldest_column ? at - 1 : at);
}

void to_later_moment(KeyPress& press) {
    ThreadPageState& thread = press.state.thread;
    if (!has_chart(press) || !thread.moment_ns) {
        return;
    }
    if (const std::uint64_t at = column_under_cursor(thread); at < thread.bounds.newest_column) {
        read_out(thread, at + 1);
    } else {
        thread.moment_ns.reset();
    }
}

void to_oldest_moment(KeyPress& press) {
    if (has_chart(press)) {
        read_out(press.state.thread, press.state.thread.bounds.oldest_column);
    }
}

void to_newest_moment(KeyPress& press) {
    if (has_chart(press)) {
        press.state.thread.moment_ns.reset();
    }
}

template <bool kFiner>
void zoom(KeyPress& press) {
    press.state.thread.chart_slots = next_chart_slots(press.state.thread.bounds.slots, kFiner);
}

template <CursorMove kMove>
void scroll_waits(KeyPress& press) {
    const DetailBounds& bounds = press.state.thread.bounds;
    Scrolling waits{press.state.thread.scroll, bounds.wait_rows, bounds.wait_rows_shown};
    waits.move(kMove);
    press.state.thread.scroll = waits.first;
}

/// From now on it is the thread that pages are about.
void show_thread(ViewState& state, const ThreadKey& key, std::uint32_t tgid) {
    state.thread.key = key;
    state.thread.tgid = tgid;
    state.thread.moment_ns.reset();
    state.thread.scroll = 0;
    state.thread.disagreed_ns = 0;
    state.thread.bounds = {};
}

const Thread* shown_thread(const KeyPress& press) {
    const ThreadRow* row = find_row(press.report, press.state.thread.key);
    return row != nullptr ? row->now : nullptr;
}

/// To another thread of the report; Esc leads back.
void go_to(KeyPress& press, std::uint32_t tid) {
    const ThreadRow* found = find_row(press.report, tid);
    if (found == nullptr) {
        press.warn(fmt::format("thread {} is not listed: it has ended, or another process is chosen", tid));
        return;
    }
    ThreadPageState& thread = press.state.thread;
    thread.trail.push_back({thread.key, thread.tgid});
    show_thread(press.state, key_of(*found->now), found->now->tgid);
}

void go_to_holder(KeyPress& press) {
    const Thread* thread = shown_thread(press);
    const std::uint32_t tid = thread != nullptr && is_blocked(thread->state) ? thread->wait.owner_tid : 0;
    if (tid == 0) {
        press.warn("it does not wait for a lock whose holder is known");
        return;
    }
    go_to(press, tid);
}

void go_to_waker(KeyPress& press) {
    if (warn_of_missing_wakers(press)) {
        return;
    }
    const Thread* thread = shown_thread(press);
    const WakerTable* wakers = press.report.wakers;
    const std::optional<Waker> waker = thread != nullptr && wakers != nullptr ? wakers->find(*thread) : std::nullopt;
    if (!waker || waker->kind == WakerKind::none) {
        press.warn(std::string(facts_of(press.state).not_woken));
    } else if (waker->kind != WakerKind::thread || waker->tid == 0) {
        press.warn(fmt::format("it was woken by no thread that is listed: {}", waker_text(*waker)));
    } else {
        go_to(press, waker->tid);
    }
}

void show_wakers(KeyPress& press) {
    if (!warn_of_missing_wakers(press)) {
        open_wakers(press.state);
    }
}

void leave(ViewState& state) {
    close_page(state);
    state.thread.trail.clear();
    state.thread.moment_ns.reset();
    state.thread.scroll = 0;
}

void go_back(KeyPress& press) {
    ThreadPageState& thread = press.state.thread;
    if (thread.moment_ns && has_chart(press)) {
        thread.moment_ns.reset();
    } else if (!thread.trail.empty()) {
        const ThreadPageState::Visited back = thread.trail.back();
        thread.trail.pop_back();
        show_thread(press.state, back.key, back.tgid);
    } else {
        leave(press.state);
    }
}

void turn_page(KeyPress& press) {
    const bool is_answer = &screen_of(press.state) == &kThreadPage;
    close_page(press.state);
    open_page(press.state, is_answer ? kThreadStatesPage : kThreadPage);
}

void show_stack(KeyPress& press) {
    open_stack(press.state);
}

void show_wait_lengths(KeyPress& press) {
    open_wait_heat(press.state);
}

void list_threads(KeyPress& press) {
    ViewState& state = press.state;
    leave(state);
    open_process(state, state.thread.tgid);
    select_key(state, RowKey{state.thread.key, false}, press.report);
}

/// To the next or previous thread of the process, by TID.
template <bool kForward>
void walk_threads(KeyPress& press) {
    ThreadPageState& thread = press.state.thread;
    std::vector<ThreadKey> keys;
    for (const ThreadRow& row : press.report.threads) {
        if (row.now->tgid == thread.tgid) {
            keys.push_back(key_of(*row.now));
        }
    }
    if (keys.empty()) {
        return;
    }
    const auto by_tid = [](const ThreadKey& left, const ThreadKey& right) { return left.tid < right.tid; };
    std::sort(keys.begin(), keys.end(), by_tid);
    if (kForward) {
        const auto next = std::upper_bound(keys.begin(), keys.end(), thread.key, by_tid);
        thread.key = next != keys.end() ? *next : keys.front();
    } else {
        const auto at = std::lower_bound(keys.begin(), keys.end(), thread.key, by_tid);
        thread.key = at != keys.begin() ? *std::prev(at) : keys.back();
    }
    thread.scroll = 0;
}

// On the chart: shows the values of that slice.
bool click(KeyPress& press) {
    ThreadPageState& thread = press.state.thread;
    const DetailBounds& bounds = thread.bounds;
    const int column = press.event.x - bounds.chart_x;
    const bool inside = column >= 0 && column < bounds.chart_columns && press.event.y >= bounds.chart_y &&
                        press.event.y < bounds.chart_y + bounds.chart_rows;
    if (inside) {
        const auto back = static_cast<std::uint64_t>(bounds.chart_columns - 1 - column);
        const std::uint64_t at = bounds.newest_column - std::min(back, bounds.newest_column);
        read_out(thread, std::max(at, bounds.oldest_column));
    }
    return true;
}

std::optional<ThreadKey> thread_of_page(const ViewState& state) {
    return state.thread.key;
}

constexpr std::array kOwnKeys = std::to_array<KeyBinding>({
    {{special(Key::tab)}, walk_threads<true>, kOneThread, "next thread of the process", "Next"},
    {{special(Key::back_tab)}, walk_threads<false>, kOneThread, "previous thread of the process", "Prev", "", "S-Tab"},
    {{special(Key::left), letter(U',')},
     to_earlier_moment,
     kOneThread,
     "read an earlier moment of the chart",
     "Moment"},
    {{special(Key::right), letter(U'.')},
     to_later_moment,
     kOneThread,
     "a later one; beyond the right end, or Esc: the newest again"},
    {{special(Key::home), letter(U'g')}, to_oldest_moment, kOneThread, "the oldest moment"},
    {{special(Key::end), letter(U'G')}, to_newest_moment, kOneThread, "the newest one, and follow it"},
    {{letter(U'+'), letter(U'=')}, zoom<true>, kOneThread, "zoom the chart in: less time, more detail", "Zoom"},
    {{letter(U'-')}, zoom<false>, kOneThread, "zoom the chart out"},
    {{special(Key::up), letter(U'k'), control(U'P')}, scroll_waits<CursorMove::up>, kOneThread, "scroll its waits up"},
    {{special(Key::down), letter(U'j'), control(U'N')},
     scroll_waits<CursorMove::down>,
     kOneThread,
     "scroll its waits down"},
    {{special(Key::page_up), control(U'B')}, scroll_waits<CursorMove::page_up>},
    {{special(Key::page_down), control(U'F')}, scroll_waits<CursorMove::page_down>},
    {{control(U'U')}, scroll_waits<CursorMove::half_up>},
    {{control(U'D')}, scroll_waits<CursorMove::half_down>},
    {{letter(U's')},
     show_stack,
     kOneThread,
     "the stack of its wait, and of the lock's holder: which code",
     "Stack",
     kNoStacksInReplay},
    {{letter(U'S')}, open_stack_times, kOneThread, "where its time goes by stack, from now on", "By stack"},
    {{letter(U'D')},
     show_wait_lengths,
     kOneThread,
     "how long its waits took: a map of time and length",
     "Lengths",
     kNoWaitLengthsInReplay},
    {{letter(U'W')}, show_wakers, kOneThread, "who ended its waits: its wakers", "Wakers"},
    {{letter(U'o')}, go_to_holder, kOneThread, "to the holder of the lock that it waits for; Esc: back", "Holder"},
    {{letter(U'O')}, go_to_waker, kOneThread, "to the thread that woke it last; Esc: back", "Waker"},
    {{letter(U'v')}, turn_page, kOneThread, "all its states in numbers, and back", "States"},
    {{letter(U't')}, list_threads, kOneThread, "to its process: why is it slow, and its threads", "Process"},
    {{special(Key::backspace), control(U'O')}, go_back, kOneThread, "back: to the thread before, to the list"},
    {{special(Key::escape)}, go_back, kOneThread, "", "Back"},
});

constexpr auto kKeys = concat(kOwnKeys, kLookKeys, std::array{kHelpKey}, kPaceKeys, kRowKeys, kProgramKeys);

constexpr std::array kBar = std::to_array<KeyEvent>({
    special(Key::escape),
    special(Key::tab),
    special(Key::left),
    letter(U's'),
    letter(U'S'),
    letter(U'D'),
    letter(U'W'),
    letter(U'v'),
    letter(U't'),
    special(Key::f1),
    letter(U'z'),
    letter(U'A'),
    special(Key::f10),
    special(Key::f9),
    special(Key::back_tab),
    letter(U'+'),
    letter(U'['),
    letter(U']'),
});
constexpr std::array kReplayBar = std::to_array<KeyEvent>({
    special(Key::escape),
    letter(U' '),
    special(Key::left),
    special(Key::right),
    letter(U'x'),
    letter(U'J'),
    letter(U']'),
    special(Key::f1),
    special(Key::f10),
    special(Key::tab),
    letter(U'v'),
    letter(U't'),
    letter(U','),
    letter(U'+'),
    special(Key::back_tab),
    letter(U'f'),
});

}  // namespace

constinit const Page kThreadPage{
    .name = "thread",
    .keys = kKeys,
    .bar = kBar,
    .replay_bar = kReplayBar,
    .thread = thread_of_page,
    .draw = draw_answer_page,
    .note = note_detail,
    .click = click,
};

constinit const Page kThreadStatesPage{
    .name = "states of a thread",
    .keys = kKeys,
    .bar = kBar,
    .replay_bar = kReplayBar,
    .thread = thread_of_page,
    .draw = draw_states_page,
    .note = note_detail,
    .click = click,
};

void open_thread(ViewState& state, const ThreadKey& key, std::uint32_t tgid) {
    show_thread(state, key, tgid);
    open_page(state, kThreadPage);
}

void open_stack_of(ViewState& state, const ThreadKey& key, std::uint32_t tgid) {
    show_thread(state, key, tgid);
    open_stack(state);
}

void leave_process(ViewState& state, const Report& report) {
    state.overview.tgid.reset();
    set_mode(state, report, state.overview.mode_before_process);
}

}  // namespace tsa
