// SPDX-License-Identifier: MIT
// See commands.h.
#include "cli/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/help.h"
#include "cli/metrics_options.h"
#include "cli/own_cost_options.h"
#include "cli/record_options.h"
#include "cli/screen_flags.h"
#include "cli/typos.h"

namespace tsa {

namespace {

void add_doctor(OptionList list, Line& line) {
    list.flag(
        "--service", line.doctor.service,
        "what a service of systemd may do here: capabilities, limits, watchdog, and the unit files that are found");
    list.flag("--json", line.doctor.json, "one JSON object");
    add_color(list, line.common.color);
}

Result<DoctorOptions> finish_doctor(const Line& line) {
    if (!line.common.command_line.empty()) {
        return Error{"doctor does not run a command", "rstat-tsa stat -- " + line.common.command_line.front() + " ...",
                     0};
    }
    return DoctorOptions{line.doctor.json, line.doctor.service, line.common.color_mode()};
}

template <class T>
Result<Options> as_options(Result<T> finished) {
    return finished.ok() ? Result<Options>(Options(std::move(finished).value())) : finished.error();
}

constexpr CommandSpec kCommands[] = {
    {"stat", "print reports as text, JSON or CSV; or run a command and sum it up", "[OPTIONS] [-- CMD ...]",
     "--json --csv -p --tid --by -i -n --sort --top -o",
     [](OptionList list, Line& line) { add_stat(list, line.stat, line.common); },
     [](const Line& line) { return as_options(finish_stat(line.stat, line.common)); }, stat_help},
    {"record", "write every interval of every thread to files, for later", "-o DIR [OPTIONS] [-- CMD ...]",
     "-o -d -i -p --tid --user --comm --cgroup --unit --stacks --keep --compress --when --before --after --run",
     [](OptionList list, Line& line) { add_record(list, line.record, line.common); },
     [](const Line& line) { return as_options(finish_record(line.record, line.common)); }, record_help},
    {"replay", "play a recording on the screens, from any moment of it", "DIR [OPTIONS]", "DIR --at --speed --color",
     [](OptionList list, Line& line) { add_replay(list, line.recording, line.common); },
     [](const Line& line) { return as_options(finish_replay(line.recording, line.common)); }, replay_help},
    {"report", "sum up a recording: where the time went, and what looks wrong; or compare two", "DIR [DIR2] [OPTIONS]",
     "DIR --json --html -o --top --by --fail-on --color",
     [](OptionList list, Line& line) { add_report(list, line.recording, line.common); },
     [](const Line& line) { return as_options(finish_report(line.recording, line.common)); }, report_help},
    {"export", "convert a recording for other programs", "DIR --chrome-trace|--folded|--speedscope|--pprof FILE",
     "DIR --chrome-trace --folded --speedscope --pprof --state",
     [](OptionList list, Line& line) { add_export(list, line.recording); },
     [](const Line& line) { return as_options(finish_export(line.recording, line.common)); }, export_help},
    {"metrics", "serve counters and gauges to Prometheus and others, or write them to a file", "[OPTIONS]",
     "--listen --textfile --by --max-groups -i",
     [](OptionList list, Line& line) { add_metrics(list, line.metrics, line.common); },
     [](const Line& line) { return as_options(finish_metrics(line.metrics, line.common)); }, metrics_help},
    {"doctor", "show what works on this machine, what does not, and what would help", "[OPTIONS]",
     "--service --json --color", add_doctor, [](const Line& line) { return as_options(finish_doctor(line)); },
     doctor_help},
    {"bench", "measure what a refresh costs on this machine, part by part", "[OPTIONS] [N]", "N --json -i --source",
     [](OptionList list, Line& line) { add_bench(list, line.bench, line.common); },
     [](const Line& line) { return as_options(finish_bench(line.bench, line.common)); }, bench_help},
    {"profile", "measure what the probes cost: how long each run of each program takes", "[OPTIONS] [SECONDS]",
     "SECONDS --json --max-threads", [](OptionList list, Line& line) { add_profile(list, line.profile, line.common); },
     [](const Line& line) { return as_options(finish_profile(line.profile, line.common)); }, profile_help},
    {"waybar", "print a line for a status bar at each interval", "[OPTIONS]",
     "-i --format --tooltip --top --plain --escape --single-instance --config",
     [](OptionList list, Line& line) { add_waybar(list, line.waybar, line.common); },
     [](const Line& line) { return as_options(finish_waybar(line.waybar, line.common)); }, waybar_help},
};

void add_screens(OptionList list, Line& line) {
    list.text("TID|NAME", "", line.tid, "show this thread, or the process of that name; without it all threads");
    add_choosers(list, line.common);
    add_by(list, line.by, "groups of threads: by process, unit, container, pod, cgroup, user or command");
    add_filter(
        list, line.filter,
        "only rows with this text, or for which this is true: 'exec > 10% and user = postgres'; @NAME: a filter of "
        "config.toml",
        true);
    add_screen_flags(list, line.flags, line.common);
    add_live(list, line.common, "default: stat and record 1000, screens 500");
    add_color(list, line.common.color);
    add_debuginfod(list, line.common, "");
    list.flag("--version", line.version, "print the version");
    add_own_cost_flags(list, line.bench, line.profile);
}

Result<Options> finish_screens(const Line& line) {
    const CommonValues& common = line.common;
    if (!common.command_line.empty()) {
        return Error{"only stat and record run a command", "rstat-tsa stat -- " + common.command_line.front() + " ...",
                     0};
    }
    ScreensOptions options;
    static_cast<LiveOptions&>(options) = common.live();
    options.version = common.version;
    static_cast<ChooserOptions&>(options) = common.choice;
    options.by = line.by;
    options.filter = line.filter;
    options.flags = line.flags;
    options.flags.kernel_threads = common.kernel_threads;
    if (options.flags.tree && (options.flags.threads || options.by)) {
        return Error{"-t, -H and --by each say what the rows are", "leave all but one out", 0};
    }
    options.color = common.color_mode();
    if (line.tid.empty()) {
        return Options(std::move(options));
    }
    if (is_number(line.tid)) {
        options.tid = TRY(parse_tid(line.tid, "thread ID"));
    } else {
        options.name = line.tid;
        options.unknown_name = unknown_command(line.tid);
    }
    if (options.has_numbers()) {
        return Error{"a thread ID or a name and -p or --tid exclude each other", "-p lists all threads of that process",
                     0};
    }
    return Options(std::move(options));
}

constexpr CommandSpec kScreens{
    "",
    "Where did each thread's time go: on a CPU, or waiting for a CPU, a disk, memory, a lock, "
    "or work?",
    "[OPTIONS] [TID|NAME]",
    "TID|NAME -p -u --by -t --filter --sort -i --source --version",
    add_screens,
    finish_screens,
    overview_help};

}  // namespace

const CommandSpec& screens_command() {
    return kScreens;
}

std::span<const CommandSpec> commands() {
    return kCommands;
}

const CommandSpec* command_of(std::string_view name) {
    const auto* found = std::ranges::find(kCommands, name, &CommandSpec::name);
    return found != std::end(kCommands) ? found : nullptr;
}

void build(CLI::App& app, Line& line) {
    app.set_help_flag("-h,--help", "print the most useful options, with examples");
    app.set_help_all_flag("--help-all", "print all options and explanations");
    kScreens.add(OptionList(app, line.mistake), line);
    for (const CommandSpec& command : kCommands) {
        CLI::App& part = *app.add_subcommand(std::string(command.name), command.summary);
        command.add(OptionList(part, line.mistake), line);
    }
}

}  // namespace tsa
