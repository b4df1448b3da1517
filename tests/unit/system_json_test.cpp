// The keys of "system": all there on a machine that tells nothing, right on one that tells everything, all in the
// README.
#include "output/system_json.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <fstream>
#include <sstream>
#include <string>

namespace tsa {
namespace {

rapidjson::Document written(const SystemRow& system) {
    rapidjson::StringBuffer buffer;
    Json json(buffer);
    json.StartObject();
    put_system_row(json, system);
    json.EndObject();
    rapidjson::Document document;
    document.Parse(buffer.GetString());
    return document;
}

TEST(SystemJson, what_a_machine_does_not_tell_is_null) {
    const rapidjson::Document document = written({});
    ASSERT_TRUE(document.IsObject());
    EXPECT_GT(document.MemberCount(), 50U);
    for (const auto& member : document.GetObject()) {
        const std::string key = member.name.GetString();
        if (key != "cpus" && key != "cpu_exec_ns") {
            EXPECT_TRUE(member.value.IsNull()) << key;
        }
    }
}

TEST(SystemJson, every_key_is_explained_in_the_readme) {
    std::ifstream file(std::string(RSTAT_SOURCE_DIR) + "/README.md");
    std::ostringstream text;
    text << file.rdbuf();
    const rapidjson::Document document = written({});
    for (const auto& member : document.GetObject()) {
        const std::string key = "`" + std::string(member.name.GetString()) + "`";
        EXPECT_NE(text.str().find(key), std::string::npos) << key;
    }
}

TEST(SystemJson, values_stand_under_their_keys) {
    SystemRow system;
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
    const rapidjson::Document document = written(system);
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
