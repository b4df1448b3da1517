// See export.h.
#include "app/export.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

#include "app/notice.h"
#include "app/printer.h"
#include "app/privilege.h"
#include "app/signals.h"
#include "app/sink.h"
#include "output/chrome_trace.h"
#include "record/recording.h"

namespace tsa {

namespace {

constexpr std::string_view kStdout = "-";

/// Where the trace goes: a file, which is removed unless it became whole, or stdout.
class Target {
  public:
    static Result<Target> open(const std::string& path) {
        if (path == kStdout) {
            return Target(Sink(STDOUT_FILENO, "stdout"), {});
        }
        auto sink = Sink::create(path);
        if (!sink.ok()) {
            return sink.error();
        }
        return Target(std::move(sink.value()), path);
    }
    Result<void> write(std::string_view bytes) {
        bytes_ += bytes.size();
        return sink_.write(bytes);
    }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

    /// Takes back what was written, and says so. A device is left alone.
    std::string give_up() {
        struct stat file {};
        if (path_.empty() || fstat(sink_.fd(), &file) != 0 || !S_ISREG(file.st_mode)) {
            return bytes_ > 0 ? "what was written is not whole" : "";
        }
        return unlink(path_.c_str()) == 0 ? "the unfinished file was removed" : "the file is not whole";
    }

  private:
    Target(Sink sink, std::string path) : sink_(std::move(sink)), path_(std::move(path)) {}

    Sink sink_;
    std::string path_;  // empty: stdout
    std::uint64_t bytes_ = 0;
};

TraceContext context_of(const Recording& recording) {
    const RecordingMeta& meta = recording.meta();
    const TimeSlice& first = recording.timeline().front();
    return {meta.host,        meta.kernel, meta.machine, meta.version, first.time_unix_ns - first.interval_ns,
            meta.utc_offset_s};
}

Result<void> write_trace(Recording& recording, SignalQueue& signals, ChromeTraceWriter& writer, Target& target) {
    if (auto written = target.write(writer.begin(context_of(recording))); !written.ok()) {
        return written;
    }
    Player player(recording);
    for (std::size_t interval = 0; interval < recording.intervals(); ++interval) {
        if (const auto signal = signals.take()) {
            return Error{fmt::format("stopped by signal {}", signal->number), {}, 0};
        }
        const auto report = player.seek(interval);
        if (!report.ok()) {
            return report.error();
        }
        if (auto written = target.write(writer.add(*report.value())); !written.ok()) {
            return written;
        }
    }
    if (player.bad_lines() > 0) {
        notice(fmt::format("{} lines of the recording are no rows and were left out", player.bad_lines()));
    }
    return target.write(writer.finish());
}

Error with_note(Error error, const std::string& note) {
    if (!note.empty()) {
        error.message += "; " + note;
    }
    return error;
}

}  // namespace

Result<Outcome> run_export(const Options& options) {
    auto signals = SignalQueue::open({SIGINT, SIGTERM, SIGHUP});
    if (!signals.ok()) {
        return signals.error();
    }
    auto recording = Recording::open(options.exported.directory);
    if (!recording.ok()) {
        return recording.error();
    }
    for (const std::string& remark : recording.value()->remarks()) {
        notice(remark);
    }
    const std::string& path = options.exported.chrome_trace_path;
    auto target = Target::open(path);
    if (!target.ok()) {
        return target.error();
    }
    if (const auto dropped = drop_capabilities({}); !dropped.ok()) {
        return dropped.error();
    }
    ChromeTraceWriter writer;
    if (const auto done = write_trace(*recording.value(), signals.value(), writer, target.value()); !done.ok()) {
        if (path == kStdout && reader_left(done.error())) {
            return Outcome{};
        }
        return with_note(done.error(), target.value().give_up());
    }
    Outcome outcome;
    if (path != kStdout) {
        const TraceProgress& progress = writer.progress();
        outcome.note = fmt::format(
            "{}: {} slices of {} threads in {} intervals; open it in ui.perfetto.dev or "
            "chrome://tracing",
            path, progress.slices, progress.tracks, progress.intervals);
    }
    return outcome;
}

}  // namespace tsa
