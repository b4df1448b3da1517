// SPDX-License-Identifier: MIT
// Live and recorded summaries are identical: the Summary of a recording has every number of the Summary of the Reports
// it was made from. Also: problems are found on the real kernel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "app/host/collector.h"
#include "record/recording.h"
#include "record/writer.h"
#include "summary/json.h"
#include "summary/summary.h"
#include "support/puppet.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// A separate directory, removed with the test.
class Folder {
  public:
    Folder() {
        std::string pattern = std::filesystem::temp_directory_path() / "rstat-tsa-summary-XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
        path_ = pattern;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string recording() const { return path_ / "recording"; }

  private:
    std::filesystem::path path_;
};

std::unique_ptr<Collector> collector() {
    auto started = Collector::start({SourceChoice::bpf, 0});
    if (!started.ok()) {
        throw std::runtime_error(started.error().message);
    }
    return std::move(started).value();
}

const SummaryFinding* finding(const Summary& summary, FindingKind kind) {
    const auto found = std::ranges::find(summary.findings, kind, &SummaryFinding::kind);
    return found == summary.findings.end() ? nullptr : &*found;
}

std::string found_in(const Summary& summary) {
    std::string all;
    for (const SummaryFinding& one : summary.findings) {
        all += std::string(finding_key(one.kind)) + ": " + one.words + "\n";
    }
    return all;
}

Summary play(const std::string& directory) {
    auto recording = Recording::open(directory);
    if (!recording.ok()) {
        throw std::runtime_error(recording.error().message);
    }
    EXPECT_TRUE(recording.value()->remarks().empty());
    Player player(*recording.value());
    SummaryBuilder builder;
    for (std::size_t interval = 0; interval < recording.value()->intervals(); ++interval) {
        const auto report = player.seek(interval);
        if (!report.ok()) {
            throw std::runtime_error(report.error().message);
        }
        builder.add(*report.value());
    }
    EXPECT_EQ(player.bad_lines(), 0U);
    Summary summary = builder.finish();
    summary.source = recording.value()->meta().source;
    return summary;
}

/// The first difference of two texts, with context.
std::string difference(const std::string& one, const std::string& two) {
    const auto at = static_cast<std::size_t>(std::ranges::mismatch(one, two).in1 - one.begin());
    const std::size_t from = at < 400 ? 0 : at - 400;
    return one.substr(from, 500) + "\n--- and\n" + two.substr(from, 500);
}

TEST(SummaryLive, a_recording_sums_up_to_what_was_there_number_by_number) {
    constexpr int kIntervals = 25;
    const Folder folder;
    const auto live = collector();
    RecordWriterOptions options;
    options.directory = folder.recording();
    options.meta.source = Source::bpf;
    auto writer = RecordWriter::create(options);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    SummaryBuilder builder;
    // Started after the baseline: thread creation, renames and lock waits are in the recording.
    Puppet hogs("hogs", {"0", "2"});
    Puppet convoy("convoy");
    Puppet lives("lives");
    for (int interval = 0; interval < kIntervals; ++interval) {
        lives.send(interval % 2 == 0 ? "threads 40 200" : "forks 5 300");
        std::this_thread::sleep_for(120ms);
        const Report& report = live->collect({});
        builder.add(report);
        ASSERT_TRUE(writer.value()->add(report, interval + 1 == kIntervals).ok());
        (void)lives.read_line();
    }
    ASSERT_TRUE(writer.value()->finish({}).ok());
    const Summary summary = builder.finish();
    EXPECT_EQ(summary.intervals, static_cast<std::uint64_t>(kIntervals));
    EXPECT_GT(summary.threads_ended, 300U);
    EXPECT_GT(summary.worst.size(), 3U);
    const std::string one = write_summary_json(summary, {});
    const std::string two = write_summary_json(play(folder.recording()), {});
    EXPECT_TRUE(one == two) << difference(one, two);
}

TEST(SummaryLive, too_many_hogs_are_too_few_cpus) {
    const auto cpus = static_cast<unsigned>(sysconf(_SC_NPROCESSORS_ONLN));
    if (cpus > 16) {
        GTEST_SKIP() << "it would take " << 3 * cpus << " busy threads";
    }
    std::vector<std::unique_ptr<Puppet>> hogs;
    for (unsigned cpu = 0; cpu < cpus; ++cpu) {
        hogs.push_back(std::make_unique<Puppet>("hogs", std::vector<std::string>{std::to_string(cpu), "3"}));
    }
    const auto live = collector();
    SummaryBuilder builder;
    for (int interval = 0; interval < 8; ++interval) {
        std::this_thread::sleep_for(400ms);
        builder.add(live->collect({}));
    }
    const Summary summary = builder.finish();
    const SummaryFinding* found = finding(summary, FindingKind::cpu_saturation);
    ASSERT_NE(found, nullptr) << found_in(summary);
    EXPECT_THAT(found->words, HasSubstr("threads on average waited for a CPU while"));
    const auto mine = std::ranges::find(summary.by_process, "hogs", &SummaryGroup::process);
    ASSERT_NE(mine, summary.by_process.end());
    EXPECT_GE(mine->mean[index(ThreadState::cpu_wait)], 1.5 * cpus);
    EXPECT_GE(summary.threads_in[index(ThreadState::cpu_wait)].mean, 1.5 * cpus);
}

TEST(SummaryLive, threads_behind_one_holder_are_a_finding_that_names_it) {
    const auto live = collector();
    Puppet convoy("convoy");
    SummaryBuilder builder;
    for (int interval = 0; interval < 8; ++interval) {
        std::this_thread::sleep_for(400ms);
        builder.add(live->collect({}));
    }
    convoy.ask("release");
    const Summary summary = builder.finish();
    const SummaryFinding* found = finding(summary, FindingKind::lock_holder);
    ASSERT_NE(found, nullptr) << found_in(summary);
    EXPECT_THAT(found->words,
                HasSubstr("waited behind convoy (TID " + std::to_string(convoy.tid("owner")) + ", last seen in "));
    // Watched from their start: the longest wait is as old as the puppet.
    const auto wait =
        std::ranges::find(summary.worst, convoy.tid("middle"), [](const WorstWait& one) { return one.thread.tid; });
    ASSERT_NE(wait, summary.worst.end());
    EXPECT_EQ(wait->state, ThreadState::lock_wait);
    EXPECT_GE(wait->at_least_ns, 2'800'000'000U);
    EXPECT_FALSE(wait->began_unseen);
    EXPECT_EQ(wait->owner_tid, convoy.tid("owner"));
}

TEST(SummaryLive, a_deadlock_and_an_abandoned_lock_are_found_in_a_recording_of_their_process) {
    const Folder folder;
    Puppet knots("knots");
    const auto live = collector();
    RecordWriterOptions options;
    options.directory = folder.recording();
    options.meta.source = Source::bpf;
    options.filter.processes.push_back({static_cast<std::uint32_t>(knots.pid())});
    auto writer = RecordWriter::create(options);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    for (int interval = 0; interval < 6; ++interval) {
        std::this_thread::sleep_for(450ms);
        ASSERT_TRUE(writer.value()->add(live->collect({}), interval == 5).ok());
    }
    ASSERT_TRUE(writer.value()->finish({}).ok());
    const Summary summary = play(folder.recording());
    const auto named = [&](std::string_view name) { return "(TID " + std::to_string(knots.tid(name)) + ")"; };
    const auto deadlocks = std::ranges::count(summary.findings, FindingKind::deadlock, &SummaryFinding::kind);
    EXPECT_EQ(deadlocks, 1) << "the circle that was resolved is none\n" << found_in(summary);
    const SummaryFinding* deadlock = finding(summary, FindingKind::deadlock);
    ASSERT_NE(deadlock, nullptr) << found_in(summary);
    EXPECT_THAT(deadlock->words, HasSubstr(named("left")));
    EXPECT_THAT(deadlock->words, HasSubstr(named("right")));
    EXPECT_TRUE(deadlock->open);
    const SummaryFinding* abandoned = finding(summary, FindingKind::abandoned_lock);
    ASSERT_NE(abandoned, nullptr) << found_in(summary);
    EXPECT_THAT(abandoned->words, HasSubstr(named("orphan1")));
    EXPECT_THAT(abandoned->words, HasSubstr("held by TID " + std::to_string(knots.tid("gone")) + ", which has exited"));
}

TEST(SummaryLive, hundreds_of_short_lives_a_second_are_a_storm) {
    const auto live = collector();
    Puppet lives("lives");
    SummaryBuilder builder;
    std::uint64_t started = 0;
    for (int interval = 0; interval < 8; ++interval) {
        // As many as possible in this time, regardless of other load.
        const auto until = std::chrono::steady_clock::now() + 400ms;
        while (std::chrono::steady_clock::now() < until) {
            lives.ask("threads 20 100");
            started += 20;
        }
        builder.add(live->collect({}));
    }
    const Summary summary = builder.finish();
    if (started < 8 * 100) {
        GTEST_SKIP() << "the machine is too busy for a storm: " << started << " threads in 3 s";
    }
    const SummaryFinding* found = finding(summary, FindingKind::short_lived_storm);
    ASSERT_NE(found, nullptr) << started << " threads\n" << found_in(summary);
    EXPECT_THAT(found->words, HasSubstr("lives"));
}

}  // namespace
}  // namespace tsa::test
