// SPDX-License-Identifier: MIT
// The table of the drill-down's probe, as bytes: order, names, merged kinds, concurrent writers.
#include "sched/wait_entries.h"

#include <gtest/gtest.h>

#include <string_view>

namespace tsa {
namespace {

constexpr std::uint64_t kFirstPlace = 0xffffffff81000010;
constexpr std::uint64_t kSecondPlace = 0xffffffff81000020;
constexpr std::uint64_t kOtherFunction = 0xffffffff82000000;

std::string_view name_of(std::uint64_t address) {
    return address == kFirstPlace || address == kSecondPlace ? "folio_wait" : address == 0 ? "" : "other_function";
}

tsa_wait_entry entry(TSA_U8 state, TSA_S32 syscall, TSA_U64 total_ns) {
    tsa_wait_entry made{};
    made.seq = 2;
    made.key.state = state;
    made.key.syscall = syscall;
    made.count = 1;
    made.total_ns = total_ns;
    made.max_ns = total_ns;
    made.max_at_ns = 1000 + total_ns;
    ++made.lengths[tsa_wait_bucket(total_ns)];
    return made;
}

class WaitEntries : public testing::Test {
  protected:
    const std::vector<WaitTotals>& read() {
        reader.read(table, table.size(), kinds);
        return kinds;
    }
    std::vector<tsa_wait_entry> table{tsa_wait_entry{}};  // without others
    WaitEntryReader reader{name_of};
    std::vector<WaitTotals> kinds;
};

TEST_F(WaitEntries, are_listed_with_most_time_first_and_all_that_is_known) {
    table.push_back(entry(TSA_SLEEP, 0, 50));
    table.back().key.argument = 7;
    table.push_back(entry(TSA_LOCK_WAIT, 202, 5'000'000));
    table.back().key.flags = TSA_F_COMPAT | TSA_F_KERNEL_LOCK;
    table.push_back(entry(TSA_CPU_WAIT, TSA_NO_SYSCALL, 700));
    table.back().key.flags = TSA_F_PREEMPTED;
    ASSERT_EQ(read().size(), 3U);
    EXPECT_EQ(kinds[0].kind.state, ThreadState::lock_wait);
    EXPECT_TRUE(kinds[0].kind.wait.compat);
    EXPECT_TRUE(kinds[0].kind.wait.kernel_lock);
    EXPECT_EQ(kinds[0].max_at_ns, 5'001'000U);
    EXPECT_EQ(kinds[0].lengths[wait_bucket(5'000'000)], 1U);
    EXPECT_EQ(kinds[1].kind.state, ThreadState::cpu_wait);
    EXPECT_TRUE(kinds[1].kind.preempted);
    EXPECT_EQ(kinds[2].kind.wait.args[0], 7U);
    EXPECT_EQ(kinds[2].kind.wait.syscall, 0);
    EXPECT_FALSE(kinds[2].kind.preempted);
}

TEST_F(WaitEntries, an_unused_table_is_empty) {
    EXPECT_TRUE(read().empty());
    reader.read({}, 1, kinds);
    EXPECT_TRUE(kinds.empty());
}

TEST_F(WaitEntries, what_had_no_room_is_others) {
    table[TSA_WAIT_OTHERS] = entry(0, 0, 9'000);
    table.push_back(entry(TSA_SLEEP, 0, 50));
    ASSERT_EQ(read().size(), 2U);
    EXPECT_TRUE(kinds[0].kind.others);
    EXPECT_EQ(kinds[0].kind.wait.syscall, -1);
    EXPECT_FALSE(kinds[1].kind.others);
}

TEST_F(WaitEntries, two_places_in_one_kernel_function_are_one_kind) {
    table.push_back(entry(TSA_UNINTERRUPTIBLE, 0, 500));
    table.back().key.ip = kOtherFunction;
    table.push_back(entry(TSA_UNINTERRUPTIBLE, 0, 300));
    table.back().key.ip = kFirstPlace;
    table.push_back(entry(TSA_UNINTERRUPTIBLE, 0, 400));
    table.back().key.ip = kSecondPlace;
    table.push_back(entry(TSA_UNINTERRUPTIBLE, 1, 200));
    table.back().key.ip = kSecondPlace;
    ASSERT_EQ(read().size(), 3U);
    EXPECT_EQ(kinds[0].kind.wait.kernel_function, "folio_wait");
    EXPECT_EQ(kinds[0].total_ns, 700U) << "in order by their sum";
    EXPECT_EQ(kinds[0].count, 2U);
    EXPECT_EQ(kinds[1].kind.wait.kernel_function, "other_function");
    EXPECT_EQ(kinds[2].total_ns, 200U) << "another system call";
}

TEST_F(WaitEntries, while_a_writer_is_inside_an_entry_stays_as_it_was) {
    table.push_back(entry(TSA_SLEEP, 0, 50));
    ASSERT_EQ(read().size(), 1U);
    table[1].seq = 3;
    table[1].total_ns = 70;
    EXPECT_EQ(read()[0].total_ns, 50U);
    table[1].seq = 4;
    EXPECT_EQ(read()[0].total_ns, 70U);
}

}  // namespace
}  // namespace tsa
