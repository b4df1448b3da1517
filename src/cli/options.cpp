// SPDX-License-Identifier: MIT
// See options.h. CLI11 splits the line and prints the list of options. The files of the commands check values as they
// are read; invalid combinations are checked once the whole line has been read.
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

/// A command line as CLI11 fills it.
struct Line {
    std::optional<Error> mistake;  ///< the first invalid value
    CommonValues common;
    std::string tid;
    bool version = false;
    ScreensOptions screens;
    StatLine stat;
    RecordOptions record;
    RecordingLine recording;
    DoctorOptions doctor;
    BenchOptions bench;
    ProfileOptions profile;
    WaybarLine waybar;
};

/// Newer versions of CLI11 (2.6, not 2.4) wrap option descriptions at 65 columns, and fill footers like paragraphs:
/// ours contain tables. Older versions leave all lines unchanged, and lack these functions.
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

/// CLI11 does not handle the command after --.
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

void add_doctor(OptionList list, Line& line) {
    list.flag("--json", line.doctor.json, "one JSON object");
    add_color(list, line.common.color);
    list.footer(doctor_help_footer());
}

Result<DoctorOptions> finish_doctor(const Line& line) {
    if (!line.common.command_line.empty()) {
        return Error{"doctor does not run a command", "rstat-tsa stat -- " + line.common.command_line.front() + " ...",
                     0};
    }
    return DoctorOptions{line.doctor.json, line.common.color_mode()};
}

template <class T>
Result<Options> as_options(Result<T> finished) {
    return finished.ok() ? Result<Options>(Options(std::move(finished).value())) : finished.error();
}

/// The commands: how each adds its options, and how it converts a whole line.
struct Command {
    const char* name;
    const char* help;
    void (*add)(OptionList list, Line& line);
    Result<Options> (*finish)(const Line& line);
};

constexpr Command kCommands[] = {
    {"stat", "print reports as text, JSON or CSV; or run a command and sum it up",
     [](OptionList list, Line& line) { add_stat(list, line.stat, line.common); },
     [](const Line& line) { return as_options(finish_stat(line.stat, line.common)); }},
    {"record", "write every interval of every thread to files, for later",
     [](OptionList list, Line& line) { add_record(list, line.record, line.common); },
     [](const Line& line) { return as_options(finish_record(line.record, line.common)); }},
    {"replay", "a recording in the screens, at any time of it",
     [](OptionList list, Line& line) { add_replay(list, line.recording, line.common); },
     [](const Line& line) { return as_options(finish_replay(line.recording, line.common)); }},
    {"report", "a recording summed up: where the time went, and what looks wrong; or two compared",
     [](OptionList list, Line& line) { add_report(list, line.recording, line.common); },
     [](const Line& line) { return as_options(finish_report(line.recording, line.common)); }},
    {"export", "a recording in another program's format",
     [](OptionList list, Line& line) { add_export(list, line.recording); },
     [](const Line& line) { return as_options(finish_export(line.recording, line.common)); }},
    {"doctor", "what works on this machine, what does not, and what would help", add_doctor,
     [](const Line& line) { return as_options(finish_doctor(line)); }},
    {"bench", "what a refresh costs on this machine, part by part",
     [](OptionList list, Line& line) { add_bench(list, line.bench, line.common); },
     [](const Line& line) { return as_options(finish_bench(line.bench, line.common)); }},
    {"profile", "what the probes cost: how long each run of each program takes",
     [](OptionList list, Line& line) { add_profile(list, line.profile, line.common); },
     [](const Line& line) { return as_options(finish_profile(line.profile, line.common)); }},
    {"waybar", "a line for a status bar at each interval, all day long",
     [](OptionList list, Line& line) { add_waybar(list, line.waybar, line.common); },
     [](const Line& line) { return as_options(finish_waybar(line.waybar, line.common)); }},
};

const Command* command_of(std::string_view name) {
    const auto* found =
        std::ranges::find(kCommands, name, [](const Command& each) { return std::string_view(each.name); });
    return found != std::end(kCommands) ? found : nullptr;
}

/// The selected command, by its name or by --bench or --profile; null: the screens.
const Command* chosen_command(const CLI::App& app) {
    if (!app.get_subcommands().empty()) {
        return command_of(app.get_subcommands().front()->get_name());
    }
    return app.count("--bench") != 0     ? command_of("bench")
           : app.count("--profile") != 0 ? command_of("profile")
                                         : nullptr;
}

void add_screens(OptionList list, Line& line) {
    list.text("TID", "", line.tid, "show this thread in detail; without it all threads");
    add_process(list, line.common);
    add_live(list, line.common, "default: stat and record 1000, screens 500");
    add_color(list, line.common.color);
    list.flag("--version", line.version, "print the version");
    add_own_cost_flags(list, line.bench, line.profile);
    list.footer(overview_help_footer());
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
    options.tgid = common.tgid;
    options.color = common.color_mode();
    if (line.tid.empty()) {
        return Options(std::move(options));
    }
    const bool number_like = line.tid.find_first_not_of("0123456789") == std::string::npos;
    if (!number_like) {
        return Error{fmt::format("'{}' is neither a thread ID nor a command", line.tid),
                     "rstat-tsa TID, rstat-tsa stat, or rstat-tsa --help", 0};
    }
    options.tid = TRY(parse_tid(line.tid, "thread ID"));
    if (options.tgid) {
        return Error{"a thread ID and -p exclude each other", "-p lists all threads of that process", 0};
    }
    return Options(std::move(options));
}

/// Options with an empty value, as in `-i ""`, must not look as if they had not been given.
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

/// Checks that apply to every command.
Result<void> check_line(const Line& line, const CLI::App& app) {
    std::string name;
    const auto empty = [&name](const CLI::App* part) { return given_but_empty(*part, name); };
    if (std::ranges::any_of(app.get_subcommands(), empty) || empty(&app)) {
        return Error{name + ": its value is empty", "rstat-tsa --help", 0};
    }
    if (line.mistake) {
        return *line.mistake;
    }
    if (line.tid.empty() || chosen_command(app) == nullptr) {
        return {};
    }
    if (app.get_subcommands().empty()) {
        return Error{"a thread ID and --bench or --profile exclude each other", "leave the thread ID out", 0};
    }
    const std::string word = app.get_subcommands().front()->get_name();
    return Error{fmt::format("'{}' before {}", line.tid, word),
                 word == "stat" ? "rstat-tsa stat --tid " + line.tid : fmt::format("rstat-tsa {}", word), 0};
}

Result<Options> finish(const Line& line, const CLI::App& app) {
    TRY(check_line(line, app));
    const Command* const command = chosen_command(app);
    return command != nullptr ? command->finish(line) : finish_screens(line);
}

/// No number here can be negative, except a way back in time (replay --at -5m); CLI11 would treat "-5" as an unknown
/// option.
std::optional<EarlyEnd> refuse_negative(const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (i != 0 && arguments[i - 1] == "--at") {
            continue;
        }
        if (argument.size() > 1 && argument[0] == '-' && argument[1] >= '0' && argument[1] <= '9') {
            return usage_error({fmt::format("'{}': no number here can be negative", argument), "rstat-tsa --help", 0});
        }
    }
    return std::nullopt;
}

}  // namespace

std::variant<Options, EarlyEnd> parse_options(std::span<const char* const> arguments, std::string_view version) {
    Line line;
    CLI::App app("Where did each thread's time go: on a CPU, or waiting for a CPU, a disk, memory, a lock, or work?",
                 "rstat-tsa");
    add_screens(OptionList(app, line.mistake), line);
    app.formatter(std::make_shared<Usage>());
    for (const Command& command : kCommands) {
        CLI::App& part = *app.add_subcommand(command.name, command.help);
        command.add(OptionList(part, line.mistake), line);
        part.formatter(std::make_shared<Usage>());
    }

    // The command is not parsed, not even its dashes.
    const auto dashes =
        std::ranges::find(arguments, std::string_view("--"), [](const char* a) { return std::string_view(a); });
    std::vector<std::string> own(arguments.begin(), dashes);
    line.common.version = version;
    const bool runs_command = dashes != arguments.end();
    if (runs_command) {
        line.common.command_line.assign(dashes + 1, arguments.end());
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
    if (line.version) {
        return EarlyEnd{kExitOk, fmt::format("rstat-tsa {}\n", version)};
    }
    if (runs_command && line.common.command_line.empty()) {
        const bool records = app.got_subcommand("record");
        return usage_error({"there is no command after --",
                            records ? "rstat-tsa record -o DIR -- CMD ..." : "rstat-tsa stat -- CMD ...", 0});
    }
    const std::size_t flags = (app.count("--bench") != 0 ? 1U : 0U) + (app.count("--profile") != 0 ? 1U : 0U);
    if (flags + app.get_subcommands().size() > 1) {
        return usage_error({"--bench and --profile each choose what to do, alone", "rstat-tsa --bench 1000", 0});
    }
    auto result = finish(line, app);
    if (!result.ok()) {
        return usage_error(result.error());
    }
    return std::move(result).value();
}

}  // namespace tsa
