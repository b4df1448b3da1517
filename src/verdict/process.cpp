// SPDX-License-Identifier: MIT
// See verdict.h: the verdict on a process, from those on its threads.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/columns.h"
#include "text/sanitize.h"
#include "verdict/verdict.h"

namespace tsa {

namespace {

/// Threads whose verdict has one cause.
struct Group {
    double delay_ns = 0;
    std::size_t threads = 0;
    const JudgedThread* worst = nullptr;
};

bool is_worse(const JudgedThread& thread, const Group& group) {
    return group.worst == nullptr || thread.delay_ns > group.worst->delay_ns ||
           (thread.delay_ns == group.worst->delay_ns && thread.verdict->share > group.worst->verdict->share);
}

using Groups = std::array<Group, kDelayCauses>;

Groups groups_of(std::span<const JudgedThread> threads) {
    Groups groups;
    for (const JudgedThread& thread : threads) {
        if (thread.verdict) {
            Group& group = groups[static_cast<std::size_t>(thread.verdict->cause)];
            group.worst = is_worse(thread, group) ? &thread : group.worst;
            group.delay_ns += thread.delay_ns;
            group.threads += 1;
        }
    }
    return groups;
}

std::string words_of(const Group& group, std::size_t threads) {
    const Thread& worst = *group.worst->thread;
    const std::string name = fmt::format("{} {}", worst.tid, printable(comm_of(worst)));
    const std::string& said = group.worst->verdict->text;
    return group.threads == 1 ? fmt::format("{}: {}", name, said)
                              : fmt::format("{} of {} threads, most of all {}: {}", group.threads, threads, name, said);
}

}  // namespace

bool judge_process(std::span<const JudgedThread> threads, DelayVerdict& verdict) {
    double delay_ns = 0;
    for (const JudgedThread& thread : threads) {
        delay_ns += thread.delay_ns;
    }
    const Groups groups = groups_of(threads);
    const Group* most = std::ranges::max_element(groups, {}, &Group::delay_ns);
    if (most->worst == nullptr || most->delay_ns < kDominant * delay_ns || most->delay_ns <= 0) {
        most = &groups[static_cast<std::size_t>(DelayCause::executing)];
        const bool only_executes = most->worst != nullptr && std::ranges::all_of(groups, [most](const Group& group) {
                                       return group.worst == nullptr || &group == most;
                                   });
        if (!only_executes) {
            return false;
        }
    }
    verdict = *most->worst->verdict;
    verdict.text = words_of(*most, threads.size());
    return true;
}

}  // namespace tsa
