// SPDX-License-Identifier: MIT
// See export.h.
#include "app/commands/export.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <string>

#include "app/commands/recorded_profile.h"
#include "app/host/notice.h"
#include "app/host/output_file.h"
#include "app/host/privilege.h"
#include "app/host/signals.h"
#include "app/host/sink.h"
#include "base/saturating.h"
#include "output/chrome_trace.h"
#include "output/stack_exports.h"
#include "record/recorded_stacks.h"
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

/// What is written, and the line about it.
using Write = std::function<Result<std::string>(Recording&, SignalQueue&, OutputFile&)>;

Result<std::string> write_trace(const std::string& path, Recording& recording, SignalQueue& signals,
                                OutputFile& target) {
    ChromeTraceWriter writer;
    TRY(write_trace(recording, signals, writer, target));
    const TraceProgress& progress = writer.progress();
    const std::string arrows = progress.flows != 0 ? fmt::format(", {} wakeups", progress.flows) : std::string();
    return fmt::format("{}: {} slices of {} threads in {} intervals{}; open it in ui.perfetto.dev or chrome://tracing",
                       path, progress.slices, progress.tracks, progress.intervals, arrows);
}

Result<std::string> encode(const StackProfile& profile, const StackExportContext& context, ExportFormat format) {
    switch (format) {
        case ExportFormat::speedscope:
            return write_speedscope(profile, context);
        case ExportFormat::pprof:
            return write_pprof(profile, context);
        case ExportFormat::folded:
        case ExportFormat::chrome_trace:
            break;
    }
    return write_folded(profile, context);
}

Result<std::string> write_stacks(const ExportOptions& options, RecordedStacks& stacks, Recording& recording,
                                 SignalQueue& signals, OutputFile& target) {
    StackProfile profile = TRY(read_stack_profile(stacks, recording, signals));
    const Timeline& timeline = recording.timeline();
    StackExportContext context;
    context.state = options.state;
    context.title = options.directory;
    context.begin_unix_ns = saturating_sub(timeline.front().time_unix_ns, timeline.front().interval_ns);
    context.duration_ns = timeline.back().now_ns - timeline.front().now_ns + timeline.front().interval_ns;
    const std::string text = TRY(encode(profile, context, options.format));
    TRY(target.write(text));
    TRY(target.finish());
    return fmt::format("{}: {} stacks of {} threads", options.path, profile.sums().size(), profile.threads().size());
}

/// How to write the format. Error: the recording has no stacks.
Result<Write> writer_of(const ExportOptions& options) {
    if (options.format == ExportFormat::chrome_trace) {
        return Write([path = options.path](Recording& recording, SignalQueue& signals, OutputFile& target) {
            return write_trace(path, recording, signals, target);
        });
    }
    auto stacks = TRY(RecordedStacks::open(options.directory));
    if (!stacks) {
        return Error{options.directory + ": it has no time by stack", "record it with --stacks", 0};
    }
    auto shared = std::make_shared<RecordedStacks>(*std::move(stacks));
    return Write([&options, shared](Recording& recording, SignalQueue& signals, OutputFile& target) {
        return write_stacks(options, *shared, recording, signals, target);
    });
}

}  // namespace

Result<Outcome> run_export(const ExportOptions& options) {
    const std::string& path = options.path;
    TRY(check_output(path, {options.directory}));
    auto recording = TRY(Recording::open(options.directory));
    for (const std::string& remark : recording->remarks()) {
        notice(remark);
    }
    TRY(recording->require_rows());
    const Write write = TRY(writer_of(options));
    // Before the output: a signal must not leave its temporary file.
    auto signals = TRY(SignalQueue::open({SIGINT, SIGTERM, SIGHUP}));
    auto target = TRY(OutputFile::open(path));
    target.sink().stop_on(signals.fd());
    Keep keep;
    keep.foreign_files = target.in_foreign_directory();
    TRY(drop_capabilities(keep));
    const auto done = write(*recording, signals, target);
    if (!done.ok()) {
        if (path == kStdout && reader_left(done.error())) {
            return Outcome{};
        }
        return with_note(done.error(), target.give_up());
    }
    Outcome outcome;
    outcome.note = path != kStdout ? done.value() : std::string();
    return outcome;
}

}  // namespace tsa
