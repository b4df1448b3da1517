// SPDX-License-Identifier: MIT
// The files of a recording: their contents, plain or compressed; what remains after a full disk, a crash or a reader
// that exits; and what is rejected. Limits: record_limits_test.cpp. Rows: record_rows_test.cpp.
#include "record/writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>

#include "base/fd.h"
#include "unit/allocations.h"
#include "unit/file_size_limit.h"
#include "unit/recorded_files.h"
#include "unit/recorded_reports.h"
#include "unit/recording_folder.h"

namespace tsa {
namespace {

using testing::AllocationCount;
using ::testing::EndsWith;
using testing::FileSizeLimit;
using ::testing::HasSubstr;
using testing::line_count;
using testing::Played;
using testing::QuietCrowd;
using testing::RandomMachineOptions;
using testing::RecordingFolder;
using ::testing::StartsWith;
using testing::Table;
using testing::unpacked;

/// Records a random machine's reports; returns the error of the first failed add().
Result<void> record(RecordWriter& writer, std::uint64_t seed, int intervals, bool last = true) {
    RandomMachineOptions options;
    options.seed = seed;
    options.threads = 200;
    Played machine(options);
    for (int interval = 1; interval <= intervals; ++interval) {
        if (Result<void> added = writer.add(machine.report(), last && interval == intervals); !added.ok()) {
            return added;
        }
        machine.step();
    }
    return {};
}

std::unique_ptr<RecordWriter> writer_of(RecordWriterOptions options) {
    Result<std::unique_ptr<RecordWriter>> writer = RecordWriter::create(std::move(options));
    EXPECT_TRUE(writer.ok()) << (writer.ok() ? "" : writer.error().text());
    return writer.ok() ? std::move(writer).value() : nullptr;
}

void expect_finished(RecordWriter& writer) {
    const Result<void> finished = writer.finish({});
    EXPECT_TRUE(finished.ok()) << finished.error().text();
}

RecordWriterOptions into(const RecordingFolder& folder, bool compress = false) {
    RecordWriterOptions options;
    options.directory = folder.path();
    options.compress = compress;
    return options;
}

RecordingMeta meta_of(const RecordingFolder& folder) {
    Result<RecordingMeta> meta = decode_meta(folder.text_of("meta.json"));
    EXPECT_TRUE(meta.ok());
    return meta.ok() ? meta.value() : RecordingMeta{};
}

TEST(RecordWriter, begins_each_file_with_a_header_and_has_a_line_per_interval_in_system_csv) {
    const RecordingFolder folder;
    const auto writer = writer_of(into(folder));
    ASSERT_TRUE(record(*writer, 1, 20).ok());
    expect_finished(*writer);
    const std::string threads = folder.text_of("threads.csv");
    EXPECT_THAT(threads, StartsWith("time_unix_ns,interval_ns,tid,tgid,"));
    EXPECT_THAT(
        threads.substr(0, threads.find("\r\n")),
        EndsWith(",exit_time_unix_ns,quiet_ns,tid_before,sync_ns,wait_owner_exited,wait_label,wait_certain,rt_priority,"
                 "delay_labeled_ns,cpu_wait_throttled_ns,exec_reclaim_ns,net_rx_bytes,net_tx_bytes,virtual_bytes,"
                 "shared_bytes,cpu_time_ns,io_priority"));
    EXPECT_THAT(folder.text_of("system.csv"), StartsWith("time_unix_ns,interval_ns,monotonic_ns,threads,"));
    EXPECT_EQ(line_count(folder.text_of("system.csv")), 21U);
    EXPECT_EQ(line_count(threads), writer->progress().rows + 1);
    EXPECT_EQ(writer->progress().intervals, 20U);
    EXPECT_EQ(writer->progress().bytes, threads.size() + folder.text_of("system.csv").size() +
                                            folder.text_of("processes.csv").size() +
                                            folder.text_of("meta.json").size());
}

TEST(RecordWriter, each_line_of_system_csv_has_the_number_of_rows_of_its_interval) {
    const RecordingFolder folder;
    const auto writer = writer_of(into(folder));
    ASSERT_TRUE(record(*writer, 1, 20).ok());
    expect_finished(*writer);
    const Table rows(folder.text_of("threads.csv")), intervals(folder.text_of("system.csv"));
    std::size_t row = 0;
    for (std::size_t at = 0; at < intervals.rows(); ++at) {
        std::uint64_t count = 0;
        for (; row < rows.rows() && rows.at(row, "time_unix_ns") == intervals.at(at, "time_unix_ns"); ++row) {
            ++count;
        }
        EXPECT_EQ(intervals.number(at, "rows"), count);
    }
    EXPECT_EQ(row, rows.rows());
}

/// The time zone of this process while it exists.
class TimeZone {
  public:
    explicit TimeZone(const char* zone) {
        ::setenv("TZ", zone, 1);
        ::tzset();
    }
    TimeZone(const TimeZone&) = delete;
    TimeZone& operator=(const TimeZone&) = delete;
    ~TimeZone() {
        ::unsetenv("TZ");
        ::tzset();
    }
};

TEST(RecordWriter, notes_at_once_where_daylight_saving_time_ends) {
    const TimeZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
    constexpr std::uint64_t kEnd = 1'792'890'000;  // 2026-10-25 01:00 UTC
    const RecordingFolder folder;
    const auto writer = writer_of(into(folder));
    QuietCrowd crowd(2);
    for (const std::uint64_t time_s : {kEnd - 2, kEnd - 1, kEnd, kEnd + 1}) {
        Report report = crowd.step();
        report.time_unix_ns = time_s * QuietCrowd::kInterval;
        ASSERT_TRUE(writer->add(report, false).ok());
    }
    UtcOffsets wanted = 7200;
    ASSERT_TRUE(wanted.change({kEnd * QuietCrowd::kInterval, 3600}));
    EXPECT_EQ(meta_of(folder).utc_offsets, wanted) << "before its end";
}

TEST(RecordWriter, writes_meta_json_at_the_start_and_completes_it_at_the_end) {
    const RecordingFolder folder;
    RecordWriterOptions options = into(folder);
    options.meta.version = "9.9";
    options.meta.interval_ms = 1000;
    options.user_name = [](std::uint32_t uid) {
        return uid == 1000 ? std::optional<std::string>("ann") : std::nullopt;
    };
    const auto writer = writer_of(std::move(options));
    EXPECT_NE(meta_of(folder).kernel, "");
    ASSERT_TRUE(record(*writer, 2, 10).ok());
    EXPECT_FALSE(meta_of(folder).end.has_value());
    EXPECT_EQ(meta_of(folder).begin_unix_ns, 1'700'000'051'000'000'000U);
    RecordingEnd end;
    end.why = "stopped by SIGINT";
    end.exit_code = 4;
    ASSERT_TRUE(writer->finish(end).ok());
    const RecordingMeta meta = meta_of(folder);
    EXPECT_EQ(meta.version, "9.9");
    EXPECT_EQ(meta.quiet_limit_ns, kQuietLimitNs);
    EXPECT_EQ(meta.users, (std::map<std::uint32_t, std::string>{{1000, "ann"}}));
    ASSERT_TRUE(meta.end.has_value());
    EXPECT_EQ(meta.end->why, "stopped by SIGINT");
    EXPECT_EQ(meta.end->exit_code, 4);
    EXPECT_EQ(meta.end->intervals, 10U);
    EXPECT_EQ(meta.end->rows, writer->progress().rows);
    EXPECT_EQ(meta.end->threads, writer->progress().threads);
    EXPECT_FALSE(folder.has("meta.json.new"));
    EXPECT_FALSE(writer->add(Report{}, false).ok()) << "after its end";
}

TEST(RecordWriter, a_user_name_that_is_known_late_is_in_the_last_meta_json) {
    const RecordingFolder folder;
    RecordWriterOptions options = into(folder);
    bool answers = false;
    options.user_name = [&answers](std::uint32_t uid) {
        return uid == 1000 && answers ? std::optional<std::string>("ann") : std::nullopt;
    };
    const auto writer = writer_of(std::move(options));
    ASSERT_TRUE(record(*writer, 2, 10).ok());
    EXPECT_TRUE(meta_of(folder).users.empty());
    answers = true;
    ASSERT_TRUE(writer->finish({}).ok());
    EXPECT_EQ(meta_of(folder).users, (std::map<std::uint32_t, std::string>{{1000, "ann"}}));
}

TEST(RecordWriter, adds_quiet_time_to_the_state_that_it_was_spent_in) {
    const RecordingFolder folder;
    QuietCrowd crowd(3);
    const auto writer = writer_of(into(folder));
    for (int interval = 1; interval <= 5; ++interval) {
        ASSERT_TRUE(writer->add(crowd.step(), interval == 5).ok());
    }
    expect_finished(*writer);
    const Table table(folder.text_of("threads.csv"));
    ASSERT_EQ(table.rows(), 6U);
    for (std::size_t row = 0; row < 3; ++row) {
        EXPECT_EQ(table.at(row, "wall_ns"), "1000000000");
        EXPECT_EQ(table.at(row, "quiet_ns"), "");
        EXPECT_EQ(table.at(row + 3, "interval_ns"), "1000000000");
        EXPECT_EQ(table.at(row + 3, "wall_ns"), "4000000000");
        EXPECT_EQ(table.at(row + 3, "idle_ns"), "4000000000");
        EXPECT_EQ(table.at(row + 3, "quiet_ns"), "3000000000");
        EXPECT_EQ(table.at(row + 3, "tid_before"), "");
    }
}

TEST(RecordWriter, compressed_holds_the_same_bytes) {
    const RecordingFolder plain;
    const RecordingFolder packed;
    for (const auto& [folder, compress] : {std::pair(&plain, false), std::pair(&packed, true)}) {
        const auto writer = writer_of(into(*folder, compress));
        ASSERT_TRUE(record(*writer, 3, 400).ok());
        expect_finished(*writer);
    }
    const std::string threads = plain.text_of("threads.csv");
    EXPECT_GT(threads.size(), 5U << 20U) << "several frames";
    EXPECT_EQ(unpacked(packed.text_of("threads.csv.zst")).text, threads);
    EXPECT_GT(unpacked(packed.text_of("threads.csv.zst")).whole_frames, 1U);
    EXPECT_TRUE(unpacked(packed.text_of("threads.csv.zst")).ended);
    EXPECT_EQ(unpacked(packed.text_of("system.csv.zst")).text, plain.text_of("system.csv"));
    EXPECT_LT(packed.text_of("threads.csv.zst").size() * 4, threads.size());
    EXPECT_TRUE(meta_of(packed).compressed);
}

TEST(RecordWriter, compressed_drops_only_seconds_when_killed) {
    const RecordingFolder folder;
    const auto writer = writer_of(into(folder, true));
    ASSERT_TRUE(record(*writer, 4, 33, false).ok());
    const std::string system = unpacked(folder.text_of("system.csv.zst")).text;
    EXPECT_THAT(system, EndsWith("\n"));
    EXPECT_GE(line_count(system), 33U + 1 - 5);
    EXPECT_THAT(unpacked(folder.text_of("threads.csv.zst")).text, EndsWith("\r\n"));
}

/// A disk that becomes full while a machine is recorded.
void fill_the_disk(bool compress) {
    const RecordingFolder folder;
    const auto writer = writer_of(into(folder, compress));
    Result<void> full;
    {
        const FileSizeLimit limit(compress ? 100'000 : 400'000);
        full = record(*writer, 5, 1000);
        ASSERT_FALSE(full.ok());
        EXPECT_EQ(full.error().error_number, EFBIG);
        EXPECT_FALSE(record(*writer, 5, 1).ok()) << "nothing can be added any more";
        RecordingEnd end;
        end.why = "stopped by SIGTERM";
        EXPECT_EQ(writer->finish(end).error().error_number, EFBIG);
    }
    const std::string suffix = compress ? ".csv.zst" : ".csv";
    std::string threads = folder.text_of("threads" + suffix);
    std::string system = folder.text_of("system" + suffix);
    EXPECT_GT(threads.size(), compress ? 50'000U : 300'000U) << "the complete data is still there";
    if (compress) {
        EXPECT_TRUE(unpacked(threads).ended && unpacked(system).ended);
        threads = unpacked(threads).text;
        system = unpacked(system).text;
    }
    EXPECT_THAT(threads, EndsWith("\r\n"));
    EXPECT_THAT(system, EndsWith("\n"));
    const Table rows(threads);
    const Table intervals(system);
    EXPECT_EQ(rows.at(rows.rows() - 1, "time_unix_ns"), intervals.at(intervals.rows() - 1, "time_unix_ns"))
        << "both files end with the same interval";
    const RecordingMeta meta = meta_of(folder);
    ASSERT_TRUE(meta.end.has_value());
    EXPECT_EQ(meta.end->why, std::strerror(EFBIG));
    EXPECT_EQ(meta.end->intervals, intervals.rows());
    EXPECT_EQ(meta.end->rows, rows.rows());
}

TEST(RecordWriter, on_a_full_disk_goes_back_to_the_last_whole_interval_of_both_files) {
    fill_the_disk(false);
}

TEST(RecordWriter, on_a_full_disk_ends_compressed_files_so_that_all_of_them_can_be_read) {
    fill_the_disk(true);
}

TEST(RecordWriter, refuses_a_directory_that_holds_a_recording_and_leaves_it_as_it_is) {
    for (const char* name : {"threads.csv", "system-000003.csv", "threads-000001.csv.zst", "meta.json"}) {
        const RecordingFolder folder;
        folder.put(name, "x");
        const auto refused = RecordWriter::create(into(folder));
        ASSERT_FALSE(refused.ok()) << name;
        EXPECT_THAT(refused.error().message, HasSubstr("already contains a recording"));
        EXPECT_NE(refused.error().hint, "");
        EXPECT_EQ(folder.text_of(name), "x");
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
    }
}

TEST(RecordWriter, accepts_an_existing_directory_without_a_recording) {
    const RecordingFolder folder;
    folder.put("notes.txt", "mine");
    const auto writer = writer_of(into(folder));
    ASSERT_NE(writer, nullptr);
    EXPECT_TRUE(folder.has("threads.csv"));
    EXPECT_EQ(folder.text_of("notes.txt"), "mine");
}

TEST(RecordWriter, says_why_a_directory_cannot_be_made) {
    const RecordingFolder folder;
    RecordWriterOptions options;
    options.directory = folder.path() + "/above/it";
    const auto missing = RecordWriter::create(options);
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().error_number, ENOENT);
    EXPECT_NE(missing.error().hint, "");
    folder.put("file", "x");
    options.directory = folder.file("file");
    const auto file = RecordWriter::create(options);
    ASSERT_FALSE(file.ok());
    EXPECT_EQ(file.error().error_number, ENOTDIR);
}

TEST(RecordWriter, leaves_nothing_of_a_recording_that_could_not_be_begun) {
    const RecordingFolder folder;
    const FileSizeLimit limit(10);
    const auto none = RecordWriter::create(into(folder));
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.error().error_number, EFBIG);
    EXPECT_FALSE(std::filesystem::exists(folder.path()));
}

TEST(RecordWriter, takes_its_files_away_again_when_nothing_came_to_be_recorded) {
    for (const bool there_before : {false, true}) {
        const RecordingFolder folder;
        if (there_before) {
            folder.put("notes.txt", "mine");
        }
        writer_of(into(folder))->abandon();
        EXPECT_EQ(std::filesystem::exists(folder.path()), there_before);
        EXPECT_FALSE(folder.has("meta.json") || folder.has("threads.csv") || folder.has("system.csv"));
    }
}

TEST(RecordWriter, streams_the_rows_alone_until_the_reader_leaves) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    Fd reader(ends[0]);
    const Fd sink(ends[1]);
    void (*const handler)(int) = std::signal(SIGPIPE, SIG_IGN);
    RecordWriterOptions options;
    options.stream_fd = sink.get();
    const auto writer = writer_of(std::move(options));
    QuietCrowd crowd(5);
    ASSERT_TRUE(writer->add(crowd.step(), false).ok());
    char buffer[65536];
    const ssize_t got = ::read(reader.get(), buffer, sizeof buffer);
    ASSERT_GT(got, 0);
    const Table table(std::string(buffer, static_cast<std::size_t>(got)));
    EXPECT_EQ(table.rows(), 5U);
    EXPECT_EQ(table.at(4, "tid"), "5");
    reader.reset();
    const Result<void> gone = writer->add(crowd.step(), true);
    std::signal(SIGPIPE, handler);
    ASSERT_FALSE(gone.ok());
    EXPECT_EQ(gone.error().error_number, EPIPE);
    EXPECT_EQ(writer->finish({}).error().error_number, EPIPE);
}

TEST(RecordWriter, allocates_per_interval_what_it_hands_over_and_nothing_per_thread) {
    for (const bool compress : {false, true}) {
        const RecordingFolder folder;
        QuietCrowd crowd(2000);
        const auto writer = writer_of(into(folder, compress));
        for (int interval = 0; interval < 20; ++interval) {
            ASSERT_TRUE(writer->add(crowd.step(), interval < 10).ok());
        }
        const std::uint64_t rows = writer->progress().rows;
        const AllocationCount count;
        for (int interval = 0; interval < 100; ++interval) {
            ASSERT_TRUE(writer->add(crowd.step(), false).ok());
        }
        // Two texts and two steps of the queue that writes them: the directory may hang.
        EXPECT_LE(count.so_far(), 100U * 4) << (compress ? "compressed" : "plain");
        EXPECT_GT(writer->progress().rows, rows + 2000);
    }
}

}  // namespace
}  // namespace tsa
