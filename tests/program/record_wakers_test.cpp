// SPDX-License-Identifier: MIT
// `rstat-tsa record --wakers` from outside, on threads that wake each other: the recording, its report, its trace, and
// the screens of a replay.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "program/json.h"
#include "program/recorded.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A recording of two threads that pass a byte over a pipe, and of one that sleeps beside a busy one; for all tests
/// here.
class RecordWakers : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (missing_bpf()) {
            return;
        }
        folder_ = new TempDir;
        Puppet puppet("wakers", {"0"});
        EXPECT_EQ(puppet.ask("open pipe"), "open");
        EXPECT_EQ(puppet.ask("hog"), "started");
        ping_ = puppet.tid("ping");
        pong_ = puppet.tid("pong");
        sleeper_ = puppet.tid("sleeper");
        hog_ = puppet.tid("hog");
        Program program({"record", "-o", recording(), "--wakers", "-i", "100", "-p", std::to_string(puppet.pid())});
        const auto intervals = [] { return lines_of(text_of(recording() + "/system.csv")).size(); };
        EXPECT_TRUE(await([&] { return intervals() > 2; }));
        EXPECT_TRUE(await([&] {
            EXPECT_EQ(puppet.ask("go 2000"), "done");
            return intervals() > 12;
        }));
        const Finished finished = program.finish(SIGINT);
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
    }
    static void TearDownTestSuite() { delete folder_; }
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }

    static std::string path(const std::string& name) { return folder_->path() + "/" + name; }
    static std::string recording() { return path("recording"); }

    static TempDir* folder_;
    static std::uint32_t ping_, pong_, sleeper_, hog_;
};
TempDir* RecordWakers::folder_ = nullptr;
std::uint32_t RecordWakers::ping_ = 0;
std::uint32_t RecordWakers::pong_ = 0;
std::uint32_t RecordWakers::sleeper_ = 0;
std::uint32_t RecordWakers::hog_ = 0;

TEST_F(RecordWakers, the_peer_ends_the_waits_and_a_timer_those_of_the_sleeper) {
    const CsvTable wakers(text_of(recording() + "/wakers.csv"));
    std::uint64_t by_ping = 0, of_pong = 0, by_timer = 0, of_sleeper = 0;
    for (std::size_t row = 0; row < wakers.size(); ++row) {
        const std::string kind = wakers.at(row, "waker");
        if (kind == "exec_irq" || kind == "missed") {
            continue;
        }
        const std::uint64_t count = wakers.number(row, "count");
        EXPECT_LE(wakers.number(row, "max_ns"), wakers.number(row, "total_ns"));
        EXPECT_GE(wakers.number(row, "total_ns"), count);
        if (wakers.number(row, "tid") == pong_) {
            of_pong += count;
            by_ping += kind == "thread" && wakers.number(row, "waker_tid") == ping_ ? count : 0;
        } else if (wakers.number(row, "tid") == sleeper_) {
            of_sleeper += count;
            by_timer += kind == "timer" ? count : 0;
            EXPECT_NE(wakers.number(row, "waker_tid"), hog_) << "a timer is not the thread that it interrupted";
        }
    }
    EXPECT_GT(of_pong, 500U);
    EXPECT_GE(static_cast<double>(by_ping), 0.95 * static_cast<double>(of_pong));
    EXPECT_GT(of_sleeper, 50U);
    EXPECT_GE(static_cast<double>(by_timer), 0.95 * static_cast<double>(of_sleeper)) << "all but its first ones";
}

TEST_F(RecordWakers, waits_end_in_the_interval_and_are_not_more_than_the_threads_time) {
    const CsvTable threads(text_of(recording() + "/threads.csv"));
    const CsvTable wakers(text_of(recording() + "/wakers.csv"));
    std::uint64_t waited = 0, recorded = 0, executed = 0, irq = 0;
    std::map<std::uint64_t, std::uint64_t> interval_of;
    for (std::size_t row = 0; row < threads.size(); ++row) {
        const bool is_it = threads.number(row, "tid") == sleeper_;
        for (const char* key : {"sleep_ns", "idle_ns"}) {
            waited += is_it ? threads.number(row, key) : 0;
        }
        executed += threads.number(row, "tid") == hog_ ? threads.number(row, "exec_ns") : 0;
        interval_of[threads.number(row, "time_unix_ns")] = threads.number(row, "interval_ns");
    }
    for (std::size_t row = 0; row < wakers.size(); ++row) {
        const bool is_irq = wakers.at(row, "waker") == "exec_irq";
        irq += is_irq && wakers.number(row, "tid") == hog_ ? wakers.number(row, "total_ns") : 0;
        if (is_irq || wakers.number(row, "tid") != sleeper_) {
            continue;
        }
        recorded += wakers.number(row, "total_ns");
        const std::uint64_t end = wakers.number(row, "time_unix_ns");
        ASSERT_TRUE(interval_of.contains(end)) << "it has an interval of threads.csv";
        EXPECT_LE(wakers.number(row, "last_unix_ns"), end + 1'000'000);
        EXPECT_GT(wakers.number(row, "last_unix_ns") + interval_of[end] + 1'000'000, end);
    }
    // The first wait may have begun before the recording, the last one may be open.
    EXPECT_NEAR(static_cast<double>(recorded), static_cast<double>(waited), 0.1 * static_cast<double>(waited));
    EXPECT_GT(irq, 0U) << "the timers of the sleeper interrupt it";
    EXPECT_LT(irq, executed);
}

TEST_F(RecordWakers, the_report_names_who_ended_waits) {
    const Finished json = run({"report", recording(), "--json"});
    ASSERT_EQ(json.exit_code, 0) << json.err;
    const rapidjson::Document report = json_of(json.out);
    const auto threads = report["worst_threads"].GetArray();
    const auto worst = std::ranges::find_if(threads, [](const auto& one) { return one["tid"].GetUint() == sleeper_; });
    ASSERT_NE(worst, threads.end()) << "it waits for the CPU that is busy";
    ASSERT_GT((*worst)["woken_by"].Size(), 0U);
    EXPECT_STREQ((*worst)["woken_by"][0]["interrupt"].GetString(), "timer");
    EXPECT_TRUE((*worst)["woken_by"][0]["tid"].IsNull());
    const Finished text = run({"report", recording(), "--top", "20"});
    EXPECT_THAT(text.out, HasSubstr("THE MOST DELAYED THREADS, AND WHY"));
    EXPECT_THAT(text.out, HasSubstr("woken by timer"));
}

TEST_F(RecordWakers, the_trace_has_arrows_from_the_waker_to_the_woken_thread) {
    const std::string file = path("trace.json");
    const Finished done = run({"export", recording(), "--chrome-trace", file});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    EXPECT_THAT(done.err, HasSubstr(" wakeups"));
    const rapidjson::Document trace = json_of(text_of(file));
    std::map<std::uint64_t, std::uint32_t> from;
    std::size_t arrows = 0;
    for (const auto& event : trace["traceEvents"].GetArray()) {
        const std::string_view phase = event["ph"].GetString();
        if (phase == "s") {
            from[event["id"].GetUint64()] = event["tid"].GetUint();
        } else if (phase == "f") {
            ASSERT_TRUE(from.contains(event["id"].GetUint64())) << "an arrow without a beginning";
            arrows += from[event["id"].GetUint64()] == ping_ && event["tid"].GetUint() == pong_ ? 1U : 0U;
        }
    }
    EXPECT_GT(arrows, 0U);
}

TEST_F(RecordWakers, a_replay_shows_them) {
    TSA_REQUIRE(missing_tmux());
    Terminal terminal(140, 45);
    ASSERT_TRUE(terminal.start("replay --at '#6' " + recording(), "PAUSED")) << terminal.screen();
    terminal.type("W");
    EXPECT_TRUE(terminal.await_text("WOKEN BY")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("timer")) << terminal.screen();
}

TEST_F(RecordWakers, a_recording_without_them_says_how_to_get_them) {
    const std::string plain = path("plain");
    ASSERT_EQ(run({"record", "-o", plain, "-i", "100", "-d", "0.3"}).exit_code, 0);
    EXPECT_FALSE(std::filesystem::exists(plain + "/wakers.csv"));
    EXPECT_THAT(run({"report", plain}).out, Not(HasSubstr("woken by")));
    const Finished done = run({"export", plain, "--chrome-trace", path("plain.json")});
    EXPECT_THAT(text_of(path("plain.json")), Not(HasSubstr("\"ph\":\"s\"")));
}

TEST_F(RecordWakers, without_the_probes_they_are_refused_and_nothing_is_left) {
    const std::string none = path("none");
    const Finished refused = run({"record", "-o", none, "--wakers", "--source", "procfs", "-d", "1"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("--wakers: wakers need the scheduler probes"));
    EXPECT_FALSE(std::filesystem::exists(none));
}

}  // namespace
}  // namespace tsa::test
