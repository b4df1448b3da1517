// SPDX-License-Identifier: MIT
// A literal machine for the tests of the screens: a database with lock trouble, a compiler, a shell, kernel threads.
// Every number is chosen here; nothing is read from the machine that runs the tests.
#pragma once

#include <sys/syscall.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>

#include "model/history.h"
#include "tui/menus/menus.h"
#include "tui/overview/row_keys.h"
#include "tui/page.h"
#include "tui/thread/page.h"

namespace tsa::test {

inline constexpr std::uint64_t kMs = 1'000'000;
inline constexpr std::uint64_t kIntervalNs = 500 * kMs;
inline constexpr std::uint64_t kNowNs = 100'000'000 * kMs;

struct Spec {
    std::uint32_t tid, tgid;
    std::string_view comm;
    ThreadState state;
    std::initializer_list<std::pair<ThreadState, std::uint64_t>> ms;  // of the 500 ms; the rest is idle
    std::uint32_t uid = 0;
    bool kernel = false;
};

/// Builds reports out of literals and owns what they refer to.
class World {
  public:
    World() {
        report.interval_ns = kIntervalNs;
        report.now_ns = kNowNs;
        report.time_unix_ns = 1'700'000'000'000 * kMs;
        machine.host = "db-7";
        machine.kernel = "Linux 6.12";
        machine.user_name = [](std::uint32_t uid) -> std::string_view {
            return uid == 0 ? "root" : (uid == 27 ? "mysql" : "");
        };
        machine.utc_offset_s = [](std::int64_t) { return 3600; };
        state.width = 132;
        state.height = 43;
    }

    Thread& add(const Spec& spec) {
        threads_.emplace_back();
        Thread& thread = threads_.back();
        thread.life = 1;
        thread.tid = spec.tid;
        thread.tgid = spec.tgid;
        thread.uid = spec.uid;
        thread.kernel = spec.kernel;
        thread.start_time_ns = 1000 + spec.tid;
        thread.first_seen_ns = kNowNs - 60'000 * kMs;
        thread.state = spec.state;
        thread.since_ns = kNowNs - 412 * kMs;
        std::copy_n(spec.comm.data(), std::min<std::size_t>(spec.comm.size(), 15), thread.comm.data());
        ThreadRow row;
        row.now = &thread;
        row.wall_ns = kIntervalNs;
        std::uint64_t rest = kIntervalNs;
        for (const auto& [state_of, ms] : spec.ms) {
            row.state_ns[index(state_of)] = ms * kMs;
            thread.ns[index(state_of)] = ms * kMs * 10;
            thread.entries[index(state_of)] = ms;
            rest -= ms * kMs;
        }
        row.state_ns[index(ThreadState::idle)] += rest;
        add_row(row);
        return thread;
    }

    /// A machine with something of everything.
    void fill() {
        using enum ThreadState;
        fill_system();
        add({1, 1, "systemd", idle, {}});
        add({2, 2, "kthreadd", idle, {}, 0, true});
        add({61, 61, "kswapd0", exec, {{exec, 70}, {mem_wait, 5}}, 0, true});
        add({4121, 4121, "mysqld", idle, {{exec, 3}}, 27}).wait.syscall = SYS_ppoll;
        Thread& first =
            add({4177, 4121, "connection-17", cpu_wait, {{exec, 240}, {cpu_wait, 156}, {lock_wait, 104}}, 27});
        first.preempted = true;
        Thread& second = add({4178, 4121, "connection-18", lock_wait, {{exec, 1}, {lock_wait, 499}}, 27});
        second.wait.syscall = SYS_futex;
        second.wait.args = {0x7f3a12e8, 0x80, 2};
        second.wait.owner_tid = 4190;
        second.since_ns = kNowNs - 4200 * kMs;
        Thread& cleaner = add({4190, 4121, "page_cleaner", io_wait, {{exec, 15}, {cpu_wait, 2}, {io_wait, 239}}, 27});
        cleaner.wait.syscall = SYS_pwrite64;
        cleaner.since_ns = kNowNs - 3 * kMs;
        Thread& compiler = add({5000, 5000, "cc1plus", exec, {{exec, 488}, {cpu_wait, 12}}, 1000});
        compiler.rss_bytes = 412ULL << 20U;
        Thread& shell = add({5001, 5001, "bash", sleep, {{sleep, 500}}, 1000});
        shell.wait.syscall = SYS_wait4;
        shell.since_is_upper_bound = true;
        shell.since_ns = kNowNs - 7'300'000 * kMs;
        add({5002, 5002, "swapped", swap_wait, {{exec, 20}, {swap_wait, 300}, {uninterruptible, 30}}, 1000});
        add({5003, 5003, "stopped-one", stopped, {{stopped, 500}}, 1000});
        add({5004, 5004, "undead", zombie, {{zombie, 500}}, 1000});
    }

    void fill_system() {
        SystemRow& system = report.system;
        system.cpus = 16;
        system.cpu_busy_pct = 38.2;
        system.user_pct = 31;
        system.system_pct = 6;
        system.irq_pct = 1.2;
        system.steal_pct = 0;
        system.stall_cpu_pct = 8.1;
        system.stall_memory_pct = 0.3;
        system.stall_io_pct = 14.9;
        system.disk_read_bytes_per_s = 181e6;
        system.disk_write_bytes_per_s = 22e6;
        system.swap_in_bytes_per_s = 0;
        system.swap_out_bytes_per_s = 12e6;
        system.now.load = {{7.2, 5.1, 4.0}};
        system.now.uptime_s = 1'051'200;
        system.now.memory_total_bytes = 62ULL << 30U;
        system.now.memory_available_bytes = 41ULL << 30U;
        system.now.swap_total_bytes = 8ULL << 30U;
        system.now.swap_free_bytes = 7ULL << 30U;
        system.now.memory_free_bytes = 25ULL << 30U;
        system.now.memory_cache_bytes = 17ULL << 30U;
        system.memory_used_bytes = 21ULL << 30U;
        system.swap_used_bytes = 1ULL << 30U;
        system.stall_memory_full_pct = 0.2;
        system.stall_io_full_pct = 11.7;
        system.busiest_disk = BusiestDisk{DeviceName("nvme0n1"), 91};
        system.net_rx_bytes_per_s = 1.2e6;
        system.net_tx_bytes_per_s = 310e3;
        for (std::uint32_t cpu = 0; cpu < system.cpus; ++cpu) {
            system.per_cpu.push_back({cpu, cpu % 5 == 0 ? 100.0 : 11.0 * (cpu % 5)});
        }
        report.own_before.cpu_ns = 1'000'000;
        report.own_now.cpu_ns = 1'150'000;
    }

    ThreadRow& row(std::uint32_t tid) {
        return *std::find_if(report.threads.begin(), report.threads.end(),
                             [&](const ThreadRow& each) { return each.now->tid == tid; });
    }
    Thread& thread(std::uint32_t tid) {
        return *std::find_if(threads_.begin(), threads_.end(), [&](const Thread& each) { return each.tid == tid; });
    }

    /// The thread ends inside the interval.
    void end(std::uint32_t tid) {
        ThreadRow ended = row(tid);
        ended.exit_time_unix_ns = report.time_unix_ns - 100 * kMs;
        report.exited.push_back(ended);
        std::erase_if(report.threads, [&](const ThreadRow& each) { return each.now->tid == tid; });
    }

    Frame draw(int width, int height, bool unicode = true) {
        state.width = width;
        state.height = height;
        watched_process.follow(state.overview.tgid);
        watched_process.add(report, recent);
        const Scene scene{report,           state,
                          machine,          history,
                          unicode,          detail ? &*detail : nullptr,
                          &watched_process, &recent,
                          nullptr,          look ? &*look : nullptr};
        note_frame(state, scene, width, height);
        return view(scene, width, height);
    }

    /// Presses a key as the caller would: state is replaced; the command is returned.
    std::optional<Command> press(const KeyEvent& event) {
        KeyResult result = handle_key(state, event, report, machine);
        state = std::move(result.state);
        return result.command;
    }
    std::optional<Command> press(Key key) { return press(KeyEvent{key, 0, 0, 0}); }
    void type(std::string_view text) {
        for (const char letter : text) {
            press(KeyEvent{Key::character, static_cast<char32_t>(letter), 0, 0});
        }
    }

    Report report;
    ViewState state;
    Machine machine;
    History history;
    ProcessWatch watched_process;
    RecentStates recent;
    std::optional<ThreadDetail> detail;
    std::optional<ProcessLook> look;

  private:
    void add_row(ThreadRow& row) {
        std::size_t process = 0;
        while (process < report.processes.size() && report.processes[process].tgid != row.now->tgid) {
            ++process;
        }
        if (process == report.processes.size()) {
            report.processes.emplace_back();
            report.processes.back().tgid = row.now->tgid;
            report.processes.back().leader = row.now;
        }
        ProcessRow& roll_up = report.processes[process];
        ++roll_up.threads;
        roll_up.wall_ns += row.wall_ns;
        roll_up.rss_bytes = std::max(roll_up.rss_bytes, row.now->rss_bytes);
        for (std::size_t state_at = 0; state_at < kStateCount; ++state_at) {
            roll_up.state_ns[state_at] += row.state_ns[state_at];
            report.total_ns[state_at] += row.state_ns[state_at];
        }
        report.total_wall_ns += row.wall_ns;
        row.process = static_cast<std::uint32_t>(process);
        report.threads.push_back(row);
    }

    std::deque<Thread> threads_;
};

/// A laptop's, on top of what the machine has.
inline void add_sensors(SystemRow& system) {
    SystemSample& now = system.now;
    now.cpu_mhz = 4123;
    now.cpu_max_mhz = 4388;
    now.cpu_temperature_c = 71;
    now.cpu_hottest_c = 78;
    now.zram_data_bytes = 1200ULL << 20U;
    now.zram_memory_bytes = 400ULL << 20U;
    Gpu gpu;
    gpu.name = DeviceName("card0");
    gpu.driver = "i915";
    gpu.mhz = 1350;
    gpu.busy_pct = 12;
    now.gpus = {gpu};
    now.package_power_w = 21.4;
    now.battery = Battery{8.5, 71, BatteryStatus::discharging};
    now.power_profile = DeviceName("balanced");
    system.core_throttles = 0;
    system.package_throttles = 0;
}

/// Waits of one length each.
inline WaitTotals waits_of(ThreadState state, std::uint64_t count, std::uint64_t each_ns, std::uint64_t max_ns) {
    WaitTotals waits;
    waits.kind.state = state;
    waits.count = count;
    waits.total_ns = (count - 1) * each_ns + max_ns;
    waits.max_ns = max_ns;
    waits.max_at_ns = kNowNs - 24'000 * kMs;
    waits.lengths[wait_bucket(each_ns)] = static_cast<std::uint32_t>(count - 1);
    ++waits.lengths[wait_bucket(max_ns)];
    return waits;
}

inline WaitTotals calls_of(ThreadState state, std::int32_t syscall, std::int32_t fd, std::uint64_t count,
                           std::uint64_t each_ns, std::uint64_t max_ns) {
    WaitTotals waits = waits_of(state, count, each_ns, max_ns);
    waits.kind.wait.syscall = syscall;
    waits.kind.wait.args[0] = static_cast<std::uint64_t>(fd);
    return waits;
}

/// All that the loop may know of connection-18: both sources, with one of each verdict, and waits of every sort.
inline ThreadDetail detail_of_4178() {
    ThreadDetail out;
    out.key = {4178, 1000 + 4178};
    out.properties = {"futex_wait_queue",
                      "0-15",
                      "/system.slice/mysql.service",
                      "/usr/sbin/mysqld --daemonize",
                      412ULL << 20U,
                      0,
                      433ULL << 20U,
                      16,
                      {}};
    out.descriptors = {{5, "socket"}, {6, "socket"}, {7, "pipe"}, {9, "/var/lib/mysql/ib_logfile0"}};
    out.window_ns = 10'000 * kMs;
    const auto compare = [&](Pair pair, std::optional<std::uint64_t> probes_ms, std::optional<std::uint64_t> stats_ms,
                             Verdict verdict, Reason reason) {
        Comparison& to = out.comparisons[static_cast<std::size_t>(pair)];
        to.pair = pair;
        to.probes_ns = probes_ms ? std::optional(*probes_ms * kMs) : std::nullopt;
        to.taskstats_ns = stats_ms ? std::optional(*stats_ms * kMs) : std::nullopt;
        to.difference_ns = probes_ms && stats_ms ? static_cast<std::int64_t>(*to.taskstats_ns - *to.probes_ns) : 0;
        to.verdict = verdict;
        to.reason = reason;
    };
    compare(Pair::exec, 2710, 2712, Verdict::agree, Reason::none);
    compare(Pair::cpu_wait, 2700, 3120, Verdict::disagree, Reason::none);
    compare(Pair::io_wait, 0, std::nullopt, Verdict::explained, Reason::older_thread);
    compare(Pair::swap_wait, 1200, 810, Verdict::explained, Reason::open_wait);
    out.absences[static_cast<std::size_t>(Pair::io_wait)] = reason_words(Reason::older_thread);
    out.stats.emplace();
    out.stats->version = 16;
    out.stats->read_chars = 5ULL << 20U;
    out.stats->read_syscalls = 12'345;
    out.stats->delays.fill(Delay{});
    out.stats->delays[index(DelayKind::cpu)] = Delay{12'331, 41'000 * kMs, 18 * kMs, 1000, std::nullopt};
    out.accounting.state = Accounting::off;
    out.waits.since_ns = kNowNs - 42'000 * kMs;
    WaitTotals lock = waits_of(ThreadState::lock_wait, 212, kMs, 98 * kMs);
    lock.kind.wait.syscall = SYS_futex;
    lock.kind.wait.args = {0x7f3a12e8, 0, 0};
    WaitTotals preempted = waits_of(ThreadState::cpu_wait, 4021, kMs / 2, 18 * kMs);
    preempted.kind.preempted = true;
    out.waits.kinds = {lock,
                       preempted,
                       calls_of(ThreadState::sleep, SYS_recvfrom, 5, 11, 40 * kMs, 180 * kMs),
                       calls_of(ThreadState::sleep, SYS_recvfrom, 6, 7, 40 * kMs, 90 * kMs),
                       calls_of(ThreadState::io_wait, SYS_pread64, 9, 1, kMs, 3 * kMs),
                       calls_of(ThreadState::sleep, SYS_read, 7, 3, kMs / 10, kMs),
                       calls_of(ThreadState::sleep, SYS_write, 12, 3, kMs / 10, kMs / 2),
                       waits_of(ThreadState::cpu_wait, 900, kMs / 20, kMs)};
    return out;
}

/// Name of the overlay that is open; empty: none is.
inline std::string_view overlay_name(const ViewState& state) {
    const Page* overlay = overlay_of(state);
    return overlay != nullptr ? overlay->name : std::string_view{};
}

inline std::string text_of(const Frame& frame) {
    std::string text;
    for (int y = 0; y < frame.height(); ++y) {
        text += frame.line(y) + "\n";
    }
    return text;
}

}  // namespace tsa::test
