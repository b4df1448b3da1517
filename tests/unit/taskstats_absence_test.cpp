// SPDX-License-Identifier: MIT
// When a delay in a reply is a measurement, and when it only looks like one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "model/taskstats.h"

namespace tsa {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kBootNs = 0;
constexpr std::uint64_t kStartNs = 5'000;

/// A version 14 reply whose delays are all 0 except CPU's, which the scheduler always counts.
TaskStats quiet() {
    TaskStats stats;
    stats.version = 14;
    for (auto& delay : stats.delays) {
        delay.emplace();
    }
    stats.delays[index(DelayKind::cpu)] =
        Delay{.count = 3, .total_ns = 900, .max_ns = {}, .min_ns = {}, .max_at_unix_ns = {}};
    stats.cpu_run_virtual_ns = 1234;
    return stats;
}

TaskStats with_io() {
    TaskStats stats = quiet();
    stats.delays[index(DelayKind::blkio)]->count = 1;
    return stats;
}

DelayAccounting accounting(Accounting state, std::optional<std::uint64_t> on_no_later_than_ns = {},
                           std::optional<std::uint64_t> off_until_ns = {}) {
    DelayAccounting result;
    result.state = state;
    result.on_no_later_than_ns = on_no_later_than_ns;
    result.off_until_ns = off_until_ns;
    return result;
}

DelayAbsence of_swapin(const TaskStats& stats, const DelayAccounting& machine, std::uint64_t start_ns = kStartNs) {
    return delay_absence(stats, DelayKind::swapin, machine, start_ns);
}

TEST(DelayAbsence, a_field_missing_from_the_version_is_always_absent) {
    TaskStats stats = with_io();
    stats.delays[index(DelayKind::irq)].reset();
    for (const Accounting state : {Accounting::on, Accounting::off, Accounting::not_compiled, Accounting::unknown}) {
        EXPECT_EQ(delay_absence(stats, DelayKind::irq, accounting(state, kBootNs), kStartNs),
                  DelayAbsence::kernel_lacks_it);
    }
}

TEST(DelayAbsence, cpu_wait_needs_no_accounting) {
    for (const Accounting state : {Accounting::on, Accounting::off, Accounting::not_compiled, Accounting::unknown}) {
        EXPECT_EQ(delay_absence(quiet(), DelayKind::cpu, accounting(state), kStartNs), DelayAbsence::none);
    }
}

TEST(DelayAbsence, on_an_old_kernel_cpu_wait_needs_accounting_too) {
    DelayAccounting old = accounting(Accounting::off);
    old.covers_cpu = true;
    EXPECT_EQ(delay_absence(quiet(), DelayKind::cpu, old, kStartNs), DelayAbsence::accounting_off);
    old.state = Accounting::on;
    EXPECT_EQ(delay_absence(quiet(), DelayKind::cpu, old, kStartNs), DelayAbsence::none);
}

TEST(DelayAbsence, on_an_old_kernel_cpu_time_proves_accounting) {
    DelayAccounting old = accounting(Accounting::on);
    old.covers_cpu = true;
    EXPECT_EQ(of_swapin(quiet(), old), DelayAbsence::none);
    TaskStats nothing = quiet();
    nothing.cpu_run_virtual_ns = 0;
    EXPECT_EQ(of_swapin(nothing, old), DelayAbsence::thread_may_be_older);
}

TEST(DelayAbsence, accounting_off_hides_what_is_left_from_when_it_was_on) {
    EXPECT_EQ(of_swapin(with_io(), accounting(Accounting::off, kBootNs)), DelayAbsence::accounting_off);
    EXPECT_EQ(of_swapin(quiet(), accounting(Accounting::off)), DelayAbsence::accounting_off);
    EXPECT_EQ(of_swapin(quiet(), accounting(Accounting::not_compiled)), DelayAbsence::not_compiled);
}

TEST(DelayAbsence, zero_is_a_number_when_accounting_is_on_since_boot) {
    EXPECT_EQ(of_swapin(quiet(), accounting(Accounting::on, kBootNs)), DelayAbsence::none);
    EXPECT_EQ(of_swapin(quiet(), accounting(Accounting::on, kBootNs), 0), DelayAbsence::none);
}

TEST(DelayAbsence, one_delay_proves_that_the_other_zeros_were_measured) {
    EXPECT_EQ(of_swapin(with_io(), accounting(Accounting::on)), DelayAbsence::none);
    EXPECT_EQ(of_swapin(with_io(), accounting(Accounting::unknown)), DelayAbsence::none);
}

TEST(DelayAbsence, a_thread_from_before_the_switch_has_none) {
    const DelayAccounting switched = accounting(Accounting::on, 6'000, 5'500);
    EXPECT_EQ(of_swapin(quiet(), switched, 5'000), DelayAbsence::thread_is_older);
    EXPECT_EQ(of_swapin(quiet(), switched, 5'499), DelayAbsence::thread_is_older);
    EXPECT_EQ(of_swapin(quiet(), switched, 5'500), DelayAbsence::thread_may_be_older);
    EXPECT_EQ(of_swapin(quiet(), switched, 5'999), DelayAbsence::thread_may_be_older);
    EXPECT_EQ(of_swapin(quiet(), switched, 6'000), DelayAbsence::none);
}

TEST(DelayAbsence, without_knowledge_zero_stays_in_doubt) {
    EXPECT_EQ(of_swapin(quiet(), accounting(Accounting::on)), DelayAbsence::thread_may_be_older);
    EXPECT_EQ(of_swapin(quiet(), accounting(Accounting::unknown)), DelayAbsence::thread_may_be_older);
    EXPECT_EQ(of_swapin(quiet(), accounting(Accounting::on, 6'000, 5'500), 0), DelayAbsence::thread_may_be_older);
}

TEST(DelayAbsence, each_reason_has_a_text) {
    EXPECT_THAT(absence_text(DelayAbsence::none, DelayKind::irq, 16), IsEmpty());
    EXPECT_THAT(absence_text(DelayAbsence::kernel_lacks_it, DelayKind::irq, 13),
                AllOf(HasSubstr("interrupts"), HasSubstr("Linux 6.4"), HasSubstr("has version 13")));
    EXPECT_THAT(absence_text(DelayAbsence::accounting_off, DelayKind::swapin, 16),
                AllOf(HasSubstr("swap-in"), HasSubstr("sysctl kernel.task_delayacct=1")));
    EXPECT_THAT(absence_text(DelayAbsence::not_compiled, DelayKind::swapin, 16), HasSubstr("CONFIG_TASK_DELAY_ACCT"));
    EXPECT_THAT(absence_text(DelayAbsence::thread_is_older, DelayKind::swapin, 16), HasSubstr("only newer threads"));
    EXPECT_THAT(absence_text(DelayAbsence::thread_may_be_older, DelayKind::swapin, 16), HasSubstr("may have been"));
}

TEST(TaskStatsNames, the_table_is_in_the_order_of_the_kinds) {
    for (std::size_t i = 0; i < kDelayKindCount; ++i) {
        EXPECT_EQ(index(delay_table()[i].kind), i);
        EXPECT_EQ(&info(delay_table()[i].kind), &delay_table()[i]);
    }
}

TEST(TaskStatsNames, a_name_without_a_nul_ends_with_its_field) {
    TaskStats stats;
    EXPECT_EQ(stats.comm(), "");
    stats.comm_bytes.fill('x');
    EXPECT_EQ(stats.comm().size(), 32U);
}

}  // namespace
}  // namespace tsa
