// SPDX-License-Identifier: MIT
// See report.h.
#include "app/commands/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "app/commands/captured.h"
#include "app/commands/recorded_profile.h"
#include "app/host/colors.h"
#include "app/host/output_file.h"
#include "app/host/signals.h"
#include "app/host/sink.h"
#include "record/neighbor_lines.h"
#include "record/recording.h"
#include "record/table_files.h"
#include "rules/report_terms.h"
#include "summary/change_text.h"
#include "summary/html.h"
#include "summary/json.h"
#include "summary/noisy.h"
#include "summary/text.h"
#include "text/ascii.h"
#include "text/time_text.h"

namespace tsa {

namespace {

/// A terminal wider than this is not filled: longer lines are hard to read.
constexpr std::size_t kMaxWidth = 132;

/// The summary of a recording, with its context.
struct Told {
    Summary summary;
    SummaryContext context;
    bool interrupted = false;  ///< by a signal, before all was read
    std::string rule_held;     ///< when and why, the first time; empty: it did not
};

SummaryContext context_of(const RecordingMeta& meta, const std::string& directory, const std::string& version) {
    SummaryContext context;
    context.title = directory;
    context.host = meta.host;
    context.kernel = meta.kernel;
    context.machine = meta.machine;
    context.version = meta.version;
    context.program_version = version;
    context.utc_offsets = meta.utc_offsets;
    context.interval_ms = meta.interval_ms;
    context.filters = meta.filters;
    context.command = meta.command;
    context.capture = capture_moment(meta);
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

/// Stretches of time that were not recorded.
std::vector<UnrecordedTime> unrecorded_in(const Timeline& timeline) {
    std::vector<UnrecordedTime> list;
    bool goes_on = false;
    for (const TimeSlice& slice : timeline) {
        if (slice.missing && !goes_on) {
            if (list.size() == kMaxContextMarks) {
                return list;
            }
            list.push_back({slice.time_unix_ns - std::min(slice.interval_ns, slice.time_unix_ns), 0, 0});
        }
        goes_on = slice.missing;
        if (goes_on) {
            list.back().to_unix_ns = slice.time_unix_ns;
            ++list.back().intervals;
        }
    }
    return list;
}

std::vector<ClockJump> clock_jumps_in(const Timeline& timeline) {
    std::vector<ClockJump> list;
    for (const TimeSlice& slice : timeline) {
        if (slice.clock_jump_ns != 0 && list.size() < kMaxContextMarks) {
            list.push_back({slice.time_unix_ns, slice.clock_jump_ns, slice.suspended});
        }
    }
    return list;
}

/// A signal that arrived while the report was made or written: the output is not finished.
Result<void> check_signals(SignalQueue& signals) {
    if (const auto signal = signals.take()) {
        return Error{fmt::format("stopped by signal {}", signal->number), {}, 0};
    }
    return {};
}

/// What `record --stacks` has added, if it was given.
Result<void> add_stacks(const std::string& directory, Recording& recording, SignalQueue& signals, Summary& summary) {
    auto stacks = TRY(RecordedStacks::open(directory));
    if (stacks) {
        const HeatColumns columns(summary.slices);
        summary.stacks = TRY(read_stack_profile(*stacks, recording, signals, [&](const RecordedWaits& recorded) {
            add_heat(summary.heat, columns, recorded.time_unix_ns, recorded.waits.state, recorded.waits.lengths);
        }));
    }
    return {};
}

/// Names of users are those of the recorded machine.
UserName names_in(const RecordingMeta& meta) {
    return [&meta](std::uint32_t uid) {
        const auto found = meta.users.find(uid);
        return found != meta.users.end() ? found->second : std::string();
    };
}

Result<void> read_neighbors(TableSource& table, NoisySums& sums, std::uint64_t& bad_lines) {
    LineReader reader;
    return read_lines(
        table,
        [&reader](std::string_view header) -> Result<void> {
            reader = TRY(LineReader::create(header, kNeighborColumns));
            return {};
        },
        [&](std::string_view line) -> Result<void> {
            const auto charge = reader.split(line) ? read_neighbor_line(reader) : std::nullopt;
            bad_lines += charge ? 0 : 1;
            if (charge) {
                sums.add(*charge);
            }
            return {};
        });
}

/// What `record --neighbors` has added, likewise.
Result<void> add_neighbors(const std::string& directory, SummaryBuilder& builder, SummaryContext& context) {
    NoisySums sums;
    std::uint64_t bad_lines = 0;
    const PerTable<FilesBySegment> tables = TRY(list_table_files(directory));
    for (const auto& [segment, found] : tables[index(RecordedTable::neighbors)]) {
        TableSource table = TRY(open_table(found));
        TRY(read_neighbors(table, sums, bad_lines));
    }
    if (bad_lines != 0) {
        context.remarks.push_back(fmt::format("{} lines of neighbors.csv are not valid: skipped", bad_lines));
    }
    builder.set_neighbors(sums.pairs());
    return {};
}

/// "lock_wait > 2 held at 14:05:31: lock_wait 3.2".
std::string words_of(const ReportRule& rule, const Report& report, const RecordingMeta& meta) {
    std::string words =
        fmt::format("{} held at {}:", rule.text(), date_text(report.time_unix_ns, meta.utc_offsets).view());
    for (const ReportRule::Value& value : rule.values(report)) {
        words += fmt::format(" {} {}", value.name, value.text);
    }
    return words;
}

Result<Told> sum_up(const std::string& directory, const ReportCommandOptions& options) {
    auto opened = TRY(Recording::open(directory));
    Recording& recording = *opened;
    TRY(recording.require_rows());
    // From here on Ctrl-C requests a report of the data so far, and a closed pipe is an error of write().
    auto signals = SignalQueue::open({SIGINT, SIGTERM});
    if (!signals.ok()) {
        return signals.error();
    }
    Told told;
    told.context = context_of(recording.meta(), directory, options.version);
    std::optional<ReportRule> rule;
    if (!options.fail_on.empty()) {
        rule = TRY(ReportRule::parse(options.fail_on, "--fail-on"));
    }
    told.context.remarks = recording.remarks();
    told.context.unrecorded = unrecorded_in(recording.timeline());
    told.context.clock_jumps = clock_jumps_in(recording.timeline());
    Player player(recording, Player::WallClock::straight);
    SummaryBuilder builder(!told.context.filters.empty(), options.by, names_in(recording.meta()));
    TRY(add_neighbors(directory, builder, told.context));
    std::size_t interval = 0;
    for (; interval < recording.intervals() && (builder.empty() || !signals.value().take()); ++interval) {
        if (recording.timeline()[interval].missing) {
            continue;
        }
        const auto report = player.seek(interval);
        if (!report.ok()) {
            return report.error().in(directory);
        }
        builder.add(*report.value());
        if (rule && told.rule_held.empty() && rule->evaluate(*report.value()) == Truth::yes) {
            told.rule_held = words_of(*rule, *report.value(), recording.meta());
        }
    }
    told.interrupted = interval < recording.intervals();
    if (told.interrupted) {
        told.context.remarks.push_back(fmt::format("interrupted: only the first {} of {} intervals are included",
                                                   interval, recording.intervals()));
    }
    if (player.bad_lines() != 0) {
        told.context.remarks.push_back(fmt::format("{} lines are not valid rows: skipped", player.bad_lines()));
    }
    told.summary = builder.finish();
    told.summary.source = recording.meta().source;
    if (!told.interrupted) {
        TRY(add_stacks(directory, recording, signals.value(), told.summary));
    }
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
    return for_locale(write_summary_text(told.summary, told.context, text_options(options, sink)));
}

std::string words_of_two(const ReportCommandOptions& options, const Told& before, const Told& after, const Sink& sink) {
    const SummaryChange change = compare_summaries(before.summary, after.summary);
    const ContextedSummary from{before.summary, before.context}, to{after.summary, after.context};
    return options.format == ReportFormat::json
               ? write_change_json(from, to, change)
               : for_locale(write_change_text(from, to, change, text_options(options, sink)));
}

}  // namespace

Result<Outcome> run_report(const ReportCommandOptions& options) {
    const std::vector<std::string>& directories = options.directories;
    const std::string& path = options.output_path;
    TRY(check_output(path, directories));
    std::vector<Told> told;
    for (const std::string& directory : directories) {
        auto one = TRY(sum_up(directory, options));
        if (one.interrupted && directories.size() > 1) {
            return Error{"interrupted: not enough was read for a comparison", "", 0};
        }
        told.push_back(std::move(one));
    }
    // Before the output: a signal must not leave its temporary file.
    auto signals = TRY(SignalQueue::open({SIGINT, SIGTERM, SIGHUP}));
    auto file = TRY(OutputFile::open(path.empty() ? std::string(kStdout) : path));
    Sink& sink = file.sink();
    sink.stop_on(signals.fd());
    const std::string words =
        told.size() == 1 ? words_of_one(options, told.front(), sink) : words_of_two(options, told[0], told[1], sink);
    TRY(check_signals(signals));
    Result<void> done = sink.write(words);
    done = done.ok() ? check_signals(signals) : done;
    done = done.ok() ? file.finish() : done;
    if (!done.ok() && !reader_left(done.error())) {
        return done.error();
    }
    const std::string& held = told.front().rule_held;
    return held.empty() ? Outcome{} : Outcome{kExitRule, held};
}

}  // namespace tsa
