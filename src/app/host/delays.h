// SPDX-License-Identifier: MIT
// Queries the kernel's delay accounting for the displayed threads, and keeps the previous replies: both ends of each
// interval. Called by the loops once per report, after the sample was taken. Missing data is explained in text and is
// never an error: the probes' numbers are valid without it.
#pragma once

#include <ctime>

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/delays.h"
#include "model/report.h"
#include "taskstats/accounting.h"
#include "taskstats/client.h"

namespace tsa {

/// Access to the system; replaced in tests.
struct DelayAccess {
    /// As taskstats::Client::fetch.
    using Fetch =
        std::function<Result<void>(std::span<const std::uint32_t> tids, std::vector<taskstats::Fetched>& out)>;
    /// Opens the socket.
    std::function<Result<Fetch>()> open;
    /// As taskstats::read_accounting_facts.
    std::function<taskstats::AccountingFacts()> facts;
    /// ns of CLOCK_MONOTONIC or CLOCK_BOOTTIME.
    std::function<std::uint64_t(clockid_t)> clock;
    /// Whether there are CPUs without ticks (nohz_full).
    std::function<bool()> has_tickless_cpus;
};

/// The kernel's.
[[nodiscard]] DelayAccess kernel_delays();

class DelayFeed {
  public:
    /// Opens the socket at the first fetch().
    explicit DelayFeed(DelayAccess access = kernel_delays()) : access_(std::move(access)) {}

    /// Replies for these threads of the report, with their replies from the previous fetch. For a thread that has taken
    /// over its leader's TID by exec since, the previous reply is the one under its own TID. Threads that have ended
    /// are not included. Valid until the next call; about 2.2 µs per thread.
    const DelayTable& fetch(std::span<const ThreadKey> threads, const Report& report);
    /// The same for all rows of a report.
    const DelayTable& fetch(const Report& report);
    /// The result of the last fetch().
    [[nodiscard]] const DelayTable& table() const { return table_; }
    /// Delay accounting was switched: check it at the next fetch.
    void accounting_changed() { facts_due_ns_ = 0; }

  private:
    /// By exec in a thread that was not the leader; few at a time.
    struct Renamed {
        ThreadKey before, now;
    };

    void open();
    void find_renamed(const Report& report);
    [[nodiscard]] const ThreadKey& key_before(const ThreadKey& key) const;
    void take(std::span<const ThreadKey> asked);

    DelayAccess access_;
    bool tried_ = false;
    DelayAccess::Fetch query_;  // empty: no socket
    taskstats::AccountingWatch watch_;
    DelayTable table_;
    std::vector<ThreadDelays> next_;
    std::vector<ThreadKey> keys_;
    std::vector<Renamed> renamed_;
    std::vector<std::uint32_t> tids_;
    std::vector<taskstats::Fetched> replies_;
    std::uint64_t last_fetch_boot_ns_ = 0;  // CLOCK_BOOTTIME; 0: none yet
    std::uint64_t facts_due_ns_ = 0;        // CLOCK_BOOTTIME
};

}  // namespace tsa
