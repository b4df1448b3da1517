// SPDX-License-Identifier: MIT
// GPUs on the trees of three drivers, and NVIDIA GPUs through functions that replace its library.
#include "system/gpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "system/nvidia.h"
#include "unit/system_tree.h"

namespace tsa {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::Optional;

constexpr std::uint64_t kSecond = 1'000'000'000;

class GpuTree : public SystemTree {
  protected:
    std::vector<Gpu> round(SlowSource& source, std::uint64_t now_ns) {
        for (std::size_t step = 0; step < source.steps(); ++step) {
            source.step(step, now_ns, buffer_);
        }
        SystemSample sample;
        source.publish(sample);
        return sample.gpus;
    }
    TextBuffer buffer_;
};

TEST_F(GpuTree, i915_is_busy_while_it_is_not_asleep) {
    const std::string card = "sys/class/drm/card0/";
    write("sys/class/drm/card0-eDP-1/status", "connected\n");
    write(card + "gt/gt0/rc6_enable", "1\n");
    write(card + "gt/gt0/rc6_residency_ms", "1000\n");
    write(card + "gt/gt0/rps_cur_freq_mhz", "350\n");
    write(card + "gt/gt1/rc6_residency_ms", "1000\n");
    GpuSource source(root());
    source.discover();
    auto gpus = round(source, 10 * kSecond);
    ASSERT_EQ(gpus.size(), 1U);
    EXPECT_EQ(gpus[0].name.view(), "card0");
    EXPECT_EQ(gpus[0].driver, "i915");
    EXPECT_FALSE(gpus[0].busy_pct.has_value());
    EXPECT_THAT(gpus[0].mhz, Optional(DoubleEq(350)));
    write(card + "gt/gt0/rc6_residency_ms", "2800\n");
    write(card + "gt/gt1/rc6_residency_ms", "2200\n");
    gpus = round(source, 12 * kSecond);
    EXPECT_THAT(gpus[0].busy_pct, Optional(DoubleNear(40, 1e-6))) << "the busier unit";
    // More sleep than elapsed time: the residency clock runs slightly fast.
    write(card + "gt/gt0/rc6_residency_ms", "3900\n");
    write(card + "gt/gt1/rc6_residency_ms", "3300\n");
    EXPECT_THAT(round(source, 13 * kSecond)[0].busy_pct, Optional(DoubleEq(0)));
    write(card + "gt/gt0/rc6_residency_ms", "5\n");  // restarted
    write(card + "gt/gt1/rc6_residency_ms", "5\n");
    EXPECT_FALSE(round(source, 14 * kSecond)[0].busy_pct.has_value());
    source.resumed();
    EXPECT_FALSE(round(source, 3000 * kSecond)[0].busy_pct.has_value());
}

TEST_F(GpuTree, i915_of_an_old_kernel_has_its_files_elsewhere_and_one_that_may_not_sleep_no_share) {
    const std::string card = "sys/class/drm/card0/";
    write(card + "power/rc6_residency_ms", "1000\n");
    write(card + "gt_cur_freq_mhz", "600\n");
    write("sys/class/drm/card1/power/rc6_enable", "0\n");
    write("sys/class/drm/card1/power/rc6_residency_ms", "0\n");
    write("sys/class/drm/card1/gt_cur_freq_mhz", "300\n");
    GpuSource source(root());
    source.discover();
    (void)round(source, 10 * kSecond);
    write(card + "power/rc6_residency_ms", "1500\n");
    const auto gpus = round(source, 11 * kSecond);
    ASSERT_EQ(gpus.size(), 2U);
    EXPECT_THAT(gpus[0].busy_pct, Optional(DoubleNear(50, 1e-6)));
    EXPECT_THAT(gpus[0].mhz, Optional(DoubleEq(600)));
    EXPECT_FALSE(gpus[1].busy_pct.has_value());
    EXPECT_THAT(gpus[1].mhz, Optional(DoubleEq(300)));
}

TEST_F(GpuTree, xe_keeps_its_files_below_tiles) {
    const std::string gt = "sys/class/drm/card0/device/tile0/gt0/";
    write(gt + "gtidle/idle_residency_ms", "100\n");
    write(gt + "freq0/cur_freq", "1300\n");
    GpuSource source(root());
    source.discover();
    (void)round(source, 10 * kSecond);
    write(gt + "gtidle/idle_residency_ms", "350\n");
    const auto gpus = round(source, 11 * kSecond);
    ASSERT_EQ(gpus.size(), 1U);
    EXPECT_EQ(gpus[0].driver, "xe");
    EXPECT_THAT(gpus[0].busy_pct, Optional(DoubleNear(75, 1e-6)));
    EXPECT_THAT(gpus[0].mhz, Optional(DoubleEq(1300)));
}

class AmdTree : public GpuTree {
  protected:
    AmdTree() {
        write(device_ + "gpu_busy_percent", "37\n");
        write(device_ + "mem_info_vram_used", "1073741824\n");
        write(device_ + "mem_info_vram_total", "8589934592\n");
        write(device_ + "hwmon/hwmon4/freq1_input", "1850000000\n");
        write(device_ + "hwmon/hwmon4/temp1_input", "51000\n");
        write(device_ + "power/runtime_status", "active\n");
    }
    std::string device_ = "sys/class/drm/card1/device/";
};

TEST_F(AmdTree, amdgpu_reports_share_clock_memory_and_temperature) {
    GpuSource source(root());
    source.discover();
    const auto gpus = round(source, kSecond);
    ASSERT_EQ(gpus.size(), 1U);
    EXPECT_EQ(gpus[0].driver, "amdgpu");
    EXPECT_THAT(gpus[0].busy_pct, Optional(DoubleEq(37)));
    EXPECT_THAT(gpus[0].mhz, Optional(DoubleEq(1850)));
    EXPECT_THAT(gpus[0].temperature_c, Optional(DoubleEq(51)));
    EXPECT_THAT(gpus[0].memory_used_bytes, Optional(1ULL << 30U));
    EXPECT_THAT(gpus[0].memory_total_bytes, Optional(8ULL << 30U));
}

TEST_F(AmdTree, a_suspended_gpu_is_not_read_and_not_busy) {
    write(device_ + "power/runtime_status", "suspended\n");
    GpuSource source(root());
    source.discover();
    const std::uint64_t calls = buffer_.calls;
    auto gpus = round(source, kSecond);
    EXPECT_EQ(buffer_.calls - calls, 1U);
    ASSERT_EQ(gpus.size(), 1U);
    EXPECT_TRUE(gpus[0].asleep);
    EXPECT_THAT(gpus[0].busy_pct, Optional(DoubleEq(0)));
    EXPECT_FALSE(gpus[0].mhz || gpus[0].memory_used_bytes || gpus[0].temperature_c);
    write(device_ + "power/runtime_status", "active\n");
    gpus = round(source, 2 * kSecond);
    EXPECT_FALSE(gpus[0].asleep);
    EXPECT_THAT(gpus[0].busy_pct, Optional(DoubleEq(37)));
}

TEST_F(AmdTree, broken_values_are_absent) {
    for (const char* value : {"", "37", "x\n", "-1\n", "99999999999999999999\n"}) {
        write(device_ + "gpu_busy_percent", value);
        GpuSource source(root());
        source.discover();
        EXPECT_FALSE(round(source, kSecond)[0].busy_pct.has_value()) << value;
    }
    write(device_ + "gpu_busy_percent", "250\n");
    GpuSource source(root());
    source.discover();
    EXPECT_THAT(round(source, kSecond)[0].busy_pct, Optional(DoubleEq(100)));
}

TEST_F(GpuTree, a_card_that_only_shows_pictures_is_none) {
    write("sys/class/drm/card0/device/vendor", "0x1234\n");
    GpuSource source(root());
    source.discover();
    EXPECT_EQ(source.steps(), 0U);
}

// Replaces libnvidia-ml: one GPU, and counts of the calls.
struct FakeNvml {
    static inline int opened = 0;
    static inline int closed = 0;
    static inline int asked = 0;
    static inline unsigned busy_pct = 0;
    static inline int fails_with = 0;

    static std::optional<NvmlLibrary> load() {
        NvmlFunctions f;
        f.init = [] { return ++opened, 0; };
        f.shutdown = [] { return ++closed, 0; };
        f.count = [](unsigned* devices) { return *devices = 1, 0; };
        f.by_index = [](unsigned, NvmlFunctions::Device* device) { return *device = &opened, 0; };
        f.utilization = [](NvmlFunctions::Device, NvmlFunctions::Utilization* out) {
            ++asked;
            out->gpu_pct = busy_pct;
            return fails_with;
        };
        f.memory = [](NvmlFunctions::Device, NvmlFunctions::Memory* out) {
            *out = {1000, 400, 600};
            return fails_with;
        };
        f.clock = [](NvmlFunctions::Device, int type, unsigned* mhz) {
            *mhz = 1500;
            return type == 0 ? fails_with : 1;
        };
        f.temperature = [](NvmlFunctions::Device, int, unsigned* celsius) {
            *celsius = 66;
            return fails_with;
        };
        return NvmlLibrary(f);
    }
    static void reset() { opened = closed = asked = fails_with = 0, busy_pct = 0; }
};

class NvidiaTree : public GpuTree {
  protected:
    NvidiaTree() { FakeNvml::reset(); }
    void gpu(const char* control, const char* status) const {
        write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: x\n");
        write("sys/bus/pci/devices/0000:01:00.0/power/control", std::string(control) + "\n");
        write("sys/bus/pci/devices/0000:01:00.0/power/runtime_status", std::string(status) + "\n");
    }
    [[nodiscard]] NvidiaSource source() const { return NvidiaSource(root(), FakeNvml::load); }
};

TEST_F(NvidiaTree, without_the_driver_its_library_is_never_opened) {
    NvidiaSource nvidia = source();
    nvidia.discover();
    EXPECT_EQ(nvidia.steps(), 0U);
    EXPECT_TRUE(round(nvidia, kSecond).empty());
    EXPECT_EQ(FakeNvml::opened, 0);
}

TEST_F(NvidiaTree, a_gpu_is_read_through_the_library_which_is_closed_at_the_end) {
    gpu("on", "active");
    FakeNvml::busy_pct = 42;
    {
        NvidiaSource nvidia = source();
        nvidia.discover();
        const auto gpus = round(nvidia, kSecond);
        ASSERT_EQ(gpus.size(), 1U);
        EXPECT_EQ(gpus[0].name.view(), "nvidia0");
        EXPECT_THAT(gpus[0].busy_pct, Optional(DoubleEq(42)));
        EXPECT_THAT(gpus[0].mhz, Optional(DoubleEq(1500)));
        EXPECT_THAT(gpus[0].temperature_c, Optional(DoubleEq(66)));
        EXPECT_THAT(gpus[0].memory_used_bytes, Optional(600U));
        EXPECT_THAT(gpus[0].memory_total_bytes, Optional(1000U));
        FakeNvml::fails_with = 15;
        EXPECT_FALSE(round(nvidia, 2 * kSecond)[0].busy_pct.has_value());
        FakeNvml::fails_with = 0;
        FakeNvml::busy_pct = 0;
        for (std::uint64_t second = 3; second < 30; ++second) {
            EXPECT_EQ(round(nvidia, second * kSecond).size(), 1U) << "one that is always on is always asked";
        }
        EXPECT_EQ(FakeNvml::closed, 0);
    }
    EXPECT_EQ(FakeNvml::opened, 1);
    EXPECT_EQ(FakeNvml::closed, 1);
}

TEST_F(NvidiaTree, one_that_sleeps_is_not_woken) {
    gpu("auto", "suspended");
    NvidiaSource nvidia = source();
    nvidia.discover();
    const auto gpus = round(nvidia, kSecond);
    EXPECT_EQ(FakeNvml::opened, 0);
    ASSERT_EQ(gpus.size(), 1U);
    EXPECT_TRUE(gpus[0].asleep);
    EXPECT_THAT(gpus[0].busy_pct, Optional(DoubleEq(0)));
}

TEST_F(NvidiaTree, one_that_could_sleep_is_left_alone_when_it_has_nothing_to_do) {
    gpu("auto", "active");
    NvidiaSource nvidia = source();
    nvidia.discover();
    std::uint64_t now_ns = kSecond;
    FakeNvml::busy_pct = 5;
    for (int i = 0; i < 20; ++i, now_ns += kSecond) {
        EXPECT_EQ(round(nvidia, now_ns).size(), 1U);
    }
    EXPECT_EQ(FakeNvml::closed, 0);
    FakeNvml::busy_pct = 0;
    for (int i = 0; i < 20; ++i, now_ns += kSecond) {
        (void)round(nvidia, now_ns);
    }
    EXPECT_EQ(FakeNvml::closed, 1);
    const int asked = FakeNvml::asked;
    EXPECT_TRUE(round(nvidia, now_ns).empty());
    EXPECT_EQ(FakeNvml::asked, asked);
    EXPECT_EQ(round(nvidia, now_ns + NvidiaSource::kRestNs).size(), 1U);
    EXPECT_EQ(FakeNvml::opened, 2);
}

TEST(NvmlLibrary, a_library_that_is_missing_or_another_one_is_absent) {
    EXPECT_FALSE(NvmlLibrary::open("libthere-is-no-such-thing.so.9").has_value());
    EXPECT_FALSE(NvmlLibrary::open("libm.so.6").has_value());
}

}  // namespace
}  // namespace tsa
