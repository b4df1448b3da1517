// SPDX-License-Identifier: MIT
// What several commands accept, before or after their names: a process, a source, an interval, color. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/option_list.h"
#include "cli/options.h"

namespace tsa {

/// All of a command line except the command's own options. Absent: not given.
struct CommonValues {
    ChooserOptions choice;
    std::optional<std::uint32_t> interval_ms, max_threads;
    std::optional<SourceChoice> source;
    std::optional<bool> kernel_threads;
    std::optional<ColorMode> color;
    bool debuginfod = false;
    std::vector<std::string> command_line;  ///< after --
    std::string version;                    ///< this program's

    [[nodiscard]] LiveOptions live() const;
    [[nodiscard]] ColorMode color_mode() const { return color.value_or(ColorMode::automatic); }
};

/// -p; and with it --tid, --user, --comm, --cgroup, --unit, --container.
void add_process(OptionList& list, CommonValues& common);
void add_choosers(OptionList& list, CommonValues& common);
/// --filter, of an expression about rows; or also of text that rows contain.
void add_filter(OptionList& list, std::string& filter, const std::string& help, bool may_be_text);
/// --by
void add_by(OptionList& list, std::optional<GroupKey>& by, const std::string& help);
void add_color(OptionList& list, std::optional<ColorMode>& color, const std::string& help = "when to use colors");
void add_max_threads(OptionList& list, CommonValues& common);
/// --interval, --source, --kernel-threads, --max-threads: what every loop accepts.
void add_live(OptionList& list, CommonValues& common, const std::string& interval_default);

/// --debuginfod. `when`: with which stacks, at the end of its help.
void add_debuginfod(OptionList& list, CommonValues& common, std::string_view when);

/// Converts to what `stat` and `record` accept. Error: an option that cannot be combined with a new command (-- CMD).
Result<void> finish_targets(const CommonValues& common, TargetOptions& options);

}  // namespace tsa
