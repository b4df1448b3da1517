// SPDX-License-Identifier: MIT
// The drill-down's verdict: why the thread is slow, in a sentence below NOW. Of the last seconds, as the table of both
// sources.
#include "verdict/verdict.h"
#include <algorithm>

#include "model/wait_labels.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {

namespace {

constexpr std::uint64_t kJudgedNs = 10'000'000'000;

/// Empty: there is none.
std::string verdict_on(const Scene& scene, const WatchedThread& watched) {
    const std::uint64_t from_ns = watched.now_ns - std::min(kJudgedNs, watched.now_ns);
    ThreadIndex threads(scene.report);
    FactsScratch scratch;
    VerdictFacts facts = facts_of(scene.report, watched.last, threads, scratch);
    facts.ns = watched.between(from_ns, watched.now_ns + 1);
    for (const PartInfo& part : kParts) {
        facts.part_ns[part.part] = watched.part_between(part.part, from_ns, watched.now_ns + 1);
    }
    // Earlier waits may have had another label, or none.
    const WaitLabel* label = scene.report.labels != nullptr ? scene.report.labels->find(watched.last) : nullptr;
    if (label != nullptr && label->delays && !is_delay(watched.last.state)) {
        const std::uint64_t open_ns = watched.now_ns - std::min(watched.last.since_ns, watched.now_ns);
        facts.labeled_ns =
            std::min(facts.ns[index(watched.last.state)], static_cast<double>(std::min(open_ns, kJudgedNs)));
    }
    if (scene.report.wakers != nullptr) {
        facts.woken = scene.report.wakers->woken(watched.key);
    }
    if (scene.report.neighbors != nullptr) {
        facts.neighbors = scene.report.neighbors->of(watched.key);
    }
    if (scene.detail != nullptr) {
        add_detail(facts, *scene.detail, scene.report);
    }
    DelayVerdict verdict;
    return judge(facts, verdict, scene.unicode ? VerdictSymbols{} : kPlainVerdictSymbols) ? verdict.text : "";
}

}  // namespace

std::vector<std::string> verdict_lines(const Scene& scene, const WatchedThread& watched, int width) {
    if (watched.ended || watched.missing) {
        return {};
    }
    const std::string words = verdict_on(scene, watched);
    return words.empty() ? std::vector<std::string>{} : wrap_words(words, std::max(width - 2, 1), scene.unicode);
}

void draw_verdict(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows) {
    const std::vector<std::string> lines = verdict_lines(scene, watched, frame.width());
    for (int row = 0; row < rows && static_cast<std::size_t>(row) < lines.size(); ++row) {
        frame.put(1, y + row, lines[static_cast<std::size_t>(row)], Role::strong);
    }
}

}  // namespace tsa
