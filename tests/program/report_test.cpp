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
