// SPDX-License-Identifier: MIT
// Untracked zombies, some of which are freed without an event: the totals on a simulated machine.
#include "sched/zombie_census.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "sched/decode.h"

#include "model/sample.h"

namespace tsa {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kStart = 1000 * kSecond;

/// The probes' counts: see census_enter, census_leave and census_renew in bpf/slot.h. Each step is on another CPU.
class Machine {
  public:
    void die(int zombie) {
        zombies_[zombie] = {now_ns, round_, false};
        tsa_untracked& cpu = next_cpu();
        cpu.open_since_sum[TSA_ZOMBIE] += now_ns;
        ++cpu.open_count[TSA_ZOMBIE];
        ++cpu.zombies[round_ % 2];
    }
    void free(int zombie) {
        const Zombie gone = zombies_.at(zombie);
        zombies_.erase(zombie);
        tsa_untracked& cpu = next_cpu();
        cpu.ns[TSA_ZOMBIE] += now_ns - gone.since_ns;
        cpu.open_since_sum[TSA_ZOMBIE] -= gone.since_ns;
        --cpu.open_count[TSA_ZOMBIE];
        --cpu.zombies[gone.round % 2];
        ++cpu.exits;
    }
    /// Iterators no longer see it; its free comes later.
    void reap(int zombie) { zombies_.at(zombie).reaped = true; }
    void free_unseen(int zombie) { zombies_.erase(zombie); }

    void look(std::uint64_t after_ns) {
        now_ns += after_ns;
        if (!census.is_due(cpus_, now_ns)) {
            return;
        }
        ++rounds;
        round_ = census.begin(cpus_, now_ns);
        for (auto& [number, zombie] : zombies_) {
            if (zombie.round != round_ && !zombie.reaped) {
                --next_cpu().zombies[zombie.round % 2];
                ++next_cpu().zombies[round_ % 2];
                zombie.round = round_;
            }
        }
    }
    [[nodiscard]] Untracked account() const {
        Untracked untracked = decode_untracked(cpus_, now_ns);
        census.correct(untracked, now_ns);
        return untracked;
    }
    [[nodiscard]] std::size_t zombies() const { return zombies_.size(); }

    ZombieCensus census;
    std::uint64_t now_ns = kStart;
    int rounds = 0;

  private:
    struct Zombie {
        std::uint64_t since_ns;
        std::uint32_t round;
        bool reaped;
    };
    tsa_untracked& next_cpu() { return cpus_[++turn_ % cpus_.size()]; }

    std::vector<tsa_untracked> cpus_{3};
    std::map<int, Zombie> zombies_;
    std::uint32_t round_ = ZombieCensus::kFirstRound;
    std::size_t turn_ = 0;
};

std::uint64_t zombie_ns(const Machine& machine) {
    return machine.account().ns[index(ThreadState::zombie)];
}

TEST(ZombieCensus, zombies_that_nobody_reaps_stay_in_the_account) {
    Machine machine;
    machine.die(1);
    machine.die(2);
    for (int i = 0; i < 10; ++i) {
        machine.look(kCensusEveryNs);
    }
    EXPECT_EQ(machine.rounds, 10);
    EXPECT_EQ(machine.account().live_threads, 2U);
    EXPECT_EQ(machine.account().exits, 0U);
    EXPECT_EQ(zombie_ns(machine), 2 * 10 * kCensusEveryNs);
}

TEST(ZombieCensus, one_freed_unseen_ends_at_the_second_round_after_and_its_time_stands_still) {
    Machine machine;
    machine.die(1);
    machine.look(kCensusEveryNs);
    machine.free_unseen(1);
    machine.look(kCensusEveryNs);
    machine.look(kCensusEveryNs);
    EXPECT_EQ(machine.account().live_threads, 0U);
    EXPECT_EQ(machine.account().exits, 1U);
    EXPECT_EQ(machine.census.missed(), 1U);
    const std::uint64_t at_that_time = zombie_ns(machine);
    EXPECT_EQ(at_that_time, 3 * kCensusEveryNs) << "no jump";
    const int rounds = machine.rounds;
    for (int i = 0; i < 10; ++i) {
        machine.look(kCensusEveryNs);
    }
    EXPECT_EQ(zombie_ns(machine), at_that_time);
    EXPECT_EQ(machine.rounds, rounds) << "nothing to look for: no more rounds";
}

TEST(ZombieCensus, a_free_that_comes_very_late_is_counted_back) {
    Machine machine;
    machine.die(1);
    machine.die(2);
    machine.die(3);
    machine.look(kCensusEveryNs);
    machine.reap(1);  // and the grace period is longer than two rounds
    machine.look(kCensusEveryNs);
    machine.look(kCensusEveryNs);
    ASSERT_EQ(machine.census.missed(), 1U);
    EXPECT_EQ(machine.account().live_threads, 2U);
    machine.free(1);
    machine.look(kCensusEveryNs);
    machine.look(kCensusEveryNs);
    EXPECT_EQ(machine.census.missed(), 0U);
    EXPECT_EQ(machine.account().live_threads, 2U);
    EXPECT_EQ(machine.account().exits, 1U);
}

TEST(ZombieCensus, does_not_look_while_there_are_none_and_not_more_often_than_it_should) {
    Machine machine;
    machine.look(10 * kCensusEveryNs);
    EXPECT_EQ(machine.rounds, 0);
    machine.die(1);
    for (int i = 0; i < 10; ++i) {
        machine.look(kCensusEveryNs / 5);
    }
    EXPECT_EQ(machine.rounds, 2);
    machine.census.stop();
    machine.look(10 * kCensusEveryNs);
    EXPECT_EQ(machine.rounds, 2);
}

TEST(ZombieCensus, random_lives_always_come_out_right) {
    std::mt19937 random(7);
    const auto one_in = [&random](unsigned n) { return random() % n == 0; };
    for (int round = 0; round < 200; ++round) {
        Machine machine;
        std::vector<int> living;
        int born = 0;
        std::uint64_t unseen = 0;
        for (int step = 0; step < 300; ++step) {
            const auto births = random() % 4;
            for (unsigned i = 0; i < births; ++i) {
                machine.die(born);
                living.push_back(born++);
            }
            std::erase_if(living, [&](int zombie) {
                const bool freed = one_in(5);
                if (freed && one_in(20)) {
                    machine.free_unseen(zombie);
                    ++unseen;
                } else if (freed) {
                    machine.free(zombie);
                }
                return freed;
            });
            const std::uint64_t before_ns = zombie_ns(machine);
            machine.look(random() % kSecond);
            ASSERT_GE(zombie_ns(machine), before_ns);
            const Untracked account = machine.account();
            ASSERT_GE(account.live_threads, machine.zombies());
            ASSERT_LE(machine.census.missed(), unseen);
            ASSERT_EQ(account.live_threads + account.exits, static_cast<std::uint64_t>(born));
        }
        machine.look(kCensusEveryNs);
        machine.look(kCensusEveryNs);
        ASSERT_EQ(machine.account().live_threads, machine.zombies());
        ASSERT_EQ(machine.census.missed(), unseen);
    }
}

}  // namespace
}  // namespace tsa
