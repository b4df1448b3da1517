// SPDX-License-Identifier: MIT
// Whose CPU time a thread or process waited for, as a line.
#include <fmt/format.h>

#include <algorithm>

#include "model/neighbors.h"
#include "text/neighbor_text.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {

namespace {

constexpr std::size_t kNamed = 4;
/// Of a smaller share nothing is said in the line.
constexpr double kLeastShare = 0.01;

}  // namespace

std::string taken_words(const CpuWaitBy& waits, std::uint32_t own_tgid) {
    const auto all_ns = static_cast<double>(waits.total_ns() + waits.own_quota_ns);
    std::string words;
    const auto add = [&](std::uint64_t ns, std::string_view what) {
        if (static_cast<double>(ns) >= kLeastShare * all_ns && ns != 0) {
            words += fmt::format("{}{} {} %", words.empty() ? "" : ", ", what,
                                 format_share(100.0 * static_cast<double>(ns) / all_ns));
        }
    };
    const std::vector<Neighbor> processes = by_process(waits);
    for (std::size_t at = 0; at < std::min(processes.size(), kNamed); ++at) {
        add(processes[at].total_ns, neighbor_text(processes[at], own_tgid));
    }
    add(waits.own_quota_ns, "none: its own quota");
    return words.empty() ? "" : "CPU TAKEN BY  " + words;
}

std::string taken_in_line(const Scene& scene, const WatchedThread& watched) {
    const CpuWaitBy* waits = scene.report.neighbors != nullptr ? scene.report.neighbors->of(watched.key) : nullptr;
    const bool is_known = waits != nullptr && !watched.ended && !watched.missing;
    return is_known ? taken_words(*waits, watched.last.tgid) : "";
}

}  // namespace tsa
