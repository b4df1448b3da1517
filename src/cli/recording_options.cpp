// See recording_options.h.
#include "cli/recording_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <system_error>

#include "cli/help.h"

namespace tsa {

namespace {

constexpr std::size_t kMostDirectories = 8;  // CLI11's bound; how many a command takes is told in our words

void add_directories(CLI::App& app, RecordingRaw& raw, const char* name, const char* help) {
    app.add_option(name, raw.directories, help)->type_name("")->expected(0, static_cast<int>(kMostDirectories));
}

std::string_view word_of(Mode mode) {
    return mode == Mode::replay ? "replay" : mode == Mode::report ? "report" : "export";
}

/// What would choose threads or a source of a machine says nothing about a recording.
Result<void> check_live_options(std::string_view word, const Options& options) {
    const bool live = options.tgid || options.interval_ms || options.max_threads != 0 || !options.kernel_threads ||
                      options.source != SourceChoice::automatic;
    if (live) {
        return Error{fmt::format("{} reads a recording: -p, -i, --source, --kernel-threads and --max-threads are of "
                                 "live data",
                                 word),
                     fmt::format("rstat-tsa {} --help", word), 0};
    }
    if (!options.command_line.empty()) {
        return Error{fmt::format("{} runs no command", word),
                     "rstat-tsa record -o DIR -- " + options.command_line.front() + " ...", 0};
    }
    return {};
}

Result<double> parse_speed(std::string_view text) {
    double speed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return Error{fmt::format("speed: '{}' is not a number", text), "2 is twice as fast, 0.5 half", 0};
    }
    // Written so that a NaN is out of range as well.
    if (!(speed >= kMinReplaySpeed && speed <= kMaxReplaySpeed)) {
        return Error{fmt::format("speed {} is out of range", text),
                     fmt::format("{} to {}", kMinReplaySpeed, kMaxReplaySpeed), 0};
    }
    return speed;
}

Result<void> take_replay(const RecordingRaw& raw, ReplayOptions& replay) {
    replay.directory = raw.directories.front();
    replay.at = raw.at;
    if (!raw.speed.empty()) {
        const auto speed = parse_speed(raw.speed);
        if (!speed.ok()) {
            return speed.error().in("--speed");
        }
        replay.speed = speed.value();
    }
    return {};
}

Result<void> take_report(const RecordingRaw& raw, ReportCommandOptions& report) {
    if (raw.json && raw.html) {
        return Error{"--json and --html exclude each other", "ask for one of them", 0};
    }
    if (raw.html && raw.directories.size() == 2) {
        return Error{
            "a comparison is text or JSON, not HTML",
            fmt::format("rstat-tsa report {} {}, or --html of one of them", raw.directories[0], raw.directories[1]), 0};
    }
    report.directories = raw.directories;
    report.format = raw.json ? ReportFormat::json : raw.html ? ReportFormat::html : ReportFormat::text;
    report.output_path = raw.output;
    if (const auto taken = take_number(raw.top, "number of rows", 1, kMaxTid, report.top); !taken.ok()) {
        return taken.error().in("--top");
    }
    return {};
}

Result<void> take_export(const RecordingRaw& raw, ExportOptions& exported) {
    if (raw.chrome_trace.empty()) {
        return Error{"export: into what? --chrome-trace FILE is missing",
                     fmt::format("rstat-tsa export {} --chrome-trace trace.json", raw.directories.front()), 0};
    }
    exported.directory = raw.directories.front();
    exported.chrome_trace_path = raw.chrome_trace;
    return {};
}

}  // namespace

void add_replay(CLI::App& app, RecordingRaw& raw, CommonRaw& common) {
    add_directories(app, raw, "DIR", "a recording");
    app.add_option("--at", raw.at, "begin at this time of it")->type_name("TIME");
    app.add_option("--speed", raw.speed, "play so many times as fast (default 1)")->type_name("X");
    add_color(app, common);
    app.footer(replay_help_footer());
}

void add_report(CLI::App& app, RecordingRaw& raw, CommonRaw& common) {
    add_directories(app, raw, "DIR", "a recording; two are compared, the earlier one first");
    app.add_flag("--json", raw.json, "one JSON object");
    app.add_flag("--html", raw.html, "one page that needs nothing beside it");
    app.add_option("-o,--output", raw.output, "write it to this file")->type_name("FILE");
    app.add_option("--top", raw.top, "so many rows in each list")->type_name("N");
    add_color(app, common);
    app.footer(report_help_footer());
}

void add_export(CLI::App& app, RecordingRaw& raw) {
    add_directories(app, raw, "DIR", "a recording");
    app.add_option("--chrome-trace", raw.chrome_trace, "trace events, for Perfetto or chrome://tracing")
        ->type_name("FILE");
    app.footer(export_help_footer());
}

Result<void> take_recording(const RecordingRaw& raw, Mode mode, Options& options) {
    const std::string_view word = word_of(mode);
    TRY(check_live_options(word, options));
    if (raw.directories.empty()) {
        return Error{fmt::format("{}: which recording? DIR is missing", word),
                     fmt::format("rstat-tsa {} DIR, where record -o DIR wrote", word), 0};
    }
    for (const std::string& directory : raw.directories) {
        if (directory.empty()) {
            return Error{fmt::format("{}: the directory's name is empty", word), fmt::format("rstat-tsa {} DIR", word),
                         0};
        }
    }
    const std::size_t most = mode == Mode::report ? 2 : 1;
    if (raw.directories.size() > most) {
        return Error{fmt::format("{} takes {}, not {}", word, most == 2 ? "one or two recordings" : "one recording",
                                 raw.directories.size()),
                     most == 2 ? "two are compared: rstat-tsa report BEFORE AFTER"
                               : fmt::format("rstat-tsa {} {}", word, raw.directories.front()),
                     0};
    }
    return mode == Mode::replay   ? take_replay(raw, options.replay)
           : mode == Mode::report ? take_report(raw, options.report)
                                  : take_export(raw, options.exported);
}

}  // namespace tsa
