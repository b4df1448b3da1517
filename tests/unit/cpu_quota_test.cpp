// SPDX-License-Identifier: MIT
// read_cpu_quota() on trees of files: both versions of cgroups, nested limits, namespaces.
#include "procfs/cpu_quota.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace tsa {
namespace {

constexpr std::string_view kVersion1 = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n";
constexpr std::string_view kVersion2 = "24 30 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

class CpuQuotaTree : public ::testing::Test {
  protected:
    CpuQuotaTree() {
        std::string pattern = std::filesystem::temp_directory_path() / "rstat-quota-XXXXXX";
        root_ = std::string(::mkdtemp(pattern.data())) + "/";
    }
    ~CpuQuotaTree() override { std::filesystem::remove_all(root_); }
    CpuQuotaTree(const CpuQuotaTree&) = delete;
    CpuQuotaTree& operator=(const CpuQuotaTree&) = delete;

    void write(const std::string& path, const std::string& text) const {
        const std::filesystem::path file = root_ + "sys/fs/cgroup/" + path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text << '\n';
    }
    [[nodiscard]] std::optional<CpuQuota> read(std::string_view cgroup, std::string_view mounts) const {
        return read_cpu_quota(cgroup, mounts, root_);
    }

    std::string root_;
};

TEST_F(CpuQuotaTree, of_version_2_is_that_of_cpu_max) {
    write("app/cpu.max", "20000 100000");
    const auto quota = read("0::/app\n", kVersion2);
    ASSERT_TRUE(quota);
    EXPECT_EQ(quota->cgroup, "/app");
    EXPECT_DOUBLE_EQ(quota->cpus, 0.2);
}

TEST_F(CpuQuotaTree, of_version_1_is_that_of_the_cpu_hierarchy) {
    write("cpu/batch/cpu.cfs_quota_us", "150000");
    write("cpu/batch/cpu.cfs_period_us", "100000");
    const auto quota = read("3:memory:/elsewhere\n1:cpu,cpuacct:/batch\n0::/\n", kVersion1);
    ASSERT_TRUE(quota);
    EXPECT_EQ(quota->cgroup, "/batch");
    EXPECT_DOUBLE_EQ(quota->cpus, 1.5);
}

TEST_F(CpuQuotaTree, the_smallest_on_the_way_to_the_root_counts) {
    write("pod/cpu.max", "50000 100000");
    write("pod/app/cpu.max", "max 100000");
    write("pod/app/inner/cpu.max", "200000 100000");
    const auto quota = read("0::/pod/app/inner\n", kVersion2);
    ASSERT_TRUE(quota);
    EXPECT_EQ(quota->cgroup, "/pod");
    EXPECT_DOUBLE_EQ(quota->cpus, 0.5);
}

TEST_F(CpuQuotaTree, without_a_limit_there_is_none) {
    write("cpu/batch/cpu.cfs_quota_us", "-1");
    write("cpu/batch/cpu.cfs_period_us", "100000");
    write("app/cpu.max", "max 100000");
    EXPECT_FALSE(read("1:cpu:/batch\n", kVersion1));
    EXPECT_FALSE(read("0::/app\n", kVersion2));
    EXPECT_FALSE(read("0::/missing\n", kVersion2));
    EXPECT_FALSE(read("0::/app\n", "24 30 0:22 / /sys rw - sysfs sysfs rw\n"));
}

TEST_F(CpuQuotaTree, of_a_part_that_is_mounted_alone_is_found_and_the_rest_is_not) {
    write("cpu.max", "30000 100000");
    write("app/cpu.max", "max 100000");
    constexpr std::string_view kPart = "24 30 0:22 /docker/one /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n";
    const auto quota = read("0::/docker/one/app\n", kPart);
    ASSERT_TRUE(quota);
    EXPECT_EQ(quota->cgroup, "/docker/one");
    EXPECT_FALSE(read("0::/docker/oneself\n", kPart));
    EXPECT_FALSE(read("0::/../other\n", kVersion2));
}

TEST_F(CpuQuotaTree, hostile_texts_give_nothing) {
    write("app/cpu.max", "-5 0");
    EXPECT_FALSE(read("0::/app\n", kVersion2));
    write("app/cpu.max", "5 0");
    EXPECT_FALSE(read("0::/app\n", kVersion2));
    EXPECT_FALSE(read("\n:\n::\n0::\nx", kVersion2));
    EXPECT_FALSE(read("0::/" + std::string(3000, '/') + "\n", kVersion2));
}

}  // namespace
}  // namespace tsa
