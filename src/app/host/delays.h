// Asks the kernel's delay accounting for the threads that somebody looks at, and keeps what it said last: both ends of
// each interval. Called by the loops once per report, after the sample was taken. What it cannot get is said in words,
// never an error: the probes' numbers stand without it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/delays.h"
#include "model/report.h"
#include "taskstats/accounting.h"
#include "taskstats/client.h"

namespace tsa {

class DelayFeed {
  public:
    /// Opens the socket at the first fetch().
    DelayFeed() = default;

    /// Replies for these threads of the report, with what was said of them at the fetch before: of a thread that has
    /// got its leader's TID by exec since, under its own. Those that have ended are not in it. Valid until the next
    /// call; about 2.2 µs per thread.
    const DelayTable& fetch(std::span<const ThreadKey> threads, const Report& report);
    /// The same for all rows of a report.
    const DelayTable& fetch(const Report& report);
    /// What the last fetch() gave.
    [[nodiscard]] const DelayTable& table() const { return table_; }
    /// Delay accounting was switched: look at once.
    void accounting_changed() { facts_due_ns_ = 0; }

  private:
    /// By exec of a thread that was not the leader; few at a time.
    struct Renamed {
        ThreadKey before, now;
    };

    void open();
    void find_renamed(const Report& report);
    [[nodiscard]] const ThreadKey& key_before(const ThreadKey& key) const;
    void take(std::span<const ThreadKey> asked);

    bool tried_ = false;
    std::optional<taskstats::Client> client_;
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
