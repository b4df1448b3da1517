// SPDX-License-Identifier: MIT
// The parsers of src/system on literal text of several kernels, and on malformed text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "system/cpu.h"
#include "system/disks.h"
#include "system/load.h"
#include "system/memory.h"
#include "system/network.h"
#include "system/pressure.h"

namespace tsa {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr std::uint64_t kTickNs = 10'000'000;  // 100 per second

TEST(CpuTimesParser, columns_become_nanoseconds) {
    const auto times =
        parse_cpu_times("cpu  2520 1 2334 656367 435 2 38 8 3 4\ncpu0 748 0 966 328963 15 0 5 2 0 0\n", kTickNs);
    ASSERT_TRUE(times.has_value());
    EXPECT_EQ(times->user_ns, 25'200'000'000U);
    EXPECT_EQ(times->nice_ns, 10'000'000U);
    EXPECT_EQ(times->system_ns, 23'340'000'000U);
    EXPECT_EQ(times->idle_ns, 6'563'670'000'000U);
    EXPECT_EQ(times->iowait_ns, 4'350'000'000U);
    EXPECT_EQ(times->irq_ns, 20'000'000U);
    EXPECT_EQ(times->softirq_ns, 380'000'000U);
    EXPECT_EQ(times->steal_ns, 80'000'000U);
}

TEST(CpuTimesParser, guest_time_is_not_added_because_user_time_holds_it) {
    const auto times = parse_cpu_times("cpu  100 20 0 0 0 0 0 0 90 10\n", kTickNs);
    ASSERT_TRUE(times.has_value());
    EXPECT_EQ(times->busy_ns(), 120 * kTickNs);
}

TEST(CpuTimesParser, columns_that_an_old_kernel_lacks_are_zero) {
    const auto times = parse_cpu_times("cpu  1 2 3 4\n", kTickNs);
    ASSERT_TRUE(times.has_value());
    EXPECT_EQ(times->idle_ns, 4 * kTickNs);
    EXPECT_EQ(times->steal_ns, 0U);
}

TEST(CpuTimesParser, columns_of_a_later_kernel_are_ignored) {
    const auto times = parse_cpu_times("cpu  1 2 3 4 5 6 7 8 9 10 11 12 new\n", kTickNs);
    ASSERT_TRUE(times.has_value());
    EXPECT_EQ(times->steal_ns, 8 * kTickNs);
}

TEST(CpuTimesParser, broken_text_is_absent) {
    for (const char* text : {"", "\n", "cpu\n", "cpu  1 2 3\n", "cpu  1 2 3 4 5 6 7 8", "cpu0 1 2 3 4 5 6 7 8\n",
                             "cpu  1 x 3 4\n", "cpu  -1 2 3 4\n", "cpu  1 2 3 4 5 6 7 8x\n",
                             "cpu  18446744073709551615 2 3 4\n", "cpu  99999999999999999999999 2 3 4\n", "intr 5\n"}) {
        EXPECT_FALSE(parse_cpu_times(text, kTickNs).has_value()) << text;
    }
}

TEST(PerCpuParser, each_online_cpu_has_its_line_whatever_its_number) {
    std::vector<CpuBusy> cpus;
    const std::uint32_t lines = parse_per_cpu(
        "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 1 2 3 40 5 6 7 8 1 1\ncpu3 10 0 0 20 0 0 0 0 0 0\nintr 5 0 0\ncpu9 1 1 1 1\n",
        kTickNs, cpus);
    EXPECT_EQ(lines, 2U);
    ASSERT_EQ(cpus.size(), 2U);
    EXPECT_EQ(cpus[0].cpu, 0U);
    EXPECT_EQ(cpus[0].busy_ns, (1 + 2 + 3 + 6 + 7 + 8) * kTickNs);
    EXPECT_EQ(cpus[0].idle_ns, 45 * kTickNs);
    EXPECT_EQ(cpus[1].cpu, 3U);
    EXPECT_EQ(cpus[1].idle_ns, 20 * kTickNs);
}

TEST(PerCpuParser, more_cpus_than_are_listed_are_still_counted) {
    std::string text = "cpu  1 2 3 4\n";
    for (std::size_t cpu = 0; cpu < kMaxParsedCpus + 5; ++cpu) {
        text += "cpu" + std::to_string(cpu) + " 1 2 3 4\n";
    }
    std::vector<CpuBusy> cpus;
    EXPECT_EQ(parse_per_cpu(text, kTickNs, cpus), kMaxParsedCpus + 5);
    EXPECT_EQ(cpus.size(), kMaxParsedCpus);
}

TEST(PerCpuParser, broken_text_lists_nothing) {
    for (const char* text :
         {"", "cpu  1 2 3 4\n", "cpu  1 2 3 4\ncpu0 1 2 3\n", "cpu  1 2 3 4\ncpu0 1 2 3 4 5",
          "cpu  1 2 3 4\ncpux 1 2 3 4\n", "cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu1 1 x 3 4\n",
          "cpu  1 2 3 4\ncpu99999999999 1 2 3 4\n", "cpu  1 2 3 4\ncpu0 18446744073709551615 2 3 4\n"}) {
        std::vector<CpuBusy> cpus{{.cpu = 7}};
        EXPECT_EQ(parse_per_cpu(text, kTickNs, cpus), 0U) << text;
        EXPECT_TRUE(cpus.empty()) << text;
    }
}

TEST(LoadParser, reads_the_three_averages) {
    EXPECT_THAT(parse_load("7.20 5.10 4.05 3/1284 99481\n"), Optional(Eq(std::array{7.2, 5.1, 4.05})));
}

TEST(LoadParser, broken_text_is_absent) {
    for (const char* text :
         {"", "7.2 5.1\n", "7.2 5.1 4.0", "7.2 5.1 x 1/2 3\n", "nan 1 1 1/2 3\n", "-1 1 1 1/2 3\n"}) {
        EXPECT_FALSE(parse_load(text).has_value()) << text;
    }
}

TEST(PressureParser, reads_averages_and_totals_in_nanoseconds) {
    const auto pressure = parse_pressure(
        "some avg10=14.92 avg60=0.20 avg300=0.10 total=4021626\nfull avg10=0.37 avg60=0.18 avg300=0.10 "
        "total=3898582\n");
    ASSERT_TRUE(pressure.has_value());
    EXPECT_DOUBLE_EQ(pressure->some_avg10, 14.92);
    EXPECT_DOUBLE_EQ(pressure->full_avg10, 0.37);
    EXPECT_EQ(pressure->some_total_ns, 4'021'626'000U);
    EXPECT_EQ(pressure->full_total_ns, 3'898'582'000U);
}

TEST(PressureParser, cpu_pressure_of_an_old_kernel_has_no_full_line) {
    const auto pressure = parse_pressure("some avg10=1.00 avg60=0.00 avg300=0.00 total=5\n");
    ASSERT_TRUE(pressure.has_value());
    EXPECT_EQ(pressure->some_total_ns, 5000U);
    EXPECT_EQ(pressure->full_total_ns, 0U);
}

TEST(PressureParser, broken_text_is_absent) {
    for (const char* text : {"", "some\n", "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
                             "some avg10=1.00 total=5", "some avg10=1.00\n", "some total=5\n", "some avg10=x total=5\n",
                             "some avg10=nan total=5\n", "some avg10=1.00 total=5\nfull avg10=1.00 total=\n"}) {
        EXPECT_FALSE(parse_pressure(text).has_value()) << text;
    }
}

TEST(IrqPressureParser, has_a_full_line_only) {
    const auto pressure = parse_irq_pressure("full avg10=0.37 avg60=0.18 avg300=0.10 total=3898582\n");
    ASSERT_TRUE(pressure.has_value());
    EXPECT_DOUBLE_EQ(pressure->full_avg10, 0.37);
    EXPECT_EQ(pressure->full_total_ns, 3'898'582'000U);
    for (const char* text : {"", "full\n", "full avg10=0.37 total=5", "full avg10=x total=5\n",
                             "full avg10=1.00 total=99999999999999999999\n", "some avg10=0.00 total=5\n"}) {
        EXPECT_FALSE(parse_irq_pressure(text).has_value()) << text;
    }
}

TEST(MeminfoParser, reads_bytes) {
    const MemoryInfo info = parse_meminfo(
        "MemTotal:       24684092 kB\nMemFree:        24135056 kB\nMemAvailable:   24277008 kB\nBuffers:  2656 kB\n"
        "Cached:              100 kB\nSwapCached:            7 kB\nSwapTotal:       8388604 kB\nSwapFree:        "
        "8388600 "
        "kB\nZswap:     30 kB\nZswapped:   90 kB\nSReclaimable:   10 kB\nHugePages_Total:       0\n");
    EXPECT_THAT(info.free_bytes, Optional(24135056ULL * 1024));
    EXPECT_THAT(info.cache_bytes(), Optional((2656ULL + 100 + 10) * 1024));
    EXPECT_THAT(info.zswap_memory_bytes, Optional(30ULL * 1024));
    EXPECT_THAT(info.zswap_data_bytes, Optional(90ULL * 1024));
    EXPECT_THAT(info.total_bytes, Optional(24684092ULL * 1024));
    EXPECT_THAT(info.available_bytes, Optional(24277008ULL * 1024));
    EXPECT_THAT(info.swap_total_bytes, Optional(8388604ULL * 1024));
    EXPECT_THAT(info.swap_free_bytes, Optional(8388600ULL * 1024));
}

TEST(MeminfoParser, a_missing_line_is_absent_and_the_others_are_not) {
    const MemoryInfo info = parse_meminfo("MemTotal:  100 kB\nMemFree:  50 kB\nSwapTotal: 0 kB\n");
    EXPECT_THAT(info.total_bytes, Optional(102400U));
    EXPECT_FALSE(info.available_bytes.has_value());
    EXPECT_THAT(info.swap_total_bytes, Optional(0U));
    EXPECT_FALSE(info.swap_free_bytes.has_value());
}

TEST(MeminfoParser, a_value_that_is_cut_off_or_has_another_unit_is_absent) {
    EXPECT_FALSE(parse_meminfo("MemTotal:       2468").total_bytes.has_value());
    EXPECT_FALSE(parse_meminfo("MemTotal:       24684092\n").total_bytes.has_value());
    EXPECT_FALSE(parse_meminfo("MemTotal:       24684092 MB\n").total_bytes.has_value());
    EXPECT_FALSE(parse_meminfo("MemTotal:       ? kB\n").total_bytes.has_value());
    EXPECT_FALSE(parse_meminfo("MemTotal:       18014398509481983 kB\n").total_bytes.has_value());
    EXPECT_FALSE(parse_meminfo("MemTotal:       99999999999999999999 kB\n").total_bytes.has_value());
    EXPECT_FALSE(parse_meminfo("MemTotal: 5 kB\nBuffers: 5 kB\n").cache_bytes().has_value());
}

TEST(SwapTrafficParser, pages_become_bytes) {
    const SwapTraffic traffic =
        parse_swap_traffic("nr_free_pages 5\npgpgin 10\npgpgout 20\npswpin 3\npswpout 4\npgalloc_dma 1\n", 4096);
    EXPECT_THAT(traffic.in_bytes, Optional(3U * 4096));
    EXPECT_THAT(traffic.out_bytes, Optional(4U * 4096));
    EXPECT_EQ(traffic.text_bytes,
              std::string_view("nr_free_pages 5\npgpgin 10\npgpgout 20\npswpin 3\npswpout 4\n").size());
}

TEST(SwapTrafficParser, a_kernel_without_swap_has_none) {
    const SwapTraffic traffic = parse_swap_traffic("nr_free_pages 5\npgpgin 10\npswpin_zero 7\n", 4096);
    EXPECT_FALSE(traffic.in_bytes.has_value());
    EXPECT_FALSE(traffic.out_bytes.has_value());
}

TEST(SwapTrafficParser, a_value_that_is_cut_off_is_absent) {
    const SwapTraffic traffic = parse_swap_traffic("pswpin 30\npswpout 41", 4096);
    EXPECT_THAT(traffic.in_bytes, Optional(30U * 4096));
    EXPECT_FALSE(traffic.out_bytes.has_value());
}

// Linux 6.18 (20 columns), 4.18 (18) and 3.x (14), all whole disks but sda1, dm-0 and loop0.
constexpr const char* kDiskstats =
    "   7       0 loop0 9 0 100 0 0 0 100 0 0 0 0 0 0 0 0 0 0\n"
    "   8       0 sda 62489 10630 1000 26024 7882 7199 2000 1570 0 5992 27897 5534 51 170272 267 1058 35\n"
    "   8       1 sda1 62489 10630 999 26024 7882 7199 1999 1570 0 5992 27897 5534 51 170272 267 1058 35\n"
    " 259       0 nvme0n1 5 0 10 1 5 0 20 1 0 1 1 0 0 0 0\n"
    " 252       0 vdb 5 0 1 1 5 0 2 1 0 1 1\n"
    " 253       0 dm-0 5 0 500 1 5 0 500 1 0 1 1 0 0 0 0 0 0\n";

TEST(DiskstatsParser, lists_the_named_disks_only) {
    const std::vector<std::string> disks{"nvme0n1", "sda", "vdb"};
    std::vector<DiskCounters> found;
    ASSERT_TRUE(parse_diskstats(kDiskstats, disks, found));
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].name.view(), "sda");
    EXPECT_EQ(found[0].read_bytes, 1000U * 512);
    EXPECT_EQ(found[0].write_bytes, 2000U * 512);
    EXPECT_EQ(found[0].busy_ns, 5'992'000'000U);
    EXPECT_EQ(found[1].name.view(), "nvme0n1");
    EXPECT_EQ(found[1].read_bytes, 10U * 512);
    EXPECT_EQ(found[2].name.view(), "vdb");
    EXPECT_EQ(found[2].write_bytes, 2U * 512);
}

TEST(DiskstatsParser, no_disk_is_absent_and_not_zero) {
    std::vector<DiskCounters> found;
    EXPECT_FALSE(parse_diskstats(kDiskstats, {}, found));
    EXPECT_FALSE(parse_diskstats("", std::vector<std::string>{"sda"}, found));
}

TEST(DiskstatsParser, a_disk_that_cannot_be_read_makes_the_list_absent) {
    const std::vector<std::string> disks{"sda", "sdb"};
    for (const char* line : {"8 16 sdb 1 2 3\n", "8 16 sdb 1 2 x 4 5 6 7 8 9 10 11\n", "8 16 sdb\n",
                             "8 16 sdb 1 2 99999999999999999999 4 5 6 7 8 9 10 11\n",
                             "8 16 sdb 1 2 3 4 5 6 7 8 9 18446744073709551615 11\n"}) {
        std::vector<DiskCounters> found;
        EXPECT_FALSE(parse_diskstats(std::string(kDiskstats) + line, disks, found)) << line;
        EXPECT_TRUE(found.empty());
    }
}

TEST(DiskStatParser, the_file_of_one_disk_has_the_same_columns) {
    const auto disk = parse_disk_stat(
        "   67682     9749  5302858    30229    13698    12766  3794576    10027        0    14684    41678     "
        "8713\n");
    ASSERT_TRUE(disk.has_value());
    EXPECT_EQ(disk->read_bytes, 5302858ULL * 512);
    EXPECT_EQ(disk->write_bytes, 3794576ULL * 512);
    EXPECT_EQ(disk->busy_ns, 14'684'000'000U);
    EXPECT_FALSE(parse_disk_stat("").has_value());
    EXPECT_FALSE(parse_disk_stat("1 2 3 4 5 6 7\n8 9 10").has_value());
}

TEST(NetDevParser, bytes_of_both_directions) {
    const auto line = parse_net_dev_line(
        "  eth0: 48538130    1046    0    0    0     0          0         0    46339     581    0    0    0     0      "
        " 0");
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->name.view(), "eth0");
    EXPECT_EQ(line->rx_bytes, 48538130U);
    EXPECT_EQ(line->tx_bytes, 46339U);
    const auto old = parse_net_dev_line("enp0s31f6:123 1 0 0 0 0 0 0 456 5 0 0 0 0 0 0");
    ASSERT_TRUE(old.has_value());
    EXPECT_EQ(old->rx_bytes, 123U);
    EXPECT_EQ(old->tx_bytes, 456U);
}

TEST(NetDevParser, heads_and_broken_lines_are_absent) {
    for (const char* line :
         {"", "Inter-|   Receive                  |  Transmit", " face |bytes    packets errs|bytes    packets",
          "eth0: 1 2 3", "eth0:", ": 1 2 3 4 5 6 7 8 9", "eth0: x 2 3 4 5 6 7 8 9", "eth0: -1 2 3 4 5 6 7 8 9",
          "eth0: 99999999999999999999 2 3 4 5 6 7 8 9"}) {
        EXPECT_FALSE(parse_net_dev_line(line).has_value()) << line;
    }
}

TEST(CountsAsDisk, a_byte_is_counted_on_the_lowest_device_only) {
    for (const char* name :
         {"sda", "sdaa", "nvme0n1", "vda", "xvda", "mmcblk0", "nbd0", "rbd0", "pmem0", "mdisk", "ramses"}) {
        EXPECT_TRUE(counts_as_disk(name, false, false)) << name;
    }
    for (const char* name : {"loop0", "loop12", "ram0", "zram0", "dm-0", "md0", "md127", "drbd1", "zd16", "bcache0"}) {
        EXPECT_FALSE(counts_as_disk(name, false, false)) << name;
    }
    EXPECT_FALSE(counts_as_disk("newstack0", true, false));
    EXPECT_FALSE(counts_as_disk("nvme0c0n1", false, true));
}

}  // namespace
}  // namespace tsa
