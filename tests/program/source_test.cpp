// SPDX-License-Identifier: MIT
// `--source` as an ordinary user meets it, who may not load probes: /proc instead, which is said once; what it cannot
// know is null, and what it knows adds up. What a refresh costs there is in procfs_cost_test.cpp.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "paths.h"
#include "program/json.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr bool kAsNobody = true;
constexpr std::array kKnown{"exec_ns", "cpu_wait_ns", "sleep_ns", "stopped_ns", "zombie_ns"};
constexpr std::array kUnknown{
    "io_wait_ns", "swap_wait_ns", "mem_wait_ns",  "lock_wait_ns", "uninterruptible_ns",   "sync_ns",
    "idle_ns",    "wait_on",      "wait_certain", "wait_label",   "cpu_wait_preempted_ns"};

/// Only root may become an ordinary user.
std::optional<std::string> missing_root() {
    return ::geteuid() == 0 ? std::nullopt : std::optional<std::string>("root");
}

std::size_t count_of(const std::string& text, const std::string& word) {
    std::size_t count = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        ++count;
    }
    return count;
}

/// Sum of what is known, and nothing else is claimed.
void expect_sums(const rapidjson::Value& row) {
    std::uint64_t sum_ns = 0;
    for (const char* state : kKnown) {
        ASSERT_TRUE(row[state].IsUint64()) << state;
        sum_ns += row[state].GetUint64();
    }
    EXPECT_EQ(sum_ns, row["wall_ns"].GetUint64()) << "TID " << row["tid"].GetUint();
    for (const char* key : kUnknown) {
        EXPECT_TRUE(row[key].IsNull()) << key;
    }
}

TEST(SourceChoice, automatic_falls_back_for_an_ordinary_user_and_says_so_once) {
    TSA_REQUIRE(missing_root());
    constexpr std::size_t kIntervals = 5;
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    const Finished finished = run({"stat", "--json", "-i", "200", "-n", std::to_string(kIntervals)}, kAsNobody);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(count_of(finished.err, "load the scheduler probes: "), 1U) << finished.err;
    EXPECT_EQ(count_of(finished.err, "--source procfs"), 1U) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("hint: "));
    const auto reports = reports_of(finished.out);
    ASSERT_EQ(reports.size(), kIntervals);
    std::uint64_t wall_ns = 0;
    std::uint64_t interval_ns = 0;
    for (const rapidjson::Document& report : reports) {
        EXPECT_STREQ(report["source"].GetString(), "procfs");
        EXPECT_GT(report["threads"].Size(), 5U);
        for (const char* list : {"threads", "exited"}) {
            for (const auto& row : report[list].GetArray()) {
                expect_sums(row);
            }
        }
        std::uint64_t all_ns = 0;
        for (const char* state : kKnown) {
            all_ns += report["system"][state].GetUint64();
        }
        EXPECT_EQ(all_ns, report["system"]["wall_ns"].GetUint64());
        EXPECT_TRUE(report["system"]["io_wait_ns"].IsNull());
        const rapidjson::Value* sleeper = row_of(report, hogs.tid("main"));
        const rapidjson::Value* hog = row_of(report, hogs.tid("hog0"));
        ASSERT_TRUE(sleeper != nullptr && hog != nullptr) << "another user's threads";
        EXPECT_EQ((*sleeper)["sleep_ns"], (*sleeper)["wall_ns"]);
        EXPECT_GT((*hog)["exec_ns"].GetDouble() + (*hog)["cpu_wait_ns"].GetDouble(),
                  0.9 * (*hog)["wall_ns"].GetDouble());
        wall_ns += (*sleeper)["wall_ns"].GetUint64();
        interval_ns += report["interval_ns"].GetUint64();
    }
    EXPECT_EQ(wall_ns, interval_ns) << "no time is lost between two intervals";
}

TEST(SourceChoice, bpf_is_no_wish_but_an_order) {
    TSA_REQUIRE(missing_root());
    const Finished finished = run({"stat", "--json", "--source", "bpf", "-n", "1"}, kAsNobody);
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_EQ(finished.out, "");
    EXPECT_THAT(finished.err, HasSubstr("hint: "));
    EXPECT_EQ(run({"stat", "--json", "--source", "nonsense"}).exit_code, 2);
}

TEST(SourceChoice, a_command_is_not_run_where_it_cannot_be_followed) {
    TSA_REQUIRE(missing_root());
    const TempDir folder;
    chmod(folder.path().c_str(), 0777);
    const std::string trace = folder.path() + "/ran";
    const Finished nobody = run({"stat", "--", "touch", trace}, kAsNobody);
    EXPECT_EQ(nobody.exit_code, 1);
    EXPECT_EQ(nobody.out, "");
    EXPECT_THAT(nobody.err, HasSubstr("-- CMD needs the scheduler probes"));
    EXPECT_THAT(nobody.err, HasSubstr("hint: "));
    const Finished procfs = run({"stat", "--source", "procfs", "--", "touch", trace});
    EXPECT_EQ(procfs.exit_code, 2);
    EXPECT_THAT(procfs.err, HasSubstr("-- CMD needs the scheduler probes"));
    EXPECT_FALSE(std::filesystem::exists(trace));
}

TEST(SourceChoice, a_kernel_without_type_information_is_said_in_one_sentence) {
    TSA_REQUIRE(missing_bpf());
    const TempDir folder;
    const std::string out = folder.path() + "/err";
    const auto complaints = [&](const std::string& arguments) {
        const std::string command = "unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && exec " + paths::kBinary +
                                    " " + arguments + " >/dev/null' 2>" + out;
        const int status = std::system(command.c_str());
        return std::pair(WEXITSTATUS(status), lines_of(text_of(out)));
    };
    constexpr const char* kSentence =
        "rstat-tsa: this kernel has no type information (BTF), which the scheduler probes need";
    const auto [code, lines] = complaints("stat --source bpf -n 1 -i 10");
    EXPECT_EQ(code, 1);
    ASSERT_EQ(lines.size(), 2U) << ::testing::PrintToString(lines);
    EXPECT_EQ(lines[0], kSentence);
    EXPECT_THAT(lines[1], StartsWith("hint: use a kernel built with CONFIG_DEBUG_INFO_BTF=y"));
    const auto [fallback_code, fallback] = complaints("stat -n 1 -i 10");
    EXPECT_EQ(fallback_code, 0);
    ASSERT_EQ(fallback.size(), 2U) << ::testing::PrintToString(fallback);
    EXPECT_THAT(fallback[0], StartsWith(kSentence));
    EXPECT_THAT(complaints("doctor").second, IsEmpty());
}

TEST(SourceChoice, a_reader_that_leaves_ends_it_quietly_without_probes_too) {
    Program program({"stat", "--json", "--source", "procfs", "-i", "50"}, kAsNobody);
    ASSERT_TRUE(program.wait_for_lines(1));
    program.close_stdout();
    const Finished finished = program.finish();
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_EQ(finished.err, "") << "procfs was asked for: nothing to explain";
}

TEST(SourceChoice, csv_leaves_what_is_not_known_empty) {
    const std::string self = std::to_string(::getpid());
    const Finished finished =
        run({"stat", "--csv", "--source", "procfs", "-i", "50", "-n", "1", "--tid", self}, kAsNobody);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    const auto lines = lines_of(finished.out);
    ASSERT_EQ(lines.size(), 2U);
    const auto cells_of = [](const std::string& line) {
        std::vector<std::string> cells(1);
        for (const char c : line) {
            c == ',' ? (void)cells.emplace_back() : (void)(cells.back() += c);
        }
        return cells;
    };
    const auto heads = cells_of(lines[0]);
    const auto cells = cells_of(lines[1]);
    ASSERT_EQ(heads.size(), cells.size());
    std::map<std::string, std::string> row;
    for (std::size_t at = 0; at < heads.size(); ++at) {
        row[heads[at]] = cells[at];
    }
    for (const char* key : kUnknown) {
        EXPECT_EQ(row.at(key), "") << key;
    }
    for (const char* key : kKnown) {
        EXPECT_NE(row.at(key), "") << key;
    }
}

class OrdinaryScreens : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_root());
        TSA_REQUIRE(missing_tmux());
        TSA_REQUIRE(missing_file("/usr/bin/setpriv"));
        // An ordinary user may not reach the build folder.
        std::filesystem::copy_file(paths::kBinary, binary());
        chmod(binary().c_str(), 0755);
        chmod(folder_.path().c_str(), 0755);
    }
    [[nodiscard]] std::string binary() const { return folder_.path() + "/rstat-tsa"; }
    void start(Terminal& terminal, const std::string& arguments) const {
        terminal.shell(fmt::format("clear; setpriv --reuid 65534 --regid 65534 --clear-groups {} {}; echo ended $?",
                                   binary(), arguments));
    }

  private:
    TempDir folder_;
};

TEST_F(OrdinaryScreens, the_overview_says_why_there_are_fewer_states_and_draws_none_that_it_cannot_know) {
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    Terminal terminal(132, 40);
    start(terminal, "-i 200");
    ASSERT_TRUE(terminal.await_text("no scheduler probes, so fewer states")) << terminal.screen();
    EXPECT_THAT(terminal.lines()[0], HasSubstr("procfs: fewer states"));
    const std::string name = fmt::format("{} hogs ", hogs.tid("hog0"));
    // EXEC and CPUW have numbers; the seven beside them have dashes, but for SLP.
    ASSERT_TRUE(await([&] { return terminal.line_with(name).find(" - ") != std::string::npos; })) << terminal.screen();
    EXPECT_THAT(terminal.line_with(name), ::testing::ContainsRegex("[0-9.]+ +([0-9.]+|·) +- +- +- +- +- +- +[^ ]+ +-"));
    EXPECT_THAT(terminal.line_with("THREADS ARE ON AVERAGE IN"), HasSubstr("off CPU"));
    EXPECT_THAT(terminal.line_with("THREADS ARE ON AVERAGE IN"), Not(HasSubstr(" idle")));
    terminal.key("q");
    EXPECT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
}

TEST_F(OrdinaryScreens, the_question_about_accounting_is_answered_by_what_would_help) {
    TSA_REQUIRE(missing_file(kAccountingSysctl));
    AccountingSwitch accounting;
    accounting.set(false);
    Terminal terminal(132, 40);
    start(terminal, fmt::format("-i 200 {}", ::getpid()));
    ASSERT_TRUE(terminal.await_text(fmt::format("TID {} ", ::getpid()))) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("CAP_NET_ADMIN")) << "why taskstats is not there\n" << terminal.screen();
    terminal.type("A");
    ASSERT_TRUE(terminal.await_text("Enter selects, Esc: no")) << terminal.screen();
    terminal.key("Up");
    terminal.key("Enter");
    EXPECT_TRUE(terminal.await_text("switch delay accounting: ")) << terminal.screen();
    EXPECT_THAT(terminal.lines().back(), HasSubstr("as root"));
    EXPECT_THAT(text_of(kAccountingSysctl), ::testing::StartsWith("0"));
}

}  // namespace
}  // namespace tsa::test
