// SPDX-License-Identifier: MIT
// A kernel whose delay accounting is made of literals, for tests of what queries it.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/host/delays.h"

namespace tsa::testing {

struct LiteralDelays {
    std::map<std::uint32_t, TaskStats> threads;  ///< by TID; there are no others
    std::string no_socket;                       ///< not empty: why the socket cannot be opened
    std::string broken;                          ///< not empty: why queries fail from now on
    bool tickless = false;
    taskstats::AccountingFacts facts;
    std::uint64_t boot_ns = 500'000'000'000, monotonic_ns = 400'000'000'000;
    std::uint64_t ns_per_query = 0;  ///< how long the kernel takes for each batch

    std::vector<std::vector<std::uint32_t>> queries;
    int opened = 0;
    int facts_read = 0;

    LiteralDelays() {
        facts.sysctl = true;
        facts.release = 6018;
    }
    LiteralDelays(const LiteralDelays&) = delete;
    LiteralDelays& operator=(const LiteralDelays&) = delete;

    /// A thread that has run and waited for I/O.
    void set(std::uint32_t tid, std::uint64_t run_ns, std::uint64_t io_ns, std::uint64_t elapsed_ns) {
        TaskStats& stats = threads[tid];
        stats = {};
        stats.version = 16;
        stats.cpu_run_virtual_ns = run_ns;
        stats.elapsed_ns = elapsed_ns;
        stats.delays[index(DelayKind::cpu)] = Delay{1, 0, {}, {}, {}};
        stats.delays[index(DelayKind::blkio)] = Delay{io_ns != 0 ? 1U : 0U, io_ns, {}, {}, {}};
        stats.delays[index(DelayKind::swapin)] = Delay{};
    }
    void pass(std::uint64_t ns) {
        boot_ns += ns;
        monotonic_ns += ns;
    }

    /// Refers to this object.
    DelayAccess access() {
        DelayAccess out;
        out.open = [this]() -> Result<DelayAccess::Fetch> {
            ++opened;
            if (!no_socket.empty()) {
                return Error{no_socket, "", 0};
            }
            return DelayAccess::Fetch(
                [this](std::span<const std::uint32_t> tids, std::vector<taskstats::Fetched>& replies) {
                    return query(tids, replies);
                });
        };
        out.facts = [this] {
            ++facts_read;
            return facts;
        };
        out.clock = [this](clockid_t clock) { return clock == CLOCK_BOOTTIME ? boot_ns : monotonic_ns; };
        out.has_tickless_cpus = [this] { return tickless; };
        return out;
    }

  private:
    Result<void> query(std::span<const std::uint32_t> tids, std::vector<taskstats::Fetched>& replies) {
        queries.emplace_back(tids.begin(), tids.end());
        if (!broken.empty()) {
            return Error{broken, "", 0};
        }
        pass(ns_per_query);
        replies.assign(tids.size(), {});
        for (std::size_t at = 0; at < tids.size(); ++at) {
            const auto found = threads.find(tids[at]);
            replies[at].id = tids[at];
            replies[at].outcome = taskstats::Fetched::Outcome::vanished;
            if (found != threads.end()) {
                replies[at].outcome = taskstats::Fetched::Outcome::found;
                replies[at].stats = found->second;
            }
        }
        return {};
    }
};

}  // namespace tsa::testing
