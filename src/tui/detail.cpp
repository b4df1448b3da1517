// The drill-down: one thread. Who it is, what it does now, the last minute as a stacked chart, and its states in
// numbers, for this interval and since first seen. Drawn from History's copy, so it stands after the thread has ended.
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>

#include "output/call_text.h"
#include "output/wait_text.h"
#include "tui/bars.h"
#include "tui/text.h"
#include "tui/view.h"

namespace tsa {
namespace {

// From here on the table of states has a bar as well.
constexpr int kRoomyWidth = 111;
// Below it only shares and times are left of that table.
constexpr int kFullWidth = 80;
constexpr std::uint64_t kChartNs = kHistorySlots * kHistorySlotNs;  // a minute

std::string policy_words(const Thread& thread) {
    switch (thread.policy) {
        case SCHED_OTHER:
            return fmt::format("SCHED_OTHER nice {}", thread.nice);
        case SCHED_FIFO:
            return fmt::format("SCHED_FIFO {}", thread.rt_priority);
        case SCHED_RR:
            return fmt::format("SCHED_RR {}", thread.rt_priority);
        case SCHED_BATCH:
            return fmt::format("SCHED_BATCH nice {}", thread.nice);
        case SCHED_IDLE:
            return "SCHED_IDLE";
        case 6:
            return "SCHED_DEADLINE";
        default:
            return fmt::format("policy {}", thread.policy);
    }
}

const ProcessRow* process_of(const Report& report, std::uint32_t tgid) {
    for (const ProcessRow& row : report.processes) {
        if (row.tgid == tgid) {
            return &row;
        }
    }
    return nullptr;
}

void draw_identity(Frame& frame, const Scene& scene, const WatchedThread& watched) {
    const Thread& thread = watched.last;
    int x = frame.put(1, 0, fmt::format("TID {} ", thread.tid), Role::strong);
    x = frame.put(x, 0, comm_of(thread), Role::process) + 2;
    if (const ProcessRow* process = process_of(scene.report, thread.tgid)) {
        x = frame.put(x, 0, fmt::format("of {} {}", thread.tgid, comm_of(*process->leader))) + 2;
        x = frame.put(x, 0, fmt::format("{} thread{}", process->threads, process->threads == 1 ? "" : "s"), Role::dim) +
            2;
    } else {
        x = frame.put(x, 0, fmt::format("of {}", thread.tgid)) + 2;
    }
    frame.put(x, 0, scene.state.paused ? "PAUSED" : fmt::format("every {} ms", scene.state.interval_ms),
              scene.state.paused ? Role::warn : Role::dim);

    const std::string_view user = scene.machine.user_name ? scene.machine.user_name(thread.uid) : std::string_view{};
    std::string words = user.empty() ? fmt::format("uid {}", thread.uid) : fmt::format("user {}", user);
    if (scene.report.system.now.uptime_s) {
        const double age_s = *scene.report.system.now.uptime_s - static_cast<double>(thread.start_time_ns) / 1e9;
        words += fmt::format("   started {} ago", format_uptime(age_s));
    }
    words += fmt::format("   {}   last on CPU {}   cgroup {}", policy_words(thread), thread.last_cpu, thread.cgroup_id);
    if (thread.kernel) {
        words += "   kernel thread";
    }
    frame.put(1, 1, words, Role::dim);
}

// What it does at this moment: the state, since when, the call it sits in, and who holds it up.
void draw_now(Frame& frame, const Scene& scene, const WatchedThread& watched, int y) {
    const Thread& thread = watched.last;
    const Glyphs& set = glyphs(scene.unicode);
    if (watched.ended || watched.missing) {
        frame.put(1, y,
                  watched.ended ? "ENDED  its final totals stand below"
                                : "GONE   its end was not seen: the totals below are its last known ones",
                  Role::warn);
        return;
    }
    int x = frame.put(1, y, "NOW", Role::strong) + 2;
    x = frame.put(x, y, info(thread.state).label, role_of(thread.state)) + 1;
    x = frame.put(x, y, fmt::format("for {}", format_age(thread, watched.now_ns, set.waits.at_least)));
    fmt::memory_buffer words;
    put_call(words, thread);
    if (words.size() > 0) {
        x = frame.put(x + 3, y, {words.data(), words.size()}, Role::dim);
    }
    words.clear();
    ThreadIndex threads(scene.report);
    put_wait_within(words, thread, threads, static_cast<std::size_t>(std::max(frame.width() - x - 3, 0)), set.waits);
    if (words.size() > 0) {
        frame.put(x + 3, y, {words.data(), words.size()},
                  info(thread.state).latency ? role_of(thread.state) : Role::dim);
    }
}

// One column per slice of the last minute, stacked from exec at the bottom; what is idle stays blank.
void draw_chart(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int height) {
    const Glyphs& set = glyphs(scene.unicode);
    const int left = 8;
    // As many columns as divide the minute into whole slots: each then stands for the same time.
    const int room = std::min(frame.width() - left - 1, static_cast<int>(kHistorySlots));
    int columns = room;
    while (columns > 1 && static_cast<int>(kHistorySlots) % columns != 0) {
        --columns;
    }
    if (columns < 1 || height < 2) {
        return;
    }
    for (int row = 0; row < height; ++row) {
        const std::string_view mark = row == 0 ? "100 %" : (row == height - 1 ? "0 %" : "");
        frame.put_right(left - 2, y + row, 5, mark, Role::dim);
        frame.put(left - 1, y + row, set.axis, Role::dim, 1);
    }
    const std::uint64_t end_ns = (watched.now_ns / kHistorySlotNs + 1) * kHistorySlotNs;
    const std::uint64_t slice_ns = kChartNs / static_cast<std::uint64_t>(columns);
    for (int column = 0; column < columns; ++column) {
        const std::uint64_t back_ns = slice_ns * static_cast<std::uint64_t>(columns - column);
        const std::uint64_t from_ns = end_ns > back_ns ? end_ns - back_ns : 0;
        const PerState<double> sums = watched.between(from_ns, from_ns + slice_ns);
        const auto parts = state_parts(sums, set);
        const std::vector<int> cells = share_cells(parts, 0, height);
        int at = y + height - 1;
        for (std::size_t state = 0; state < parts.size(); ++state) {
            for (int cell = 0; cell < cells[state] && at >= y; ++cell, --at) {
                frame.put(left + column, at, parts[state].glyph, parts[state].role, 1);
            }
        }
    }
    const std::string scale = fmt::format("60 s, {} a column, newest at the right", format_duration(slice_ns));
    frame.put(left, y + height, scale, Role::dim, frame.width() - left);
}

std::string mean_words(std::uint64_t total_ns, std::uint64_t entries) {
    return entries == 0 ? "-" : format_duration(total_ns / entries);
}

void draw_state_row(Frame& frame, const Scene& scene, const WatchedThread& watched, const StateInfo& state, int y) {
    const Glyphs& set = glyphs(scene.unicode);
    const std::size_t at = index(state.state);
    const std::uint64_t now_ns = watched.state_ns[at];
    const std::uint64_t ever_ns = state_total_ns(watched.last, state.state, watched.until_ns);
    const std::uint64_t life_ns = closed_at_ns(watched.last, watched.until_ns) - watched.last.first_seen_ns;
    const Role role = ever_ns > 0 ? role_of(state.state) : Role::dim;
    const auto share = [](std::uint64_t part, std::uint64_t whole) {
        return 100.0 * static_cast<double>(part) / static_cast<double>(std::max<std::uint64_t>(whole, 1));
    };
    const auto field = [&](int end, int width, const std::string& words, bool zero) {
        frame.put_right(end, y, width, zero ? std::string(set.zero) : words, zero ? Role::dim : Role::text);
    };
    frame.put(1, y, state.label, role);
    const bool roomy = frame.width() >= kRoomyWidth;
    const bool narrow = frame.width() < kFullWidth;
    int x = roomy ? 17 : 11;
    field(x += 6, 6, format_share(share(now_ns, watched.wall_ns)), now_ns == 0);
    if (roomy) {
        const std::array<BarPart, 1> part{
            {{static_cast<double>(now_ns), set.state[at] == " " ? "." : set.state[at], role}}};
        draw_bar(frame, x + 2, y, 22, part, static_cast<double>(watched.wall_ns), set);
        x += 24;
    }
    field(x += 9, 8, format_duration(now_ns), now_ns == 0);
    if (!narrow) {
        field(x += 8, 7, fmt::format("{}", watched.entries[at]), watched.entries[at] == 0);
        field(x += 9, 8, mean_words(now_ns, watched.entries[at]), now_ns == 0);
        x += 2;
    }
    field(x += 8, 6, format_share(share(ever_ns, life_ns)), ever_ns == 0);
    field(x += 9, 8, format_duration(ever_ns), ever_ns == 0);
    if (!narrow) {
        field(x += 9, 8, fmt::format("{}", watched.last.entries[at]), watched.last.entries[at] == 0);
        field(x += 9, 8, mean_words(ever_ns, watched.last.entries[at]), ever_ns == 0);
    }
}

void draw_states_head(Frame& frame, int y) {
    const bool roomy = frame.width() >= kRoomyWidth;
    const bool narrow = frame.width() < kFullWidth;
    frame.fill(0, y, frame.width(), 1, U' ', Role::head);
    const auto head = [&](int end, int width, std::string_view words) {
        frame.put_right(end, y, width, words, Role::head);
    };
    frame.put(1, y, "STATE", Role::head);
    int x = roomy ? 17 : 11;
    frame.put(x, y - 1, "THIS INTERVAL", Role::dim);
    head(x += 6, 6, "SHARE");
    x += roomy ? 24 : 0;
    head(x += 9, 8, "TIME");
    if (!narrow) {
        head(x += 8, 7, "TIMES");
        head(x += 9, 8, "MEAN");
        x += 2;
    }
    frame.put(x + 2, y - 1, "SINCE FIRST SEEN", Role::dim);
    head(x += 8, 6, "SHARE");
    head(x += 9, 8, "TIME");
    if (!narrow) {
        head(x += 9, 8, "TIMES");
        head(x += 9, 8, "MEAN");
    }
}

void draw_counters(Frame& frame, const WatchedThread& watched, int y) {
    const Thread& thread = watched.last;
    const auto bytes = [](const std::optional<std::uint64_t>& value) {
        return value ? format_bytes(static_cast<double>(*value)) : std::string("-");
    };
    frame.put(1, y,
              fmt::format("preempted {} for {}   RSS {}   read {} written {}   faults {} minor {} major",
                          format_count(thread.preempted_entries), format_duration(thread.preempted_ns),
                          thread.rss_bytes > 0 ? format_bytes(static_cast<double>(thread.rss_bytes)) : "-",
                          bytes(thread.read_bytes), bytes(thread.write_bytes), format_count(thread.minor_faults),
                          format_count(thread.major_faults)),
              Role::dim);
}

}  // namespace

void draw_detail(Frame& frame, const Scene& scene) {
    const WatchedThread* watched = scene.history.find(*scene.state.detail);
    if (watched == nullptr || !watched->seen) {
        frame.put(1, 0, fmt::format("TID {}", scene.state.detail->tid), Role::strong);
        frame.put(1, 2, "nothing measured yet ...", Role::dim);
        return;
    }
    draw_identity(frame, scene, *watched);
    draw_now(frame, scene, *watched, 2);
    // The table of states comes first when room is short; the chart takes what is left, within reason.
    const int table_rows = static_cast<int>(kStateCount) + 2;
    const int spare = frame.height() - 1 - 4 - table_rows - 2;
    int y = 4;
    if (spare >= 3) {
        const int height = std::min(spare, 14);
        draw_chart(frame, scene, *watched, y, height);
        y += height + 2;
    }
    draw_states_head(frame, y++);
    const int end = frame.height() - 1;
    const bool all_fit = end - y >= static_cast<int>(kStateCount);
    for (const StateInfo& state : state_table()) {
        const bool empty = state_total_ns(watched->last, state.state, watched->until_ns) == 0;
        if (y < end && (all_fit || !empty)) {
            draw_state_row(frame, scene, *watched, state, y++);
        }
    }
    if (y < end) {
        draw_counters(frame, *watched, y);
    }
}

}  // namespace tsa
