// SPDX-License-Identifier: MIT
// The column table: the schema's keys in the schema's order, absence, sorting, names.
#include "model/columns.h"

#include <gmock/gmock.h>
#include <sys/syscall.h>

#include <map>
#include <set>
#include <string>

#include "model/derived_columns.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using testing::LiteralReport;

Value cell(const LiteralReport& literal, std::string_view key, std::size_t row = 0) {
    return find_column(key)->of_thread(literal.report, literal.report.threads.at(row));
}

TEST(Columns, keys_and_their_order_are_the_schema) {
    const std::vector<std::string_view> schema{"tid",
                                               "tgid",
                                               "start_time_ns",
                                               "comm",
                                               "kernel",
                                               "uid",
                                               "state",
                                               "state_age_ns",
                                               "state_age_is_lower_bound",
                                               "wait_on",
                                               "wait_arg0",
                                               "wait_owner_tid",
                                               "wall_ns",
                                               "exec_ns",
                                               "cpu_wait_ns",
                                               "cpu_wait_preempted_ns",
                                               "io_wait_ns",
                                               "swap_wait_ns",
                                               "mem_wait_ns",
                                               "lock_wait_ns",
                                               "uninterruptible_ns",
                                               "sleep_ns",
                                               "idle_ns",
                                               "stopped_ns",
                                               "zombie_ns",
                                               "voluntary_switches",
                                               "involuntary_switches",
                                               "rss_bytes",
                                               "read_bytes",
                                               "write_bytes"};
    std::vector<std::string_view> keys;
    for (const Column& column : columns().first(schema.size())) {
        keys.push_back(column.key);
    }
    EXPECT_EQ(keys, schema);
}

TEST(Columns, keys_are_unique_and_each_has_a_head_that_fits_and_words) {
    std::set<std::string_view> keys;
    for (const Column& column : columns()) {
        EXPECT_TRUE(keys.insert(column.key).second) << column.key;
        EXPECT_LE(column.head.size(), static_cast<std::size_t>(column.width)) << column.key;
        EXPECT_FALSE(column.help.empty()) << column.key;
        EXPECT_EQ(find_column(column.key), &column);
    }
}

TEST(Columns, each_state_has_a_column_that_reads_that_state) {
    LiteralReport literal;
    literal.add(7, "x");
    for (std::size_t i = 0; i < kStateCount; ++i) {
        literal.report.threads[0].state_ns[i] = 100 + i;
    }
    for (const StateInfo& state : state_table()) {
        const std::string key = std::string(state.key) + "_ns";
        ASSERT_NE(find_column(key), nullptr) << key;
        EXPECT_EQ(cell(literal, key).integer, static_cast<std::int64_t>(100 + index(state.state))) << key;
    }
}

TEST(Columns, wait_is_absent_unless_blocked) {
    LiteralReport literal;
    Thread& thread = literal.add(7, "x");
    thread.wait.syscall = SYS_read;
    thread.wait.args = {3, 0, 0};
    thread.wait.owner_tid = 9;
    for (const ThreadState state :
         {ThreadState::exec, ThreadState::cpu_wait, ThreadState::stopped, ThreadState::zombie}) {
        thread.state = state;
        EXPECT_FALSE(cell(literal, "wait_on").present());
        EXPECT_FALSE(cell(literal, "wait_arg0").present());
        EXPECT_FALSE(cell(literal, "wait_owner_tid").present());
    }
    thread.state = ThreadState::sleep;
    EXPECT_EQ(cell(literal, "wait_on").text, "read");
    EXPECT_EQ(cell(literal, "wait_arg0").integer, 3);
    EXPECT_EQ(cell(literal, "wait_owner_tid").integer, 9);
}

TEST(Columns, an_ended_thread_has_no_state_and_no_age) {
    LiteralReport literal;
    literal.add_exited(7, "x", 5);
    for (const std::string_view key : {"state", "state_age_ns", "state_age_is_lower_bound", "wait_on"}) {
        EXPECT_FALSE(find_column(key)->of_thread(literal.report, literal.report.exited[0]).present()) << key;
    }
}

TEST(Columns, what_was_not_measured_is_absent_and_not_zero) {
    LiteralReport literal;
    Thread& thread = literal.add(7, "kworker");
    thread.kernel = true;
    EXPECT_FALSE(cell(literal, "rss_bytes").present());
    EXPECT_FALSE(cell(literal, "read_bytes").present());
    EXPECT_TRUE(cell(literal, "minor_faults").present());
}

TEST(Columns, the_age_runs_from_the_beginning_of_the_state) {
    LiteralReport literal;
    literal.add(7, "x").since_ns = literal.report.now_ns - 42;
    EXPECT_EQ(cell(literal, "state_age_ns").integer, 42);
    // An event that came while the sample was being read.
    LiteralReport later;
    later.add(7, "x").since_ns = later.report.now_ns + 42;
    EXPECT_EQ(cell(later, "state_age_ns").integer, 0);
}

TEST(SortThreads, absent_goes_last_in_either_direction_and_ties_go_by_tid) {
    LiteralReport literal;
    literal.add(30, "a").rss_bytes = 5;
    literal.add(20, "b");
    literal.add(10, "c").rss_bytes = 5;
    literal.add(40, "d").rss_bytes = 9;
    std::vector<const ThreadRow*> rows;
    for (const ThreadRow& row : literal.report.threads) {
        rows.push_back(&row);
    }
    const auto order = [&](bool descending) {
        ThreadSorter().sort(rows, literal.report, *find_column("rss_bytes"), descending, 0);
        std::vector<std::uint32_t> tids;
        for (const ThreadRow* row : rows) {
            tids.push_back(row->now->tid);
        }
        return tids;
    };
    EXPECT_THAT(order(true), ::testing::ElementsAre(40, 10, 30, 20));
    EXPECT_THAT(order(false), ::testing::ElementsAre(10, 30, 40, 20));
}

TEST(SortThreads, the_first_few_are_those_of_the_whole_order) {
    LiteralReport literal;
    for (std::uint32_t i = 0; i < 200; ++i) {
        literal.add(1000 + i, "x").rss_bytes = i * 7919 % 50;
    }
    std::vector<const ThreadRow*> all;
    for (const ThreadRow& row : literal.report.threads) {
        all.push_back(&row);
    }
    ThreadSorter sorter;
    std::vector<const ThreadRow*> some = all;
    sorter.sort(all, literal.report, *find_column("rss_bytes"), true, 0);
    ASSERT_EQ(all.size(), 200U);
    for (const std::size_t count : {1UL, 20UL, 199UL, 500UL}) {
        std::vector<const ThreadRow*> first = some;
        sorter.sort(first, literal.report, *find_column("rss_bytes"), true, count);
        EXPECT_EQ(first,
                  std::vector(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(count, all.size()))));
    }
}

TEST(FindSortColumn, takes_keys_friendly_names_and_keys_without_their_unit) {
    EXPECT_EQ(find_sort_column("cpu"), find_column("exec_ns"));
    EXPECT_EQ(find_sort_column("mem"), find_column("rss_bytes"));
    EXPECT_EQ(find_sort_column("delay"), &shown_delay_column());
    EXPECT_EQ(find_sort_column("lost"), &shown_delay_column()) << "its name in the first version";
    EXPECT_EQ(find_sort_column("latency"), find_column("latency_ns"));
    EXPECT_EQ(find_sort_column("lock"), find_column("lock_wait_ns"));
    EXPECT_EQ(find_sort_column("io_wait"), find_column("io_wait_ns"));
    EXPECT_EQ(find_sort_column("rss"), find_column("rss_bytes"));
    EXPECT_EQ(find_sort_column("tid"), find_column("tid"));
    EXPECT_EQ(find_sort_column("nonsense"), nullptr);
    EXPECT_EQ(find_sort_column(""), nullptr);
}

TEST(SyscallName, knows_this_architectures_numbers_and_newer_ones_than_the_header) {
    EXPECT_EQ(syscall_name(SYS_read), "read");
    EXPECT_EQ(syscall_name(SYS_futex), "futex");
    EXPECT_EQ(syscall_name(SYS_clock_nanosleep), "clock_nanosleep");
    EXPECT_EQ(syscall_name(449), "futex_waitv");
    EXPECT_EQ(syscall_name(455), "futex_wait");
    EXPECT_EQ(syscall_name(-1), "");
    EXPECT_EQ(syscall_name(100'000), "");
}

TEST(WaitOn, tells_a_fault_a_kernel_lock_and_a_foreign_table_apart) {
    Thread thread;
    thread.state = ThreadState::swap_wait;
    EXPECT_EQ(wait_on(thread).text, "page fault");
    thread.wait.syscall = 4;
    thread.wait.compat = true;
    EXPECT_EQ(wait_on(thread).text, "32-bit system call");
    thread.wait.kernel_lock = true;
    EXPECT_EQ(wait_on(thread).text, "kernel lock");
    Thread kernel;
    kernel.kernel = true;
    kernel.state = ThreadState::uninterruptible;
    EXPECT_FALSE(wait_on(kernel).present());
    kernel.wait.kernel_function = "jbd2_journal_commit";
    EXPECT_EQ(wait_on(kernel).text, "jbd2_journal_commit");
}

TEST(PlainColumns, priority_is_that_of_the_kernel) {
    Report report;
    Thread thread;
    ThreadRow row;
    row.now = &thread;
    const auto priority = [&](std::uint8_t policy, std::int8_t nice, std::uint8_t real_time) {
        thread.policy = policy;
        thread.nice = nice;
        thread.rt_priority = real_time;
        return find_column("priority")->of_thread(report, row).integer;
    };
    EXPECT_EQ(priority(0, 0, 0), 20);
    EXPECT_EQ(priority(3, 19, 0), 39);
    EXPECT_EQ(priority(5, -20, 0), 0);
    EXPECT_EQ(priority(1, 0, 50), -51);
    EXPECT_EQ(priority(2, 5, 99), -100);
    EXPECT_EQ(priority(6, 0, 0), -101);
    EXPECT_EQ(priority(7, 1, 0), 21);
}

TEST(PlainColumns, the_letter_is_that_of_ps) {
    using enum ThreadState;
    Report report;
    Thread thread;
    ThreadRow row;
    row.now = &thread;
    const auto letter_in = [&](ThreadState state) {
        thread.state = state;
        return std::string(find_column("state_letter")->of_thread(report, row).text);
    };
    const std::map<ThreadState, std::string> expected{
        {exec, "R"}, {cpu_wait, "R"},        {io_wait, "D"}, {swap_wait, "D"}, {mem_wait, "D"}, {lock_wait, "S"},
        {sync, "S"}, {uninterruptible, "D"}, {sleep, "S"},   {idle, "S"},      {stopped, "T"},  {zombie, "Z"}};
    ASSERT_EQ(expected.size(), kStateCount);
    for (const auto& [state, letter] : expected) {
        EXPECT_EQ(letter_in(state), letter) << info(state).key;
    }
    thread.wait.kernel_lock = true;
    EXPECT_EQ(letter_in(lock_wait), "D");
    thread.wait.syscall = *syscall_number("io_uring_enter");
    EXPECT_EQ(letter_in(io_wait), "S");
    thread.wait.kind = FutexKind::frozen;
    EXPECT_EQ(letter_in(stopped), "S");
    thread.wait.kind = FutexKind::traced;
    EXPECT_EQ(letter_in(stopped), "t");
    thread.wait.kind = FutexKind::disk_sleep;
    EXPECT_EQ(letter_in(sleep), "D");
    thread.wait.kind = FutexKind::none;
    thread.kernel = true;
    EXPECT_EQ(letter_in(stopped), "P");
    EXPECT_EQ(letter_in(idle), "S") << "such as ksoftirqd";
    thread.wait.kind = FutexKind::idle_task;
    EXPECT_EQ(letter_in(idle), "I");
    thread.wait.kind = FutexKind::none;
    thread.measured &= ~kMeasuredIdleTask;
    EXPECT_EQ(letter_in(idle), "") << "in a recording";
    row.exit_time_unix_ns = 5;
    EXPECT_EQ(letter_in(zombie), "");
}

TEST(PlainColumns, elapsed_is_since_the_start_and_absent_without_an_uptime) {
    Report report;
    Thread thread;
    thread.start_time_ns = 40'000'000'000;
    ThreadRow row;
    row.now = &thread;
    const Column& elapsed = *find_column("elapsed");
    EXPECT_FALSE(elapsed.of_thread(report, row).present());
    report.system.now.uptime_s = 100.5;
    EXPECT_EQ(elapsed.of_thread(report, row).integer, 60'500'000'000);
    report.system.now.uptime_s = 39.99;  // of another moment
    EXPECT_EQ(elapsed.of_thread(report, row).integer, 0);
    EXPECT_EQ(find_sort_column("pri"), find_column("priority"));
}

}  // namespace
}  // namespace tsa
