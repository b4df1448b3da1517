// SPDX-License-Identifier: MIT
// The drill-down's counters: switches, page faults, I/O and memory. From the probes where they have them, from
// taskstats and /proc where those have more; missing values are a dash.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/time_units.h"
#include "tui/facts.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {
namespace {

using Number = std::optional<std::uint64_t>;

std::string bytes(const Number& value) {
    return value ? format_bytes(*value) : std::string("-");
}

/// Per second of the interval.
std::string rate(const Scene& scene, const Number& value) {
    const std::uint64_t interval_ns = scene.report.interval_ns;
    return value && interval_ns != 0 ? format_rate(per_second(static_cast<double>(*value), interval_ns)) : "-";
}

std::string count(const Number& value) {
    return value ? format_count(*value) : std::string("-");
}

/// All available counters; each number may be absent.
struct Counters {
    Number voluntary, involuntary, preempted_ns, minor_faults, major_faults, read_bytes, write_bytes, read_chars,
        written_chars, read_calls, write_calls, resident, swapped, peak;
};

/// Of the interval.
Counters interval_counters(const Scene& scene, const ThreadKey& key) {
    Counters out;
    const auto take = [&](const ThreadRow& row) {
        const Thread& now = *row.now;
        const auto increase = [&](Measured what, std::uint64_t Thread::*counter) {
            const std::uint64_t before = row.before != nullptr ? row.before->*counter : 0;
            return (now.measured & what) == what ? Number(now.*counter - std::min(before, now.*counter)) : std::nullopt;
        };
        const bool switches = (now.measured & kMeasuredSwitches) != 0;
        out.voluntary = switches ? Number(row.voluntary_switches()) : std::nullopt;
        out.involuntary = switches ? Number(row.involuntary_switches()) : std::nullopt;
        out.preempted_ns =
            (now.measured & kMeasuredPreempted) != 0 ? Number(row.part_ns[Part::preempted]) : std::nullopt;
        out.minor_faults = increase(kMeasuredFaults, &Thread::minor_faults);
        out.major_faults = increase(kMeasuredFaults, &Thread::major_faults);
        out.read_bytes = row.read_bytes();
        out.write_bytes = row.write_bytes();
        out.resident = now.rss_bytes > 0 ? Number(now.rss_bytes) : std::nullopt;
    };
    for (const std::vector<ThreadRow>* rows : {&scene.report.threads, &scene.report.exited}) {
        for (const ThreadRow& row : *rows) {
            if (row.now->tid == key.tid && key_of(*row.now) == key) {
                take(row);
            }
        }
    }
    return out;
}

Counters counters_of(const Scene& scene, const Thread& thread) {
    const auto measured = [&](Measured what, std::uint64_t value) {
        return (thread.measured & what) == what ? Number(value) : std::nullopt;
    };
    Counters out;
    std::uint64_t blocked = 0;
    for (const StateInfo& state : state_table()) {
        // As ThreadRow::voluntary_switches() counts them.
        blocked += state.state >= ThreadState::io_wait ? thread.entries[index(state.state)] : 0;
    }
    out.voluntary = measured(kMeasuredSwitches, blocked);
    out.involuntary = measured(kMeasuredSwitches, thread.preempted_entries);
    out.preempted_ns = measured(kMeasuredPreempted, thread.part_ns[Part::preempted]);
    out.minor_faults = measured(kMeasuredFaults, thread.minor_faults);
    out.major_faults = measured(kMeasuredFaults, thread.major_faults);
    out.read_bytes = thread.read_bytes;
    out.write_bytes = thread.write_bytes;
    out.resident = thread.rss_bytes > 0 ? Number(thread.rss_bytes) : std::nullopt;
    if (scene.detail == nullptr) {
        return out;
    }
    const ThreadProperties& properties = scene.detail->properties;
    out.resident = properties.resident_bytes ? properties.resident_bytes : out.resident;
    out.swapped = properties.swapped_bytes;
    out.peak = properties.peak_resident_bytes;
    if (const std::optional<TaskStats>& stats = scene.detail->stats) {
        out.read_chars = stats->read_chars;
        out.written_chars = stats->written_chars;
        out.read_calls = stats->read_syscalls;
        out.write_calls = stats->write_syscalls;
        out.peak = out.peak ? out.peak : stats->max_rss_bytes;
        out.read_bytes = out.read_bytes ? out.read_bytes : stats->read_bytes;
        out.write_bytes = out.write_bytes ? out.write_bytes : stats->write_bytes;
        out.minor_faults = stats->minor_faults ? stats->minor_faults : out.minor_faults;
        out.major_faults = stats->major_faults ? stats->major_faults : out.major_faults;
    }
    return out;
}

/// Whole groups only: what does not fit is on the second page.
void draw_one_line(Frame& frame, const Scene& scene, const Counters& now, const Counters& grown, int y) {
    int x = 1;
    for (const std::string& group :
         {fmt::format("switches {} + {} preempted", count(now.voluntary), count(now.involuntary)),
          fmt::format("resident {}", bytes(now.resident)),
          fmt::format("read {} write {}", rate(scene, grown.read_bytes), rate(scene, grown.write_bytes)),
          fmt::format("faults {} + {} major", count(now.minor_faults), count(now.major_faults))}) {
        if (x + static_cast<int>(group.size()) <= frame.width()) {
            x = frame.put(x, y, group, Role::dim) + 3;
        }
    }
}

}  // namespace

void draw_counters(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows) {
    const Facts& facts = facts_of(scene.state);
    // Counts from before a recording are unknown.
    const Counters grown = interval_counters(scene, watched.key);
    const Counters now = facts.counters_since_born ? counters_of(scene, watched.last) : grown;
    const auto line = [&](std::string_view words) {
        if (rows-- > 0) {
            frame.put(1, y++, words, Role::dim);
        }
    };
    if (rows == 1) {
        draw_one_line(frame, scene, now, grown, y);
        return;
    }
    const std::string memory = fmt::format("memory    {} resident, {} swapped, {} at its peak", bytes(now.resident),
                                           bytes(now.swapped), bytes(now.peak));
    std::string storage =
        fmt::format("storage   read {}, write {}", rate(scene, grown.read_bytes), rate(scene, grown.write_bytes));
    if (facts.counters_since_born) {
        storage += fmt::format("; since its start {} read, {} written", bytes(now.read_bytes), bytes(now.write_bytes));
    }
    const std::string calls = fmt::format("     calls  {} read ({}), {} write ({})", count(now.read_calls),
                                          bytes(now.read_chars), count(now.write_calls), bytes(now.written_chars));
    line(fmt::format("switches  {} voluntary, {} preempted ({} delayed)   faults  {} minor, {} major{}",
                     count(now.voluntary), count(now.involuntary),
                     now.preempted_ns ? format_duration(*now.preempted_ns) : "-", count(now.minor_faults),
                     count(now.major_faults), facts.counters));
    const bool has_calls = now.read_calls || now.write_calls;
    if (rows > 1 && has_calls && 1 + static_cast<int>(storage.size() + calls.size()) <= frame.width()) {
        storage += calls;
    }
    if (rows == 1) {
        line(fmt::format("{}     {}", storage, memory));
    } else {
        line(memory);
        line(storage);
    }
}

}  // namespace tsa
