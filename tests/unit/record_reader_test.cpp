// SPDX-License-Identifier: MIT
// Opening recordings after crashes or changes by other programs and users: truncated, concatenated, shuffled, renamed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <zstd.h>

#include <algorithm>

#include "model/columns.h"
#include "record/csv_fields.h"
#include "record/recording.h"
#include "unit/recording_folder.h"
#include "unit/whole_recording.h"

namespace tsa {
namespace {

using testing::cells_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::expect_same;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::joined;
using testing::lines_of;
using testing::play;
using testing::record;
using testing::RecordingFolder;
using testing::Whole;

constexpr std::uint64_t kSecond = 1'000'000'000;

TEST(RecordReader, a_recording_cut_off_at_any_byte_reads_up_to_its_last_whole_interval) {
    const RecordingFolder folder;
    record(folder, 3, 2);
    const Result<Whole> whole = play(folder);
    ASSERT_TRUE(whole.ok());
    const std::string threads = folder.text_of("threads.csv");
    const std::size_t header = threads.find('\n') - 1;
    for (std::size_t size = 0; size < threads.size(); size += size < header ? 31 : 1) {
        folder.put("threads.csv", threads.substr(0, size));
        const Result<Whole> cut = play(folder);
        ASSERT_TRUE(cut.ok()) << size << ": " << cut.error().text();
        ASSERT_LE(cut.value().reports.size(), whole.value().reports.size());
        EXPECT_EQ(cut.value().bad_lines, 0U) << size;
        EXPECT_FALSE(cut.value().remarks.empty()) << size;
        EXPECT_EQ(cut.value().reports[0].machine[1], whole.value().reports[0].machine[1]) << size;
    }
    folder.put("threads.csv", threads);
    const std::string system = folder.text_of("system.csv");
    for (std::size_t size = 0; size < system.size(); size += 1 + size % 5) {
        folder.put("system.csv", system.substr(0, size));
        const Result<Whole> cut = play(folder);
        ASSERT_TRUE(cut.ok()) << size << ": " << cut.error().text();
        const std::size_t full_lines = static_cast<std::size_t>(
            std::count(system.begin(), system.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
        if (full_lines >= 2) {
            // Rows of an interval without a system line yet do not count as a complete interval.
            EXPECT_EQ(cut.value().reports.size(), 3U - (full_lines == 2 ? 1 : full_lines == 3 ? 1 : 0)) << size;
            EXPECT_EQ(cut.value().reports[0].rows, whole.value().reports[0].rows) << size;
        }
    }
}

TEST(RecordReader, compressed_data_that_breaks_off_reads_as_far_as_it_goes) {
    const RecordingFolder folder;
    record(folder, 10, 20, true);
    const Result<Whole> whole = play(folder);
    ASSERT_TRUE(whole.ok());
    const std::string threads = folder.text_of("threads.csv.zst");
    for (std::size_t size = 0; size < threads.size(); size += 1 + threads.size() / 200) {
        folder.put("threads.csv.zst", threads.substr(0, size));
        const Result<Whole> cut = play(folder);
        ASSERT_TRUE(cut.ok()) << size << ": " << cut.error().text();
        EXPECT_EQ(cut.value().bad_lines, 0U);
    }
    // Damaged in the middle: reading must terminate in any case.
    for (std::size_t at = 10; at < threads.size(); at += 1 + threads.size() / 100) {
        std::string damaged = threads;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
        folder.put("threads.csv.zst", damaged);
        ASSERT_TRUE(play(folder).ok()) << at;
    }
}

TEST(RecordReader, columns_may_be_in_any_order_with_unknown_ones_in_between) {
    const RecordingFolder folder;
    record(folder, 6);
    const Result<Whole> whole = play(folder);
    std::string shuffled;
    CsvFields fields;
    for (const std::string& line : lines_of(folder.text_of("threads.csv"))) {
        ASSERT_TRUE(fields.split(line));
        const bool header = shuffled.empty();
        shuffled += header ? "future_thing" : "\"with, \"\"all\"\"\nof it\"";
        for (std::size_t i = fields.fields().size(); i-- > 0;) {
            shuffled += ",\"";
            for (const char c : fields.fields()[i]) {
                shuffled += c == '"' ? "\"\"" : std::string(1, c);
            }
            shuffled += '"';
        }
        shuffled += "\n";  // without the carriage return
    }
    folder.put("threads.csv", shuffled);
    const Result<Whole> again = play(folder);
    ASSERT_TRUE(again.ok()) << again.error().text();
    EXPECT_THAT(again.value().remarks, IsEmpty());
    EXPECT_EQ(again.value().bad_lines, 0U);
    expect_same(whole.value(), again.value());
}

/// The text without one column; cells that need quotes become others.
std::string without(const std::string& text, std::string_view key) {
    std::string out;
    std::ptrdiff_t column = 0;
    CsvFields fields;
    for (const std::string& line : lines_of(text)) {
        EXPECT_TRUE(fields.split(line));
        std::vector<std::string> cells(fields.fields().begin(), fields.fields().end());
        column = out.empty() ? std::ranges::find(cells, key) - cells.begin() : column;
        cells.erase(cells.begin() + column);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            out += (i == 0 ? "" : ",") + (cells[i].find_first_of(",\"") != std::string::npos ? "x" : cells[i]);
        }
        out += "\n";
    }
    return out;
}

TEST(RecordReader, a_missing_column_is_absent_and_a_needed_one_is_named) {
    const RecordingFolder folder;
    record(folder, 3);
    const std::string all = folder.text_of("threads.csv");
    folder.put("threads.csv", without(all, "rss_bytes"));
    const Result<Whole> played = play(folder);
    ASSERT_TRUE(played.ok()) << played.error().text();
    for (const auto& [key, cells] : played.value().reports[0].rows) {
        EXPECT_THAT(cells, Contains("rss_bytes=-"));
        EXPECT_THAT(cells, Contains("wall_ns=1000000000"));
    }
    folder.put("threads.csv", without(all, "wall_ns"));
    folder.remove("system.csv");
    const Result<Whole> refused = play(folder);
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().text(), HasSubstr("threads.csv: no column wall_ns"));
}

TEST(RecordReader, files_that_were_put_together_are_read_through_their_headers) {
    const RecordingFolder folder;
    record(folder, 8);
    const Result<Whole> whole = play(folder);
    for (const char* name : {"threads.csv", "system.csv"}) {
        std::vector<std::string> lines = lines_of(folder.text_of(name));
        std::size_t at = lines.size() / 2;
        while (lines[at].substr(0, 19) == lines[at - 1].substr(0, 19)) {
            ++at;  // within an interval
        }
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), lines[0]);
        folder.put(name, joined(lines));
    }
    const Result<Whole> again = play(folder);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.value().reports.size(), whole.value().reports.size());
    EXPECT_THAT(again.value().remarks, IsEmpty());
}

TEST(RecordReader, an_invalid_line_is_counted_and_skipped) {
    const RecordingFolder folder;
    record(folder, 4);
    const Result<Whole> whole = play(folder);
    const std::vector<std::string> lines = lines_of(folder.text_of("threads.csv"));
    const std::string& good = lines[2];
    const std::string time = good.substr(0, good.find(','));
    const std::vector<std::string> bad{"\r\n",
                                       "x\r\n",
                                       time + ",1,2,3\r\n",
                                       time + "," + std::string(300, '9') + good.substr(good.find(',')),
                                       "-" + good,
                                       "\"" + good,
                                       std::string(3, '\0') + "\n",
                                       good.substr(0, good.size() - 2) + ",1\r\n"};
    for (const std::string& line : bad) {
        std::vector<std::string> with = lines;
        with.insert(with.begin() + 3, line);
        folder.put("threads.csv", joined(with));
        const Result<Whole> again = play(folder);
        ASSERT_TRUE(again.ok()) << line;
        EXPECT_EQ(again.value().bad_lines, 1U) << line;
        expect_same(whole.value(), again.value());
    }
}

TEST(RecordReader, without_system_csv_the_sums_are_those_of_the_rows) {
    const RecordingFolder folder;
    record(folder, 12, 10);
    const Result<Whole> whole = play(folder);
    folder.remove("system.csv");
    Result<std::unique_ptr<Recording>> recording = Recording::open(folder.path());
    ASSERT_TRUE(recording.ok()) << recording.error().text();
    EXPECT_THAT(recording.value()->remarks(), Contains(HasSubstr("no system.csv")));
    ASSERT_EQ(recording.value()->intervals(), whole.value().reports.size());
    Player player(*recording.value());
    for (std::size_t i = 0; i < recording.value()->intervals(); ++i) {
        const Result<const Report*> report = player.seek(i);
        ASSERT_TRUE(report.ok());
        EXPECT_EQ(cells_of(*report.value()).rows, whole.value().reports[i].rows) << i;
        std::uint64_t sum = 0;
        for (const auto& rows : {report.value()->threads, report.value()->exited}) {
            for (const ThreadRow& row : rows) {
                sum += row.wall_ns;
            }
        }
        EXPECT_EQ(report.value()->total_wall_ns, sum);
        const double threads = static_cast<double>(sum) / static_cast<double>(report.value()->interval_ns);
        double in_strip = 0;
        for (const float in_state : recording.value()->timeline()[i].threads_in) {
            in_strip += static_cast<double>(in_state);
        }
        EXPECT_NEAR(in_strip, threads, threads / 1000);
    }
}

TEST(RecordReader, an_emptied_file_is_reported) {
    for (const bool compress : {false, true}) {
        const std::string suffix = compress ? ".csv.zst" : ".csv";
        const RecordingFolder rows_lost, sums_lost;
        record(rows_lost, 6, 6, compress);
        rows_lost.put("threads" + suffix, "");
        const Result<Whole> without_rows = play(rows_lost);
        ASSERT_TRUE(without_rows.ok()) << without_rows.error().text();
        EXPECT_EQ(without_rows.value().reports.size(), 6U);
        EXPECT_THAT(without_rows.value().remarks, ElementsAre(HasSubstr("threads.csv lacks rows of 6 intervals")));
        record(sums_lost, 6, 6, compress);
        sums_lost.put("system" + suffix, "");
        const Result<Whole> without_sums = play(sums_lost);
        ASSERT_TRUE(without_sums.ok()) << without_sums.error().text();
        EXPECT_EQ(without_sums.value().reports.size(), 6U);
        EXPECT_THAT(without_sums.value().remarks, ElementsAre(HasSubstr("6 intervals have no line in system.csv")));
    }
}

TEST(RecordReader, an_empty_segment_after_a_crash_drops_nothing) {
    const RecordingFolder folder;
    record(folder, 6);
    folder.rename("threads.csv", "threads-000001.csv");
    folder.rename("system.csv", "system-000001.csv");
    folder.put("threads.csv", "");
    folder.put("system.csv", "");
    const Result<Whole> whole = play(folder);
    ASSERT_TRUE(whole.ok()) << whole.error().text();
    EXPECT_EQ(whole.value().reports.size(), 6U);
    EXPECT_THAT(whole.value().remarks, IsEmpty());
}

/// Halves of a recording as two segments, as a limit makes them; `numbers` of the first and the second, 0: none.
void split(const RecordingFolder& folder, unsigned first, unsigned second) {
    for (const std::string stem : {"threads", "system"}) {
        const std::vector<std::string> lines = lines_of(folder.text_of(stem + ".csv"));
        CsvFields fields;
        // Split at the end of an interval: at the time in the middle line of system.csv.
        const std::vector<std::string> system =
            lines_of(folder.text_of(stem == "threads" ? "system.csv" : "system.csv.all"));
        const std::string& middle = system[system.size() / 2];
        const std::string time = middle.substr(0, middle.find(','));
        std::size_t cut = 0;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            cut = lines[i].starts_with(time) ? i + 1 : cut;
        }
        std::vector<std::string> left(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(cut));
        std::vector<std::string> right(lines.begin() + static_cast<std::ptrdiff_t>(cut), lines.end());
        right.insert(right.begin(), lines[0]);
        folder.put("system.csv.all", joined(system));
        folder.remove(stem + ".csv");
        const auto name = [&](unsigned number) {
            return number == 0 ? stem + ".csv" : fmt::format("{}-{:06}.csv", stem, number);
        };
        folder.put(name(first), joined(left));
        folder.put(name(second), joined(right));
    }
    folder.remove("system.csv.all");
}

TEST(RecordReader, segments_are_one_recording) {
    for (const auto& [first, second] : {std::pair{1U, 0U}, {7U, 8U}}) {
        const RecordingFolder folder;
        record(folder, 10);
        const Result<Whole> whole = play(folder);
        split(folder, first, second);
        const Result<Whole> again = play(folder);
        ASSERT_TRUE(again.ok()) << again.error().text();
        EXPECT_THAT(again.value().remarks, IsEmpty());
        expect_same(whole.value(), again.value());
    }
}

TEST(RecordReader, a_pair_of_which_only_one_was_renamed_is_a_pair) {
    const RecordingFolder folder;
    record(folder, 10);
    const Result<Whole> whole = play(folder);
    split(folder, 1, 2);
    folder.rename("system-000002.csv", "system.csv");
    const Result<Whole> again = play(folder);
    ASSERT_TRUE(again.ok()) << again.error().text();
    EXPECT_THAT(again.value().remarks, IsEmpty());
    expect_same(whole.value(), again.value());
}

TEST(RecordReader, what_is_left_of_a_deleted_segment_is_not_needed) {
    const RecordingFolder folder;
    record(folder, 10);
    split(folder, 1, 0);
    folder.remove("threads-000001.csv");
    const Result<Whole> rest = play(folder);
    ASSERT_TRUE(rest.ok());
    EXPECT_THAT(rest.value().remarks, ElementsAre(HasSubstr("intervals that meta.json counts are not in system.csv")));
    EXPECT_LT(rest.value().reports.size(), 8U);
    EXPECT_FALSE(rest.value().reports[0].rows.empty());
}

TEST(RecordReader, a_missing_segment_is_reported_and_the_rest_is_played) {
    const RecordingFolder folder;
    record(folder, 12);
    split(folder, 1, 3);
    const Result<Whole> whole = play(folder);
    ASSERT_TRUE(whole.ok());
    EXPECT_THAT(whole.value().remarks, ElementsAre(HasSubstr("threads-000003.csv: the segment before it is missing")));
    folder.remove("system-000003.csv");
    const Result<Whole> half = play(folder);
    ASSERT_TRUE(half.ok());
    EXPECT_THAT(half.value().remarks, Contains(HasSubstr("their sums are computed from their rows")));
    // Its last interval may be incomplete.
    ASSERT_EQ(half.value().reports.size(), whole.value().reports.size() - 1);
    for (std::size_t i = 0; i < half.value().reports.size(); ++i) {
        EXPECT_EQ(half.value().reports[i].rows, whole.value().reports[i].rows) << i;
    }
}

TEST(RecordReader, a_directory_that_is_not_a_recording_is_an_error_with_a_hint) {
    const RecordingFolder folder;
    const auto error = [&](const std::string& path) {
        const Result<std::unique_ptr<Recording>> opened = Recording::open(path);
        return opened.ok() ? "opened" : opened.error().text();
    };
    EXPECT_THAT(error(folder.path()), HasSubstr("No such file or directory; hint: give the directory"));
    folder.put("other.csv", "a,b\n");
    EXPECT_THAT(error(folder.path()), HasSubstr("it contains no threads.csv"));
    EXPECT_THAT(error(folder.file("other.csv")), HasSubstr("Not a directory; hint: give the directory"));
    folder.put("threads.csv", "");
    EXPECT_THAT(error(folder.path()), HasSubstr("the recording has no interval; hint: "));
    folder.put("threads.csv", "time_unix_ns,tid,wall_ns\r\n");
    EXPECT_THAT(error(folder.path()), HasSubstr("the recording has no interval; hint: "));
    folder.put("threads.csv", "a,b\r\n1,2\r\n");
    EXPECT_THAT(error(folder.path()), HasSubstr("threads.csv: no column time_unix_ns; hint: "));
    folder.put("threads.csv", "time_unix_ns,tid,wall_ns\r\n5000000000,7,1000000000\r\n");
    EXPECT_EQ(error(folder.path()), "opened");
    folder.put("meta.json", R"({"schema":99})");
    EXPECT_THAT(error(folder.path()), HasSubstr("99"));
    std::filesystem::remove(folder.file("threads.csv"));
    std::filesystem::create_directory(folder.file("threads.csv"));
    folder.remove("meta.json");
    EXPECT_THAT(error(folder.path()), HasSubstr("not a regular file"));
}

TEST(RecordReader, three_columns_are_enough) {
    const RecordingFolder folder;
    folder.put("threads.csv",
               "\xef\xbb\xbftime_unix_ns,tid,wall_ns,exec_ns,idle_ns\r\n"
               "5000000000,7,1000000000,250000000,750000000\r\n"
               "6000000000,7,1000000000,0,1000000000\r\n");
    Result<std::unique_ptr<Recording>> recording = Recording::open(folder.path());
    ASSERT_TRUE(recording.ok()) << recording.error().text();
    Player player(*recording.value());
    const Result<const Report*> report = player.seek(1);
    ASSERT_TRUE(report.ok());
    ASSERT_EQ(report.value()->threads.size(), 1U);
    EXPECT_EQ(report.value()->interval_ns, kSecond);
    EXPECT_EQ(report.value()->threads[0].wall_ns, kSecond);
    EXPECT_EQ(report.value()->threads[0].state_ns[index(ThreadState::idle)], kSecond);
    EXPECT_EQ(report.value()->threads[0].now->state, ThreadState::idle);
    EXPECT_EQ(report.value()->threads[0].now->measured & kMeasuredStates,
              measured_bit(ThreadState::exec) | measured_bit(ThreadState::idle));
}

TEST(RecordReader, a_seek_in_compressed_files_of_several_frames_finds_its_lines) {
    const RecordingFolder folder;
    record(folder, 40, 200);
    const Result<Whole> whole = play(folder);
    std::string frames;
    const std::string text = folder.text_of("threads.csv");
    constexpr std::size_t kFrame = 300'000;
    ASSERT_GT(text.size(), 2 * kFrame);
    for (std::size_t at = 0; at < text.size(); at += kFrame) {
        const std::string part = text.substr(at, kFrame);
        std::string packed(ZSTD_compressBound(part.size()), '\0');
        packed.resize(ZSTD_compress(packed.data(), packed.size(), part.data(), part.size(), 1));
        frames += packed;
    }
    folder.put("threads.csv.zst", frames);
    folder.remove("threads.csv");
    Result<std::unique_ptr<Recording>> recording = Recording::open(folder.path());
    ASSERT_TRUE(recording.ok());
    EXPECT_THAT(recording.value()->remarks(), IsEmpty());
    Player player(*recording.value());
    for (const std::size_t i : {39U, 0U, 20U, 21U, 5U, 38U, 39U, 3U}) {
        const Result<const Report*> report = player.seek(i);
        ASSERT_TRUE(report.ok()) << report.error().text();
        EXPECT_EQ(cells_of(*report.value()).rows, whole.value().reports[i].rows) << i;
    }
}

TEST(RecordReader, a_file_that_shrinks_while_it_is_played_is_an_error) {
    const RecordingFolder folder;
    record(folder, 10, 30);
    Result<std::unique_ptr<Recording>> recording = Recording::open(folder.path());
    ASSERT_TRUE(recording.ok());
    Player player(*recording.value());
    std::filesystem::resize_file(folder.file("threads.csv"), 2000);
    const Result<const Report*> report = player.seek(9);
    ASSERT_FALSE(report.ok());
    EXPECT_THAT(report.error().text(), HasSubstr("was truncated after it was opened"));
}

}  // namespace
}  // namespace tsa
