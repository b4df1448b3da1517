// SPDX-License-Identifier: MIT
// The time of several threads by stack, interval by interval, on the live kernel: what each of them waited is under its
// functions, and the stacks of a state add up to the state's time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "observer.h"
#include "sched/stack_probe.h"
#include "stacks/stack_waits_feed.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

/// What was recorded of threads so far.
class Recorded {
  public:
    explicit Recorded(std::size_t most) { feed_.start(&observer_.probe(), most); }

    /// Chooses these threads from now on.
    void choose(std::vector<std::uint32_t> tids) {
        if (!await([&] {
                observer_.report();
                return std::ranges::all_of(tids, [&](std::uint32_t tid) { return observer_.thread(tid) != nullptr; });
            })) {
            throw std::runtime_error("a thread is not seen");
        }
        std::vector<ThreadKey> keys;
        for (const std::uint32_t tid : tids) {
            const Thread& thread = *observer_.thread(tid);
            keys.push_back(key_of(thread));
            begun_.emplace(tid, totals(thread));
        }
        Report report = observer_.last();
        feed_.begin(keys, observer_.sample(), report);
    }

    void interval(bool last = false) {
        Report report = observer_.report();
        for (const StackWaits& waits : feed_.update(observer_.sample(), report, last)) {
            all_.push_back(waits);
        }
    }

    [[nodiscard]] std::uint64_t count_in(std::uint32_t tid, std::string_view function) const {
        std::uint64_t count = 0;
        for (const StackWaits& waits : all_) {
            const bool is_in = waits.stack->frames.find(function) != std::string::npos;
            const bool is_wait = waits.state != ThreadState::cpu_wait && waits.state != ThreadState::exec;
            count += waits.thread.tid == tid && is_in && is_wait ? waits.count : 0;
        }
        return count;
    }
    [[nodiscard]] std::uint64_t sum_ns(std::uint32_t tid, ThreadState state) const {
        std::uint64_t sum = 0;
        for (const StackWaits& waits : all_) {
            sum += waits.thread.tid == tid && waits.state == state ? waits.total_ns : 0;
        }
        return sum;
    }
    /// The state's time since choose(), by the probes.
    [[nodiscard]] std::uint64_t time_ns(std::uint32_t tid, ThreadState state) const {
        return totals(*observer_.thread(tid))[index(state)] - begun_.at(tid)[index(state)];
    }
    [[nodiscard]] const std::vector<StackWaits>& all() const { return all_; }
    [[nodiscard]] StackWaitsFeed& feed() { return feed_; }

  private:
    [[nodiscard]] PerState<std::uint64_t> totals(const Thread& thread) const {
        PerState<std::uint64_t> out{};
        for (const StateInfo& info : state_table()) {
            out[index(info.state)] = state_total_ns(thread, info.state, observer_.sample().now_ns);
        }
        return out;
    }

    Observer observer_;
    StackWaitsFeed feed_;
    std::map<std::uint32_t, PerState<std::uint64_t>> begun_;
    std::vector<StackWaits> all_;
};

class StackWaitsOfThreads : public ::testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }
};

TEST_F(StackWaitsOfThreads, each_of_two_has_its_own_waits_under_its_functions) {
    Puppet first("naps");
    Puppet second("naps");
    const std::uint32_t one = first.tid("napper");
    const std::uint32_t two = second.tid("napper");
    Recorded recorded(2);
    ASSERT_EQ(recorded.feed().unavailable(), "");
    recorded.choose({one, two});
    constexpr std::array<std::string_view, 2> kNaps{"nap_in_clock", "nap_in_semaphore"};
    // Copies are bounded per second, and a slow machine unwinds them late.
    EXPECT_TRUE(await([&] {
        EXPECT_EQ(first.ask("go 5"), "done");
        recorded.interval();
        EXPECT_EQ(second.ask("go 5"), "done");
        recorded.interval();
        return std::ranges::all_of(kNaps, [&](std::string_view nap) {
            return recorded.count_in(one, nap) >= 5 && recorded.count_in(two, nap) >= 5;
        });
    }));
    recorded.interval(true);
    for (const StackWaits& waits : recorded.all()) {
        EXPECT_TRUE(waits.thread.tid == one || waits.thread.tid == two);
        std::uint64_t by_length = 0;
        for (const LengthCount& length : waits.lengths) {
            by_length += length.count;
            EXPECT_LE(wait_bucket_begin_ns(length.bucket), waits.max_ns);
        }
        EXPECT_EQ(by_length, waits.state == ThreadState::exec ? 0 : waits.count);
    }
    const auto with_nap = std::ranges::find_if(recorded.all(), [](const StackWaits& waits) {
        return waits.stack->frames.find("nap_in_clock") != std::string::npos;
    });
    ASSERT_NE(with_nap, recorded.all().end());
    EXPECT_THAT(with_nap->stack->frames, ::testing::HasSubstr(";nap_in_clock;inner;outer;"));
    EXPECT_EQ(with_nap->stack->kind, StackKind::whole);
}

TEST_F(StackWaitsOfThreads, the_stacks_of_a_state_add_up_to_its_time) {
    Puppet puppet("naps");
    const std::uint32_t tid = puppet.tid("napper");
    Recorded recorded(4);
    recorded.choose({tid});
    for (int round = 0; round < 3; ++round) {
        ASSERT_EQ(puppet.ask("go 10"), "done");
        ASSERT_EQ(puppet.ask("burn 30"), "done");
        recorded.interval();
    }
    recorded.interval(true);
    for (const StateInfo& info : state_table()) {
        const std::uint64_t time_ns = recorded.time_ns(tid, info.state);
        // The end of a wait may be read a moment after the sample; all else is exact.
        EXPECT_NEAR(static_cast<double>(recorded.sum_ns(tid, info.state)), static_cast<double>(time_ns),
                    0.05 * static_cast<double>(time_ns) + 1e6)
            << info.key;
    }
    EXPECT_GT(recorded.time_ns(tid, ThreadState::idle), 0U);
}

TEST_F(StackWaitsOfThreads, a_wait_that_does_not_end_has_its_stack_in_every_interval) {
    Puppet puppet("naps");
    const std::uint32_t tid = puppet.tid("napper");
    Recorded recorded(1);
    recorded.choose({tid});
    for (int round = 0; round < 6; ++round) {
        recorded.interval();
    }
    recorded.interval(true);
    std::uint64_t sum_ns = 0;
    for (const StackWaits& waits : recorded.all()) {
        sum_ns += waits.stack->frames.find("await_order") != std::string::npos ? waits.total_ns : 0;
        EXPECT_EQ(waits.count, 0U) << "none has ended";
    }
    EXPECT_EQ(sum_ns, recorded.time_ns(tid, ThreadState::sleep));
}

TEST_F(StackWaitsOfThreads, a_place_is_free_again_after_its_thread_was_dropped) {
    Puppet first("naps");
    Puppet second("naps");
    Recorded recorded(1);
    recorded.choose({first.tid("napper")});
    ASSERT_EQ(first.ask("go 2"), "done");
    recorded.interval();
    recorded.choose({second.tid("napper")});
    EXPECT_TRUE(await([&] {
        EXPECT_EQ(second.ask("go 2"), "done");
        recorded.interval();
        recorded.choose({second.tid("napper")});
        return recorded.count_in(second.tid("napper"), "nap_in_clock") > 0;
    }));
    const std::uint64_t before = recorded.count_in(first.tid("napper"), "nap_in_clock");
    ASSERT_EQ(first.ask("go 2"), "done");
    recorded.interval();
    EXPECT_EQ(recorded.count_in(first.tid("napper"), "nap_in_clock"), before) << "it is not looked at any more";
}

TEST_F(StackWaitsOfThreads, a_probe_refuses_one_thread_more_than_it_has_room_for) {
    Puppet first("naps");
    Puppet second("naps");
    Observer observer;
    ASSERT_TRUE(await([&] {
        observer.report();
        return observer.thread(first.tid("napper")) != nullptr && observer.thread(second.tid("napper")) != nullptr;
    }));
    auto probe = StackProbe::start(observer.probe(), 1);
    ASSERT_TRUE(probe.ok()) << probe.error().text();
    const ThreadKey one = key_of(*observer.thread(first.tid("napper")));
    const ThreadKey two = key_of(*observer.thread(second.tid("napper")));
    EXPECT_TRUE(probe.value()->add(one, {}));
    EXPECT_FALSE(probe.value()->add(one, {})) << "it is looked at already";
    EXPECT_FALSE(probe.value()->add(two, {}));
}

}  // namespace
}  // namespace tsa::test
