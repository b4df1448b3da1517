// SPDX-License-Identifier: MIT
// See completions.h.
#include "manual/completions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/command_help.h"
#include "model/columns.h"

namespace tsa {

namespace {

constexpr std::array<std::pair<std::string_view, Completes>, 7> kKinds{{{"PID", Completes::process},
                                                                        {"TID", Completes::thread},
                                                                        {"T[,T]", Completes::thread},
                                                                        {"KEY", Completes::column},
                                                                        {"DIR", Completes::directory},
                                                                        {"FILE", Completes::file},
                                                                        {"USER", Completes::user}}};

}  // namespace

Completes completion_of(const OptionHelp& option) {
    if (option.value.find('|') != std::string::npos) {
        return Completes::choices;
    }
    const auto* found = std::ranges::find(kKinds, option.value, &std::pair<std::string_view, Completes>::first);
    const Completes kind = found != kKinds.end() ? found->second : Completes::nothing;
    // DIR without a flag is a recording to read; -o DIR is one that does not exist yet.
    return kind == Completes::directory && option.flags.empty() ? Completes::recording : kind;
}

std::vector<std::string> choices_of(const OptionHelp& option) {
    std::vector<std::string> choices;
    if (completion_of(option) == Completes::column) {
        choices = {"delay", "cpu", "mem", "io"};
        for (const Column& column : columns()) {
            choices.emplace_back(column.key);
        }
        return choices;
    }
    for (std::string_view rest = option.value; !rest.empty();) {
        const std::size_t bar = std::min(rest.find('|'), rest.size());
        choices.emplace_back(rest.substr(0, bar));
        rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    return choices;
}

std::vector<GeneratedFile> completions() {
    const std::vector<CommandHelp> commands = help_of_all();
    return {{"completions/bash/rstat-tsa", bash_completion(commands)},
            {"completions/zsh/_rstat-tsa", zsh_completion(commands)},
            {"completions/fish/rstat-tsa.fish", fish_completion(commands)}};
}

}  // namespace tsa
