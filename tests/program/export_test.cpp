// SPDX-License-Identifier: MIT
// `rstat-tsa export` and `report --html` from outside, on a recording of the live machine: the trace is valid and tiles
// each thread's time; a full disk, a reader that leaves and a folder without a recording are reported.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <map>
#include <sstream>

#include "program/json.h"
#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/small_disk.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

bool exists(const std::string& path) {
    struct stat file {};
    return stat(path.c_str(), &file) == 0;
}

std::uint64_t ns_of(const rapidjson::Value& us) {
    return static_cast<std::uint64_t>(std::llround(us.GetDouble() * 1000));
}

/// A process with a name that would be markup in HTML and the end of a text in JSON.
class HostileProcess {
  public:
    HostileProcess() : pid_(fork()) {
        if (pid_ == 0) {
            std::ofstream("/proc/self/comm") << "<b>\"},{\\";
            while (true) {
                usleep(1000);
            }
        }
    }
    HostileProcess(const HostileProcess&) = delete;
    HostileProcess& operator=(const HostileProcess&) = delete;
    ~HostileProcess() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    pid_t pid_;
};

/// Two seconds of this machine, for all tests here.
class Export : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (missing_bpf()) {
            return;
        }
        folder_ = new TempDir;
        hostile_ = new HostileProcess;
        const Finished recorded = run({"record", "-o", recording(), "-i", "100", "-d", "2"});
        EXPECT_EQ(recorded.exit_code, 0) << recorded.err;
    }
    static void TearDownTestSuite() {
        delete hostile_;
        delete folder_;
    }
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }

    static std::string path(const std::string& name) { return folder_->path() + "/" + name; }
    static std::string recording() { return path("recording"); }

    static TempDir* folder_;
    static HostileProcess* hostile_;
};
TempDir* Export::folder_ = nullptr;
HostileProcess* Export::hostile_ = nullptr;

TEST_F(Export, slices_tile_the_life_of_every_thread_in_the_recording) {
    const Finished exported = run({"export", recording(), "--chrome-trace", path("trace.json")});
    ASSERT_EQ(exported.exit_code, 0) << exported.err;
    EXPECT_EQ(exported.out, "");
    EXPECT_THAT(exported.err, HasSubstr("trace.json"));
    const rapidjson::Document trace = json_of(content_of(path("trace.json")));
    std::map<std::pair<unsigned, unsigned>, std::vector<std::pair<std::uint64_t, std::uint64_t>>> tracks;
    std::string name;
    std::size_t counters = 0;
    for (const auto& event : trace["traceEvents"].GetArray()) {
        const std::string phase = event["ph"].GetString();
        const auto tid = event["tid"].GetUint();
        if (phase == "X") {
            EXPECT_EQ(ns_of(event["dur"]), event["args"]["ns"].GetUint64());
            tracks[{event["pid"].GetUint(), tid}].emplace_back(ns_of(event["ts"]), ns_of(event["dur"]));
        }
        if (phase == "M" && event["name"] == "thread_name" && tid == static_cast<unsigned>(hostile_->pid())) {
            name = event["args"]["name"].GetString();
        }
        counters += phase == "C";
    }
    EXPECT_EQ(name, "<b>\"},{\\");
    EXPECT_GT(counters, 0U);
    std::uint64_t longest = 0;
    for (auto& [track, slices] : tracks) {
        std::ranges::sort(slices);
        for (std::size_t at = 1; at < slices.size(); ++at) {
            EXPECT_LE(slices[at - 1].first + slices[at - 1].second, slices[at].first) << "TID " << track.second;
        }
        longest = std::max(longest, slices.back().first + slices.back().second);
    }
    // This test's own process lived all the time.
    const auto& own = tracks[{static_cast<unsigned>(getpid()), static_cast<unsigned>(getpid())}];
    ASSERT_FALSE(own.empty());
    std::uint64_t lived = 0;
    for (const auto& slice : own) {
        lived += slice.second;
    }
    EXPECT_EQ(lived, own.back().first + own.back().second - own.front().first);
    EXPECT_GT(lived * 100, longest * 99);
}

TEST_F(Export, a_dash_writes_the_same_trace_to_stdout) {
    ASSERT_EQ(run({"export", recording(), "--chrome-trace", path("same.json")}).exit_code, 0);
    const Finished exported = run({"export", recording(), "--chrome-trace", "-"});
    EXPECT_EQ(exported.exit_code, 0) << exported.err;
    EXPECT_EQ(exported.err, "");
    EXPECT_EQ(exported.out, content_of(path("same.json")));
}

TEST_F(Export, a_reader_that_leaves_is_no_failure) {
    Program program({"export", recording(), "--chrome-trace", "-"});
    program.close_stdout();
    const Finished finished = program.finish();
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.err, "");
}

TEST_F(Export, a_full_disk_is_told_and_nothing_half_done_stays) {
    const SmallDisk disk(path("small"), "8k");
    if (!disk.mounted()) {
        GTEST_SKIP() << "tmpfs cannot be mounted here";
    }
    const Finished finished = run({"export", recording(), "--chrome-trace", path("small/trace.json")});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("No space left on device"));
    EXPECT_THAT(finished.err, HasSubstr("the unfinished file was removed"));
    EXPECT_FALSE(exists(path("small/trace.json")));
}

TEST_F(Export, a_device_that_is_full_is_not_removed) {
    const Finished finished = run({"export", recording(), "--chrome-trace", "/dev/full"});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("No space left on device"));
    EXPECT_TRUE(exists("/dev/full"));
}

TEST_F(Export, a_folder_without_a_recording_is_an_error_and_makes_no_file) {
    const Finished finished = run({"export", folder_->path(), "--chrome-trace", path("none.json")});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("hint: "));
    EXPECT_FALSE(exists(path("none.json")));
}

TEST_F(Export, the_html_report_has_the_hostile_name_as_text) {
    const Finished finished = run({"report", recording(), "--html", "-o", path("report.html")});
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    const std::string html = content_of(path("report.html"));
    EXPECT_THAT(html, HasSubstr("&lt;b&gt;&quot;},{\\</td>"));
    EXPECT_EQ(html.find("<b>\"}"), std::string::npos);
    EXPECT_TRUE(html.ends_with("</html>\n"));
}

}  // namespace
}  // namespace tsa::test
