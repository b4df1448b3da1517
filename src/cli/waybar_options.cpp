// See waybar_options.h. A flag is the same as a line of the configuration file: both become assignments.
#include "cli/waybar_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/help.h"

namespace tsa {

namespace {

/// "a=1,b=2" cut into assignments.
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

void add_waybar(CLI::App& app, WaybarRaw& raw) {
    app.add_option("--format", raw.format,
                   fmt::format("the bar's text, with {{placeholders}} (default \"{}\")", kDefaultWaybarFormat))
        ->type_name("TEXT");
    app.add_option("--tooltip", raw.tooltip,
                   "parts of the tooltip: summary,states,cpu,memory,io,wait,stuck,footer (default: all)")
        ->type_name("PARTS");
    app.add_option("--top", raw.top, "rows of each list (default 5)")->type_name("N");
    app.add_option("--threshold", raw.thresholds, "from which value on a class holds, or off; may be repeated")
        ->type_name("CLASS=VALUE[,...]");
    app.add_option("--color", raw.color, "colours in the tooltip: auto, always or never")->type_name("WHEN");
    app.add_flag("--plain", raw.plain, "lines of the text alone: for bars that know no JSON");
    app.add_flag("--ludicrous", raw.ludicrous, "a line every 16 ms");
    app.add_flag("--single-instance", raw.single_instance, "do not start if another one of this user's runs");
    app.add_option("--config", raw.config,
                   "read settings from this file (default: rstat-tsa/waybar.toml in $XDG_CONFIG_HOME or ~/.config)")
        ->type_name("FILE");
}

Result<WaybarOptions> to_waybar_options(const WaybarRaw& raw, std::string_view interval,
                                        std::string_view kernel_threads) {
    WaybarOptions options;
    options.config_path = raw.config;
    options.single_instance = raw.single_instance;
    if (raw.ludicrous && !interval.empty()) {
        return Error{"--ludicrous and -i exclude each other", "-i 16 is the same as --ludicrous", 0};
    }
    std::string_view colors;
    if (raw.color == "always" || raw.color == "auto") {
        colors = "on";
    } else if (raw.color == "never") {
        colors = "off";
    } else if (!raw.color.empty()) {
        return Error{fmt::format("--color: '{}' is not known", raw.color), "auto, always or never", 0};
    }
    struct Given {
        std::string_view flag, key, value;
    };
    const Given given[] = {{"-i", "interval", raw.ludicrous ? kLudicrousIntervalMs : interval},
                           {"--kernel-threads", "kernel-threads", kernel_threads},
                           {"--format", "format", raw.format},
                           {"--tooltip", "tooltip", raw.tooltip},
                           {"--top", "top", raw.top},
                           {"--color", "colors", colors},
                           {"--plain", "plain", raw.plain ? "on" : ""}};
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
    for (const std::string& text : raw.thresholds) {
        TRY(add_thresholds(text, options.settings));
    }
    for (std::size_t i = first_threshold; i < options.settings.size(); ++i) {
        if (const auto applied = apply(scratch, options.settings[i]); !applied.ok()) {
            return applied.error().in("--threshold " + options.settings[i].key.substr(kThresholdPrefix.size()));
        }
    }
    // Markup is judged when the file has been read: it may ask for plain text.
    if (!raw.format.empty() && raw.plain) {
        return options;
    }
    if (const auto checked = check(scratch); !checked.ok()) {
        return checked.error().in("--format");
    }
    return options;
}

std::string waybar_help_footer() {
    std::string text =
        "A line is a JSON object: text, alt (the most urgent class, or calm), tooltip, class (all that hold), "
        "percentage\n(CPUs busy). kill -RTMIN changes the interval: 500, 250, 100, 2000, 1000 ms and again; "
        "kill -RTMIN+1 leaves out threads\nof the kernel, or takes them in. A bar that does not read loses lines, "
        "and is never waited for.\n\nPlaceholders of --format ({cpu:3} pads to 3 cells; {{ is a brace; the rest is "
        "Pango markup):\n";
    for (const WaybarPlaceholder& one : waybar_placeholders()) {
        text += fmt::format("  {:<15} {}\n", fmt::format("{{{}}}", one.name), one.meaning);
    }
    text += "\nClasses, most urgent first, and their default thresholds:\n";
    for (const WaybarClassInfo& one : waybar_class_table()) {
        text +=
            fmt::format("  {:<17} {:<12} {}\n", one.key, fmt::format("{:g} {}", one.threshold, one.unit), one.meaning);
    }
    return text +
           "\nThe configuration file has the same settings, one per line, and flags win over it:\n"
           "  interval = 1000\n"
           "  format = \"{cpu:2}% {top_wait}\"\n"
           "  tooltip = [\"summary\", \"wait\", \"footer\"]\n"
           "  kernel-threads = \"off\"      top = 8      colors = \"off\"      plain = \"on\"\n"
           "  [thresholds]\n"
           "  cpu-high = 80\n"
           "  lock-wait = \"off\"\n"
           "\nExit codes: 0 told to stop, or the bar is gone; 1 failure at run time, or another instance runs; 2 wrong "
           "usage.\n";
}

}  // namespace tsa
