// See export.h.
#include "app/commands/export.h"

#include <fmt/format.h>

#include <string>

#include "app/host/notice.h"
#include "app/host/output_file.h"
#include "app/host/privilege.h"
#include "app/host/signals.h"
#include "app/host/sink.h"
#include "output/chrome_trace.h"
#include "record/recording.h"

namespace tsa {

namespace {

TraceContext context_of(const Recording& recording) {
    const RecordingMeta& meta = recording.meta();
    const TimeSlice& first = recording.timeline().front();
    return {meta.host,        meta.kernel, meta.machine, meta.version, first.time_unix_ns - first.interval_ns,
            meta.utc_offset_s};
}

Result<void> write_trace(Recording& recording, SignalQueue& signals, ChromeTraceWriter& writer, OutputFile& target) {
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
    if (auto written = target.write(writer.finish()); !written.ok()) {
        return written;
    }
    return target.finish();
}

Error with_note(Error error, const std::string& note) {
    if (!note.empty()) {
        error.message += "; " + note;
    }
    return error;
}

}  // namespace

Result<Outcome> run_export(const Options& options) {
    const std::string& path = options.exported.chrome_trace_path;
    if (const auto checked = check_output(path, {options.exported.directory}); !checked.ok()) {
        return checked.error();
    }
    auto recording = Recording::open(options.exported.directory);
    if (!recording.ok()) {
        return recording.error();
    }
    for (const std::string& remark : recording.value()->remarks()) {
        notice(remark);
    }
    auto target = OutputFile::open(path);
    if (!target.ok()) {
        return target.error();
    }
    auto signals = SignalQueue::open({SIGINT, SIGTERM, SIGHUP});
    if (!signals.ok()) {
        return signals.error();
    }
    target.value().sink().stop_on(signals.value().fd());
    Keep keep;
    keep.foreign_files = target.value().in_foreign_directory();
    if (const auto dropped = drop_capabilities(keep); !dropped.ok()) {
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
