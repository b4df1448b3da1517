// SPDX-License-Identifier: MIT
// See waybar_options.h. A flag is the same as a line of the configuration file: both become assignments.
#include "cli/waybar_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "waybar/settings.h"

namespace tsa {

namespace {

/// Splits "a=1,b=2" into assignments.
Result<void> add_thresholds(std::string_view text, std::vector<WaybarAssignment>& out) {
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view one = text.substr(0, comma);
        const std::size_t equals = one.find('=');
        if (equals == std::string_view::npos) {
            return Error{fmt::format("--threshold: '{}' is not of the form CLASS=VALUE", one),
                         "as in --threshold cpu-high=80,lock-wait=off", 0};
        }
        out.push_back(
            {std::string(kThresholdPrefix) + std::string(one.substr(0, equals)), std::string(one.substr(equals + 1))});
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return {};
}

}  // namespace

void add_waybar(OptionList list, WaybarLine& line, CommonValues& common) {
    add_live(list, common, "default 500");
    list.text("--format", "TEXT", line.format,
              fmt::format("the bar's text, with {{placeholders}} (default \"{}\")", kDefaultWaybarFormat));
    list.text(
        "--tooltip", "PARTS", line.tooltip,
        "parts of the tooltip: summary,states,cpu,memory,io,network,gpu,wait,stuck,footer (default: all but network "
        "and gpu, which cost more)");
    list.text("--top", "N", line.top, "rows of each list (default 5)");
    list.app()
        .add_option("--threshold", line.thresholds, "value from which a class holds, or off; may be repeated")
        ->type_name("CLASS=VALUE[,...]");
    add_color(list, line.color, "colors in the tooltip");
    list.flag("--plain", line.plain, "lines of plain text: for bars without JSON support");
    list.text("--escape", "strip|tmux|polybar|pango", line.escape,
              "of plain text, quote names for this bar (default: strip, which leaves out # and % before a bracket)");
    list.flag("--ludicrous", line.ludicrous, "a line every 16 ms");
    list.flag("--single-instance", line.single_instance, "do not start if this user already runs one");
    list.text("--config", "FILE", line.config,
              "read settings from this file (default: rstat-tsa/waybar.toml in $XDG_CONFIG_HOME or ~/.config)");
}

Result<WaybarOptions> finish_waybar(const WaybarLine& line, const CommonValues& common) {
    if (!common.command_line.empty()) {
        return Error{"waybar does not run a command", "rstat-tsa stat -- " + common.command_line.front() + " ...", 0};
    }
    if (common.choice.any()) {
        return Error{"waybar shows the whole machine", "leave -p and other choices of threads out", 0};
    }
    if (line.ludicrous && common.interval_ms) {
        return Error{"--ludicrous and -i exclude each other", "-i 16 is the same as --ludicrous", 0};
    }
    WaybarOptions options;
    options.source = common.live().source;
    options.max_threads = common.live().max_threads;
    options.config_path = line.config;
    options.single_instance = line.single_instance;
    const std::string interval = line.ludicrous       ? std::string(kLudicrousIntervalMs)
                                 : common.interval_ms ? fmt::format("{}", *common.interval_ms)
                                                      : std::string();
    // Before the command's name only `never` is meaningful: the bar is not a terminal.
    const bool no_color = (line.color ? *line.color : common.color_mode()) == ColorMode::never;
    const std::string_view colors = no_color ? "off" : line.color ? "on" : "";
    const std::string_view kernel_threads = !common.kernel_threads ? "" : *common.kernel_threads ? "on" : "off";
    struct Given {
        std::string_view flag, key, value;
    };
    const Given given[] = {{"-i", "interval", interval},
                           {"--kernel-threads", "kernel-threads", kernel_threads},
                           {"--format", "format", line.format},
                           {"--tooltip", "tooltip", line.tooltip},
                           {"--top", "top", line.top},
                           {"--color", "colors", colors},
                           {"--plain", "plain", line.plain ? "on" : ""},
                           {"--escape", "escape", line.escape}};
    WaybarSettings scratch;
    for (const Given& one : given) {
        if (one.value.empty()) {
            continue;
        }
        options.settings.push_back({std::string(one.key), std::string(one.value)});
        if (const auto applied = apply(scratch, options.settings.back()); !applied.ok()) {
            return applied.error().in(one.flag);
        }
    }
    const std::size_t first_threshold = options.settings.size();
    for (const std::string& text : line.thresholds) {
        TRY(add_thresholds(text, options.settings));
    }
    for (std::size_t i = first_threshold; i < options.settings.size(); ++i) {
        if (const auto applied = apply(scratch, options.settings[i]); !applied.ok()) {
            return applied.error().in("--threshold " + options.settings[i].key.substr(kThresholdPrefix.size()));
        }
    }
    // These are checked once the file has been read: it may select plain text.
    scratch.escape = WaybarEscape::strip;
    if (!line.format.empty() && line.plain) {
        return options;
    }
    if (const auto checked = check(scratch); !checked.ok()) {
        return checked.error().in("--format");
    }
    return options;
}

}  // namespace tsa
