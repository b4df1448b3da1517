// SPDX-License-Identifier: MIT
// See command_help.h.
#include "cli/command_help.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

namespace tsa {

namespace {

OptionHelp described(const CLI::Option& option) {
    OptionHelp out;
    for (const std::string& name : option.get_snames()) {
        out.flags.push_back("-" + name);
    }
    for (const std::string& name : option.get_lnames()) {
        out.flags.push_back("--" + name);
    }
    const bool is_flag = option.get_type_size() == 0;
    out.value = out.flags.empty() ? option.get_name(true) : is_flag ? std::string() : option.get_type_name();
    out.text = option.get_description();
    out.repeatable = option.get_expected_max() > 1;
    return out;
}

/// Whether this list of options, separated by spaces, has one of its names.
bool is_in(std::string_view list, const OptionHelp& option) {
    std::vector<std::string> names = option.flags;
    names.push_back(option.flags.empty() ? option.value : "");
    return std::ranges::any_of(names, [&](const std::string& name) {
        return !name.empty() && fmt::format(" {} ", list).find(fmt::format(" {} ", name)) != std::string::npos;
    });
}

bool is_help(const OptionHelp& option) {
    return std::ranges::any_of(option.flags, [](const std::string& flag) { return flag.starts_with("--help"); });
}

std::vector<OptionHelp> options_of(const CLI::App& app, const CommandSpec& command) {
    std::vector<OptionHelp> options;
    for (const CLI::Option* option : app.get_options()) {
        options.push_back(described(*option));
        options.back().essential = is_in(command.essential, options.back()) || is_help(options.back());
    }
    // Help comes last, arguments first: CLI11 has help first.
    std::stable_partition(options.begin(), options.end(), [](const OptionHelp& option) { return !is_help(option); });
    std::stable_partition(options.begin(), options.end(),
                          [](const OptionHelp& option) { return option.flags.empty(); });
    std::stable_partition(options.begin(), options.end(), [](const OptionHelp& option) { return option.essential; });
    return options;
}

std::vector<std::string> usage_of(const CommandSpec& command) {
    if (!command.name.empty()) {
        return {fmt::format("rstat-tsa {} {}", command.name, command.arguments)};
    }
    std::vector<std::string> usage{fmt::format("rstat-tsa {}", command.arguments)};
    for (const CommandSpec& each : commands()) {
        usage.push_back(fmt::format("rstat-tsa {} {}", each.name, each.arguments));
    }
    usage.emplace_back("rstat-tsa help [COMMAND]");
    return usage;
}

HelpPart commands_part() {
    HelpPart part{"Commands", {}, {}};
    for (const CommandSpec& each : commands()) {
        part.entries.push_back({std::string(each.name), each.summary});
    }
    part.entries.push_back({"help COMMAND", "what a command does, and its options"});
    return part;
}

CommandHelp help_from(const CLI::App& app, const CommandSpec& command) {
    CommandHelp help{std::string(command.name), command.summary, usage_of(command), options_of(app, command),
                     command.help()};
    if (command.name.empty()) {
        help.parts.insert(help.parts.begin(), commands_part());
    }
    return help;
}

}  // namespace

CommandHelp help_of(const CommandSpec& command) {
    Line line;
    CLI::App app("", "rstat-tsa");
    build(app, line);
    return help_from(command.name.empty() ? app : *app.get_subcommand(std::string(command.name)), command);
}

std::vector<CommandHelp> help_of_all() {
    Line line;
    CLI::App app("", "rstat-tsa");
    build(app, line);
    std::vector<CommandHelp> all{help_from(app, screens_command())};
    for (const CommandSpec& command : commands()) {
        all.push_back(help_from(*app.get_subcommand(std::string(command.name)), command));
    }
    return all;
}

}  // namespace tsa
