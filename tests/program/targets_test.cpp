// SPDX-License-Identifier: MIT
// Processes and threads named by number, from outside: one that the probes do not see has not ended, and one that has
// ended is not mistaken for the next with its number.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "paths.h"
#include "program/json.h"
#include "program/recorded.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;

class NamedByNumber : public ::testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }
    TempDir folder_;
    Puppet sleeper_{"waits"};  // more threads than there are slots below
    const std::string pid_ = std::to_string(sleeper_.pid());
};

TEST_F(NamedByNumber, a_process_without_slots_is_alive_which_is_a_failure) {
    const Finished finished = run({"stat", "--max-threads", "20", "-p", pid_, "-n", "5", "-i", "200"});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr(fmt::format("process {} is alive, but not tracked: ", pid_)));
    EXPECT_THAT(finished.err, HasSubstr("--max-threads"));
    const Finished thread = run({"stat", "--max-threads", "20", "--tid", pid_, "-n", "5", "-i", "200"});
    EXPECT_EQ(thread.exit_code, 1);
    EXPECT_THAT(thread.err, HasSubstr("is alive, but not tracked"));
}

TEST_F(NamedByNumber, its_recording_says_so_and_is_a_failure) {
    const std::string recording = folder_.path() + "/r";
    const Finished finished =
        run({"record", "--max-threads", "20", "-p", pid_, "-d", "5", "-i", "200", "-o", recording});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("is alive, but not tracked"));
    EXPECT_THAT(meta_in(recording)["end"]["why"].GetString(), HasSubstr("is alive, but not tracked"));
}

TEST_F(NamedByNumber, its_screen_says_so) {
    TSA_REQUIRE(missing_tmux());
    Terminal terminal(120, 40);
    ASSERT_TRUE(terminal.start(fmt::format("-i 200 --max-threads 20 -p {}", pid_), "is alive, but not tracked"))
        << terminal.screen();
    terminal.key("q");
}

TEST_F(NamedByNumber, a_process_that_has_ended_is_said_to_have_ended) {
    Program program({"stat", "--json", "-p", pid_, "-i", "100"});
    ASSERT_TRUE(program.wait_for_lines(1));
    sleeper_.kill();
    const Finished finished = program.finish();
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_THAT(finished.err, HasSubstr(fmt::format("process {} has ended", pid_)));
}

/// In a new PID namespace, where the next number can be chosen.
TEST_F(NamedByNumber, the_next_process_with_the_number_is_not_shown) {
    const Finished finished = run({"--pid", "--fork", "--mount-proc", "sh", "-c",
                                   fmt::format("sleep 60 & S=$!\n"
                                               "{} stat --json -p $S -i 1000 -n 10 & R=$!\n"
                                               "sleep 1.5; kill $S; wait $S 2>/dev/null\n"
                                               "echo $((S - 1)) > /proc/sys/kernel/ns_last_pid\n"
                                               "sh -c 'exec sleep 60' & N=$!\n"
                                               "wait $R; echo $S $N $?; kill $N",
                                               paths::kBinary)},
                                  false, "/usr/bin/unshare");
    const auto lines = lines_of(finished.out);
    ASSERT_GE(lines.size(), 2U) << finished.err;
    std::istringstream words(lines.back());
    std::uint64_t first = 0;
    std::uint64_t next = 0;
    int code = -1;
    words >> first >> next >> code;
    ASSERT_EQ(first, next) << "the number was not given again";
    EXPECT_EQ(code, 0);
    EXPECT_THAT(finished.err, HasSubstr(fmt::format("process {} has ended", first)));
    std::set<std::uint64_t> starts;
    for (std::size_t line = 0; line + 1 < lines.size(); ++line) {
        const auto report = json_of(lines[line]);
        for (const char* list : {"threads", "exited"}) {
            for (const auto& row : report[list].GetArray()) {
                starts.insert(row["start_time_ns"].GetUint64());
            }
        }
    }
    EXPECT_EQ(starts.size(), 1U) << "threads of one process only";
}

}  // namespace
}  // namespace tsa::test
