// SPDX-License-Identifier: MIT
// Literal rows in, reports out: what a row restores, which thread a row belongs to, and when a thread is gone.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "model/columns.h"
#include "model/delays.h"
#include "record/player_threads.h"
#include "record/recording.h"
#include "unit/allocations.h"
#include "unit/recording_folder.h"

namespace tsa {
namespace {

using testing::RecordingFolder;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::string_view kHeader =
    "time_unix_ns,interval_ns,tid,start_time_ns,comm,state,state_age_ns,wait_on,wait_arg0,wall_ns,exec_ns,cpu_wait_ns,"
    "cpu_wait_preempted_ns,io_wait_ns,sleep_ns,idle_ns,zombie_ns,voluntary_switches,involuntary_switches,read_bytes,"
    "exit_time_unix_ns,quiet_ns,tid_before\r\n";

/// One line; times in ms. States in the order of the header.
struct Line {
    std::uint64_t at_s = 1;
    std::uint32_t tid = 7;
    std::uint64_t start = 70;
    std::string comm = "a", state = "idle";
    std::uint64_t age_ms = 1000;
    std::string wait_on = "", wait_arg0 = "";
    std::uint64_t exec_ms = 0, cpu_wait_ms = 0, preempted_ms = 0, io_wait_ms = 0, sleep_ms = 0, idle_ms = 0,
                  zombie_ms = 0;
    std::uint64_t voluntary = 0, involuntary = 0, read = 0;
    std::uint64_t exit_ms = 0, quiet_ms = 0;
    std::uint32_t tid_before = 0;

    [[nodiscard]] std::string text() const {
        const auto ns = [](std::uint64_t ms) { return ms * 1'000'000; };
        const auto unless_0 = [](std::uint64_t value) { return value == 0 ? "" : fmt::format("{}", value); };
        const std::uint64_t wall_ms = exec_ms + cpu_wait_ms + io_wait_ms + sleep_ms + idle_ms + zombie_ms;
        return fmt::format(
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", 100 * kSecond + at_s * kSecond,
            kSecond, tid, start, comm, exit_ms != 0 ? "" : state, exit_ms != 0 ? "" : fmt::format("{}", ns(age_ms)),
            wait_on, wait_arg0, ns(wall_ms), ns(exec_ms), ns(cpu_wait_ms), ns(preempted_ms), ns(io_wait_ms),
            ns(sleep_ms), ns(idle_ms), ns(zombie_ms), voluntary, involuntary, read,
            unless_0(exit_ms == 0 ? 0 : 100 * kSecond + ns(exit_ms)), unless_0(ns(quiet_ms)), unless_0(tid_before));
    }
};

/// A recording of these lines, with a system line for each second until the last one.
class Played {
  public:
    explicit Played(const std::vector<Line>& lines, std::uint64_t seconds = 0, const std::string& meta = {}) {
        std::string rows(kHeader), system = "time_unix_ns,interval_ns,monotonic_ns,rows\r\n";
        for (const Line& line : lines) {
            rows += line.text();
            seconds = std::max(seconds, line.at_s);
        }
        for (std::uint64_t at = 1; at <= seconds; ++at) {
            const auto count = std::ranges::count(lines, at, &Line::at_s);
            system += fmt::format("{},{},{},{}\r\n", (100 + at) * kSecond, kSecond, (20 + at) * kSecond, count);
        }
        folder_.put("threads.csv", rows);
        folder_.put("system.csv", system);
        if (!meta.empty()) {
            folder_.put("meta.json", meta);
        }
        Result<std::unique_ptr<Recording>> recording = Recording::open(folder_.path());
        EXPECT_TRUE(recording.ok()) << recording.error().text();
        recording_ = std::move(recording).value();
        player_ = std::make_unique<Player>(*recording_);
    }
    const Report& at(std::uint64_t second) {
        const Result<const Report*> report = player_->seek(second - 1);
        EXPECT_TRUE(report.ok()) << report.error().text();
        return *report.value();
    }
    [[nodiscard]] Player& player() { return *player_; }

  private:
    RecordingFolder folder_;
    std::unique_ptr<Recording> recording_;
    std::unique_ptr<Player> player_;
};

const ThreadRow* row_of(const std::vector<ThreadRow>& rows, std::uint32_t tid) {
    const auto found = std::ranges::find_if(rows, [&](const ThreadRow& row) { return row.now->tid == tid; });
    return found != rows.end() ? &*found : nullptr;
}

TEST(RecordPlayer, a_thread_without_a_row_goes_on_in_its_state) {
    Played played({{.at_s = 1, .idle_ms = 1000}}, 5);
    for (std::uint64_t second = 2; second <= 5; ++second) {
        const Report& report = played.at(second);
        ASSERT_EQ(report.threads.size(), 1U);
        const ThreadRow& row = report.threads[0];
        EXPECT_TRUE(row.quiet);
        EXPECT_EQ(row.wall_ns, kSecond);
        EXPECT_EQ(row.state_ns[index(ThreadState::idle)], kSecond);
        EXPECT_EQ(closed_at_ns(*row.now, report.now_ns) - row.now->since_ns, second * kSecond);
        EXPECT_EQ(report.source, Source::replay);
    }
}

TEST(RecordPlayer, quiet_time_is_before_the_interval_in_the_state_of_the_previous_row) {
    Played played({{.at_s = 1, .idle_ms = 1000},
                   {.at_s = 4,
                    .state = "sleep",
                    .age_ms = 300,
                    .exec_ms = 200,
                    .sleep_ms = 300,
                    .idle_ms = 2500,
                    .quiet_ms = 2000}});
    EXPECT_EQ(played.at(3).threads[0].state_ns[index(ThreadState::idle)], kSecond);
    const ThreadRow& row = played.at(4).threads[0];
    EXPECT_EQ(row.wall_ns, kSecond);
    EXPECT_EQ(row.state_ns[index(ThreadState::idle)], kSecond / 2);
    EXPECT_EQ(row.state_ns[index(ThreadState::exec)], kSecond / 5);
    EXPECT_EQ(row.state_ns[index(ThreadState::sleep)], 3 * kSecond / 10);
    // The same without a known previous row.
    Played alone({{.at_s = 4,
                   .state = "sleep",
                   .age_ms = 300,
                   .exec_ms = 200,
                   .sleep_ms = 300,
                   .idle_ms = 2500,
                   .quiet_ms = 2000}});
    EXPECT_EQ(alone.at(4).threads[0].wall_ns, kSecond);
    EXPECT_EQ(alone.at(4).threads[0].state_ns[index(ThreadState::idle)], kSecond / 2);
    EXPECT_NE(alone.at(4).threads[0].before, nullptr);
}

TEST(RecordPlayer, counters_are_of_the_interval_whatever_came_before) {
    Played played({{.at_s = 1, .exec_ms = 400, .idle_ms = 600, .voluntary = 5, .involuntary = 2, .read = 4096},
                   {.at_s = 2, .exec_ms = 100, .idle_ms = 900, .voluntary = 1, .involuntary = 3, .read = 512}});
    for (int round = 0; round < 2; ++round) {
        const ThreadRow first = played.at(1).threads[0];
        EXPECT_EQ(first.voluntary_switches(), 5U);
        EXPECT_EQ(first.read_bytes(), 4096U);
        const ThreadRow second = played.at(2).threads[0];
        EXPECT_EQ(second.voluntary_switches(), 1U);
        EXPECT_EQ(second.involuntary_switches(), 3U);
        EXPECT_EQ(second.read_bytes(), 512U);
    }
}

TEST(RecordPlayer, a_thread_is_there_before_the_interval_unless_its_row_begins_inside) {
    Played played({{.at_s = 1, .tid = 7, .idle_ms = 1000},
                   {.at_s = 1, .tid = 8, .start = 80, .age_ms = 100, .exec_ms = 300, .idle_ms = 100},
                   {.at_s = 2, .tid = 7, .idle_ms = 1000},
                   {.at_s = 2, .tid = 9, .start = 90, .age_ms = 100, .exec_ms = 300, .idle_ms = 100}});
    EXPECT_NE(row_of(played.at(1).threads, 7)->before, nullptr);
    EXPECT_EQ(row_of(played.at(1).threads, 8)->before, nullptr);
    EXPECT_NE(row_of(played.at(2).threads, 8)->before, nullptr);
    EXPECT_EQ(row_of(played.at(2).threads, 9)->before, nullptr);
}

TEST(RecordPlayer, a_tid_that_is_used_again_is_another_thread) {
    Played played({{.at_s = 1, .start = 70, .exec_ms = 1000},
                   {.at_s = 2, .start = 99, .age_ms = 100, .exec_ms = 200, .idle_ms = 100},
                   {.at_s = 2, .start = 70, .exec_ms = 500, .exit_ms = 1500}});
    const Report& report = played.at(2);
    ASSERT_EQ(report.threads.size(), 1U);
    EXPECT_EQ(report.threads[0].before, nullptr);
    EXPECT_EQ(report.threads[0].wall_ns, 3 * kSecond / 10);
    ASSERT_EQ(report.exited.size(), 1U);
    EXPECT_EQ(report.exited[0].wall_ns, kSecond / 2);
    EXPECT_EQ(report.exited[0].exit_time_unix_ns, 101 * kSecond + kSecond / 2);
    EXPECT_NE(report.exited[0].before, nullptr);
}

TEST(RecordPlayer, a_reused_tid_ends_a_thread_whose_end_was_dropped) {
    Played played({{.at_s = 1, .start = 70, .idle_ms = 1000},
                   {.at_s = 2, .start = 99, .age_ms = 100, .exec_ms = 200, .idle_ms = 100}});
    ASSERT_EQ(played.at(2).threads.size(), 1U);
    EXPECT_EQ(played.at(2).threads[0].now->start_time_ns, 99U);
}

TEST(RecordPlayer, an_exec_by_a_thread_that_is_not_the_leader_keeps_the_threads_life) {
    Played played({{.at_s = 1, .tid = 7, .start = 70, .comm = "leader", .idle_ms = 1000},
                   {.at_s = 1, .tid = 8, .start = 80, .comm = "other", .exec_ms = 1000},
                   {.at_s = 2, .tid = 7, .start = 70, .comm = "new", .exec_ms = 400, .idle_ms = 600, .tid_before = 8},
                   {.at_s = 2, .tid = 7, .start = 70, .comm = "leader", .idle_ms = 500, .exit_ms = 1500}});
    const Report& report = played.at(2);
    ASSERT_EQ(report.threads.size(), 1U);
    ASSERT_EQ(report.exited.size(), 1U);
    const ThreadRow& alive = report.threads[0];
    EXPECT_EQ(comm_of(*alive.now), "new");
    ASSERT_NE(alive.before, nullptr);
    EXPECT_EQ(alive.before->tid, 8U);
    EXPECT_EQ(comm_of(*alive.before), "other");
    EXPECT_EQ(alive.wall_ns, kSecond);
    ASSERT_NE(report.exited[0].before, nullptr);
    EXPECT_EQ(comm_of(*report.exited[0].before), "leader");
    EXPECT_EQ(report.exited[0].wall_ns, kSecond / 2);
    EXPECT_EQ(played.player().bad_lines(), 0U);
}

TEST(RecordPlayer, a_thread_that_died_while_it_was_read_keeps_the_time_beyond_the_reading) {
    Played played({{.at_s = 1, .idle_ms = 1000},
                   {.at_s = 2, .state = "zombie", .age_ms = 0, .idle_ms = 1003},
                   {.at_s = 3, .exit_ms = 2003}});
    EXPECT_EQ(played.at(2).threads.at(0).wall_ns, 1'003'000'000U);
    EXPECT_EQ(played.at(3).exited.at(0).wall_ns, 0U);
}

TEST(RecordPlayer, a_row_of_proc_that_begins_late_is_of_the_thread_with_that_name) {
    // Read 15 ms after the second interval's end, and gone at the next read.
    Played played({{.at_s = 1, .tid = 7, .idle_ms = 1000},
                   {.at_s = 2, .tid = 8, .start = 80, .state = "exec", .age_ms = 0, .exec_ms = 400},
                   {.at_s = 3, .tid = 8, .start = 80, .exit_ms = 2015}},
                  4, R"({"schema":1,"source":"procfs","interval_ms":1000})");
    EXPECT_EQ(played.at(2).threads.size(), 2U);
    const Report& report = played.at(3);
    ASSERT_EQ(report.exited.size(), 1U);
    EXPECT_NE(report.exited[0].before, nullptr);
    EXPECT_EQ(report.exited[0].wall_ns, 0U);
    EXPECT_EQ(report.threads.size(), 1U) << "no phantom of it runs on";
    EXPECT_EQ(played.at(4).threads.size(), 1U);
}

TEST(RecordPlayer, a_thread_without_rows_for_longer_than_the_limit_is_gone) {
    Played played({{.at_s = 1, .tid = 7, .idle_ms = 1000},
                   {.at_s = 1, .tid = 8, .idle_ms = 1000},
                   {.at_s = 9, .tid = 8, .idle_ms = 8000, .quiet_ms = 7000}},
                  14, R"({"schema":1,"quiet_limit_ns":8000000000,"interval_ms":1000})");
    EXPECT_EQ(played.at(11).threads.size(), 2U);
    EXPECT_EQ(played.at(12).threads.size(), 1U);
    EXPECT_EQ(played.at(14).threads.size(), 1U);
    EXPECT_EQ(played.at(11).threads.size(), 2U);
}

TEST(RecordPlayer, wait_names_are_restored_exactly) {
    Played played({{.tid = 1, .wait_on = "epoll_pwait", .wait_arg0 = "5", .idle_ms = 1000},
                   {.tid = 2, .state = "io_wait", .wait_on = "page fault", .io_wait_ms = 1000},
                   {.tid = 3, .wait_on = "futex", .idle_ms = 1000},
                   {.tid = 4, .wait_on = "unknown system call", .wait_arg0 = "1", .idle_ms = 1000},
                   {.tid = 5, .wait_on = "32-bit system call", .wait_arg0 = "2", .idle_ms = 1000},
                   {.tid = 6, .wait_on = "kernel lock", .wait_arg0 = "18446744073709551615", .idle_ms = 1000},
                   {.tid = 7, .idle_ms = 1000}});
    const Report& report = played.at(1);
    const auto words = [&](std::uint32_t tid) { return wait_on(*row_of(report.threads, tid)->now).text; };
    EXPECT_EQ(words(1), "epoll_pwait");
    EXPECT_EQ(row_of(report.threads, 1)->now->wait.syscall, *syscall_number("epoll_pwait"));
    EXPECT_EQ(words(2), "page fault");
    EXPECT_EQ(words(3), "futex");
    EXPECT_EQ(row_of(report.threads, 3)->now->wait.syscall, -1) << "a function of the kernel has no argument";
    EXPECT_EQ(words(4), "unknown system call");
    EXPECT_EQ(words(5), "32-bit system call");
    EXPECT_EQ(words(6), "kernel lock");
    EXPECT_EQ(row_of(report.threads, 6)->now->wait.args[0], UINT64_MAX);
    EXPECT_FALSE(wait_on(*row_of(report.threads, 7)->now).present());
}

TEST(RecordPlayer, a_name_that_was_escaped_is_raw_again) {
    Played played({{.tid = 1, .comm = "\\x1b[31mred\\x0a\\x0a", .idle_ms = 1000},
                   {.tid = 2, .comm = "\\x1b", .idle_ms = 1000},
                   {.tid = 3, .comm = "a text longer than any name\\xzz", .idle_ms = 1000}});
    const Report& report = played.at(1);
    EXPECT_EQ(comm_of(*row_of(report.threads, 1)->now), "\x1b[31mred\n\n");
    EXPECT_EQ(comm_of(*row_of(report.threads, 2)->now), "\\x1b");
    EXPECT_EQ(comm_of(*row_of(report.threads, 3)->now), "a text longer t");
}

TEST(RecordPlayer, preemption_is_derived_from_the_times) {
    Played played({{.tid = 1,
                    .state = "cpu_wait",
                    .age_ms = 300,
                    .exec_ms = 700,
                    .cpu_wait_ms = 300,
                    .preempted_ms = 300,
                    .involuntary = 1},
                   {.tid = 2, .state = "cpu_wait", .age_ms = 300, .cpu_wait_ms = 300, .idle_ms = 700},
                   {.tid = 3, .state = "cpu_wait", .age_ms = 2500, .cpu_wait_ms = 1000, .preempted_ms = 1000},
                   {.tid = 4,
                    .state = "cpu_wait",
                    .age_ms = 100,
                    .exec_ms = 400,
                    .cpu_wait_ms = 600,
                    .preempted_ms = 500,
                    .involuntary = 1}});
    const Report& report = played.at(1);
    EXPECT_TRUE(row_of(report.threads, 1)->now->preempted);
    EXPECT_FALSE(row_of(report.threads, 2)->now->preempted);
    EXPECT_TRUE(row_of(report.threads, 3)->now->preempted);
    EXPECT_FALSE(row_of(report.threads, 4)->now->preempted);
    EXPECT_EQ(row_of(report.threads, 3)->part_ns[Part::preempted], kSecond);
    EXPECT_EQ(row_of(report.threads, 4)->part_ns[Part::preempted], kSecond / 2);
}

TEST(RecordPlayer, columns_of_delay_accounting_come_back) {
    const RecordingFolder folder;
    folder.put("threads.csv",
               "time_unix_ns,interval_ns,tid,start_time_ns,wall_ns,idle_ns,taskstats_version,"
               "taskstats_cpu_run_virtual_ns,taskstats_cpu_delay_ns,taskstats_cpu_delay_count,taskstats_blkio_delay_ns,"
               "taskstats_max_rss_bytes,verdict_exec\r\n"
               "1000000000,1000000000,7,70,1000000000,1000000000,16,123,456,3,,8192,agree\r\n"
               "1000000000,1000000000,8,80,1000000000,1000000000,16,,,,,4096,\r\n"
               "1000000000,1000000000,9,90,1000000000,1000000000,,,,,,,\r\n");
    Result<std::unique_ptr<Recording>> recording = Recording::open(folder.path());
    ASSERT_TRUE(recording.ok()) << recording.error().text();
    Player player(*recording.value());
    const Result<const Report*> report = player.seek(0);
    ASSERT_TRUE(report.ok());
    const auto cell = [&](std::uint32_t tid, std::string_view key) {
        return find_column(key)->of_thread(*report.value(), *row_of(report.value()->threads, tid));
    };
    EXPECT_EQ(cell(7, "taskstats_version").integer, 16);
    EXPECT_EQ(cell(7, "taskstats_cpu_run_virtual_ns").integer, 123);
    EXPECT_EQ(cell(7, "taskstats_cpu_delay_ns").integer, 456);
    EXPECT_EQ(cell(7, "taskstats_cpu_delay_count").integer, 3);
    EXPECT_FALSE(cell(7, "taskstats_blkio_delay_ns").present());
    EXPECT_EQ(cell(7, "taskstats_max_rss_bytes").integer, 8192);
    EXPECT_FALSE(cell(8, "taskstats_cpu_run_virtual_ns").present());
    EXPECT_EQ(cell(8, "taskstats_max_rss_bytes").integer, 4096);
    EXPECT_FALSE(cell(9, "taskstats_version").present());
}

TEST(RecordPlayer, a_real_time_priority_comes_back) {
    const RecordingFolder folder;
    folder.put("threads.csv",
               "time_unix_ns,interval_ns,tid,start_time_ns,wall_ns,idle_ns,policy,rt_priority\r\n"
               "1000000000,1000000000,7,70,1000000000,1000000000,1,50\r\n"
               "1000000000,1000000000,8,80,1000000000,1000000000,0,\r\n");
    Result<std::unique_ptr<Recording>> recording = Recording::open(folder.path());
    ASSERT_TRUE(recording.ok()) << recording.error().text();
    Player player(*recording.value());
    const Result<const Report*> report = player.seek(0);
    ASSERT_TRUE(report.ok());
    const Column* column = find_column("rt_priority");
    EXPECT_EQ(column->of_thread(*report.value(), *row_of(report.value()->threads, 7)).integer, 50);
    EXPECT_FALSE(column->of_thread(*report.value(), *row_of(report.value()->threads, 8)).present());
}

TEST(RecordPlayer, every_column_is_read_back_unless_it_follows_from_others) {
    for (const Column& column : columns()) {
        EXPECT_EQ(column.restore.put != nullptr, column.key != "latency_ns") << column.key;
    }
}

TEST(RecordPlayer, every_column_of_delay_accounting_is_known_to_the_reader) {
    for (const Column& column : taskstats_columns()) {
        const Result<ThreadLine> line = ThreadLine::create(fmt::format("time_unix_ns,tid,wall_ns,{}", column.key));
        ASSERT_TRUE(line.ok());
        EXPECT_TRUE(line.value().has_delays()) << column.key;
    }
}

TEST(RecordPlayer, names_of_waits_are_bounded) {
    WaitNames names;
    Thread thread;
    thread.state = ThreadState::uninterruptible;
    for (std::size_t i = 0; i < kMaxWaitNames + 100; ++i) {
        thread.wait = {};
        names.put_name(fmt::format("function_{}", i), false, thread);
        EXPECT_EQ(wait_on(thread).text, i < kMaxWaitNames ? fmt::format("function_{}", i) : std::string(kOtherWaits));
    }
    EXPECT_EQ(names.size(), kMaxWaitNames);
}

TEST(RecordPlayer, playing_on_allocates_nothing_once_all_threads_are_known) {
    if (!testing::allocations_are_counted()) {
        GTEST_SKIP() << "allocations are not counted under a sanitizer";
    }
    std::vector<Line> lines;
    for (std::uint64_t second = 1; second <= 30; ++second) {
        for (std::uint32_t tid = 1; tid <= 50; ++tid) {
            lines.push_back({.at_s = second,
                             .tid = tid,
                             .state = second % 2 == 0 ? "idle" : "io_wait",
                             .age_ms = 200,
                             .wait_on = "epoll_pwait",
                             .wait_arg0 = "4",
                             .exec_ms = 800,
                             .io_wait_ms = second % 2 == 0 ? 0U : 200U,
                             .idle_ms = second % 2 == 0 ? 200U : 0U});
        }
    }
    Played played(lines);
    for (std::uint64_t second = 1; second <= 10; ++second) {
        static_cast<void>(played.at(second));
    }
    const testing::AllocationCount count;
    for (std::size_t i = 10; i < 30; ++i) {
        ASSERT_TRUE(played.player().seek(i).ok());
    }
    EXPECT_EQ(count.so_far(), 0U);
}

}  // namespace
}  // namespace tsa
