// SPDX-License-Identifier: MIT
// `record --when` from outside: a lock convoy makes a capture, which is a recording with its reason; a command runs for
// it; kill -9 leaves what was written; `report --fail-on` judges it.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "program/json.h"
#include "program/recorded.h"
#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{10};

class RecordWhen : public ::testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }
    std::vector<std::string> captures() const {
        std::vector<std::string> names;
        if (fs::exists(directory_)) {
            for (const auto& entry : fs::directory_iterator(directory_)) {
                names.push_back(entry.path());
            }
        }
        return names;
    }
    TempDir folder_;
    const std::string directory_ = folder_.path() + "/moments";
};

TEST_F(RecordWhen, waits_for_a_lock_make_a_recording_and_run_a_command) {
    const std::string ran = folder_.path() + "/ran";
    Program program({"record", "-o", directory_, "--when", "threads(lock_wait, convoy) > 2 for 300ms", "--before", "1s",
                     "--after", "1s", "--captures", "1", "-i", "100", "--run",
                     "printf '%s|%s|%s' \"$RSTAT_DIR\" \"$RSTAT_RULE\" \"$RSTAT_VALUES\" > " + ran + ".new; mv " + ran +
                         ".new " + ran});
    ASSERT_TRUE(await([this] { return fs::exists(directory_); }, kPatience));
    std::this_thread::sleep_for(std::chrono::seconds(1));
    EXPECT_THAT(captures(), IsEmpty()) << "no lock is waited for yet";
    const Puppet convoy("convoy");
    ASSERT_TRUE(await([this] { return !captures().empty(); }, kPatience));
    const Finished finished = program.finish();
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("1 capture in "));
    ASSERT_THAT(captures(), SizeIs(1));
    const std::string capture = captures().front();
    EXPECT_THAT(capture, HasSubstr("-threads-lock-wait-convoy"));
    const auto meta = meta_in(capture);
    EXPECT_STREQ(meta["capture"]["rule"].GetString(), "threads(lock_wait, convoy) > 2 for 300ms");
    EXPECT_STREQ(meta["capture"]["values"]["threads(lock_wait, convoy)"].GetString(), "3");
    EXPECT_TRUE(meta["end"].IsObject());
    ASSERT_TRUE(await([&ran] { return fs::exists(ran); }, kPatience));
    std::stringstream said;
    said << std::ifstream(ran).rdbuf();
    EXPECT_EQ(said.str(), capture + "|threads(lock_wait, convoy) > 2 for 300ms|threads(lock_wait, convoy)=3\n");

    const Finished report = run({"report", capture});
    EXPECT_EQ(report.exit_code, 0) << report.err;
    EXPECT_THAT(report.out, HasSubstr("captured   when threads(lock_wait, convoy) > 2 for 300ms was true, at "));
    const Finished held = run({"report", capture, "--fail-on", "max_age(lock_wait) > 200ms"});
    EXPECT_EQ(held.exit_code, 3);
    EXPECT_THAT(held.err, HasSubstr("max_age(lock_wait) > 200ms held at "));
    EXPECT_EQ(held.out, report.out) << "the report is the same";
    EXPECT_EQ(run({"report", capture, "--fail-on", "lock_wait > 500"}).exit_code, 0);
}

/// Rows of a file of a recording, without its header.
std::vector<std::string> rows_of(const std::string& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    if (!lines.empty()) {
        lines.erase(lines.begin());
    }
    return lines;
}

/// Programs of BPF that a process has attached.
std::size_t attached_by(pid_t pid) {
    std::set<std::string> links;
    std::error_code gone;
    for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fdinfo", gone)) {
        for (const std::string& line : lines_of(text_of(entry.path()))) {
            if (line.starts_with("link_id:")) {
                links.insert(line);
            }
        }
    }
    return links.size();
}

TEST_F(RecordWhen, armed_stacks_and_wakers_begin_when_the_rule_fires_and_end_with_the_capture) {
    Program program({"record", "-o", directory_, "--when", "threads(lock_wait, convoy) > 2", "--before", "2s",
                     "--after", "2s", "-i", "100", "--armed", "--stacks", "--wakers"});
    ASSERT_TRUE(await([this] { return fs::exists(directory_); }, kPatience));
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const std::size_t quiet = attached_by(program.pid());
    ASSERT_NE(quiet, 0U);
    std::size_t most = 0;
    {
        const Puppet convoy("convoy");
        ASSERT_TRUE(await([this] { return !captures().empty(); }, kPatience));
        ASSERT_TRUE(await(
            [&] {
                most = std::max(most, attached_by(program.pid()));
                return text_of(captures().front() + "/meta.json").find("\"why\"") != std::string::npos;
            },
            kPatience));
    }
    EXPECT_GT(most, quiet) << "programs of stacks and wakers, while it captures";
    EXPECT_TRUE(await([&] { return attached_by(program.pid()) == quiet; }, kPatience)) << "and none afterward";
    const Finished finished = program.finish(SIGINT);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    ASSERT_THAT(captures(), SizeIs(1));
    const std::string capture = captures().front();
    const auto meta = meta_in(capture);
    const std::uint64_t fired = meta["capture"]["time_unix_ns"].GetUint64();
    const std::uint64_t from = meta["capture"]["detail_from_unix_ns"].GetUint64();
    EXPECT_GE(from, fired);
    EXPECT_LT(meta["begin_unix_ns"].GetUint64(), fired);
    for (const char* file : {"waits.csv", "wakers.csv"}) {
        const std::vector<std::string> rows = rows_of(capture + "/" + file);
        EXPECT_GT(rows.size(), 3U) << file;
        for (const std::string& row : rows) {
            EXPECT_GT(std::strtoull(row.c_str(), nullptr, 10), fired) << file << ": " << row;
        }
    }
    EXPECT_THAT(rows_of(capture + "/stacks.csv"), Contains(HasSubstr("futex")));
    EXPECT_EQ(run({"report", capture}).exit_code, 0);
}

TEST_F(RecordWhen, killed_it_leaves_what_it_wrote) {
    const Puppet convoy("convoy");
    for (int round = 0; round < 5; ++round) {
        fs::remove_all(directory_);
        Program program({"record", "-o", directory_, "--when", "threads(lock_wait) > 2", "--before", "1s", "--after",
                         "60s", "-i", "20"});
        ASSERT_TRUE(await([this] { return !captures().empty(); }, kPatience));
        std::this_thread::sleep_for(std::chrono::milliseconds(100 + 37 * round));
        program.finish(SIGKILL);
        ASSERT_THAT(captures(), SizeIs(1));
        const Finished report = run({"report", captures().front(), "--json"});
        EXPECT_EQ(report.exit_code, 0) << report.err;
        EXPECT_THAT(report.out, HasSubstr("convoy"));
    }
}

TEST_F(RecordWhen, wrong_rules_are_usage_errors_with_a_mark) {
    const Finished finished = run({"record", "-o", directory_, "--when", "lock_wiat > 2"});
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_THAT(finished.err, HasSubstr("  lock_wiat > 2\n  ^^^^^^^^^\n"));
    EXPECT_THAT(finished.err, HasSubstr("did you mean lock_wait"));
    EXPECT_FALSE(fs::exists(directory_));
    for (const std::vector<std::string>& words : {std::vector<std::string>{"--before", "10s"}, {"--run", "true"}}) {
        std::vector<std::string> arguments{"record", "-o", directory_};
        arguments.insert(arguments.end(), words.begin(), words.end());
        EXPECT_EQ(run(arguments).exit_code, 2);
    }
    EXPECT_EQ(run({"record", "-o", "-", "--when", "lock_wait > 2"}).exit_code, 2);
    EXPECT_EQ(run({"record", "-o", directory_, "--when", "lock_wait > 2", "--keep", "1G"}).exit_code, 2);
}

}  // namespace
}  // namespace tsa::test
