// SPDX-License-Identifier: MIT
// The header: what a machine has is in it, what it has not takes no place, and nothing in it jumps.
#include <gmock/gmock.h>

#include "tui/overview.h"
#include "tui/overview/header_fields.h"
#include "tui/overview/layout.h"
#include "tui/overview/rows.h"
#include "unit/golden.h"
#include "unit/view_fixture.h"

namespace tsa::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

World laptop() {
    World world;
    world.fill();
    world.machine.host = "x1";
    SystemRow& system = world.report.system;
    system.cpus = 8;
    system.per_cpu.resize(8);
    add_sensors(system);
    system.package_throttles = 3;
    system.net_tx_bytes_per_s = 12e3;
    return world;
}

World desktop() {
    World world;
    world.fill();
    world.machine.host = "tower";
    SystemRow& system = world.report.system;
    SystemSample& now = system.now;
    now.swap_total_bytes = 0;
    now.swap_free_bytes = 0;
    now.cpu_mhz = 3600;
    now.cpu_max_mhz = 5012;
    now.cpu_temperature_c = 62;
    now.zfs_arc_bytes = 9ULL << 30U;
    Gpu gpu;
    gpu.name = DeviceName("card1");
    gpu.driver = "amdgpu";
    gpu.mhz = 2104;
    gpu.busy_pct = 97;
    gpu.temperature_c = 81;
    gpu.memory_used_bytes = 11ULL << 30U;
    gpu.memory_total_bytes = 16ULL << 30U;
    now.gpus = {gpu};
    now.package_power_w = 88;
    now.power_profile = DeviceName("performance");
    return world;
}

World server(std::uint32_t cpus) {
    World world;
    world.fill();
    world.machine.host = "node-12";
    SystemRow& system = world.report.system;
    system.cpus = cpus;
    system.per_cpu.clear();
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
        system.per_cpu.push_back({cpu, cpu % 7 == 0 ? 0.0 : 100.0 * (cpu % 23) / 22});
    }
    system.now.load = {{1128.3, 97.1, 64}};
    system.now.cpu_temperature_c = 70;
    system.now.cpu_hottest_c = 83;
    system.now.cpu_mhz = 2800;
    system.now.package_power_w = 312;
    system.disk_read_bytes_per_s = 3.2e9;
    world.state.overview.header = HeaderMode::with_cpus;
    return world;
}

TEST(HeaderGolden, in_a_container) {
    World world;
    world.fill();
    world.machine.container = true;
    expect_golden("container_40x10", world.draw(40, 10));
    EXPECT_THAT(world.draw(80, 24).line(0), HasSubstr("db-7  container  "));
    EXPECT_THAT(world.draw(132, 43).line(0), HasSubstr("db-7  container: only its threads  "));
    world.state.overview.header = HeaderMode::brief;
    EXPECT_THAT(world.draw(80, 24).line(0), HasSubstr("container"));
    world.state.chosen = "process 7 x";
    world.state.overview.header = HeaderMode::with_cpus;
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("THREADS OF THE CONTAINER ARE IN"));
}

TEST(HeaderGolden, of_a_laptop_a_desktop_and_a_server) {
    for (const auto& [width, height] : {std::pair{80, 24}, std::pair{132, 43}, std::pair{200, 50}}) {
        expect_golden(fmt::format("laptop_{}x{}", width, height), laptop().draw(width, height));
        expect_golden(fmt::format("desktop_{}x{}", width, height), desktop().draw(width, height));
        expect_golden(fmt::format("server_{}x{}", width, height), server(64).draw(width, height));
    }
}

// Everything except the value of the numbers: spaces where digits, points and signs may be.
std::string without_numbers(const std::string& line) {
    std::string out;
    for (const char letter : line) {
        const bool number = (letter >= '0' && letter <= '9') || letter == '.' || letter == '-';
        out += number ? ' ' : letter;
    }
    return out;
}

void scale(SystemRow& system, double by) {
    for (std::optional<double>* pct :
         {&system.cpu_busy_pct, &system.user_pct, &system.system_pct, &system.irq_pct, &system.steal_pct,
          &system.stall_cpu_pct, &system.stall_io_pct, &system.stall_memory_pct, &system.stall_io_full_pct,
          &system.stall_memory_full_pct}) {
        *pct = by;
    }
    system.busiest_disk->busy_pct = by;
    SystemSample& now = system.now;
    now.load = {{by * 10, by, by}};
    now.cpu_temperature_c = now.cpu_hottest_c = by;
    now.cpu_mhz = now.cpu_max_mhz = by * 60;
    now.package_power_w = by;
    now.battery->charge_pct = by;
    now.battery->power_w = std::max(by, 0.1);
    for (Gpu& gpu : now.gpus) {
        gpu.busy_pct = gpu.temperature_c = by;
        gpu.mhz = by * 30;
    }
}

TEST(Header, no_word_of_it_moves_when_its_numbers_grow) {
    for (int width = 60; width <= 210; width += 3) {
        for (const HeaderMode mode : {HeaderMode::normal, HeaderMode::brief}) {
            World small = laptop();
            World large = laptop();
            for (World* world : {&small, &large}) {
                world->report.system.package_throttles = 0;
                world->state.overview.header = mode;
            }
            scale(small.report.system, 0);
            scale(large.report.system, 100);
            const Layout layout = layout_of(small.report, small.state, width, 43);
            const Frame before = small.draw(width, 43, false);
            const Frame after = large.draw(width, 43, false);
            for (int y = 0; y + 2 < layout.header_rows; ++y) {
                std::string left = without_numbers(before.line(y));
                std::string right = without_numbers(after.line(y));
                for (std::string* line : {&left, &right}) {  // the bar is what may differ
                    const std::size_t from = line->find('[');
                    if (from != std::string::npos) {
                        line->replace(from, line->find(']') - from, "");
                    }
                    line->erase(line->find_last_not_of(' ') + 1);
                }
                EXPECT_EQ(left, right) << width;
            }
        }
    }
}

TEST(Header, what_the_machine_never_told_takes_no_place_and_is_no_zero) {
    World world;
    world.fill();
    world.report.system = SystemRow{};
    world.report.system.cpus = 0;
    const Frame frame = world.draw(132, 43);
    EXPECT_EQ(frame.line(2).find_last_not_of(' '), frame.line(2).find('-')) << frame.line(2);
    EXPECT_EQ(frame.line(3), " I/O");
    EXPECT_THAT(frame.line(4), HasSubstr("THREADS ARE ON AVERAGE IN"));
    EXPECT_THAT(frame.line(1), AllOf(Not(HasSubstr("0")), Not(HasSubstr("load")), Not(HasSubstr("PSI"))));
}

TEST(Header, a_value_that_is_missing_for_a_moment_keeps_its_place) {
    World world = laptop();
    Overview overview({world.machine, true, 500, std::nullopt, kSortLatency});
    overview.on_report(world.report);
    const std::string cpu = overview.frame(132, 43).line(1);
    const std::string gpu = overview.frame(132, 43).line(4);
    const SystemRow whole = world.report.system;
    world.report.system.now.cpu_temperature_c.reset();
    world.report.system.now.cpu_hottest_c.reset();
    world.report.system.now.gpus.clear();
    overview.on_report(world.report);
    const Frame frame = overview.frame(132, 43);
    EXPECT_THAT(frame.line(1), HasSubstr("4.1 GHz       -"));
    EXPECT_EQ(frame.line(1).find("4.1 GHz"), cpu.find("4.1 GHz"));
    EXPECT_THAT(frame.line(4), AllOf(HasSubstr("GPU"), HasSubstr("21.4 W")));
    EXPECT_THAT(frame.line(5), HasSubstr("THREADS ARE ON AVERAGE IN"));
    world.report.system = whole;
    overview.on_report(world.report);
    EXPECT_EQ(overview.frame(132, 43).line(4), gpu);
}

TEST(Header, says_throttled_for_ten_seconds_since_the_counters_are_read_every_few) {
    World world = laptop();
    Overview overview({world.machine, true, 500, std::nullopt, kSortLatency});
    overview.on_report(world.report);
    EXPECT_THAT(overview.frame(132, 43).line(1), HasSubstr("throttled"));
    EXPECT_THAT(overview.frame(80, 24).line(0), HasSubstr("71 °C!"));
    world.report.system.package_throttles = 0;
    world.report.now_ns += 9'000 * kMs;
    overview.on_report(world.report);
    EXPECT_THAT(overview.frame(132, 43).line(1), HasSubstr("throttled"));
    world.report.now_ns += 1'000 * kMs;
    overview.on_report(world.report);
    EXPECT_THAT(overview.frame(132, 43).line(1), Not(HasSubstr("throttled")));
    EXPECT_THAT(overview.frame(80, 24).line(0), Not(HasSubstr("!")));
}

TEST(Header, a_reason_for_throttling_comes_last_and_moves_nothing) {
    World world = laptop();
    const std::string before = world.draw(220, 43).line(1);
    world.report.system.now.throttle_reasons = 1U << static_cast<unsigned>(ThrottleReason::thermal);
    const std::string after = world.draw(220, 43).line(1);
    EXPECT_THAT(after, testing::StartsWith(before));
    EXPECT_THAT(after, testing::EndsWith("thermal"));
}

TEST(Header, own_cost_and_losses_are_there_from_80_columns_on_in_every_mode) {
    for (const HeaderMode mode : {HeaderMode::normal, HeaderMode::with_cpus, HeaderMode::brief}) {
        for (int width = 80; width <= 200; ++width) {
            World world = laptop();
            world.state.overview.header = mode;
            world.report.health.exits_folded = 1234;
            EXPECT_THAT(world.draw(width, 24).line(0),
                        AllOf(HasSubstr("0.03 %"), HasSubstr("own"), HasSubstr("dropped 1,234")))
                << width;
        }
    }
}

TEST(Header, of_several_gpus_each_has_a_line_where_there_is_room_else_the_busiest) {
    World world = desktop();
    std::vector<Gpu>& gpus = world.report.system.now.gpus;
    gpus.push_back(gpus.front());
    gpus[1].name = DeviceName("card2");
    gpus[1].busy_pct = 99;
    Frame frame = world.draw(132, 43);
    EXPECT_THAT(frame.line(4), AllOf(HasSubstr("97.0 %"), HasSubstr("card1"), Not(HasSubstr("88.0 W"))));
    EXPECT_THAT(frame.line(5), AllOf(HasSubstr("99.0 %"), HasSubstr("card2"), HasSubstr("88.0 W")));
    frame = world.draw(132, 24);
    EXPECT_THAT(frame.line(4), AllOf(HasSubstr("99.0 %"), HasSubstr("card2")));
    EXPECT_THAT(frame.line(5), HasSubstr("THREADS ARE ON AVERAGE IN"));
    gpus.resize(8, gpus.front());
    EXPECT_THAT(world.draw(132, 43).line(5), HasSubstr("THREADS ARE ON AVERAGE IN"));
}

TEST(Header, power_has_a_line_of_its_own_without_a_gpu) {
    World world = laptop();
    world.report.system.now.gpus.clear();
    const Frame frame = world.draw(132, 43);
    EXPECT_THAT(frame.line(4), AllOf(HasSubstr("POWER"), HasSubstr("21.4 W"), HasSubstr("balanced"),
                                     HasSubstr("battery  71 %  -8.5 W")));
}

TEST(CpuMeters, are_bounded_in_height_for_any_number_of_cpus) {
    for (const std::uint32_t cpus : {1U, 2U, 8U, 44U, 45U, 64U, 256U, 257U, 1000U, 8192U}) {
        World world = server(cpus);
        for (int width = 60; width <= 200; width += 7) {
            for (int height = 14; height <= 60; height += 3) {
                const Layout layout = layout_of(world.report, world.state, width, height);
                EXPECT_LE(layout.cpu_rows, 4);
                EXPECT_GE(layout.table_rows, 3) << cpus << " " << width << "x" << height;
                (void)world.draw(width, height);
            }
        }
        EXPECT_GE(layout_of(world.report, world.state, 80, 24).cpu_rows, 1);
    }
}

TEST(CpuMeters, a_cpu_that_goes_offline_leaves_a_dash_in_its_place) {
    World world = server(8);
    Overview overview({world.machine, false, 500, std::nullopt, kSortLatency});
    overview.on_report(world.report);
    (void)overview.frame(132, 43);
    (void)overview.on_key({Key::character, U'm', 0, 0});
    const std::string before = overview.frame(132, 43).line(2);
    std::vector<CpuShare>& cpus = world.report.system.per_cpu;
    cpus.erase(cpus.begin() + 3);
    overview.on_report(world.report);
    const std::string after = overview.frame(132, 43).line(2);
    EXPECT_EQ(before.find("  4["), after.find("  4["));
    EXPECT_THAT(after, HasSubstr("  3 -"));
    EXPECT_THAT(before, Not(HasSubstr("  3 -")));
}

TEST(CpuMeters, marks_of_many_cpus_show_which_ones_are_busy) {
    World world = server(256);
    for (CpuShare& cpu : world.report.system.per_cpu) {
        cpu.busy_pct = cpu.cpu == 70 ? 100 : (cpu.cpu == 71 ? 1 : 0);
    }
    const Frame frame = world.draw(80, 24, false);
    EXPECT_EQ(frame.line(2), "     0 ........ ........ ........ ........ ........ ........ ........ ........");
    EXPECT_EQ(frame.line(3), "    64 ......90 ........ ........ ........ ........ ........ ........ ........");
    EXPECT_EQ(frame.line(5).substr(0, 16), "   192 ........ ");
}

TEST(HeaderKey, m_goes_from_each_cpu_to_brief_and_back) {
    World world = laptop();
    world.draw(132, 43);
    const KeyEvent m{Key::character, U'm', 0, 0};
    world.press(m);
    EXPECT_EQ(world.state.overview.header, HeaderMode::with_cpus);
    EXPECT_EQ(layout_of(world.report, world.state, 132, 43).cpu_rows, 1);
    world.press(m);
    EXPECT_EQ(layout_of(world.report, world.state, 132, 43).header_rows, 2);
    world.press(m);
    EXPECT_EQ(world.state.overview.header, HeaderMode::normal);
    world.report.system.per_cpu.clear();  // nothing to show of single CPUs
    world.press(m);
    EXPECT_EQ(world.state.overview.header, HeaderMode::brief);
}

std::vector<std::uint32_t> tids_shown(const World& world) {
    RowList list(world.report, world.state.overview);
    std::vector<std::uint32_t> out;
    for (const RowRef& row : list.rows(0, list.size())) {
        out.push_back(row.thread != nullptr ? row.thread->now->tid : row.process->tgid);
    }
    return out;
}

TEST(HeldUp, w_leaves_only_threads_that_cannot_go_on_and_escape_brings_all_back) {
    World world;
    world.fill();
    Thread& stuck = world.add({6000, 6000, "nfs", ThreadState::uninterruptible, {{ThreadState::uninterruptible, 1}}});
    stuck.since_ns = kNowNs - kMs;
    world.thread(5002).since_ns = kNowNs - 999 * kMs;  // in a swap wait, not for a second yet
    const std::size_t all = tids_shown(world).size();
    world.draw(132, 43);
    world.type("w");
    EXPECT_THAT(tids_shown(world), testing::UnorderedElementsAre(4178U, 6000U, 5004U));
    world.thread(5002).since_ns = kNowNs - 1000 * kMs;
    world.thread(4177).since_ns = kNowNs - 1500 * kMs;  // preempted for that long
    EXPECT_THAT(tids_shown(world), testing::UnorderedElementsAre(4178U, 6000U, 5004U, 5002U, 4177U));
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("5 threads by DELAY ▼  only blocked now"));
    world.type("H");
    EXPECT_THAT(tids_shown(world), testing::UnorderedElementsAre(4121U, 6000U, 5004U, 5002U));
    world.type("HH");
    world.press(Key::escape);
    EXPECT_FALSE(world.state.overview.held_up);
    EXPECT_EQ(tids_shown(world).size(), all);
}

TEST(HeldUp, a_thread_that_ended_or_whose_age_is_not_known_is_not_guessed_to_be) {
    World world;
    world.fill();
    world.state.overview.held_up = true;
    world.state.overview.mode = RowMode::processes;
    EXPECT_THAT(tids_shown(world), testing::Contains(5004U));
    world.end(5004);
    EXPECT_THAT(tids_shown(world), Not(testing::Contains(5004U)));
    world.thread(4178).measured = static_cast<Measured>(kMeasuredAll & ~kMeasuredAge);
    EXPECT_THAT(tids_shown(world), testing::IsEmpty());
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("is blocked now; Esc clears them"));
}

TEST(Orders, the_top_by_cpu_memory_io_and_wait_are_one_key_away_for_processes_and_threads) {
    World world;
    world.fill();
    const auto top = [&](std::string_view key) {
        world.type(key);
        return tids_shown(world).front();
    };
    world.draw(132, 43);
    world.thread(4190).read_bytes = 7000;
    world.thread(4190).write_bytes = 5000;
    world.thread(5000).read_bytes = 8000;
    world.thread(5000).write_bytes = 0;
    EXPECT_EQ(top("O"), 4190U);
    EXPECT_EQ(top("P"), 5000U);
    EXPECT_EQ(top("M"), 5000U);
    EXPECT_EQ(top("L"), 4178U);
    world.report.processes[3].write_bytes = 12'000;       // mysqld's
    world.report.processes[4].rss_bytes = 412ULL << 20U;  // cc1plus's
    EXPECT_EQ(top("H"), 4121U);
    EXPECT_EQ(top("O"), 4121U);
    EXPECT_EQ(top("M"), 5000U);
    EXPECT_EQ(world.state.overview.sort_key, "rss_bytes");
    std::vector<std::string_view> menu;
    for (const SortChoice& choice : sort_choices()) {
        menu.push_back(choice.head);
    }
    for (const std::string_view head : {"DELAY", "IO/s", "EXEC", "RSS", "CPUW", "IOW", "SWAP", "MEM", "LOCK", "D"}) {
        EXPECT_THAT(menu, testing::Contains(head));
    }
}

}  // namespace
}  // namespace tsa::test
