// SPDX-License-Identifier: MIT
// See delays.h.
#include "app/host/delays.h"

#include <algorithm>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/text_file.h"
#include "base/time_units.h"

namespace tsa {

namespace {

/// The files that show whether accounting is on: read rarely, since it is rarely switched.
constexpr std::uint64_t kFactsEveryNs = 500'000'000;

/// The TID was reused between the sample and the reply: the new thread is much younger.
bool is_other_thread(const TaskStats& stats, const ThreadKey& key, std::uint64_t monotonic_ns) {
    constexpr std::uint64_t kSlackNs = kNsPerSecond;
    return stats.elapsed_ns && monotonic_ns > key.start_time_ns &&
           *stats.elapsed_ns + kSlackNs < monotonic_ns - key.start_time_ns;
}

}  // namespace

DelayAccess kernel_delays() {
    DelayAccess out;
    out.open = []() -> Result<DelayAccess::Fetch> {
        // std::function needs a callable that can be copied.
        const auto client = std::make_shared<taskstats::Client>(TRY(taskstats::Client::open()));
        return DelayAccess::Fetch(
            [client](std::span<const std::uint32_t> tids, std::vector<taskstats::Fetched>& replies) {
                return client->fetch(tids, replies);
            });
    };
    out.facts = [] { return taskstats::read_accounting_facts(); };
    out.clock = [](clockid_t clock) { return clock_ns(clock); };
    out.has_tickless_cpus = [] {
        // "(null)" or an empty line: there are none.
        const std::string list = read_text_file("/sys/devices/system/cpu/nohz_full").value_or("");
        return !list.empty() && list.front() >= '0' && list.front() <= '9';
    };
    return out;
}

void DelayFeed::open() {
    tried_ = true;
    if (access_.has_tickless_cpus()) {
        table_.run_time_age_ns = kNsPerSecond;  // such a CPU updates run times once a second
    }
    auto query = access_.open();
    if (query.ok()) {
        query_ = std::move(query).value();
    } else {
        table_.unavailable = query.error().text();
    }
}

const DelayTable& DelayFeed::fetch(const Report& report) {
    keys_.clear();
    for (const ThreadRow& row : report.threads) {
        keys_.push_back(key_of(*row.now));
    }
    return fetch(keys_, report);
}

void DelayFeed::find_renamed(const Report& report) {
    renamed_.clear();
    for (const ThreadRow& row : report.threads) {
        if (row.before != nullptr && row.before->tid != row.now->tid) {
            renamed_.push_back({key_of(*row.before), key_of(*row.now)});
        }
    }
}

const ThreadKey& DelayFeed::key_before(const ThreadKey& key) const {
    const auto found = std::ranges::find(renamed_, key, &Renamed::now);
    return found != renamed_.end() ? found->before : key;
}

const DelayTable& DelayFeed::fetch(std::span<const ThreadKey> threads, const Report& report) {
    if (!tried_) {
        open();
    }
    find_renamed(report);
    if (const std::uint64_t now_ns = access_.clock(CLOCK_BOOTTIME); now_ns >= facts_due_ns_) {
        watch_.update(access_.facts(), now_ns);
        facts_due_ns_ = now_ns + kFactsEveryNs;
    }
    next_.clear();
    // In batches, so that each reply has its own time: they take some 2 µs each.
    for (std::size_t at = 0; query_ && at < threads.size(); at += taskstats::Client::kDefaultBatch) {
        const auto batch = threads.subspan(at, std::min(threads.size() - at, taskstats::Client::kDefaultBatch));
        tids_.clear();
        for (const ThreadKey& key : batch) {
            tids_.push_back(key.tid);
        }
        if (const auto fetched = query_(tids_, replies_); !fetched.ok()) {
            table_.unavailable = fetched.error().text();
            query_ = nullptr;
            break;
        }
        take(batch);
    }
    last_fetch_boot_ns_ = access_.clock(CLOCK_BOOTTIME);
    table_.assign(next_);
    table_.accounting = watch_.state();
    return table_;
}

void DelayFeed::take(std::span<const ThreadKey> asked) {
    const std::uint64_t now_ns = access_.clock(CLOCK_MONOTONIC);
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const taskstats::Fetched& reply = replies_[i];
        if (reply.outcome != taskstats::Fetched::Outcome::found || is_other_thread(reply.stats, asked[i], now_ns)) {
            continue;
        }
        ThreadDelays& entry = next_.emplace_back();
        entry.key = asked[i];
        entry.now = reply.stats;
        entry.now_at_ns = now_ns;
        if (const ThreadDelays* earlier = table_.find(key_before(asked[i]))) {
            entry.has_before = true;
            entry.before = earlier->now;
            entry.before_at_ns = earlier->now_at_ns;
        } else if (last_fetch_boot_ns_ != 0 && asked[i].start_time_ns >= last_fetch_boot_ns_) {
            entry.has_before = true;  // born since: all of its totals belong to this interval
        }
        if (proves_accounting(reply.stats)) {
            watch_.saw_accounted_thread(asked[i].start_time_ns);
        }
    }
}

}  // namespace tsa
