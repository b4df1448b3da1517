// SPDX-License-Identifier: MIT
// See completions.h.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "manual/completions.h"

namespace tsa {

namespace {

constexpr std::string_view kHead =
    R"fish(# Completion of rstat-tsa for fish. Generated from the tables of the program's options.

function __rstat_tsa_processes
    for path in /proc/*
        string match -qr '^/proc/[0-9]+$' $path
        and printf '%s\t%s\n' (string replace /proc/ '' $path) (cat $path/comm 2>/dev/null)
    end
end
function __rstat_tsa_threads
    for path in /proc/*/task/*
        string match -qr '^/proc/[0-9]+/task/' $path
        and printf '%s\t%s\n' (string replace -r '.*/' '' $path) (cat $path/comm 2>/dev/null)
    end
end

complete -c rstat-tsa -f
)fish";

/// Inside '...'.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    return out;
}

/// How the value is completed: -x: by this list only, -r: also by files.
std::string action(const OptionHelp& option) {
    switch (completion_of(option)) {
        case Completes::choices:
        case Completes::column:
            return fmt::format(" -x -a '{}'", fmt::join(choices_of(option), " "));
        case Completes::process:
            return " -x -a '(__rstat_tsa_processes)'";
        case Completes::thread:
            return " -x -a '(__rstat_tsa_threads)'";
        case Completes::recording:
        case Completes::directory:
            return " -x -a '(__fish_complete_directories)'";
        case Completes::file:
            return " -r -F";
        case Completes::user:
            return " -x -a '(__fish_complete_users)'";
        case Completes::nothing:
            return option.value.empty() ? "" : " -x";
    }
    return "";
}

std::string option_line(const OptionHelp& option, std::string_view condition) {
    std::string out = fmt::format("complete -c rstat-tsa -n '{}'", condition);
    for (const std::string& flag : option.flags) {
        out += flag.starts_with("--") ? " -l " + flag.substr(2) : " -s " + flag.substr(1);
    }
    return out + fmt::format("{} -d '{}'\n", action(option), escaped(option.text));
}

}  // namespace

std::string fish_completion(std::span<const CommandHelp> commands) {
    std::string out(kHead), names;
    for (const CommandHelp& command : commands) {
        names += command.name.empty() ? "" : " " + command.name;
    }
    const std::string none = fmt::format("not __fish_seen_subcommand_from{} help", names);
    for (const CommandHelp& command : commands) {
        const std::string condition =
            command.name.empty() ? none : fmt::format("__fish_seen_subcommand_from {}", command.name);
        if (!command.name.empty()) {
            out += fmt::format("complete -c rstat-tsa -n '{}' -a {} -d '{}'\n", none, command.name,
                               escaped(command.summary));
        }
        for (const OptionHelp& option : command.options) {
            out += option_line(option, condition);
        }
    }
    return out + fmt::format(
                     "complete -c rstat-tsa -n '{}' -a help -d 'what a command does, and its options'\n"
                     "complete -c rstat-tsa -n '__fish_seen_subcommand_from help' -a '{}'\n",
                     none, names.substr(1));
}

}  // namespace tsa
