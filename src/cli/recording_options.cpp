// SPDX-License-Identifier: MIT
// See recording_options.h.
#include "cli/recording_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <system_error>

#include "model/state.h"
#include "rules/report_terms.h"
#include "text/suggestion.h"

namespace tsa {

namespace {

constexpr int kMostDirectories = 8;  // CLI11's bound; the commands check their own

void add_directories(OptionList& list, RecordingLine& line, const char* help) {
    list.app().add_option("DIR", line.directories, help)->type_name("")->expected(0, kMostDirectories);
}

/// Options that select threads or a source on a machine do not apply to a recording.
Result<void> check_live_options(std::string_view word, const CommonValues& common) {
    const LiveOptions live = common.live();
    const bool chosen = common.choice.any() || live.interval_ms || live.max_threads != 0 || !live.kernel_threads ||
                        live.source != SourceChoice::automatic;
    if (chosen) {
        return Error{
            fmt::format(
                "{} reads a recording: -p, --user and so on, -i, --source, --kernel-threads and --max-threads are of "
                "live data",
                word),
            fmt::format("rstat-tsa {} --help", word), 0};
    }
    if (!common.command_line.empty()) {
        return Error{fmt::format("{} does not run a command", word),
                     "rstat-tsa record -o DIR -- " + common.command_line.front() + " ...", 0};
    }
    return {};
}

/// Checks for all three commands. `most`: number of recordings that the command accepts.
Result<void> check_line(std::string_view word, const RecordingLine& line, const CommonValues& common,
                        std::size_t most) {
    TRY(check_live_options(word, common));
    if (line.directories.empty()) {
        return Error{fmt::format("{}: which recording? DIR is missing", word),
                     fmt::format("rstat-tsa {} DIR, where record -o DIR wrote", word), 0};
    }
    if (std::ranges::any_of(line.directories, &std::string::empty)) {
        return Error{fmt::format("{}: the directory's name is empty", word), fmt::format("rstat-tsa {} DIR", word), 0};
    }
    if (line.directories.size() > most) {
        return Error{fmt::format("{} takes {}, not {}", word, most == 2 ? "one or two recordings" : "one recording",
                                 line.directories.size()),
                     most == 2 ? "two are compared: rstat-tsa report BEFORE AFTER"
                               : fmt::format("rstat-tsa {} {}", word, line.directories.front()),
                     0};
    }
    return {};
}

Result<double> parse_speed(std::string_view text) {
    double speed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return Error{fmt::format("speed: '{}' is not a number", text), "2 is twice as fast, 0.5 half", 0};
    }
    // Written so that NaN is out of range as well.
    if (!(speed >= kMinReplaySpeed && speed <= kMaxReplaySpeed)) {
        return Error{fmt::format("speed {} is out of range", text),
                     fmt::format("{} to {}", kMinReplaySpeed, kMaxReplaySpeed), 0};
    }
    return speed;
}

/// By key or by head: "lock_wait", "LOCK".
Result<ThreadState> parse_state(const std::string& text) {
    std::vector<std::string_view> names;
    std::string head = text;
    std::ranges::transform(head, head.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    for (const StateInfo& info : state_table()) {
        if (text == info.key || head == info.head) {
            return info.state;
        }
        names.push_back(info.key);
    }
    return Error{fmt::format("state: there is no '{}'", text), suggestion(text, names), 0};
}

/// The one that was given. Error: none, or several.
Result<ExportFormat> export_format(const RecordingLine& line) {
    std::optional<std::size_t> found;
    for (std::size_t format = 0; format < kExportFormats.size(); ++format) {
        if (line.export_paths[format].empty()) {
            continue;
        }
        if (found) {
            return Error{fmt::format("export: {} and {} exclude each other", kExportFormats[*found].flag,
                                     kExportFormats[format].flag),
                         "one format at a time", 0};
        }
        found = format;
    }
    if (!found) {
        const ExportFormatInfo& first = kExportFormats.front();
        return Error{"export: --chrome-trace FILE is missing, or --folded, --speedscope or --pprof",
                     fmt::format("rstat-tsa export {} {} {}", line.directories.front(), first.flag, first.file), 0};
    }
    return static_cast<ExportFormat>(*found);
}

}  // namespace

void add_replay(OptionList list, RecordingLine& line, CommonValues& common) {
    add_directories(list, line, "a recording");
    list.text("--at", "TIME", line.replay.at, "start at this time");
    list.value("--speed", "X", "playback speed (default 1)", [&line](const std::string& text) -> Result<void> {
        line.replay.speed = TRY(parse_speed(text));
        return {};
    });
    add_color(list, common.color);
}

void add_report(OptionList list, RecordingLine& line, CommonValues& common) {
    add_directories(list, line, "a recording; two are compared, the earlier one first");
    list.flag("--json", line.json, "one JSON object");
    list.flag("--html", line.html, "one self-contained page");
    list.text("-o,--output", "FILE", line.report.output_path, "write it to this file");
    list.number("--top", "N", {"number of rows", 1, kMaxTid}, line.report.top, "rows in each list");
    add_by(list, line.report.by,
           "also the states of groups: by unit, container, pod, cgroup, user, command or process");
    list.text("--fail-on", "RULE", line.report.fail_on,
              "exit with 3 if this rule held at some time of the recording: 'lock_wait > 2 for 3s'; rules are those of "
              "record --when");
    add_color(list, common.color);
}

void add_export(OptionList list, RecordingLine& line) {
    add_directories(list, line, "a recording");
    for (std::size_t format = 0; format < kExportFormats.size(); ++format) {
        const ExportFormatInfo& info = kExportFormats[format];
        list.text(std::string(info.flag), "FILE", line.export_paths[format], std::string(info.help));
    }
    list.value("--state", "STATE", "only the time by stack in this state: lock_wait, io_wait, exec ...",
               [&line](const std::string& text) -> Result<void> {
                   line.exported.state = TRY(parse_state(text));
                   return {};
               });
}

Result<ReplayOptions> finish_replay(const RecordingLine& line, const CommonValues& common) {
    TRY(check_line("replay", line, common, 1));
    ReplayOptions replay = line.replay;
    replay.directory = line.directories.front();
    replay.color = common.color_mode();
    return replay;
}

Result<ReportCommandOptions> finish_report(const RecordingLine& line, const CommonValues& common) {
    TRY(check_line("report", line, common, 2));
    if (line.json && line.html) {
        return Error{"--json and --html exclude each other", "ask for one of them", 0};
    }
    if (line.html && line.directories.size() == 2) {
        return Error{
            "a comparison is text or JSON, not HTML",
            fmt::format("rstat-tsa report {} {}, or --html of one of them", line.directories[0], line.directories[1]),
            0};
    }
    if (line.report.by && line.directories.size() == 2) {
        return Error{"--by is of one recording; a comparison is by process and thread", "leave --by out", 0};
    }
    if (!line.report.fail_on.empty()) {
        if (line.directories.size() == 2) {
            return Error{"--fail-on is of one recording", "leave --fail-on or a recording out", 0};
        }
        if (const auto rule = ReportRule::parse(line.report.fail_on, "--fail-on"); !rule.ok()) {
            return rule.error();
        }
    }
    ReportCommandOptions report = line.report;
    report.version = common.version;
    report.directories = line.directories;
    report.format = line.json ? ReportFormat::json : line.html ? ReportFormat::html : ReportFormat::text;
    report.color = common.color_mode();
    return report;
}

Result<ExportOptions> finish_export(const RecordingLine& line, const CommonValues& common) {
    TRY(check_line("export", line, common, 1));
    ExportOptions exported = line.exported;
    exported.format = TRY(export_format(line));
    exported.directory = line.directories.front();
    exported.path = line.export_paths[static_cast<std::size_t>(exported.format)];
    if (exported.state && exported.format == ExportFormat::chrome_trace) {
        return Error{"--state is of the time by stack: --chrome-trace has all states", "leave --state out", 0};
    }
    return exported;
}

}  // namespace tsa
