// SPDX-License-Identifier: MIT
// Recordings that a rule makes: when captures begin and end, what the ring has, and that each capture is a whole
// recording, whatever happened before and after it.
#include "record/captures.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "record/capture_schedule.h"
#include "record/quiet_table.h"
#include "record/recording.h"
#include "record/writer.h"
#include "unit/recorded_reports.h"
#include "unit/recording_folder.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Played;
using testing::RandomMachineOptions;
using testing::RecordingFolder;
using ::testing::SizeIs;
namespace fs = std::filesystem;

constexpr std::uint64_t kSecond = 1'000'000'000;

/// What happens at each second: b a capture begins, e one ends, x both, . neither. `holds`: 1, 0, or ? for unknown.
std::string run(CaptureSchedule schedule, std::string_view holds) {
    std::string out;
    std::uint64_t now_ns = 100 * kSecond;
    for (const char c : holds) {
        const CaptureSchedule::Step step =
            schedule.next(c == '?' ? std::nullopt : std::optional(c == '1'), now_ns += kSecond);
        out += step.begins && step.ends ? 'x' : step.begins ? 'b' : step.ends ? 'e' : '.';
    }
    return out;
}

TEST(CaptureSchedule, a_rule_that_keeps_holding_fires_once) {
    EXPECT_EQ(run({3 * kSecond, 0, 0}, "0011111111111"), "..b..e.......");
    EXPECT_EQ(run({0, 0, 0}, "0011111"), "..x....");
}

TEST(CaptureSchedule, it_fires_again_when_it_was_false_for_some_time) {
    EXPECT_EQ(run({kSecond, 0, 0}, "10000001"), "be.....b");
    EXPECT_EQ(run({kSecond, 0, 0}, "1010101010101010"), "be..............") << "one that changes back and forth";
    EXPECT_EQ(run({kSecond, 0, 0}, "1000?0001"), "be......b") << "not known is neither";
    EXPECT_EQ(run({kSecond, 0, 0}, "1????????1"), "be........");
}

TEST(CaptureSchedule, a_capture_ends_before_the_next_begins) {
    EXPECT_EQ(run({10 * kSecond, 0, 0}, "1000000111111"), "b.........eb.");
}

TEST(CaptureSchedule, has_limits_of_number_and_of_time) {
    EXPECT_EQ(run({kSecond, 10 * kSecond, 0}, "100000010000011"), "be...........be");
    CaptureSchedule one(0, 0, 1);
    EXPECT_FALSE(one.is_complete());
    EXPECT_EQ(one.next(true, kSecond).begins, true);
    EXPECT_TRUE(one.is_complete());
}

class Captures : public ::testing::Test {
  protected:
    RecordWriterOptions options() {
        RecordWriterOptions wanted;
        wanted.directory = folder_.path();
        CaptureOptions captures;
        captures.before_ns = 20 * kSecond;
        captures.after_ns = 5 * kSecond;
        captures.name = "lock-wait";
        captures.holds = [this](const Report&) -> std::optional<bool> { return holds_; };
        captures.note = [](const Report&) { return CaptureNote{"lock_wait > 2", 0, {{"lock_wait", "3"}}, 0, 0, {}}; };
        captures.done = [this](const std::string& directory, const CaptureNote& note) {
            EXPECT_EQ(note.values.size(), 1);
            done_.push_back(directory);
        };
        captures.begins = [this](const std::string& directory, CaptureNote& note, bool ends) {
            EXPECT_EQ(note.rule, "lock_wait > 2");
            EXPECT_FALSE(ends);
            note.detail_from_unix_ns = 77;
            begun_.push_back(directory);
        };
        captures.failure = [this](std::string_view text) { notices_.emplace_back(text); };
        wanted.captures = std::move(captures);
        return wanted;
    }
    std::unique_ptr<RecordWriter> writer_of(RecordWriterOptions wanted) {
        auto made = RecordWriter::create(std::move(wanted));
        EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().text());
        return made.ok() ? std::move(made).value() : nullptr;
    }
    std::vector<std::string> entries() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder_.path())) {
            names.push_back(entry.path());
        }
        std::ranges::sort(names);
        return names;
    }
    void step(RecordWriter& writer, int intervals, bool last = false) {
        for (int at = 1; at <= intervals; ++at) {
            const auto added = writer.add(machine_.report(), last && at == intervals);
            ASSERT_TRUE(added.ok()) << added.error().text();
            machine_.step();
        }
    }
    /// On a busy machine the disk may be late: the capture is complete at some later interval.
    void step_until_done(RecordWriter& writer) {
        for (int attempt = 0; attempt < 1000 && done_.empty(); ++attempt) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            step(writer, 1);
        }
    }
    /// The rows of each thread of a capture tile the time from its first one on, and none is longer than the capture.
    static void expect_whole(const std::string& directory, bool has_end = true) {
        auto opened = Recording::open(directory);
        ASSERT_TRUE(opened.ok()) << opened.error().text();
        Recording& recording = *opened.value();
        EXPECT_EQ(recording.remarks().empty(), has_end);
        Player player(recording, Player::WallClock::straight);
        // After the exec of a thread that is not the leader two threads have the same ID and start time: one is dead.
        std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> wall;
        std::uint64_t span = 0;
        for (std::size_t at = 0; at < recording.intervals(); ++at) {
            const auto report = player.seek(at);
            ASSERT_TRUE(report.ok()) << report.error().text();
            span += report.value()->interval_ns;
            for (const ThreadRow& row : report.value()->threads) {
                std::uint64_t sum = 0;
                for (const std::uint64_t ns : row.state_ns) {
                    sum += ns;
                }
                EXPECT_EQ(sum, row.wall_ns);
                const RecordedThread thread = recorded_thread(*row.now);
                wall[{thread.tid, thread.time_ns}] += row.wall_ns;
            }
        }
        EXPECT_EQ(player.bad_lines(), 0);
        for (const auto& [thread, ns] : wall) {
            EXPECT_LE(ns, span + kReadingNs) << thread.first;
        }
    }

    static RandomMachineOptions machine_options() {
        RandomMachineOptions wanted;
        wanted.threads = 100;
        wanted.sets_clock = false;
        return wanted;
    }

    RecordingFolder folder_;
    Played machine_{machine_options()};
    bool holds_ = false;
    std::vector<std::string> begun_, done_, notices_;
};

TEST_F(Captures, until_the_rule_fires_the_directory_is_empty) {
    const auto writer = writer_of(options());
    step(*writer, 50);
    EXPECT_THAT(entries(), IsEmpty());
    EXPECT_GT(writer->progress().ring_bytes, 0);
    ASSERT_TRUE(writer->finish({}).ok());
    EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(Captures, each_is_a_recording_from_before_to_after) {
    const auto writer = writer_of(options());
    step(*writer, 73);
    holds_ = true;
    step(*writer, 30);
    step_until_done(*writer);
    ASSERT_THAT(entries(), SizeIs(1));
    const std::string directory = entries().front();
    EXPECT_THAT(directory, HasSubstr("-lock-wait"));
    EXPECT_THAT(done_, ElementsAre(directory));
    expect_whole(directory);
    auto recording = Recording::open(directory);
    ASSERT_TRUE(recording.ok());
    const RecordingMeta& meta = recording.value()->meta();
    ASSERT_TRUE(meta.capture.has_value());
    EXPECT_EQ(meta.capture->rule, "lock_wait > 2");
    EXPECT_EQ(meta.capture->detail_from_unix_ns, 77U) << "as begins() has set it";
    ASSERT_TRUE(meta.end.has_value());
    // 20 s before, at most an eighth and one interval more, the moment, and 5 s after it.
    EXPECT_GE(meta.end->intervals, 25);
    EXPECT_LE(meta.end->intervals, 30);
    EXPECT_EQ(meta.end->intervals, recording.value()->intervals());
    const std::uint64_t until_fired_ns = meta.capture->time_unix_ns - meta.begin_unix_ns;
    EXPECT_GE(until_fired_ns, 20 * kSecond);
    EXPECT_LE(until_fired_ns, 24 * kSecond);
}

TEST_F(Captures, one_after_the_other_are_whole_each) {
    const auto writer = writer_of(options());
    for (int round = 0; round < 4; ++round) {
        holds_ = false;
        step(*writer, 11 + 7 * round);
        holds_ = true;
        step(*writer, 9);
    }
    ASSERT_TRUE(writer->finish({}).ok());
    ASSERT_THAT(entries(), SizeIs(4));
    for (const std::string& directory : entries()) {
        expect_whole(directory);
    }
}

TEST_F(Captures, one_that_the_end_interrupts_is_whole_too) {
    const auto writer = writer_of(options());
    step(*writer, 30);
    holds_ = true;
    step(*writer, 2, true);
    ASSERT_TRUE(writer->finish({}).ok());
    ASSERT_THAT(entries(), SizeIs(1));
    expect_whole(entries().front());
    EXPECT_THAT(Recording::open(entries().front()).value()->meta().end->why, HasSubstr("the recorder ended"));
}

TEST_F(Captures, what_is_on_disk_is_a_recording_at_each_moment) {
    const auto writer = writer_of(options());
    step(*writer, 30);
    holds_ = true;
    for (int interval = 0; interval < 5; ++interval) {
        step(*writer, 1);
        // As after kill -9: nothing is finished.
        RecordingFolder copy;
        fs::copy(entries().front(), copy.path());
        expect_whole(copy.path(), false);
    }
}

TEST_F(Captures, compressed_ones_and_those_of_long_intervals_too) {
    RecordWriterOptions wanted = options();
    wanted.compress = true;
    wanted.captures->before_ns = 3 * kSecond;  // an interval is more than an eighth of it
    const auto writer = writer_of(std::move(wanted));
    step(*writer, 30);
    holds_ = true;
    step(*writer, 10);
    step_until_done(*writer);
    ASSERT_THAT(entries(), SizeIs(1));
    expect_whole(entries().front());
}

TEST_F(Captures, the_ring_has_a_limit_and_says_so) {
    RecordWriterOptions wanted = options();
    wanted.captures->before_ns = 3600 * kSecond;
    wanted.captures->max_ring_bytes = 1U << 20U;
    const auto writer = writer_of(std::move(wanted));
    for (int at = 0; at < 1500; ++at) {
        step(*writer, 1);
        // The chunk that is being filled is not compressed yet, and not dropped.
        ASSERT_LE(writer->progress().ring_bytes, 16U << 20U);
    }
    EXPECT_GT(writer->progress().ring_bytes, 0);
}

TEST_F(Captures, a_directory_that_cannot_be_written_is_a_notice_and_the_next_one_is_tried) {
    const auto writer = writer_of(options());
    step(*writer, 5);
    fs::remove(folder_.path());
    holds_ = true;
    step(*writer, 8);
    ASSERT_FALSE(notices_.empty());
    EXPECT_THAT(notices_.back(), HasSubstr("the next captures are tried again"));
    EXPECT_THAT(done_, IsEmpty());
    EXPECT_EQ(writer->progress().captures_incomplete, 1U);
    fs::create_directory(folder_.path());
    holds_ = false;
    step(*writer, 8);
    holds_ = true;
    step(*writer, 8);
    step_until_done(*writer);
    EXPECT_THAT(done_, SizeIs(1));
    expect_whole(done_.front());
}

TEST_F(Captures, into_a_recording_or_a_file_are_refused) {
    folder_.put("meta.json", "{}");
    EXPECT_FALSE(RecordWriter::create(options()).ok());
    RecordWriterOptions file = options();
    file.directory = folder_.file("meta.json");
    EXPECT_FALSE(RecordWriter::create(std::move(file)).ok());
    RecordWriterOptions nowhere = options();
    nowhere.directory = folder_.file("a/b/c");
    EXPECT_FALSE(RecordWriter::create(std::move(nowhere)).ok());
}

}  // namespace
}  // namespace tsa
