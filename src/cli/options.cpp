// See options.h. CLI11 splits the line and writes the list of options; values are checked here and in the files of the
// commands, so that every complaint names what was wrong and what would be right.
#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/common_options.h"
#include "cli/help.h"
#include "cli/own_cost_options.h"
#include "cli/record_options.h"
#include "cli/recording_options.h"
#include "cli/stat_options.h"
#include "cli/waybar_options.h"

namespace tsa {

namespace {

/// What CLI11 fills: still text.
struct Raw {
    std::string tid;
    bool doctor_json = false, version = false;
    CommonRaw common;
    StatRaw stat;
    OwnCostRaw own_cost;
    RecordRaw record;
    RecordingRaw recording;
    WaybarRaw waybar;
};

/// Newer versions of CLI11 (2.6, not 2.4) wrap what an option does at 65 columns, and fill footers like paragraphs:
/// ours have tables. Older versions leave all lines as they are, and have none of these functions.
template <typename Formatter>
void keep_lines(Formatter& formatter) {
    constexpr std::size_t kDescriptionColumns = 100;  // beside the 30 of the options
    if constexpr (requires { formatter.right_column_width(kDescriptionColumns); }) {
        formatter.right_column_width(kDescriptionColumns);
    }
    if constexpr (requires { formatter.enable_footer_formatting(false); }) {
        formatter.enable_footer_formatting(false);
    }
}

/// CLI11 cannot know of the command after --.
class Usage : public CLI::Formatter {
  public:
    Usage() { keep_lines<CLI::Formatter>(*this); }
    std::string make_usage(const CLI::App* app, std::string) const override {
        return app->get_parent() == nullptr
                   ? "Usage: rstat-tsa [OPTIONS] [TID]\n       rstat-tsa stat [OPTIONS] [-- CMD ...]\n"
                     "       rstat-tsa record -o DIR [OPTIONS] [-- CMD ...]\n"
                     "       rstat-tsa replay DIR [--at TIME]\n       rstat-tsa report DIR [DIR2] [--json|--html]\n"
                     "       rstat-tsa export DIR --chrome-trace FILE\n"
                     "       rstat-tsa waybar [OPTIONS]\n       rstat-tsa doctor [--json]\n"
                     "       rstat-tsa bench [N] [--json]\n       rstat-tsa profile [SECONDS] [--json]\n"
                   : fmt::format("Usage: rstat-tsa {} {}\n", app->get_name(), arguments_of(app->get_name()));
    }

  private:
    static std::string_view arguments_of(std::string_view mode) {
        return mode == "stat"      ? "[OPTIONS] [-- CMD ...]"
               : mode == "bench"   ? "[OPTIONS] [N]"
               : mode == "profile" ? "[OPTIONS] [SECONDS]"
               : mode == "record"  ? "-o DIR [OPTIONS] [-- CMD ...]"
               : mode == "replay"  ? "DIR [OPTIONS]"
               : mode == "report"  ? "DIR [DIR2] [OPTIONS]"
               : mode == "export"  ? "DIR --chrome-trace FILE"
                                   : "[OPTIONS]";
    }
};

EarlyEnd usage_error(const Error& error) {
    std::string text = "rstat-tsa: " + error.message + "\n";
    if (!error.hint.empty()) {
        text += "hint: " + error.hint + "\n";
    }
    return {kExitUsage, text};
}

void add_doctor(CLI::App& app, Raw& raw) {
    app.add_flag("--json", raw.doctor_json, "one JSON object");
    add_color(app, raw.common);
    app.footer(doctor_help_footer());
}

/// The commands, each with its options; the names are the only place where a word becomes a mode.
struct Command {
    const char* name;
    Mode mode;
    const char* help;
    void (*add)(CLI::App& app, Raw& raw);
};

constexpr Command kCommands[] = {
    {"stat", Mode::stat, "print reports as text, JSON or CSV; or run a command and sum it up",
     [](CLI::App& app, Raw& raw) { add_stat(app, raw.stat, raw.common); }},
    {"record", Mode::record, "write every thread's every interval to files, to look at later",
     [](CLI::App& app, Raw& raw) { add_record(app, raw.record, raw.common); }},
    {"replay", Mode::replay, "a recording in the screens, at any time of it",
     [](CLI::App& app, Raw& raw) { add_replay(app, raw.recording, raw.common); }},
    {"report", Mode::report, "a recording summed up: where the time went, and what looks wrong; or two compared",
     [](CLI::App& app, Raw& raw) { add_report(app, raw.recording, raw.common); }},
    {"export", Mode::export_recording, "a recording in another program's format",
     [](CLI::App& app, Raw& raw) { add_export(app, raw.recording); }},
    {"doctor", Mode::doctor, "what works on this machine, what does not, and what would help",
     [](CLI::App& app, Raw& raw) { add_doctor(app, raw); }},
    {"bench", Mode::bench, "what a refresh costs on this machine, part by part",
     [](CLI::App& app, Raw& raw) { add_bench(app, raw.own_cost, raw.common); }},
    {"profile", Mode::profile, "what the probes cost: how long each run of each program takes",
     [](CLI::App& app, Raw& raw) { add_profile(app, raw.own_cost, raw.common); }},
    {"waybar", Mode::waybar, "a line for a status bar at each interval, all day long",
     [](CLI::App& app, Raw& raw) {
         add_source(app, raw.common, "default 500");
         add_waybar(app, raw.waybar);
         app.footer(waybar_help_footer());
     }},
};

Result<void> take_overview(const Raw& raw, Options& options) {
    if (!options.command_line.empty()) {
        return Error{"only stat and record run a command", "rstat-tsa stat -- " + options.command_line.front() + " ...",
                     0};
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
            std::ranges::any_of(option->results(), [](const std::string& value) { return value.empty(); })) {
            name = option->get_name();
            return true;
        }
    }
    return false;
}

Result<void> take_doctor(const Raw& raw, Options& options) {
    options.format = raw.doctor_json ? Format::json : Format::table;
    if (!options.command_line.empty()) {
        return Error{"doctor runs no command", "rstat-tsa stat -- " + options.command_line.front() + " ...", 0};
    }
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
    auto taken = TRY(to_waybar_options(own, raw.common.interval, raw.common.kernel_threads));
    options.waybar = std::move(taken);
    return {};
}

Result<void> take_mode(const Raw& raw, Options& options) {
    switch (options.mode) {
        case Mode::stat:
            return take_stat(raw.stat, options);
        case Mode::record:
            return take_record(raw.record, options);
        case Mode::replay:
        case Mode::report:
        case Mode::export_recording:
            return take_recording(raw.recording, options.mode, options);
        case Mode::doctor:
            return take_doctor(raw, options);
        case Mode::waybar:
            return take_waybar(raw, options);
        case Mode::bench:
        case Mode::profile:
            return take_own_cost(raw.own_cost, options.mode, options);
        case Mode::overview:
        case Mode::drill_down:
            break;
    }
    return take_overview(raw, options);
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
    TRY(take_common(raw.common, options));
    options.mode = mode;
    if (mode != Mode::overview && !raw.tid.empty()) {
        if (app.get_subcommands().empty()) {
            return Error{"a thread ID and --bench or --profile exclude each other", "leave the thread ID out", 0};
        }
        const std::string word = app.get_subcommands().front()->get_name();
        return Error{fmt::format("'{}' before {}", raw.tid, word),
                     mode == Mode::stat ? "rstat-tsa stat --tid " + raw.tid : fmt::format("rstat-tsa {}", word), 0};
    }
    TRY(take_mode(raw, options));
    return options;
}

/// No number here can be negative; CLI11 would take "-5" for an option that it does not know.
std::optional<EarlyEnd> refuse_negative(const std::vector<std::string>& arguments) {
    for (const std::string& argument : arguments) {
        if (argument.size() > 1 && argument[0] == '-' && argument[1] >= '0' && argument[1] <= '9') {
            return usage_error({fmt::format("'{}': no number here can be negative", argument), "rstat-tsa --help", 0});
        }
    }
    return std::nullopt;
}

Mode mode_of(const CLI::App& app) {
    for (const Command& command : kCommands) {
        if (app.got_subcommand(command.name)) {
            return command.mode;
        }
    }
    return app.count("--bench") != 0 ? Mode::bench : app.count("--profile") != 0 ? Mode::profile : Mode::overview;
}

}  // namespace

std::variant<Options, EarlyEnd> parse_options(std::span<const char* const> arguments, std::string_view version) {
    Raw raw;
    CLI::App app("Where did each thread's time go: on a CPU, or waiting for a CPU, a disk, memory, a lock, or work?",
                 "rstat-tsa");
    app.add_option("TID", raw.tid, "show this thread in detail; without it all threads")->type_name("");
    add_process(app, raw.common);
    add_source(app, raw.common, "default: stat and record 1000, screens 500");
    add_color(app, raw.common);
    app.add_flag("--version", raw.version, "print the version");
    app.add_option("--bench", raw.own_cost.bench, "the same as: rstat-tsa bench N")->type_name("N");
    app.add_option("--profile", raw.own_cost.profile, "the same as: rstat-tsa profile SECONDS")->type_name("SECONDS");
    app.footer(overview_help_footer());
    app.formatter(std::make_shared<Usage>());
    for (const Command& command : kCommands) {
        CLI::App& part = *app.add_subcommand(command.name, command.help);
        command.add(part, raw);
        part.formatter(std::make_shared<Usage>());
    }

    // The command is not ours to interpret, not even its dashes.
    const auto dashes =
        std::ranges::find(arguments, std::string_view("--"), [](const char* a) { return std::string_view(a); });
    std::vector<std::string> own(arguments.begin(), dashes);
    Options options;
    options.version = version;
    const bool runs_command = dashes != arguments.end();
    if (runs_command) {
        options.command_line.assign(dashes + 1, arguments.end());
    }
    if (auto refused = refuse_negative(own)) {
        return *std::move(refused);
    }
    try {
        std::ranges::reverse(own);
        app.parse(own);
    } catch (const CLI::CallForHelp&) {
        const auto chosen = app.get_subcommands();
        return EarlyEnd{kExitOk, chosen.empty() ? app.help() : chosen.front()->help()};
    } catch (const CLI::ParseError& error) {
        const auto chosen = app.get_subcommands();
        return usage_error({error.what(),
                            chosen.empty() ? std::string("rstat-tsa --help")
                                           : fmt::format("rstat-tsa {} --help", chosen.front()->get_name()),
                            0});
    }
    if (raw.version) {
        return EarlyEnd{kExitOk, fmt::format("rstat-tsa {}\n", version)};
    }
    if (runs_command && options.command_line.empty()) {
        const bool records = app.got_subcommand("record");
        return usage_error({"there is no command after --",
                            records ? "rstat-tsa record -o DIR -- CMD ..." : "rstat-tsa stat -- CMD ...", 0});
    }
    const std::size_t flags = (app.count("--bench") != 0 ? 1U : 0U) + (app.count("--profile") != 0 ? 1U : 0U);
    if (flags + app.get_subcommands().size() > 1) {
        return usage_error({"--bench and --profile each choose what to do, alone", "rstat-tsa --bench 1000", 0});
    }
    auto result = to_options(raw, app, mode_of(app), std::move(options));
    if (!result.ok()) {
        return usage_error(result.error());
    }
    return std::move(result).value();
}

}  // namespace tsa
