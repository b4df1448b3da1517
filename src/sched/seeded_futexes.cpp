// SPDX-License-Identifier: MIT
// See seeded_futexes.h.
#include "sched/seeded_futexes.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sched/decode.h"
#include "tsa_futex_verdict.h"

namespace {

std::uint64_t tid_key(std::uint32_t pid_namespace, std::uint32_t tid) {
    return std::uint64_t{pid_namespace} << 32U | tid;
}

/// What tsa_relation_of looks a number up in. Set while waits are judged, by the only thread that judges.
thread_local const std::unordered_map<std::uint64_t, std::uint32_t>* processes = nullptr;

}  // namespace

static int tsa_relation_of(const tsa_futex_wait* wait, TSA_U32 tid) {
    const auto found = processes->find(tid_key(wait->pid_namespace, tid));
    if (found == processes->end()) {
        return TSA_NO_THREAD;
    }
    return found->second == wait->tgid ? TSA_SAME_PROCESS : TSA_OTHER_PROCESS;
}

namespace tsa {

namespace {

// Each wait takes two queries: the words from TSA_FUTEX_BEFORE in front of the futex on, which may be on a page that
// does not exist, and those from the futex on.
constexpr std::size_t kQueriesPerWait = 2;
constexpr std::size_t kBytesBefore = TSA_FUTEX_BEFORE * sizeof(std::uint32_t);
static_assert(TSA_FUTEX_WORDS - TSA_FUTEX_BEFORE <= TSA_LOCK_WORDS && TSA_FUTEX_BEFORE <= TSA_LOCK_WORDS);

struct Candidate {
    std::uint32_t index = 0;
    tsa_slot slot{};
};

bool is_undecided(const tsa_slot& slot) {
    const bool lock_or_sync = slot.state == TSA_LOCK_WAIT || slot.state == TSA_SYNC;
    return slot.life != 0 && lock_or_sync && (slot.flags & TSA_F_SEEDED_WAIT) != 0 &&
           (slot.flags & (TSA_F_KERNEL_LOCK | TSA_F_GONE)) == 0 && slot.wait_kind != TSA_KIND_CONDITION;
}

std::vector<Candidate> candidates_of(std::span<const tsa_slot> slots, const SeededFutexAccess& access) {
    std::vector<Candidate> found;
    for (std::uint32_t index = 0; index < slots.size() && found.size() < kMostSeededFutexes; ++index) {
        Candidate candidate{index, {}};
        std::uint64_t version = 0;
        if (is_undecided(slots[index]) && copy_consistent(slots[index], candidate.slot, version) &&
            is_undecided(candidate.slot) &&
            access.is_futex(candidate.slot.wait_syscall, (candidate.slot.flags & TSA_F_COMPAT) != 0)) {
            found.push_back(candidate);
        }
    }
    return found;
}

/// A wait with the words that were read; nothing if none were.
std::optional<tsa_futex_wait> with_words(const tsa_slot& slot, const tsa_lock_query& before,
                                         const tsa_lock_query& from) {
    if (from.at_ns == 0 || from.error != 0) {
        return std::nullopt;
    }
    tsa_futex_wait wait{};
    wait.address = slot.wait_arg[0];
    wait.operation = static_cast<std::uint32_t>(slot.wait_arg[1]);
    wait.value = static_cast<std::uint32_t>(slot.wait_arg[2]);
    wait.compat = (slot.flags & TSA_F_COMPAT) != 0 ? 1 : 0;
    wait.tgid = slot.tgid;
    wait.tid = slot.ns_tid;
    wait.pid_namespace = slot.pid_namespace;
    wait.has_words = 1;
    std::copy(from.words, from.words + (TSA_FUTEX_WORDS - TSA_FUTEX_BEFORE), wait.words + TSA_FUTEX_BEFORE);
    if (before.at_ns != 0 && before.error == 0) {
        std::copy(before.words, before.words + TSA_FUTEX_BEFORE, wait.words);
    }
    return wait;
}

/// Whether there is a timeout is not known: a lock that has one is one.
tsa_futex_verdict judge(tsa_futex_wait wait) {
    tsa_futex_verdict verdict{};
    wait.timed = tsa_futex_command(wait.operation) == TSA_FUTEX_WAIT_BITSET ? 1 : 0;
    tsa_futex_judge(&wait, &verdict);
    if (wait.timed != 0 && verdict.state != TSA_LOCK_WAIT) {
        wait.timed = 0;
        tsa_futex_judge(&wait, &verdict);
    }
    return verdict;
}

void settle(tsa_slot& live, const tsa_slot& seen, const tsa_futex_verdict& verdict) {
    const bool same = verdict.state == seen.state && verdict.kind == seen.wait_kind && verdict.peer == seen.wait_peer;
    const bool was_doubtful = (seen.flags & TSA_F_DOUBTFUL) != 0;
    if (verdict.doubtful != 0 || (same && !was_doubtful) || live.life != seen.life) {
        return;
    }
    live.seeded_kind = verdict.kind;
    live.seeded_peer = verdict.peer;
    __atomic_store_n(&live.seeded_state, static_cast<std::uint8_t>(verdict.state + 1), __ATOMIC_RELEASE);
}

}  // namespace

void judge_seeded_futexes(std::span<tsa_slot> slots, const SeededFutexAccess& access) {
    const std::vector<Candidate> candidates = candidates_of(slots, access);
    if (candidates.empty()) {
        return;
    }
    std::unordered_map<std::uint64_t, std::uint32_t> process_of;
    for (const tsa_slot& slot : slots) {
        if (slot.life != 0) {
            process_of.emplace(tid_key(slot.pid_namespace, slot.ns_tid), slot.tgid);
        }
    }
    processes = &process_of;
    const std::uint64_t end_ns = access.clock() + static_cast<std::uint64_t>(kSeededFutexTime.count());
    constexpr std::size_t kWaitsPerCall = TSA_MAX_LOCKS / kQueriesPerWait;
    for (std::size_t begin = 0; begin < candidates.size(); begin += kWaitsPerCall) {
        const std::uint64_t now_ns = access.clock();
        if (now_ns >= end_ns) {
            break;
        }
        const auto part = std::span(candidates).subspan(begin, std::min(kWaitsPerCall, candidates.size() - begin));
        std::vector<tsa_lock_query> queries;
        for (const Candidate& candidate : part) {
            tsa_lock_query query{};
            query.kind = TSA_LOCK_USER;
            query.tid = candidate.slot.tid;
            query.tgid = candidate.slot.tgid;
            query.address = candidate.slot.wait_arg[0] - kBytesBefore;
            queries.push_back(query);
            query.address += kBytesBefore;
            queries.push_back(query);
        }
        access.read(queries, std::chrono::nanoseconds(end_ns - now_ns));
        for (std::size_t at = 0; at < part.size(); ++at) {
            const auto wait = with_words(part[at].slot, queries[2 * at], queries[2 * at + 1]);
            if (wait) {
                settle(slots[part[at].index], part[at].slot, judge(*wait));
            }
        }
    }
    processes = nullptr;
}

}  // namespace tsa
