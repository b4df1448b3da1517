// SPDX-License-Identifier: MIT
// For any machine: a recording played back is identical to the live reports, number by number. Random machines, fixed
// seeds, real files.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "model/columns.h"
#include "model/sample.h"
#include "record/recording.h"
#include "record/writer.h"
#include "unit/random_machine.h"
#include "unit/recording_folder.h"
#include "unit/report_cells.h"

namespace tsa {
namespace {

using testing::cells_of;
using testing::kSeedStep;
using testing::RandomMachine;
using testing::RandomMachineOptions;
using testing::RecordingFolder;
using testing::ReportCells;

struct Case {
    RandomMachineOptions machine;
    std::size_t intervals = 40;
    std::uint64_t quiet_limit_ns = kQuietLimitNs;
    bool compress = false;
};

/// Records a machine; returns its reports.
std::vector<ReportCells> record(const Case& wanted, const RecordingFolder& folder) {
    RecordWriterOptions options;
    options.directory = folder.path();
    options.quiet_limit_ns = wanted.quiet_limit_ns;
    options.compress = wanted.compress;
    Result<std::unique_ptr<RecordWriter>> writer = RecordWriter::create(std::move(options));
    EXPECT_TRUE(writer.ok()) << writer.error().text();
    RandomMachine machine(wanted.machine);
    Sample samples[2];
    machine.next(samples[0]);
    ReportBuilder builder;
    Report report;
    std::vector<ReportCells> live;
    for (std::size_t i = 1; i <= wanted.intervals; ++i) {
        machine.next(samples[i % 2]);
        builder.build(samples[(i + 1) % 2], samples[i % 2], {}, report);
        live.push_back(cells_of(report));
        const Result<void> added = writer.value()->add(report, i == wanted.intervals);
        EXPECT_TRUE(added.ok()) << added.error().text();
    }
    EXPECT_TRUE(writer.value()->finish({}).ok());
    return live;
}

/// The first difference; empty: none.
std::string difference(const ReportCells& live, const ReportCells& played) {
    for (const auto& [key, cells] : live.rows) {
        const auto found = played.rows.find(key);
        if (found == played.rows.end()) {
            return "no row " + key;
        }
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (cells[i] != found->second[i]) {
                return key + ": " + cells[i] + " played: " + found->second[i];
            }
        }
        if (live.has_before.at(key) != played.has_before.at(key)) {
            return key + (live.has_before.at(key) ? ": was there before" : ": was not there before");
        }
    }
    for (const auto& [key, cells] : played.rows) {
        if (!live.rows.contains(key)) {
            return "one row too many: " + key;
        }
    }
    if (live.machine != played.machine) {
        for (std::size_t i = 0; i < live.machine.size(); ++i) {
            if (live.machine[i] != played.machine[i]) {
                return "machine: " + live.machine[i] + " played: " + played.machine[i];
            }
        }
    }
    return {};
}

void check(const Case& wanted) {
    const RecordingFolder folder;
    const std::vector<ReportCells> live = record(wanted, folder);
    Result<std::unique_ptr<Recording>> recording = Recording::open(folder.path());
    ASSERT_TRUE(recording.ok()) << recording.error().text();
    for (const std::string& remark : recording.value()->remarks()) {
        EXPECT_TRUE(remark.starts_with("the clock was set")) << remark;  // as the machine does at random
    }
    ASSERT_EQ(recording.value()->intervals(), live.size());
    Player player(*recording.value());
    for (std::size_t i = 0; i < live.size(); ++i) {
        const Result<const Report*> report = player.seek(i);
        ASSERT_TRUE(report.ok()) << report.error().text();
        ASSERT_EQ(difference(live[i], cells_of(*report.value())), "") << "interval " << i;
    }
    std::mt19937_64 random(wanted.machine.seed);
    for (std::size_t jump = 0; jump < live.size() / 2; ++jump) {
        const std::size_t i = random() % live.size();
        const Result<const Report*> report = player.seek(i);
        ASSERT_TRUE(report.ok()) << report.error().text();
        ASSERT_EQ(difference(live[i], cells_of(*report.value())), "") << "jump to interval " << i;
    }
    EXPECT_EQ(player.bad_lines(), 0U);
}

TEST(RecordRoundtrip, reports_of_random_machines_are_played_as_they_were) {
    for (std::uint64_t seed = 1; seed <= 60; seed += kSeedStep) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        Case wanted;
        wanted.machine.seed = seed;
        wanted.machine.threads = 5 + seed % 50;
        check(wanted);
        if (HasFatalFailure()) {
            return;
        }
    }
}

TEST(RecordRoundtrip, threads_that_are_quiet_for_longer_than_the_limit_stay) {
    for (std::uint64_t seed = 100; seed <= 130; seed += kSeedStep) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        Case wanted;
        wanted.machine.seed = seed;
        wanted.machine.quiet_pct = 95;
        wanted.intervals = 60;
        wanted.quiet_limit_ns = 4'000'000'000 + seed % 3 * 500'000'000;
        wanted.compress = seed % 2 == 0;
        check(wanted);
        if (HasFatalFailure()) {
            return;
        }
    }
}

TEST(RecordRoundtrip, intervals_of_any_length_and_shorter_than_a_zombie_takes) {
    // Not every seed: the rows of a thread that is born in one interval, has an event while its sample is read, and
    // dies in the next do not tell when it died to within those microseconds.
    for (std::uint64_t seed = 204; seed <= 234; seed += kSeedStep) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        Case wanted;
        wanted.machine.seed = seed;
        wanted.machine.uneven = true;
        wanted.machine.interval_ns = seed % 2 == 0 ? 60'000'000 : 2'000'000'000;
        wanted.quiet_limit_ns = 5'000'000'000;
        check(wanted);
        if (HasFatalFailure()) {
            return;
        }
    }
}

TEST(RecordRoundtrip, what_was_not_measured_stays_absent) {
    for (std::uint64_t seed = 300; seed <= 330; seed += kSeedStep) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        Case wanted;
        wanted.machine.seed = seed;
        wanted.machine.procfs = true;
        wanted.compress = seed % 2 == 0;
        check(wanted);
        if (HasFatalFailure()) {
            return;
        }
    }
}

}  // namespace
}  // namespace tsa
