// SPDX-License-Identifier: MIT
// What `record` is made of besides its loop: the threads it chooses, its files and how they end, its lines for the
// user; and the recording that a key of the screens starts. On real directories, pipes and literal reports.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "app/commands/active_recording.h"
#include "app/commands/record_progress.h"
#include "app/commands/screen_recorder.h"
#include "app/commands/thread_choice.h"
#include "base/fd.h"
#include "record/recording.h"
#include "text/units.h"
#include "unit/file_size_limit.h"
#include "unit/recorded_reports.h"
#include "unit/recording_folder.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LiteralReport;
using testing::RecordingFolder;
using ::testing::StartsWith;
namespace fs = std::filesystem;

constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint32_t own_pid() {
    return static_cast<std::uint32_t>(::getpid());
}

TEST(ThreadChoice, has_a_filter_and_the_same_as_text) {
    RecordOptions options;
    options.tgids = {own_pid()};
    options.kernel_threads = false;
    options.user = "0";
    options.comm_pattern = "conn*";
    const auto choice = choose_threads(options, options.kernel_threads, !options.command_line.empty());
    ASSERT_TRUE(choice.ok()) << choice.error().text();
    ASSERT_EQ(choice.value().filter.processes.size(), 1U);
    EXPECT_EQ(choice.value().filter.processes.front().tgid, own_pid());
    EXPECT_EQ(choice.value().filter.uid, 0U);
    EXPECT_EQ(choice.value().filter.comm_pattern, "conn*");
    EXPECT_FALSE(choice.value().filter.kernel_threads);
    EXPECT_FALSE(choice.value().filter.followed_only);
    EXPECT_THAT(choice.value().words, ElementsAre(fmt::format("process {}", own_pid()), "user 0 (0)",
                                                  "names that match conn*", "no kernel threads"));
}

TEST(ThreadChoice, of_threads_by_number_takes_kernel_threads_too) {
    RecordOptions options;
    options.tids = {own_pid()};
    options.kernel_threads = false;
    options.command_line = {"make"};
    const auto choice = choose_threads(options, options.kernel_threads, !options.command_line.empty());
    ASSERT_TRUE(choice.ok()) << choice.error().text();
    EXPECT_TRUE(choice.value().filter.kernel_threads);
    EXPECT_TRUE(choice.value().filter.followed_only);
    EXPECT_THAT(choice.value().words,
                ElementsAre(fmt::format("threads {}", own_pid()), "the command and its descendants"));
}

TEST(ThreadChoice, needs_what_it_names_to_exist) {
    constexpr std::uint32_t kNoTid = 4'194'305;  // more than the kernel ever uses
    RecordOptions process, thread, user;
    process.tgids = {kNoTid};
    thread.tids = {own_pid(), kNoTid};
    user.user = "no such user";
    EXPECT_THAT(choose_threads(process, true, false).error().text(), HasSubstr("there is no process 4194305"));
    EXPECT_THAT(choose_threads(thread, true, false).error().text(), HasSubstr("there is no thread 4194305"));
    EXPECT_THAT(choose_threads(user, true, false).error().text(), StartsWith("--user: there is no user no such user"));
}

TEST(FindUid, takes_a_name_or_a_number_and_nothing_between) {
    EXPECT_EQ(find_uid("root").value(), 0U);
    EXPECT_EQ(find_uid("54321").value(), 54321U);
    EXPECT_EQ(find_uid("4294967294").value(), 4294967294U);
    EXPECT_FALSE(find_uid("4294967295").ok()) << "it means no user";
    EXPECT_FALSE(find_uid("12x").ok());
    EXPECT_FALSE(find_uid("-1").ok());
    EXPECT_FALSE(find_uid("").ok());
}

TEST(RecordWords, count_what_was_recorded) {
    RecordStatus status;
    status.progress.intervals = 1;
    status.progress.rows = 240;
    status.progress.threads = 1;
    status.progress.bytes = 24 * 1024;
    status.elapsed_ns = 2 * kSecond;
    status.own_cpu_ns = kSecond / 100;
    status.lost = 3;
    EXPECT_EQ(progress_words(status, 200),
              "recording 2.00 s: 1 interval, 240 rows of 1 thread, 24.0 KiB, dropped 3, CPU 0.5 %");
    EXPECT_EQ(progress_words(status, 16), "recording 2.00 s");
    EXPECT_EQ(closing_words(status, "monday"),
              "recorded 2.00 s in 1 interval: 240 rows of 1 thread, 24.0 KiB in monday, dropped 3");
    status.progress.deleted_segments = 2;
    EXPECT_THAT(closing_words(status, "monday"), HasSubstr("; the oldest 2 segments were deleted for --keep"));
    status.progress.deleted_segments = 1;
    EXPECT_THAT(closing_words(status, "monday"), HasSubstr("; the oldest 1 segment was deleted for --keep"));
    status.progress.ring_bytes = 1024;
    status.progress.captures = 3;
    EXPECT_EQ(closing_words(status, "monday"), "watched for 2.00 s in 1 interval: 3 captures in monday, dropped 3");
    status.progress.captures_incomplete = 1;
    EXPECT_THAT(closing_words(status, "monday"), HasSubstr(": 3 captures, 1 incomplete in monday"));
    EXPECT_EQ(progress_words(status, 200),
              "watching 2.00 s: 3 captures, 1 incomplete, 1.00 KiB in memory, dropped 3, CPU 0.5 %");
}

/// The options of a `record`, its files, and a machine to record.
class RecordedMachine : public ::testing::Test {
  protected:
    RecordedMachine() {
        options_.output = folder_.path();
        begin_.now_ns = machine_.step().now_ns;
        begin_.own.cpu_ns = 7 * kSecond;
    }
    /// To a directory, or to a descriptor.
    static std::unique_ptr<RecordWriter> writer(const std::string& directory, int stream_fd = -1) {
        RecordWriterOptions wanted;
        wanted.directory = directory;
        wanted.stream_fd = stream_fd;
        auto writer = RecordWriter::create(std::move(wanted));
        EXPECT_TRUE(writer.ok()) << (writer.ok() ? "" : writer.error().text());
        return writer.ok() ? std::move(writer).value() : nullptr;
    }
    const Report& next_interval() {
        report_ = machine_.step();
        report_.own_now.cpu_ns = begin_.own.cpu_ns + kSecond / 100;
        report_.health.exit_records_lost = 3;
        return report_;
    }
    [[nodiscard]] RecordingEnd end_of_recording() const {
        const auto recording = Recording::open(folder_.path());
        EXPECT_TRUE(recording.ok()) << (recording.ok() ? "" : recording.error().text());
        return recording.ok() ? recording.value()->meta().end.value_or(RecordingEnd{}) : RecordingEnd{};
    }

    RecordingFolder folder_;
    RecordOptions options_;
    testing::QuietCrowd machine_{20};
    Report report_;
    Sample begin_;
};

TEST_F(RecordedMachine, ends_with_the_interval_that_has_a_reason) {
    const auto files = writer(folder_.path());
    ActiveRecording recording(options_, begin_, *files, true);
    recording.add(next_interval(), "");
    EXPECT_TRUE(recording.is_open());
    EXPECT_FALSE(Recording::open(folder_.path()).value()->meta().end);
    recording.set_note("process 7 has ended");
    recording.add(next_interval(), "process 7 has ended");
    EXPECT_FALSE(recording.is_open());
    const auto outcome = recording.outcome(kExitOk);
    ASSERT_TRUE(outcome.ok()) << outcome.error().text();
    EXPECT_EQ(outcome.value().exit_code, kExitOk);
    EXPECT_THAT(outcome.value().note,
                StartsWith("process 7 has ended; recorded 2.00 s in 2 intervals: 40 rows of 20 threads, "));
    EXPECT_THAT(
        outcome.value().note,
        HasSubstr(fmt::format("{} in {}, dropped 3", bytes_text(files->progress().bytes).view(), folder_.path())));
    const RecordingEnd end = end_of_recording();
    EXPECT_EQ(end.why, "process 7 has ended");
    EXPECT_EQ(end.intervals, 2U);
    EXPECT_EQ(end.lost, 3U);
    EXPECT_FALSE(end.exit_code);
}

TEST_F(RecordedMachine, has_the_end_of_its_command) {
    const auto files = writer(folder_.path());
    ActiveRecording recording(options_, begin_, *files, true);
    recording.set_command_end(std::nullopt, SIGSEGV);
    recording.add(next_interval(), "the command has ended");
    EXPECT_EQ(end_of_recording().signal, SIGSEGV);
    EXPECT_EQ(recording.outcome(139).value().exit_code, 139);
}

TEST_F(RecordedMachine, that_fills_the_disk_can_be_read_up_to_there) {
    const auto files = writer(folder_.path());
    ActiveRecording recording(options_, begin_, *files, true);
    recording.add(next_interval(), "");
    {
        const testing::FileSizeLimit full(fs::file_size(folder_.file("threads.csv")));
        recording.add(next_interval(), "");
        if (recording.is_open()) {  // threads that do nothing have no row
            recording.add(next_interval(), "stopped by SIGINT");
        }
    }
    EXPECT_FALSE(recording.is_open());
    const auto outcome = recording.outcome(kExitOk);
    ASSERT_FALSE(outcome.ok());
    EXPECT_THAT(outcome.error().text(), HasSubstr("File too large"));
    EXPECT_THAT(outcome.error().hint, HasSubstr("rstat-tsa report " + folder_.path()));
    EXPECT_EQ(Recording::open(folder_.path()).value()->intervals(), files->progress().intervals);
}

TEST_F(RecordedMachine, in_a_stream_ends_without_a_message_when_its_reader_exits) {
    const auto handler = std::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const Fd write_end(ends[1]);
    options_.output = "-";
    {
        const Fd read_end(ends[0]);
        const auto files = writer("", write_end.get());
        ActiveRecording recording(options_, begin_, *files, true);
        recording.add(next_interval(), "");
        recording.reader_gone();
        EXPECT_FALSE(recording.is_open());
        const auto outcome = recording.outcome(kExitOk);
        ASSERT_TRUE(outcome.ok()) << outcome.error().text();
        EXPECT_EQ(outcome.value().note, "");
    }
    std::signal(SIGPIPE, handler);
}

TEST_F(RecordedMachine, in_a_stream_that_cannot_be_written_is_an_error_without_a_hint) {
    fs::create_directories(folder_.path());
    const Fd file(::open(folder_.file("stream").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    options_.output = "-";
    const auto files = writer("", file.get());
    ActiveRecording recording(options_, begin_, *files, true);
    {
        const testing::FileSizeLimit full(fs::file_size(folder_.file("stream")));
        recording.add(next_interval(), "stopped by SIGINT");
    }
    const auto outcome = recording.outcome(kExitOk);
    ASSERT_FALSE(outcome.ok());
    EXPECT_THAT(outcome.error().text(), HasSubstr("File too large"));
    EXPECT_EQ(outcome.error().hint, "");
}

/// A recording of the screens goes into the current directory: that is an empty one.
class OfTheScreens : public RecordedMachine {
  protected:
    OfTheScreens() : before_(fs::current_path()) {
        fs::create_directories(folder_.path());
        fs::current_path(folder_.path());
    }
    ~OfTheScreens() override { fs::current_path(before_); }
    OfTheScreens(const OfTheScreens&) = delete;
    OfTheScreens& operator=(const OfTheScreens&) = delete;
    /// The only entry of the directory.
    static std::string name() {
        const auto first = fs::directory_iterator(".");
        EXPECT_EQ(std::distance(first, fs::directory_iterator()), 1);
        return fs::directory_iterator(".")->path().filename();
    }

    ScreensOptions screens_;
    ThreadChoice choice_;
    SignalQueue signals_ = SignalQueue::open({}).value();

  private:
    fs::path before_;
};

TEST_F(OfTheScreens, begins_and_ends_with_a_message_that_names_it) {
    choice_.words = {"process 5"};
    screens_.version = "1.2.3";
    choice_.targets = Targets::of({5});
    choice_.filter_by_targets();
    ScreenRecorder recorder(screens_, choice_, signals_);
    EXPECT_FALSE(recorder.active());
    EXPECT_FALSE(recorder.add(next_interval())) << "not started: no message";
    const ActionResult started = recorder.start(500, true);
    EXPECT_FALSE(started.failed);
    EXPECT_TRUE(recorder.active());
    const std::string directory = name();
    EXPECT_THAT(directory, ::testing::MatchesRegex("rstat-tsa-[0-9]{8}-[0-9]{6}"));
    EXPECT_THAT(started.words, HasSubstr(directory));
    EXPECT_FALSE(recorder.add(next_interval()));
    const auto ended = recorder.add(next_interval(), "R was pressed");
    ASSERT_TRUE(ended && !ended->failed);
    EXPECT_THAT(ended->words, StartsWith("recorded 2 intervals, "));
    EXPECT_THAT(ended->words, HasSubstr("rstat-tsa replay " + directory));
    EXPECT_FALSE(recorder.active());
    const auto recording = Recording::open(directory);
    ASSERT_TRUE(recording.ok()) << recording.error().text();
    const RecordingMeta& meta = recording.value()->meta();
    EXPECT_EQ(meta.version, "1.2.3");
    EXPECT_EQ(meta.interval_ms, 500U);
    EXPECT_TRUE(meta.container);
    EXPECT_THAT(meta.filters, ElementsAre("process 5"));
    ASSERT_TRUE(meta.end);
    EXPECT_EQ(meta.end->why, "R was pressed");
    EXPECT_EQ(meta.end->threads, 1U) << "only that process has rows";
}

TEST_F(OfTheScreens, is_complete_when_the_screens_end) {
    {
        ScreenRecorder recorder(screens_, choice_, signals_);
        ASSERT_FALSE(recorder.start(1000, false).failed);
        recorder.add(next_interval());
    }
    const auto recording = Recording::open(name());
    ASSERT_TRUE(recording.ok()) << recording.error().text();
    ASSERT_TRUE(recording.value()->meta().end);
    EXPECT_EQ(recording.value()->meta().end->why, "the screens were closed");
    EXPECT_EQ(recording.value()->intervals(), 1U);
}

TEST_F(OfTheScreens, that_cannot_be_made_is_a_message) {
    fs::remove_all(folder_.path());  // the current directory is gone
    ScreenRecorder recorder(screens_, choice_, signals_);
    const ActionResult result = recorder.start(1000, false);
    EXPECT_TRUE(result.failed);
    EXPECT_THAT(result.words, StartsWith("cannot record: "));
    EXPECT_FALSE(recorder.active());
}

TEST_F(OfTheScreens, that_fills_the_disk_ends_with_a_message) {
    ScreenRecorder recorder(screens_, choice_, signals_);
    ASSERT_FALSE(recorder.start(1000, false).failed);
    std::optional<ActionResult> ended;
    {
        const testing::FileSizeLimit full(1);
        ended = recorder.add(next_interval());
    }
    ASSERT_TRUE(ended && ended->failed);
    EXPECT_THAT(ended->words, StartsWith("recording ended: "));
    EXPECT_FALSE(recorder.active());
    EXPECT_FALSE(recorder.add(next_interval()));
}

}  // namespace
}  // namespace tsa
