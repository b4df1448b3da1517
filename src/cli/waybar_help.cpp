// SPDX-License-Identifier: MIT
// See help.h: the status bar's part of it.
#include <fmt/format.h>

#include "cli/help.h"
#include "waybar/settings.h"

namespace tsa {

namespace {

HelpPart placeholders_part() {
    HelpPart part{
        "Placeholders of --format", {"{cpu:3} pads to 3 cells; {{ is a brace; the rest is Pango markup."}, {}, false};
    for (const WaybarPlaceholder& one : waybar_placeholders()) {
        part.entries.push_back({fmt::format("{{{}}}", one.name), std::string(one.meaning)});
    }
    return part;
}

}  // namespace

HelpPart waybar_classes_part() {
    HelpPart part{"Classes", {"Most urgent first, each with its default threshold."}, {}, false};
    for (const WaybarClassInfo& one : waybar_class_table()) {
        part.entries.push_back({fmt::format("{:<17} {}", one.key, default_threshold(one)), std::string(one.meaning)});
    }
    return part;
}

HelpPart waybar_config_part() {
    return {"Configuration file",
            {"rstat-tsa/waybar.toml in $XDG_CONFIG_HOME or ~/.config has the same settings, one per line; flags "
             "override it."},
            {{"interval = 1000", "milliseconds"},
             {"format = \"{cpu:2}% {top_wait}\"", "the bar's text"},
             {"tooltip = [\"summary\", \"wait\"]", "parts of the tooltip"},
             {"top = 8", "rows of each list"},
             {"kernel-threads = \"off\"", "on or off"},
             {"colors = \"off\"", "on or off"},
             {"plain = \"on\"", "on or off"},
             {"escape = \"tmux\"", "strip, tmux, polybar or pango"},
             {"[thresholds]", "from here on, thresholds of classes"},
             {"cpu-high = 80", "a number in the unit of the class"},
             {"lock-wait = \"off\"", "never holds"}},
            false};
}

std::vector<HelpPart> waybar_help() {
    return {{"",
             {"A line is a JSON object: text, alt (the most urgent class, or calm), tooltip, class (all that hold), "
              "percentage (CPUs busy). A bar that does not read misses lines, and never blocks this program."},
             {}},
            {"Signals",
             {},
             {{"kill -RTMIN", "changes the interval: 500, 250, 100, 2000, 1000 ms and again"},
              {"kill -RTMIN+1", "hides or shows kernel threads"}}},
            {"Exit codes",
             {"0 stopped, or the bar is gone; 1 failure at run time, or another instance runs; 2 wrong usage."},
             {}},
            placeholders_part(),
            waybar_classes_part(),
            waybar_config_part()};
}

}  // namespace tsa
