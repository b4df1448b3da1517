// SPDX-License-Identifier: MIT
// See verdict.h: which cause dominates, and its sentence. facts.cpp gathers the facts.
#include "verdict/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/columns.h"
#include "text/neighbor_text.h"
#include "text/sanitize.h"
#include "text/units.h"

namespace tsa {

namespace {

/// From here on a disk or all CPUs are busy enough to be the reason of waits for them.
constexpr double kBusyDiskPct = 60;
constexpr double kBusyCpusPct = 80;
/// Below it the CPUs that a thread may not use have room for it.
constexpr double kIdleOthersPct = 75;

/// Neighbors with a smaller share are not named.
constexpr double kNamedShare = 0.2;

constexpr std::array<std::string_view, kDelayCauses> kKeys{
    "cpu_quota", "cpu_affinity", "cpu_contention", "cpu",    "deadlock",        "abandoned_lock", "lock",
    "labeled",   "storage",      "swap",           "memory", "uninterruptible", "executing",      "woken_by"};

std::string percent(double share) {
    return fmt::format("{:.0f} %", 100 * share);
}

Culprit culprit_of(const Thread& thread) {
    return {thread.tid, thread.tgid, std::string(comm_of(thread))};
}

std::string name_of(const Thread& thread) {
    return fmt::format("{} {}", thread.tid, printable(comm_of(thread)));
}

double ns_in(const VerdictFacts& facts, ThreadState state) {
    return facts.ns[index(state)];
}

/// A sentence in parts: "<share> of its delay is <what> → <next>".
struct Words {
    DelayCause cause;
    std::string what;
    std::string next;  ///< empty: nothing to advise
    std::optional<Culprit> culprit;
};

// ---- CPU ----

Words quota_words(const VerdictFacts& facts) {
    Words words{DelayCause::cpu_quota, "waiting because the CPU quota of its cgroup is used up",
                "raise the quota, or run fewer threads in that cgroup", std::nullopt};
    if (facts.quota != nullptr) {
        words.what += fmt::format(": {:.3g} CPUs for {}", facts.quota->cpus, printable(facts.quota->cgroup));
        words.culprit = Culprit{0, 0, facts.quota->cgroup};
    }
    return words;
}

bool is_confined(const VerdictFacts& facts) {
    return facts.cpus_allowed && facts.allowed_count && *facts.allowed_count < facts.cpus && facts.others_busy_pct &&
           *facts.others_busy_pct < kIdleOthersPct;
}

/// Who ran meanwhile: the processes with large shares, most first, and the share of CPUs that ran nothing.
struct Taken {
    std::vector<Neighbor> by;
    double most = 0;  ///< share of the first
    double idle = 0;
};
constexpr std::size_t kNamedNeighbors = 2;

Taken taken(const VerdictFacts& facts) {
    Taken out;
    const auto all_ns = facts.neighbors != nullptr ? static_cast<double>(facts.neighbors->total_ns()) : 0.0;
    if (all_ns <= 0) {
        return out;
    }
    for (Neighbor& process : by_process(*facts.neighbors)) {
        const double share = static_cast<double>(process.total_ns) / all_ns;
        if (process.idle) {
            out.idle = share;
        } else if (share >= kNamedShare && out.by.size() < kNamedNeighbors) {
            out.most = std::max(out.most, share);
            out.by.push_back(std::move(process));
        }
    }
    return out;
}

/// ", taken by 812 hog-a and 813 hog-b".
void add_taken(Words& words, const VerdictFacts& facts, const Taken& taken) {
    for (std::size_t at = 0; at < taken.by.size(); ++at) {
        words.what +=
            fmt::format("{}{}", at == 0 ? ", taken by " : " and ", neighbor_text(taken.by[at], facts.thread->tgid));
    }
    if (taken.most >= kDominant) {
        const Neighbor& most = taken.by.front();
        words.culprit = Culprit{most.key.tid, most.tgid, std::string(most.comm_view())};
    }
}

Words contended_words(const VerdictFacts& facts) {
    if (is_confined(facts)) {
        const bool one = *facts.allowed_count == 1;
        return {DelayCause::cpu_affinity,
                fmt::format("waiting for CPU{} {}, the only {} that it may use, while the others were {:.0f} % busy",
                            one ? "" : "s", *facts.cpus_allowed, one ? "one" : "ones", *facts.others_busy_pct),
                "let it use more CPUs (taskset, cpuset)", std::nullopt};
    }
    if (facts.busy_pct && *facts.busy_pct >= kBusyCpusPct && facts.cpus != 0) {
        return {DelayCause::cpu_contention,
                fmt::format("waiting for a CPU: {} threads could run at a time, on {} CPU{}",
                            average_text(facts.runnable).view(), facts.cpus, facts.cpus == 1 ? "" : "s"),
                "run less at a time, or raise its priority", std::nullopt};
    }
    return {DelayCause::cpu,
            facts.busy_pct ? fmt::format("waiting for a CPU, while the machine was {:.0f} % busy", *facts.busy_pct)
                           : "waiting for a CPU",
            "see which CPUs it may use, and whether real-time threads run there", std::nullopt};
}

Words cpu_words(const VerdictFacts& facts) {
    if (facts.part_ns[Part::throttled] >= kDominant * ns_in(facts, ThreadState::cpu_wait)) {
        return quota_words(facts);
    }
    const Taken by = taken(facts);
    if (by.idle >= kDominant) {
        return {DelayCause::cpu, "waiting to be switched to on a CPU that ran nothing else",
                "see how long the CPU takes to leave its idle states, and whether a hypervisor takes its time",
                std::nullopt};
    }
    Words words = contended_words(facts);
    add_taken(words, facts, by);
    return words;
}

// ---- locks ----

std::string lock_name(const Thread& thread) {
    if (thread.state != ThreadState::lock_wait) {
        return "locks";  // it is between two waits
    }
    if (const std::string_view label = label_of(thread.wait.kind); !label.empty()) {
        return fmt::format("the {}", label);
    }
    if (thread.wait.kernel_lock) {
        return thread.wait.kernel_function.empty()
                   ? "a lock of the kernel"
                   : fmt::format("a lock of the kernel in {}", thread.wait.kernel_function);
    }
    const std::string place = thread.wait.args[0] != 0 ? fmt::format(" {:#x}", thread.wait.args[0]) : "";
    return fmt::format("{} lock{}", thread.wait.doubtful ? "what is probably a" : "the", place);
}

std::string holder_does(const VerdictFacts& facts) {
    switch (facts.holder->state) {
        case ThreadState::exec:
            return "executes";
        case ThreadState::cpu_wait:
            return "waits for a CPU";
        case ThreadState::io_wait:
            return "waits for storage";
        case ThreadState::swap_wait:
            return "waits for swapped pages";
        case ThreadState::mem_wait:
            return "waits for memory";
        case ThreadState::lock_wait:
            return "waits for a lock itself";
        default:
            return facts.holder_waits.empty() ? fmt::format("is in {}", info(facts.holder->state).label)
                                              : fmt::format("sleeps in {}", facts.holder_waits);
    }
}

Words lock_words(const VerdictFacts& facts) {
    const Thread& thread = *facts.thread;
    const bool waits_now = thread.state == ThreadState::lock_wait;
    if (waits_now && facts.is_deadlocked) {
        return {
            DelayCause::deadlock,
            facts.holder != nullptr
                ? fmt::format("a deadlock: it waits for a lock held by {}, which waits for it, or for others that do",
                              name_of(*facts.holder))
                : "a deadlock",
            "restart its process; the order in which the locks are taken is the bug",
            facts.holder != nullptr ? std::optional(culprit_of(*facts.holder)) : std::nullopt};
    }
    if (waits_now && thread.wait.owner_exited) {
        return {DelayCause::abandoned_lock,
                fmt::format("waiting for {}, whose holder has exited without unlocking it", lock_name(thread)),
                "restart its process", std::nullopt};
    }
    const std::string lock = lock_name(thread);
    if (waits_now && facts.holder != nullptr) {
        return {DelayCause::lock,
                fmt::format("waiting for {}, held by {}, which {}", lock, name_of(*facts.holder), holder_does(facts)),
                fmt::format("find out what {} does while it holds the lock", facts.holder->tid),
                culprit_of(*facts.holder)};
    }
    return {DelayCause::lock, fmt::format("waiting for {}", lock), "its stack shows which code takes the lock",
            std::nullopt};
}

Words labeled_words(const VerdictFacts& facts) {
    const bool is_reader = facts.label.starts_with("reader too slow:");
    Words words{DelayCause::labeled,
                fmt::format("waiting for {}", facts.label.empty() ? "another thread" : facts.label),
                is_reader ? "the reader is the bottleneck: look at it" : "", std::nullopt};
    if (is_reader) {
        words.what = fmt::format("waiting for a reader that is too slow{}", facts.label.substr(facts.label.find(':')));
    }
    if (facts.holder != nullptr) {
        words.culprit = culprit_of(*facts.holder);
    }
    return words;
}

// ---- storage, memory ----

Words storage_words(const VerdictFacts& facts) {
    Words words{DelayCause::storage, "waiting for storage", "", std::nullopt};
    if (const Value on = wait_on(*facts.thread); facts.thread->state == ThreadState::io_wait && on.present()) {
        words.what += fmt::format(" in {}", on.text);
    }
    if (facts.disk) {
        const std::string disk = printable(facts.disk->name.view());
        words.what += fmt::format("; {}, the busiest disk, was {:.0f} % busy", disk, facts.disk->busy_pct);
        if (facts.disk->busy_pct >= kBusyDiskPct) {
            words.next = "fewer requests, more cache, or a faster disk";
            words.culprit = Culprit{0, 0, std::string(facts.disk->name.view())};
        }
    }
    return words;
}

Words swap_words(const VerdictFacts&) {
    return {DelayCause::swap, "waiting for pages that were swapped out",
            "give it more memory: a higher limit of its cgroup, or fewer programs beside it", std::nullopt};
}

Words memory_words(const VerdictFacts&) {
    return {DelayCause::memory, "waiting for memory to be reclaimed",
            "give it more memory: a higher limit of its cgroup, or fewer programs beside it", std::nullopt};
}

Words uninterruptible_words(const VerdictFacts& facts) {
    const Thread& thread = *facts.thread;
    std::string where;
    if (thread.state == ThreadState::uninterruptible) {
        where = !facts.label.empty()                   ? fmt::format(" for {}", facts.label)
                : !thread.wait.kernel_function.empty() ? fmt::format(" in {}", thread.wait.kernel_function)
                                                       : "";
    }
    return {DelayCause::uninterruptible, fmt::format("an uninterruptible wait{}", where), "", std::nullopt};
}

// ---- choosing ----

struct Candidate {
    double ns;
    Words (*words)(const VerdictFacts&);
};

std::string sentence(std::string_view said, const Words& words, const VerdictSymbols& symbols) {
    return words.next.empty() ? fmt::format("{}{}", said, words.what)
                              : fmt::format("{}{} {} {}", said, words.what, symbols.next, words.next);
}

DelayVerdict verdict_from(double share, std::string_view said, Words words, const VerdictSymbols& symbols) {
    DelayVerdict verdict{words.cause, share, std::nullopt, sentence(said, words, symbols)};
    verdict.culprit = std::move(words.culprit);
    return verdict;
}

/// It executes almost all of its time; in reclaim that is no work of its own.
DelayVerdict executing(double share, const VerdictFacts& facts, const VerdictSymbols& symbols) {
    const double reclaim = facts.part_ns[Part::reclaim] / ns_in(facts, ThreadState::exec);
    if (reclaim >= kDominant) {
        return verdict_from(share * reclaim, percent(share * reclaim) + " of its time is ",
                            {DelayCause::memory, "reclaiming memory in the kernel", memory_words(facts).next, {}},
                            symbols);
    }
    return verdict_from(share, "",
                        {DelayCause::executing,
                         fmt::format("it executes {} of its time, and is not delayed", percent(share)),
                         "profile its code",
                         {}},
                        symbols);
}

/// Who ends its waits for other threads, if that is one thread.
std::optional<DelayVerdict> woken(double share, const VerdictFacts& facts, const VerdictSymbols& symbols) {
    if (facts.woken == nullptr || facts.woken->wakers.empty()) {
        return std::nullopt;
    }
    std::uint64_t all_ns = facts.woken->others.sync_ns;
    const WokenBy* most = &facts.woken->wakers.front();
    for (const WokenBy& waker : facts.woken->wakers) {
        all_ns += waker.sync_ns;
        most = waker.sync_ns > most->sync_ns ? &waker : most;
    }
    const double part = all_ns != 0 ? static_cast<double>(most->sync_ns) / static_cast<double>(all_ns) : 0;
    if (part < kDominant || most->who.kind != WakerKind::thread || most->who.tid == 0) {
        return std::nullopt;
    }
    const std::string who = fmt::format("{} {}", most->who.tid, printable(most->who.comm_view()));
    return verdict_from(share, percent(share) + " of its time is ",
                        {DelayCause::woken_by,
                         fmt::format("waiting for another thread; {} ended {} of these waits", who, percent(part)),
                         fmt::format("see what {} does before", most->who.tid),
                         Culprit{most->who.tid, most->who.tgid, std::string(most->who.comm_view())}},
                        symbols);
}

}  // namespace

std::string_view key_of(DelayCause cause) {
    return kKeys[static_cast<std::size_t>(cause)];
}

std::optional<DelayVerdict> judge(const VerdictFacts& facts, const VerdictSymbols& symbols) {
    double all_ns = 0;
    for (const double ns : facts.ns) {
        all_ns += ns;
    }
    if (facts.thread == nullptr || all_ns <= 0) {
        return std::nullopt;
    }
    const std::array candidates{
        Candidate{ns_in(facts, ThreadState::cpu_wait), cpu_words},
        Candidate{ns_in(facts, ThreadState::lock_wait), lock_words},
        Candidate{facts.labeled_ns, labeled_words},
        Candidate{ns_in(facts, ThreadState::io_wait), storage_words},
        Candidate{ns_in(facts, ThreadState::swap_wait), swap_words},
        Candidate{ns_in(facts, ThreadState::mem_wait), memory_words},
        Candidate{ns_in(facts, ThreadState::uninterruptible), uninterruptible_words},
    };
    double delay_ns = 0;
    const Candidate* most = candidates.data();
    for (const Candidate& candidate : candidates) {
        delay_ns += candidate.ns;
        most = candidate.ns > most->ns ? &candidate : most;
    }
    if (delay_ns >= kLeastDelay * all_ns) {
        const double share = most->ns / delay_ns;
        return share >= kDominant ? std::optional(verdict_from(share, percent(share) + " of its delay is ",
                                                               most->words(facts), symbols))
                                  : std::nullopt;
    }
    if (const double share = ns_in(facts, ThreadState::exec) / all_ns; share >= kMostlyExecuting) {
        return executing(share, facts, symbols);
    }
    const double share = ns_in(facts, ThreadState::sync) / all_ns;
    return share >= kDominant ? woken(share, facts, symbols) : std::nullopt;
}

}  // namespace tsa
