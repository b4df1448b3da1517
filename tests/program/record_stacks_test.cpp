// SPDX-License-Identifier: MIT
// `rstat-tsa record --stacks` from outside, on a real thread: the stacks of each state sum to its time, and report and
// export show the functions that the thread was in.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/state.h"
#include "program/json.h"
#include "program/recorded.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A recording of a napping thread, for all tests here.
class RecordStacks : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (missing_bpf()) {
            return;
        }
        folder_ = new TempDir;
        Puppet puppet("naps");
        tid_ = puppet.tid("napper");
        Program program({"record", "-o", recording(), "--stacks", "-i", "100", "--tid", std::to_string(tid_)});
        const auto intervals = [] { return lines_of(text_of(recording() + "/system.csv")).size(); };
        EXPECT_TRUE(await([&] { return intervals() > 2; }));
        // Until the copies are there: they are bounded per second.
        EXPECT_TRUE(await([&] {
            EXPECT_EQ(puppet.ask("go 5"), "done");
            return text_of(recording() + "/stacks.csv").find("nap_in_semaphore;inner;outer") != std::string::npos;
        }));
        const std::size_t now = intervals();
        EXPECT_TRUE(await([&] { return intervals() > now + 2; }));
        const Finished finished = program.finish(SIGINT);
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
    }
    static void TearDownTestSuite() { delete folder_; }
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }

    static std::string path(const std::string& name) { return folder_->path() + "/" + name; }
    static std::string recording() { return path("recording"); }

    static TempDir* folder_;
    static std::uint32_t tid_;
};
TempDir* RecordStacks::folder_ = nullptr;
std::uint32_t RecordStacks::tid_ = 0;

TEST_F(RecordStacks, the_stacks_of_a_state_sum_to_its_time_in_threads_csv) {
    const CsvTable threads(text_of(recording() + "/threads.csv"));
    const CsvTable waits(text_of(recording() + "/waits.csv"));
    std::map<std::string, double> time, by_stack;
    for (std::size_t row = 0; row < threads.size(); ++row) {
        for (const StateInfo& state : state_table()) {
            const std::string key(state.key);
            time[key] += static_cast<double>(threads.number(row, key + "_ns"));
        }
    }
    for (std::size_t row = 0; row < waits.size(); ++row) {
        EXPECT_EQ(waits.number(row, "tid"), tid_);
        by_stack[waits.at(row, "state")] += static_cast<double>(waits.number(row, "total_ns"));
    }
    for (const StateInfo& state : state_table()) {
        const std::string key(state.key);
        // The end of a wait may be in the accounts and not yet in the last row.
        EXPECT_NEAR(by_stack[key], time[key], 0.02 * time[key] + 5e6) << key;
    }
    EXPECT_GT(time["idle"] + time["sleep"] + time["sync"], 0);
}

TEST_F(RecordStacks, every_stack_that_a_wait_names_has_a_line) {
    const CsvTable stacks(text_of(recording() + "/stacks.csv"));
    const CsvTable waits(text_of(recording() + "/waits.csv"));
    std::set<std::string> numbers;
    for (std::size_t row = 0; row < stacks.size(); ++row) {
        numbers.insert(stacks.at(row, "stack_id"));
    }
    ASSERT_GT(waits.size(), 0U);
    for (std::size_t row = 0; row < waits.size(); ++row) {
        EXPECT_TRUE(numbers.contains(waits.at(row, "stack_id"))) << row;
    }
}

TEST_F(RecordStacks, the_report_names_the_functions) {
    const Finished text = run({"report", recording()});
    ASSERT_EQ(text.exit_code, 0) << text.err;
    EXPECT_THAT(text.out, HasSubstr("WHICH CODE IT WAS IN"));
    EXPECT_THAT(text.out, HasSubstr("outer"));
    const Finished json = run({"report", recording(), "--json"});
    const rapidjson::Document report = json_of(json.out);
    ASSERT_GT(report["stacks"].Size(), 0U);
    const auto& worst = report["stacks"][0]["stacks"][0];
    EXPECT_TRUE(worst["frames"].IsArray());
    EXPECT_EQ(worst["most_tid"].GetUint(), tid_);
    const Finished page = run({"report", recording(), "--html"});
    EXPECT_THAT(page.out, HasSubstr("id=\"flames\""));
    EXPECT_THAT(page.out, HasSubstr("nap_in_semaphore"));
    EXPECT_THAT(page.out, HasSubstr("class=\"chart low heat\""));
}

TEST_F(RecordStacks, a_replay_has_the_time_by_stack_of_a_whole_process) {
    TSA_REQUIRE(missing_tmux());
    Puppet puppet("naps");
    const std::string process = path("process");
    Program program({"record", "-o", process, "--stacks", "-i", "100", "-p", std::to_string(puppet.pid())});
    EXPECT_TRUE(await([&] {
        EXPECT_EQ(puppet.ask("go 5"), "done");
        return lines_of(text_of(process + "/system.csv")).size() > 10 &&
               text_of(process + "/stacks.csv").find("nap_in_semaphore;inner;outer") != std::string::npos;
    }));
    const Finished finished = program.finish(SIGINT);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    Terminal terminal(120, 40);
    ASSERT_TRUE(terminal.start("replay " + process, " naps ")) << terminal.screen();
    terminal.type("H");
    ASSERT_TRUE(terminal.await_text("naps (2)")) << terminal.screen();
    terminal.key("Enter");
    ASSERT_TRUE(terminal.await_text(fmt::format("PROCESS {}", puppet.pid()))) << terminal.screen();
    terminal.type("S");
    EXPECT_TRUE(terminal.await_text("nap_in_semaphore")) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("P99"));
    terminal.type("q");
}

TEST_F(RecordStacks, folded_lines_have_the_states_time_in_nanoseconds) {
    const Finished folded = run({"export", recording(), "--folded", "-"});
    ASSERT_EQ(folded.exit_code, 0) << folded.err;
    EXPECT_THAT(folded.out, HasSubstr(";outer;inner;nap_in_semaphore;"));
    double sum = 0;
    for (const std::string& line : lines_of(folded.out)) {
        sum += std::stod(line.substr(line.rfind(' ') + 1));
    }
    const CsvTable waits(text_of(recording() + "/waits.csv"));
    double all = 0;
    for (std::size_t row = 0; row < waits.size(); ++row) {
        all += static_cast<double>(waits.number(row, "total_ns"));
    }
    EXPECT_EQ(sum, all);
}

TEST_F(RecordStacks, one_state_and_each_format_can_be_exported) {
    const Finished one = run({"export", recording(), "--folded", "-", "--state", "idle"});
    ASSERT_EQ(one.exit_code, 0) << one.err;
    EXPECT_THAT(one.out, Not(HasSubstr("sleep;")));
    const Finished scope = run({"export", recording(), "--speedscope", path("scope.json")});
    ASSERT_EQ(scope.exit_code, 0) << scope.err;
    EXPECT_GT(json_of(text_of(path("scope.json")))["profiles"].Size(), 0U);
    const Finished pprof = run({"export", recording(), "--pprof", path("profile.pb.gz")});
    ASSERT_EQ(pprof.exit_code, 0) << pprof.err;
    EXPECT_EQ(text_of(path("profile.pb.gz")).substr(0, 2), "\x1f\x8b") << "gzip";
}

TEST_F(RecordStacks, a_recording_without_stacks_says_how_to_get_them) {
    const std::string plain = path("plain");
    ASSERT_EQ(run({"record", "-o", plain, "-i", "100", "-d", "0.3"}).exit_code, 0);
    const Finished folded = run({"export", plain, "--folded", "-"});
    EXPECT_EQ(folded.exit_code, 1);
    EXPECT_THAT(folded.err, HasSubstr("record it with --stacks"));
    EXPECT_THAT(run({"report", plain}).out, Not(HasSubstr("WHICH CODE")));
}

TEST_F(RecordStacks, without_the_probes_it_is_refused_and_nothing_is_left) {
    const std::string none = path("none");
    const Finished refused = run({"record", "-o", none, "--stacks", "--source", "procfs", "-d", "1"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("--stacks: stacks need the scheduler probes"));
    EXPECT_FALSE(std::filesystem::exists(none));
}

}  // namespace
}  // namespace tsa::test
