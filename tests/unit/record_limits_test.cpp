// SPDX-License-Identifier: MIT
// Recordings with a limit: they stay below it, keep the newest data, and each of their segments is self-contained.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <set>

#include "record/writer.h"
#include "unit/recorded_files.h"
#include "unit/recorded_reports.h"
#include "unit/recording_folder.h"

namespace tsa {
namespace {

using testing::Played;
using testing::QuietCrowd;
using testing::RandomMachineOptions;
using testing::RecordingFolder;
using ::testing::StartsWith;
using testing::Table;
using testing::unpacked;

constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint64_t bytes_in(const RecordingFolder& folder) {
    std::uint64_t sum = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        sum += entry.file_size();
    }
    return sum;
}

/// Segment suffixes: "-000004", oldest first; the current one, "", is last.
std::vector<std::string> segments_of(const RecordingFolder& folder, const std::string& stem) {
    std::vector<std::string> segments;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        const std::string name = entry.path().filename();
        if (name.starts_with(stem)) {
            segments.push_back(name.substr(stem.size(), name.find('.') - stem.size()));
        }
    }
    std::ranges::sort(segments);
    std::ranges::rotate(segments, segments.begin() + (segments.front().empty() ? 1 : 0));
    return segments;
}

RecordWriterOptions limited(const RecordingFolder& folder, std::uint64_t bytes, std::uint64_t ns = 0,
                            bool compress = false) {
    RecordWriterOptions options;
    options.directory = folder.path();
    options.keep_bytes = bytes;
    options.keep_ns = ns;
    options.compress = compress;
    return options;
}

/// All living threads have rows in its first and last interval, and no row covers time before it.
void expect_to_stand_on_its_own(const std::string& threads_text, const std::string& system_text) {
    EXPECT_THAT(threads_text, StartsWith("time_unix_ns,"));
    EXPECT_THAT(system_text, StartsWith("time_unix_ns,"));
    const Table rows(threads_text);
    const Table intervals(system_text);
    ASSERT_GT(intervals.rows(), 1U);
    const std::uint64_t first_ns = intervals.number(0, "time_unix_ns");
    const std::uint64_t last_ns = intervals.number(intervals.rows() - 1, "time_unix_ns");
    EXPECT_EQ(rows.number(0, "time_unix_ns"), first_ns);
    EXPECT_EQ(rows.number(rows.rows() - 1, "time_unix_ns"), last_ns);
    // The wall clock may have been set in between.
    std::map<std::uint64_t, std::uint64_t> monotonic_of;
    for (std::size_t at = 0; at < intervals.rows(); ++at) {
        monotonic_of[intervals.number(at, "time_unix_ns")] = intervals.number(at, "monotonic_ns");
    }
    std::uint64_t in_first = 0;
    std::uint64_t in_last = 0;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        const std::uint64_t time_ns = rows.number(row, "time_unix_ns");
        const bool alive = rows.at(row, "exit_time_unix_ns").empty();
        in_first += alive && time_ns == first_ns ? 1 : 0;
        in_last += alive && time_ns == last_ns ? 1 : 0;
        ASSERT_TRUE(monotonic_of.contains(time_ns));
        const std::uint64_t passed_ns = monotonic_of.at(time_ns) - intervals.number(0, "monotonic_ns");
        EXPECT_LE(rows.number(row, "quiet_ns"), passed_ns - rows.number(row, "interval_ns"));
    }
    EXPECT_EQ(in_first, intervals.number(0, "threads"));
    EXPECT_EQ(in_last, intervals.number(intervals.rows() - 1, "threads"));
}

void record_below(std::uint64_t keep_bytes, bool compress, bool expect_deleted) {
    const RecordingFolder folder;
    auto writer = RecordWriter::create(limited(folder, keep_bytes, 0, compress));
    ASSERT_TRUE(writer.ok());
    RandomMachineOptions options;
    options.threads = 60;
    Played machine(options);
    std::uint64_t bytes = 0;
    for (int interval = 1; interval <= 600; ++interval) {
        const std::uint64_t before = bytes;
        ASSERT_TRUE(writer.value()->add(machine.report(), interval == 600).ok());
        bytes = bytes_in(folder);
        EXPECT_EQ(writer.value()->progress().bytes, bytes);
        ASSERT_LE(bytes, keep_bytes) << "after " << before;
        machine.step();
    }
    EXPECT_EQ(writer.value()->progress().deleted_segments != 0, expect_deleted);
    ASSERT_TRUE(writer.value()->finish({}).ok());
    const std::vector<std::string> segments = segments_of(folder, "threads");
    EXPECT_EQ(segments, segments_of(folder, "system"));
    EXPECT_GE(segments.size(), 5U);
    std::uint64_t intervals = 0;
    std::uint64_t rows = 0;
    std::uint64_t end_ns = 0;
    for (const std::string& segment : segments) {
        SCOPED_TRACE(segment);
        const std::string suffix = compress ? ".csv.zst" : ".csv";
        std::string threads = folder.text_of("threads" + segment + suffix);
        std::string system = folder.text_of("system" + segment + suffix);
        if (compress) {
            EXPECT_TRUE(unpacked(threads).ended);
            threads = unpacked(threads).text;
            system = unpacked(system).text;
        }
        expect_to_stand_on_its_own(threads, system);
        const Table table(system);
        const std::uint64_t begin_ns = table.number(0, "monotonic_ns") - table.number(0, "interval_ns");
        EXPECT_EQ(begin_ns, end_ns == 0 ? begin_ns : end_ns) << "no interval is missing in between";
        end_ns = table.number(table.rows() - 1, "monotonic_ns");
        intervals += table.rows();
        rows += Table(threads).rows();
    }
    const Result<RecordingMeta> meta = decode_meta(folder.text_of("meta.json"));
    ASSERT_TRUE(meta.ok() && meta.value().end.has_value());
    EXPECT_EQ(meta.value().end->intervals, intervals) << "what is there, not what was";
    EXPECT_EQ(meta.value().end->rows, rows);
}

TEST(RecordLimits, the_files_together_stay_below_the_limit_and_hold_the_newest) {
    record_below(1'200'000, false, true);
}

TEST(RecordLimits, compressed_segments_are_whole_files_of_their_own) {
    record_below(300'000, true, true);
}

TEST(RecordLimits, smaller_than_one_interval_are_exceeded_by_at_most_that_interval) {
    const RecordingFolder folder;
    constexpr std::uint64_t kKeep = 100'000;
    auto writer = RecordWriter::create(limited(folder, kKeep));
    ASSERT_TRUE(writer.ok());
    QuietCrowd crowd(2000);
    ASSERT_TRUE(writer.value()->add(crowd.step(), false).ok());
    const std::uint64_t one_interval = bytes_in(folder);
    EXPECT_GT(one_interval, kKeep);
    for (int interval = 0; interval < 10; ++interval) {
        ASSERT_TRUE(writer.value()->add(crowd.step(), false).ok());
        EXPECT_LE(bytes_in(folder), kKeep + one_interval);
    }
    EXPECT_EQ(segments_of(folder, "threads").size(), 1U);
}

TEST(RecordLimits, of_time_keep_that_long_and_a_segment_more) {
    constexpr std::uint64_t kKeep = 40 * kSecond;
    const RecordingFolder folder;
    auto writer = RecordWriter::create(limited(folder, 0, kKeep));
    ASSERT_TRUE(writer.ok());
    QuietCrowd crowd(20);
    std::uint64_t now_ns = 0;
    for (int interval = 1; interval <= 200; ++interval) {
        const Report& report = crowd.step();
        now_ns = report.now_ns;
        ASSERT_TRUE(writer.value()->add(report, false).ok());
        const std::string oldest = segments_of(folder, "system").front();
        const std::uint64_t begin_ns = Table(folder.text_of("system" + oldest + ".csv")).number(0, "monotonic_ns");
        EXPECT_LE(now_ns - begin_ns, kKeep + kKeep / 8);
        EXPECT_GE(now_ns - begin_ns, interval < 50 ? 0 : kKeep - kSecond);
    }
    EXPECT_GT(writer.value()->progress().deleted_segments, 20U);
    EXPECT_LE(segments_of(folder, "threads").size(), 10U);
}

TEST(RecordLimits, without_one_there_is_one_pair_of_files) {
    const RecordingFolder folder;
    auto writer = RecordWriter::create(limited(folder, 0));
    ASSERT_TRUE(writer.ok());
    QuietCrowd crowd(500);
    for (int interval = 0; interval < 500; ++interval) {
        ASSERT_TRUE(writer.value()->add(crowd.step(), false).ok());
    }
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 4)
        << "threads, system, processes, meta";
}

TEST(RecordLimits, a_stream_can_have_none) {
    RecordWriterOptions options;
    options.stream_fd = 1;
    options.keep_ns = kSecond;
    EXPECT_FALSE(RecordWriter::create(options).ok());
}

TEST(RecordLimits, a_segment_that_cannot_be_begun_ends_the_recording_with_all_that_was_added) {
    const RecordingFolder folder;
    auto writer = RecordWriter::create(limited(folder, 0, 8 * kSecond));
    ASSERT_TRUE(writer.ok());
    QuietCrowd crowd(20);
    std::filesystem::create_directory(folder.file("threads-000002.csv"));
    Result<void> added;
    int intervals = 0;
    while (intervals < 20 && (added = writer.value()->add(crowd.step(), false)).ok()) {
        ++intervals;
    }
    ASSERT_FALSE(added.ok());
    EXPECT_FALSE(writer.value()->finish({}).ok());
    EXPECT_TRUE(folder.has("threads-000001.csv") && folder.has("threads.csv"));
    EXPECT_EQ(decode_meta(folder.text_of("meta.json")).value().end->intervals, static_cast<std::uint64_t>(intervals));
}

}  // namespace
}  // namespace tsa
