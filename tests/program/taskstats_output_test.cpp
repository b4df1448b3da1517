// SPDX-License-Identifier: MIT
// `stat --taskstats` from outside: the kernel's delay accounting beside the probes, with a verdict per pair, in JSON,
// CSV and the table; accounting that is off, later than the thread, or not permitted; threads that are born meanwhile.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "model/columns.h"
#include "paths.h"
#include "program/json.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TaskstatsOutput : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_file(kAccountingSysctl));
        accounting_.set(false);
    }
    void switch_on() { accounting_.set(true); }

  private:
    AccountingSwitch accounting_;
};

std::vector<rapidjson::Document> reports(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"stat", "--json", "--taskstats"});
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.err, "");
    return reports_of(finished.out);
}

std::vector<std::string> keys_of(const rapidjson::Value& object) {
    std::vector<std::string> keys;
    for (const auto& member : object.GetObject()) {
        keys.emplace_back(member.name.GetString());
    }
    return keys;
}

std::string verdict_of(const rapidjson::Value& where, const std::string& pair) {
    const rapidjson::Value* comparison = pair_of(where, pair);
    return comparison != nullptr ? (*comparison)["verdict"].GetString() : "no such pair";
}

/// "agree" or "explained: ..." is what a healthy pair has.
bool is_reconciled(const std::string& verdict) {
    return verdict == "agree" || verdict.starts_with("explained: ");
}

void expect_consistent(const rapidjson::Value& comparison, const std::string& other_key) {
    EXPECT_THAT(keys_of(comparison), ElementsAre("pair", "probes_ns", other_key, "difference_ns", "verdict", "reason"));
    const rapidjson::Value& probes = comparison["probes_ns"];
    const rapidjson::Value& other = comparison[other_key.c_str()];
    const rapidjson::Value& difference = comparison["difference_ns"];
    EXPECT_EQ(difference.IsNull(), probes.IsNull() || other.IsNull());
    if (!difference.IsNull()) {
        EXPECT_EQ(difference.GetInt64(), other.GetInt64() - probes.GetInt64());
    }
    const std::string verdict = comparison["verdict"].GetString();
    EXPECT_EQ(comparison["reason"].IsNull(), verdict == "agree" || verdict == "disagree") << verdict;
}

TEST_F(TaskstatsOutput, json_has_every_counter_and_a_verdict_per_pair) {
    const Puppet busy("hogs", {std::to_string(test_cpu()), "1"});  // /proc/stat counts ticks: there must be some
    const auto lines = reports({"-i", "200", "-n", "2"});
    ASSERT_EQ(lines.size(), 2U);
    std::vector<std::string> counters;
    for (const Column& column : taskstats_columns()) {
        counters.emplace_back(column.key.substr(kTaskstatsPrefix.size()));
    }
    counters.emplace_back("accounting");
    for (const rapidjson::Document& report : lines) {
        std::size_t with = 0;
        for (const auto& row : report["threads"].GetArray()) {
            if (!row["taskstats"].IsNull()) {
                EXPECT_EQ(keys_of(row["taskstats"]), counters);
                ++with;
            }
            ASSERT_EQ(row["reconciliation"].Size(), 4U);
            for (const auto& comparison : row["reconciliation"].GetArray()) {
                expect_consistent(comparison, "taskstats_ns");
            }
        }
        EXPECT_GT(with * 10, report["threads"].Size() * 9ULL) << "nearly every thread is alive to be asked for";
        std::vector<std::string> pairs;
        for (const auto& comparison : report["system"]["reconciliation"].GetArray()) {
            expect_consistent(comparison, "kernel_ns");
            pairs.emplace_back(comparison["pair"].GetString());
        }
        EXPECT_THAT(pairs, ElementsAre("busy", "cpu_pressure", "io_pressure", "memory_pressure"));
        EXPECT_GT((*pair_of(report["system"], "busy"))["kernel_ns"].GetUint64(), 0U);
    }
}

TEST_F(TaskstatsOutput, without_the_flag_nothing_of_it_is_there_but_the_null) {
    const rapidjson::Document report = json_of(run({"stat", "--json", "-i", "50", "-n", "1"}).out);
    EXPECT_FALSE(report["system"].HasMember("reconciliation"));
    EXPECT_TRUE(report["threads"][0]["taskstats"].IsNull());
    EXPECT_FALSE(report["threads"][0].HasMember("reconciliation"));
}

TEST_F(TaskstatsOutput, hogs_agree_in_execution_and_cpu_wait) {
    switch_on();
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    const std::uint32_t tids[] = {hogs.tid("hog0"), hogs.tid("hog1")};
    const auto lines = reports({"-i", "1000", "-n", "4", "--tid", fmt::format("{},{}", tids[0], tids[1])});
    ASSERT_EQ(lines.size(), 4U);
    for (const std::uint32_t tid : tids) {
        std::map<std::string, double> difference;
        double wall_ns = 0;
        double exec_ns = 0;
        // A wait that is older than the probes begins at an unknown time: not the first interval.
        for (std::size_t at = 1; at < lines.size(); ++at) {
            const rapidjson::Value& row = *row_of(lines[at], tid);
            wall_ns += row["wall_ns"].GetDouble();
            exec_ns += row["exec_ns"].GetDouble();
            for (const char* pair : {"exec", "cpu_wait"}) {
                EXPECT_TRUE(is_reconciled(verdict_of(row, pair))) << pair << ": " << verdict_of(row, pair);
                const rapidjson::Value& comparison = *pair_of(row, pair);
                ASSERT_FALSE(comparison["difference_ns"].IsNull());
                EXPECT_EQ(comparison["taskstats_ns"],
                          row["taskstats"][pair == std::string("exec") ? "cpu_run_virtual_ns" : "cpu_delay_ns"]);
                difference[pair] += comparison["difference_ns"].GetDouble();
            }
        }
        EXPECT_GT(exec_ns, 0.05 * wall_ns);
        EXPECT_LT(std::abs(difference["exec"]), 0.01 * wall_ns + 1e7) << "1 %, and a tick";
        // What is open at the two ends is in one of them only: no more than a turn of the other threads.
        EXPECT_LT(std::abs(difference["cpu_wait"]), 0.05 * wall_ns);
    }
}

TEST_F(TaskstatsOutput, accounting_that_is_off_is_explained_and_null) {
    const std::string self = std::to_string(getpid());
    const rapidjson::Document report = std::move(reports({"-i", "100", "-n", "1", "--tid", self}).at(0));
    const rapidjson::Value& row = report["threads"][0];
    EXPECT_STREQ(row["taskstats"]["accounting"].GetString(), "off");
    EXPECT_TRUE(row["taskstats"]["blkio_delay_ns"].IsNull());
    EXPECT_FALSE(row["taskstats"]["cpu_run_virtual_ns"].IsNull()) << "the scheduler counts that in any case";
    for (const char* pair : {"io_wait", "swap_wait"}) {
        EXPECT_EQ(verdict_of(row, pair), "explained: accounting off");
        EXPECT_TRUE((*pair_of(row, pair))["taskstats_ns"].IsNull());
        EXPECT_FALSE((*pair_of(row, pair))["probes_ns"].IsNull());
    }
}

TEST_F(TaskstatsOutput, a_thread_older_than_the_accounting_is_explained_and_null) {
    Puppet older("waits");
    Program program({"stat", "--json", "--taskstats", "-i", "1000", "-n", "2", "--tid", std::to_string(older.pid())});
    ASSERT_TRUE(program.wait_for_lines(1));
    switch_on();
    const Finished finished = program.finish();
    const auto lines = reports_of(finished.out);
    ASSERT_EQ(lines.size(), 2U) << finished.err;
    EXPECT_EQ(verdict_of(lines[0]["threads"][0], "io_wait"), "explained: accounting off");
    const rapidjson::Value& row = lines[1]["threads"][0];
    EXPECT_STREQ(row["taskstats"]["accounting"].GetString(), "on");
    EXPECT_EQ(verdict_of(row, "io_wait"), "explained: older thread");
    EXPECT_TRUE(row["taskstats"]["blkio_delay_ns"].IsNull());
    EXPECT_TRUE((*pair_of(row, "io_wait"))["taskstats_ns"].IsNull());
}

TEST_F(TaskstatsOutput, a_thread_born_inside_the_interval_is_compared_from_its_birth) {
    switch_on();
    Program program({"stat", "--json", "--taskstats", "-i", "2000", "-n", "2"});
    ASSERT_TRUE(program.wait_for_lines(1));
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    const Finished finished = program.finish();
    const auto lines = reports_of(finished.out);
    ASSERT_EQ(lines.size(), 2U) << finished.err;
    EXPECT_EQ(row_of(lines[0], hogs.tid("hog0")), nullptr);
    const rapidjson::Value* row = row_of(lines[1], hogs.tid("hog0"));
    ASSERT_NE(row, nullptr);
    EXPECT_LT((*row)["wall_ns"].GetUint64(), lines[1]["interval_ns"].GetUint64());
    for (const char* pair : {"exec", "cpu_wait", "io_wait"}) {
        EXPECT_TRUE(is_reconciled(verdict_of(*row, pair))) << pair << ": " << verdict_of(*row, pair);
        EXPECT_FALSE((*pair_of(*row, pair))["taskstats_ns"].IsNull()) << pair;
    }
    EXPECT_NEAR((*pair_of(*row, "exec"))["taskstats_ns"].GetDouble(), (*row)["exec_ns"].GetDouble(),
                0.05 * lines[1]["interval_ns"].GetDouble());
}

/// RFC 4180: quotes, doubled quotes inside them, line ends inside them.
std::vector<std::vector<std::string>> csv_of(const std::string& text) {
    std::vector<std::vector<std::string>> records(1, {""});
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string& field = records.back().back();
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        if (quoted && text[at] == '"' && next == '"') {
            field += text[at++];
        } else if (text[at] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[at] == ',') {
            records.back().emplace_back();
        } else if (!quoted && text[at] == '\r' && next == '\n') {
            records.emplace_back(1, "");
            ++at;
        } else {
            field += text[at];
        }
    }
    EXPECT_FALSE(quoted);
    EXPECT_THAT(records.back(), ElementsAre("")) << "the last line has its end";
    records.pop_back();
    return records;
}

TEST_F(TaskstatsOutput, csv_has_the_columns_and_verdicts_of_json) {
    Puppet puppet("names");
    ASSERT_EQ(puppet.ask("name 612c2262"), "named");  // a,"b
    const std::string tid = std::to_string(puppet.tid("named"));
    const std::vector<std::string> choice{"-i", "200", "-n", "2", "--tid", tid};
    const auto json = reports(choice);
    std::vector<std::string> arguments{"stat", "--csv", "--taskstats"};
    arguments.insert(arguments.end(), choice.begin(), choice.end());
    const Finished finished = run(arguments);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    const auto csv = csv_of(finished.out);
    ASSERT_EQ(csv.size(), 3U) << "a header and two intervals";
    std::map<std::string, std::string> cells;
    for (std::size_t at = 0; at < csv[0].size(); ++at) {
        ASSERT_EQ(csv[2].size(), csv[0].size());
        EXPECT_TRUE(cells.emplace(csv[0][at], csv[2][at]).second) << "a column twice: " << csv[0][at];
    }
    const rapidjson::Value& row = json.at(1)["threads"][0];
    std::set<std::string> expected{"time_unix_ns", "interval_ns", "exit_time_unix_ns"};
    for (const std::string& key : keys_of(row)) {
        static const std::set<std::string> kOfJson{"taskstats", "reconciliation", "start_time", "verdict",
                                                   "cgroup",    "unit",           "container",  "pod"};
        const bool is_of_json = kOfJson.contains(key);
        if (!is_of_json) {
            expected.insert(key);
        }
    }
    for (const Column& column : taskstats_columns()) {
        expected.emplace(column.key);
    }
    for (const auto& comparison : row["reconciliation"].GetArray()) {
        expected.insert(std::string("verdict_") + comparison["pair"].GetString());
    }
    std::set<std::string> found;
    for (const auto& [key, cell] : cells) {
        found.insert(key);
    }
    EXPECT_EQ(found, expected);
    EXPECT_EQ(cells["tid"], tid);
    EXPECT_EQ(cells["comm"], row["comm"].GetString());
    EXPECT_THAT(cells["comm"], HasSubstr("a,\"b"));
    EXPECT_EQ(cells["taskstats_version"], std::to_string(row["taskstats"]["version"].GetUint()));
    EXPECT_EQ(cells["taskstats_cpu_run_virtual_ns"], "0") << "it sleeps: measured zero is not absent";
    EXPECT_EQ(cells["taskstats_blkio_delay_ns"], "") << "absent is empty";
    for (const char* pair : {"exec", "cpu_wait", "io_wait", "swap_wait"}) {
        EXPECT_EQ(cells[std::string("verdict_") + pair], verdict_of(row, pair));
    }
}

TEST_F(TaskstatsOutput, the_table_has_a_second_line_with_the_verdicts) {
    const std::string self = std::to_string(getpid());
    const Finished finished = run({"stat", "--taskstats", "-i", "100", "-n", "1", "--tid", self});
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    const std::vector<std::string> lines = lines_of(finished.out);
    const auto row = std::ranges::find_if(
        lines, [&](const std::string& line) { return line.find(" " + self + " ") != std::string::npos; });
    ASSERT_LT(row + 1, lines.end()) << finished.out;
    EXPECT_THAT(*(row + 1), ::testing::ContainsRegex("^ +taskstats   exec [^ ]+ \\((agree|explained: )"));
    EXPECT_THAT(finished.out, HasSubstr("io wait - (explained: accounting off)"));
}

TEST_F(TaskstatsOutput, without_the_right_to_ask_one_line_says_why_and_the_probes_stand_alone) {
    TSA_REQUIRE(missing_file("/usr/bin/setpriv"));
    const Finished finished = run({"--bounding-set=-net_admin", paths::kBinary, "stat", "--json", "--taskstats", "-i",
                                   "100", "-n", "2", "--tid", std::to_string(getpid())},
                                  false, "/usr/bin/setpriv");
    EXPECT_EQ(finished.exit_code, 0);
    ASSERT_EQ(lines_of(finished.err).size(), 1U) << finished.err;
    EXPECT_THAT(finished.err, StartsWith("rstat-tsa: taskstats: "));
    EXPECT_THAT(finished.err, HasSubstr("Operation not permitted; hint: "));
    EXPECT_THAT(finished.err, HasSubstr("CAP_NET_ADMIN"));
    const auto lines = reports_of(finished.out);
    ASSERT_EQ(lines.size(), 2U);
    for (const rapidjson::Document& report : lines) {
        EXPECT_STREQ(report["source"].GetString(), "bpf");
        const rapidjson::Value& row = report["threads"][0];
        EXPECT_TRUE(row["taskstats"].IsNull());
        for (const char* pair : {"exec", "cpu_wait", "io_wait", "swap_wait"}) {
            EXPECT_EQ(verdict_of(row, pair), "explained: no reply");
            EXPECT_FALSE((*pair_of(row, pair))["probes_ns"].IsNull());
        }
    }
}

TEST_F(TaskstatsOutput, an_ordinary_user_is_told_once_and_gets_what_proc_has) {
    const Finished finished =
        run({"stat", "--json", "--taskstats", "--source", "procfs", "-i", "100", "-n", "2", "--top", "3"}, true);
    EXPECT_EQ(finished.exit_code, 0);
    ASSERT_EQ(lines_of(finished.err).size(), 1U) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("CAP_NET_ADMIN"));
    for (const rapidjson::Document& report : reports_of(finished.out)) {
        for (const auto& row : report["threads"].GetArray()) {
            EXPECT_TRUE(row["taskstats"].IsNull());
        }
    }
}

}  // namespace
}  // namespace tsa::test
