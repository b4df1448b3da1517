// SPDX-License-Identifier: MIT
// wakers.csv: what is written can be read back, of each interval; broken files lose only what is broken.
#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <string>

#include "record/interval_lines.h"
#include "record/recording.h"
#include "record/waker_lines.h"
#include "record/writer.h"
#include "unit/recorded_files.h"
#include "unit/recording_folder.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using testing::LiteralReport;
using testing::RecordingFolder;
using testing::Table;

constexpr std::uint64_t kSecond = 1'000'000'000;

Waker thread_waker(std::uint32_t tid, std::string_view comm, std::uint64_t at_ns) {
    Waker who;
    who.kind = WakerKind::thread;
    who.tid = tid;
    who.tgid = 4;
    who.start_time_ns = 70 + tid;
    std::ranges::copy(comm, who.comm.begin());
    who.at_ns = at_ns;
    return who;
}

Waker interrupt(WakerKind kind, std::uint64_t at_ns) {
    Waker who;
    who.kind = kind;
    who.at_ns = at_ns;
    return who;
}

/// A recording of threads 4 and 5, with those wakers in its first interval of two.
class Recorded {
  public:
    explicit Recorded(const WakerInterval& wakers, bool recorded = true, std::uint64_t keep_bytes = 0,
                      int intervals = 2) {
        RecordWriterOptions options;
        options.directory = folder_.path();
        options.wakers = recorded;
        options.keep_bytes = keep_bytes;
        auto writer = RecordWriter::create(std::move(options));
        EXPECT_TRUE(writer.ok());
        LiteralReport one;
        one.add(4, "reader").start_time_ns = 74;
        one.add(5, "writer", 500'000'000).start_time_ns = 75;
        const WakerInterval none;
        for (int at = 0; at < intervals; ++at) {
            const bool is_first = at == 0;
            const IntervalExtras extras{{}, !recorded ? nullptr : is_first ? &wakers : &none};
            EXPECT_TRUE(writer.value()->add(one.report, at + 1 == intervals, extras).ok());
            one.report.time_unix_ns += kSecond;
            one.report.now_ns += kSecond;
        }
        EXPECT_TRUE(writer.value()->finish({}).ok());
        deleted = writer.value()->progress().deleted_segments;
    }

    const Report& at(std::size_t interval) {
        if (recording_ == nullptr) {
            auto opened = Recording::open(folder_.path());
            EXPECT_TRUE(opened.ok()) << opened.error().text();
            recording_ = std::move(opened).value();
            player_ = std::make_unique<Player>(*recording_);
        }
        const auto report = player_->seek(interval);
        EXPECT_TRUE(report.ok());
        return *report.value();
    }
    [[nodiscard]] const RecordingFolder& folder() const { return folder_; }

    std::uint64_t deleted = 0;

  private:
    RecordingFolder folder_;
    std::unique_ptr<Recording> recording_;
    std::unique_ptr<Player> player_;
};

const ThreadRow& row_of(const Report& report, std::uint32_t tid) {
    return *std::ranges::find_if(report.threads, [tid](const ThreadRow& row) { return row.now->tid == tid; });
}

TEST(RecordWakers, what_is_written_is_read_back) {
    const std::uint64_t now_ns = LiteralReport().report.now_ns;
    WakerInterval wakers;
    wakers.wakeups = {{{4, 74}, ThreadState::sync, thread_waker(5, "a, \"b\"", now_ns - 300), 3, 900, 500},
                      {{4, 74}, ThreadState::sleep, thread_waker(5, "a, \"b\"", now_ns - 200), 1, 50, 50},
                      {{4, 74}, ThreadState::sleep, interrupt(WakerKind::timer, now_ns - 400), 2, 80, 60}};
    wakers.exec_irq = {{{5, 75}, 7000}};
    Recorded recorded(wakers);
    const Report& report = recorded.at(0);
    ASSERT_NE(report.wakers, nullptr);
    const WokenTable* woken = report.wakers->woken({4, 74});
    ASSERT_NE(woken, nullptr);
    ASSERT_EQ(woken->wakers.size(), 2U) << "one waker in two states is one line";
    EXPECT_EQ(woken->wakers[0].who.key(), (ThreadKey{5, 75}));
    EXPECT_EQ(woken->wakers[0].who.tgid, 4U);
    EXPECT_EQ(woken->wakers[0].who.comm_view(), "a, \"b\"");
    EXPECT_EQ(woken->wakers[0].who.at_ns, report.now_ns - 200);
    EXPECT_EQ(woken->wakers[0].count, 4U);
    EXPECT_EQ(woken->wakers[0].total_ns, 950U);
    EXPECT_EQ(woken->wakers[0].longest_ns, 500U);
    EXPECT_EQ(woken->wakers[0].sync_count, 3U);
    EXPECT_EQ(woken->wakers[0].sync_ns, 900U);
    EXPECT_EQ(woken->wakers[1].who.kind, WakerKind::timer);
    const auto last = report.wakers->find(*row_of(report, 4).now);
    ASSERT_TRUE(last.has_value());
    EXPECT_EQ(last->tid, 5U) << "the last one";
    EXPECT_EQ(report.wakers->irq_ns(row_of(report, 5)), 7000U);
    EXPECT_EQ(report.wakers->irq_ns(row_of(report, 4)), 0U);
}

TEST(RecordWakers, are_those_of_the_interval) {
    const std::uint64_t now_ns = LiteralReport().report.now_ns;
    WakerInterval wakers;
    wakers.wakeups = {{{4, 74}, ThreadState::sync, thread_waker(5, "writer", now_ns), 3, 900, 500}};
    Recorded recorded(wakers);
    EXPECT_EQ(recorded.at(1).wakers->woken({4, 74}), nullptr);
    EXPECT_FALSE(recorded.at(1).wakers->find(*row_of(recorded.at(1), 4).now).has_value());
    EXPECT_NE(recorded.at(0).wakers->woken({4, 74}), nullptr) << "and again after going back";
}

TEST(RecordWakers, only_threads_with_a_row_have_lines) {
    WakerInterval wakers;
    wakers.wakeups = {{{4, 74}, ThreadState::sync, thread_waker(5, "writer", 1), 1, 9, 9},
                      {{9, 79}, ThreadState::sync, thread_waker(5, "writer", 1), 1, 9, 9}};
    wakers.exec_irq = {{{9, 79}, 7000}};
    wakers.missed = 12;
    wakers.missed_ns = 345;
    const Recorded recorded(wakers);
    const Table lines(recorded.folder().text_of("wakers.csv"));
    ASSERT_EQ(lines.rows(), 2U);
    EXPECT_EQ(lines.at(0, "tid"), "4");
    EXPECT_EQ(lines.at(0, "state"), "sync");
    EXPECT_EQ(lines.at(0, "waker"), "thread");
    EXPECT_EQ(lines.at(1, "waker"), "missed") << "that the table was full is said";
    EXPECT_EQ(lines.number(1, "count"), 12U);
    EXPECT_EQ(lines.number(1, "total_ns"), 345U);
}

TEST(RecordWakers, a_waker_of_another_pid_namespace_has_a_name_only) {
    WakerInterval wakers;
    Waker who = thread_waker(0, "outside", 1);
    who.tgid = 0;
    wakers.wakeups = {{{4, 74}, ThreadState::sync, who, 1, 9, 9}};
    Recorded recorded(wakers);
    EXPECT_EQ(Table(recorded.folder().text_of("wakers.csv")).at(0, "waker_tid"), "");
    const auto last = recorded.at(0).wakers->find(*row_of(recorded.at(0), 4).now);
    ASSERT_TRUE(last.has_value());
    EXPECT_EQ(last->tid, 0U);
    EXPECT_EQ(last->comm_view(), "outside");
}

TEST(RecordWakers, without_them_there_is_no_file_and_a_report_has_none) {
    Recorded recorded({}, false);
    EXPECT_FALSE(recorded.folder().has("wakers.csv"));
    EXPECT_EQ(recorded.at(0).wakers, nullptr);
}

TEST(RecordWakers, are_deleted_with_their_segment) {
    Recorded recorded({}, true, 32U << 10U, 300);
    EXPECT_GT(recorded.deleted, 0U);
    EXPECT_FALSE(recorded.folder().has("wakers-000001.csv"));
    EXPECT_NE(recorded.at(0).wakers, nullptr);
}

TEST(RecordWakers, lines_that_are_not_valid_are_counted_and_left_out) {
    const RecordingFolder folder;
    folder.put("wakers.csv", header_line(kWakerColumns) +
                                 "1000,4,74,sync,thread,5,75,4,writer,3,900,500,999\r\n"
                                 "1000,4,74,nowhere,thread,5,75,4,writer,3,900,500,999\r\n"
                                 "1000,4,74,sync,nothing,5,75,4,writer,3,900,500,999\r\n"
                                 "1000,4,74,sync,thread,99999999999,75,4,writer,3,900,500,999\r\n"
                                 "1000,4,74,sync,thread,5,75,4,writer,-3,900,500,999\r\n"
                                 "1000,4,74,sync,timer,,,,,3,900\r\n"
                                 "nonsense\r\n"
                                 "1000,4,74,sync,timer,,,,,3,900,500,9");
    const auto lines = IntervalLines::open(folder.path(), RecordedTable::wakers, kWakerColumns);
    ASSERT_TRUE(lines.ok());
    std::size_t read = 0;
    ASSERT_TRUE(lines.value()
                    ->read(1000,
                           [&read](const LineReader& reader) {
                               const bool is_valid = read_waker_line(reader).has_value();
                               read += is_valid ? 1 : 0;
                               return is_valid;
                           })
                    .ok());
    EXPECT_EQ(read, 1U);
    EXPECT_EQ(lines.value()->bad_lines(), 6U);
}

TEST(RecordWakers, columns_may_be_in_any_order_and_a_missing_one_is_named) {
    const RecordingFolder folder;
    folder.put("wakers.csv",
               "tid,time_unix_ns,start_time_ns,state,waker,waker_tid,waker_start_time_ns,waker_tgid,waker_comm,count,"
               "total_ns,max_ns,last_unix_ns,extra\n"
               "4,1000,74,sync,timer,,,,,3,900,500,999,x\n4,2000,74,sync,timer,,,,,1,9,9,1999,x\n");
    const auto lines = IntervalLines::open(folder.path(), RecordedTable::wakers, kWakerColumns);
    ASSERT_TRUE(lines.ok());
    std::uint64_t count = 0;
    const auto take = [&count](const LineReader& reader) {
        count += read_waker_line(reader).value_or(WakerLine{}).wakeups.count;
        return true;
    };
    ASSERT_TRUE(lines.value()->read(2000, take).ok());
    EXPECT_EQ(count, 1U);
    folder.put("wakers.csv", "time_unix_ns,tid\n");
    const auto broken = IntervalLines::open(folder.path(), RecordedTable::wakers, kWakerColumns);
    ASSERT_FALSE(broken.ok());
    EXPECT_THAT(broken.error().text(), ::testing::HasSubstr("column start_time_ns is missing"));
}

}  // namespace
}  // namespace tsa
