// SPDX-License-Identifier: MIT
// See completions.h.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "manual/completions.h"

namespace tsa {

namespace {

constexpr std::string_view kHead = R"zsh(#compdef rstat-tsa
# Completion of rstat-tsa for zsh. Generated from the tables of the program's options.

# A thread may end while it is listed.
_rstat_tsa_listed() {
    local -a found
    local entry name
    for entry in ${(P)2}; do
        read -r name < $entry/comm && found+=("${entry:t}:$name")
    done 2> /dev/null
    _describe -V $1 found
}
_rstat_tsa_processes() {
    local -a entries=(/proc/[0-9]*(N))
    _rstat_tsa_listed process entries
}
_rstat_tsa_threads() {
    local -a entries=(/proc/[0-9]*/task/[0-9]*(N))
    _rstat_tsa_listed thread entries
}
)zsh";

/// Inside '...' of a specification of _arguments: "[text]" and "message" end at these characters.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c == '[' || c == ']' || c == ':' || c == '\\' ? std::string("\\") + c : std::string(1, c);
        }
    }
    return out;
}

std::string action(const OptionHelp& option) {
    switch (completion_of(option)) {
        case Completes::choices:
        case Completes::column:
            return fmt::format("({})", fmt::join(choices_of(option), " "));
        case Completes::process:
            return "_rstat_tsa_processes";
        case Completes::thread:
            return "_rstat_tsa_threads";
        case Completes::recording:
        case Completes::directory:
            return "_files -/";
        case Completes::file:
            return "_files";
        case Completes::user:
            return "_users";
        case Completes::nothing:
            return " ";
    }
    return " ";
}

/// "'(-i --interval)'{-i,--interval}'[text]:MS: '".
std::string specification(const OptionHelp& option) {
    const std::string value = option.value.empty() ? "" : fmt::format(":{}:{}", escaped(option.value), action(option));
    if (option.flags.empty()) {
        return fmt::format("'*{}'", value);
    }
    const std::string text = fmt::format("[{}]{}", escaped(option.text), value);
    if (option.flags.size() == 1) {
        return fmt::format("'{}{}{}'", option.repeatable ? "*" : "", option.flags[0], text);
    }
    return fmt::format("'({})'{{{}}}'{}'", fmt::join(option.flags, " "), fmt::join(option.flags, ","), text);
}

std::string command_function(const CommandHelp& command) {
    std::string out = fmt::format("_rstat_tsa_{}() {{\n    _arguments -s", command.name);
    for (const OptionHelp& option : command.options) {
        out += " \\\n        " + specification(option);
    }
    const bool runs_command = command.name == "stat" || command.name == "record";
    out += runs_command ? " \\\n        '*::command:_normal'" : "";
    return out + "\n}\n";
}

}  // namespace

std::string zsh_completion(std::span<const CommandHelp> commands) {
    std::string functions, names, global, cases;
    for (const CommandHelp& command : commands) {
        if (command.name.empty()) {
            for (const OptionHelp& option : command.options) {
                global += option.flags.empty() ? "" : " \\\n        " + specification(option);
            }
            continue;
        }
        functions += command_function(command);
        names += fmt::format("        '{}:{}'\n", command.name, escaped(command.summary));
        cases += fmt::format("        {0}) _rstat_tsa_{0} ;;\n", command.name);
    }
    return fmt::format(
        "{}{}_rstat_tsa_commands() {{\n    local -a found\n    found=(\n{}        'help:what a command does, and its "
        "options'\n    )\n    _describe -V command found\n}}\n"
        "_rstat_tsa() {{\n    local curcontext=$curcontext state line\n    typeset -A opt_args\n"
        "    _arguments -C{} \\\n        '1: :->first' '*:: :->rest' && return\n"
        "    if [[ $state == first ]]; then\n        _alternative 'commands:command:_rstat_tsa_commands' "
        "'threads:thread:_rstat_tsa_threads'\n        return\n    fi\n"
        "    case $line[1] in\n{}        help) _rstat_tsa_commands ;;\n    esac\n}}\n_rstat_tsa \"$@\"\n",
        kHead, functions, names, global, cases);
}

}  // namespace tsa
