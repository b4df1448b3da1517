// SPDX-License-Identifier: MIT
// See page.h.
#include "tui/wakers/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/concat.h"
#include "base/time_units.h"
#include "text/waker_text.h"
#include "tui/common_keys.h"
#include "tui/facts.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {
namespace {

constexpr int kTop = 4;  // identity, what it does now in two lines, an empty line

struct Field {
    std::string_view head;
    int width;
};
constexpr std::array kFields = std::to_array<Field>({
    {"COUNT", 9},
    {"TOTAL", 8},
    {"SHARE", 8},
    {"MEAN", 8},
    {"MAX", 8},
    {"LAST", 9},
});

const WokenTable* table_on(const Scene& scene) {
    return scene.report.wakers != nullptr ? scene.report.wakers->woken(scene.state.thread.key) : nullptr;
}

/// The rows, those beyond the bound of the table last.
std::vector<WokenBy> rows_of(const WokenTable& table) {
    std::vector<WokenBy> rows = table.wakers;
    if (table.others.count != 0) {
        rows.push_back(table.others);
    }
    return rows;
}

std::string name_of(const WokenBy& waker) {
    return waker.who.kind == WakerKind::none ? "others" : waker_text(waker.who);
}

/// On a narrow screen the last columns are left out.
std::size_t fields_on(int width) {
    std::size_t fields = 0;
    for (int used = 20; fields < kFields.size() && used + kFields[fields].width <= width; ++fields) {
        used += kFields[fields].width;
    }
    return fields;
}

constexpr int kWidest = 110;

int fields_x(int width, std::size_t fields) {
    int x = std::min(width, kWidest) - 1;
    for (std::size_t at = 0; at < fields; ++at) {
        x -= kFields[at].width;
    }
    return x;
}

std::string field_words(const Scene& scene, const WokenBy& waker, std::uint64_t all_ns, std::size_t field) {
    switch (field) {
        case 0:
            return format_count(waker.count);
        case 1:
            return format_duration(waker.total_ns);
        case 2:
            return share_words(static_cast<double>(waker.total_ns), static_cast<double>(all_ns), glyphs(scene.unicode));
        case 3:
            return format_duration(waker.total_ns / std::max<std::uint64_t>(waker.count, 1));
        case 4:
            return format_duration(waker.longest_ns);
        default:
            return clock_words(scene.machine, unix_of(scene.report, waker.who.at_ns), false);
    }
}

void draw_row(Frame& frame, const Scene& scene, const WokenBy& waker, std::uint64_t all_ns, int y) {
    const std::size_t fields = fields_on(frame.width());
    int x = fields_x(frame.width(), fields);
    frame.put(1, y, cut_middle(name_of(waker), x - 1, scene.unicode),
              waker.who.kind == WakerKind::thread ? Role::text : Role::dim, x - 1);
    for (std::size_t at = 0; at < fields; ++at) {
        x += kFields[at].width;
        frame.put_right(x, y, kFields[at].width, field_words(scene, waker, all_ns, at), Role::text);
    }
}

void draw_head(Frame& frame, const Scene& scene, const WokenTable& table, int y) {
    frame.fill(0, y, frame.width(), 1, U' ', Role::head);
    const std::uint64_t watched_ns = scene.report.now_ns - std::min(table.since_ns, scene.report.now_ns);
    frame.put(1, y, fmt::format("WOKEN BY  {}", format_duration(watched_ns)), Role::head);
    const std::size_t fields = fields_on(frame.width());
    int x = fields_x(frame.width(), fields);
    for (std::size_t at = 0; at < fields; ++at) {
        x += kFields[at].width;
        frame.put_right(x, y, kFields[at].width, kFields[at].head, Role::head);
    }
}

/// "Of its sync: 92 % ended by its own process, 8 % by timers".
std::string sync_words(const Scene& scene, const WokenTable& table, std::uint32_t tgid) {
    const SyncEnds ends = sync_ends(table, tgid);
    const auto all = static_cast<double>(ends.all_ns());
    std::string words;
    const auto add = [&](std::uint64_t ns, std::string_view what) {
        if (ns != 0) {
            words += fmt::format("{}{} {}", words.empty() ? "" : ", ",
                                 share_words(static_cast<double>(ns), all, glyphs(scene.unicode)), what);
        }
    };
    add(ends.own_process_ns, "by threads of its process");
    add(ends.other_process_ns, "by other processes");
    add(ends.timer_ns, "by timers");
    add(ends.other_ns, "by other interrupts");
    return words.empty() ? "" : "Waits for other threads were ended " + words;
}

std::string_view missing_words(const Scene& scene) {
    const WakerTable* wakers = scene.report.wakers;
    if (wakers != nullptr && !wakers->unavailable().empty()) {
        return wakers->unavailable();
    }
    // A recording has no table of a thread without wakeups; live, the thread has just been chosen.
    return wakers != nullptr && scene.state.replay ? facts_of(scene.state).not_woken : facts_of(scene.state).no_wakers;
}

int rows_that_fit(const Scene& scene, int width, int height) {
    constexpr int kAround = 3;  // head, the line on sync, the chain
    return std::max(height - kTop - kAround - (has_bar(height) ? 1 : 0) - layer_rows(scene.state, width, height), 0);
}

void draw_table(Frame& frame, const Scene& scene, const WatchedThread& watched, const WokenTable& table) {
    const std::vector<WokenBy> rows = rows_of(table);
    const int fit = rows_that_fit(scene, frame.width(), frame.height());
    const std::size_t first = scene.state.thread.wakers.top();
    draw_head(frame, scene, table, kTop);
    int y = kTop + 1;
    for (std::size_t at = first; at < rows.size() && y <= kTop + fit; ++at) {
        draw_row(frame, scene, rows[at], table.total_ns(), y++);
    }
    if (rows.empty()) {
        frame.put(1, y++, facts_of(scene.state).not_woken, Role::dim);
    }
    frame.put(1, y++, sync_words(scene, table, watched.last.tgid), Role::dim);
    const std::vector<Waker> chain = waker_chain(scene.report, watched.key);
    frame.put(1, y, chain.empty() ? "" : "Last: " + waker_chain_text(chain, glyphs(scene.unicode).waits.owner),
              Role::dim);
}

void draw(Frame& frame, const Scene& scene) {
    const WatchedThread* watched = watched_on(scene);
    if (watched == nullptr) {
        frame.put(1, 0, fmt::format("TID {}", scene.state.thread.key.tid), Role::strong);
        frame.put(1, 2, facts_of(scene.state).no_thread, Role::dim);
        return;
    }
    draw_identity(frame, scene, *watched, 1);
    draw_now(frame, scene, *watched, 1, 2);
    if (const WokenTable* table = table_on(scene)) {
        draw_table(frame, scene, *watched, *table);
    } else {
        frame.put(1, kTop, missing_words(scene), Role::dim);
    }
}

void note(ViewState& state, const Scene& scene, int width, int height) {
    const WokenTable* table = table_on(scene);
    state.thread.wakers.lines = table != nullptr ? rows_of(*table).size() : 0;
    state.thread.wakers.rows = static_cast<std::size_t>(rows_that_fit(scene, width, height));
}

void move(KeyPress& press, CursorMove move) {
    press.state.thread.wakers.move(move);
}

void close(KeyPress& press) {
    close_page(press.state);
}

std::optional<ThreadKey> thread_of_page(const ViewState& state) {
    return state.thread.key;
}

constexpr std::string_view kGroup = "Wakers";

constexpr std::array kOwnKeys = std::to_array<KeyBinding>({
    {{special(Key::escape), special(Key::backspace), control(U'O'), letter(U'W')}, close, kGroup, "", "Back"},
});

constexpr auto kKeys = concat(kOwnKeys, move_keys<move>(kGroup, "scroll up", "scroll down"), std::array{kHelpKey},
                              kPaceKeys, kProgramKeys);

constexpr std::array kBar = std::to_array<KeyEvent>({
    special(Key::escape),
    letter(U'z'),
    letter(U'['),
    letter(U']'),
    special(Key::f1),
    special(Key::f10),
});

}  // namespace

constinit const Page kWakerPage{
    .name = "wakers",
    .keys = kKeys,
    .bar = kBar,
    .thread = thread_of_page,
    .draw = draw,
    .note = note,
};

bool warn_of_missing_wakers(KeyPress& press) {
    const bool are_missing = press.state.replay && press.report.wakers == nullptr;
    if (are_missing) {
        press.warn(std::string(facts_of(press.state).no_wakers));
    }
    return are_missing;
}

void open_wakers(ViewState& state) {
    state.thread.wakers = {};
    open_page(state, kWakerPage);
}

}  // namespace tsa
