// See delays.h.
#include "app/host/delays.h"

#include <algorithm>

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

void DelayFeed::open() {
    tried_ = true;
    // A CPU without ticks updates run times once a second. "(null)" or an empty line: there are none.
    const std::string tickless = read_text_file("/sys/devices/system/cpu/nohz_full").value_or("");
    if (!tickless.empty() && tickless.front() >= '0' && tickless.front() <= '9') {
        table_.run_time_age_ns = kNsPerSecond;
    }
    auto client = taskstats::Client::open();
    if (client.ok()) {
        client_.emplace(std::move(client).value());
    } else {
        table_.unavailable = client.error().text();
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
    if (const std::uint64_t now_ns = clock_ns(CLOCK_BOOTTIME); now_ns >= facts_due_ns_) {
        watch_.update(taskstats::read_accounting_facts(), now_ns);
        facts_due_ns_ = now_ns + kFactsEveryNs;
    }
    next_.clear();
    // In batches, so that each reply has its own time: they take some 2 µs each.
    for (std::size_t at = 0; client_ && at < threads.size(); at += taskstats::Client::kDefaultBatch) {
        const auto batch = threads.subspan(at, std::min(threads.size() - at, taskstats::Client::kDefaultBatch));
        tids_.clear();
        for (const ThreadKey& key : batch) {
            tids_.push_back(key.tid);
        }
        if (const auto fetched = client_->fetch(tids_, replies_); !fetched.ok()) {
            table_.unavailable = fetched.error().text();
            client_.reset();
            break;
        }
        take(batch);
    }
    last_fetch_boot_ns_ = clock_ns(CLOCK_BOOTTIME);
    table_.assign(next_);
    table_.accounting = watch_.state();
    return table_;
}

void DelayFeed::take(std::span<const ThreadKey> asked) {
    const std::uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
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
