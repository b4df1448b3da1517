// SPDX-License-Identifier: MIT
// See verdict.h: which cause dominates, and its sentence. facts.cpp gathers the facts.
#include "verdict/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

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

Culprit culprit_of(const Thread& thread) {
    return {thread.tid, thread.tgid, std::string(comm_of(thread))};
}

double ns_in(const VerdictFacts& facts, ThreadState state) {
    return facts.ns[index(state)];
}

/// A sentence in the making: "<share> of its delay is <what> -> <next>", written into the verdict, whose memory is
/// reused.
class Sentence {
  public:
    Sentence(DelayVerdict& verdict, const VerdictSymbols& symbols) : verdict_(verdict), symbols_(symbols) {}

    template <class... Args>
    void say(fmt::format_string<Args...> format, Args&&... args) {
        fmt::format_to(std::back_inserter(verdict_.text), format, std::forward<Args>(args)...);
    }
    /// "4190 page_cleaner".
    void say_thread(const Thread& thread) { say("{} {}", thread.tid, Printable(comm_of(thread)).view()); }
    void say_percent(double share) { say("{:.0f} %", 100 * share); }
    /// What to do next; once, at the end.
    template <class... Args>
    void advise(fmt::format_string<Args...> format, Args&&... args) {
        say(" {} ", symbols_.next);
        say(format, std::forward<Args>(args)...);
    }
    void blame(Culprit culprit) { verdict_.culprit = std::move(culprit); }

  private:
    DelayVerdict& verdict_;
    const VerdictSymbols& symbols_;
};

// ---- CPU ----

DelayCause say_quota(const VerdictFacts& facts, Sentence& words) {
    words.say("waiting because the CPU quota of its cgroup is used up");
    if (facts.quota != nullptr) {
        words.say(": {:.3g} CPUs for {}", facts.quota->cpus, printable(facts.quota->cgroup));
        words.blame({0, 0, facts.quota->cgroup});
    }
    words.advise("raise the quota, or run fewer threads in that cgroup");
    return DelayCause::cpu_quota;
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
void say_taken(const VerdictFacts& facts, const Taken& taken, Sentence& words) {
    if (facts.taker) {
        words.say("; ");
        words.say_percent(facts.taker->share);
        words.say(" of its cgroup's waits were for {}", printable(facts.taker->cgroup));
        words.blame({0, 0, std::string(facts.taker->cgroup)});
    }
    for (std::size_t at = 0; at < taken.by.size(); ++at) {
        words.say("{}{}", at == 0 ? ", taken by " : " and ", neighbor_text(taken.by[at], facts.thread->tgid));
    }
    if (taken.most >= kDominant) {
        const Neighbor& most = taken.by.front();
        words.blame({most.key.tid, most.tgid, std::string(most.comm_view())});
    }
}

DelayCause say_cpu(const VerdictFacts& facts, Sentence& words) {
    const Taken by = taken(facts);
    if (by.idle >= kDominant) {
        words.say("waiting to be switched to on a CPU that ran nothing else");
        words.advise("see how long the CPU takes to leave its idle states, and whether a hypervisor takes its time");
        return DelayCause::cpu;
    }
    if (is_confined(facts)) {
        const bool one = *facts.allowed_count == 1;
        words.say("waiting for CPU{} {}, the only {} that it may use, while the others were {:.0f} % busy",
                  one ? "" : "s", *facts.cpus_allowed, one ? "one" : "ones", *facts.others_busy_pct);
        say_taken(facts, by, words);
        words.advise("let it use more CPUs (taskset, cpuset)");
        return DelayCause::cpu_affinity;
    }
    if (facts.busy_pct && *facts.busy_pct >= kBusyCpusPct && facts.cpus != 0) {
        words.say("waiting for a CPU: {} threads could run at a time, on {} CPU{}", average_text(facts.runnable).view(),
                  facts.cpus, facts.cpus == 1 ? "" : "s");
        say_taken(facts, by, words);
        words.advise("run less at a time, or raise its priority");
        return DelayCause::cpu_contention;
    }
    words.say("waiting for a CPU");
    if (facts.busy_pct) {
        words.say(", while the machine was {:.0f} % busy", *facts.busy_pct);
    }
    say_taken(facts, by, words);
    words.advise("see which CPUs it may use, and whether real-time threads run there");
    return DelayCause::cpu;
}

// ---- locks ----

void say_lock(const Thread& thread, Sentence& words) {
    const std::string_view label = label_of(thread.wait.kind);
    if (thread.state != ThreadState::lock_wait) {
        words.say("locks");  // it is between two waits
    } else if (!label.empty()) {
        words.say("the {}", label);
    } else if (thread.wait.kernel_lock) {
        words.say("a lock of the kernel");
        if (!thread.wait.kernel_function.empty()) {
            words.say(" in {}", thread.wait.kernel_function);
        }
    } else {
        words.say("{} lock", thread.wait.doubtful ? "what is probably a" : "the");
        if (thread.wait.args[0] != 0) {
            words.say(" {:#x}", thread.wait.args[0]);
        }
    }
}

void say_what_holder_does(const VerdictFacts& facts, Sentence& words) {
    switch (facts.holder->state) {
        case ThreadState::exec:
            return words.say("executes");
        case ThreadState::cpu_wait:
            return words.say("waits for a CPU");
        case ThreadState::io_wait:
            return words.say("waits for storage");
        case ThreadState::swap_wait:
            return words.say("waits for swapped pages");
        case ThreadState::mem_wait:
            return words.say("waits for memory");
        case ThreadState::lock_wait:
            return words.say("waits for a lock itself");
        default:
            facts.holder_waits.empty() ? words.say("is in {}", info(facts.holder->state).label)
                                       : words.say("sleeps in {}", facts.holder_waits);
    }
}

DelayCause say_deadlock(const VerdictFacts& facts, Sentence& words) {
    words.say("a deadlock");
    if (facts.holder != nullptr) {
        words.say(": it waits for a lock held by ");
        words.say_thread(*facts.holder);
        words.say(", which waits for it, or for others that do");
        words.blame(culprit_of(*facts.holder));
    }
    words.advise("restart its process; the order in which the locks are taken is the bug");
    return DelayCause::deadlock;
}

/// Of a lock, at the end of the sentence.
void say_holder(const VerdictFacts& facts, Sentence& words) {
    words.say(", held by ");
    words.say_thread(*facts.holder);
    words.say(", which ");
    say_what_holder_does(facts, words);
    words.blame(culprit_of(*facts.holder));
    words.advise("find out what {} does while it holds the lock", facts.holder->tid);
}

void advise_python(Sentence& words) {
    words.advise("one thread at a time executes Python: use processes, or fewer threads");
}

DelayCause say_lock_wait(const VerdictFacts& facts, Sentence& words) {
    const Thread& thread = *facts.thread;
    const bool waits_now = thread.state == ThreadState::lock_wait;
    if (waits_now && facts.is_deadlocked) {
        return say_deadlock(facts, words);
    }
    words.say("waiting for ");
    say_lock(thread, words);
    if (waits_now && thread.wait.owner_exited) {
        words.say(", whose holder has exited without unlocking it");
        words.advise("restart its process");
        return DelayCause::abandoned_lock;
    }
    if (waits_now && facts.holder != nullptr) {
        say_holder(facts, words);
    } else if (waits_now && thread.wait.kind == FutexKind::python_gil) {
        advise_python(words);
    } else {
        words.advise("its stack shows which code takes the lock");
    }
    return DelayCause::lock;
}

DelayCause say_labeled(const VerdictFacts& facts, Sentence& words) {
    constexpr std::string_view kReader = "reader too slow";
    if (facts.label.starts_with(kReader)) {
        words.say("waiting for a reader that is too slow{}", facts.label.substr(kReader.size()));
        words.advise("the reader is the bottleneck: look at it");
        return DelayCause::labeled;
    }
    words.say("waiting for {}", facts.label.empty() ? "another thread" : facts.label);
    if (facts.holder != nullptr) {
        say_holder(facts, words);
    } else if (facts.label == "python gil") {
        advise_python(words);
    } else {
        words.advise("its stack shows which code waits");
    }
    return DelayCause::labeled;
}

// ---- storage, memory ----

DelayCause say_storage(const VerdictFacts& facts, Sentence& words) {
    words.say("waiting for storage");
    if (const Value on = wait_on(*facts.thread); facts.thread->state == ThreadState::io_wait && on.present()) {
        words.say(" in {}", on.text);
    }
    if (facts.disk) {
        words.say("; {}, the busiest disk, was {:.0f} % busy", printable(facts.disk->name.view()),
                  facts.disk->busy_pct);
        if (facts.disk->busy_pct >= kBusyDiskPct) {
            words.blame({0, 0, std::string(facts.disk->name.view())});
            words.advise("fewer requests, more cache, or a faster disk");
        }
    }
    return DelayCause::storage;
}

void advise_memory(Sentence& words) {
    words.advise("give it more memory: a higher limit of its cgroup, or fewer programs beside it");
}

DelayCause say_swap(const VerdictFacts& /*facts*/, Sentence& words) {
    words.say("waiting for pages that were swapped out");
    advise_memory(words);
    return DelayCause::swap;
}

DelayCause say_memory(const VerdictFacts& /*facts*/, Sentence& words) {
    words.say("waiting for memory to be reclaimed");
    advise_memory(words);
    return DelayCause::memory;
}

DelayCause say_uninterruptible(const VerdictFacts& facts, Sentence& words) {
    const Thread& thread = *facts.thread;
    words.say("an uninterruptible wait");
    if (thread.state == ThreadState::uninterruptible && !facts.label.empty()) {
        words.say(" for {}", facts.label);
    } else if (thread.state == ThreadState::uninterruptible && !thread.wait.kernel_function.empty()) {
        words.say(" in {}", thread.wait.kernel_function);
    }
    return DelayCause::uninterruptible;
}

// ---- not delayed ----

/// It executes almost all of its time; in reclaim that is the kernel's work for memory.
void say_executing(const VerdictFacts& facts, Sentence& words, DelayVerdict& verdict) {
    const double reclaim = facts.part_ns[Part::reclaim] / ns_in(facts, ThreadState::exec);
    if (reclaim >= kDominant) {
        verdict.cause = DelayCause::memory;
        verdict.share *= reclaim;
        words.say_percent(verdict.share);
        words.say(" of its time is reclaiming memory in the kernel");
        advise_memory(words);
        return;
    }
    verdict.cause = DelayCause::executing;
    words.say("it executes ");
    words.say_percent(verdict.share);
    words.say(" of its time, and is not delayed");
    words.advise("profile its code");
}

/// Who ends its waits for other threads, if that is one thread. False: it is not, or not known.
bool say_woken(const VerdictFacts& facts, Sentence& words, DelayVerdict& verdict) {
    if (facts.woken == nullptr || facts.woken->wakers.empty()) {
        return false;
    }
    std::uint64_t all_ns = facts.woken->others.sync_ns;
    const WokenBy* most = &facts.woken->wakers.front();
    for (const WokenBy& waker : facts.woken->wakers) {
        all_ns += waker.sync_ns;
        most = waker.sync_ns > most->sync_ns ? &waker : most;
    }
    const double part = all_ns != 0 ? static_cast<double>(most->sync_ns) / static_cast<double>(all_ns) : 0;
    if (part < kDominant || most->who.kind != WakerKind::thread || most->who.tid == 0) {
        return false;
    }
    verdict.cause = DelayCause::woken_by;
    words.say_percent(verdict.share);
    words.say(" of its time is waiting for another thread; {} {} ended ", most->who.tid,
              printable(most->who.comm_view()));
    words.say_percent(part);
    words.say(" of these waits");
    words.blame({most->who.tid, most->who.tgid, std::string(most->who.comm_view())});
    words.advise("see what {} does before", most->who.tid);
    return true;
}

struct Candidate {
    double ns;
    DelayCause (*say)(const VerdictFacts&, Sentence&);
};
using Candidates = std::array<Candidate, 8>;

/// All that is a delay, by cause.
Candidates candidates_of(const VerdictFacts& facts) {
    const double throttled_ns = std::min(facts.part_ns[Part::throttled], ns_in(facts, ThreadState::cpu_wait));
    return {{{throttled_ns, say_quota},
             {ns_in(facts, ThreadState::cpu_wait) - throttled_ns, say_cpu},
             {ns_in(facts, ThreadState::lock_wait), say_lock_wait},
             {facts.labeled_ns, say_labeled},
             {ns_in(facts, ThreadState::io_wait), say_storage},
             {ns_in(facts, ThreadState::swap_wait), say_swap},
             {ns_in(facts, ThreadState::mem_wait), say_memory},
             {ns_in(facts, ThreadState::uninterruptible), say_uninterruptible}}};
}

double sum_of(const Candidates& candidates) {
    double sum = 0;
    for (const Candidate& candidate : candidates) {
        sum += candidate.ns;
    }
    return sum;
}

}  // namespace

std::string_view key_of(DelayCause cause) {
    return kKeys[static_cast<std::size_t>(cause)];
}

double delay_ns(const VerdictFacts& facts) {
    return sum_of(candidates_of(facts));
}

bool judge(const VerdictFacts& facts, DelayVerdict& verdict, const VerdictSymbols& symbols) {
    verdict.text.clear();
    verdict.culprit.reset();
    double all_ns = 0;
    for (const double ns : facts.ns) {
        all_ns += ns;
    }
    if (facts.thread == nullptr || all_ns <= 0) {
        return false;
    }
    const Candidates candidates = candidates_of(facts);
    const double delay_ns = sum_of(candidates);
    const auto most = std::ranges::max_element(candidates, {}, &Candidate::ns);
    Sentence words(verdict, symbols);
    if (delay_ns >= kLeastDelay * all_ns) {
        verdict.share = most->ns / delay_ns;
        if (verdict.share < kDominant) {
            return false;
        }
        words.say_percent(verdict.share);
        words.say(" of its delay is ");
        verdict.cause = most->say(facts, words);
        return true;
    }
    verdict.share = ns_in(facts, ThreadState::exec) / all_ns;
    if (verdict.share >= kMostlyExecuting) {
        say_executing(facts, words, verdict);
        return true;
    }
    verdict.share = ns_in(facts, ThreadState::sync) / all_ns;
    return verdict.share >= kDominant && say_woken(facts, words, verdict);
}

}  // namespace tsa
