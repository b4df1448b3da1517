// SPDX-License-Identifier: MIT
// See typos.h.
#include "cli/typos.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/commands.h"
#include "text/suggestion.h"

namespace tsa {

namespace {

std::vector<std::string_view> command_names() {
    std::vector<std::string_view> names{"help"};
    std::ranges::transform(commands(), std::back_inserter(names), &CommandSpec::name);
    return names;
}

std::vector<std::string> long_options(const CLI::App& part) {
    std::vector<std::string> names;
    for (const CLI::Option* option : part.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    return names;
}

}  // namespace

Error unknown_command(const std::string& word) {
    const std::string_view close = nearest_name(word, command_names());
    return Error{fmt::format("'{}' is neither a thread ID, nor the name of a process, nor a command", word),
                 close.empty() ? std::string("ps -e lists processes, rstat-tsa --help commands")
                               : fmt::format("did you mean rstat-tsa {}? All: rstat-tsa --help", close),
                 0};
}

Error unknown_command_for_help(const std::string& word) {
    return Error{fmt::format("there is no command '{}'", word), suggestion(word, command_names()), 0};
}

std::string nearest_option(const CLI::App& part, const std::vector<std::string>& arguments) {
    const std::vector<std::string> options = long_options(part);
    const std::vector<std::string_view> names(options.begin(), options.end());
    for (const std::string& argument : arguments) {
        const std::string typed = argument.substr(0, argument.find('='));
        if (typed.starts_with("--") && std::ranges::find(options, typed) == options.end()) {
            return std::string(nearest_name(typed, names));
        }
    }
    return {};
}

}  // namespace tsa
