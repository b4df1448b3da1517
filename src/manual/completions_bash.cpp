// SPDX-License-Identifier: MIT
// See completions.h. The script needs nothing but bash: not the package bash-completion.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "manual/completions.h"

namespace tsa {

namespace {

constexpr std::string_view kHead =
    R"bash(# Completion of rstat-tsa for bash. Generated from the tables of the program's options.

_rstat_tsa_processes() { local path; for path in /proc/[0-9]*; do printf '%s\n' "${path#/proc/}"; done; }
_rstat_tsa_threads() { local path; for path in /proc/[0-9]*/task/[0-9]*; do printf '%s\n' "${path##*/}"; done; }
_rstat_tsa_recordings() {
    local path
    for path in "${1-}"*/; do
        path=${path%/}
        [[ -d $path ]] && printf '%s\n' "$path"
    done
}
_rstat_tsa_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_rstat_tsa_paths() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen "$1" -- "$cur"); }
_rstat_tsa_directories() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(_rstat_tsa_recordings "$cur"); }

_rstat_tsa() {
    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word == -- ]] && { _rstat_tsa_paths -c; return; }
        [[ -n $command ]] && continue
        case $word in
)bash";

std::string action(const OptionHelp& option) {
    switch (completion_of(option)) {
        case Completes::choices:
        case Completes::column:
            return fmt::format("_rstat_tsa_words '{}'", fmt::join(choices_of(option), " "));
        case Completes::process:
            return "_rstat_tsa_words \"$(_rstat_tsa_processes)\"";
        case Completes::thread:
            return "_rstat_tsa_words \"$(_rstat_tsa_threads)\"";
        case Completes::recording:
        case Completes::directory:
            return "_rstat_tsa_directories";
        case Completes::file:
            return "_rstat_tsa_paths -f";
        case Completes::user:
            return "mapfile -t COMPREPLY < <(compgen -u -- \"$cur\")";
        case Completes::nothing:
            return ":";
    }
    return ":";
}

/// Of the value after an option: "stat:-i | stat:--interval) : ;;".
std::string value_case(const CommandHelp& command, const OptionHelp& option) {
    std::vector<std::string> patterns;
    for (const std::string& flag : option.flags) {
        patterns.push_back(fmt::format("{}:{}", command.name, flag));
    }
    return fmt::format("        {}) {}; return ;;\n", fmt::join(patterns, " | "), action(option));
}

/// Of a word that is not the value of an option.
std::string word_case(const CommandHelp& command, std::string_view names) {
    std::string flags, argument = ":";
    for (const OptionHelp& option : command.options) {
        for (const std::string& flag : option.flags) {
            flags += flags.empty() ? flag : " " + flag;
        }
        argument = option.flags.empty() ? action(option) : argument;
    }
    const std::string words =
        command.name.empty() ? fmt::format("_rstat_tsa_words \"{} $(_rstat_tsa_threads)\"", names) : argument;
    return fmt::format("        '{}') if [[ $cur == -* ]]; then _rstat_tsa_words '{}'; else {}; fi ;;\n", command.name,
                       flags, words);
}

}  // namespace

std::string bash_completion(std::span<const CommandHelp> commands) {
    std::string names, values, words;
    for (const CommandHelp& command : commands) {
        names += command.name.empty() ? "" : command.name + " ";
        for (const OptionHelp& option : command.options) {
            values += option.flags.empty() || option.value.empty() ? "" : value_case(command, option);
        }
    }
    names += "help";
    for (const CommandHelp& command : commands) {
        words += word_case(command, names);
    }
    std::string patterns;
    for (const char c : names) {
        patterns += c == ' ' ? std::string(" | ") : std::string(1, c);
    }
    return fmt::format(
        "{}            {}) command=$word ;;\n        esac\n    done\n    case $command:$previous in\n{}    esac\n"
        "    case $command in\n{}        help) _rstat_tsa_words '{}' ;;\n    esac\n}}\n"
        "complete -F _rstat_tsa rstat-tsa\n",
        kHead, patterns, values, words, names);
}

}  // namespace tsa
