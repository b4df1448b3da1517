// SPDX-License-Identifier: MIT
// The recipes of docs/recipes.md, run as written on a recording, give what adding up its rows gives.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "paths.h"
#include "record/csv_fields.h"
#include "support/feature.h"

namespace tsa {
namespace {

using Row = std::map<std::string, std::string>;
using Rows = std::vector<Row>;

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

Rows rows_of(const std::string& csv) {
    std::istringstream lines(csv);
    std::string line;
    std::vector<std::string> keys;
    Rows rows;
    CsvFields fields;
    while (std::getline(lines, line)) {
        EXPECT_TRUE(fields.split(line)) << line;
        if (keys.empty()) {
            keys.assign(fields.fields().begin(), fields.fields().end());
            continue;
        }
        EXPECT_EQ(fields.fields().size(), keys.size()) << line;
        Row& row = rows.emplace_back();
        for (std::size_t i = 0; i < keys.size() && i < fields.fields().size(); ++i) {
            row[keys[i]] = fields.fields()[i];
        }
    }
    return rows;
}

/// The block of code behind the mark of that name.
std::string recipe(const std::string& name) {
    const std::string text = text_of(paths::kSources + "/docs/recipes.md");
    const std::string mark = "<!-- run: " + name + " -->\n```";
    const std::size_t at = text.find(mark);
    if (at == std::string::npos) {
        ADD_FAILURE() << "no recipe " << name;
        return {};
    }
    const std::size_t begin = text.find('\n', at + mark.size()) + 1;
    return text.substr(begin, text.find("\n```\n", begin) + 1 - begin);
}

std::int64_t number(const std::string& text) {
    return text.empty() ? 0 : std::stoll(text);
}

/// A directory with the recording in it, gone with the test.
class Recipes : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "rstat-recipes-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory_ = name;
        const std::filesystem::path data = std::filesystem::path(paths::kTestData) / "recording";
        for (const char* file : {"threads.csv", "system.csv"}) {
            std::filesystem::copy_file(data / file, directory_ / file);
        }
        threads_ = rows_of(text_of(directory_ / "threads.csv"));
        machine_ = rows_of(text_of(directory_ / "system.csv"));
        ASSERT_GT(threads_.size(), 50U);
        ASSERT_GT(machine_.size(), 10U);
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    /// What a shell prints for it, in the recording's directory; its exit code is 0.
    std::string output_of(const std::string& command) {
        const std::string whole = fmt::format("cd '{}' && {{ {}\n}}", directory_.string(), command);
        FILE* pipe = ::popen(whole.c_str(), "re");
        EXPECT_NE(pipe, nullptr);
        std::string out;
        char buffer[4096];
        for (std::size_t size = 0; (size = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
            out.append(buffer, size);
        }
        EXPECT_EQ(::pclose(pipe), 0) << command << "\n" << out;
        return out;
    }
    void write(const std::string& name, const std::string& text) { std::ofstream(directory_ / name) << text; }
    Rows query(const std::string& name) {
        write("query.sql", recipe("sqlite") + recipe(name));
        return rows_of(output_of("sqlite3 -bail -csv -header :memory: < query.sql"));
    }
    [[nodiscard]] static std::optional<std::string> missing_program(const std::string& name) {
        const bool there = std::system(fmt::format("command -v {} > /dev/null", name).c_str()) == 0;
        return there ? std::nullopt : std::optional(name);
    }
    /// python3 with these modules; empty: none. A separate python in PATH may lack what the system's has.
    [[nodiscard]] static std::string python_with(const std::string& modules) {
        for (const char* python : {"python3", "/usr/bin/python3"}) {
            if (std::system(fmt::format("{} -c 'import {}' 2> /dev/null", python, modules).c_str()) == 0) {
                return python;
            }
        }
        return {};
    }
    [[nodiscard]] std::map<std::string, std::int64_t> sums(const std::string& key, const std::string& value) const {
        std::map<std::string, std::int64_t> sums;
        for (const Row& row : threads_) {
            sums[row.at(key)] += number(row.at(value));
        }
        return sums;
    }

    std::filesystem::path directory_;
    Rows threads_, machine_;
};

constexpr double kRounding = 0.00051;  // of a number with three decimals

TEST_F(Recipes, top_waits_are_the_sums_by_name_largest_first) {
    TSA_REQUIRE(missing_program("sqlite3"));
    const Rows found = query("top-waits");
    const auto lost = sums("comm", "latency_ns");
    ASSERT_EQ(found.size(), std::min<std::size_t>(10, lost.size()));
    std::vector<std::int64_t> wanted(lost.size());
    std::ranges::transform(lost, wanted.begin(), [](const auto& one) { return one.second; });
    std::ranges::sort(wanted, std::greater<>());
    for (std::size_t i = 0; i < found.size(); ++i) {
        const Row& row = found[i];
        ASSERT_TRUE(lost.contains(row.at("comm"))) << row.at("comm");
        EXPECT_NEAR(std::stod(row.at("delayed_s")), static_cast<double>(wanted[i]) / 1e9, kRounding);
        EXPECT_NEAR(std::stod(row.at("delayed_s")), static_cast<double>(lost.at(row.at("comm"))) / 1e9, kRounding);
        for (const std::string state : {"cpu_wait", "io_wait", "lock_wait", "swap_wait", "mem_wait"}) {
            EXPECT_NEAR(std::stod(row.at(state + "_s")),
                        static_cast<double>(sums("comm", state + "_ns").at(row.at("comm"))) / 1e9, kRounding);
        }
        std::map<std::string, int> identities;
        for (const Row& thread : threads_) {
            identities[thread.at("tid") + "/" + thread.at("start_time_ns")] += thread.at("comm") == row.at("comm");
        }
        EXPECT_EQ(number(row.at("threads")),
                  std::ranges::count_if(identities, [](const auto& one) { return one.second > 0; }));
    }
}

TEST_F(Recipes, processes_are_the_sums_by_tgid_with_the_name_of_the_main_thread) {
    TSA_REQUIRE(missing_program("sqlite3"));
    const Rows found = query("by-process");
    const auto exec = sums("tgid", "exec_ns");
    const auto lost = sums("tgid", "latency_ns");
    ASSERT_EQ(found.size(), std::min<std::size_t>(10, exec.size()));
    for (const Row& row : found) {
        EXPECT_NEAR(std::stod(row.at("exec_s")), static_cast<double>(exec.at(row.at("tgid"))) / 1e9, kRounding);
        EXPECT_NEAR(std::stod(row.at("delayed_s")), static_cast<double>(lost.at(row.at("tgid"))) / 1e9, kRounding);
        EXPECT_TRUE(std::ranges::any_of(threads_, [&](const Row& thread) {
            return thread.at("tid") == row.at("tgid") && thread.at("comm") == row.at("process");
        })) << row.at("tgid");
    }
}

TEST_F(Recipes, waits_for_locks_are_found_in_full_with_who_held_the_lock) {
    TSA_REQUIRE(missing_program("sqlite3"));
    const Rows found = query("locks");
    const auto waited = sums("tid", "lock_wait_ns");
    const auto state = [](const Row& row) { return row.at("state") == "lock_wait"; };
    ASSERT_TRUE(std::ranges::any_of(threads_, state)) << "the recording has none";
    ASSERT_FALSE(found.empty());
    for (const Row& row : found) {
        const double at_least = std::stod(row.at("at_least_s"));
        EXPECT_LE(at_least, static_cast<double>(waited.at(row.at("tid"))) / 1e9 + kRounding);
        // The threads of the convoy wait once, for most of a second, of which most is in the row after it.
        EXPECT_GE(at_least, 0.5 * static_cast<double>(waited.at(row.at("tid"))) / 1e9) << row.at("tid");
        EXPECT_TRUE(std::ranges::any_of(threads_, [&](const Row& thread) {
            return thread.at("tid") == row.at("holder_tid") && thread.at("comm") == row.at("comm");
        })) << "the holder is one of the convoy";
    }
}

TEST_F(Recipes, wakeups_are_added_up_by_who_ended_the_waits) {
    TSA_REQUIRE(missing_program("sqlite3"));
    write("wakers.csv",
          "time_unix_ns,tid,start_time_ns,state,waker,waker_tid,waker_start_time_ns,waker_tgid,waker_comm,count,"
          "total_ns,max_ns,last_unix_ns\n"
          "5,7,1,sync,thread,8,1,8,writer,2,3000000000,2000000000,4\n"
          "5,7,1,sync,thread,9,1,8,writer,1,900000000,900000000,4\n"
          "5,7,1,sync,timer,,,,,10,500000000,60000000,4\n"
          "5,7,1,exec,exec_irq,,,,,0,77,0,\n"
          "5,,,,missed,,,,,3,99000000000,0,\n");
    const Rows found = query("woken-by");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(
        found[0],
        (Row{
            {"state", "sync"}, {"woken_by", "writer"}, {"waits", "3"}, {"waited_s", "3.9"}, {"longest_ms", "2000.0"}}));
    EXPECT_EQ(found[1].at("woken_by"), "timer");
}

TEST_F(Recipes, neighbors_are_added_up_by_cgroup_with_their_share) {
    TSA_REQUIRE(missing_program("sqlite3"));
    write("neighbors.csv",
          "time_unix_ns,victim,culprit,ns,victim_id,culprit_id\n"
          "5,/web,/batch,1500000000,11,12\n"
          "6,/web,/batch,1500000000,11,12\n"
          "6,/web,/web,1000000000,11,11\n"
          "6,/web,[idle],6000000000,11,\n"
          "6,/batch,/web,10,12,11\n");
    const Rows found = query("taken-by");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0], (Row{{"victim", "/web"}, {"culprit", "/batch"}, {"waited_s", "3.0"}, {"pct", "30.0"}}));
    EXPECT_EQ(found[1].at("pct"), "100.0");
}

TEST_F(Recipes, the_timeline_has_each_interval) {
    TSA_REQUIRE(missing_program("sqlite3"));
    const Rows found = query("timeline");
    ASSERT_EQ(found.size(), machine_.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        const Row& line = machine_[i];
        const auto interval = static_cast<double>(number(line.at("interval_ns")));
        EXPECT_NEAR(std::stod(found[i].at("executing")), static_cast<double>(number(line.at("exec_ns"))) / interval,
                    0.0051);
        EXPECT_NEAR(std::stod(found[i].at("waiting_for_cpu")),
                    static_cast<double>(number(line.at("cpu_wait_ns"))) / interval, 0.0051);
        EXPECT_EQ(found[i].at("cpu_busy_pct"), line.at("cpu_busy_pct"));
        const std::int64_t since = number(line.at("monotonic_ns")) - number(machine_[0].at("monotonic_ns"));
        EXPECT_NEAR(std::stod(found[i].at("at_s")), static_cast<double>(since) / 1e9, 0.051);
    }
}

TEST_F(Recipes, the_worst_interval_is_the_one_with_the_most_waiting) {
    TSA_REQUIRE(missing_program("sqlite3"));
    const Rows found = query("worst-interval");
    const auto worst =
        std::ranges::max_element(machine_, {}, [](const Row& line) { return number(line.at("cpu_wait_ns")); });
    Rows wanted;
    std::ranges::copy_if(threads_, std::back_inserter(wanted),
                         [&](const Row& row) { return row.at("time_unix_ns") == worst->at("time_unix_ns"); });
    ASSERT_EQ(found.size(), std::min<std::size_t>(10, wanted.size()));
    for (const Row& row : found) {
        EXPECT_TRUE(std::ranges::any_of(wanted, [&](const Row& thread) {
            return thread.at("tid") == row.at("tid") && thread.at("comm") == row.at("comm") &&
                   std::abs(std::stod(row.at("cpu_wait_ms")) -
                            static_cast<double>(number(thread.at("cpu_wait_ns"))) / 1e6) < kRounding;
        })) << row.at("tid");
    }
}

TEST_F(Recipes, at_a_moment_each_thread_has_one_row_also_one_that_sleeps) {
    TSA_REQUIRE(missing_program("sqlite3"));
    const Rows found = query("moment");
    const std::int64_t moment = number(machine_[0].at("time_unix_ns")) + 1'000'000;
    std::map<std::string, int> wanted;
    for (const Row& row : threads_) {
        const bool ended = !row.at("exit_time_unix_ns").empty();
        const std::int64_t end = number(row.at(ended ? "exit_time_unix_ns" : "time_unix_ns"));
        wanted[row.at("tid")] += end - number(row.at("wall_ns")) < moment && moment <= end;
    }
    std::map<std::string, int> actual;
    for (const Row& row : found) {
        ++actual[row.at("tid")];
    }
    std::erase_if(wanted, [](const auto& one) { return one.second == 0; });
    EXPECT_EQ(actual, wanted);
    for (const auto& [tid, rows] : actual) {
        EXPECT_EQ(rows, 1) << tid;
    }
}

TEST_F(Recipes, miller_adds_up_by_name) {
    if (missing_program("mlr")) {
        GTEST_SKIP() << "miller is not installed";
    }
    std::string command = recipe("miller");
    command.replace(command.find("--opprint"), std::string("--opprint").size(), "--ocsv");
    const auto waits = sums("comm", "cpu_wait_ns");
    const Rows found = rows_of(output_of(command));
    ASSERT_EQ(found.size(), std::min<std::size_t>(10, waits.size()));
    for (const Row& row : found) {
        EXPECT_EQ(number(row.at("cpu_wait_ns_sum")), waits.at(row.at("comm")));
    }
}

TEST_F(Recipes, awk_finds_the_intervals_with_stalls) {
    const std::string out = output_of(recipe("awk"));
    const auto stalled =
        std::ranges::count_if(machine_, [](const Row& line) { return std::stod(line.at("psi_io_some_pct")) > 10; });
    EXPECT_EQ(std::ranges::count(out, '\n'), stalled);
}

TEST_F(Recipes, pandas_adds_up_by_process) {
    const std::string python = python_with("pandas");
    if (python.empty()) {
        GTEST_SKIP() << "python3-pandas is not installed";
    }
    write("recipe.py", recipe("pandas") + "processes.round(9).to_csv(\"processes.csv\")\n");
    const std::string shown = output_of(python + " recipe.py");
    EXPECT_NE(shown.find("cpu_wait_ns"), std::string::npos);
    const Rows found = rows_of(text_of(directory_ / "processes.csv"));
    const auto waits = sums("tgid", "cpu_wait_ns");
    const auto exec = sums("tgid", "exec_ns");
    ASSERT_EQ(found.size(), waits.size());
    for (const Row& row : found) {
        EXPECT_NEAR(std::stod(row.at("cpu_wait_ns")), static_cast<double>(waits.at(row.at("tgid"))) / 1e9, 1e-8);
        EXPECT_NEAR(std::stod(row.at("exec_ns")), static_cast<double>(exec.at(row.at("tgid"))) / 1e9, 1e-8);
    }
}

TEST_F(Recipes, pandas_draws_the_states_over_time) {
    const std::string python = python_with("pandas, matplotlib");
    if (python.empty()) {
        GTEST_SKIP() << "python3-pandas or python3-matplotlib is not installed";
    }
    write("recipe.py", recipe("pandas") + recipe("pandas-plot"));
    static_cast<void>(output_of("MPLCONFIGDIR=. " + python + " recipe.py"));
    EXPECT_EQ(text_of(directory_ / "states.png").substr(1, 3), "PNG");
}

// What the other tests take for granted of the recording.
TEST_F(Recipes, rows_sum_to_their_time_and_those_of_a_thread_to_its_life) {
    struct Life {
        std::int64_t begin = 0, end = 0, wall_ns = 0;
    };
    std::map<std::string, Life> lives;
    bool quiet = false;
    for (const Row& row : threads_) {
        std::int64_t sum = 0;
        // A recording of the first version, which had no sync.
        for (const std::string state : {"exec", "cpu_wait", "io_wait", "swap_wait", "mem_wait", "lock_wait",
                                        "uninterruptible", "sleep", "idle", "stopped", "zombie"}) {
            sum += number(row.at(state + "_ns"));
        }
        const std::int64_t wall_ns = number(row.at("wall_ns"));
        EXPECT_EQ(sum, wall_ns);
        quiet |= !row.at("quiet_ns").empty();
        const bool ended = !row.at("exit_time_unix_ns").empty();
        const std::int64_t end = number(row.at(ended ? "exit_time_unix_ns" : "time_unix_ns"));
        Life& life =
            lives.try_emplace(row.at("tid") + "/" + row.at("start_time_ns"), Life{end - wall_ns, 0, 0}).first->second;
        life.end = end;
        life.wall_ns += wall_ns;
    }
    EXPECT_TRUE(quiet);
    for (const auto& [identity, life] : lives) {
        // Reading takes a moment, and a zombie that is reaped within 100 ms has not been one.
        constexpr double kToleranceNs = 150e6;
        EXPECT_NEAR(static_cast<double>(life.wall_ns), static_cast<double>(life.end - life.begin), kToleranceNs)
            << identity;
    }
}

}  // namespace
}  // namespace tsa
