// SPDX-License-Identifier: MIT
// The drill-down's first lines: who the thread is, what it is doing now, and who delays it.
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>

#include "base/time_units.h"
#include "model/columns.h"
#include "model/find_row.h"
#include "model/stuck.h"
#include "text/call_text.h"
#include "text/wait_text.h"
#include "tui/facts.h"
#include "tui/text.h"
#include "tui/thread/detail.h"
#include "tui/thread/wait_rows.h"

namespace tsa {
namespace {

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
        case 7:
            return fmt::format("SCHED_EXT nice {}", thread.nice);
        default:
            return fmt::format("policy {}", thread.policy);
    }
}

/// Which CPUs it may use, and how many if not all; which it used last.
std::string cpu_words(const ThreadProperties& known, const Thread& thread, std::uint32_t online) {
    if (!known.cpus_allowed) {
        return fmt::format("last on CPU {}", thread.last_cpu);
    }
    if (known.allowed_count && *known.allowed_count < online) {
        return fmt::format("only {} of {} CPUs: {}, last {}", *known.allowed_count, online, *known.cpus_allowed,
                           thread.last_cpu);
    }
    return fmt::format("CPUs {}, last {}", *known.cpus_allowed, thread.last_cpu);
}

void draw_names(Frame& frame, const Scene& scene, const Thread& thread) {
    int x = frame.put(1, 0, fmt::format("TID {} ", thread.tid), Role::strong);
    x = frame.put(x, 0, comm_of(thread), Role::process) + 2;
    if (const ProcessRow* process = find_process(scene.report, thread.tgid)) {
        x = frame.put(x, 0, fmt::format("of {} {}", thread.tgid, comm_of(*process->leader))) + 2;
        x = frame.put(x, 0, fmt::format("{} thread{}", process->threads, process->threads == 1 ? "" : "s"), Role::dim) +
            2;
    } else {
        x = frame.put(x, 0, fmt::format("of {}", thread.tgid)) + 2;
    }
    draw_pace(frame, scene, x);
}

/// What is known about it, most significant first.
std::vector<std::string> facts_of(const Scene& scene, const Thread& thread) {
    std::vector<std::string> facts;
    const std::string_view user = scene.machine.user_name ? scene.machine.user_name(thread.uid) : std::string_view{};
    facts.push_back(user.empty() ? fmt::format("uid {}", thread.uid) : fmt::format("user {}", user));
    if (scene.report.system.now.uptime_s) {
        const double age_s = *scene.report.system.now.uptime_s - to_seconds(thread.start_time_ns);
        facts.push_back(fmt::format("started {} ago", duration_text(to_ns(age_s)).view()));
    }
    facts.push_back(policy_words(thread));
    const ThreadProperties none;
    const ThreadProperties& known = scene.detail != nullptr ? scene.detail->properties : none;
    facts.push_back(cpu_words(known, thread, scene.report.system.now.cpus));
    if (known.quota) {
        facts.push_back(fmt::format("quota {:.3g} CPUs of {}", known.quota->cpus, known.quota->cgroup));
    }
    if (thread.kernel) {
        facts.emplace_back("kernel thread");
    }
    if (known.cgroup) {
        facts.push_back(fmt::format("cgroup {}", *known.cgroup));
    } else if (thread.cgroup_id != 0) {
        facts.push_back(fmt::format("cgroup {}", thread.cgroup_id));
    }
    if (known.command && !known.command->empty()) {
        facts.push_back(*known.command);
    }
    return facts;
}

void put_phrase(Frame& frame, const Scene& scene, const Thread& thread, int x, int y) {
    fmt::memory_buffer words;
    ThreadIndex threads(scene.report);
    put_wait_within(words, thread, threads, static_cast<std::size_t>(std::max(frame.width() - x, 0)),
                    glyphs(scene.unicode).waits);
    const Value call = wait_on(thread);
    if (scene.detail != nullptr && call.present() && call.text == std::string_view(words.data(), words.size())) {
        // Only the call's name: its descriptor is more specific.
        WaitKind kind;
        kind.state = thread.state;
        kind.wait = thread.wait;
        const std::string more = wait_words(kind, thread.kernel, scene.detail->descriptors);
        words.clear();
        if (more != call.text) {  // it is already shown above, with its arguments
            words.append(more);
        }
    }
    if (words.size() > 0) {
        frame.put(x, y, {words.data(), words.size()}, is_delay(thread.state) ? role_of(thread.state) : Role::dim);
    }
}

/// If only that one is known.
std::string first_argument_words(const Thread& thread) {
    const Value call = wait_on(thread);
    return call.present() && thread.wait.syscall >= 0 && is_blocked(thread.state)
               ? fmt::format("{}({:#x}, ...)", call.text, thread.wait.args[0])
               : std::string();
}

std::string end_words(const Scene& scene, const WatchedThread& watched) {
    if (watched.missing) {
        return std::string(facts_of(scene.state).gone);
    }
    return fmt::format("ENDED  at {}: its {}", clock_words(scene.machine, watched.exit_time_unix_ns, false),
                       facts_of(scene.state).last_totals);
}

/// How its whole lifetime was spent, as far as it was watched.
void draw_end(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows) {
    const Thread& thread = watched.last;
    int x = frame.put(1, y, end_words(scene, watched), Role::warn);
    x = rows > 1 ? 6 : x + 3;
    y += rows > 1 ? 1 : 0;
    const LifeTotals life = life_totals(scene, watched);
    x = frame.put(x, y, fmt::format("of {}", format_duration(life.all_ns)), Role::dim) + 2;
    for (const StateInfo& state : state_table()) {
        const std::uint64_t total_ns = life.ns[index(state.state)];
        const std::string words = fmt::format("{} {}", label_of(thread, state.state), format_duration(total_ns));
        if (total_ns > 0 && x + text_width(words, scene.unicode) <= frame.width()) {
            x = frame.put(x, y, words, role_of(state.state)) + 2;
        }
    }
}

}  // namespace

// Facts are wrapped over the available lines; the last one is truncated.
void draw_pace(Frame& frame, const Scene& scene, int x) {
    const std::string_view prefix = facts_of(scene.state).pace_prefix;
    const std::string pace =
        scene.state.paused ? "PAUSED" : fmt::format("{}every {} ms", prefix, scene.state.interval_ms);
    const int pace_x = frame.width() - static_cast<int>(pace.size()) - 1;
    if (pace_x >= x) {
        frame.put(pace_x, 0, pace, scene.state.paused ? Role::warn : Role::dim);
    }
}

void draw_identity(Frame& frame, const Scene& scene, const WatchedThread& watched, int rows) {
    draw_names(frame, scene, watched.last);
    int x = 1;
    int y = 1;
    for (const std::string& fact : facts_of(scene, watched.last)) {
        const bool fits = x + text_width(fact, scene.unicode) <= frame.width();
        if (!fits && x > 1 && y + 1 < rows) {
            ++y;
            x = 1;
        }
        if (y < rows && x < frame.width()) {
            x = frame.put(x, y, fact, Role::dim) + 3;
        }
    }
}

// One line: state, since when, call, phrase. If there is a second line, the phrase has it alone, and names the whole
// chain.
void draw_now(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows) {
    if (rows < 1) {
        return;
    }
    if (watched.ended || watched.missing) {
        draw_end(frame, scene, watched, y, rows);
        return;
    }
    const Thread& thread = watched.last;
    int x = frame.put(1, y, "NOW", Role::strong) + 2;
    const int words_x = x;
    x = frame.put(x, y, label_of(thread, thread.state), role_of(thread.state)) + 1;
    // "At least 0" is meaningless: /proc does not show since when a thread has been running.
    const bool age_known = !thread.since_is_upper_bound || closed_at_ns(thread, watched.now_ns) > thread.since_ns;
    if ((thread.measured & kMeasuredAge) != 0 && age_known) {
        const std::string_view at_least = glyphs(scene.unicode).waits.at_least;
        x = frame.put(x, y, fmt::format("for {}", format_age(thread, watched.now_ns, at_least)));
    }
    constexpr std::string_view kStuck = "STUCK";
    if (stuck_in(watched) == thread.state && x + 1 + static_cast<int>(kStuck.size()) <= frame.width()) {
        x = frame.put(x + 1, y, kStuck, Role::warn);
    }
    x += 3;
    fmt::memory_buffer call;
    if (facts_of(scene.state).all_arguments) {
        put_call(call, thread);
    } else {
        call.append(first_argument_words(thread));
    }
    if (call.size() > 0) {
        x = frame.put(x, y, {call.data(), call.size()}, Role::dim) + 3;
    }
    const bool in_kernel = scene.detail != nullptr && scene.detail->properties.kernel_function &&
                           is_blocked(thread.state) && !scene.detail->properties.kernel_function->empty();
    if (in_kernel && (rows > 1 || thread.wait.owner_tid == 0)) {
        const std::string words = fmt::format("in {}", *scene.detail->properties.kernel_function);
        if (x + text_width(words, scene.unicode) <= frame.width()) {
            x = frame.put(x, y, words, Role::dim) + 3;
        }
    }
    if (rows > 1) {
        put_phrase(frame, scene, thread, words_x, y + 1);
    } else {
        put_phrase(frame, scene, thread, x, y);
    }
}

}  // namespace tsa
