// See options.h. CLI11 splits the line and writes the list of options; values are checked here, so that every complaint
// names what was wrong and what would be right.
#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/help.h"
#include "cli/numbers.h"
#include "cli/waybar_options.h"

namespace tsa {

namespace {

/// What CLI11 fills: still text.
struct Raw {
    std::string tid, pid, source = "auto", kernel_threads, max_threads, color = "auto";
    std::string interval, intervals, tids, sort, top, output;
    std::string bench, profile;
    bool json = false, csv = false, taskstats = false, version = false;
    WaybarRaw waybar;
};

/// CLI11 cannot know of the command after --.
class Usage : public CLI::Formatter {
  public:
    std::string make_usage(const CLI::App* app, std::string) const override {
        return app->get_parent() == nullptr
                   ? "Usage: rstat-tsa [OPTIONS] [TID]\n       rstat-tsa stat [OPTIONS] [-- CMD ...]\n"
                     "       rstat-tsa waybar [OPTIONS]\n       rstat-tsa doctor [--json]\n"
                     "       rstat-tsa bench [N] [--json]\n       rstat-tsa profile [SECONDS] [--json]\n"
                   : fmt::format("Usage: rstat-tsa {} [OPTIONS]{}\n", app->get_name(), operands(app->get_name()));
    }

  private:
    static std::string_view operands(std::string_view mode) {
        return mode == "stat" ? " [-- CMD ...]" : mode == "bench" ? " [N]" : mode == "profile" ? " [SECONDS]" : "";
    }
};

EarlyEnd usage_error(const Error& error) {
    std::string text = "rstat-tsa: " + error.message + "\n";
    if (!error.hint.empty()) {
        text += "hint: " + error.hint + "\n";
    }
    return {kExitUsage, text};
}

void add_max_threads(CLI::App& app, Raw& raw) {
    app.add_option("--max-threads", raw.max_threads, "room for this many threads at once; the rest is only summed up")
        ->type_name("N");
}

/// What every loop takes.
void add_source(CLI::App& app, Raw& raw, const std::string& interval_default) {
    app.add_option("-i,--interval", raw.interval, "milliseconds between two refreshes (" + interval_default + ")")
        ->type_name("MS");
    app.add_option("--source", raw.source,
                   "where the data comes from: bpf (scheduler probes), procfs (/proc: fewer states, needs no\n"
                   "privilege), or auto: bpf where it can be had, else procfs")
        ->type_name("NAME");
    app.add_option("--kernel-threads", raw.kernel_threads, "list threads of the kernel: on or off; totals have them")
        ->type_name("on|off");
    add_max_threads(app, raw);
}

void add_common(CLI::App& app, Raw& raw) {
    app.add_option("-p,--pid", raw.pid, "only the threads of this process")->type_name("PID");
    add_source(app, raw, "default: stat 1000, screens 500");
    app.add_option("--color", raw.color, "auto, always or never")->type_name("WHEN");
}

void add_stat(CLI::App& stat, Raw& raw) {
    stat.add_flag("--json", raw.json, "one JSON object per interval and line");
    stat.add_flag("--csv", raw.csv, "one CSV line per thread and interval");
    add_common(stat, raw);
    stat.add_option("-n,--intervals", raw.intervals, "end after N intervals")->type_name("N");
    stat.add_option("--tid", raw.tids, "only these threads")->type_name("T[,T]");
    stat.add_option("--sort", raw.sort, "order rows by this column, most first")->type_name("KEY");
    stat.add_option("--top", raw.top, "only the first N rows; 0: all (default: 20 in a table, else all)")
        ->type_name("N");
    stat.add_flag("--taskstats", raw.taskstats,
                  "ask the kernel's delay accounting for each thread that is listed, and hold both against each other");
    stat.add_option("-o,--output", raw.output, "write reports to this file")->type_name("FILE");
}

void add_bench(CLI::App& bench, Raw& raw) {
    bench.add_option("N", raw.bench, fmt::format("refreshes (default {})", kDefaultBenchRefreshes))->type_name("");
    bench.add_flag("--json", raw.json, "one JSON object");
    add_source(bench, raw, "default 1");
    bench.footer(bench_help_footer());
}

void add_profile(CLI::App& profile, Raw& raw) {
    profile.add_option("SECONDS", raw.profile, fmt::format("how long (default {})", kDefaultProfileSeconds))
        ->type_name("");
    profile.add_flag("--json", raw.json, "one JSON object");
    add_max_threads(profile, raw);
    profile.footer(profile_help_footer());
}

/// Keys that begin like, or contain, what was typed; all of them when none does.
std::string suggest_keys(std::string_view typed) {
    std::string close, all = "lost, cpu, mem";
    for (const Column& column : columns()) {
        all += fmt::format(", {}", column.key);
        if (typed.size() > 1 && column.key.find(typed.substr(0, 4)) != std::string_view::npos) {
            close += fmt::format("{}{}", close.empty() ? "" : ", ", column.key);
        }
    }
    return close.empty() ? "one of " + all : "did you mean " + close + "? All: " + all;
}

template <class Number>
Result<void> take(std::string_view text, std::string_view what, std::uint64_t least, std::uint64_t most,
                  std::optional<Number>& out) {
    if (text.empty()) {
        return {};
    }
    const auto number = parse_number(text, what, least, most);
    if (!number.ok()) {
        return number.error();
    }
    out = static_cast<Number>(number.value());
    return {};
}

Result<void> take_common(const Raw& raw, Options& options) {
    if (!raw.pid.empty()) {
        const auto pid = parse_tid(raw.pid, "process ID");
        if (!pid.ok()) {
            return pid.error().in("-p");
        }
        options.tgid = pid.value();
    }
    if (const auto taken = take(raw.interval, "interval in ms", kMinIntervalMs, kMaxIntervalMs, options.interval_ms);
        !taken.ok()) {
        return taken.error().in("-i");
    }
    std::optional<std::uint32_t> slots;
    if (const auto taken = take(raw.max_threads, "number of threads", 1, kMaxThreadSlots, slots); !taken.ok()) {
        return taken.error().in("--max-threads");
    }
    options.max_threads = slots.value_or(0);
    if (raw.source == "bpf") {
        options.source = SourceChoice::bpf;
    } else if (raw.source == "procfs") {
        options.source = SourceChoice::procfs;
    } else if (raw.source != "auto") {
        return Error{fmt::format("--source: there is no source '{}'", raw.source), "auto, bpf or procfs", 0};
    }
    if (!raw.kernel_threads.empty() && raw.kernel_threads != "on" && raw.kernel_threads != "off") {
        return Error{fmt::format("--kernel-threads: '{}' is neither on nor off", raw.kernel_threads), "on or off", 0};
    }
    options.kernel_threads = raw.kernel_threads != "off";
    if (raw.color == "always") {
        options.color = ColorMode::always;
    } else if (raw.color == "never") {
        options.color = ColorMode::never;
    } else if (raw.color != "auto") {
        return Error{fmt::format("--color: '{}' is not known", raw.color), "auto, always or never", 0};
    }
    return {};
}

Result<void> take_stat(const Raw& raw, Options& options) {
    if (raw.json && raw.csv) {
        return Error{"--json and --csv exclude each other", "ask for one of them", 0};
    }
    options.format = raw.json ? Format::json : raw.csv ? Format::csv : Format::table;
    if (const auto taken = take(raw.intervals, "number of intervals", 1, std::uint64_t{1} << 53U, options.intervals);
        !taken.ok()) {
        return taken.error().in("-n");
    }
    if (const auto taken = take(raw.top, "number of rows", 0, kMaxTid, options.top); !taken.ok()) {
        return taken.error().in("--top");
    }
    if (!raw.tids.empty()) {
        auto tids = parse_tids(raw.tids);
        if (!tids.ok()) {
            return tids.error().in("--tid");
        }
        options.tids = std::move(tids).value();
    }
    if (!raw.sort.empty()) {
        options.sort = find_sort_column(raw.sort);
        if (options.sort == nullptr) {
            return Error{fmt::format("--sort: there is no column '{}'", raw.sort), suggest_keys(raw.sort), 0};
        }
    }
    options.output_path = raw.output;
    options.taskstats = raw.taskstats;
    if (!options.command_line.empty() && options.source == SourceChoice::procfs) {
        return Error{"-- CMD needs the scheduler probes: /proc forgets threads that end", "leave --source procfs out",
                     0};
    }
    if (!options.command_line.empty() && (options.tgid || !options.tids.empty())) {
        return Error{"-p and --tid choose threads that run already; -- CMD follows a new command",
                     "leave one of them out", 0};
    }
    if (!options.command_line.empty() && options.taskstats) {
        return Error{"--taskstats asks for threads that live; the summary of -- CMD is of threads that have ended",
                     "leave one of them out", 0};
    }
    return {};
}

Result<void> take_overview(const Raw& raw, Options& options) {
    if (!options.command_line.empty()) {
        return Error{"only stat runs a command", "rstat-tsa stat -- " + options.command_line.front() + " ...", 0};
    }
    if (raw.tid.empty()) {
        return {};
    }
    const bool number_like = raw.tid.find_first_not_of("0123456789") == std::string::npos;
    if (!number_like) {
        return Error{fmt::format("'{}' is neither a thread ID nor a command", raw.tid),
                     "rstat-tsa TID, rstat-tsa stat, or rstat-tsa --help", 0};
    }
    const auto tid = parse_tid(raw.tid, "thread ID");
    if (!tid.ok()) {
        return tid.error();
    }
    if (options.tgid) {
        return Error{"a thread ID and -p exclude each other", "-p lists all threads of that process", 0};
    }
    options.tid = tid.value();
    options.mode = Mode::drill_down;
    return {};
}

/// Options that take a value which was left empty, as in `-i ""`, must not look as if they had not been given.
bool given_but_empty(const CLI::App& app, std::string& name) {
    for (const CLI::Option* option : app.get_options()) {
        if (option->count() > 0 && option->get_expected_min() > 0 && !option->results().empty() &&
            option->results().front().empty()) {
            name = option->get_name();
            return true;
        }
    }
    return false;
}

Result<void> take_doctor(const Raw& raw, Options& options) {
    options.format = raw.json ? Format::json : Format::table;
    if (!options.command_line.empty()) {
        return Error{"doctor runs no command", "rstat-tsa stat -- " + options.command_line.front() + " ...", 0};
    }
    return {};
}

Result<void> take_own_cost(const Raw& raw, Mode mode, Options& options) {
    const bool bench = mode == Mode::bench;
    const std::string_view word = bench ? "bench" : "profile";
    options.format = raw.json ? Format::json : Format::table;
    if (!options.command_line.empty()) {
        return Error{fmt::format("{} runs no command", word), "let it run beside: " + options.command_line.front(), 0};
    }
    if (options.tgid) {
        return Error{fmt::format("{} measures the whole machine", word), "leave -p out", 0};
    }
    if (!bench && options.source == SourceChoice::procfs) {
        return Error{"profile times the scheduler probes: --source procfs has none", "leave --source out", 0};
    }
    if (!bench && options.interval_ms) {
        return Error{"profile reads once, at its end: there is no interval", "leave -i out", 0};
    }
    std::optional<std::uint32_t> given;
    const auto taken = bench ? take(raw.bench, "number of refreshes", 1, kMaxBenchRefreshes, given)
                             : take(raw.profile, "number of seconds", 1, kMaxProfileSeconds, given);
    if (!taken.ok()) {
        return taken.error().in(word);
    }
    (bench ? options.bench_refreshes : options.profile_seconds) =
        given.value_or(bench ? kDefaultBenchRefreshes : kDefaultProfileSeconds);
    return {};
}

Result<void> take_waybar(const Raw& raw, Options& options) {
    if (!options.command_line.empty()) {
        return Error{"waybar runs no command", "rstat-tsa stat -- " + options.command_line.front() + " ...", 0};
    }
    if (options.tgid) {
        return Error{"waybar shows the whole machine", "leave -p out", 0};
    }
    WaybarRaw own = raw.waybar;
    own.color = own.color.empty() && options.color == ColorMode::never ? "never" : own.color;
    auto taken = to_waybar_options(own, raw.interval, raw.kernel_threads);
    if (!taken.ok()) {
        return taken.error();
    }
    options.waybar = std::move(taken).value();
    return {};
}

Result<Options> to_options(const Raw& raw, const CLI::App& app, Mode mode, Options options) {
    std::string name;
    for (const CLI::App* part : app.get_subcommands()) {
        if (given_but_empty(*part, name)) {
            return Error{name + ": its value is empty", "rstat-tsa --help", 0};
        }
    }
    if (given_but_empty(app, name)) {
        return Error{name + ": its value is empty", "rstat-tsa --help", 0};
    }
    if (const auto taken = take_common(raw, options); !taken.ok()) {
        return taken.error();
    }
    options.mode = mode;
    if (mode != Mode::overview && !raw.tid.empty()) {
        if (app.get_subcommands().empty()) {
            return Error{"a thread ID and --bench or --profile exclude each other", "leave the thread ID out", 0};
        }
        const std::string word = app.get_subcommands().front()->get_name();
        return Error{fmt::format("'{}' before {}", raw.tid, word),
                     mode == Mode::stat ? "rstat-tsa stat --tid " + raw.tid : fmt::format("rstat-tsa {}", word), 0};
    }
    const bool own_cost = mode == Mode::bench || mode == Mode::profile;
    const auto taken = mode == Mode::stat     ? take_stat(raw, options)
                       : mode == Mode::doctor ? take_doctor(raw, options)
                       : mode == Mode::waybar ? take_waybar(raw, options)
                       : own_cost             ? take_own_cost(raw, mode, options)
                                              : take_overview(raw, options);
    if (!taken.ok()) {
        return taken.error();
    }
    return options;
}

}  // namespace

std::variant<Options, EarlyEnd> parse_options(std::span<const char* const> arguments, std::string_view version) {
    Raw raw;
    CLI::App app("Where did each thread's time go: on a CPU, or waiting for a CPU, a disk, memory, a lock, or work?",
                 "rstat-tsa");
    app.add_option("TID", raw.tid, "show this thread in detail; without it all threads")->type_name("");
    add_common(app, raw);
    app.add_flag("--version", raw.version, "print the version");
    app.add_option("--bench", raw.bench, "the same as: rstat-tsa bench N")->type_name("N");
    app.add_option("--profile", raw.profile, "the same as: rstat-tsa profile SECONDS")->type_name("SECONDS");
    app.footer(overview_help_footer());
    CLI::App& stat = *app.add_subcommand("stat", "print reports as text, JSON or CSV; or run a command and sum it up");
    add_stat(stat, raw);
    stat.footer(stat_help_footer());
    CLI::App& doctor = *app.add_subcommand("doctor", "what works on this machine, what does not, and what would help");
    doctor.add_flag("--json", raw.json, "one JSON object");
    doctor.add_option("--color", raw.color, "auto, always or never")->type_name("WHEN");
    doctor.footer(doctor_help_footer());
    CLI::App& bench = *app.add_subcommand("bench", "what a refresh costs on this machine, part by part");
    add_bench(bench, raw);
    CLI::App& profile = *app.add_subcommand("profile", "what the probes cost: how long each run of each program takes");
    add_profile(profile, raw);
    CLI::App& waybar = *app.add_subcommand("waybar", "a line for a status bar at each interval, all day long");
    add_source(waybar, raw, "default 500");
    add_waybar(waybar, raw.waybar);
    waybar.footer(waybar_help_footer());
    for (CLI::App* part : {&app, &stat, &doctor, &bench, &profile, &waybar}) {
        part->formatter(std::make_shared<Usage>());
    }

    // The command is not ours to interpret, not even its dashes.
    const auto dashes =
        std::ranges::find(arguments, std::string_view("--"), [](const char* a) { return std::string_view(a); });
    std::vector<std::string> own(arguments.begin(), dashes);
    Options options;
    const bool runs_command = dashes != arguments.end();
    if (runs_command) {
        options.command_line.assign(dashes + 1, arguments.end());
    }
    for (const std::string& argument : own) {
        const bool negative = argument.size() > 1 && argument[0] == '-' && argument[1] >= '0' && argument[1] <= '9';
        if (negative) {
            return usage_error({fmt::format("'{}': no number here can be negative", argument), "rstat-tsa --help", 0});
        }
    }
    try {
        std::ranges::reverse(own);
        app.parse(own);
    } catch (const CLI::CallForHelp&) {
        const auto chosen = app.get_subcommands();
        return EarlyEnd{kExitOk, chosen.empty() ? app.help() : chosen.front()->help()};
    } catch (const CLI::ParseError& error) {
        return usage_error({error.what(), "rstat-tsa --help", 0});
    }
    if (raw.version) {
        return EarlyEnd{kExitOk, fmt::format("rstat-tsa {}\n", version)};
    }
    if (runs_command && options.command_line.empty()) {
        return usage_error({"there is no command after --", "rstat-tsa stat -- CMD ...", 0});
    }
    const std::size_t flags = (app.count("--bench") != 0 ? 1U : 0U) + (app.count("--profile") != 0 ? 1U : 0U);
    if (flags + app.get_subcommands().size() > 1) {
        return usage_error({"--bench and --profile each choose what to do, alone", "rstat-tsa --bench 1000", 0});
    }
    const Mode mode = stat.parsed()                                     ? Mode::stat
                      : doctor.parsed()                                 ? Mode::doctor
                      : waybar.parsed()                                 ? Mode::waybar
                      : bench.parsed() || app.count("--bench") != 0     ? Mode::bench
                      : profile.parsed() || app.count("--profile") != 0 ? Mode::profile
                                                                        : Mode::overview;
    auto result = to_options(raw, app, mode, std::move(options));
    if (!result.ok()) {
        return usage_error(result.error());
    }
    return std::move(result).value();
}

}  // namespace tsa
