// SPDX-License-Identifier: MIT
// See random_machine.h.
#include "unit/random_machine.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "model/sample.h"

namespace tsa::testing {

namespace {

constexpr std::uint64_t kReadNs = 40'000;  // how long reading a sample takes
constexpr std::array<std::string_view, 14> kNames{"bash",
                                                  "kworker/0:1",
                                                  "a,b",
                                                  "say \"hi\"",
                                                  "two\nlines",
                                                  "\x1b[31mred",
                                                  "\xff\xfe\xfd\xfc\xfb\xfa\xf9",
                                                  "caf\xc3\xa9",
                                                  "\r\n\r\n\r\n",
                                                  "\\x1b\\x1b",
                                                  "\"",
                                                  ",",
                                                  " lead and trail ",
                                                  "\xe2\x80\xae"
                                                  "rtl"};
constexpr std::array<std::string_view, 4> kFunctions{"folio_wait_bit", "jbd2_log_wait_commit", "futex", "rpc_wait_bit"};

}  // namespace

RandomMachine::RandomMachine(const RandomMachineOptions& options)
    : options_(options), engine_(options.seed), futex_engine_(options.seed + 1'000'000) {
    slots_.reserve(options.threads * 8 + 64);
    for (std::size_t i = 0; i < options.threads; ++i) {
        bear(now_ns_, true);
    }
    system_.cpus = 4;
    system_.cpu.emplace();
}

std::uint32_t RandomMachine::free_tid() {
    if (!free_tids_.empty() && chance(50)) {
        const std::uint32_t tid = free_tids_.back();
        free_tids_.pop_back();
        return tid;
    }
    return next_tid_++;
}

void RandomMachine::bear(std::uint64_t at_ns, bool old) {
    std::size_t index = 0;
    while (index < slots_.size() && slots_[index].thread.life != 0) {
        ++index;
    }
    if (index == slots_.size()) {
        slots_.emplace_back();
    }
    Slot& slot = slots_[index];
    slot = Slot{};
    Thread& thread = slot.thread;
    thread.life = ++lives_;
    thread.tid = free_tid();
    thread.tgid = thread.tid;
    thread.parent_tgid = 1;
    thread.kernel = old && chance(10);
    const Slot& other = slots_[random(slots_.size())];
    if (!thread.kernel && chance(60) && other.thread.life != 0 && !other.thread.kernel && !other.dead) {
        thread.tgid = other.thread.tgid;
    }
    thread.start_time_ns = at_ns + 7'000'000'000 + random(100);
    thread.first_seen_ns = thread.since_ns = at_ns;
    thread.since_is_upper_bound = old;
    thread.state = old ? static_cast<ThreadState>(random(kStateCount - 1)) : ThreadState::cpu_wait;
    thread.uid = static_cast<std::uint32_t>(random(3) * 1000);
    if (options_.procfs) {
        constexpr std::array kMissing{
            kMeasuredSwitches, kMeasuredPreempted, kMeasuredThrottled, kMeasuredReclaim,
            kMeasuredFaults,   kMeasuredAge,       kMeasuredIo,        measured_bit(ThreadState::mem_wait)};
        for (const Measured bit : kMissing) {
            thread.measured = static_cast<Measured>(thread.measured & (chance(30) ? ~bit : kMeasuredAll));
        }
        const bool certain = futex_engine_() % 10 < 7;
        thread.measured = static_cast<Measured>(thread.measured & (certain ? kMeasuredAll : ~kMeasuredCertainty));
    }
    if (!thread.kernel && (thread.measured & kMeasuredIo) != 0) {
        thread.read_bytes = old ? random(1 << 30) : 0;
        thread.write_bytes = old ? random(1 << 30) : 0;
    }
    wait_somewhere(thread);
    change_fields(thread);
    slot.version = ++versions_;
}

void RandomMachine::change_fields(Thread& thread) {
    const std::string_view name = kNames[random(kNames.size())];
    thread.comm = {};
    std::memcpy(thread.comm.data(), name.data(), std::min<std::size_t>(name.size(), 15));
    thread.nice = static_cast<std::int8_t>(static_cast<int>(random(40)) - 20);
    thread.policy = static_cast<std::uint8_t>(random(7));
    thread.last_cpu = static_cast<std::uint16_t>(random(4));
    thread.cgroup_id = random(3) * 77;
    thread.rss_bytes = thread.kernel || chance(10) ? 0 : (1 + random(1000)) << 12;
}

void RandomMachine::wait_somewhere(Thread& thread) {
    thread.wait = Wait{};
    switch (random(thread.kernel ? 3 : 7)) {
        case 0:
            break;
        case 1:
            thread.wait.kernel_lock = true;
            break;
        case 2:
            thread.wait.kernel_ip = 1;
            thread.wait.kernel_function = kFunctions[random(kFunctions.size())];
            return;
        case 3:
            thread.wait.syscall = 999'999;
            break;
        case 4:
            thread.wait.syscall = static_cast<std::int32_t>(random(300));
            thread.wait.compat = true;
            break;
        default:
            thread.wait.syscall = static_cast<std::int32_t>(random(300));
    }
    thread.wait.args[0] = random(2) * engine_();
    thread.wait.owner_tid = chance(30) ? static_cast<std::uint32_t>(100 + random(50)) : 0;
    wait_for_something(thread.wait);
}

/// What a wait in futex(2) is for, in any system call: to the readers these are independent.
void RandomMachine::wait_for_something(Wait& wait) {
    const auto drawn = [this](std::uint64_t below) { return futex_engine_() % below; };
    wait.owner_exited = drawn(8) == 0;
    if (wait.syscall < 0 || drawn(2) == 0) {
        return;
    }
    wait.kind = static_cast<FutexKind>(drawn(kFutexKinds));
    wait.peer_tid = wait.kind == FutexKind::join && drawn(4) != 0 ? static_cast<std::uint32_t>(100 + drawn(50)) : 0;
    wait.doubtful = drawn(5) == 0;
}

void RandomMachine::enter(Slot& slot, ThreadState state, std::uint64_t at_ns) {
    Thread& thread = slot.thread;
    const std::uint64_t open_ns = at_ns - thread.since_ns;
    thread.ns[index(thread.state)] += open_ns;
    if (const std::optional<Part> part = open_part(thread)) {
        const std::uint64_t throttled_ns = *part == Part::preempted && chance(20) ? random(open_ns + 1) : 0;
        thread.part_ns[*part] += open_ns - throttled_ns;
        thread.part_ns[Part::throttled] += throttled_ns;
    }
    thread.part_ns[Part::reclaim] += thread.state == ThreadState::exec && chance(20) ? random(open_ns + 1) : 0;
    thread.throttled = state == ThreadState::cpu_wait && chance(20);
    thread.preempted = state == ThreadState::cpu_wait && thread.state == ThreadState::exec;
    thread.preempted_entries += thread.preempted ? 1 : 0;
    thread.entries[index(state)] += 1;
    thread.state = state;
    thread.since_ns = at_ns;
    thread.since_is_upper_bound = false;
    slot.version = ++versions_;
}

/// A few switches within the interval; the last one may occur while the sample is being read.
void RandomMachine::live(Slot& slot) {
    Thread& thread = slot.thread;
    std::uint64_t at_ns = std::max(thread.since_ns, previous_ns_);
    const std::size_t switches = 1 + random(4);
    for (std::size_t i = 0; i < switches; ++i) {
        const std::uint64_t end_ns = chance(10) ? now_ns_ + kReadNs : now_ns_;
        if (at_ns >= end_ns) {
            break;
        }
        at_ns = chance(5) ? end_ns : time_between(at_ns, end_ns);
        auto next = thread.state;
        while (next == thread.state) {
            next = static_cast<ThreadState>(random(kStateCount - 1));
        }
        enter(slot, next, at_ns);
        wait_somewhere(thread);
    }
    if (thread.read_bytes && chance(50)) {
        *thread.read_bytes += random(1 << 20);
        *thread.write_bytes += random(1 << 20);
    }
    thread.minor_faults += random(10);
    thread.major_faults += random(2);
    if (chance(20)) {
        change_fields(thread);
    }
    slot.version = ++versions_;
}

void RandomMachine::die(Slot& slot, std::uint64_t at_ns) {
    enter(slot, ThreadState::zombie, std::max(at_ns, slot.thread.since_ns));
    slot.dead = true;
}

/// Like the probes: a zombie that was reaped quickly does not count as one.
void RandomMachine::reap(std::size_t index, std::uint64_t at_ns) {
    Slot& slot = slots_[index];
    Thread& thread = slot.thread;
    if (at_ns >= thread.since_ns + kZombieFromNs) {
        thread.ns[tsa::index(ThreadState::zombie)] += at_ns - thread.since_ns;
        thread.since_ns = at_ns;
    }
    exited_.push_back({static_cast<std::uint32_t>(index), thread.since_ns, thread});
    free_tids_.push_back(thread.tid);
    slot = Slot{};
    slot.version = ++versions_;
}

/// It takes over the process: its leader's TID and start time, while the leader is dead.
void RandomMachine::exec_by_non_leader() {
    for (Slot& slot : slots_) {
        Thread& thread = slot.thread;
        if (thread.life == 0 || slot.dead || thread.tid == thread.tgid || !chance(30)) {
            continue;
        }
        const auto leader = std::ranges::find_if(slots_, [&](const Slot& other) {
            return other.thread.life != 0 && !other.dead && other.thread.tid == thread.tgid;
        });
        const bool again = std::ranges::any_of(
            slots_, [&](const Slot& other) { return other.lost_its_tid && other.thread.tgid == thread.tgid; });
        if (again || leader == slots_.end() || leader->thread.since_ns > now_ns_ || thread.since_ns > now_ns_) {
            continue;
        }
        const std::uint64_t from_ns = std::max({leader->thread.since_ns, thread.since_ns, previous_ns_});
        const std::uint64_t at_ns = time_between(from_ns, now_ns_);
        die(*leader, at_ns);
        thread.start_time_ns = leader->thread.start_time_ns;
        free_tids_.push_back(thread.tid);
        thread.tid = leader->thread.tid;
        slot.version = ++versions_;
        if (chance(70)) {
            const auto at = static_cast<std::size_t>(leader - slots_.begin());
            reap(at, at_ns + 1000);
            free_tids_.pop_back();  // its TID stays in use
        } else {
            leader->lost_its_tid = true;  // reaped in the next interval; its TID stays in use
        }
        return;
    }
}

void RandomMachine::fill_system(Sample& out) {
    system_.cpu->user_ns += random(1'000'000'000);
    system_.cpu->idle_ns += random(3'000'000'000);
    system_.load = std::array{static_cast<double>(random(1000)) / 100, 0.5, 0.25};
    system_.memory_total_bytes = std::uint64_t{8} << 30;
    system_.memory_available_bytes = random(std::uint64_t{8} << 30);
    system_.cpu_temperature_c = chance(50) ? std::optional(static_cast<double>(random(100000)) / 1000) : std::nullopt;
    untracked_.ns[random(kStateCount)] += random(1'000'000'000);
    health_.torn_reads = random(2);
    health_.missed_switches += random(3);
    out.system = system_;
    out.health = health_;
    out.untracked = untracked_;
    out.own.cpu_ns = now_ns_ / 1000;
}

void RandomMachine::next(Sample& out) {
    previous_ns_ = now_ns_;
    const std::uint64_t step_ns = options_.interval_ns;
    now_ns_ += options_.uneven ? step_ns / 10 + random(step_ns * 3) : step_ns;
    exited_.clear();
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        Slot& slot = slots_[i];
        if (slot.thread.life == 0) {
            continue;
        }
        if (slot.dead) {
            const std::uint64_t from_ns = std::max(previous_ns_, slot.thread.since_ns);
            const bool lost_its_tid = slot.lost_its_tid;
            if ((lost_its_tid || chance(40)) && from_ns <= now_ns_) {
                reap(i, time_between(from_ns, now_ns_));
                if (lost_its_tid) {
                    free_tids_.pop_back();
                }
            }
            continue;
        }
        if (!chance(options_.quiet_pct)) {
            live(slot);
        }
        if (chance(3) && slot.thread.since_ns <= now_ns_) {
            die(slot, time_between(std::max(previous_ns_, slot.thread.since_ns), now_ns_));
            if (chance(60)) {
                reap(i, time_between(slot.thread.since_ns, now_ns_));
            }
        }
    }
    if (chance(30)) {
        exec_by_non_leader();
    }
    for (std::size_t births = random(1 + options_.threads / 10); births != 0; --births) {
        bear(time_between(previous_ns_ + 5'000'000, now_ns_), false);
        // Free slots are filled first: the last slot may belong to another thread, even an exited one.
        if (chance(30) && slots_.back().thread.life != 0 && !slots_.back().dead) {
            live(slots_.back());
        }
    }
    if (chance(5)) {
        const std::int64_t jump_ns = static_cast<std::int64_t>(random(7'200'000'000'000)) - 3'600'000'000'000;
        wall_jump_ns_ += options_.sets_clock ? jump_ns : 0;
    }
    out.now_ns = now_ns_;
    out.time_unix_ns = 1'700'000'000'000'000'000 + now_ns_ + static_cast<std::uint64_t>(wall_jump_ns_);
    out.source = options_.procfs ? Source::procfs : Source::bpf;
    out.threads.clear();
    out.versions.clear();
    for (const Slot& slot : slots_) {
        out.threads.push_back(slot.thread);
        out.versions.push_back(slot.version);
    }
    out.exited = exited_;
    fill_system(out);
}

}  // namespace tsa::testing
