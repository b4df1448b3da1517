// SPDX-License-Identifier: MIT
// See lines.h.
#include "tui/wakers/lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "text/waker_text.h"
#include "tui/text.h"

namespace tsa {

namespace {

constexpr std::size_t kNamedWakers = 3;
/// Of a smaller share nothing is said in the line.
constexpr double kLeastShare = 0.01;

}  // namespace

std::string woken_in_line(const Scene& scene, const WatchedThread& watched) {
    if (scene.report.wakers == nullptr || watched.ended || watched.missing) {
        return "";
    }
    std::string words;
    const WokenTable* table = scene.report.wakers->woken(watched.key);
    const auto all_ns = table != nullptr ? static_cast<double>(table->total_ns()) : 0.0;
    for (std::size_t at = 0; all_ns > 0 && at < std::min(table->wakers.size(), kNamedWakers); ++at) {
        const WokenBy& waker = table->wakers[at];
        const double share = static_cast<double>(waker.total_ns) / all_ns;
        if (share >= kLeastShare || at == 0) {
            words +=
                fmt::format("{}{} {} %", words.empty() ? "" : ", ", waker_text(waker.who), format_share(100 * share));
        }
    }
    const std::vector<Waker> chain = waker_chain(scene.report, watched.key);
    if (!chain.empty()) {
        words += fmt::format("{}last {}", words.empty() ? "" : "   ",
                             waker_chain_text(chain, glyphs(scene.unicode).waits.owner));
    }
    return words.empty() ? "" : "WOKEN BY  " + words;
}

}  // namespace tsa
