// SPDX-License-Identifier: MIT
// See waybar_fixture.h.
#include "unit/waybar_fixture.h"

#include <sys/syscall.h>

#include <vector>

namespace tsa::testing {

namespace {

void fill_system(SystemRow& system) {
    SystemSample& now = system.now;
    system.cpus = 16;
    system.cpu_busy_pct = 38.2;
    system.user_pct = 31;
    system.system_pct = 6;
    system.stall_cpu_pct = 8.1;
    system.stall_io_pct = 14.9;
    system.stall_memory_pct = 0.3;
    now.memory_total_bytes = 64'307 * kBarMiB;
    system.memory_used_bytes = 21'914 * kBarMiB;
    now.memory_available_bytes = *now.memory_total_bytes - *system.memory_used_bytes;
    now.swap_total_bytes = 8'192 * kBarMiB;
    system.swap_used_bytes = 410 * kBarMiB;
    system.swap_in_bytes_per_s = 0;
    system.swap_out_bytes_per_s = 12e6;
    now.zram_data_bytes = 1'229 * kBarMiB;
    now.zram_memory_bytes = 410 * kBarMiB;
    system.disk_read_bytes_per_s = 181e6;
    system.disk_write_bytes_per_s = 22e6;
    system.busiest_disk = BusiestDisk{DeviceName("nvme0n1"), 91};
    system.net_rx_bytes_per_s = 2.5e6;
    system.net_tx_bytes_per_s = 310e3;
    now.load = {7.2, 5.1, 4.0};
    now.uptime_s = 12 * 86'400 + 4 * 3'600;
    now.cpu_temperature_c = 71;
    now.cpu_hottest_c = 74;
    now.cpu_mhz = 4100;
    now.cpu_max_mhz = 4800;
    system.core_throttles = 2;
    now.throttle_reasons = static_cast<std::uint8_t>(1U << static_cast<unsigned>(ThrottleReason::thermal));
    now.gpus.push_back({DeviceName("card0"), "i915", false, 1200, 35.0, 60, 1'229 * kBarMiB, std::nullopt});
    now.gpus.push_back({DeviceName("card1"), "amdgpu", true, {}, {}, {}, {}, {}});
    now.package_power_w = 47;
    now.platform_power_w = 61.5;
    now.battery = Battery{12.5, 83, BatteryStatus::discharging};
    now.power_profile = DeviceName("balanced");
}

}  // namespace

void BarMachine::fill_all(BarMachine& machine) {
    fill_system(machine.report.system);
    ProcessRow& database = machine.add_process(4121, "mysqld");
    lose(database, ThreadState::exec, 2.12);
    lose(database, ThreadState::cpu_wait, 0.41);
    lose(database, ThreadState::io_wait, 1.1);
    lose(database, ThreadState::lock_wait, 3.0);
    lose(database, ThreadState::idle, 30);
    database.rss_bytes = 9'800 * kBarMiB;
    database.read_bytes = 150'000'000;
    database.write_bytes = 21'000'000;
    ProcessRow& compiler = machine.add_process(5200, "cc1plus");
    lose(compiler, ThreadState::exec, 0.98);
    lose(compiler, ThreadState::cpu_wait, 0.02);
    compiler.rss_bytes = 412 * kBarMiB;
    ProcessRow& browser = machine.add_process(2800, "firefox");
    lose(browser, ThreadState::exec, 0.31);
    lose(browser, ThreadState::swap_wait, 0.004);
    lose(browser, ThreadState::sleep, 12);
    browser.rss_bytes = 3'400 * kBarMiB;
    browser.read_bytes = 40'000;
    // Threads that do not change: a page cleaner in NFS, and an unreaped child.
    ProcessRow& parent = machine.add_process(300, "daemon");
    lose(parent, ThreadState::idle, 1);
    Thread& cleaner = machine.add(4190, "page_cleaner");
    cleaner.tgid = 4121;
    cleaner.state = ThreadState::uninterruptible;
    cleaner.since_ns = machine.report.now_ns - 3'000'000;
    cleaner.wait.syscall = SYS_pwrite64;
    machine.report.threads.back().state_ns = {};
    machine.report.threads.back().state_ns[index(ThreadState::uninterruptible)] = 3'000'000;
    Thread& dead = machine.add(512, "worker");
    dead.state = ThreadState::zombie;
    dead.since_is_upper_bound = true;
    dead.since_ns = machine.report.now_ns - 40 * kBarSecond;
    dead.parent_tgid = 300;
    machine.report.threads.back().state_ns = {};
    machine.report.threads.back().state_ns[index(ThreadState::zombie)] = kBarSecond;
    machine.add_up();
    machine.report.health.threads_without_slot = 1284;
}

void BarMachine::fill_nothing(BarMachine& machine) {
    machine.report.source = Source::procfs;
    machine.report.measured = measured_bit(ThreadState::exec) | measured_bit(ThreadState::cpu_wait);
    machine.report.system.cpus = 0;
    for (const std::uint32_t tgid : {1U, 2U}) {
        ProcessRow& process = machine.add_process(tgid, tgid == 1 ? "init" : "hog");
        process.measured = machine.report.measured;
        lose(process, ThreadState::exec, tgid == 1 ? 0 : 0.9);
        lose(process, ThreadState::cpu_wait, tgid == 1 ? 0 : 0.1);
    }
    machine.add_up();
}

std::string without_markup(std::string_view markup, bool& well_formed) {
    struct Entity {
        std::string_view name, text;
    };
    constexpr Entity kEntities[] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&#39;", "'"}, {"&quot;", "\""}};
    std::string text;
    std::vector<std::string> open;
    well_formed = true;
    while (!markup.empty() && well_formed) {
        if (markup.front() == '<') {
            const std::size_t end = markup.find('>');
            well_formed = end != std::string_view::npos;
            const std::string_view tag = markup.substr(1, end - 1);
            const std::string name(tag.substr(0, tag.find(' ')));
            if (name.starts_with('/')) {
                well_formed = well_formed && !open.empty() && "/" + open.back() == name;
                open.resize(open.empty() ? 0 : open.size() - 1);
            } else {
                well_formed = well_formed && (name == "tt" || name == "span");
                open.push_back(name);
            }
            markup.remove_prefix(well_formed ? end + 1 : 0);
        } else if (markup.front() == '&') {
            const Entity* found = nullptr;
            for (const Entity& entity : kEntities) {
                found = markup.starts_with(entity.name) ? &entity : found;
            }
            well_formed = found != nullptr;
            text += well_formed ? found->text : "";
            markup.remove_prefix(well_formed ? found->name.size() : 0);
        } else {
            text += markup.front();
            markup.remove_prefix(1);
        }
    }
    well_formed = well_formed && open.empty();
    return text;
}

}  // namespace tsa::testing
