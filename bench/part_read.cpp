// SPDX-License-Identifier: MIT
// Reading and reporting by number of threads: the product's own Probe on a live crowd, the pure path on synthetic
// slots, and the naive monitor's hash map for comparison.
#include <fmt/core.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "child.h"
#include "contenders.h"
#include "measure.h"
#include "model/report.h"
#include "model/sample.h"
#include "parts.h"
#include "sched/probe.h"
#include "synthetic.h"

namespace tsa::bench {

namespace {

constexpr int kRounds = 200;
constexpr int kColdRounds = 25;
constexpr int kNaiveRounds = 40;

enum class Caches { warm, cold };

struct SampleTime {
    Spread read_us, report_us, total_us;
    std::uint64_t threads = 0;
};

double us_between(std::uint64_t from_ns, std::uint64_t to_ns) {
    return static_cast<double>(to_ns - from_ns) / 1000;
}

// Times `read` and `build` one after the other, as a refresh does.
SampleTime time_samples(Caches caches, const std::function<void()>& read, const std::function<std::uint64_t()>& build) {
    SampleTime times;
    std::vector<double> read_us, report_us, total_us;
    for (int warm = 0; warm < 3; warm++) {
        read();
        times.threads = build();
    }
    const int rounds = caches == Caches::warm ? kRounds : kColdRounds;
    for (int round = 0; round < rounds; round++) {
        if (caches == Caches::cold) {
            evict_caches();
        }
        const std::uint64_t begin_ns = monotonic_ns();
        read();
        const std::uint64_t read_ns = monotonic_ns();
        times.threads = build();
        const std::uint64_t end_ns = monotonic_ns();
        read_us.push_back(us_between(begin_ns, read_ns));
        report_us.push_back(us_between(read_ns, end_ns));
        total_us.push_back(us_between(begin_ns, end_ns));
    }
    times.read_us = spread(read_us);
    times.report_us = spread(report_us);
    times.total_us = spread(total_us);
    return times;
}

// A Probe with two samples and a report, as in the program.
class LiveReader {
  public:
    static Result<LiveReader> start() {
        auto probe = Probe::start({});
        if (!probe.ok()) {
            return probe.error().in("start the probes");
        }
        LiveReader reader;
        reader.probe_ = std::move(probe).value();
        return reader;
    }

    SampleTime time(Caches caches, bool sleepers = true) {
        ReportOptions options;
        options.sleepers = sleepers;
        return time_samples(
            caches,
            [this] {
                newest_ = 1 - newest_;
                probe_->read(samples_[newest_]);
            },
            [this, &options] {
                builder_.build(samples_[1 - newest_], samples_[newest_], options, report_);
                return report_.listed_threads;
            });
    }

  private:
    std::unique_ptr<Probe> probe_;
    std::array<Sample, 2> samples_;
    std::size_t newest_ = 0;
    ReportBuilder builder_;
    Report report_;
};

constexpr std::string_view kRead = "read";
constexpr std::string_view kNaive = "naive";

std::string parts_of(const SampleTime& time) {
    return fmt::format("{}; {} threads; reading {:.1f} us, report {:.1f} us", spread_text(time.total_us, 1),
                       time.threads, time.read_us.median, time.report_us.median);
}

Result<SampleTime> live(std::uint32_t threads, Caches caches, bool sleepers = true) {
    const auto crowd = Crowd::start(threads);
    if (!crowd.ok()) {
        return crowd.error();
    }
    auto reader = LiveReader::start();
    if (!reader.ok()) {
        return reader.error();
    }
    return reader.value().time(caches, sleepers);
}

Result<void> measure_live(Table& table) {
    const std::string part(kRead);
    double at_1000_us = 0;
    std::uint64_t threads_at_1000 = 0;
    for (const std::uint32_t threads : {100U, 1000U, 10'000U}) {
        const bool judged = threads == 10'000;
        const auto time = live(threads, Caches::warm);
        if (!time.ok()) {
            return time.error().in(fmt::format("{} threads", threads));
        }
        const SampleTime& warm = time.value();
        table.add({part, fmt::format("read and report, {} sleeping threads", threads), warm.total_us.median, "us",
                   judged ? std::optional(300.0) : std::nullopt, parts_of(warm)});
        if (threads == 1000) {
            at_1000_us = warm.total_us.median;
            threads_at_1000 = warm.threads;
        }
        if (judged) {
            table.add({part, fmt::format("of that, reading, {} sleeping threads", threads), warm.read_us.median, "us",
                       100.0, spread_text(warm.read_us, 1)});
            // Linear in the actual number of threads: the machine's own threads count at both sizes.
            const double growth = static_cast<double>(warm.threads) / static_cast<double>(threads_at_1000);
            table.add({part, "growth from 1000 to 10000 threads, time / threads",
                       warm.total_us.median / at_1000_us / growth, "x", 1.1,
                       fmt::format("{:.1f} times the time for {:.1f} times the threads; budget is linear + 10 % noise",
                                   warm.total_us.median / at_1000_us, growth)});
        }
    }
    for (const bool sleepers : {true, false}) {
        const std::string rows = sleepers ? "" : ", no rows of sleepers";
        if (!sleepers) {
            const SampleTime warm = TRY(live(10'000, Caches::warm, false));
            table.add({part, "read and report, 10000 sleeping threads" + rows, warm.total_us.median, "us", 50.0,
                       parts_of(warm)});
        }
        const SampleTime cold = TRY(live(10'000, Caches::cold, sleepers));
        table.add({part, "read and report, 10000 sleeping threads, cold caches" + rows, cold.total_us.median, "us",
                   std::nullopt, parts_of(cold)});
    }
    return {};
}

struct SyntheticCase {
    const char* what;
    std::uint32_t wake_stride;  // 0: none
    std::optional<double> budget_us, budget_awake_us;
};

void measure_synthetic(Table& table, const SyntheticCase& made, bool sleepers) {
    SyntheticMachine machine(100'000);
    std::vector<double> read_us, report_us;
    for (int round = 0; round < 22; round++) {
        if (made.wake_stride != 0) {
            machine.wake(made.wake_stride);
        }
        const std::uint64_t begin_ns = monotonic_ns();
        machine.read();
        const std::uint64_t read_ns = monotonic_ns();
        static_cast<void>(machine.build(sleepers));
        const std::uint64_t end_ns = monotonic_ns();
        if (round >= 2) {  // the first two fill the buffers
            read_us.push_back(us_between(begin_ns, read_ns));
            report_us.push_back(us_between(read_ns, end_ns));
        }
    }
    const Spread read = spread(read_us), report = spread(report_us);
    table.add({std::string(kRead),
               fmt::format("read and report, 100000 synthetic slots, {}{}", made.what,
                           sleepers ? "" : ", no rows of sleepers"),
               read.median + report.median, "us", sleepers ? made.budget_us : made.budget_awake_us,
               fmt::format("{} rounds; reading {:.0f} us, report {:.0f} us", read.rounds, read.median, report.median)});
}

void measure_synthetic(Table& table) {
    for (const SyntheticCase& made :
         {SyntheticCase{"all asleep", 0, 4000.0, 150.0}, SyntheticCase{"1 in 100 ran", 100, std::nullopt, std::nullopt},
          SyntheticCase{"all ran", 1, std::nullopt, std::nullopt}}) {
        measure_synthetic(table, made, true);
        measure_synthetic(table, made, false);
    }
}

Spread time_naive(const std::function<std::size_t()>& read, std::size_t& entries) {
    std::vector<double> us;
    for (int round = 0; round < kNaiveRounds; round++) {
        const std::uint64_t begin_ns = monotonic_ns();
        entries = read();
        us.push_back(us_between(begin_ns, monotonic_ns()));
    }
    return spread(us);
}

// The naive monitor sees only threads that switch while it is attached, so it is attached before the crowd starts.
Result<void> measure_naive_at(std::uint32_t threads, Table& table) {
    auto naive = NaiveMonitor::start();
    if (!naive.ok()) {
        return naive.error();
    }
    const auto crowd = Crowd::start(threads);
    if (!crowd.ok()) {
        return crowd.error();
    }
    auto reader = LiveReader::start();
    if (!reader.ok()) {
        return reader.error();
    }
    std::size_t by_key_entries = 0, by_batch_entries = 0;
    const Spread by_key = time_naive([&naive] { return naive.value()->read_by_key(); }, by_key_entries);
    const Spread by_batch = time_naive([&naive] { return naive.value()->read_by_batch(); }, by_batch_entries);
    const SampleTime ours = reader.value().time(Caches::warm);
    const double budget = threads >= 8000 ? 1.0 / 8 : 1.0;
    const std::string part(kNaive);
    if (by_key_entries < threads || by_batch_entries < threads) {
        table.skip(part, fmt::format("one sample, {} threads", threads),
                   fmt::format("the hash map has only {} of them: not comparable", by_batch_entries));
        return {};
    }
    table.add(
        {part, fmt::format("one sample, {} threads, ours / hash map by key", threads),
         ours.total_us.median / by_key.median, "x", budget,
         fmt::format("{:.1f} us vs {:.1f} us ({} entries)", ours.total_us.median, by_key.median, by_key_entries)});
    table.add({part, fmt::format("one sample, {} threads, ours / hash map by batch", threads),
               ours.total_us.median / by_batch.median, "x", budget,
               fmt::format("{:.1f} us vs {:.1f} us", ours.total_us.median, by_batch.median)});
    return {};
}

}  // namespace

void part_read(Table& table) {
    const auto measured = measure_live(table);
    if (!measured.ok()) {
        table.skip(std::string(kRead), "read and report, live threads", measured.error().text());
    }
    measure_synthetic(table);
}

void part_naive(Table& table) {
    for (const std::uint32_t threads : {100U, 1000U, 8000U}) {
        const auto measured = measure_naive_at(threads, table);
        if (!measured.ok()) {
            table.skip(std::string(kNaive), fmt::format("one sample, {} threads", threads), measured.error().text());
        }
    }
}

}  // namespace tsa::bench
