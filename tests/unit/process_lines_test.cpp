// SPDX-License-Identifier: MIT
// processes.csv: what is written can be read back, at each time of the recording; broken files lose only what is
// broken.
#include "record/process_lines.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>

#include "record/recorded_processes.h"
#include "record/recording.h"
#include "record/writer.h"
#include "unit/recorded_files.h"
#include "unit/recording_folder.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;
using testing::LiteralReport;
using ::testing::Not;
using testing::RecordingFolder;
using testing::Table;

constexpr std::uint64_t kSecond = 1'000'000'000;

/// A recording of one process, interval by interval.
class Story {
  public:
    Story() {
        RecordWriterOptions options;
        options.directory = folder.path();
        writer_ = std::move(RecordWriter::create(std::move(options))).value();
        Thread& thread = world.add(4, "postgres");
        thread.tgid = 4;
        start_ns_ = thread.start_time_ns;
        begin_ns = world.report.time_unix_ns;
        for (ThreadRow& row : world.report.threads) {
            row.process = 0;
        }
        ProcessRow process;
        process.tgid = 4;
        process.threads = 1;
        process.leader = &thread;
        world.report.processes = {process};
        world.report.facts = &table;
    }
    void set(std::string command, std::string path, std::string unit = {}) {
        CgroupPlace place;
        place.path = std::move(path);
        place.unit = std::move(unit);
        ProcessFacts& facts = table.put(4, start_ns_);
        facts.command = std::move(command);
        facts.program = "/usr/bin/postgres";
        facts.place = table.intern(place.path + place.unit, place);
    }
    void add(bool last = false) {
        ASSERT_TRUE(writer_->add(world.report, last).ok());
        world.report.time_unix_ns += kSecond;
        world.report.now_ns += kSecond;
    }
    void finish() { ASSERT_TRUE(writer_->finish({}).ok()); }
    /// The command line at the end of an interval, 0 the first one.
    std::string command_at(std::uint64_t interval) {
        const auto processes = RecordedProcesses::open(folder.path());
        EXPECT_TRUE(processes.ok());
        ProcessTable read;
        Report report = world.report;
        processes.value().fill(begin_ns + interval * kSecond, read, report);
        const ProcessFacts* facts = facts_of(report, *report.threads.front().now);
        return facts != nullptr ? facts->command : "none";
    }

    RecordingFolder folder;
    LiteralReport world;
    ProcessTable table;
    std::uint64_t begin_ns = 0;

  private:
    std::unique_ptr<RecordWriter> writer_;
    std::uint64_t start_ns_ = 0;
};

TEST(ProcessLines, a_title_that_changes_is_known_for_each_time) {
    Story story;
    story.set("postgres: app db idle", "/a");
    story.add();
    story.add();
    story.set("postgres: app db UPDATE waiting", "/a");
    story.add();
    story.set("postgres: app db UPDATE waiting", "/b", "b.service");
    story.add();
    story.add(true);
    story.finish();
    EXPECT_EQ(story.command_at(0), "postgres: app db idle");
    EXPECT_EQ(story.command_at(1), "postgres: app db idle");
    EXPECT_EQ(story.command_at(2), "postgres: app db UPDATE waiting");
    EXPECT_EQ(story.command_at(4), "postgres: app db UPDATE waiting");
    const Table table(story.folder.text_of("processes.csv"));
    EXPECT_EQ(table.rows(), 3U + 2U + 1U) << "each begins, two end, the last interval";
    EXPECT_THAT(story.folder.text_of("processes.csv"), HasSubstr(",/b,b.service,"));
}

TEST(ProcessLines, the_same_facts_are_written_once_and_at_the_end) {
    Story story;
    story.set("sleep 1", "/a");
    for (int interval = 0; interval < 10; ++interval) {
        story.add();
    }
    story.add(true);
    story.finish();
    EXPECT_EQ(Table(story.folder.text_of("processes.csv")).rows(), 2U);
}

TEST(ProcessLines, a_process_that_is_read_later_is_known_from_its_beginning) {
    Story story;
    story.add();
    story.set("late", "/a");
    story.add(true);
    story.finish();
    EXPECT_EQ(story.command_at(0), "late");
}

TEST(ProcessLines, hostile_text_stays_in_its_cell) {
    Story story;
    story.set("a\x1b[2J,\"b\"\r\nc\xff", "/x,y\n");
    story.add(true);
    story.finish();
    const std::string text = story.folder.text_of("processes.csv");
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_EQ(Table(text).rows(), 1U);
    EXPECT_EQ(story.command_at(0), "a\\x1b[2J,\"b\"\\x0d\\x0ac\\xff");
}

TEST(ProcessLines, broken_files_lose_only_what_is_broken) {
    const RecordingFolder folder;
    folder.put("processes.csv",
               ProcessLineWriter::header() +
                   "4,7,one,/bin/one,one -x,0,/,,,,5,9\r\nnonsense\r\n4,x,,,,0,,,,,1,2\r\n5,7,two,,\"cut");
    const auto processes = RecordedProcesses::open(folder.path());
    ASSERT_TRUE(processes.ok());
    EXPECT_TRUE(processes.value().any());
    EXPECT_EQ(processes.value().bad_lines(), 2U);
    folder.put("processes.csv", "tgid,comm\n4,one\n");
    EXPECT_FALSE(RecordedProcesses::open(folder.path()).ok());
}

TEST(ProcessLines, another_process_with_the_number_is_another) {
    const RecordingFolder folder;
    folder.put("processes.csv",
               ProcessLineWriter::header() + "4,7,one,,first,0,/,,,,1,9\r\n4,50,one,,second,0,/,,,,10,20\r\n");
    const auto processes = RecordedProcesses::open(folder.path());
    ASSERT_TRUE(processes.ok());
    LiteralReport world;
    Thread& thread = world.add(4, "one");
    thread.tgid = 4;
    thread.start_time_ns = 7;
    ProcessRow process;
    process.tgid = 4;
    process.leader = &thread;
    world.report.processes = {process};
    ProcessTable table;
    processes.value().fill(15, table, world.report);
    ASSERT_NE(table.find(thread), nullptr);
    EXPECT_EQ(table.find(thread)->command, "first") << "by its start, not by the time alone";
}

}  // namespace
}  // namespace tsa
