// SPDX-License-Identifier: MIT
// Slots are read by the marks of changes. A sample that is filled whole is the witness that no change is missed: while
// threads of this process are woken, created, renamed and moved between CPUs as fast as they can be.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "model/sample.h"
#include "sched/probe.h"
#include "support/feature.h"

namespace tsa::test {
namespace {

/// Threads that do everything that changes a slot, until it is destroyed.
class Turmoil {
  public:
    Turmoil() {
        for (int i = 0; i < 2; ++i) {
            std::array<int, 2> ends{};
            if (::pipe(ends.data()) == 0) {
                pipes_.push_back(ends);
            }
        }
        threads_.emplace_back([this] { pass(pipes_.at(0)[0], pipes_.at(1)[1]); });
        threads_.emplace_back([this] { pass(pipes_.at(1)[0], pipes_.at(0)[1]); });
        threads_.emplace_back([this] {
            while (!stop_) {
                std::thread([] {}).join();
            }
        });
        threads_.emplace_back([this] {
            for (int number = 0; !stop_; ++number) {
                const std::string name = "name-" + std::to_string(number % 1000);
                ::prctl(PR_SET_NAME, name.c_str());
                std::this_thread::sleep_for(std::chrono::microseconds(300));
            }
        });
        for (int i = 0; i < 40; ++i) {  // seldom: each is quiet in most rounds
            threads_.emplace_back([this, i] {
                while (!stop_) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(3 + i));
                }
            });
        }
        const char ball = 1;
        started_ = ::write(pipes_.at(0)[1], &ball, 1) == 1;
    }
    Turmoil(const Turmoil&) = delete;
    Turmoil& operator=(const Turmoil&) = delete;
    ~Turmoil() {
        stop_ = true;
        for (std::thread& thread : threads_) {
            thread.join();
        }
        for (const auto& ends : pipes_) {
            ::close(ends[0]);
            ::close(ends[1]);
        }
    }
    [[nodiscard]] bool started() const { return started_; }

  private:
    /// The last one does not wait for the ball.
    void pass(int from, int to) {
        char ball = 0;
        while (!stop_ && ::read(from, &ball, 1) == 1) {
            if (::write(to, &ball, 1) != 1) {
                return;
            }
        }
        if (stop_) {
            static_cast<void>(::write(to, &ball, 1));
        }
    }

    std::atomic<bool> stop_{false};
    bool started_ = false;
    std::vector<std::array<int, 2>> pipes_;
    std::vector<std::thread> threads_;
};

/// Whether `seen` has all that happened to the thread until the reading of `known`.
bool is_as_new(const Thread& seen, const Thread& known) {
    return seen.life > known.life || (seen.life == known.life && seen.since_ns >= known.since_ns);
}

/// A change is visible one reading later at most: what was known two readings ago must be there.
TEST(Marks, miss_no_change) {
    TSA_REQUIRE(missing_bpf());
    const auto started = Probe::start({});
    ASSERT_TRUE(started.ok()) << started.error().text();
    Probe& probe = *started.value();
    const Turmoil turmoil;
    ASSERT_TRUE(turmoil.started());
    constexpr std::size_t kRounds = 1500;
    std::array<Sample, 3> whole;  // of no round: every slot was looked at
    Sample by_marks;
    probe.read(by_marks);
    std::size_t compared = 0, rounds_with_less = 0;
    for (std::size_t round = 0; round < kRounds; ++round) {
        probe.read(by_marks);
        rounds_with_less += by_marks.changed.size() < by_marks.threads.size() ? 1 : 0;
        Sample& newest = whole[round % whole.size()];
        newest = Sample{};
        probe.read(newest);
        ASSERT_EQ(newest.round, by_marks.round + 1);
        const Sample& known = whole[(round + 1) % whole.size()];
        for (std::size_t i = 0; i < known.threads.size(); ++i) {
            const bool has_ended = newest.threads[i].life != known.threads[i].life;
            if (known.threads[i].life == 0 || (by_marks.threads[i].life == 0 && has_ended)) {
                continue;
            }
            ++compared;
            ASSERT_TRUE(is_as_new(by_marks.threads[i], known.threads[i]))
                << "round " << round << ": a change of " << known.threads[i].tid << " was missed";
        }
        std::this_thread::sleep_for(std::chrono::microseconds(round % 4 * 200));
    }
    EXPECT_GT(compared, kRounds * 30);
    EXPECT_GT(rounds_with_less, kRounds * 9 / 10) << "each reading looked at everything";
}

}  // namespace
}  // namespace tsa::test
