// SPDX-License-Identifier: MIT
// `rstat-tsa replay` in a real terminal, over recordings that were just made: it plays, steps, jumps and drills down,
// its numbers are those of the files, nothing of this machine is in it, and the terminal is given back.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "program/run.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A line of a CSV file without quoted fields, by its heads.
using Fields = std::map<std::string, std::string>;

std::vector<Fields> read_csv(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> heads;
    std::vector<Fields> out;
    for (std::string line; std::getline(file, line);) {
        std::vector<std::string> cells;
        std::stringstream rest(line + ",");
        for (std::string cell; std::getline(rest, cell, ',');) {
            cells.push_back(cell);
        }
        if (heads.empty()) {
            heads = cells;
            continue;
        }
        Fields fields;
        for (std::size_t at = 0; at < std::min(heads.size(), cells.size()); ++at) {
            fields[heads[at]] = cells[at];
        }
        out.push_back(std::move(fields));
    }
    return out;
}

double number(const Fields& fields, const std::string& head) {
    const auto found = fields.find(head);
    return found == fields.end() || found->second.empty() ? 0 : std::stod(found->second);
}

/// A few seconds of hogs on one CPU.
class Replay : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_tmux());
        hogs_.emplace("hogs", std::vector<std::string>{"0", "2"});
        directory_ = folder_.path() + "/rec";
        const Finished recorded =
            run({"record", "-o", directory_, "-i", "200", "-d", "3", "-p", std::to_string(hogs_->pid())});
        ASSERT_EQ(recorded.exit_code, 0) << recorded.err;
        rows_ = read_csv(directory_ + "/threads.csv");
        intervals_ = read_csv(directory_ + "/system.csv");
        ASSERT_GE(intervals_.size(), 10U);
    }

    /// The row of interval `number`, from 1, of the thread.
    [[nodiscard]] const Fields* row_of(std::size_t interval, const std::string& tid) const {
        const std::string& time = intervals_[interval - 1].at("time_unix_ns");
        const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Fields& row) {
            return row.at("time_unix_ns") == time && row.at("tid") == tid;
        });
        return found != rows_.end() ? &*found : nullptr;
    }
    [[nodiscard]] std::string place(std::size_t interval) const {
        const std::string all = std::to_string(intervals_.size());
        return fmt::format("interval {:>{}} of {}", interval, all.size(), all);
    }
    void jump(Terminal& terminal, const std::string& moment) const {
        terminal.type("J");
        ASSERT_TRUE(terminal.await_text("Jump to:")) << terminal.screen();
        terminal.type(moment);
        terminal.key("Enter");
    }

    TempDir folder_;
    std::optional<Puppet> hogs_;
    std::string directory_;
    std::vector<Fields> rows_, intervals_;
};

TEST_F(Replay, shows_the_numbers_of_the_files_at_each_interval) {
    Terminal terminal(132, 40);
    ASSERT_TRUE(terminal.start("replay " + directory_, place(1))) << terminal.screen();
    EXPECT_THAT(terminal.lines().front(), HasSubstr("replay of "));
    EXPECT_THAT(terminal.lines().front(), HasSubstr("from probes   every 200 ms   recording cost"));
    std::size_t compared = 0;
    for (const std::size_t interval : {std::size_t{2}, std::size_t{7}, intervals_.size() - 1, std::size_t{5}}) {
        jump(terminal, fmt::format("#{}", interval));
        ASSERT_TRUE(terminal.await_text(place(interval))) << terminal.screen();
        for (const Fields& row : rows_) {
            if (&row != row_of(interval, row.at("tid")) || number(row, "latency_ns") == 0) {
                continue;
            }
            const double wall_ns = number(row, "wall_ns");
            const std::string shown = terminal.line_with(fmt::format("{:>7} {}", row.at("tid"), row.at("comm")));
            EXPECT_THAT(shown, HasSubstr(fmt::format("{:.1f}", 100 * number(row, "exec_ns") / wall_ns)));
            EXPECT_THAT(shown, HasSubstr(fmt::format("{:.1f}", 100 * number(row, "cpu_wait_ns") / wall_ns)));
            ++compared;
        }
    }
    EXPECT_GE(compared, 6U) << "two hogs on one CPU wait for it nearly always";
}

TEST_F(Replay, steps_plays_to_the_end_and_stands_still_there) {
    Terminal terminal(80, 24);
    const std::string settings = terminal.settings();
    ASSERT_TRUE(terminal.start("replay --speed 2 " + directory_, place(1))) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("PAUSED"));
    terminal.key("Right");
    EXPECT_TRUE(terminal.await_text(place(2))) << terminal.screen();
    terminal.key("Left");
    EXPECT_TRUE(terminal.await_text(place(1))) << terminal.screen();
    terminal.key("Space");
    EXPECT_TRUE(terminal.await_text("PLAYING")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text(place(intervals_.size()))) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("PAUSED")) << terminal.screen();
    terminal.type("B");
    EXPECT_TRUE(terminal.await_text(place(1))) << terminal.screen();
    jump(terminal, "noon");
    EXPECT_TRUE(terminal.await_text("\"noon\" is not a moment; valid forms: 14:05")) << terminal.screen();
    terminal.key("Escape");
    EXPECT_TRUE(terminal.await_no("Jump to:")) << terminal.screen();
    jump(terminal, "100%");
    EXPECT_TRUE(terminal.await_text(place(intervals_.size()))) << terminal.screen();
    terminal.key("F9");
    EXPECT_TRUE(terminal.await_text("a replay: nothing can be done")) << terminal.screen();
    terminal.resize(132, 40);
    EXPECT_TRUE(terminal.await_text("threads▕")) << "the strip grows with the screen: " << terminal.screen();
    terminal.type("q");
    EXPECT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
    EXPECT_EQ(terminal.settings(), settings);
}

TEST_F(Replay, many_keys_at_once_end_where_they_lead) {
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("replay " + directory_, place(1))) << terminal.screen();
    std::string keys;
    for (int press = 0; press < 500; ++press) {
        keys += "\x1bOC\x1bOD";
    }
    terminal.bytes(keys + "\x1bOC");
    EXPECT_TRUE(terminal.await_text(place(2))) << terminal.screen();
    terminal.type("q");
    EXPECT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
}

TEST_F(Replay, drill_down_has_its_past_after_a_jump_and_nothing_of_this_machine) {
    const std::string tid = std::to_string(hogs_->pid());
    const std::uint32_t hog = hogs_->tid("hog0");
    Terminal terminal(132, 43);
    ASSERT_TRUE(terminal.start("replay --at 100% " + directory_, place(intervals_.size()))) << terminal.screen();
    terminal.type(std::to_string(hog));
    terminal.key("Enter");
    ASSERT_TRUE(terminal.await_text(fmt::format("TID {} ", hog))) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("replay, every 200 ms"));
    EXPECT_THAT(terminal.screen(), HasSubstr("a recording holds the wait at the end of each interval"));
    EXPECT_THAT(terminal.screen(), HasSubstr("not recorded (record --taskstats)"));
    // The allowed CPUs, the cgroup's path and the arguments are known of a live thread only.
    EXPECT_THAT(terminal.screen(), HasSubstr("last on CPU 0"));
    EXPECT_THAT(terminal.screen(), Not(HasSubstr("CPUs 0")));
    EXPECT_THAT(terminal.screen(), Not(HasSubstr("/puppets/hogs")));
    // Three seconds are six columns of half a second; the first may hold only a part.
    const std::string bottom = terminal.line_with("   0 % ┤");
    std::size_t columns = 0;
    for (std::size_t at = bottom.find("█"); at != std::string::npos; at = bottom.find("█", at + 1)) {
        ++columns;
    }
    EXPECT_GE(columns, 4U) << terminal.screen();
    terminal.key("Left");
    EXPECT_TRUE(terminal.await_text(place(intervals_.size() - 1))) << terminal.screen();
    terminal.type("v");
    EXPECT_TRUE(terminal.await_text("THIS INTERVAL")) << terminal.screen();
    const Fields* row = row_of(intervals_.size() - 1, std::to_string(hog));
    ASSERT_NE(row, nullptr);
    EXPECT_THAT(terminal.line_with(" exec  "),
                HasSubstr(fmt::format(" {:.1f} ", 100 * number(*row, "exec_ns") / number(*row, "wall_ns"))));
    EXPECT_THAT(terminal.screen(), Not(HasSubstr("SINCE FIRST SEEN")));
    terminal.type("q");
    EXPECT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
}

TEST_F(Replay, ends_in_order_by_a_signal_and_after_a_stop) {
    Terminal terminal(80, 24);
    const std::string settings = terminal.settings();
    ASSERT_TRUE(terminal.start("replay " + directory_, place(1))) << terminal.screen();
    terminal.key("C-z");
    ASSERT_TRUE(await([&] { return terminal.variable("alternate_on") == "0"; })) << terminal.screen();
    terminal.shell("fg");
    ASSERT_TRUE(terminal.await_text(place(1))) << terminal.screen();
    const pid_t program = terminal.program();
    ASSERT_GT(program, 0);
    kill(program, SIGTERM);
    EXPECT_TRUE(await([&] { return terminal.variable("alternate_on") == "0"; })) << terminal.screen();
    EXPECT_EQ(terminal.settings(), settings);
}

TEST_F(Replay, needs_no_privilege_and_says_what_is_wrong) {
    const Finished no_terminal = run({"replay", directory_});
    EXPECT_EQ(no_terminal.exit_code, 1);
    EXPECT_THAT(no_terminal.err, HasSubstr("need a terminal"));
    EXPECT_THAT(no_terminal.err, HasSubstr("rstat-tsa report"));
    ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
    Terminal terminal(120, 30);
    ASSERT_TRUE(terminal.start("replay " + directory_, place(1), "setpriv --reuid=65534 --regid=65534 --clear-groups"))
        << terminal.screen();
    terminal.type("q");
    ASSERT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
    ASSERT_TRUE(terminal.start("replay --at 2001-01-01 " + directory_, "ended 1")) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("--at: 2001-01-01 is not in the recording"));
    ASSERT_TRUE(terminal.start("replay /nowhere", "ended 1")) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("/nowhere"));
}

}  // namespace
}  // namespace tsa::test
