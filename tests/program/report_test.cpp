// SPDX-License-Identifier: MIT
// `rstat-tsa report` from outside: a recording that the program made, as text, JSON and HTML, compared, cut off,
// missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "program/json.h"
#include "program/run.h"
#include "support/puppet.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Two short recordings, made once: of a machine with a busy process, and of one without.
class Report : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        std::string pattern = std::filesystem::temp_directory_path() / "rstat-tsa-report-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        record("calm");
        Puppet hogs("hogs", {"0", "2"});
        record("busy");
    }
    static void TearDownTestSuite() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    static void record(const std::string& name) {
        const Finished done = run({"record", "-o", path(name), "-i", "100", "-d", "3"});
        ASSERT_EQ(done.exit_code, 0) << done.err;
    }
    static std::string path(const std::string& name) { return folder_ + "/" + name; }

    static std::string folder_;
};

std::string Report::folder_;

TEST_F(Report, as_text_tells_who_waited_and_has_no_colors_in_a_pipe) {
    const Finished text = run({"report", path("busy")});
    ASSERT_EQ(text.exit_code, 0) << text.err;
    EXPECT_THAT(text.out, HasSubstr("WHERE THE TIME WENT"));
    EXPECT_THAT(text.out, HasSubstr(" hogs "));
    EXPECT_THAT(text.out, Not(HasSubstr("\x1b")));
    EXPECT_EQ(text.err, "");
    const Finished one = run({"report", path("busy"), "--top", "1"});
    EXPECT_LT(lines_of(one.out).size(), lines_of(text.out).size());
}

TEST_F(Report, as_json_sums_up_all_intervals) {
    const Finished out = run({"report", path("busy"), "--json"});
    ASSERT_EQ(out.exit_code, 0) << out.err;
    const rapidjson::Document json = json_of(out.out);
    EXPECT_GE(json["intervals"].GetUint64(), 10U);
    EXPECT_STREQ(json["source"].GetString(), "bpf");
    std::uint64_t hogs_ns = 0;
    for (const auto& group : json["by_process"].GetArray()) {
        hogs_ns += std::string(group["process"].GetString()) == "hogs" ? group["state_ns"]["exec"].GetUint64() : 0;
    }
    EXPECT_GT(hogs_ns, json["elapsed_ns"].GetUint64() / 20);
}

/// A copy of a recording.
std::string copy_of(const std::string& recording, const std::string& name) {
    const std::string copy = recording + "-" + name;
    std::filesystem::copy(recording, copy);
    return copy;
}

std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::uint64_t wall_ns(const rapidjson::Document& json) {
    std::uint64_t sum = 0;
    for (const auto& group : json["by_thread"].GetArray()) {
        sum += group["wall_ns"].GetUint64();
    }
    return sum;
}

// threads.csv was copied while the recorder still wrote it, system.csv after that.
TEST_F(Report, time_without_rows_is_in_no_sum) {
    const rapidjson::Document whole = json_of(run({"report", path("busy"), "--json"}).out);
    const std::string copy = copy_of(path("busy"), "early");
    const std::string rows = file_text(copy + "/threads.csv");
    std::ofstream(copy + "/threads.csv", std::ios::binary) << rows.substr(0, rows.size() / 2);
    const Finished early = run({"report", copy, "--json"});
    ASSERT_EQ(early.exit_code, 0) << early.err;
    const rapidjson::Document json = json_of(early.out);
    const auto& unrecorded = json["recording"]["unrecorded"];
    ASSERT_EQ(unrecorded.Size(), 1U);
    EXPECT_EQ(json["intervals"].GetUint64() + unrecorded[0]["intervals"].GetUint64(), whole["intervals"].GetUint64());
    EXPECT_EQ(json["end_unix_ns"].GetUint64(), unrecorded[0]["from_unix_ns"].GetUint64());
    EXPECT_LT(wall_ns(json), wall_ns(whole));
    EXPECT_THAT(run({"report", copy}).out, HasSubstr("NOTE       not recorded from 20"));
    const std::string trace = copy + "/../early.json";
    EXPECT_THAT(run({"export", copy, "--chrome-trace", trace}).err, HasSubstr("not recorded from 20"));
    EXPECT_THAT(file_text(trace), HasSubstr("not recorded"));

    std::ofstream(copy + "/threads.csv", std::ios::binary) << rows.substr(0, rows.find('\n') + 1);
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"report", copy}, {"export", copy, "--chrome-trace", trace}}) {
        const Finished nothing = run(command);
        EXPECT_EQ(nothing.exit_code, 1);
        EXPECT_THAT(nothing.err, HasSubstr("no interval has all rows of its threads"));
        EXPECT_EQ(nothing.out, "");
    }
}

TEST_F(Report, files_put_together_with_themselves_are_summed_once) {
    const rapidjson::Document whole = json_of(run({"report", path("busy"), "--json"}).out);
    const std::string copy = copy_of(path("busy"), "twice");
    for (const char* name : {"/threads.csv", "/system.csv"}) {
        std::ofstream(copy + name, std::ios::binary | std::ios::app) << file_text(path("busy") + name);
    }
    const rapidjson::Document twice = json_of(run({"report", copy, "--json"}).out);
    EXPECT_EQ(twice["intervals"].GetUint64(), whole["intervals"].GetUint64());
    EXPECT_EQ(wall_ns(twice), wall_ns(whole));
    EXPECT_EQ(twice["recording"]["remarks"].Size(), 1U);
}

TEST_F(Report, from_is_not_after_to_where_the_clock_was_set_back) {
    const std::string copy = copy_of(path("busy"), "back");
    const std::vector<std::string> lines = lines_of(file_text(copy + "/system.csv"));
    const std::uint64_t middle = std::stoull(lines[lines.size() / 2]);
    for (const char* name : {"/threads.csv", "/system.csv"}) {
        std::string changed;
        for (const std::string& line : lines_of(file_text(copy + name))) {
            const std::size_t comma = line.find(',');
            const bool later = line[0] == '1' && std::stoull(line) >= middle;
            changed += (later ? std::to_string(std::stoull(line) - 3'600'000'000'000) : line.substr(0, comma)) +
                       line.substr(comma) + "\n";
        }
        std::ofstream(copy + name, std::ios::binary) << changed;
    }
    const Finished text = run({"report", copy});
    EXPECT_THAT(text.out, HasSubstr("NOTE       the clock was set back by 1h00m"));
    const rapidjson::Document json = json_of(run({"report", copy, "--json"}).out);
    EXPECT_LE(json["begin_unix_ns"].GetUint64() + json["elapsed_ns"].GetUint64(),
              json["end_unix_ns"].GetUint64() + 200'000'000);
    EXPECT_LE(json["begin_unix_ns"].GetUint64(), json["end_unix_ns"].GetUint64());
    ASSERT_EQ(json["recording"]["clock_jumps"].Size(), 1U);
    EXPECT_NEAR(json["recording"]["clock_jumps"][0]["jump_ns"].GetDouble(), -3.6e12, 1e9);
    EXPECT_THAT(run({"report", copy, "--html"}).out, HasSubstr("title=\"clock set back by 1h00m"));
}

TEST_F(Report, goes_to_a_file_and_as_html) {
    const Finished done = run({"report", path("busy"), "--html", "-o", path("page.html")});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    EXPECT_EQ(done.out, "");
    std::ifstream file(path("page.html"));
    std::stringstream page;
    page << file.rdbuf();
    EXPECT_THAT(page.str(), HasSubstr("hogs"));
    EXPECT_THAT(page.str(), HasSubstr("</html>"));
}

TEST_F(Report, of_two_tells_the_process_that_came) {
    const Finished text = run({"report", path("calm"), path("busy")});
    ASSERT_EQ(text.exit_code, 0) << text.err;
    EXPECT_THAT(text.out, HasSubstr(" hogs "));
    const Finished out = run({"report", path("calm"), path("busy"), "--json"});
    const rapidjson::Document json = json_of(out.out);
    bool beyond = false;
    for (const auto& group : json["change"]["by_process"].GetArray()) {
        if (std::string(group["process"].GetString()) == "hogs") {
            beyond = group["states"]["exec"]["beyond_noise"].GetBool();
            EXPECT_FALSE(group["in_before"].GetBool());
        }
    }
    EXPECT_TRUE(beyond);
    EXPECT_EQ(run({"report", path("calm"), path("busy"), "--html"}).exit_code, 2);
}

TEST_F(Report, of_a_cut_off_recording_says_so) {
    std::filesystem::create_directory(path("cut"));
    std::filesystem::copy(path("busy") + "/system.csv", path("cut") + "/system.csv");
    std::filesystem::copy(path("busy") + "/threads.csv", path("cut") + "/threads.csv");
    std::filesystem::resize_file(path("cut") + "/threads.csv",
                                 std::filesystem::file_size(path("cut") + "/threads.csv") - 20);
    const Finished text = run({"report", path("cut")});
    ASSERT_EQ(text.exit_code, 0) << text.err;
    EXPECT_THAT(text.out, HasSubstr("is incomplete or still being written"));
    EXPECT_THAT(text.out, HasSubstr("NOTE "));
}

TEST_F(Report, of_no_recording_is_an_error_with_a_hint) {
    const Finished missing = run({"report", path("nowhere")});
    EXPECT_EQ(missing.exit_code, 1);
    EXPECT_THAT(missing.err, HasSubstr("nowhere"));
    EXPECT_THAT(missing.err, HasSubstr("hint: "));
    EXPECT_EQ(missing.out, "");
    EXPECT_EQ(run({"report"}).exit_code, 2);
}

TEST_F(Report, whose_reader_leaves_ends_silently) {
    Program program({"report", path("busy"), "--json"});
    program.close_stdout();
    const Finished done = program.finish();
    EXPECT_EQ(done.exit_code, 0);
    EXPECT_EQ(done.err, "");
}

}  // namespace
}  // namespace tsa::test
