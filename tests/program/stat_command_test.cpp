// SPDX-License-Identifier: MIT
// `rstat-tsa stat -- CMD` from outside: the command's own output and exit code, and CPU time against getrusage.
#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/strict_json.h"
#include "support/taken_time.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;

class StatCommand : public ::testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }

    rapidjson::Document json_of(const std::string& script, int exit_code = 0,
                                const std::string& option = "--color=never") {
        const std::string path = folder_.path() + "/report.json";
        const Finished finished = run({"stat", "--json", option, "-o", path, "--", "bash", "-c", script});
        EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
        std::ifstream file(path);
        std::stringstream text;
        text << file.rdbuf();
        rapidjson::Document json;
        json.Parse(text.str().c_str());
        EXPECT_FALSE(json.HasParseError()) << text.str();
        return json;
    }

    TempDir folder_;
};

std::uint64_t rusage_ns(const rapidjson::Document& json) {
    return json["command"]["rusage_user_ns"].GetUint64() + json["command"]["rusage_system_ns"].GetUint64();
}

TEST_F(StatCommand, cpu_time_agrees_with_getrusage) {
    const TakenTime taken;
    const auto json = json_of("i=0; while [ $i -lt 600000 ]; do i=$((i+1)); done");
    const std::uint64_t exec_ns = json["command"]["total"]["exec_ns"].GetUint64();
    const std::uint64_t charged_ns = rusage_ns(json);
    // 1 %, and what the child spends between its last clock tick in exit and its last switch.
    EXPECT_TRUE(is_charged(exec_ns, charged_ns, 0.01 * static_cast<double>(charged_ns) + 2e6, taken));
    EXPECT_EQ(json["command"]["total"]["threads"].GetUint64(), 1U);
}

TEST_F(StatCommand, network_bytes_of_children_are_counted_from_their_first_one_on) {
    // Datagrams to a port of this machine without a reader.
    const std::string script = "for i in 1 2 3; do (printf 0123456789 >/dev/udp/127.0.0.1/9); done; true";
    const auto json = json_of(script, 0, "--net");
    EXPECT_EQ(json["command"]["total"]["net_tx_bytes"].GetUint64(), 30U);
    EXPECT_EQ(json["command"]["total"]["net_rx_bytes"].GetUint64(), 0U);
    EXPECT_EQ(json["command"]["by_name"][0]["net_tx_bytes"].GetUint64(), 30U);
    const auto without = json_of(script);
    EXPECT_TRUE(without["command"]["total"]["net_tx_bytes"].IsNull());
    const Finished text = run({"stat", "--net", "--", "bash", "-c", script});
    EXPECT_THAT(text.err, HasSubstr("network: received 0, sent 30")) << text.err;
}

TEST_F(StatCommand, short_lived_children_are_all_counted_and_summed_by_name) {
    constexpr std::uint64_t kChildren = 300;
    const TakenTime taken;
    const auto json = json_of("i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done; exit 3", 3);
    const auto& command = json["command"];
    EXPECT_EQ(command["exit_code"].GetInt(), 3);
    EXPECT_EQ(command["total"]["processes"].GetUint64(), kChildren + 1);
    EXPECT_EQ(command["still_running"].GetUint64(), 0U);
    std::uint64_t named_true = 0;
    for (const auto& group : command["by_name"].GetArray()) {
        if (std::string(group["comm"].GetString()) == "true") {
            named_true = group["threads"].GetUint64();
        }
    }
    EXPECT_EQ(named_true, kChildren);
    const std::uint64_t exec_ns = command["total"]["exec_ns"].GetUint64();
    const std::uint64_t charged_ns = rusage_ns(json);
    // Exits are charged a little differently; a child costs half a millisecond and more, so 5 % is far from losing any.
    EXPECT_TRUE(is_charged(exec_ns, charged_ns, 0.05 * static_cast<double>(charged_ns), taken));
    EXPECT_EQ(json["health"]["exit_records_lost"].GetUint64(), 0U);
}

TEST_F(StatCommand, its_output_and_exit_code_are_untouched_and_the_table_goes_to_stderr) {
    const Finished finished = run({"stat", "--", "sh", "-c", "echo hello; echo oops >&2; exit 7"});
    EXPECT_EQ(finished.exit_code, 7);
    EXPECT_EQ(finished.out, "hello\n");
    EXPECT_THAT(finished.err, HasSubstr("oops\n"));
    EXPECT_THAT(finished.err, HasSubstr("exit code 7"));
    EXPECT_THAT(finished.err, HasSubstr("total"));
}

TEST_F(StatCommand, death_by_a_signal_is_128_and_more) {
    const Finished finished = run({"stat", "--", "sh", "-c", "kill -KILL $$"});
    EXPECT_EQ(finished.exit_code, 128 + SIGKILL);
    EXPECT_THAT(finished.err, HasSubstr("killed by signal 9"));
}

TEST_F(StatCommand, a_command_that_cannot_run_is_told_like_a_shell_does) {
    const Finished missing = run({"stat", "--", "no-such-command-here"});
    EXPECT_EQ(missing.exit_code, 127);
    EXPECT_THAT(missing.err, HasSubstr("no-such-command-here: No such file"));
    EXPECT_EQ(run({"stat", "--", "/etc"}).exit_code, 126);
}

TEST_F(StatCommand, a_signal_to_us_reaches_the_command_and_its_report_is_printed) {
    Program program({"stat", "--", "sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"});
    ASSERT_TRUE(program.wait_for_lines(1));
    const Finished finished = program.finish(SIGTERM);
    EXPECT_EQ(finished.exit_code, 5);
    EXPECT_THAT(finished.err, HasSubstr("exit code 5"));
}

TEST_F(StatCommand, children_that_outlive_it_are_counted_up_to_now) {
    const auto json = json_of("sleep 1000 > /dev/null 2>&1 & echo $! > " + folder_.path() + "/child");
    EXPECT_EQ(json["command"]["still_running"].GetUint64(), 1U);
    pid_t child = 0;
    std::ifstream(folder_.path() + "/child") >> child;
    ASSERT_GT(child, 0);
    kill(child, SIGKILL);
}

TEST_F(StatCommand, with_an_interval_it_also_reports_on_the_way) {
    const std::string path = folder_.path() + "/lines";
    const Finished finished = run({"stat", "--json", "-i", "20", "-o", path, "--", "sh", "-c",
                                   "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"});
    EXPECT_EQ(finished.exit_code, 0);
    std::ifstream file(path);
    std::uint64_t exec_by_interval = 0, exec_in_total = 0;
    for (std::string line; std::getline(file, line);) {
        rapidjson::Document json;
        json.Parse(line.c_str());
        ASSERT_FALSE(json.HasParseError());
        if (json.HasMember("command")) {
            exec_in_total = json["command"]["total"]["exec_ns"].GetUint64();
            continue;
        }
        for (const char* list : {"threads", "exited"}) {
            for (const auto& row : json[list].GetArray()) {
                exec_by_interval += row["exec_ns"].GetUint64();
            }
        }
    }
    EXPECT_GT(exec_in_total, 0U);
    EXPECT_NEAR(static_cast<double>(exec_by_interval), static_cast<double>(exec_in_total),
                0.02 * static_cast<double>(exec_in_total) + 2e6);
}

TEST_F(StatCommand, says_what_its_threads_wait_for_where_intervals_are_asked_for) {
    const std::string path = folder_.path() + "/reports.json";
    const Finished finished = run({"stat", "--json", "-i", "250", "-o", path, "--", "sh", "-c", "sleep 2 | cat"});
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    std::ifstream file(path);
    std::set<std::string> labels;
    for (std::string line; std::getline(file, line);) {
        rapidjson::Document report;
        report.Parse(line.c_str());
        for (const rapidjson::Value& thread : report["threads"].GetArray()) {
            if (thread["comm"] == "cat" && thread["wait_label"].IsString()) {
                labels.insert(thread["wait_label"].GetString());
            }
        }
    }
    EXPECT_THAT(labels, ::testing::Contains(
                            ::testing::AllOf(::testing::StartsWith("pipe from "), ::testing::EndsWith(" sleep"))));
}

}  // namespace
}  // namespace tsa::test
