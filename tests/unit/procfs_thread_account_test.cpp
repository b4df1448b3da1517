// SPDX-License-Identifier: MIT
// The accounting of one thread between looks: every nanosecond of wall time is in one state, counters never decrease,
// and time that the kernel books late is counted late, not dropped.
#include "procfs/thread_account.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <string>

namespace tsa {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kTick = 4 * kMs;

std::uint64_t sum_of(const PerState<std::uint64_t>& ns) {
    return std::accumulate(ns.begin(), ns.end(), std::uint64_t{0});
}

/// One thread with given counters; checks the invariants at each look.
class Account {
  public:
    explicit Account(const ThreadLook& first) { begin_account(first, thread, account); }
    Account(const ThreadLook& first, std::uint64_t born_ns) {
        begin_account_at_birth(first, born_ns, kTick, thread, account);
        check();
    }

    void look(const ThreadLook& at) {
        const PerState<std::uint64_t> before = totals(last_now_ns);
        close_at(at, closed_at_ns(thread, last_now_ns), kTick, thread, account);
        check();
        EXPECT_EQ(thread.since_ns, at.at_ns);
        for (std::size_t i = 0; i < kStateCount; ++i) {
            EXPECT_GE(totals(at.at_ns)[i], before[i]) << state_table()[i].key << " shrank";
        }
        last_now_ns = at.at_ns;
    }

    /// The values of a sample at this instant.
    [[nodiscard]] PerState<std::uint64_t> totals(std::uint64_t now_ns) const {
        PerState<std::uint64_t> all{};
        for (std::size_t i = 0; i < kStateCount; ++i) {
            all[i] = state_total_ns(thread, static_cast<ThreadState>(i), now_ns);
        }
        return all;
    }
    [[nodiscard]] std::uint64_t in(ThreadState state) const { return totals(last_now_ns)[index(state)]; }

    Thread thread;
    ThreadAccount account;
    std::uint64_t last_now_ns = 0;

  private:
    void check() const {
        EXPECT_EQ(sum_of(thread.ns), thread.since_ns - thread.first_seen_ns) << "does not sum to its life";
    }
};

TEST(ThreadAccount, the_rest_of_the_wall_time_is_sleep) {
    Account account({1000 * kMs, 500, 70, 'S', 5});
    account.look({1100 * kMs, 500 + 30 * kMs, 70 + 10 * kMs, 'S', 6});
    EXPECT_EQ(account.in(ThreadState::exec), 30 * kMs);
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 10 * kMs);
    EXPECT_EQ(account.in(ThreadState::sleep), 60 * kMs);
    EXPECT_EQ(account.thread.state, ThreadState::sleep);
}

TEST(ThreadAccount, what_does_not_fit_into_the_wall_time_is_counted_in_the_next_interval) {
    Account account({1000 * kMs, 0, 0, 'S', 5});
    account.look({1100 * kMs, 0, 0, 'S', 5});
    account.look({1200 * kMs, 60 * kMs, 90 * kMs, 'S', 6});  // the wait started before the look at 1100
    EXPECT_EQ(account.in(ThreadState::exec), 60 * kMs);
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 40 * kMs);
    account.look({1300 * kMs, 61 * kMs, 90 * kMs, 'S', 7});
    EXPECT_EQ(account.in(ThreadState::exec), 61 * kMs);
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 90 * kMs);
    EXPECT_EQ(account.in(ThreadState::sleep), 149 * kMs);
}

TEST(ThreadAccount, a_wait_that_began_before_the_first_look_is_counted_from_that_look_on) {
    Account account({1000 * kMs, 0, 0, 'R', 5});
    account.look({1100 * kMs, 20 * kMs, 5000 * kMs, 'S', 6});
    EXPECT_EQ(account.in(ThreadState::exec), 20 * kMs);
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 80 * kMs);
    account.look({1200 * kMs, 21 * kMs, 5000 * kMs, 'S', 7});
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 80 * kMs) << "nothing of it is left to be counted";
    EXPECT_EQ(account.in(ThreadState::sleep), 99 * kMs);
}

TEST(ThreadAccount, a_busy_thread_is_executing_also_in_the_part_that_no_tick_has_booked) {
    Account account({1000 * kMs, 0, 0, 'R', 5});
    std::uint64_t now = 1000 * kMs;
    for (int i = 1; i <= 50; ++i) {
        now += 10 * kMs + 777;
        account.look({now, (now - 1000 * kMs) / kTick * kTick, 0, 'R', 5});
    }
    EXPECT_EQ(account.in(ThreadState::sleep), 0U);
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 0U);
    EXPECT_EQ(account.in(ThreadState::exec), now - 1000 * kMs);
    EXPECT_EQ(account.thread.state, ThreadState::exec);
}

TEST(ThreadAccount, a_runnable_thread_that_does_not_run_waits_for_a_cpu) {
    Account account({1000 * kMs, 0, 0, 'R', 5});
    account.look({1200 * kMs, 0, 0, 'R', 5});
    EXPECT_EQ(account.in(ThreadState::exec), kTick) << "at most a tick of it can be unbooked execution";
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 200 * kMs - kTick);
    EXPECT_EQ(account.thread.state, ThreadState::cpu_wait);
    // Its open wait grows in samples, and booking all of it does not count it twice.
    account.last_now_ns = 1500 * kMs;
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 500 * kMs - kTick);
    account.look({1600 * kMs, 50 * kMs, 550 * kMs, 'S', 6});
    EXPECT_EQ(account.in(ThreadState::exec), 50 * kMs);
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 550 * kMs);
    EXPECT_EQ(account.in(ThreadState::sleep), 0U);
}

TEST(ThreadAccount, two_hogs_on_one_cpu_never_sleep_and_share_it) {
    // 3 ms each in turn; a look sees the time booked at the last switch or tick.
    for (const std::uint64_t phase : {0U, 1U}) {
        Account account({0, 0, 0, 'R', 5});
        for (std::uint64_t now = 100 * kMs; now <= 2000 * kMs; now += 100 * kMs + 1) {
            const std::uint64_t turns = now / (3 * kMs);
            const std::uint64_t mine = (turns + phase) / 2;
            account.look({now, mine * 3 * kMs, (turns - mine) * 3 * kMs, 'R', 5});
        }
        EXPECT_EQ(account.in(ThreadState::sleep), 0U);
        const double all = static_cast<double>(account.last_now_ns);
        EXPECT_NEAR(static_cast<double>(account.in(ThreadState::exec)) / all, 0.5, 0.01);
        EXPECT_NEAR(static_cast<double>(account.in(ThreadState::cpu_wait)) / all, 0.5, 0.01);
    }
}

TEST(ThreadAccount, a_woken_thread_waits_from_the_look_that_sees_it) {
    Account account({1000 * kMs, 0, 0, 'S', 5});
    begin_wait_at(1150 * kMs, 1100 * kMs, account.thread, account.account);
    account.last_now_ns = 1100 * kMs;
    EXPECT_EQ(account.in(ThreadState::sleep), 150 * kMs);
    account.last_now_ns = 1300 * kMs;
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 150 * kMs);
    // It has waited since 1120: 190 ms are booked at 1310, and 30 of them are counted late.
    account.look({1400 * kMs, 5 * kMs, 190 * kMs, 'S', 6});
    EXPECT_EQ(account.in(ThreadState::exec), 5 * kMs);
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 190 * kMs);
    EXPECT_EQ(account.in(ThreadState::sleep), 205 * kMs);
}

TEST(ThreadAccount, stopped_and_dead_count_from_the_look_that_sees_them) {
    Account account({1000 * kMs, 0, 0, 'S', 5});
    account.look({1100 * kMs, kMs, 0, 'T', 6});
    EXPECT_EQ(account.in(ThreadState::stopped), 0U);
    EXPECT_EQ(account.in(ThreadState::sleep), 99 * kMs);
    account.last_now_ns = 1500 * kMs;
    EXPECT_EQ(account.in(ThreadState::stopped), 400 * kMs);
    account.look({1600 * kMs, 2 * kMs, 0, 'Z', 7});
    EXPECT_EQ(account.in(ThreadState::stopped), 499 * kMs);
    account.last_now_ns = 2600 * kMs;
    EXPECT_EQ(account.in(ThreadState::zombie), 1000 * kMs);
}

TEST(ThreadAccount, a_thread_born_under_our_eyes_has_all_its_life) {
    Account account({1100 * kMs, 30 * kMs, 20 * kMs, 'S', 3}, 1040 * kMs);
    account.last_now_ns = 1100 * kMs;
    EXPECT_EQ(account.in(ThreadState::exec), 30 * kMs);
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 20 * kMs);
    EXPECT_EQ(account.in(ThreadState::sleep), 10 * kMs);
}

TEST(ThreadAccount, counters_of_another_thread_in_its_place_are_not_its_time) {
    // exec by a non-leader thread: from then on it has the leader's TID and start time.
    for (const ThreadLook& foreign :
         {ThreadLook{1100 * kMs, 3 * kMs, 0, 'S', 1}, ThreadLook{1100 * kMs, 90'000 * kMs, 0, 'S', 900}}) {
        Account account({1000 * kMs, 7 * kMs, 5 * kMs, 'S', 5});
        account.look(foreign);
        EXPECT_EQ(account.in(ThreadState::exec), 0U);
        account.look({1200 * kMs, foreign.exec_ns + 10 * kMs, 0, 'S', 901});
        EXPECT_EQ(account.in(ThreadState::exec), 10 * kMs);
        EXPECT_EQ(account.in(ThreadState::sleep), 190 * kMs);
    }
}

TEST(ThreadAccount, without_a_booked_delay_cpu_wait_stays_empty) {
    Account account({1000 * kMs, 0, 0, 'R', 5});
    account.account.waits_are_booked = false;
    account.look({1100 * kMs, 20 * kMs, 0, 'R', 5});
    EXPECT_EQ(account.in(ThreadState::cpu_wait), 0U);
    EXPECT_EQ(account.in(ThreadState::exec), 20 * kMs + kTick);
    EXPECT_EQ(account.in(ThreadState::sleep), 80 * kMs - kTick);
}

/// A thread with random activity, and a kernel that books like Linux: execution at ticks and switches, a wait when it
/// ends.
class SimulatedThread {
  public:
    explicit SimulatedThread(std::uint32_t seed) : random_(seed) {}

    void run_until(std::uint64_t until_ns) {
        while (now_ns < until_ns) {
            if (left_ns_ == 0) {
                switch_state();
            }
            const std::uint64_t step = std::min(left_ns_, until_ns - now_ns);
            true_ns[static_cast<std::size_t>(doing_)] += step;
            if (doing_ == 0) {
                unbooked_ns_ += step;
                if ((now_ns + step) / kTick != now_ns / kTick) {
                    book_exec();
                }
            } else if (doing_ == 1) {
                wait_ns_ += step;
            }
            now_ns += step;
            left_ns_ -= step;
        }
    }
    [[nodiscard]] ThreadLook look() const { return {now_ns, exec_ns, delay_ns, doing_ == 2 ? 'S' : 'R', voluntary}; }

    std::uint64_t now_ns = 1'000 * kMs, exec_ns = 0, delay_ns = 0, voluntary = 0;
    std::uint64_t true_ns[3] = {};  // exec, wait, sleep

  private:
    void book_exec() {
        exec_ns += unbooked_ns_;
        unbooked_ns_ = 0;
    }
    void switch_state() {
        left_ns_ = 1 + random_() % (random_() % 5 == 0 ? 400 * kMs : 9 * kMs);
        if (doing_ == 0) {
            book_exec();
            doing_ = random_() % 2 == 0 ? 1 : 2;
            voluntary += doing_ == 2 ? 1 : 0;
        } else if (doing_ == 1) {
            delay_ns += wait_ns_;
            wait_ns_ = 0;
            doing_ = 0;
        } else {
            doing_ = 1;
        }
    }

    std::mt19937 random_;
    std::uint64_t left_ns_ = 0, unbooked_ns_ = 0, wait_ns_ = 0;
    int doing_ = 2;
};

TEST(ThreadAccount, random_lives_sum_to_their_wall_time_and_come_out_as_they_were) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed + 1000);
        SimulatedThread life(seed);
        Account account(life.look());
        for (int i = 0; i < 300; ++i) {
            life.run_until(life.now_ns + 1 + random() % (250 * kMs));
            const ThreadLook look = life.look();
            const bool moved =
                look.exec_ns != account.account.booked_exec_ns || look.run_delay_ns != account.account.booked_wait_ns;
            if (moved || account.thread.state == ThreadState::exec) {
                account.look(look);
            } else if (look.letter == 'R' && account.thread.state == ThreadState::sleep && random() % 2 == 0) {
                begin_wait_at(look.at_ns, closed_at_ns(account.thread, account.last_now_ns), account.thread,
                              account.account);
            }
            account.last_now_ns = std::max(account.last_now_ns, look.at_ns);
        }
        // Correct up to the open interval at the end, and up to one tick that may be counted ahead.
        const std::uint64_t slack = kTick + 400 * kMs;
        const ThreadState states[] = {ThreadState::exec, ThreadState::cpu_wait, ThreadState::sleep};
        for (std::size_t i = 0; i < 3; ++i) {
            EXPECT_NEAR(static_cast<double>(account.in(states[i])), static_cast<double>(life.true_ns[i]),
                        static_cast<double>(slack))
                << state_table()[index(states[i])].key;
        }
        EXPECT_NEAR(static_cast<double>(account.in(ThreadState::exec)), static_cast<double>(life.true_ns[0]),
                    static_cast<double>(2 * kTick));
    }
}

TEST(ThreadAccount, random_numbers_never_break_the_sum) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 random(seed);
        ThreadLook look{1'000 * kMs, random() % (1U << 30U), random() % (1U << 30U), 'S', 0};
        Account account(look);
        for (int i = 0; i < 200; ++i) {
            look.at_ns += random() % (300 * kMs);
            look.exec_ns = random() % 16 == 0 ? random() : look.exec_ns + random() % (400 * kMs);
            look.run_delay_ns = random() % 16 == 0 ? random() : look.run_delay_ns + random() % (400 * kMs);
            look.letter = "RSDTtZIXP?"[random() % 10];
            look.voluntary = random() % 3 == 0 ? std::nullopt : std::optional(random() % 4);
            account.look(look);
        }
    }
}

}  // namespace
}  // namespace tsa
