// SPDX-License-Identifier: MIT
// The cost of the second source: requests to the kernel's delay accounting for a thousand threads, by the client alone
// and with both ends of an interval kept.
#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "app/host/delays.h"
#include "child.h"
#include "measure.h"
#include "model/report.h"
#include "model/sample.h"
#include "parts.h"
#include "program.h"
#include "sched/probe.h"
#include "taskstats/client.h"

namespace tsa::bench {

namespace {

constexpr const char* kTaskstats = "taskstats";
constexpr std::size_t kThreads = 1000;
constexpr int kRounds = 30;

// All user-space threads, as listed in a report: most belong to the crowd.
class Listed {
  public:
    Result<void> fill() {
        const auto probe = Probe::start({});
        if (!probe.ok()) {
            return probe.error().in("start the probes");
        }
        probe.value()->read(sample_);
        ReportOptions options;
        options.kernel_threads = false;
        ReportBuilder().build(sample_, sample_, options, report_);
        return {};
    }
    [[nodiscard]] const Report& report() const { return report_; }
    [[nodiscard]] std::vector<std::uint32_t> tids() const {
        std::vector<std::uint32_t> tids;
        for (const ThreadRow& row : report_.threads) {
            tids.push_back(row.now->tid);
        }
        return tids;
    }

  private:
    Sample sample_;
    Report report_;
};

// `fetch` returns the number of threads with an answer.
void add_time(Table& table, const std::string& what, std::size_t asked, const std::function<std::size_t()>& fetch) {
    static_cast<void>(fetch());  // fills the buffers
    std::vector<double> ns;
    std::size_t found = 0;
    for (int round = 0; round < kRounds; round++) {
        const std::uint64_t begin_ns = monotonic_ns();
        found = fetch();
        ns.push_back(static_cast<double>(monotonic_ns() - begin_ns) / static_cast<double>(asked));
    }
    if (found < asked * 9 / 10) {
        table.skip(kTaskstats, what, fmt::format("{} of {} threads were answered", found, asked));
        return;
    }
    table.add({kTaskstats, what, spread(ns).median, "ns", std::nullopt,
               fmt::format("{}; {} of {} threads found", spread_text(spread(ns), 0), found, asked)});
}

Result<void> measure_taskstats(Table& table) {
    const auto crowd = Crowd::start(kThreads);
    if (!crowd.ok()) {
        return crowd.error();
    }
    Listed listed;
    if (auto filled = listed.fill(); !filled.ok()) {
        return filled;
    }
    const std::vector<std::uint32_t> tids = listed.tids();
    auto client = taskstats::Client::open();
    if (!client.ok()) {
        return client.error();
    }
    std::vector<taskstats::Fetched> replies;
    add_time(
        table,
        fmt::format("taskstats per thread, {} threads in batches of {}", kThreads, taskstats::Client::kDefaultBatch),
        tids.size(), [&] {
            const auto fetched = client.value().fetch(tids, replies);
            return fetched.ok() ? static_cast<std::size_t>(std::ranges::count(
                                      replies, taskstats::Fetched::Outcome::found, &taskstats::Fetched::outcome))
                                : 0;
        });
    DelayFeed feed;
    add_time(table, "the same, kept as both ends of an interval", tids.size(),
             [&] { return feed.fetch(listed.report()).all().size(); });
    return {};
}

}  // namespace

void part_taskstats(Table& table) {
    skip_on_error(table, kTaskstats, "taskstats per thread", measure_taskstats(table));
}

}  // namespace tsa::bench
