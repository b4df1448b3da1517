// SystemReader on trees of files, and once on the machine itself.
#include "system/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "system/machine.h"
#include "system/own_cost.h"

namespace tsa {
namespace {

using testing::Optional;
namespace fs = std::filesystem;

class SystemTree : public testing::Test {
  protected:
    SystemTree() {
        std::string pattern = fs::temp_directory_path() / "rstat-system-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
    }
    ~SystemTree() override { fs::remove_all(root_); }
    SystemTree(const SystemTree&) = delete;
    SystemTree& operator=(const SystemTree&) = delete;

    // The same file with another content, as the kernel's files change.
    void write(const std::string& path, const std::string& text) const {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    // Another file in its place, as after a source came back.
    void replace(const std::string& path, const std::string& text) const {
        fs::remove(root_ / path);
        write(path, text);
    }
    void write_all() const {
        write("proc/stat", "cpu  1 2 3 4 5 6 7 8 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n");
        write("sys/devices/system/cpu/online", "0-2,4\n");
        write("proc/loadavg", "1.50 2.50 3.50 1/200 300\n");
        write("proc/uptime", "12.34 5.00\n");
        for (const char* resource : {"cpu", "io", "memory"}) {
            write(std::string("proc/pressure/") + resource,
                  "some avg10=1.00 avg60=0.00 avg300=0.00 total=" + std::to_string(std::string(resource).size()) +
                      "\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
        }
        write("proc/meminfo", "MemTotal: 100 kB\nMemAvailable: 50 kB\nSwapTotal: 30 kB\nSwapFree: 20 kB\n");
        write("proc/vmstat", "nr_free_pages 1\npswpin 2\npswpout 3\n");
        write("proc/diskstats", "8 0 sda 0 0 10 0 0 0 20 0 0 0 0\n8 1 sda1 0 0 10 0 0 0 20 0 0 0 0\n");
        fs::create_directories(root_ / "sys/block/sda/slaves");
    }
    [[nodiscard]] SystemReader reader(std::uint64_t reopen_after_ns = 0) const {
        return SystemReader({.root = root_.string(), .reopen_after_ns = reopen_after_ns});
    }
    static SystemSample read(SystemReader& reader) {
        SystemSample sample;
        reader.read(sample);
        return sample;
    }

    fs::path root_;
};

TEST_F(SystemTree, every_source_arrives_in_its_place) {
    write_all();
    SystemReader system = reader();
    const SystemSample sample = read(system);
    EXPECT_EQ(sample.cpus, 4U);
    ASSERT_TRUE(sample.cpu.has_value());
    EXPECT_EQ(sample.cpu->steal_ns, 8 * (1'000'000'000U / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK))));
    EXPECT_THAT(sample.load, Optional(std::array{1.5, 2.5, 3.5}));
    EXPECT_THAT(sample.uptime_s, Optional(12.34));
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

TEST_F(SystemTree, an_empty_tree_gives_nothing_but_the_number_of_cpus) {
    SystemReader system = reader();
    const SystemSample sample = read(system);
    EXPECT_GE(sample.cpus, 1U);
    EXPECT_FALSE(sample.cpu || sample.load || sample.uptime_s);
    EXPECT_FALSE(sample.pressure_cpu || sample.pressure_io || sample.pressure_memory);
    EXPECT_FALSE(sample.memory_total_bytes || sample.memory_available_bytes);
    EXPECT_FALSE(sample.swap_total_bytes || sample.swap_free_bytes || sample.swap_in_bytes || sample.swap_out_bytes);
    EXPECT_FALSE(sample.disk_read_bytes || sample.disk_write_bytes);
}

TEST_F(SystemTree, what_was_read_before_does_not_stay_when_it_is_gone) {
    write_all();
    SystemReader system = reader();
    SystemSample sample = read(system);
    write("proc/meminfo", "MemTotal: 100 kB\n");
    write("proc/stat", "");
    system.read(sample);
    EXPECT_TRUE(sample.memory_total_bytes.has_value());
    EXPECT_FALSE(sample.memory_available_bytes.has_value());
    EXPECT_FALSE(sample.cpu.has_value());
}

TEST_F(SystemTree, each_read_sees_the_file_as_it_is_then) {
    write_all();
    SystemReader system = reader();
    EXPECT_THAT(read(system).uptime_s, Optional(12.34));
    write("proc/uptime", "13.00 5.00\n");
    EXPECT_THAT(read(system).uptime_s, Optional(13.0));
}

TEST_F(SystemTree, a_source_that_vanished_comes_back_through_a_new_descriptor) {
    write_all();
    SystemReader system = reader();
    write("proc/uptime", "");
    EXPECT_FALSE(read(system).uptime_s.has_value());
    replace("proc/uptime", "14.00 5.00\n");
    EXPECT_THAT(read(system).uptime_s, Optional(14.0));
}

TEST_F(SystemTree, an_absent_source_is_left_alone_until_its_time) {
    SystemReader system = reader(3'600'000'000'000);
    write_all();
    EXPECT_FALSE(read(system).uptime_s.has_value());
}

TEST_F(SystemTree, one_read_reopens_one_source_at_most) {
    SystemReader system = reader();
    write("proc/uptime", "12.34 5.00\n");
    write("proc/loadavg", "1.50 2.50 3.50 1/200 300\n");
    int came_back_in_one_read = 0;
    int known = 0;
    for (int i = 0; i < 40 && known < 2; ++i) {
        const SystemSample sample = read(system);
        const int now_known = (sample.uptime_s ? 1 : 0) + (sample.load ? 1 : 0);
        came_back_in_one_read = std::max(came_back_in_one_read, now_known - known);
        known = now_known;
    }
    EXPECT_EQ(known, 2);
    EXPECT_EQ(came_back_in_one_read, 1);
}

TEST_F(SystemTree, a_directory_in_a_files_place_is_absent) {
    fs::create_directories(root_ / "proc/uptime");
    SystemReader system = reader();
    EXPECT_FALSE(read(system).uptime_s.has_value());
}

TEST_F(SystemTree, a_disk_that_is_plugged_in_later_counts_from_then_on) {
    write_all();
    SystemReader system = reader();
    EXPECT_THAT(read(system).disk_read_bytes, Optional(5120U));
    fs::create_directories(root_ / "sys/block/sdb/slaves");
    write("proc/diskstats", "8 0 sda 0 0 10 0 0 0 20 0 0 0 0\n8 16 sdb 0 0 100 0 0 0 0 0 0 0 0\n");
    EXPECT_THAT(read(system).disk_read_bytes, Optional(5120U + 51200U));
}

TEST_F(SystemTree, stacked_hidden_and_memory_devices_do_not_count) {
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

TEST_F(SystemTree, a_file_larger_than_any_buffer_before_is_read_whole) {
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
    do {  // ends because of the work that it does itself
        read_own_cpu(after);
    } while (after.cpu_ns < before.cpu_ns + 1'000'000);
    EXPECT_GT(before.cpu_ns, 0U);
}

TEST(MachineIdentity, has_a_name_and_a_kernel) {
    const MachineIdentity machine = read_machine_identity();
    std::string expected(256, '\0');
    ASSERT_EQ(::gethostname(expected.data(), expected.size()), 0);
    EXPECT_EQ(machine.hostname, expected.c_str());
    EXPECT_THAT(machine.kernel_release, testing::ContainsRegex("^[0-9]+[.][0-9]+"));
    EXPECT_FALSE(machine.architecture.empty());
}

}  // namespace
}  // namespace tsa
