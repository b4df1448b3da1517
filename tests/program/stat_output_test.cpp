// SPDX-License-Identifier: MIT
// `rstat-tsa stat` from outside: JSON and CSV parsed back, sums, ends by signal, pipe, count, full disk and privilege.
#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>

#include "program/run.h"
#include "support/feature.h"
#include "support/strict_json.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kStates[] = {"exec_ns",     "cpu_wait_ns",  "io_wait_ns",         "swap_wait_ns",
                                   "mem_wait_ns", "lock_wait_ns", "uninterruptible_ns", "sync_ns",
                                   "sleep_ns",    "idle_ns",      "stopped_ns",         "zombie_ns"};

rapidjson::Document parse(const std::string& line) {
    rapidjson::Document json;
    json.Parse<rapidjson::kParseValidateEncodingFlag>(line.c_str());
    EXPECT_FALSE(json.HasParseError()) << line.substr(0, 400);
    return json;
}

void expect_states_sum_to_wall(const rapidjson::Value& row) {
    std::uint64_t sum = 0;
    for (const char* state : kStates) {
        sum += row[state].GetUint64();
    }
    EXPECT_EQ(sum, row["wall_ns"].GetUint64()) << "TID " << row["tid"].GetUint64();
    EXPECT_LE(row["cpu_wait_preempted_ns"].GetUint64(), row["cpu_wait_ns"].GetUint64());
}

bool lists(const rapidjson::Value& threads, pid_t tid) {
    for (const auto& row : threads.GetArray()) {
        if (row["tid"].GetUint64() == static_cast<std::uint64_t>(tid)) {
            return true;
        }
    }
    return false;
}

class StatOutput : public ::testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }
};

TEST_F(StatOutput, json_has_the_schema_and_states_sum_to_wall_for_every_thread) {
    const Finished finished = run({"stat", "--json", "-i", "100", "-n", "3"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.err, "");
    const auto lines = lines_of(finished.out);
    ASSERT_EQ(lines.size(), 3U);
    std::uint64_t last_time = 0;
    for (const std::string& line : lines) {
        const auto json = parse(line);
        EXPECT_EQ(json["schema"].GetInt(), 1);
        EXPECT_GT(json["time_unix_ns"].GetUint64(), last_time);
        last_time = json["time_unix_ns"].GetUint64();
        EXPECT_GT(json["threads"].Size(), 5U);
        EXPECT_TRUE(lists(json["threads"], getpid()));
        for (const char* list : {"threads", "exited"}) {
            for (const auto& row : json[list].GetArray()) {
                expect_states_sum_to_wall(row);
            }
        }
        std::uint64_t total = 0;
        for (const char* state : kStates) {
            total += json["system"][state].GetUint64();
        }
        EXPECT_EQ(total, json["system"]["wall_ns"].GetUint64());
    }
}

TEST_F(StatOutput, intervals_do_not_drift) {
    const auto lines = lines_of(run({"stat", "--json", "-i", "50", "-n", "21", "--top", "1"}).out);
    ASSERT_EQ(lines.size(), 21U);
    const auto first = parse(lines.front());
    const auto last = parse(lines.back());
    std::uint64_t sum = 0;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        sum += parse(lines[i])["interval_ns"].GetUint64();
    }
    // Each line says how long its interval was, so the sum is the distance of the ends whatever the machine did; both
    // clocks run at one rate up to adjustment.
    const auto distance = last["time_unix_ns"].GetUint64() - first["time_unix_ns"].GetUint64();
    EXPECT_NEAR(static_cast<double>(sum), static_cast<double>(distance), 0.01 * static_cast<double>(distance));
    // Ticks are at start + k * 50 ms: late ones do not push the next, so the mean is no longer than the interval
    // unless whole ticks were skipped.
    EXPECT_GE(sum, 19ULL * 50'000'000);
}

TEST_F(StatOutput, csv_has_one_header_and_whole_lines) {
    const Finished finished = run({"stat", "--csv", "-i", "50", "-n", "2"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const auto lines = lines_of(finished.out);
    ASSERT_GT(lines.size(), 10U);
    EXPECT_EQ(lines[0].rfind("time_unix_ns,interval_ns,tid,tgid,", 0), 0U);
    EXPECT_EQ(finished.out.find("time_unix_ns,interval_ns", 1), std::string::npos);
    for (const std::string& line : lines) {
        EXPECT_EQ(line.back(), '\r');
    }
}

TEST_F(StatOutput, only_the_asked_for_threads_are_listed_but_totals_are_of_the_machine) {
    const std::string self = std::to_string(getpid());
    const auto json = parse(run({"stat", "--json", "-i", "50", "-n", "1", "--tid", self}).out);
    ASSERT_EQ(json["threads"].Size(), 1U);
    EXPECT_EQ(json["threads"][0]["tid"].GetUint64(), static_cast<std::uint64_t>(getpid()));
    EXPECT_GT(json["system"]["wall_ns"].GetUint64(), 2 * json["threads"][0]["wall_ns"].GetUint64());
    const auto users = parse(run({"stat", "--json", "-i", "50", "-n", "1", "--kernel-threads", "off"}).out);
    for (const auto& row : users["threads"].GetArray()) {
        EXPECT_FALSE(row["kernel"].GetBool());
    }
}

TEST_F(StatOutput, rows_are_sorted_and_cut) {
    const auto json = parse(run({"stat", "--json", "-i", "50", "-n", "1", "--sort", "cpu", "--top", "3"}).out);
    ASSERT_EQ(json["threads"].Size(), 3U);
    EXPECT_GE(json["threads"][0]["exec_ns"].GetUint64(), json["threads"][1]["exec_ns"].GetUint64());
    EXPECT_GE(json["threads"][1]["exec_ns"].GetUint64(), json["threads"][2]["exec_ns"].GetUint64());
}

TEST_F(StatOutput, a_signal_prints_what_was_measured_so_far_and_ends_with_0) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        Program program({"stat", "--json", "-i", "50"});
        ASSERT_TRUE(program.wait_for_lines(1));
        const Finished finished = program.finish(signal);
        EXPECT_EQ(finished.exit_code, 0);
        for (const std::string& line : lines_of(finished.out)) {
            EXPECT_FALSE(parse(line).HasParseError());
        }
    }
}

TEST_F(StatOutput, a_signal_before_the_first_interval_ends_prints_it) {
    Program program({"stat", "--json", "-i", "3600000", "-o", "/proc/self/fd/2"});
    // Once it polls, it measures. The file begins with the number of the system call that it sleeps in.
    const std::string call_file = "/proc/" + std::to_string(program.pid()) + "/syscall";
    bool polls = false;
    for (long call = -1; !polls && std::ifstream(call_file).good();) {
        std::ifstream(call_file) >> call;
        polls = call == SYS_ppoll;
#ifdef SYS_poll
        polls |= call == SYS_poll;
#endif
    }
    ASSERT_TRUE(polls);
    const Finished finished = program.finish(SIGINT);
    EXPECT_EQ(finished.exit_code, 0);
    const auto lines = lines_of(finished.err);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_GT(parse(lines[0])["interval_ns"].GetUint64(), 0U);
}

TEST_F(StatOutput, a_reader_that_leaves_ends_it_quietly) {
    Program program({"stat", "--json", "-i", "50"});
    ASSERT_TRUE(program.wait_for_lines(1));
    program.close_stdout();
    const Finished finished = program.finish();
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_EQ(finished.err, "");
}

TEST_F(StatOutput, a_reader_that_leaves_is_noticed_long_before_the_next_line) {
    Program program({"stat", "--json", "-i", "3600000"});
    program.close_stdout();
    EXPECT_EQ(program.finish().exit_code, 0);
}

TEST_F(StatOutput, a_full_disk_is_told_with_exit_code_1) {
    const Finished finished = run({"stat", "--json", "-i", "20", "-o", "/dev/full"});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("No space left"));
}

TEST_F(StatOutput, it_ends_when_all_its_threads_have_ended) {
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    Program program({"stat", "--json", "-i", "50", "-p", std::to_string(child)});
    const bool started = program.wait_for_lines(1);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    ASSERT_TRUE(started);
    const Finished finished = program.finish();
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_THAT(finished.err, HasSubstr("has ended"));
}

TEST_F(StatOutput, without_privilege_it_says_what_would_help) {
    const Finished finished = run({"stat", "--source", "bpf", "-n", "1"}, true);
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_EQ(finished.out, "");
    EXPECT_THAT(finished.err, HasSubstr("not permitted"));
    EXPECT_THAT(finished.err, HasSubstr("hint: "));
    EXPECT_THAT(finished.err, HasSubstr("cap_bpf"));
}

TEST(StatUsage, bad_arguments_end_with_2_and_what_does_not_exist_with_1) {
    struct Case {
        std::vector<std::string> arguments;
        int exit_code;
        const char* complaint;
    };
    const Case cases[] = {
        {{"stat", "-i", "0"}, 2, "out of range"},
        {{"stat", "--sort", "nonsense"}, 2, "no column"},
        {{"-5"}, 2, "negative"},
        {{"0"}, 2, "idle task"},
        {{"recrod"}, 2, "neither"},
        {{"record"}, 2, "-o DIR is missing"},
        {{"stat", "--tid", "4194303"}, 1, "no thread 4194303"},
        {{"stat", "-p", "4194303"}, 1, "no process 4194303"},
        {{}, 1, "need a terminal"},
        {{"1"}, 1, "rstat-tsa stat"},
    };
    for (const Case& one : cases) {
        const Finished finished = run(one.arguments);
        EXPECT_EQ(finished.exit_code, one.exit_code) << one.complaint;
        EXPECT_THAT(finished.err, HasSubstr(one.complaint));
        EXPECT_THAT(finished.err, HasSubstr("hint: "));
        EXPECT_EQ(finished.out, "");
    }
    EXPECT_EQ(run({"--help"}).exit_code, 0);
    EXPECT_THAT(run({"--version"}).out, HasSubstr("rstat-tsa "));
}

}  // namespace
}  // namespace tsa::test
