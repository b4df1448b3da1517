// SPDX-License-Identifier: MIT
// See delay_observer.h.
#include "delay_observer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <stdexcept>

#include "support/taken_time.h"
#include "support/witness.h"

namespace tsa::test {

namespace {

std::uint64_t clock_of(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

taskstats::Client opened() {
    Result<taskstats::Client> client = taskstats::Client::open();
    if (!client.ok()) {
        throw std::runtime_error(client.error().text());
    }
    return std::move(client).value();
}

}  // namespace

std::optional<std::string> missing_taskstats() {
    const Result<taskstats::Client> client = taskstats::Client::open();
    return client.ok() ? std::nullopt : std::optional(client.error().text());
}

FreshAccounting::FreshAccounting() {
    for (const bool on : {false, true}) {
        switch_.set(on);
        watch_.update(taskstats::read_accounting_facts(), clock_of(CLOCK_BOOTTIME));
    }
}

DelayObserver::DelayObserver(const taskstats::AccountingWatch& watch) : client_(opened()), watch_(watch) {}

void DelayObserver::begin(std::initializer_list<std::uint32_t> tids) {
    tids_.assign(tids);
    entries_.assign(tids_.size(), Entry{});
    observer_.mark();
    fetch();
}

void DelayObserver::end() {
    observer_.report();
    fetch();
    for (Entry& each : entries_) {
        compare(each);
    }
}

void DelayObserver::fetch() {
    watch_.update(taskstats::read_accounting_facts(), clock_of(CLOCK_BOOTTIME));
    const std::uint64_t taken_ns = irq_and_steal_ns();
    irq_and_steal_ns_ = taken_ns - irq_and_steal_before_ns_;
    irq_and_steal_before_ns_ = taken_ns;
    if (const Result<void> fetched = client_.fetch(tids_, replies_); !fetched.ok()) {
        throw std::runtime_error(fetched.error().text());
    }
    const std::uint64_t now_ns = clock_of(CLOCK_MONOTONIC);
    for (std::size_t i = 0; i < tids_.size(); ++i) {
        const Thread* thread = observer_.thread(tids_[i]);
        if (replies_[i].outcome != taskstats::Fetched::Outcome::found || thread == nullptr) {
            throw std::runtime_error("thread " + std::to_string(tids_[i]) + " is gone");
        }
        ThreadDelays& delays = entries_[i].delays;
        delays.has_before = entries_[i].tid != 0;
        entries_[i].tid = tids_[i];
        delays.key = key_of(*thread);
        delays.before = delays.now;
        delays.before_at_ns = delays.now_at_ns;
        delays.now = replies_[i].stats;
        delays.now_at_ns = now_ns;
    }
}

void DelayObserver::compare(Entry& entry) {
    const ThreadRow* row = observer_.row(entry.tid);
    if (row == nullptr) {
        throw std::runtime_error("thread " + std::to_string(entry.tid) + " has no row");
    }
    ReconcileInput input = reconcile_input(observer_.last(), *row);
    input.delays = &entry.delays;
    input.accounting = watch_.state();
    input.irq_and_steal_ns = irq_and_steal_ns_;
    input.cpus = static_cast<std::uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN));
    entry.comparisons = reconcile(input);
    for (const Comparison& comparison : entry.comparisons) {
        double& worst_pct = worst_pct_[static_cast<std::size_t>(comparison.pair)];
        worst_pct = std::max(worst_pct, 100.0 * std::abs(static_cast<double>(comparison.difference_ns)) /
                                            static_cast<double>(row->wall_ns));
        std::printf("    tid %u over %.3f s: %s\n", entry.tid, static_cast<double>(row->wall_ns) / 1e9,
                    describe(comparison).c_str());
    }
}

const DelayObserver::Entry& DelayObserver::entry(std::uint32_t tid) const {
    for (const Entry& each : entries_) {
        if (each.tid == tid) {
            return each;
        }
    }
    throw std::runtime_error("not observed: " + std::to_string(tid));
}

const std::array<Comparison, kPairCount>& DelayObserver::of(std::uint32_t tid) const {
    return entry(tid).comparisons;
}

const Comparison& DelayObserver::of(std::uint32_t tid, Pair pair) const {
    return entry(tid).comparisons[static_cast<std::size_t>(pair)];
}

const ThreadDelays& DelayObserver::delays(std::uint32_t tid) const {
    return entry(tid).delays;
}

std::string describe(const Comparison& comparison) {
    const auto number = [](const std::optional<std::uint64_t>& ns) {
        return ns ? fmt::format("{:.3f} ms", static_cast<double>(*ns) / 1e6) : std::string("-");
    };
    const double base = static_cast<double>(comparison.probes_ns.value_or(0));
    const std::string percent =
        base > 0 ? fmt::format(" ({:+.3f} %)", 100.0 * static_cast<double>(comparison.difference_ns) / base) : "";
    return fmt::format("{}: probes {}, taskstats {}, difference {:+.3f} ms{}: {}", pair_key(comparison.pair),
                       number(comparison.probes_ns), number(comparison.taskstats_ns),
                       static_cast<double>(comparison.difference_ns) / 1e6, percent, verdict_words(comparison));
}

}  // namespace tsa::test
