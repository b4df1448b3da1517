// SPDX-License-Identifier: MIT
// See options.h. CLI11 splits the line. The files of the commands check values as they are read; invalid combinations
// are checked once the whole line has been read.
#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/command_help.h"
#include "cli/commands.h"
#include "cli/help_layout.h"
#include "cli/typos.h"

namespace tsa {

namespace {

EarlyEnd usage_error(const Error& error) {
    std::string text = "rstat-tsa: " + error.message + "\n";
    if (!error.hint.empty()) {
        text += "hint: " + error.hint + "\n";
    }
    return {kExitUsage, text};
}

/// The selected command, by its name or by --bench or --profile; null: the screens.
const CommandSpec* chosen_command(const CLI::App& app) {
    if (!app.get_subcommands().empty()) {
        return command_of(app.get_subcommands().front()->get_name());
    }
    return app.count("--bench") != 0     ? command_of("bench")
           : app.count("--profile") != 0 ? command_of("profile")
                                         : nullptr;
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
    if (line.tid.empty()) {
        return {};
    }
    if (chosen_command(app) == nullptr) {
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
    const CommandSpec* const command = chosen_command(app);
    return command != nullptr ? command->finish(line) : screens_command().finish(line);
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

/// `rstat-tsa help [COMMAND]`.
EarlyEnd help_command(const std::vector<std::string>& arguments, std::size_t columns) {
    if (arguments.size() > 2) {
        return usage_error({"help takes one command", "rstat-tsa help " + arguments[1], 0});
    }
    const std::string name = arguments.size() == 2 && !arguments[1].starts_with('-') ? arguments[1] : "";
    const CommandSpec* const command = name.empty() || name == "help" ? &screens_command() : command_of(name);
    if (command == nullptr) {
        return usage_error(unknown_command_for_help(name));
    }
    return {kExitOk, format_help(help_of(*command), columns, false)};
}

EarlyEnd help_for(const CLI::App& app, std::size_t columns, bool all) {
    const auto chosen = app.get_subcommands();
    const CommandSpec* const command = chosen.empty() ? nullptr : command_of(chosen.front()->get_name());
    return {kExitOk, format_help(help_of(command != nullptr ? *command : screens_command()), columns, all)};
}

/// Of a line that CLI11 does not accept.
EarlyEnd parse_error(const CLI::App& app, const Line& line, const CLI::ParseError& error,
                     const std::vector<std::string>& arguments) {
    const auto chosen = app.get_subcommands();
    if (chosen.empty() && !line.tid.empty() && !is_number(line.tid)) {
        return usage_error(unknown_command(line.tid));
    }
    const CLI::App& part = chosen.empty() ? app : *chosen.front();
    std::string hint = chosen.empty() ? "rstat-tsa --help" : fmt::format("rstat-tsa {} --help", part.get_name());
    if (const std::string close = nearest_option(part, arguments); !close.empty()) {
        hint = fmt::format("did you mean {}? All: {}", close, hint);
    }
    return usage_error({error.what(), hint, 0});
}

/// What the whole line asks for, once CLI11 has read it.
std::variant<Options, EarlyEnd> finished(const CLI::App& app, const Line& line, bool runs_command) {
    if (line.version) {
        return EarlyEnd{kExitOk, fmt::format("rstat-tsa {}\n", line.common.version)};
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

}  // namespace

std::variant<Options, EarlyEnd> parse_options(std::span<const char* const> arguments, std::string_view version,
                                              std::size_t help_columns) {
    Line line;
    CLI::App app("", "rstat-tsa");
    build(app, line);

    // The command is not parsed, not even its dashes.
    const auto dashes =
        std::ranges::find(arguments, std::string_view("--"), [](const char* a) { return std::string_view(a); });
    const std::vector<std::string> own(arguments.begin(), dashes);
    line.common.version = version;
    const bool runs_command = dashes != arguments.end();
    if (runs_command) {
        line.common.command_line.assign(dashes + 1, arguments.end());
    }
    if (!own.empty() && own.front() == "help") {
        return help_command(own, help_columns);
    }
    if (auto refused = refuse_negative(own)) {
        return *std::move(refused);
    }
    try {
        std::vector<std::string> reversed(own.rbegin(), own.rend());
        app.parse(reversed);
    } catch (const CLI::CallForHelp&) {
        return help_for(app, help_columns, false);
    } catch (const CLI::CallForAllHelp&) {
        return help_for(app, help_columns, true);
    } catch (const CLI::ParseError& error) {
        return parse_error(app, line, error, own);
    }
    return finished(app, line, runs_command);
}

}  // namespace tsa
