// See report.h.
#include "app/commands/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "app/host/colors.h"
#include "app/host/output_file.h"
#include "app/host/signals.h"
#include "app/host/sink.h"
#include "record/recording.h"
#include "summary/change_text.h"
#include "summary/html.h"
#include "summary/json.h"
#include "summary/text.h"

namespace tsa {

namespace {

/// A terminal wider than this is not filled: longer lines are hard to read.
constexpr std::size_t kMaxWidth = 132;

/// The summary of a recording, with its context.
struct Told {
    Summary summary;
    SummaryContext context;
};

SummaryContext context_of(const RecordingMeta& meta, const std::string& directory, const std::string& version) {
    SummaryContext context;
    context.title = directory;
    context.host = meta.host;
    context.kernel = meta.kernel;
    context.machine = meta.machine;
    context.version = meta.version;
    context.program_version = version;
    context.utc_offset_s = meta.utc_offset_s;
    context.interval_ms = meta.interval_ms;
    context.filters = meta.filters;
    context.command = meta.command;
    if (meta.end.has_value()) {
        context.end_reason = meta.end->why.empty() ? "normally" : meta.end->why;
        if (meta.end->exit_code) {
            context.end_reason += fmt::format(", exit code {}", *meta.end->exit_code);
        }
        if (meta.end->signal) {
            context.end_reason += fmt::format(", killed by signal {}", *meta.end->signal);
        }
    }
    return context;
}

Result<Told> sum_up(const std::string& directory, const std::string& version) {
    auto opened = TRY(Recording::open(directory));
    Recording& recording = *opened;
    // From here on Ctrl-C requests a report of the data so far, and a closed pipe is an error of write().
    auto signals = SignalQueue::open({SIGINT, SIGTERM});
    if (!signals.ok()) {
        return signals.error();
    }
    Told told;
    told.context = context_of(recording.meta(), directory, version);
    told.context.remarks = recording.remarks();
    Player player(recording);
    SummaryBuilder builder(!told.context.filters.empty());
    std::size_t interval = 0;
    for (; interval < recording.intervals() && (interval == 0 || !signals.value().take()); ++interval) {
        const auto report = player.seek(interval);
        if (!report.ok()) {
            return report.error().in(directory);
        }
        builder.add(*report.value());
    }
    if (interval < recording.intervals()) {
        told.context.remarks.push_back(fmt::format("interrupted: only the first {} of {} intervals are included",
                                                   interval, recording.intervals()));
    }
    if (player.bad_lines() != 0) {
        told.context.remarks.push_back(fmt::format("{} lines are not valid rows: skipped", player.bad_lines()));
    }
    told.summary = builder.finish();
    told.summary.source = recording.meta().source;
    return told;
}

SummaryTextOptions text_options(const ReportCommandOptions& options, const Sink& sink) {
    SummaryTextOptions text;
    const std::size_t terminal = sink.terminal_width();
    text.width = terminal == 0 ? kSummaryWidth : std::clamp(terminal, kMinSummaryWidth, kMaxWidth);
    text.rows = options.top.value_or(kSummaryRows);
    text.color = wants_colors(options.color, sink.fd());
    return text;
}

std::string words_of_one(const ReportCommandOptions& options, const Told& told, const Sink& sink) {
    switch (options.format) {
        case ReportFormat::json:
            return write_summary_json(told.summary, told.context);
        case ReportFormat::html:
            return write_summary_html(told.summary, told.context);
        case ReportFormat::text:
            break;
    }
    return write_summary_text(told.summary, told.context, text_options(options, sink));
}

std::string words_of_two(const ReportCommandOptions& options, const Told& before, const Told& after, const Sink& sink) {
    const SummaryChange change = compare_summaries(before.summary, after.summary);
    const ContextedSummary from{before.summary, before.context}, to{after.summary, after.context};
    return options.format == ReportFormat::json ? write_change_json(from, to, change)
                                                : write_change_text(from, to, change, text_options(options, sink));
}

}  // namespace

Result<Outcome> run_report(const ReportCommandOptions& options) {
    const std::vector<std::string>& directories = options.directories;
    const std::string& path = options.output_path;
    TRY(check_output(path, directories));
    std::vector<Told> told;
    for (const std::string& directory : directories) {
        auto one = TRY(sum_up(directory, options.version));
        told.push_back(std::move(one));
    }
    auto file = TRY(OutputFile::open(path.empty() ? std::string(kStdout) : path));
    auto signals = SignalQueue::open({SIGINT, SIGTERM, SIGHUP});
    if (!signals.ok()) {
        return signals.error();
    }
    Sink& sink = file.sink();
    sink.stop_on(signals.value().fd());
    const std::string words =
        told.size() == 1 ? words_of_one(options, told.front(), sink) : words_of_two(options, told[0], told[1], sink);
    Result<void> done = sink.write(words);
    done = done.ok() ? file.finish() : done;
    if (!done.ok() && !reader_left(done.error())) {
        return done.error();
    }
    return Outcome{};
}

}  // namespace tsa
