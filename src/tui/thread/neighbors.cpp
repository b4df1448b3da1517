// SPDX-License-Identifier: MIT
// Whose CPU time a thread or process waited for, as a line.
#include <fmt/format.h>

#include <algorithm>

#include "model/neighbors.h"
#include "text/neighbor_text.h"
#include "text/sanitize.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {

namespace {

constexpr std::size_t kNamed = 4;
/// Of a smaller share nothing is said in the line.
constexpr double kLeastShare = 0.01;
constexpr std::string_view kNoOne = "none: its own quota";

/// Who took which share of a time, as a line.
class Shares {
  public:
    explicit Shares(std::uint64_t all_ns) : all_ns_(static_cast<double>(all_ns)) {}

    void add(std::uint64_t ns, std::string_view who) {
        if (static_cast<double>(ns) >= kLeastShare * all_ns_ && ns != 0) {
            words_ += fmt::format("{}{} {} %", words_.empty() ? "CPU TAKEN BY  " : ", ", who,
                                  format_share(100.0 * static_cast<double>(ns) / all_ns_));
        }
    }
    /// Empty: no one took any.
    [[nodiscard]] const std::string& words() const { return words_; }

  private:
    double all_ns_;
    std::string words_;
};

}  // namespace

std::string taken_words(const CpuWaitBy& waits, std::uint32_t own_tgid) {
    Shares shares(waits.total_ns() + waits.own_quota_ns);
    const std::vector<Neighbor> processes = by_process(waits);
    for (std::size_t at = 0; at < std::min(processes.size(), kNamed); ++at) {
        shares.add(processes[at].total_ns, neighbor_text(processes[at], own_tgid));
    }
    shares.add(waits.own_quota_ns, kNoOne);
    return shares.words();
}

std::string taken_words(const CgroupWaitBy& waits) {
    std::uint64_t all_ns = 0;
    for (const CpuCharge& charge : waits.charges) {
        all_ns += charge.ns;
    }
    Shares shares(all_ns);
    for (std::size_t at = 0; at < std::min(waits.charges.size(), kNamed); ++at) {
        const CpuCharge& charge = waits.charges[at];
        shares.add(charge.ns, charge.culprit == waits.cgroup ? "its own cgroup"
                              : charge.culprit == kOwnQuota  ? std::string(kNoOne)
                                                             : printable(charge.culprit));
    }
    const std::string words = shares.words();
    return words.empty() ? "" : words + fmt::format(" (of all waits in {})", printable(waits.cgroup));
}

std::string taken_in_line(const Scene& scene, const WatchedThread& watched) {
    const NeighborTable* neighbors = scene.report.neighbors;
    if (neighbors == nullptr || watched.ended || watched.missing) {
        return "";
    }
    if (const CpuWaitBy* waits = neighbors->of(watched.key); waits != nullptr) {
        return taken_words(*waits, watched.last.tgid);
    }
    const CgroupWaitBy* waits = neighbors->of_cgroup(watched.last.cgroup_id);
    return waits != nullptr ? taken_words(*waits) : "";
}

}  // namespace tsa
