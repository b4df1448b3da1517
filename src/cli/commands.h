// SPDX-License-Identifier: MIT
// The commands as a table, and a command line as CLI11 fills it. Used by options.cpp, which parses, and by
// command_help.cpp, which describes. Pure.
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/common_options.h"
#include "cli/help_part.h"
#include "cli/option_list.h"
#include "cli/recording_options.h"
#include "cli/stat_options.h"
#include "cli/waybar_options.h"

namespace tsa {

/// A command line as CLI11 fills it.
struct Line {
    std::optional<Error> mistake;  ///< the first invalid value
    CommonValues common;
    std::string tid;
    std::optional<GroupKey> by;  ///< of the screens
    std::string filter;          ///< likewise
    ScreenFlags flags;           ///< likewise
    bool version = false;
    StatLine stat;
    RecordOptions record;
    RecordingLine recording;
    DoctorOptions doctor;
    BenchOptions bench;
    ProfileOptions profile;
    WaybarLine waybar;
    MetricsOptions metrics;
};

struct CommandSpec {
    std::string_view name;  ///< empty: the screens, without a command
    const char* summary;
    std::string_view arguments;  ///< "[OPTIONS] [-- CMD ...]"
    std::string_view essential;  ///< the options that --help shows; --help-all shows the others too: "--json -i"
    void (*add)(OptionList list, Line& line);
    Result<Options> (*finish)(const Line& line);  ///< converts a whole line
    std::vector<HelpPart> (*help)();
};

[[nodiscard]] const CommandSpec& screens_command();
[[nodiscard]] std::span<const CommandSpec> commands();
/// Null: there is none.
[[nodiscard]] const CommandSpec* command_of(std::string_view name);

/// Adds every option and command, and the flags for help. `line` must outlive `app`.
void build(CLI::App& app, Line& line);

}  // namespace tsa
