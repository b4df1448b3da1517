// SPDX-License-Identifier: MIT
// A storm of short-lived threads: how many of their ends are listed one by one, how many only counted, and how many
// final records are dropped, by the time between two readings.
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "measure.h"
#include "model/sample.h"
#include "parts.h"
#include "sched/probe.h"

namespace tsa::bench {

namespace {

constexpr std::string_view kStorm = "storm";
constexpr std::uint64_t kStormNs = 4'000'000'000;

/// Two threads that start and join others as fast as they can.
class Storm {
  public:
    Storm() {
        for (std::thread& creator : creators_) {
            creator = std::thread([this] {
                while (!stop_.load(std::memory_order_relaxed)) {
                    std::thread([] {}).join();
                    ended_.fetch_add(1, std::memory_order_relaxed);
                }
            });
        }
    }
    Storm(const Storm&) = delete;
    Storm& operator=(const Storm&) = delete;
    ~Storm() { end(); }

    /// Returns how many threads it started, and have ended.
    std::uint64_t end() {
        stop_ = true;
        for (std::thread& creator : creators_) {
            if (creator.joinable()) {
                creator.join();
            }
        }
        return ended_;
    }

  private:
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> ended_{0};
    std::array<std::thread, 2> creators_;
};

struct Ends {
    std::uint64_t ended = 0;
    std::uint64_t listed = 0;
    std::uint64_t folded = 0;  ///< counted, but not listed
    std::uint64_t lost = 0;    ///< final records dropped: in the sums only
};

/// Reads every `interval_ns`; takes final records in between when the kernel asks for it, as the program does, or not.
Result<Ends> ride(std::uint64_t interval_ns, bool drains) {
    const auto probe = TRY(Probe::start({}));
    Sample sample;
    probe->read(sample);
    const std::uint64_t folded_before = sample.health.exits_folded;
    const std::uint64_t lost_before = sample.health.exit_records_lost;
    const auto own = static_cast<std::uint32_t>(::getpid());
    Ends ends;
    const auto read = [&] {
        probe->read(sample);
        for (const ExitedThread& exited : sample.exited) {
            ends.listed += exited.thread.tgid == own ? 1 : 0;
        }
    };
    Storm storm;
    const std::uint64_t begin_ns = monotonic_ns();
    for (std::uint64_t next_ns = begin_ns + interval_ns; next_ns <= begin_ns + kStormNs; next_ns += interval_ns) {
        for (std::uint64_t now_ns = monotonic_ns(); now_ns < next_ns; now_ns = monotonic_ns()) {
            pollfd exits{drains ? probe->exit_fd() : -1, POLLIN, 0};
            if (::poll(&exits, 1, static_cast<int>((next_ns - now_ns) / 1'000'000 + 1)) > 0) {
                probe->drain_exits();
            }
        }
        read();
    }
    ends.ended = storm.end();
    sleep_ms(100);  // the last ones are freed
    read();
    read();
    ends.folded = sample.health.exits_folded - folded_before;
    ends.lost = sample.health.exit_records_lost - lost_before;
    return ends;
}

void add_rows(Table& table, const Ends& ends, std::uint64_t interval_ms, bool drains) {
    const double seconds = static_cast<double>(kStormNs) / 1e9;
    const auto known = static_cast<double>(ends.listed + ends.folded + ends.lost);
    table.add({std::string(kStorm),
               fmt::format("ends of threads listed, read every {} ms{}", interval_ms,
                           drains ? "" : ", final records taken only then"),
               100.0 * static_cast<double>(ends.listed) / static_cast<double>(ends.ended), "%", std::nullopt,
               fmt::format("{} ends, {:.0f} a second: {} listed, {} only counted, {} records dropped; {:.3f} % known",
                           ends.ended, static_cast<double>(ends.ended) / seconds, ends.listed, ends.folded, ends.lost,
                           100.0 * known / static_cast<double>(ends.ended))});
}

}  // namespace

void part_storm(Table& table) {
    for (const auto& [interval_ms, drains] :
         {std::pair(100U, true), std::pair(500U, true), std::pair(2000U, true), std::pair(100U, false),
          std::pair(500U, false), std::pair(2000U, false)}) {
        const auto ends = ride(interval_ms * 1'000'000ULL, drains);
        if (!ends.ok()) {
            table.skip(std::string(kStorm), "ends of threads listed", ends.error().text());
            return;
        }
        add_rows(table, ends.value(), interval_ms, drains);
    }
}

}  // namespace tsa::bench
