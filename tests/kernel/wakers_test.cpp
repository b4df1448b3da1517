// SPDX-License-Identifier: MIT
// Who ends waits: the peer in each way that threads signal each other, and never a thread that an interrupt hit.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "observer.h"
#include "sched/wakers.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

#include "model/sample.h"

namespace tsa::test {
namespace {

std::unique_ptr<WakerProbe> start_wakers(Observer& observer) {
    auto started = WakerProbe::start(observer.probe());
    if (!started.ok()) {
        throw std::runtime_error("the probes of wakers do not start: " + started.error().text());
    }
    return std::move(started).value();
}

std::optional<WakerProbe::Chosen> slot_of(const Observer& observer, std::uint32_t tid) {
    const Thread* thread = observer.thread(tid);
    if (thread == nullptr) {
        return std::nullopt;
    }
    return WakerProbe::Chosen{static_cast<std::size_t>(thread - observer.sample().threads.data()), thread->life};
}

std::string describe(const WokenTable& table) {
    std::string words;
    for (const WokenBy& waker : table.wakers) {
        words += std::string(waker_label(waker.who.kind)) + " " + std::to_string(waker.who.tid) + " " +
                 std::string(waker.who.comm_view()) + ": " + std::to_string(waker.count) + " waits, " +
                 std::to_string(waker.total_ns) + " ns; ";
    }
    return words;
}

class WakersOf : public testing::TestWithParam<const char*> {};

TEST_P(WakersOf, the_peer_ends_every_wait) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("wakers", {"0"});
    Observer observer;
    observer.mark();
    const auto wakers = start_wakers(observer);
    if (puppet.ask("open " + std::string(GetParam())) != "open") {
        GTEST_SKIP() << "no such connection here";
    }
    const std::uint32_t ping = puppet.tid("ping");
    const std::uint32_t pong = puppet.tid("pong");
    observer.mark();
    wakers->choose(slot_of(observer, pong));
    constexpr std::uint64_t kRounds = 2000;
    // How often it must wait depends on where the two run: each may find that the other has already answered.
    WokenTable table;
    std::uint64_t rounds = 0;
    do {
        ASSERT_EQ(puppet.ask("go " + std::to_string(kRounds)), "done");
        rounds += kRounds;
        wakers->read(table);
    } while (table.count() < kRounds / 4 && rounds < 20 * kRounds);
    EXPECT_EQ(table.others.count, 0U);
    std::uint64_t by_ping = 0;
    for (const WokenBy& waker : table.wakers) {
        if (waker.who.kind == WakerKind::thread) {
            EXPECT_EQ(waker.who.tid, ping) << describe(table);
            EXPECT_EQ(waker.who.tgid, static_cast<std::uint32_t>(puppet.pid()));
            by_ping += waker.count;
        }
        EXPECT_LE(waker.longest_ns, waker.total_ns);
    }
    // A wakeup that arrives before the wait has begun ends none; one may end it in vain: a socket also wakes its reader
    // when it has room again. What a socket carries may be handed to an interrupt, or freed in one.
    const bool is_socket = std::string_view(GetParam()) == "tcp" || std::string_view(GetParam()) == "unix";
    EXPECT_GE(static_cast<double>(by_ping), (is_socket ? 0.5 : 0.95) * static_cast<double>(table.count()))
        << describe(table);
    EXPECT_GE(table.count(), kRounds / 4) << describe(table);
    EXPECT_LE(table.count(), 2 * rounds + 2) << describe(table);
    const auto last = wakers->last_waker(slot_of(observer, pong)->slot, slot_of(observer, pong)->life);
    ASSERT_TRUE(last.has_value());
    EXPECT_NE(last->at_ns, 0U);
}

INSTANTIATE_TEST_SUITE_P(Connections, WakersOf, testing::Values("pipe", "unix", "tcp", "futex", "eventfd"),
                         [](const auto& line) { return std::string(line.param); });

TEST(Wakers, a_timer_is_not_the_thread_that_it_interrupted) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("wakers", {"0"});
    Observer observer;
    observer.mark();
    const auto wakers = start_wakers(observer);
    ASSERT_EQ(puppet.ask("hog"), "started");
    const std::uint32_t sleeper = puppet.tid("sleeper");
    observer.mark();
    wakers->choose(slot_of(observer, sleeper));
    WokenTable table;
    ASSERT_TRUE(await([&] {
        wakers->read(table);
        return table.count() >= 200;
    })) << describe(table);
    for (const WokenBy& waker : table.wakers) {
        EXPECT_NE(waker.who.tid, puppet.tid("hog")) << describe(table);
        EXPECT_EQ(waker.who.kind, WakerKind::timer) << describe(table);
    }
}

/// Of one thread.
WokenBy sum_of(const WakerInterval& interval, std::uint32_t tid, std::uint32_t by) {
    WokenBy sum;
    for (const Wakeups& wakeups : interval.wakeups) {
        if (wakeups.thread.tid == tid && wakeups.who.tid == by) {
            sum.count += wakeups.count;
            sum.total_ns += wakeups.total_ns;
            sum.longest_ns = std::max(sum.longest_ns, wakeups.longest_ns);
        }
    }
    return sum;
}

TEST(Wakers, of_all_threads_are_counted_in_rounds_as_those_of_a_chosen_one_are) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("wakers", {"0"});
    Observer observer;
    observer.mark();
    auto started = WakerProbe::start(observer.probe(), WakerProbe::Scope::all_wakeups);
    ASSERT_TRUE(started.ok()) << started.error().text();
    WakerProbe& wakers = *started.value();
    ASSERT_EQ(puppet.ask("open pipe"), "open");
    const std::uint32_t ping = puppet.tid("ping");
    const std::uint32_t pong = puppet.tid("pong");
    observer.mark();
    WakerInterval interval;
    wakers.next_round();
    wakers.read_rounds(interval);
    wakers.choose(slot_of(observer, pong));
    ASSERT_EQ(puppet.ask("go 2000"), "done");
    // Both wait now: neither is woken any more.
    wakers.next_round();
    wakers.read_rounds(interval);
    WokenTable table;
    wakers.read(table);
    const WokenBy by_round = sum_of(interval, pong, ping);
    const auto chosen = std::ranges::find_if(table.wakers, [&](const WokenBy& one) { return one.who.tid == ping; });
    ASSERT_NE(chosen, table.wakers.end()) << describe(table);
    EXPECT_EQ(by_round.count, chosen->count);
    EXPECT_EQ(by_round.total_ns, chosen->total_ns);
    EXPECT_EQ(by_round.longest_ns, chosen->longest_ns);
    EXPECT_GT(sum_of(interval, ping, pong).count, 0U) << "of threads that are not chosen, too";
    EXPECT_EQ(interval.missed, 0U);
    wakers.next_round();
    wakers.read_rounds(interval);
    EXPECT_EQ(sum_of(interval, pong, ping).count, 0U) << "a wait is in one round";
}

TEST(Wakers, another_chosen_thread_starts_with_an_empty_table) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("wakers", {"0"});
    Observer observer;
    observer.mark();
    const auto wakers = start_wakers(observer);
    ASSERT_EQ(puppet.ask("open pipe"), "open");
    observer.mark();
    wakers->choose(slot_of(observer, puppet.tid("pong")));
    ASSERT_EQ(puppet.ask("go 50"), "done");
    WokenTable table;
    wakers->read(table);
    EXPECT_GT(table.count(), 0U);
    wakers->choose(slot_of(observer, puppet.tid("hog")));
    wakers->read(table);
    EXPECT_EQ(table.count(), 0U) << describe(table);
    EXPECT_TRUE(table.wakers.empty());
}

TEST(Wakers, interrupts_are_a_small_part_of_what_a_busy_thread_executed_and_of_none_that_sleeps) {
    TSA_REQUIRE(missing_bpf());
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    Observer observer;
    observer.mark();
    const auto wakers = start_wakers(observer);
    const auto irq_of = [&](std::uint32_t tid) -> std::uint64_t {
        const auto slot = slot_of(observer, tid);
        return slot ? wakers->irq_ns(slot->slot, slot->life).value_or(0) : 0;
    };
    const std::uint32_t hog = hogs.tid("hog0");
    // The timer interrupts it at least 100 times per second that it executes.
    EXPECT_TRUE(await([&] {
        observer.mark();
        return irq_of(hog) > 0;
    }));
    const std::uint64_t before_ns = irq_of(hog);
    observer.mark();
    let_pass(std::chrono::milliseconds(500));
    observer.report();
    const ThreadRow* row = observer.row(hog);
    ASSERT_NE(row, nullptr);
    const std::uint64_t irq_ns = irq_of(hog) - before_ns;
    EXPECT_GT(irq_ns, 0U) << test::describe(*row);
    EXPECT_LT(static_cast<double>(irq_ns), 0.5 * static_cast<double>(row->state_ns[index(ThreadState::exec)]))
        << test::describe(*row);
    EXPECT_EQ(irq_of(hogs.tid("main")), 0U) << "it did not execute";
}

}  // namespace
}  // namespace tsa::test
