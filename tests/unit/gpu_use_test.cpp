// SPDX-License-Identifier: MIT
// What processes use of GPUs: fdinfo of each driver, the descriptors that are looked at, NVML, and what two readings
// say.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "app/host/gpu_feed.h"
#include "model/columns.h"
#include "model/gpu_use.h"
#include "system/drm_clients.h"
#include "system/nvml_processes.h"
#include "unit/system_tree.h"

namespace tsa {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kMiB = 1U << 20U;
constexpr std::uint64_t kSecond = 1'000'000'000;

constexpr std::string_view kIntel =
    "pos:\t0\nflags:\t02100002\nmnt_id:\t26\nino:\t536\n"
    "drm-driver:\ti915\ndrm-client-id:\t7\ndrm-pdev:\t0000:00:02.0\n"
    "drm-total-system0:\t20480 KiB\ndrm-shared-system0:\t1024 KiB\ndrm-resident-system0:\t16384 KiB\n"
    "drm-engine-render:\t9288864723 ns\ndrm-engine-copy:\t2035071108 ns\n"
    "drm-engine-video:\t4000000000 ns\ndrm-engine-capacity-video:\t2\n";
constexpr std::string_view kAmd =
    "drm-driver:\tamdgpu\ndrm-client-id:\t41\ndrm-pdev:\t0000:0b:00.0\n"
    "drm-memory-vram:\t300 MiB\ndrm-memory-gtt: \t50 MiB\ndrm-engine-gfx:\t500 ns\n";
constexpr std::string_view kXe =
    "drm-driver:\txe\ndrm-client-id:\t3\ndrm-pdev:\t0000:03:00.0\n"
    "drm-total-vram0:\t8 MiB\ndrm-resident-vram0:\t4 MiB\ndrm-resident-gtt:\t1 MiB\n"
    "drm-cycles-rcs:\t1000\ndrm-total-cycles-rcs:\t8000\n";

TEST(DrmFdinfo, engines_and_memory_of_intel) {
    const auto client = parse_drm_fdinfo(kIntel);
    ASSERT_TRUE(client);
    EXPECT_EQ(client->id, 7U);
    EXPECT_EQ(client->device, "0000:00:02.0");
    EXPECT_EQ(client->memory_bytes, 16 * kMiB) << "resident, since no memory is on the card";
    ASSERT_THAT(client->engines, SizeIs(3));
    EXPECT_EQ(client->engines[0].name, "render");
    EXPECT_EQ(client->engines[0].busy_ns, 9'288'864'723U);
    EXPECT_EQ(client->engines[2].capacity, 2U);
}

TEST(DrmFdinfo, memory_on_the_card_is_that_of_amd_and_xe) {
    EXPECT_EQ(parse_drm_fdinfo(kAmd)->memory_bytes, 300 * kMiB);
    const auto xe = parse_drm_fdinfo(kXe);
    EXPECT_EQ(xe->memory_bytes, 4 * kMiB);
    ASSERT_THAT(xe->engines, SizeIs(1));
    EXPECT_EQ(xe->engines[0].busy_ns, 1000U);
    EXPECT_EQ(xe->engines[0].all_cycles, 8000U);
}

TEST(DrmFdinfo, other_files_and_damaged_lines_give_nothing) {
    EXPECT_FALSE(parse_drm_fdinfo("pos:\t0\nflags:\t02\n"));
    EXPECT_FALSE(parse_drm_fdinfo("drm-driver:\tnouveau\n")) << "a driver without client IDs";
    const auto client = parse_drm_fdinfo("drm-client-id:\t1\ndrm-engine-render:\t-5 ns\ndrm-resident-vram:\tx KiB\n");
    ASSERT_TRUE(client);
    EXPECT_THAT(client->engines, IsEmpty());
    EXPECT_FALSE(client->memory_bytes);
}

class DrmTree : public SystemTree {
  protected:
    void descriptor(const std::string& tgid, const std::string& fd, const std::string& target,
                    std::string_view info = {}) const {
        std::filesystem::create_directories(root() + "/proc/" + tgid + "/fd");
        std::filesystem::create_symlink(target, root() + "/proc/" + tgid + "/fd/" + fd);
        if (!info.empty()) {
            write("proc/" + tgid + "/fdinfo/" + fd, std::string(info));
        }
    }
    [[nodiscard]] DrmReader reader() const { return DrmReader(root() + "/"); }
};

TEST_F(DrmTree, a_client_counts_once_however_many_descriptors_it_has) {
    descriptor("100", "5", "/dev/dri/renderD128", kIntel);
    descriptor("100", "9", "/dev/dri/renderD128", kIntel);
    descriptor("200", "4", "/dev/dri/card0", kIntel);  // passed on
    descriptor("200", "6", "/dev/dri/renderD129", kAmd);
    DrmReader drm = reader();
    const auto clients = drm.read(kSecond);
    ASSERT_THAT(clients, SizeIs(2));
    EXPECT_EQ(clients[0].tgid, 100U);
    EXPECT_EQ(clients[1].tgid, 200U);
    EXPECT_EQ(clients[1].id, 41U);
}

TEST_F(DrmTree, only_descriptors_of_gpus_are_read) {
    descriptor("100", "5", "/dev/null", kIntel);
    descriptor("100", "6", "socket:[1]", kIntel);
    DrmReader drm = reader();
    EXPECT_THAT(drm.read(kSecond), IsEmpty());
}

TEST_F(DrmTree, one_that_sleeps_is_not_read) {
    descriptor("100", "5", "/dev/dri/renderD128", kIntel);
    write("sys/class/drm/renderD128/device/power/runtime_status", "suspended\n");
    DrmReader drm = reader();
    EXPECT_THAT(drm.read(kSecond), IsEmpty());
    write("sys/class/drm/renderD128/device/power/runtime_status", "active\n");
    EXPECT_THAT(drm.read(kSecond), SizeIs(1));
}

TEST_F(DrmTree, new_processes_are_looked_for_now_and_then_and_closed_descriptors_go_at_once) {
    descriptor("100", "5", "/dev/dri/renderD128", kIntel);
    DrmReader drm = reader();
    EXPECT_THAT(drm.read(kSecond), SizeIs(1));
    descriptor("300", "5", "/dev/dri/renderD129", kAmd);
    EXPECT_THAT(drm.read(2 * kSecond), SizeIs(1));
    EXPECT_THAT(drm.read(kSecond + DrmReader::kScanEveryNs), SizeIs(2));
    std::filesystem::remove(root() + "/proc/100/fd/5");
    EXPECT_THAT(drm.read(2 * kSecond + DrmReader::kScanEveryNs), SizeIs(1));
}

DrmClient client_of(std::uint32_t tgid, std::string_view text, std::uint64_t id) {
    DrmClient client = *parse_drm_fdinfo(text);
    client.tgid = tgid;
    client.id = id;
    return client;
}

TEST(GpuReadings, the_engine_that_was_kept_busiest_is_shown) {
    GpuReading before;
    before.at_ns = 10 * kSecond;
    before.clients = {client_of(100, kIntel, 1), client_of(100, kIntel, 2), client_of(200, kXe, 3)};
    GpuReading now = before;
    now.at_ns = 12 * kSecond;
    now.clients[0].engines[0].busy_ns += kSecond / 2;  // render: 25 %
    now.clients[1].engines[0].busy_ns += kSecond / 2;  // and 25 % of another client
    now.clients[0].engines[2].busy_ns += 2 * kSecond;  // video: 100 % of one of two
    now.clients[2].engines[0].busy_ns += 300;
    now.clients[2].engines[0].all_cycles += 1000;
    GpuTable table;
    compare_gpu_readings(before, now, table);
    ASSERT_THAT(table.processes, SizeIs(2));
    EXPECT_DOUBLE_EQ(table.find(100)->busy_pct.value(), 50);
    EXPECT_EQ(table.find(100)->memory_bytes, 32 * kMiB);
    EXPECT_DOUBLE_EQ(table.find(200)->busy_pct.value(), 30);
    EXPECT_EQ(table.find(4711), nullptr);
}

TEST(GpuReadings, the_first_one_has_no_percentages) {
    GpuReading now;
    now.at_ns = 12 * kSecond;
    now.clients = {client_of(100, kIntel, 1)};
    now.nvidia = {{100, std::nullopt, 5 * kMiB}, {50, 40.0, std::nullopt}};
    GpuTable table;
    compare_gpu_readings({}, now, table);
    EXPECT_FALSE(table.find(100)->busy_pct);
    EXPECT_EQ(table.find(100)->memory_bytes, 21 * kMiB);
    EXPECT_EQ(table.find(50)->busy_pct, 40.0) << "NVML has its own samples";
    EXPECT_EQ(table.processes.front().tgid, 50U) << "ascending";
}

TEST(GpuColumns, are_those_of_the_process_and_absent_without_a_gpu) {
    GpuTable table;
    table.processes = {{100, 12.6, 5 * kMiB}};
    Report report;
    Thread thread;
    thread.tgid = 100;
    ThreadRow row;
    row.now = &thread;
    const Column* busy = find_column("gpu_busy_pct");
    ASSERT_NE(busy, nullptr);
    EXPECT_FALSE(busy->of_thread(report, row).present());
    report.gpus = &table;
    EXPECT_EQ(busy->of_thread(report, row).integer, 13);
    EXPECT_EQ(find_column("gpu_memory_bytes")->of_thread(report, row).integer, static_cast<std::int64_t>(5 * kMiB));
    thread.tgid = 101;
    EXPECT_FALSE(busy->of_thread(report, row).present());
}

/// Replaces libnvidia-ml: one GPU with two processes.
struct FakeNvml {
    static inline int opened = 0;
    static inline int closed = 0;
    static inline int asked = 0;
    static inline unsigned sm_pct = 0;

    static std::optional<NvmlProcesses::Library> load() {
        NvmlFunctions f;
        f.init = [] { return ++opened, 0; };
        f.shutdown = [] { return ++closed, 0; };
        f.count = [](unsigned* devices) { return *devices = 1, 0; };
        f.by_index = [](unsigned, NvmlFunctions::Device* device) { return *device = &opened, 0; };
        NvmlProcessFunctions p;
        p.compute = [](NvmlFunctions::Device, unsigned* count, NvmlProcessFunctions::Info* out) {
            ++asked;
            *count = 2;
            out[0] = {100, 7 * kMiB, 0, 0};
            out[1] = {200, ~0ULL, 0, 0};
            return 0;
        };
        p.graphics = [](NvmlFunctions::Device, unsigned* count, NvmlProcessFunctions::Info* out) {
            *count = 1;
            out[0] = {100, kMiB, 0, 0};
            return 0;
        };
        p.utilization = [](NvmlFunctions::Device, NvmlProcessFunctions::Sample* out, unsigned* count,
                           unsigned long long since_us) {
            *count = 1;
            out[0] = {100, since_us + 1, sm_pct, 0, sm_pct / 2, 0};
            return 0;
        };
        return NvmlProcesses::Library{NvmlLibrary(f), p};
    }
    static void reset() { opened = closed = asked = 0, sm_pct = 0; }
};

class NvmlTree : public SystemTree {
  protected:
    NvmlTree() { FakeNvml::reset(); }
    void gpu(const char* control, const char* status) const {
        write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: x\n");
        write("sys/bus/pci/devices/0000:01:00.0/power/control", std::string(control) + "\n");
        write("sys/bus/pci/devices/0000:01:00.0/power/runtime_status", std::string(status) + "\n");
    }
};

TEST_F(NvmlTree, memory_of_both_kinds_adds_up_and_what_is_not_known_is_absent) {
    gpu("on", "active");
    FakeNvml::sm_pct = 60;
    {
        NvmlProcesses nvidia(root(), FakeNvml::load);
        const auto processes = nvidia.read(kSecond);
        ASSERT_THAT(processes, SizeIs(2));
        EXPECT_EQ(processes[0].memory_bytes, 8 * kMiB);
        EXPECT_EQ(processes[0].busy_pct, 60.0);
        EXPECT_EQ(processes[1].tgid, 200U);
        EXPECT_FALSE(processes[1].memory_bytes);
        EXPECT_FALSE(processes[1].busy_pct);
    }
    EXPECT_EQ(FakeNvml::closed, FakeNvml::opened);
}

TEST_F(NvmlTree, without_the_driver_its_library_is_never_opened) {
    NvmlProcesses nvidia(root(), FakeNvml::load);
    EXPECT_THAT(nvidia.read(kSecond), IsEmpty());
    EXPECT_EQ(FakeNvml::opened, 0);
}

TEST_F(NvmlTree, one_that_sleeps_is_not_woken) {
    gpu("auto", "suspended");
    NvmlProcesses nvidia(root(), FakeNvml::load);
    EXPECT_THAT(nvidia.read(kSecond), IsEmpty());
    EXPECT_EQ(FakeNvml::opened, 0);
}

TEST_F(NvmlTree, one_that_could_sleep_is_left_alone_when_it_has_nothing_to_do) {
    gpu("auto", "active");
    NvmlProcesses nvidia(root(), FakeNvml::load);
    FakeNvml::sm_pct = 10;
    std::uint64_t now_ns = kSecond;
    for (unsigned round = 0; round < 2 * NvidiaSource::kIdleRounds; ++round) {
        EXPECT_THAT(nvidia.read(now_ns += kSecond), SizeIs(2));
    }
    EXPECT_EQ(FakeNvml::closed, 0) << "it works for them";
    FakeNvml::sm_pct = 0;
    for (unsigned round = 0; round <= NvidiaSource::kIdleRounds; ++round) {
        (void)nvidia.read(now_ns += kSecond);
    }
    EXPECT_EQ(FakeNvml::closed, 1);
    const int asked = FakeNvml::asked;
    EXPECT_THAT(nvidia.read(now_ns += kSecond), IsEmpty());
    EXPECT_EQ(FakeNvml::asked, asked);
    EXPECT_THAT(nvidia.read(now_ns + NvidiaSource::kRestNs), SizeIs(2)) << "it is looked at again later";
}

}  // namespace
}  // namespace tsa
