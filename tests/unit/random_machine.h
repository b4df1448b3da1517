// SPDX-License-Identifier: MIT
// A simulated machine: threads that are created, switch, exec, are renamed, exit and are reaped at random, as Samples
// like those of the sources. The same seed gives the same machine. For tests that need every kind of report.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "base/sanitizer.h"
#include "model/sample.h"

namespace tsa::testing {

/// Distance between the seeds of one test. With the sanitizers each machine takes many times as long.
inline constexpr std::uint64_t kSeedStep = kAddressSanitizer ? 5 : 1;

struct RandomMachineOptions {
    std::uint64_t seed = 1;
    std::size_t threads = 40;
    bool procfs = false;  ///< some values of some threads are not measured
    std::uint64_t interval_ns = 1'000'000'000;
    bool uneven = false;      ///< intervals vary from a tenth to three times the length
    unsigned quiet_pct = 70;  ///< percentage of quiet threads in an interval
    bool sets_clock = true;   ///< the wall clock is set now and then
};

class RandomMachine {
  public:
    explicit RandomMachine(const RandomMachineOptions& options);

    /// Writes the next sample to `out`, which has the sample before last, or nothing.
    void next(Sample& out);

  private:
    struct Slot {
        Thread thread;
        std::uint64_t version = 0;
        bool dead = false;
        bool lost_its_tid = false;  ///< an exited leader whose TID another thread of its process has taken
    };

    std::uint64_t random(std::uint64_t below) { return below == 0 ? 0 : engine_() % below; }
    bool chance(unsigned percent) { return random(100) < percent; }
    std::uint64_t time_between(std::uint64_t from, std::uint64_t to) { return from + random(to - from + 1); }
    std::uint32_t free_tid();
    void bear(std::uint64_t at_ns, bool old);
    void live(Slot& slot);
    void enter(Slot& slot, ThreadState state, std::uint64_t at_ns);
    void wait_somewhere(Thread& thread);
    void wait_for_something(Wait& wait);
    void change_fields(Thread& thread);
    void die(Slot& slot, std::uint64_t at_ns);
    void reap(std::size_t index, std::uint64_t at_ns);
    void exec_by_non_leader();
    void fill_system(Sample& out);

    RandomMachineOptions options_;
    std::mt19937_64 engine_;
    std::mt19937_64 futex_engine_;  // separate: seeds have been chosen for what the other one makes of them
    std::vector<Slot> slots_;
    std::vector<ExitedThread> exited_;
    std::vector<std::uint32_t> free_tids_;
    std::uint32_t next_tid_ = 100;
    std::uint32_t lives_ = 0;
    std::uint64_t versions_ = 0;
    std::uint64_t previous_ns_ = 0, now_ns_ = 50'000'000'000;
    std::int64_t wall_jump_ns_ = 0;
    SystemSample system_;
    Health health_;
    Untracked untracked_;
};

}  // namespace tsa::testing
