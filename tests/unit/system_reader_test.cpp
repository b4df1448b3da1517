// SPDX-License-Identifier: MIT
// SystemReader on trees of files, and once on the machine itself.
#include "system/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "system/machine.h"
#include "system/own_cost.h"
#include "unit/system_tree.h"

namespace tsa {
namespace {

using ::testing::Optional;
namespace fs = std::filesystem;

class ReaderTree : public SystemTree {
  protected:
    void write_all() const {
        write("proc/stat",
              "cpu  1 2 3 4 5 6 7 8 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\ncpu4 1 2 3 4 5 6 7 8 0 0\nintr 1\n"
              "processes 9\nprocs_running 2\nprocs_blocked 3\nsoftirq 1\n");
        write("proc/loadavg", "1.50 2.50 3.50 1/200 300\n");
        for (const char* resource : {"cpu", "io", "memory"}) {
            write(std::string("proc/pressure/") + resource,
                  "some avg10=1.00 avg60=0.00 avg300=0.00 total=" + std::to_string(std::string(resource).size()) +
                      "\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
        }
        write("proc/meminfo",
              "MemTotal: 100 kB\nMemFree: 40 kB\nMemAvailable: 50 kB\nBuffers: 1 kB\nCached: 2 kB\nSwapTotal: 30 kB\n"
              "SwapFree: 20 kB\n");
        write("proc/net/dev", "Inter-|\n face |bytes\n lo: 7 0 0 0 0 0 0 0 7 0\n eth0: 100 0 0 0 0 0 0 0 200 0\n");
        write("proc/vmstat", "nr_free_pages 1\npswpin 2\npswpout 3\n");
        write("proc/diskstats", "8 0 sda 0 0 10 0 0 0 20 0 0 7 0\n8 1 sda1 0 0 10 0 0 0 20 0 0 0 0\n");
        fs::create_directories(root_ / "sys/block/sda/slaves");
    }
    [[nodiscard]] SystemReader reader(std::uint64_t reopen_after_ns = 0) const {
        return SystemReader(options(reopen_after_ns));
    }
};

TEST_F(ReaderTree, every_source_arrives_in_its_place) {
    write_all();
    SystemReader system = reader();
    const SystemSample sample = read(system);
    EXPECT_EQ(sample.cpus, 2U);
    ASSERT_TRUE(sample.cpu.has_value());
    EXPECT_EQ(sample.cpu->steal_ns, 8 * (1'000'000'000U / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK))));
    EXPECT_THAT(sample.io_blocked, Optional(3U));
    EXPECT_THAT(sample.load, Optional(std::array{1.5, 2.5, 3.5}));
    EXPECT_THAT(sample.memory_free_bytes, Optional(40960U));
    EXPECT_THAT(sample.memory_cache_bytes, Optional(3072U));
    ASSERT_EQ(sample.per_cpu.size(), 2U);
    EXPECT_EQ(sample.per_cpu[1].cpu, 4U);
    ASSERT_EQ(sample.disks.size(), 1U);
    EXPECT_EQ(sample.disks[0].name.view(), "sda");
    EXPECT_EQ(sample.disks[0].busy_ns, 7'000'000U);
    EXPECT_THAT(sample.net_rx_bytes, Optional(100U));
    EXPECT_THAT(sample.net_tx_bytes, Optional(200U));
    ASSERT_TRUE(sample.pressure_cpu && sample.pressure_io && sample.pressure_memory);
    EXPECT_EQ(sample.pressure_cpu->some_total_ns, 3000U);
    EXPECT_EQ(sample.pressure_io->some_total_ns, 2000U);
    EXPECT_EQ(sample.pressure_memory->some_total_ns, 6000U);
    EXPECT_THAT(sample.memory_total_bytes, Optional(102400U));
    EXPECT_THAT(sample.memory_available_bytes, Optional(51200U));
    EXPECT_THAT(sample.swap_total_bytes, Optional(30720U));
    EXPECT_THAT(sample.swap_free_bytes, Optional(20480U));
    const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    EXPECT_THAT(sample.swap_in_bytes, Optional(2 * page_bytes));
    EXPECT_THAT(sample.swap_out_bytes, Optional(3 * page_bytes));
    EXPECT_THAT(sample.disk_read_bytes, Optional(5120U));
    EXPECT_THAT(sample.disk_write_bytes, Optional(10240U));
}

TEST_F(ReaderTree, an_empty_tree_gives_nothing_but_the_number_of_cpus) {
    SystemReader system = reader();
    const SystemSample sample = read(system);
    EXPECT_GE(sample.cpus, 1U);
    EXPECT_FALSE(sample.cpu || sample.load || sample.battery || sample.power_profile);
    EXPECT_TRUE(sample.per_cpu.empty() && sample.disks.empty() && sample.gpus.empty());
    EXPECT_FALSE(sample.cpu_temperature_c || sample.cpu_mhz || sample.package_power_w || sample.net_rx_bytes);
    EXPECT_FALSE(sample.core_throttles || sample.throttle_reasons || sample.zram_data_bytes || sample.zfs_arc_bytes);
    EXPECT_FALSE(sample.pressure_cpu || sample.pressure_io || sample.pressure_memory);
    EXPECT_FALSE(sample.memory_total_bytes || sample.memory_available_bytes);
    EXPECT_FALSE(sample.swap_total_bytes || sample.swap_free_bytes || sample.swap_in_bytes || sample.swap_out_bytes);
    EXPECT_FALSE(sample.disk_read_bytes || sample.disk_write_bytes);
}

TEST_F(ReaderTree, values_do_not_stay_when_their_source_is_gone) {
    write_all();
    SystemReader system = reader();
    SystemSample sample = read(system);
    write("proc/meminfo", "MemTotal: 100 kB\n");
    write("proc/stat", "");
    system.read(sample);
    EXPECT_TRUE(sample.memory_total_bytes.has_value());
    EXPECT_FALSE(sample.memory_available_bytes.has_value());
    EXPECT_FALSE(sample.cpu.has_value());
    EXPECT_FALSE(sample.io_blocked.has_value());
}

TEST_F(ReaderTree, each_read_sees_the_file_as_it_is_then) {
    write_all();
    SystemReader system = reader();
    EXPECT_THAT(read(system).memory_total_bytes, Optional(102400U));
    write("proc/meminfo", "MemTotal: 200 kB\n");
    EXPECT_THAT(read(system).memory_total_bytes, Optional(204800U));
}

TEST_F(ReaderTree, a_source_that_vanished_comes_back_through_a_new_descriptor) {
    write_all();
    SystemReader system = reader();
    write("proc/meminfo", "");
    EXPECT_FALSE(read(system).memory_total_bytes.has_value());
    replace("proc/meminfo", "MemTotal: 200 kB\n");
    bool back = false;
    for (int refresh = 0; refresh < 40 && !back; ++refresh) {
        back = read(system).memory_total_bytes == 204800U;
    }
    EXPECT_TRUE(back);
}

TEST_F(ReaderTree, an_absent_source_is_left_alone_until_its_time) {
    SystemReader system = reader(3'600'000'000'000);
    write_all();
    for (int refresh = 0; refresh < 40; ++refresh) {
        EXPECT_FALSE(read(system).memory_total_bytes.has_value());
    }
}

TEST_F(ReaderTree, one_read_reopens_one_source_at_most) {
    SystemReader system = reader();
    write("proc/meminfo", "MemTotal: 200 kB\n");
    write("proc/loadavg", "1.50 2.50 3.50 1/200 300\n");
    int came_back_in_one_read = 0;
    int known = 0;
    for (int i = 0; i < 100 && known < 2; ++i) {
        const SystemSample sample = read(system);
        const int now_known = (sample.memory_total_bytes ? 1 : 0) + (sample.load ? 1 : 0);
        came_back_in_one_read = std::max(came_back_in_one_read, now_known - known);
        known = now_known;
    }
    EXPECT_EQ(known, 2);
    EXPECT_EQ(came_back_in_one_read, 1);
}

TEST_F(ReaderTree, a_directory_in_a_files_place_is_absent) {
    fs::create_directories(root_ / "proc/loadavg");
    SystemReader system = reader();
    EXPECT_FALSE(read(system).load.has_value());
}

TEST_F(ReaderTree, a_disk_that_is_plugged_in_later_counts_from_then_on) {
    write_all();
    SystemReader system = reader();
    EXPECT_THAT(read(system).disk_read_bytes, Optional(5120U));
    fs::create_directories(root_ / "sys/block/sdb/slaves");
    write("proc/diskstats", "8 0 sda 0 0 10 0 0 0 20 0 0 7 0\n8 16 sdb 0 0 1000 0 0 0 0 0 0 0 0\n");
    std::size_t disks = 1;
    for (int refresh = 0; refresh < 40 && disks == 1; ++refresh) {
        const SystemSample sample = read(system);
        disks = sample.disks.size();
        EXPECT_THAT(sample.disk_read_bytes, Optional(5120U));  // earlier activity is not part of a rate
    }
    EXPECT_EQ(disks, 2U);
    write("proc/diskstats", "8 0 sda 0 0 10 0 0 0 20 0 0 7 0\n8 16 sdb 0 0 1100 0 0 0 0 0 0 0 0\n");
    EXPECT_THAT(read(system).disk_read_bytes, Optional(5120U + 51200U));
}

TEST_F(ReaderTree, stacked_hidden_and_memory_devices_do_not_count) {
    write_all();
    fs::create_directories(root_ / "sys/block/newstack/slaves/sda");
    fs::create_directories(root_ / "sys/block/zram0/slaves");
    write("sys/block/nvme0c0n1/hidden", "1\n");
    write("sys/block/nvme0n1/hidden", "0\n");
    std::string stats;
    for (const char* name : {"sda", "newstack", "zram0", "nvme0c0n1", "nvme0n1"}) {
        stats += std::string("8 0 ") + name + " 0 0 10 0 0 0 20 0 0 0 0\n";
    }
    write("proc/diskstats", stats);
    SystemReader system = reader();
    EXPECT_THAT(read(system).disk_read_bytes, Optional(2 * 5120U));
}

TEST_F(ReaderTree, a_file_larger_than_any_buffer_before_is_read_whole) {
    write_all();
    std::string text;
    for (int i = 0; i < 20'000; ++i) {
        text += "nr_something_" + std::to_string(i) + " 1\n";
    }
    write("proc/vmstat", text + "pswpin 2\npswpout 3\n");
    SystemReader system = reader();
    EXPECT_THAT(read(system).swap_out_bytes, Optional(3 * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))));
}

TEST(SystemReader, this_machines_totals_do_not_go_back) {
    SystemReader system;
    SystemSample before;
    SystemSample after;
    system.read(before);
    system.read(after);
    EXPECT_GE(after.cpus, 1U);
    ASSERT_TRUE(before.cpu && after.cpu);
    EXPECT_GE(after.cpu->busy_ns(), before.cpu->busy_ns());
    ASSERT_TRUE(after.memory_total_bytes && after.memory_available_bytes);
    EXPECT_LE(*after.memory_available_bytes, *after.memory_total_bytes);
    ASSERT_TRUE(before.uptime_s && after.uptime_s);
    EXPECT_GE(*after.uptime_s, *before.uptime_s);
    EXPECT_TRUE(after.load.has_value());
}

TEST(OwnCost, cpu_time_grows_with_work) {
    OwnCost before;
    read_own_cpu(before);
    OwnCost after;
    do {  // ends because of its own CPU use
        read_own_cpu(after);
    } while (after.cpu_ns < before.cpu_ns + 1'000'000);
    EXPECT_GT(before.cpu_ns, 0U);
}

TEST(MachineIdentity, has_a_name_and_a_kernel) {
    const MachineIdentity machine = read_machine_identity();
    std::string expected(256, '\0');
    ASSERT_EQ(::gethostname(expected.data(), expected.size()), 0);
    EXPECT_EQ(machine.hostname, expected.c_str());
    EXPECT_THAT(machine.kernel_release, ::testing::ContainsRegex("^[0-9]+[.][0-9]+"));
    EXPECT_FALSE(machine.architecture.empty());
}

}  // namespace
}  // namespace tsa
