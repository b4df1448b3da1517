// SPDX-License-Identifier: MIT
// stacks.csv and waits.csv: what is written can be read back, in every segment; broken files lose only what is broken.
#include "record/stack_lines.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "record/recorded_stacks.h"
#include "record/writer.h"
#include "unit/recorded_files.h"
#include "unit/recording_folder.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using testing::LiteralReport;
using testing::RecordingFolder;
using testing::Table;

std::shared_ptr<const RecordedStack> stack(std::string frames, StackKind kind = StackKind::whole) {
    return std::make_shared<const RecordedStack>(RecordedStack{kind, std::move(frames)});
}

StackWaits waits(std::uint32_t tid, ThreadState state, std::shared_ptr<const RecordedStack> of, std::uint64_t ns) {
    StackWaits out;
    out.thread = {tid, 7};
    out.tgid = tid - 1;
    out.state = state;
    out.stack = std::move(of);
    out.count = 2;
    out.total_ns = ns;
    out.max_ns = ns - 1;
    out.lengths = {{0, 1}, {9, 1}};
    return out;
}

std::unique_ptr<RecordWriter> writer_into(const RecordingFolder& folder, std::uint64_t keep_bytes = 0) {
    RecordWriterOptions options;
    options.directory = folder.path();
    options.stacks = true;
    options.keep_bytes = keep_bytes;
    auto writer = RecordWriter::create(std::move(options));
    EXPECT_TRUE(writer.ok());
    return std::move(writer).value();
}

std::vector<RecordedWaits> read_all(const RecordingFolder& folder, std::uint64_t bad_lines = 0) {
    std::vector<RecordedWaits> all;
    auto opened = RecordedStacks::open(folder.path());
    EXPECT_TRUE(opened.ok() && opened.value().has_value());
    const auto read = opened.value()->for_each([&all](const RecordedWaits& one) {
        all.push_back(one);
        return Result<void>{};
    });
    EXPECT_TRUE(read.ok());
    EXPECT_EQ(opened.value()->bad_lines(), bad_lines);
    return all;
}

TEST(RecordStacks, what_is_written_is_read_back) {
    const RecordingFolder folder;
    const auto writer = writer_into(folder);
    LiteralReport one;
    one.add(4, "worker");
    const std::vector<StackWaits> first{
        waits(4, ThreadState::lock_wait, stack("futex_wait_[k];lock;operator,(a, \"b\");main"), 500),
        waits(4, ThreadState::sleep, stack("", StackKind::shorter), 30)};
    ASSERT_TRUE(writer->add(one.report, false, {first}).ok());
    one.report.time_unix_ns += 1'000'000'000;
    const std::vector<StackWaits> second{waits(4, ThreadState::lock_wait, first[0].stack, 100)};
    ASSERT_TRUE(writer->add(one.report, true, {second}).ok());
    ASSERT_TRUE(writer->finish({}).ok());

    const std::vector<RecordedWaits> all = read_all(folder);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(*all[0].waits.stack, *first[0].stack);
    EXPECT_EQ(all[0].waits.thread, (ThreadKey{4, 7}));
    EXPECT_EQ(all[0].waits.tgid, 3U);
    EXPECT_EQ(all[0].waits.state, ThreadState::lock_wait);
    EXPECT_EQ(all[0].waits.count, 2U);
    EXPECT_EQ(all[0].waits.total_ns, 500U);
    EXPECT_EQ(all[0].waits.max_ns, 499U);
    EXPECT_EQ(all[0].waits.lengths, first[0].lengths);
    EXPECT_EQ(all[1].waits.stack->kind, StackKind::shorter);
    EXPECT_EQ(all[2].time_unix_ns, all[0].time_unix_ns + 1'000'000'000);
    EXPECT_EQ(all[2].waits.stack, all[0].waits.stack) << "the same text is the same object";
    EXPECT_EQ(Table(folder.text_of("stacks.csv")).rows(), 2U + 1U) << "again in the last interval, which has all";
}

TEST(RecordStacks, a_stack_has_one_line_however_often_it_occurs) {
    StackLineWriter lines;
    const LiteralReport report;
    const std::vector<StackWaits> now{waits(4, ThreadState::sleep, stack("read;main"), 5),
                                      waits(5, ThreadState::idle, stack("read;main"), 5)};
    lines.put(report.report, now, true);
    EXPECT_EQ(testing::line_count(lines.stacks()), 1U);
    EXPECT_EQ(testing::line_count(lines.waits()), 2U);
    lines.put(report.report, now, false);
    EXPECT_EQ(lines.stacks(), "");
    lines.put(report.report, now, true);
    EXPECT_EQ(testing::line_count(lines.stacks()), 1U) << "a segment is read without the one before";
}

TEST(RecordStacks, every_segment_has_the_stacks_that_its_waits_name) {
    const RecordingFolder folder;
    const auto writer = writer_into(folder, 64U << 10U);
    LiteralReport one;
    for (std::uint32_t tid = 1; tid < 40; ++tid) {
        one.add(tid, "worker");
    }
    const std::vector<StackWaits> same{waits(4, ThreadState::lock_wait, stack("lock;main"), 500)};
    for (int interval = 0; interval < 200; ++interval) {
        one.report.time_unix_ns += 1'000'000'000;
        one.report.now_ns += 1'000'000'000;
        ASSERT_TRUE(writer->add(one.report, interval == 199, {same}).ok());
    }
    ASSERT_TRUE(writer->finish({}).ok());
    EXPECT_GT(writer->progress().deleted_segments, 0U);
    EXPECT_FALSE(folder.has("waits-000001.csv")) << "it was deleted with its segment";
    const std::vector<RecordedWaits> all = read_all(folder);
    EXPECT_GT(all.size(), 1U);
    for (const RecordedWaits& each : all) {
        EXPECT_EQ(each.waits.stack->frames, "lock;main");
    }
}

TEST(RecordStacks, half_a_file_loses_its_last_line_only) {
    const RecordingFolder folder;
    folder.put("stacks.csv", "stack_id,frames,kind\r\n1,read;main,whole\r\n2,wri");
    folder.put("waits.csv", StackLineWriter::waits_header() +
                                "1000,4,7,sleep,,1,1,500,400,,3\r\n1000,4,7,sleep,,2,1,5,4,,3\r\n1000,4,7,s");
    const std::vector<RecordedWaits> all = read_all(folder);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].waits.stack->frames, "read;main");
    EXPECT_EQ(all[1].waits.stack->kind, StackKind::not_copied) << "its line is missing: it is never guessed";
}

TEST(RecordStacks, lines_that_are_not_valid_are_counted_and_left_out) {
    const RecordingFolder folder;
    folder.put("stacks.csv", "kind,stack_id,frames,extra\nwhole,1,read;main,x\nwhole,2,,x\nnonsense,3,a,x\n");
    folder.put("waits.csv", StackLineWriter::waits_header() +
                                "1000,4,7,sleep,,1,1,500,400,0:3 1152:1,3\r\n"
                                "1000,4,7,nowhere,,1,1,500,400,,3\r\n"
                                "1000,4,7,sleep,,1,1,-5,400,,3\r\n"
                                "1000,4,7,sleep,,1,1,500,400,1153:1,3\r\n"
                                "1000,4,7,sleep,,1,1,500,400,1152:1 0:3,3\r\n"
                                "1000,4,7,sleep,,1,1,500,400,1152,3\r\n"
                                "1000,4,7,sleep,,1,1,500,400,,p\r\n"
                                "1000,4,7,sleep,,1,1,5\r\n");
    EXPECT_EQ(read_all(folder, 9).size(), 1U);
}

TEST(RecordStacks, a_file_of_an_earlier_version_has_no_lengths) {
    const RecordingFolder folder;
    folder.put("stacks.csv", "stack_id,frames,kind\r\n1,read;main,whole\r\n");
    folder.put("waits.csv",
               "time_unix_ns,tid,start_time_ns,state,label,stack_id,count,total_ns,max_ns\r\n"
               "1000,4,7,sleep,,1,1,500,400\r\n");
    const std::vector<RecordedWaits> all = read_all(folder);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].waits.max_ns, 400U);
    EXPECT_EQ(all[0].waits.tgid, 0U);
    EXPECT_THAT(all[0].waits.lengths, ::testing::IsEmpty());
}

TEST(RecordStacks, a_missing_column_is_an_error_that_names_it) {
    const RecordingFolder folder;
    folder.put("stacks.csv", "stack_id,kind\n1,whole\n");
    folder.put("waits.csv", StackLineWriter::waits_header());
    const auto opened = RecordedStacks::open(folder.path());
    ASSERT_FALSE(opened.ok());
    EXPECT_THAT(opened.error().text(), ::testing::HasSubstr("column frames is missing"));
}

TEST(RecordStacks, a_recording_without_stacks_has_none) {
    const RecordingFolder folder;
    folder.put("threads.csv", "time_unix_ns\n");
    const auto opened = RecordedStacks::open(folder.path());
    ASSERT_TRUE(opened.ok());
    EXPECT_FALSE(opened.value().has_value());
}

}  // namespace
}  // namespace tsa
