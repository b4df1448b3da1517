// SPDX-License-Identifier: MIT
// Delay accounting from the machine's files, and observations of when it started.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "taskstats/accounting.h"

namespace tsa::taskstats {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr std::uint64_t kNowNs = 100'000;

DelayAccounting first_look(std::optional<std::string_view> sysctl, std::string_view cmdline, std::string_view release) {
    AccountingWatch watch;
    watch.update(parse_accounting_facts(sysctl, cmdline, release), kNowNs);
    return watch.state();
}

AccountingFacts facts(bool on) {
    return parse_accounting_facts(on ? "1\n" : "0\n", "quiet\n", "6.18.44\n");
}

TEST(TaskstatsAccounting, the_sysctl_determines_on_or_off) {
    EXPECT_EQ(first_look("1\n", "", "6.18.44").state, Accounting::on);
    EXPECT_EQ(first_look("0\n", "delayacct", "6.18.44").state, Accounting::off);
    EXPECT_EQ(first_look("1\n", "", "6.18.44").on_no_later_than_ns, std::nullopt);
    EXPECT_FALSE(first_look("1\n", "", "6.18.44").covers_cpu);
}

TEST(TaskstatsAccounting, the_boot_option_covers_all_threads) {
    EXPECT_THAT(first_look("1\n", "root=/dev/vda delayacct quiet\n", "6.18.44").on_no_later_than_ns, Optional(Eq(0U)));
    for (const char* other : {"nodelayacct", "xdelayacct", "delayacct=1", "quiet -- delayacct"}) {
        EXPECT_EQ(first_look("1\n", other, "6.18.44").on_no_later_than_ns, std::nullopt) << other;
    }
}

TEST(TaskstatsAccounting, a_new_kernel_without_the_sysctl_was_built_without_accounting) {
    EXPECT_EQ(first_look(std::nullopt, "", "5.14.0-427.el9").state, Accounting::not_compiled);
    EXPECT_EQ(first_look(std::nullopt, "", "6.18.44-x").state, Accounting::not_compiled);
}

TEST(TaskstatsAccounting, an_old_kernel_has_it_on_by_default_also_for_the_cpu) {
    const DelayAccounting on = first_look(std::nullopt, "quiet", "5.10.0-46-cloud-amd64");
    EXPECT_EQ(on.state, Accounting::on);
    EXPECT_TRUE(on.covers_cpu);
    EXPECT_EQ(first_look(std::nullopt, "nodelayacct", "4.19.0").state, Accounting::off);
}

TEST(TaskstatsAccounting, what_cannot_be_understood_is_unknown) {
    for (const char* release : {"", "x", "6", "6.", "6.x", "-1.2", "6.1000", "99999999999.1"}) {
        EXPECT_EQ(first_look(std::nullopt, "", release).state, Accounting::unknown) << release;
    }
    EXPECT_EQ(first_look("", "", "").state, Accounting::unknown);
    EXPECT_EQ(first_look("yes", "", "").state, Accounting::unknown);
}

TEST(TaskstatsAccounting, a_switch_that_was_seen_parts_older_threads_from_newer) {
    AccountingWatch watch;
    watch.update(facts(false), 1'000);
    EXPECT_EQ(watch.state().state, Accounting::off);
    watch.update(facts(false), 2'000);
    watch.update(facts(true), 3'000);
    watch.update(facts(true), 4'000);
    EXPECT_EQ(watch.state().state, Accounting::on);
    EXPECT_THAT(watch.state().off_until_ns, Optional(Eq(2'000U)));
    EXPECT_THAT(watch.state().on_no_later_than_ns, Optional(Eq(3'000U)));
}

TEST(TaskstatsAccounting, threads_that_prove_it_move_its_beginning_back) {
    AccountingWatch watch;
    watch.update(facts(true), 9'000);
    watch.saw_accounted_thread(7'000);
    watch.saw_accounted_thread(8'000);
    EXPECT_THAT(watch.state().on_no_later_than_ns, Optional(Eq(7'000U)));
    watch.saw_accounted_thread(0);  // start unknown
    EXPECT_THAT(watch.state().on_no_later_than_ns, Optional(Eq(7'000U)));
}

TEST(TaskstatsAccounting, observations_from_before_it_was_seen_off_are_dropped) {
    AccountingWatch watch;
    watch.update(facts(true), 1'000);
    watch.saw_accounted_thread(500);
    watch.update(facts(false), 2'000);
    watch.update(facts(true), 3'000);
    watch.saw_accounted_thread(500);  // its delays are from the earlier period
    EXPECT_THAT(watch.state().on_no_later_than_ns, Optional(Eq(3'000U)));
    watch.saw_accounted_thread(2'500);
    EXPECT_THAT(watch.state().on_no_later_than_ns, Optional(Eq(2'500U)));
}

TEST(TaskstatsAccounting, a_boot_option_is_ignored_once_it_was_seen_off) {
    AccountingWatch watch;
    watch.update(parse_accounting_facts("0\n", "delayacct", "6.18.44"), 1'000);
    watch.update(parse_accounting_facts("1\n", "delayacct", "6.18.44"), 2'000);
    watch.update(parse_accounting_facts("1\n", "delayacct", "6.18.44"), 3'000);
    EXPECT_THAT(watch.state().on_no_later_than_ns, Optional(Eq(2'000U)));
}

TEST(TaskstatsAccounting, a_root_without_files_is_unknown) {
    AccountingWatch watch;
    watch.update(read_accounting_facts("/nonexistent/"), kNowNs);
    EXPECT_EQ(watch.state().state, Accounting::unknown);
}

}  // namespace
}  // namespace tsa::taskstats
