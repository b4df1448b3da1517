// SPDX-License-Identifier: MIT
// Recordings whose files lack rows, have them twice, in another order, or belong to several machines: what is not there
// is said, and nothing is summed twice.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "record/csv_fields.h"
#include "unit/whole_recording.h"

namespace tsa {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::expect_same;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::joined;
using testing::lines_of;
using ::testing::Not;
using testing::play;
using testing::record;
using testing::RecordingFolder;
using testing::Whole;

using Lines = std::vector<std::string>;

std::string time_of(const std::string& line) {
    return line.substr(0, line.find(','));
}

/// The times of system.csv.
Lines times_of(const RecordingFolder& folder) {
    Lines times;
    for (const std::string& line : lines_of(folder.text_of("system.csv"))) {
        times.push_back(time_of(line));
    }
    times.erase(times.begin());
    return times;
}

/// Rewrites a file of the recording without its header, which stays in front.
void rewrite(const RecordingFolder& folder, const std::string& name, const std::function<void(Lines&)>& change) {
    Lines lines = lines_of(folder.text_of(name));
    const std::string header = lines.front();
    lines.erase(lines.begin());
    change(lines);
    folder.put(name, header + joined(lines));
}

void remove_rows(const RecordingFolder& folder, const std::function<bool(const std::string& line)>& is_lost) {
    rewrite(folder, "threads.csv", [&](Lines& lines) { std::erase_if(lines, is_lost); });
}

/// As written by older versions.
void remove_column_rows(const RecordingFolder& folder) {
    std::string text;
    for (const std::string& line : lines_of(folder.text_of("system.csv"))) {
        text += line.substr(0, line.rfind(',')) + "\r\n";
    }
    folder.put("system.csv", text);
}

/// The indexes of the intervals that are missing.
std::vector<std::size_t> missing_in(const RecordingFolder& folder) {
    const Result<std::unique_ptr<Recording>> recording = Recording::open(folder.path());
    EXPECT_TRUE(recording.ok());
    std::vector<std::size_t> missing;
    for (std::size_t at = 0; recording.ok() && at < recording.value()->intervals(); ++at) {
        if (recording.value()->timeline()[at].missing) {
            missing.push_back(at);
        }
    }
    return missing;
}

/// The intervals that are not missing are played as in `whole`; of the others there are the machine's numbers only.
void expect_the_rest(const RecordingFolder& folder, const Whole& whole) {
    const Result<Whole> rest = play(folder);
    ASSERT_TRUE(rest.ok()) << rest.error().text();
    ASSERT_EQ(rest.value().reports.size(), whole.reports.size());
    const std::vector<std::size_t> missing = missing_in(folder);
    for (std::size_t at = 0; at < whole.reports.size(); ++at) {
        EXPECT_EQ(rest.value().reports[at].machine.front(), whole.reports[at].machine.front());
        if (std::ranges::find(missing, at) != missing.end()) {
            EXPECT_THAT(rest.value().reports[at].rows, IsEmpty()) << at;
            continue;
        }
        for (const auto& row : rest.value().reports[at].rows) {
            EXPECT_THAT(whole.reports[at].rows, Contains(row)) << at;
        }
    }
}

struct Loss {
    const char* name;
    std::size_t from, to;               ///< intervals without rows
    std::vector<std::size_t> missing;   ///< if the number of rows is known
    std::vector<std::size_t> doubtful;  ///< if not: an interval beside them may have lost some, too
};

TEST(MissingRows, are_found_wherever_they_are) {
    for (const Loss& loss : {Loss{"end", 7, 10, {7, 8, 9}, {6, 7, 8, 9}}, Loss{"start", 0, 3, {0, 1, 2}, {0, 1, 2, 3}},
                             Loss{"middle", 4, 6, {4, 5}, {3, 4, 5, 6}}, Loss{"one", 5, 6, {5}, {4, 5, 6}}}) {
        SCOPED_TRACE(loss.name);
        const RecordingFolder folder;
        record(folder, 10, 40);
        const Result<Whole> whole = play(folder);
        ASSERT_TRUE(whole.ok());
        EXPECT_THAT(whole.value().remarks, IsEmpty());
        const Lines times = times_of(folder);
        remove_rows(folder, [&](const std::string& line) {
            const auto at = std::ranges::find(times, time_of(line)) - times.begin();
            return at >= static_cast<std::ptrdiff_t>(loss.from) && at < static_cast<std::ptrdiff_t>(loss.to);
        });
        EXPECT_EQ(missing_in(folder), loss.missing);
        expect_the_rest(folder, whole.value());
        EXPECT_THAT(play(folder).value().remarks,
                    ElementsAre(AllOf(HasSubstr("not recorded from 20"),
                                      HasSubstr(fmt::format("lacks rows of {} interval", loss.to - loss.from)))));
        remove_column_rows(folder);
        EXPECT_EQ(missing_in(folder), loss.doubtful);
        expect_the_rest(folder, whole.value());
    }
}

TEST(MissingRows, one_row_less_than_there_must_be_is_enough) {
    const RecordingFolder folder;
    record(folder, 6, 8);
    const Lines times = times_of(folder);
    bool done = false;
    remove_rows(folder, [&](const std::string& line) { return !done && (done = time_of(line) == times[3]); });
    EXPECT_EQ(missing_in(folder), std::vector<std::size_t>{3});
}

// A thread that had no row for a while may have ended in time that was not recorded.
TEST(MissingRows, threads_are_not_carried_over_time_that_was_not_recorded) {
    const RecordingFolder folder;
    record(folder, 10, 30);
    const Result<Whole> whole = play(folder);
    const Lines times = times_of(folder);
    remove_rows(folder, [&](const std::string& line) { return time_of(line) == times[5]; });
    const Result<Whole> rest = play(folder);
    ASSERT_TRUE(rest.ok());
    const auto rows_at = [&](std::size_t at) {
        return static_cast<std::size_t>(
            std::ranges::count(lines_of(folder.text_of("threads.csv")), times[at], time_of));
    };
    EXPECT_GT(whole.value().reports[6].rows.size(), rows_at(6)) << "the others are quiet";
    EXPECT_EQ(rest.value().reports[6].rows.size(), rows_at(6));
}

TEST(MissingRows, a_filtered_recording_may_have_intervals_without_rows) {
    const RecordingFolder folder;
    record(folder, 10, 40);
    const Lines times = times_of(folder);
    // As if nothing had happened in the intervals 4 to 6 to what the filter chose.
    const auto is_quiet = [&](const std::string& time) {
        const auto at = std::ranges::find(times, time) - times.begin();
        return at >= 4 && at <= 6;
    };
    remove_rows(folder, [&](const std::string& line) { return is_quiet(time_of(line)); });
    rewrite(folder, "system.csv", [&](Lines& lines) {
        for (std::string& line : lines) {
            line = is_quiet(time_of(line)) ? line.substr(0, line.rfind(',')) + ",0\r\n" : line;
        }
    });
    const std::size_t rows = lines_of(folder.text_of("threads.csv")).size() - 1;
    const auto put_meta = [&](std::size_t recorded_rows) {
        folder.put(
            "meta.json",
            fmt::format(R"({{"schema":1,"filters":["process 7"],"end":{{"intervals":10,"rows":{}}}}})", recorded_rows));
    };
    put_meta(rows);
    EXPECT_THAT(missing_in(folder), IsEmpty());
    EXPECT_THAT(play(folder).value().remarks, IsEmpty());
    remove_column_rows(folder);
    EXPECT_THAT(missing_in(folder), IsEmpty()) << "meta.json says that all rows are there";
    put_meta(rows + 1);
    EXPECT_THAT(missing_in(folder), ElementsAre(3, 4, 5, 6, 7)) << "some are not: which ones is not known";
}

TEST(MissingRows, without_meta_json_the_first_interval_shows_whether_all_threads_were_recorded) {
    const RecordingFolder folder;
    record(folder, 8, 40);
    const Lines times = times_of(folder);
    remove_rows(folder, [&](const std::string& line) { return time_of(line) >= times[6]; });
    remove_column_rows(folder);
    folder.put("meta.json", "");
    EXPECT_THAT(missing_in(folder), ElementsAre(5, 6, 7));
    EXPECT_THAT(play(folder).value().remarks,
                ElementsAre(HasSubstr("meta.json: empty: host, command"), HasSubstr("lacks rows of 3 intervals")));
}

TEST(MissingRows, intervals_that_no_file_has_are_counted_by_meta_json_and_seen_by_the_clock) {
    const RecordingFolder folder;
    record(folder, 10, 8);
    const Lines times = times_of(folder);
    for (const char* name : {"threads.csv", "system.csv"}) {
        rewrite(folder, name, [&](Lines& lines) {
            std::erase_if(lines, [&](const std::string& line) { return time_of(line) == times[4]; });
        });
    }
    EXPECT_THAT(play(folder).value().remarks, ElementsAre(HasSubstr("nothing is recorded of 1.00 s before"),
                                                          "1 interval that meta.json counts are not in system.csv"));
    const Result<std::unique_ptr<Recording>> recording = Recording::open(folder.path());
    EXPECT_FALSE(recording.value()->timeline()[4].follows);
    EXPECT_TRUE(recording.value()->timeline()[5].follows);
}

TEST(RepeatedRows, a_file_put_together_with_itself_counts_once) {
    for (const auto& names : {Lines{"threads.csv"}, Lines{"system.csv"}, Lines{"threads.csv", "system.csv"}}) {
        for (const bool old : {false, true}) {
            const RecordingFolder folder;
            record(folder, 8, 8);
            const Result<Whole> whole = play(folder);
            if (old) {
                remove_column_rows(folder);
            }
            for (const std::string& name : names) {
                folder.put(name, folder.text_of(name) + folder.text_of(name));
            }
            const Result<Whole> again = play(folder);
            ASSERT_TRUE(again.ok()) << again.error().text();
            expect_same(whole.value(), again.value());
            EXPECT_THAT(again.value().remarks,
                        ElementsAre("8 intervals are in the files more than once: counted once"));
        }
    }
}

TEST(RepeatedRows, a_file_put_together_with_a_part_of_itself_has_the_whole_intervals) {
    const RecordingFolder folder;
    record(folder, 8, 8);
    const Result<Whole> whole = play(folder);
    const Lines lines = lines_of(folder.text_of("threads.csv"));
    const Lines part(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(lines.size() / 2));
    folder.put("threads.csv", joined(part) + joined(lines));
    expect_same(whole.value(), play(folder).value());
}

TEST(RepeatedRows, doubled_lines_count_once) {
    for (const char* name : {"threads.csv", "system.csv"}) {
        const RecordingFolder folder;
        record(folder, 8, 8);
        const Result<Whole> whole = play(folder);
        rewrite(folder, name, [](Lines& lines) {
            Lines doubled;
            for (const std::string& line : lines) {
                doubled.insert(doubled.end(), 2, line);
            }
            lines = doubled;
        });
        const Result<Whole> again = play(folder);
        ASSERT_TRUE(again.ok());
        expect_same(whole.value(), again.value());
        EXPECT_EQ(again.value().bad_lines, 0U);
        EXPECT_THAT(again.value().remarks, ElementsAre(HasSubstr("more than once: counted once")));
    }
}

TEST(SortedRows, intervals_in_another_order_are_sorted) {
    for (const auto& names : {Lines{"threads.csv"}, Lines{"system.csv"}, Lines{"threads.csv", "system.csv"}}) {
        const RecordingFolder folder;
        record(folder, 8, 8);
        const Result<Whole> whole = play(folder);
        for (const std::string& name : names) {
            rewrite(folder, name, [](Lines& lines) { std::ranges::stable_sort(lines, std::greater{}, time_of); });
        }
        const Result<Whole> again = play(folder);
        ASSERT_TRUE(again.ok());
        expect_same(whole.value(), again.value());
        if (names.back() == "system.csv") {
            EXPECT_THAT(again.value().remarks, ElementsAre(HasSubstr("not in the order of time")));
        }
    }
}

TEST(SortedRows, without_system_csv_too) {
    const RecordingFolder folder;
    record(folder, 8, 8);
    folder.remove("system.csv");
    const Result<Whole> whole = play(folder);
    rewrite(folder, "threads.csv", [](Lines& lines) { std::ranges::stable_sort(lines, std::greater{}, time_of); });
    const Result<Whole> again = play(folder);
    ASSERT_TRUE(again.ok());
    for (std::size_t at = 0; at < whole.value().reports.size(); ++at) {
        EXPECT_EQ(again.value().reports[at].rows, whole.value().reports[at].rows) << at;
    }
    EXPECT_THAT(again.value().remarks, Contains(HasSubstr("not in the order of time")));
}

TEST(SortedRows, rows_of_an_interval_that_are_not_together_are_left_out) {
    const RecordingFolder folder;
    record(folder, 8, 8);
    rewrite(folder, "threads.csv", [](Lines& lines) {
        CsvFields fields;
        std::ranges::stable_sort(lines, {}, [&](const std::string& line) {
            EXPECT_TRUE(fields.split(line));
            return std::string(fields.fields()[2]);  // tid
        });
    });
    const Result<Whole> again = play(folder);
    ASSERT_TRUE(again.ok());
    EXPECT_GE(missing_in(folder).size(), 7U);
    EXPECT_THAT(again.value().remarks, Contains(HasSubstr("have rows in several places of threads.csv: sort it by")));
}

/// Adds the files of another recording, made `later_ns` later by the wall clock.
void append(const RecordingFolder& folder, const RecordingFolder& other, std::uint64_t later_ns) {
    for (const char* name : {"threads.csv", "system.csv"}) {
        std::string text = folder.text_of(name);
        const Lines lines = lines_of(other.text_of(name));
        for (std::size_t at = 1; at < lines.size(); ++at) {
            const std::string time = time_of(lines[at]);
            text += std::to_string(std::stoull(time) + later_ns) + lines[at].substr(time.size());
        }
        folder.put(name, text);
    }
}

constexpr std::uint64_t kDayNs = 86'400'000'000'000;

TEST(OtherClock, a_recording_of_another_boot_follows_the_first_one) {
    const RecordingFolder folder, other;
    record(folder, 6, 8);
    record(other, 5, 8, false, 9);
    const Result<Whole> first = play(folder), second = play(other);
    append(folder, other, kDayNs);
    const Result<Whole> both = play(folder);
    ASSERT_TRUE(both.ok());
    ASSERT_EQ(both.value().reports.size(), 11U);
    for (std::size_t at = 0; at < 11; ++at) {
        const Whole& from = at < 6 ? first.value() : second.value();
        std::size_t exited = 0;
        const auto& wanted = from.reports[at < 6 ? at : at - 6].rows;
        for (const auto& [key, cells] : wanted) {
            exited += key.ends_with("exited") ? 1 : 0;
        }
        EXPECT_EQ(both.value().reports[at].rows.size(), wanted.size()) << at << ", exited " << exited;
    }
    EXPECT_THAT(both.value().remarks, Contains(HasSubstr("nothing is recorded of")));
    const Result<std::unique_ptr<Recording>> recording = Recording::open(folder.path());
    const Timeline& timeline = recording.value()->timeline();
    for (std::size_t at = 1; at < timeline.size(); ++at) {
        EXPECT_GE(timeline[at].now_ns, timeline[at - 1].now_ns + timeline[at].interval_ns);
        EXPECT_EQ(timeline[at].follows, at != 6);
    }
}

TEST(OtherClock, two_recordings_of_the_same_time_are_not_summed_twice) {
    const RecordingFolder folder, other;
    record(folder, 6, 8);
    record(other, 6, 8, false, 9);
    append(folder, other, 0);
    const Result<Whole> both = play(folder);
    ASSERT_TRUE(both.ok());
    EXPECT_LE(both.value().reports.size(), 7U);
    EXPECT_THAT(both.value().remarks, Contains(::testing::AnyOf(HasSubstr("cover time that others cover: left out"),
                                                                HasSubstr("counted once"))));
}

TEST(OtherClock, lines_without_a_monotonic_time_do_not_move_time_back) {
    const RecordingFolder folder;
    record(folder, 8, 8);
    rewrite(folder, "system.csv", [](Lines& lines) {
        // time_unix_ns,interval_ns,monotonic_ns: none in the first line, whose time is then made up.
        const std::size_t from = lines[0].find(',', lines[0].find(',') + 1) + 1;
        lines[0].erase(from, lines[0].find(',', from) - from);
    });
    const Result<std::unique_ptr<Recording>> recording = Recording::open(folder.path());
    ASSERT_TRUE(recording.ok());
    const Timeline& timeline = recording.value()->timeline();
    ASSERT_EQ(timeline.size(), 8U);
    for (std::size_t at = 1; at < timeline.size(); ++at) {
        EXPECT_EQ(timeline[at].now_ns, timeline[at - 1].now_ns + timeline[at].interval_ns) << at;
    }
}

TEST(HostileTimes, are_invalid_lines) {
    for (const char* big :
         {"18446744073709551615", "18446744073709551000", "9223372036854775808", "4611686018427387904"}) {
        for (const char* name : {"threads.csv", "system.csv"}) {
            for (const std::size_t column : {0U, 1U, 2U}) {
                const RecordingFolder folder;
                record(folder, 4, 4);
                rewrite(folder, name, [&](Lines& lines) {
                    for (std::string& line : lines) {
                        std::size_t from = 0;
                        for (std::size_t at = 0; at < column; ++at) {
                            from = line.find(',', from) + 1;
                        }
                        line.replace(from, line.find(',', from) - from, big);
                    }
                });
                const Result<Whole> played = play(folder);
                EXPECT_TRUE(!played.ok() || !played.value().remarks.empty() || played.value().bad_lines != 0 ||
                            (column == 2 && name[0] == 't'))
                    << name << column;
            }
        }
    }
}

TEST(UnusableMeta, costs_what_it_would_have_said) {
    const auto unusable = [](const std::function<void(const RecordingFolder&)>& make) {
        const RecordingFolder folder;
        record(folder, 4, 4);
        const Result<Whole> whole = play(folder);
        folder.remove("meta.json");
        make(folder);
        const Result<Whole> again = play(folder);
        EXPECT_TRUE(again.ok()) << again.error().text();
        EXPECT_EQ(again.value().reports.size(), whole.value().reports.size());
        EXPECT_EQ(again.value().remarks.size(), 1U);
        return again.value().remarks.front();
    };
    const auto with = [&](const std::string& text) {
        return unusable([&](const RecordingFolder& folder) { folder.put("meta.json", text); });
    };
    EXPECT_THAT(with(""), HasSubstr("meta.json: empty: host, command, filters and users are not known"));
    EXPECT_THAT(with(" \r\n"), HasSubstr("meta.json: empty"));
    EXPECT_THAT(with(R"({"schema":1,"host)"), HasSubstr("not valid JSON"));
    EXPECT_THAT(with("[]"), HasSubstr("not a JSON object"));
    EXPECT_THAT(
        unusable([](const RecordingFolder& folder) { ASSERT_EQ(::mkfifo(folder.file("meta.json").c_str(), 0600), 0); }),
        HasSubstr("meta.json: not a regular file"));
    EXPECT_THAT(unusable([](const RecordingFolder& folder) {
                    ASSERT_EQ(::symlink("/dev/zero", folder.file("meta.json").c_str()), 0);
                }),
                HasSubstr("meta.json: not a regular file"));
}

TEST(UnusableFiles, a_fifo_or_device_is_refused) {
    for (const char* name : {"threads.csv", "system.csv"}) {
        const RecordingFolder folder;
        record(folder, 4, 4);
        folder.remove(name);
        ASSERT_EQ(::mkfifo(folder.file(name).c_str(), 0600), 0);
        const Result<Whole> fifo = play(folder);
        const std::string said = fifo.ok() ? fifo.value().remarks.front() : fifo.error().text();
        EXPECT_THAT(said, HasSubstr("not a regular file"));
        folder.remove(name);
        ASSERT_EQ(::symlink("/dev/zero", folder.file(name).c_str()), 0);
        const Result<Whole> device = play(folder);
        EXPECT_EQ(device.ok() ? device.value().remarks.front() : device.error().text(), said);
    }
}

TEST(ByteOrderMark, is_accepted_in_each_file) {
    const RecordingFolder folder;
    record(folder, 6, 6);
    const Result<Whole> whole = play(folder);
    for (const char* name : {"threads.csv", "system.csv", "meta.json"}) {
        folder.put(name, "\xef\xbb\xbf" + folder.text_of(name));
    }
    const Result<Whole> again = play(folder);
    ASSERT_TRUE(again.ok()) << again.error().text();
    EXPECT_THAT(again.value().remarks, IsEmpty());
    expect_same(whole.value(), again.value());
    // And where such files were put together.
    folder.put("threads.csv", folder.text_of("threads.csv") + folder.text_of("threads.csv"));
    expect_same(whole.value(), play(folder).value());
}

}  // namespace
}  // namespace tsa
