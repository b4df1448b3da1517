// SPDX-License-Identifier: MIT
// The text of findings about one lock, thread or process: see case_findings.h.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>

#include "summary/case_findings.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr double kMostOfIt = 0.8;
/// The CPUs of a thread that may use only them, and those of one that a quota throttles.
constexpr double kBusyCpuPct = 90, kFreeCpuPct = 65;
/// Threads seen on their CPUs less often than this may also run on others.
constexpr std::uint64_t kLeastSightings = 5;

std::string_view view(const CommName& comm) {
    return {comm.data(), strnlen(comm.data(), comm.size())};
}

/// "idle clock_nanosleep"; empty: not known.
std::string activity_words(std::string_view state, std::string_view wait_on) {
    return state.empty() ? std::string() : fmt::format("{}{}{}", state, wait_on.empty() ? "" : " ", wait_on);
}

/// "holder (TID 4110)", "holder (TID 4110, last seen in idle clock_nanosleep)", "TID 4110".
std::string thread_words(const NamedThread& thread, const std::string& activity = {}) {
    const std::string_view name = view(thread.comm);
    const std::string last = activity.empty() ? std::string() : ", last seen in " + activity;
    return name.empty() ? fmt::format("TID {}{}", thread.tid, last)
                        : fmt::format("{} (TID {}{})", name, thread.tid, last);
}

/// "a, b and 3 more".
std::string list_words(const std::vector<std::string>& names, std::size_t all) {
    std::string words;
    for (std::size_t at = 0; at < names.size(); ++at) {
        const bool last = at + 1 == names.size() && names.size() == all;
        words += (at == 0 ? "" : last ? " and " : ", ") + names[at];
    }
    return all > names.size() ? words + fmt::format(" and {} more", all - names.size()) : words;
}

std::string duration(std::uint64_t ns) {
    return std::string(duration_text(ns).view());
}

std::string threads_count(std::size_t count) {
    return count == 1 ? "1 thread" : fmt::format("{} threads", count);
}

/// "lock 0x55a74e395080", "kernel lock in rwsem_down_read_slowpath".
std::string lock_name(const LockId& lock, bool kernel, std::string_view wait_on) {
    if (!kernel) {
        return fmt::format("lock {:#x}", lock.address);
    }
    return wait_on.empty() ? "a kernel lock" : fmt::format("a kernel lock in {}", wait_on);
}

std::string holders_words(const LockDetails& details) {
    std::vector<const LockDetails::Holder*> known;
    for (const LockDetails::Holder& holder : details.holders) {
        if (holder.thread.tid != 0) {
            known.push_back(&holder);
        }
    }
    if (known.empty()) {
        return "; its holder is not known";
    }
    std::ranges::stable_sort(known, std::greater{}, [](const auto* holder) { return holder->intervals; });
    const LockDetails::Holder& most = *known.front();
    const std::string first = thread_words(most.thread, activity_words(most.state, most.wait_on));
    if (static_cast<double>(most.intervals) >= kMostOfIt * static_cast<double>(details.held)) {
        return ", held by " + first;
    }
    constexpr std::size_t kNamed = 3;
    std::vector<std::string> names{first};
    for (std::size_t at = 1; at < std::min(known.size(), kNamed); ++at) {
        names.push_back(thread_words(known[at]->thread));
    }
    return ", held in turn by " + list_words(names, details.other_holders != 0 ? known.size() + 1 : known.size());
}

std::string_view wait_name(ThreadState state) {
    switch (state) {
        case ThreadState::cpu_wait:
            return "a CPU";
        case ThreadState::io_wait:
            return "I/O";
        case ThreadState::swap_wait:
            return "swapped memory";
        case ThreadState::mem_wait:
            return "free memory";
        case ThreadState::lock_wait:
            return "a lock";
        default:
            return "something unknown, in uninterruptible sleep";
    }
}

/// "Thread victim (TID 12) of onewait (PID 11)", "3 threads of stale (w1 (TID 5), w2 (TID 6) and w3 (TID 7))".
std::string group_words(const ThreadGroup& group, std::string_view process) {
    const ThreadDetails& first = *group.front().details;
    if (group.size() == 1) {
        const std::string thread = "Thread " + thread_words({first.tid, first.comm});
        return process == view(first.comm) && first.tid == first.tgid
                   ? thread
                   : thread + fmt::format(" of {} (PID {})", process, first.tgid);
    }
    std::vector<std::string> names;
    for (std::size_t at = 0; at < std::min(group.size(), LockDetails::kNamed); ++at) {
        names.push_back(thread_words({group[at].details->tid, group[at].details->comm}));
    }
    return fmt::format("{} of {} ({})", threads_count(group.size()), process, list_words(names, group.size()));
}

/// "97 %", "97 to 99 %".
std::string share_words(const ThreadGroup& group) {
    const auto [least, most] = std::ranges::minmax(group, {}, &ThreadFound::share);
    const std::string low = fmt::format("{:.0f}", 100 * least.share), high = fmt::format("{:.0f}", 100 * most.share);
    return low == high ? low + " %" : fmt::format("{} to {} %", low, high);
}

/// What the threads wait for, beyond the state.
std::string cause_words(const ThreadFound& thread) {
    const ThreadDetails& details = *thread.details;
    if (thread.state == ThreadState::cpu_wait) {
        constexpr std::uint8_t kIdlePolicy = 5;
        return details.policy == kIdlePolicy ? "; its policy is SCHED_IDLE"
               : details.nice > 0            ? fmt::format("; its nice value is {}", details.nice)
                                             : std::string();
    }
    if (thread.state != ThreadState::lock_wait) {
        return details.wait_on.empty() ? "" : fmt::format(", in {}", details.wait_on);
    }
    std::string words;
    if (details.lock.address != 0) {
        words = fmt::format(": {}{}", details.doubtful ? "probably " : "",
                            lock_name(details.lock, details.kernel_lock, details.wait_on));
    }
    if (details.holder.tid == 0) {
        return words + (words.empty() ? "" : ", whose holder is not known");
    }
    const std::string doing = activity_words(details.root_state, details.root_wait_on);
    if (details.root.tid == 0 || details.root.tid == details.holder.tid) {
        return words + ", held by " + thread_words(details.holder, doing);
    }
    return words + fmt::format(", held by {}, which itself waits behind {}", thread_words(details.holder),
                               thread_words(details.root, doing));
}

std::string stuck_next(const ThreadFound& thread) {
    const ThreadDetails& details = *thread.details;
    switch (thread.state) {
        case ThreadState::lock_wait:
            return details.root.tid != 0
                       ? fmt::format("Find out why {} keeps its lock: its stack shows where (gdb -p {}).",
                                     thread_words(details.root), details.root.tid)
                       : fmt::format(
                             "Find the holder in the stacks of all threads (gdb -p {}, then `thread apply all "
                             "bt`).",
                             details.tgid);
        case ThreadState::cpu_wait:
            return fmt::format(
                "Find out what runs on its CPUs instead, and compare priority and affinity (chrt -p {0}, "
                "taskset -pc {0}).",
                details.tid);
        case ThreadState::io_wait:
            return fmt::format("Check the device for errors (dmesg) and which file it is (ls -l /proc/{}/fd).",
                               details.tgid);
        case ThreadState::swap_wait:
        case ThreadState::mem_wait:
            return "Give the machine or the cgroup more memory, or stop what uses most of it.";
        default:
            return fmt::format("Read its kernel stack (/proc/{}/stack): it names the driver or file system.",
                               details.tid);
    }
}

/// "0", "0-3,8".
std::string cpu_list(const std::bitset<kMaxCpus>& cpus) {
    std::string words;
    for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu) {
        if (!cpus[cpu]) {
            continue;
        }
        const std::size_t first = cpu;
        while (cpu + 1 < cpus.size() && cpus[cpu + 1]) {
            ++cpu;
        }
        words += words.empty() ? "" : ",";
        words += first == cpu ? fmt::format("{}", first) : fmt::format("{}-{}", first, cpu);
    }
    return words;
}

/// A part of its waits that is worth a separate sentence.
constexpr double kMostlyThrottled = 0.3;

/// What keeps threads from free CPUs, as a sentence, and what to do next.
std::string word_limit(const CpuDetails& details, std::string_view process, SummaryFinding& finding) {
    const double own = details.own_busy_pct.mean(), others = details.others_busy_pct.mean();
    const bool knows_own = !details.own_busy_pct.empty();
    const bool pinned = knows_own && !details.others_busy_pct.empty() && details.cpus.count() < details.online &&
                        details.sightings >= kLeastSightings && own >= kBusyCpuPct && others < kFreeCpuPct;
    if (pinned) {
        finding.next = fmt::format(
            "Compare the affinity (taskset -pc PID) and cpuset.cpus of the cgroup of {} with "
            "what it needs.",
            process);
        return fmt::format(
            " They ran only on CPU{} {}, {:.0f} % busy, while the others were {:.0f} % busy: an "
            "affinity or a cpuset keeps them there.",
            details.cpus.count() == 1 ? "" : "s", cpu_list(details.cpus), own, others);
    }
    if (details.throttled.empty() && knows_own && own < kFreeCpuPct) {
        finding.next = fmt::format("Look at cpu.max and the throttled time in cpu.stat of the cgroup of {}.", process);
        return fmt::format(
            " The CPUs on which they ran were only {:.0f} % busy as well: most likely a CPU quota of "
            "their cgroup throttles them.",
            own);
    }
    finding.next =
        details.throttled.empty()
            ? fmt::format(
                  "Check the affinity (taskset -pc PID), cpuset and CPU quota of {}: a recording does not have them.",
                  process)
            : fmt::format("Check the affinity (taskset -pc PID) and cpuset of {}: a recording does not have them.",
                          process);
    return {};
}

}  // namespace

void word_deadlock(const CaseStretch<CircleDetails>& stretch, std::string_view process, SummaryFinding& finding) {
    const CircleDetails& details = stretch.details;
    const std::size_t named = std::min<std::size_t>(details.members, CircleDetails::kNamed);
    std::string circle;
    if (details.members == 1) {
        circle = fmt::format("Thread {} of {} waits for lock {:#x}, which it holds itself",
                             thread_words(details.named[0].thread), process, details.named[0].lock.address);
    }
    for (std::size_t at = 0; details.members > 1 && at < named; ++at) {
        const bool last_named = at + 1 == named && details.members > named;
        const std::string holder = last_named ? fmt::format("one of {} more", details.members - named)
                                              : thread_words(details.named[(at + 1) % details.members].thread);
        circle += at == 0 ? fmt::format("Threads of {} wait for each other: ", process) : ", ";
        circle += fmt::format("{} for lock {:#x} of {}", thread_words(details.named[at].thread),
                              details.named[at].lock.address, holder);
    }
    const std::string behind = details.behind == 0 ? std::string()
                               : details.behind == 1
                                   ? "; 1 more thread waits behind them"
                                   : fmt::format("; {} more threads wait behind them", details.behind);
    finding.words =
        fmt::format("{}{}: {} can continue{}. It has lasted for {}{}.", details.doubtful ? "Probably a deadlock: " : "",
                    circle, details.members == 1 ? "it never" : "none of them", behind,
                    duration(std::max(stretch.length_ns, details.age_ns)), details.age_is_bound ? " or more" : "");
    finding.figures.push_back(fmt::format("confirmed for {}", duration(stretch.length_ns)));
    finding.next = fmt::format(
        "Restart the process, after saving the stacks of its threads (gdb -p {}): they show which locks to take in the "
        "same order.",
        details.named[0].thread.tid);
}

void word_abandoned(const LockId& lock, const CaseStretch<LockDetails>& stretch, std::string_view process,
                    SummaryFinding& finding) {
    const LockDetails& details = stretch.details;
    std::vector<std::string> names;
    for (std::size_t at = 0; at < std::min<std::size_t>(details.waiters, LockDetails::kNamed); ++at) {
        names.push_back(thread_words(details.named[at]));
    }
    finding.words = fmt::format(
        "{} of {} ({}) wait{} for {}lock {:#x}, held by {}, which has exited without unlocking: nothing will wake "
        "{}. The oldest wait has lasted for {}{}.",
        threads_count(details.waiters), process, list_words(names, details.waiters), details.waiters == 1 ? "s" : "",
        details.doubtful ? "what is probably " : "", lock.address,
        details.exited_tid != 0 ? fmt::format("TID {}", details.exited_tid) : "a thread",
        details.waiters == 1 ? "it" : "them", duration(details.age_ns), details.age_is_bound ? " or more" : "");
    finding.figures.push_back(
        fmt::format("waiters {:.1f} on average, {:.0f} at most", stretch.level.mean(), stretch.level.max()));
    finding.next =
        "Restart the process; then look for a thread that ends, or is killed, between lock and unlock, or use a robust "
        "mutex.";
}

void word_convoy(const LockId& lock, const CaseStretch<LockDetails>& stretch, std::string_view process,
                 SummaryFinding& finding) {
    const LockDetails& details = stretch.details;
    finding.words = fmt::format(
        "For {} {:.1f} threads on average, {:.0f} at most, waited for {}{}{}{}.", duration(stretch.length_ns),
        stretch.level.mean(), stretch.level.max(), details.doubtful ? "what is probably one lock: " : "",
        lock_name(lock, details.kernel, details.wait_on),
        details.kernel ? std::string() : fmt::format(" of {}", process), holders_words(details));
    finding.figures.push_back(
        fmt::format("waiters {:.1f} on average, {:.0f} at most", stretch.level.mean(), stretch.level.max()));
    if (lock.tgid != 0) {
        finding.figures.push_back(fmt::format("process {} (PID {})", process, lock.tgid));
    }
    finding.next = "Look at what the holder does while it holds the lock: do that before or after, or split the lock.";
}

void word_holder(const CaseStretch<HolderDetails>& stretch, std::string_view process, SummaryFinding& finding) {
    const HolderDetails& details = stretch.details;
    finding.words = fmt::format(
        "For {} {:.1f} threads of {} on average, {:.0f} at most, waited {}behind {}, directly or through each other, "
        "for {} different locks.",
        duration(stretch.length_ns), stretch.level.mean(), process, stretch.level.max(),
        details.doubtful ? "(probably) " : "",
        thread_words(details.holder, activity_words(details.state, details.wait_on)), details.locks);
    finding.figures.push_back(
        fmt::format("waiters {:.1f} on average, {:.0f} at most", stretch.level.mean(), stretch.level.max()));
    finding.next = fmt::format("Find out why {} keeps its locks: its stack shows where (gdb -p {}).",
                               thread_words(details.holder), details.holder.tid);
}

void word_limited(const CaseStretch<CpuDetails>& stretch, std::string_view process, SummaryFinding& finding) {
    const CpuDetails& details = stretch.details;
    finding.figures.push_back(
        fmt::format("cpu wait {:.1f} threads on average, {:.1f} at most", stretch.level.mean(), stretch.level.max()));
    if (!details.throttled.empty()) {
        finding.figures.push_back(fmt::format("throttled {:.1f} threads on average, {:.1f} at most",
                                              details.throttled.mean(), details.throttled.max()));
    }
    finding.figures.push_back(fmt::format("it used {:.2f} CPUs on average", details.exec.mean()));
    if (details.throttled.mean() >= kMostlyThrottled * stretch.level.mean() && details.throttled.mean() > 0) {
        finding.words = fmt::format(
            "For {} {:.1f} threads of {} on average waited for a CPU, {:.1f} of them because the CPU quota of their "
            "cgroup "
            "was used up.",
            duration(stretch.length_ns), stretch.level.mean(), process, details.throttled.mean());
        finding.next = fmt::format(
            "Raise the CPU quota of the cgroup of {} (cpu.max, or the container's CPU limit), or "
            "let it run fewer threads.",
            process);
        return;
    }
    finding.words = fmt::format(
        "For {} {:.1f} threads of {} on average waited for a CPU although the CPUs were only {:.0f} % busy.{}",
        duration(stretch.length_ns), stretch.level.mean(), process, details.busy_pct.mean(),
        word_limit(details, process, finding));
}

void word_stuck(const ThreadGroup& group, std::string_view process, SummaryFinding& finding) {
    const ThreadFound& first = group.front();
    const bool single = std::ranges::all_of(group, &ThreadFound::is_single);
    const bool bound = std::ranges::any_of(group, [](const ThreadFound& one) { return one.details->age_is_bound; });
    const std::uint64_t length_ns = std::ranges::min(group, {}, &ThreadFound::length_ns).length_ns;
    const std::string length = duration(length_ns) + (bound || group.size() > 1 ? " or more" : "");
    if (single) {
        finding.words =
            fmt::format("{} ha{} been waiting for {} without a break for {}{}.", group_words(group, process),
                        group.size() == 1 ? "s" : "ve", wait_name(first.state), length, cause_words(first));
    } else {
        finding.words = fmt::format("{} spent {} of {} waiting for {}{}.", group_words(group, process),
                                    share_words(group), length, wait_name(first.state), cause_words(first));
    }
    finding.figures.push_back(fmt::format("{} {} of the time", info(first.state).label, share_words(group)));
    finding.next = stuck_next(first);
}

void word_io_bound(const ThreadGroup& group, std::string_view process, SummaryFinding& finding) {
    const ThreadFound& first = group.front();
    const std::uint64_t length_ns = std::ranges::min(group, {}, &ThreadFound::length_ns).length_ns;
    finding.words =
        fmt::format("{} spent {} of {}{} waiting for I/O{}.", group_words(group, process), share_words(group),
                    duration(length_ns), group.size() > 1 ? " or more" : "", cause_words(first));
    finding.figures.push_back(fmt::format("io wait {} of the time", share_words(group)));
    finding.next = fmt::format(
        "See which files it uses (ls -l /proc/{}/fd), and read ahead, cache, or do other work "
        "meanwhile.",
        first.details->tgid);
}

}  // namespace tsa
