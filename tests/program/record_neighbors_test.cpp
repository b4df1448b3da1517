// SPDX-License-Identifier: MIT
// `rstat-tsa record --neighbors` from outside, on cgroups that share a CPU: the
// recording and its report.
#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <string>

#include "program/json.h"
#include "program/recorded.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RecordNeighbors : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_cgroup("unified"));
    }
};

TEST_F(RecordNeighbors, two_cgroups_beside_another_take_its_cpu_in_equal_parts) {
    const TempDir folder;
    const std::string recording = folder.path() + "/recording";
    Cgroup victims("unified"), first("unified"), second("unified");
    const std::string cpu = std::to_string(test_cpu());
    Puppet victim("hogs", {cpu, "1"}), hog("hogs", {cpu, "1"}), other("hogs", {cpu, "1"});
    victims.add(victim.pid());
    first.add(hog.pid());
    second.add(other.pid());
    const Finished done = run({"record", "-o", recording, "--neighbors", "-i", "200", "-d", "5"});
    ASSERT_EQ(done.exit_code, 0) << done.err;

    const CsvTable neighbors(text_of(recording + "/neighbors.csv"));
    std::map<std::uint64_t, double> by;
    double all = 0;
    std::string name;
    for (std::size_t row = 0; row < neighbors.size(); ++row) {
        if (neighbors.number(row, "victim_id") == victims.id()) {
            by[neighbors.number(row, "culprit_id")] += static_cast<double>(neighbors.number(row, "ns"));
            all += static_cast<double>(neighbors.number(row, "ns"));
            name = neighbors.at(row, "victim");
        }
    }
    ASSERT_TRUE(name.starts_with("/")) << "the path of its cgroup: " << name;
    EXPECT_NEAR(by[first.id()] / (by[first.id()] + by[second.id()]), 0.5, 0.05);
    const CsvTable threads(text_of(recording + "/threads.csv"));
    double waited = 0;
    for (std::size_t row = 0; row < threads.size(); ++row) {
        waited += threads.number(row, "cgroup_id") == victims.id()
                      ? static_cast<double>(threads.number(row, "cpu_wait_ns"))
                      : 0;
    }
    // A wait that was open at either end of the recording is in one of them only.
    EXPECT_NEAR(all, waited, 0.02 * waited + 50e6);

    const Finished text = run({"report", recording});
    ASSERT_EQ(text.exit_code, 0) << text.err;
    EXPECT_THAT(text.out, HasSubstr("NOISY NEIGHBORS"));
    EXPECT_THAT(text.out, HasSubstr(name));
    const rapidjson::Document json = json_of(run({"report", recording, "--json"}).out);
    EXPECT_GT(json["neighbors"].Size(), 2U);
    EXPECT_THAT(run({"report", recording, "--html"}).out, HasSubstr("<h2>Noisy neighbors</h2>"));
}

TEST_F(RecordNeighbors, a_recording_without_them_has_no_such_section) {
    const TempDir folder;
    const std::string plain = folder.path() + "/plain";
    ASSERT_EQ(run({"record", "-o", plain, "-i", "100", "-d", "0.3"}).exit_code, 0);
    EXPECT_FALSE(std::filesystem::exists(plain + "/neighbors.csv"));
    EXPECT_THAT(run({"report", plain}).out, Not(HasSubstr("NOISY")));
}

TEST_F(RecordNeighbors, without_the_probes_they_are_refused_and_nothing_is_left) {
    const TempDir folder;
    const std::string none = folder.path() + "/none";
    const Finished refused = run({"record", "-o", none, "--neighbors", "--source", "procfs", "-d", "1"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("--neighbors: neighbors need the scheduler probes"));
    EXPECT_FALSE(std::filesystem::exists(none));
}

}  // namespace
}  // namespace tsa::test
