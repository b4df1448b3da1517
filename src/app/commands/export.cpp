// SPDX-License-Identifier: MIT
// See export.h.
#include "app/commands/export.h"

#include <fmt/format.h>

#include <string>

#include "app/host/notice.h"
#include "app/host/output_file.h"
#include "app/host/privilege.h"
#include "app/host/signals.h"
#include "app/host/sink.h"
#include "base/saturating.h"
#include "output/chrome_trace.h"
#include "record/recording.h"

namespace tsa {

namespace {

TraceContext context_of(const Recording& recording) {
    const RecordingMeta& meta = recording.meta();
    const TimeSlice& first = recording.timeline().front();
    return {meta.host,
            meta.kernel,
            meta.machine,
            meta.version,
            saturating_sub(first.time_unix_ns, first.interval_ns),
            meta.utc_offsets.first()};
}

Result<void> write_trace(Recording& recording, SignalQueue& signals, ChromeTraceWriter& writer, OutputFile& target) {
    TRY(target.write(writer.begin(context_of(recording))));
    Player player(recording, Player::WallClock::straight);
    for (std::size_t interval = 0; interval < recording.intervals(); ++interval) {
        if (const auto signal = signals.take()) {
            return Error{fmt::format("stopped by signal {}", signal->number), {}, 0};
        }
        const TimeSlice& slice = recording.timeline()[interval];
        if (slice.missing) {
            TRY(target.write(writer.skip(slice)));
            continue;
        }
        auto report = TRY(player.seek(interval));
        TRY(target.write(writer.add(*report)));
    }
    if (player.bad_lines() > 0) {
        notice(fmt::format("{} lines of the recording are not valid rows and were skipped", player.bad_lines()));
    }
    TRY(target.write(writer.finish()));
    return target.finish();
}

Error with_note(Error error, const std::string& note) {
    if (!note.empty()) {
        error.message += "; " + note;
    }
    return error;
}

}  // namespace

Result<Outcome> run_export(const ExportOptions& options) {
    const std::string& path = options.chrome_trace_path;
    TRY(check_output(path, {options.directory}));
    auto recording = TRY(Recording::open(options.directory));
    for (const std::string& remark : recording->remarks()) {
        notice(remark);
    }
    TRY(recording->require_rows());
    // Before the output: a signal must not leave its temporary file.
    auto signals = TRY(SignalQueue::open({SIGINT, SIGTERM, SIGHUP}));
    auto target = TRY(OutputFile::open(path));
    target.sink().stop_on(signals.fd());
    Keep keep;
    keep.foreign_files = target.in_foreign_directory();
    TRY(drop_capabilities(keep));
    ChromeTraceWriter writer;
    if (const auto done = write_trace(*recording, signals, writer, target); !done.ok()) {
        if (path == kStdout && reader_left(done.error())) {
            return Outcome{};
        }
        return with_note(done.error(), target.give_up());
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
