// SPDX-License-Identifier: MIT
// See verdicts.h.
#include "tui/verdicts.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "model/wait_labels.h"

namespace tsa {

namespace {

constexpr std::uint64_t kJudgedNs = 10'000'000'000;

VerdictSymbols symbols_of(const Scene& scene) {
    return scene.unicode ? VerdictSymbols{} : kPlainVerdictSymbols;
}

void add_times(VerdictFacts& facts, const Report& report, const WatchedThread& watched) {
    const std::uint64_t from_ns = watched.now_ns - std::min(kJudgedNs, watched.now_ns);
    facts.ns = watched.between(from_ns, watched.now_ns + 1);
    for (const PartInfo& part : kParts) {
        facts.part_ns[part.part] = watched.part_between(part.part, from_ns, watched.now_ns + 1);
    }
    // Earlier waits may have had another label, or none.
    const WaitLabel* label = find_label(report, watched.last);
    if (label != nullptr && label->delays && !is_delay(watched.last.state)) {
        const std::uint64_t open_ns = watched.now_ns - std::min(watched.last.since_ns, watched.now_ns);
        facts.labeled_ns =
            std::min(facts.ns[index(watched.last.state)], static_cast<double>(std::min(open_ns, kJudgedNs)));
    }
}

JudgedThread judge_row_on(const Scene& scene, const ThreadRow& row, ThreadIndex& threads) {
    JudgedThread judged{row.now, static_cast<double>(sum_of_delays(row.state_ns)), std::nullopt};
    FactsScratch scratch;
    DelayVerdict verdict;
    if (!row.quiet && judge_row(scene.report, row, threads, scratch, verdict)) {
        judged.verdict = std::move(verdict);
    }
    return judged;
}

}  // namespace

JudgedThread judge_watched(const Scene& scene, const WatchedThread& watched, ThreadIndex& threads) {
    JudgedThread judged{&watched.last, 0, std::nullopt};
    if (watched.ended || watched.missing || !watched.seen) {
        return judged;
    }
    FactsScratch scratch;
    VerdictFacts facts = facts_of(scene.report, watched.last, threads, scratch);
    add_times(facts, scene.report, watched);
    if (scene.report.wakers != nullptr) {
        facts.woken = scene.report.wakers->woken(watched.key);
    }
    if (scene.report.neighbors != nullptr) {
        facts.neighbors = scene.report.neighbors->of(watched.key);
    }
    if (scene.detail != nullptr && scene.detail->key == watched.key) {
        add_detail(facts, *scene.detail, scene.report);
    }
    judged.delay_ns = delay_ns(facts);
    DelayVerdict verdict;
    if (judge(facts, verdict, symbols_of(scene))) {
        judged.verdict = std::move(verdict);
    }
    return judged;
}

std::optional<DelayVerdict> judge_process_on(const Scene& scene, std::uint32_t tgid) {
    ThreadIndex threads(scene.report);
    std::vector<JudgedThread> judged;
    for (const ThreadRow& row : scene.report.threads) {
        if (row.now->tgid == tgid) {
            const WatchedThread* watched = scene.history.find(key_of(*row.now));
            judged.push_back(watched != nullptr && watched->seen ? judge_watched(scene, *watched, threads)
                                                                 : judge_row_on(scene, row, threads));
        }
    }
    DelayVerdict verdict;
    return judge_process(judged, verdict) ? std::optional(std::move(verdict)) : std::nullopt;
}

}  // namespace tsa
