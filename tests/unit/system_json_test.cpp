// SPDX-License-Identifier: MIT
// The keys of "system", "health" and "own": all present on a machine without values, correct on one with all values.
#include "output/system_json.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "support/strict_json.h"
#include "unit/random_system.h"

namespace tsa {
namespace {

rapidjson::Document written(const Report& report, SystemGroup group = SystemGroup::system) {
    rapidjson::StringBuffer buffer;
    Json json(buffer);
    fmt::memory_buffer scratch;
    json.StartObject();
    put_system_columns(json, report, group, scratch);
    json.EndObject();
    rapidjson::Document document;
    document.Parse(buffer.GetString());
    return document;
}

TEST(SystemJson, values_a_machine_lacks_are_null) {
    Report report;
    report.measured = 0;
    const rapidjson::Document document = written(report);
    ASSERT_TRUE(document.IsObject());
    EXPECT_GT(document.MemberCount(), 60U);
    // The tool's own counts are present on any machine.
    const std::set<std::string> counted{"cpus", "cpu_exec_ns", "wall_ns", "unlisted_exits"};
    for (const auto& member : document.GetObject()) {
        EXPECT_EQ(member.value.IsNull(), !counted.contains(member.name.GetString())) << member.name.GetString();
    }
}

TEST(SystemJson, any_values_are_valid_and_in_one_of_three_objects) {
    std::mt19937_64 random(5);
    for (int round = 0; round < 200; ++round) {
        const Report report = test::random_system_report(random);
        std::size_t keys = 0;
        for (const SystemGroup group : {SystemGroup::system, SystemGroup::health, SystemGroup::own}) {
            const rapidjson::Document document = written(report, group);
            ASSERT_TRUE(document.IsObject());
            keys += document.MemberCount();
        }
        EXPECT_EQ(keys, system_columns().size());
    }
}

TEST(SystemJson, own_cost_and_health_keep_their_keys) {
    Report report;
    report.own_before.cpu_ns = 10;
    report.own_now.cpu_ns = 15;
    report.own_now.probe_ns = 3;  // absent before
    report.health.torn_reads = 4;
    const rapidjson::Document own = written(report, SystemGroup::own);
    EXPECT_EQ(own["cpu_ns"].GetUint64(), 5U);
    EXPECT_TRUE(own["probe_ns"].IsNull());
    EXPECT_TRUE(own["probe_runs"].IsNull());
    EXPECT_EQ(written(report, SystemGroup::health)["torn_reads"].GetUint64(), 4U);
}

TEST(SystemJson, values_are_under_their_keys) {
    Report report;
    SystemRow& system = report.system;
    system.cpus = 2;
    system.cpu_busy_ns = 5;
    system.per_cpu = {{0, 12.5}, {3, 100}};
    system.busiest_disk = BusiestDisk{DeviceName("nvme0n1"), 40};
    system.stall_irq_full_pct = 2;
    system.memory_used_bytes = 7;
    system.package_throttles = 3;
    system.now.pressure_io = Pressure{.some_avg10 = 4, .full_avg10 = 3};
    system.now.throttle_reasons = 1U << static_cast<unsigned>(ThrottleReason::thermal);
    system.now.gpus.resize(2);
    system.now.gpus[0].name = DeviceName("card0");
    system.now.gpus[0].driver = "i915";
    system.now.gpus[0].busy_pct = 9;
    system.now.gpus[1].asleep = true;
    system.now.battery = Battery{.power_w = 8.5, .charge_pct = 71, .status = BatteryStatus::discharging};
    system.now.power_profile = DeviceName("bal\x1b[31m");
    const rapidjson::Document document = written(report);
    EXPECT_EQ(document["cpu_busy_ns"].GetUint64(), 5U);
    ASSERT_EQ(document["per_cpu"].Size(), 2U);
    EXPECT_EQ(document["per_cpu"][1]["cpu"].GetUint(), 3U);
    EXPECT_EQ(document["per_cpu"][0]["busy_pct"].GetDouble(), 12.5);
    EXPECT_STREQ(document["disk_busiest"].GetString(), "nvme0n1");
    EXPECT_EQ(document["disk_busiest_pct"].GetDouble(), 40);
    EXPECT_EQ(document["psi_irq_full_pct"].GetDouble(), 2);
    EXPECT_EQ(document["psi_io_some_avg10"].GetDouble(), 4);
    EXPECT_EQ(document["psi_io_full_avg10"].GetDouble(), 3);
    EXPECT_EQ(document["memory_used_bytes"].GetUint64(), 7U);
    EXPECT_EQ(document["package_throttles"].GetUint64(), 3U);
    ASSERT_EQ(document["throttle_reasons"].Size(), 1U);
    EXPECT_STREQ(document["throttle_reasons"][0].GetString(), "thermal");
    EXPECT_EQ(document["gpu_busy_pct"].GetDouble(), 9);
    ASSERT_EQ(document["gpus"].Size(), 2U);
    EXPECT_STREQ(document["gpus"][0]["driver"].GetString(), "i915");
    EXPECT_TRUE(document["gpus"][1]["asleep"].GetBool());
    EXPECT_TRUE(document["gpus"][1]["busy_pct"].IsNull());
    EXPECT_STREQ(document["battery_status"].GetString(), "discharging");
    EXPECT_EQ(std::string(document["power_profile"].GetString()).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace tsa
