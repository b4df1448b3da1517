// SPDX-License-Identifier: MIT
// Output without a reader: a signal ends a write that waits for its reader, cleanly and with a message.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <csignal>

#include "program/json.h"
#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;

class Unread : public ::testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }
};

TEST_F(Unread, stat_ends_by_a_signal_with_0_and_says_what_is_missing) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        Program program({"stat", "--json", "-i", "10"});
        program.shrink_stdout();
        ASSERT_TRUE(program.wait_until_full());
        const Finished finished = program.end_unread(signal);
        EXPECT_EQ(finished.exit_code, 0) << signal;
        EXPECT_THAT(finished.err, HasSubstr("the reader was stalled"));
    }
}

TEST_F(Unread, a_pipe_of_another_user_is_no_trap_either) {
    Program program({"stat", "--csv", "--source", "procfs", "-i", "10"}, true);
    program.shrink_stdout();
    ASSERT_TRUE(program.wait_until_full());
    const Finished finished = program.end_unread(SIGINT);
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_THAT(finished.err, HasSubstr("the reader was stalled"));
}

TEST_F(Unread, a_reader_that_reads_again_gets_whole_lines) {
    for (const bool as_nobody : {false, true}) {
        std::vector<std::string> arguments = {"stat", "--json", "-i", "10"};
        if (as_nobody) {
            arguments.insert(arguments.end(), {"--source", "procfs"});
        }
        Program program(arguments, as_nobody);
        program.shrink_stdout();
        ASSERT_TRUE(program.wait_until_full());
        ASSERT_TRUE(program.wait_for_lines(2));
        const Finished finished = program.finish(SIGINT);
        EXPECT_EQ(finished.exit_code, 0);
        ASSERT_FALSE(finished.out.empty());
        EXPECT_EQ(finished.out.back(), '\n');
        for (const std::string& line : lines_of(finished.out)) {
            EXPECT_FALSE(json_of(line).HasParseError());
        }
        EXPECT_THAT(finished.err, testing::Not(HasSubstr("the reader was stalled")));
    }
}

TEST_F(Unread, stat_of_a_command_passes_the_signal_on_all_the_same) {
    Program program({"stat", "--json", "-i", "10", "--", "sleep", "1000"});
    program.shrink_stdout();
    ASSERT_TRUE(program.wait_until_full());
    const Finished finished = program.end_unread(SIGTERM);
    EXPECT_EQ(finished.exit_code, 128 + SIGTERM);
    EXPECT_THAT(finished.err, HasSubstr("the reader was stalled"));
}

TEST_F(Unread, a_command_that_takes_its_time_after_the_signal_is_still_followed_to_its_end) {
    for (const std::vector<std::string>& way : {std::vector<std::string>{"stat", "--json"}, {"record", "-o", "-"}}) {
        std::vector<std::string> arguments = way;
        arguments.insert(arguments.end(), {"-i", "10", "--", "sh", "-c",
                                           "trap 'end=1' TERM; while [ -z \"$end\" ]; do sleep 0.01; done; "
                                           "for i in $(seq 100); do sleep 0.01; done; exit 7"});
        Program program(arguments);
        program.shrink_stdout();
        ASSERT_TRUE(program.wait_for_lines(2));
        // There is room when the signal comes; reports fill it while the command goes on.
        const Finished finished = program.end_unread(SIGTERM);
        EXPECT_EQ(finished.exit_code, 7) << way.front();
        EXPECT_THAT(finished.err, HasSubstr("the reader was stalled"));
    }
}

TEST_F(Unread, the_last_report_of_a_command_that_was_told_to_end_is_not_waited_for) {
    for (const std::vector<std::string>& way : {std::vector<std::string>{"stat", "--json"}, {"record", "-o", "-"}}) {
        std::vector<std::string> arguments = way;
        // The command fills the pipe; its own last words are for nobody either.
        arguments.insert(arguments.end(), {"--", "sh", "-c", "head -c 65536 /dev/zero; exec sleep 1000"});
        Program program(arguments);
        ASSERT_TRUE(program.wait_until_full());
        const Finished finished = program.end_unread(SIGTERM);
        EXPECT_EQ(finished.exit_code, 128 + SIGTERM) << way.front();
        EXPECT_THAT(finished.err, HasSubstr("the reader was stalled"));
    }
}

TEST_F(Unread, record_ends_with_0_and_tells_what_was_recorded) {
    Program program({"record", "-o", "-", "-i", "10"});
    program.shrink_stdout();
    ASSERT_TRUE(program.wait_until_full());
    const Finished finished = program.end_unread(SIGTERM);
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_THAT(finished.err, HasSubstr("the reader was stalled"));
    EXPECT_THAT(finished.err, HasSubstr("recorded "));
}

TEST_F(Unread, export_says_that_the_trace_is_not_whole) {
    const TempDir folder;
    const std::string recording = folder.path() + "/recording";
    ASSERT_EQ(run({"record", "-o", recording, "-i", "100", "-d", "0.5"}).exit_code, 0);
    Program program({"export", recording, "--chrome-trace", "-"});
    program.shrink_stdout();
    ASSERT_TRUE(program.wait_until_full());
    const Finished finished = program.end_unread(SIGINT);
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("stopped while waiting for a reader"));
    EXPECT_THAT(finished.err, HasSubstr("the output is incomplete"));
}

TEST_F(Unread, a_named_pipe_without_a_reader_is_no_trap_either) {
    const TempDir folder;
    const std::string pipe = folder.path() + "/pipe";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    // It has taken no signal yet: it dies by this one, as any program that waits to open a file does.
    Program program({"stat", "-o", pipe});
    ASSERT_TRUE(await([&program] {
        const auto call = blocked_call(static_cast<std::uint32_t>(program.pid()));
        return call && call->number == SYS_openat;
    }));
    EXPECT_EQ(program.end_unread(SIGINT).exit_code, -SIGINT);
}

}  // namespace
}  // namespace tsa::test
