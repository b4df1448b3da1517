// SPDX-License-Identifier: MIT
// What a graphics card's own library says is read beside the filter of system calls. The library is a puppet, which the
// program finds where the driver's would be; the driver is a folder that a mount namespace puts over /proc/driver.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>

#include "base/sanitizer.h"
#include "program/json.h"
#include "program/run.h"
#include "support/feature.h"

namespace tsa::test {
namespace {

constexpr const char* kUnshare = "/usr/bin/unshare";
// A build with the address sanitizer has no filter.
constexpr double kBusy = 40, kFilterMode = kAddressSanitizer ? 0 : 2;

/// The program on a machine with that card; `before` goes in front of its name.
Finished run_with_gpu(const std::string& arguments, const std::string& before = "") {
    const std::string script = fmt::format(
        "set -e\n"
        "mount -t tmpfs driver /proc/driver\n"
        "mkdir -p /proc/driver/nvidia/gpus/0000:01:00.0\n"
        "export LD_LIBRARY_PATH={}\n"
        "{} {} {}\n",
        paths::kPuppets, before, paths::kBinary, arguments);
    return run({"--mount", "sh", "-c", script}, false, kUnshare);
}

class GpuLibrary : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_file(kUnshare));
    }

    /// The last report of `stat`, which has read everything.
    static rapidjson::Document last_report(const Finished& finished) {
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        const auto lines = lines_of(finished.out);
        EXPECT_FALSE(lines.empty()) << finished.err;
        return json_of(lines.empty() ? "{}" : lines.back());
    }
};

TEST_F(GpuLibrary, is_read_beside_the_filter_of_system_calls) {
    const auto report = last_report(run_with_gpu("stat --json --gpu -n 6 -i 400"));
    const auto& gpus = report["system"]["gpus"];
    ASSERT_TRUE(gpus.IsArray());
    ASSERT_EQ(gpus.Size(), 1U);
    EXPECT_STREQ(gpus[0]["driver"].GetString(), "nvidia");
    EXPECT_EQ(gpus[0]["busy_pct"].GetDouble(), kBusy + kFilterMode);
    EXPECT_EQ(gpus[0]["mhz"].GetDouble(), 1500);
    EXPECT_EQ(gpus[0]["temperature_c"].GetDouble(), 61);
    EXPECT_EQ(gpus[0]["memory_used_bytes"].GetUint64(), std::uint64_t{3} << 30U);
    const auto& processes = report["processes"];
    ASSERT_EQ(processes.Size(), 1U);
    EXPECT_EQ(processes[0]["tgid"].GetUint64(), 1U);
    EXPECT_EQ(processes[0]["gpu_busy_pct"].GetDouble(), kBusy + kFilterMode);
    EXPECT_EQ(processes[0]["gpu_memory_bytes"].GetUint64(), std::uint64_t{1} << 30U);
}

TEST_F(GpuLibrary, has_no_filter_when_it_is_switched_off) {
    const auto report = last_report(run_with_gpu("stat --json --gpu -n 6 -i 400", "RSTAT_SECCOMP=off"));
    ASSERT_TRUE(report["system"]["gpus"].IsArray());
    EXPECT_EQ(report["system"]["gpus"][0]["busy_pct"].GetDouble(), kBusy);
    EXPECT_EQ(report["processes"][0]["gpu_busy_pct"].GetDouble(), kBusy);
}

TEST_F(GpuLibrary, is_read_by_the_status_bar_beside_the_filter) {
    const auto lines = lines_of(run_with_gpu("waybar -i 400 --format '{gpu}'", "timeout --signal=INT 4").out);
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(json_of(lines.back())["text"].GetString(), fmt::format("{:.0f}", kBusy + kFilterMode));
}

}  // namespace
}  // namespace tsa::test
