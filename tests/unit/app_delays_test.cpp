// SPDX-License-Identifier: MIT
// The delay feed: which reply belongs to which thread, and which earlier one to it, when threads are created, exec and
// end, and TIDs are used again. On a kernel made of literals.
#include <gmock/gmock.h>

#include <array>
#include <deque>

#include "app/commands/recorded_delays.h"
#include "app/host/delays.h"
#include "unit/literal_delays.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;

constexpr std::uint64_t kSecond = 1'000'000'000;
/// Both clocks of LiteralDelays are past this.
constexpr std::uint64_t kLongAgoNs = 100 * kSecond;
constexpr std::uint64_t kLifeNs = 300 * kSecond;  // of a thread from then on

class Delays : public ::testing::Test {
  protected:
    Thread& add(std::uint32_t tid, std::uint64_t start_ns = kLongAgoNs) {
        Thread& thread = threads_.emplace_back();
        thread.life = 1;
        thread.tid = thread.tgid = tid;
        thread.start_time_ns = start_ns;
        report_.threads.emplace_back().now = &thread;
        return thread;
    }
    const DelayTable& fetch() { return feed_.fetch(report_); }
    const DelayTable& fetch_later(std::uint64_t ns = kSecond) {
        kernel_.pass(ns);
        return fetch();
    }

    testing::LiteralDelays kernel_;
    std::deque<Thread> threads_;  // addresses must not move
    Report report_;
    DelayFeed feed_{kernel_.access()};
};

TEST_F(Delays, have_both_ends_of_the_interval_from_the_second_fetch_on) {
    const ThreadKey key = key_of(add(7));
    kernel_.set(7, 1000, 50, kLifeNs);
    const DelayTable& table = fetch();
    const std::uint64_t first_ns = kernel_.monotonic_ns;
    ASSERT_NE(table.find(key), nullptr);
    EXPECT_FALSE(table.find(key)->has_before);
    kernel_.set(7, 1700, 90, kLifeNs + kSecond);
    fetch_later();
    const ThreadDelays* found = table.find(key);
    ASSERT_TRUE(found != nullptr && found->has_before);
    EXPECT_EQ(found->before.cpu_run_virtual_ns, 1000U);
    EXPECT_EQ(found->now.cpu_run_virtual_ns, 1700U);
    EXPECT_EQ(found->before_at_ns, first_ns);
    EXPECT_EQ(found->now_at_ns, first_ns + kSecond);
    EXPECT_EQ(table.unavailable, "");
    EXPECT_EQ(kernel_.opened, 1);
}

TEST_F(Delays, of_a_thread_created_since_the_last_fetch_begin_at_zero) {
    fetch();
    const std::uint64_t fetched_boot_ns = kernel_.boot_ns;
    const ThreadKey young = key_of(add(8, fetched_boot_ns + 1));
    const ThreadKey old = key_of(add(9, fetched_boot_ns - 1));
    kernel_.set(8, 300, 0, kSecond / 2);
    kernel_.set(9, 300, 0, kSecond);
    const DelayTable& table = fetch_later();
    ASSERT_TRUE(table.find(young) != nullptr && table.find(old) != nullptr);
    EXPECT_TRUE(table.find(young)->has_before);
    EXPECT_EQ(table.find(young)->before.cpu_run_virtual_ns, 0U);
    EXPECT_EQ(table.find(young)->before_at_ns, 0U);
    EXPECT_FALSE(table.find(old)->has_before) << "it was there before, and not queried";
}

TEST_F(Delays, of_a_thread_that_took_over_its_leaders_tid_continue_with_its_own) {
    Thread leader = add(10);
    Thread& follower = add(11, kLongAgoNs + 5);
    kernel_.set(10, 5000, 0, kLifeNs);
    kernel_.set(11, 20, 0, kLifeNs);
    fetch();
    const Thread before = follower;
    follower.tid = leader.tid;
    follower.start_time_ns = leader.start_time_ns;
    report_.threads.erase(report_.threads.begin());
    report_.threads[0].before = &before;
    kernel_.threads.erase(11);
    kernel_.set(10, 70, 0, kLifeNs + kSecond);
    const ThreadDelays* found = fetch_later().find(key_of(follower));
    ASSERT_TRUE(found != nullptr && found->has_before);
    EXPECT_EQ(found->before.cpu_run_virtual_ns, 20U) << "not the 5000 of the thread that had this key before";
}

TEST_F(Delays, of_a_much_younger_thread_are_not_those_of_the_one_in_the_report) {
    const ThreadKey ended = key_of(add(7));
    const ThreadKey lives = key_of(add(8));
    kernel_.set(7, 10, 0, kLifeNs - 2 * kSecond);  // another thread has TID 7 by now
    kernel_.set(8, 10, 0, kLifeNs - kSecond / 2);  // the clocks may differ by a bit
    const DelayTable& table = fetch();
    EXPECT_EQ(table.find(ended), nullptr);
    EXPECT_NE(table.find(lives), nullptr);
}

TEST_F(Delays, of_a_thread_that_has_ended_are_not_there) {
    const ThreadKey key = key_of(add(7));
    kernel_.set(7, 10, 0, kLifeNs);
    ASSERT_NE(fetch().find(key), nullptr);
    kernel_.threads.clear();
    EXPECT_EQ(fetch_later().find(key), nullptr);
    EXPECT_EQ(feed_.table().unavailable, "") << "this is not an error";
}

TEST_F(Delays, without_a_socket_are_explained_once_and_never_asked_for) {
    add(7);
    kernel_.no_socket = "taskstats: no permission";
    EXPECT_EQ(fetch().unavailable, "taskstats: no permission");
    EXPECT_EQ(fetch_later().unavailable, "taskstats: no permission");
    EXPECT_EQ(kernel_.opened, 1);
    EXPECT_THAT(kernel_.queries, ElementsAre());
}

TEST_F(Delays, are_asked_for_no_more_after_the_socket_failed) {
    const ThreadKey key = key_of(add(7));
    kernel_.set(7, 10, 0, kLifeNs);
    fetch();
    kernel_.broken = "taskstats: privileges revoked";
    EXPECT_EQ(fetch_later().unavailable, "taskstats: privileges revoked");
    EXPECT_EQ(feed_.table().find(key), nullptr) << "the old replies are not of this interval";
    fetch_later();
    EXPECT_EQ(kernel_.queries.size(), 2U);
}

TEST_F(Delays, are_queried_in_batches_and_each_has_its_own_time) {
    const auto batch = static_cast<std::uint32_t>(taskstats::Client::kDefaultBatch);
    for (std::uint32_t tid = 1; tid <= batch + 3; ++tid) {
        add(tid);
        kernel_.set(tid, 10, 0, kLifeNs);
    }
    kernel_.ns_per_query = 70'000;
    const std::uint64_t begin_ns = kernel_.monotonic_ns;
    const DelayTable& table = fetch();
    ASSERT_EQ(kernel_.queries.size(), 2U);
    EXPECT_EQ(kernel_.queries[0].size(), batch);
    EXPECT_THAT(kernel_.queries[1], ElementsAre(batch + 1, batch + 2, batch + 3));
    EXPECT_EQ(table.find({1, kLongAgoNs})->now_at_ns, begin_ns + 70'000);
    EXPECT_EQ(table.find({batch + 1, kLongAgoNs})->now_at_ns, begin_ns + 140'000);
}

TEST_F(Delays, of_some_threads_need_no_query_for_the_others) {
    const ThreadKey key = key_of(add(7));
    add(8);
    kernel_.set(7, 10, 0, kLifeNs);
    kernel_.set(8, 10, 0, kLifeNs);
    EXPECT_EQ(feed_.fetch(std::array{key}, report_).all().size(), 1U);
    EXPECT_THAT(kernel_.queries, ElementsAre(ElementsAre(7U)));
}

TEST_F(Delays, the_accounting_switch_is_read_rarely_and_at_once_if_it_was_set) {
    EXPECT_EQ(fetch().accounting.state, Accounting::on);
    kernel_.facts.sysctl = false;
    EXPECT_EQ(fetch_later(kSecond / 10).accounting.state, Accounting::on);
    EXPECT_EQ(kernel_.facts_read, 1);
    EXPECT_EQ(fetch_later(kSecond / 2).accounting.state, Accounting::off);
    kernel_.facts.sysctl = true;
    feed_.accounting_changed();
    EXPECT_EQ(fetch_later(1000).accounting.state, Accounting::on);
    EXPECT_EQ(kernel_.facts_read, 3);
}

TEST_F(Delays, of_a_thread_with_waits_prove_that_younger_threads_are_accounted) {
    const ThreadKey key = key_of(add(7));
    kernel_.set(7, 10, 0, kLifeNs);
    EXPECT_FALSE(fetch().accounting.on_no_later_than_ns);
    kernel_.set(7, 10, 900, kLifeNs);
    EXPECT_EQ(fetch_later().accounting.on_no_later_than_ns, key.start_time_ns);
}

TEST_F(Delays, on_cpus_without_ticks_have_older_run_times) {
    const std::uint64_t usual_ns = fetch().run_time_age_ns;
    EXPECT_LT(usual_ns, kSecond);
    kernel_.tickless = true;
    DelayFeed tickless(kernel_.access());
    EXPECT_EQ(tickless.fetch(report_).run_time_age_ns, kSecond);
}

TEST_F(Delays, of_a_recorded_thread_are_recorded_until_it_ends_whatever_its_name) {
    Thread& chosen = add(7);
    add(8);
    kernel_.set(7, 10, 0, kLifeNs);
    kernel_.set(8, 10, 0, kLifeNs);
    ThreadFilter filter;
    filter.comm_pattern = "mysql*";
    std::ranges::copy(std::string_view("mysqld"), chosen.comm.begin());
    RecordedDelays recorded(kernel_.access());
    recorded.fetch(report_, filter);
    std::ranges::copy(std::string_view("other\0", 6), chosen.comm.begin());
    recorded.fetch(report_, filter);
    EXPECT_THAT(kernel_.queries, ElementsAre(ElementsAre(7U), ElementsAre(7U)));
}

}  // namespace
}  // namespace tsa
