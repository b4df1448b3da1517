// SPDX-License-Identifier: MIT
// See metrics_options.h.
#include "cli/metrics_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "text/suggestion.h"

namespace tsa {

namespace {

Result<std::vector<GroupKey>> parse_keys(std::string_view text) {
    std::vector<GroupKey> keys;
    while (true) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view name = text.substr(0, comma);
        const auto key = group_key(name);
        if (!key || *key == GroupKey::process) {
            std::vector<std::string_view> names;
            for (const GroupKeyInfo& one : kGroupKeys) {
                if (one.key != GroupKey::process) {
                    names.push_back(one.name);
                }
            }
            const std::string what = key ? "series by process would never end: each new one adds some"
                                         : fmt::format("there are no groups by '{}'", name);
            return Error{what, key ? "--by unit,container,command" : suggestion(name, names), 0};
        }
        if (std::ranges::find(keys, *key) != keys.end()) {
            return Error{fmt::format("'{}' is given twice", name), "each key once", 0};
        }
        keys.push_back(*key);
        if (comma == text.size()) {
            return keys;
        }
        text.remove_prefix(comma + 1);
    }
}

}  // namespace

void add_metrics(OptionList list, MetricsOptions& options, CommonValues& common) {
    list.value("--listen", "ADDRESS",
               fmt::format("serve http://ADDRESS/metrics: HOST:PORT, or unix:PATH (default {}, unless --textfile is "
                           "given)",
                           kDefaultMetricsAddress),
               [&options](const std::string& text) -> Result<void> {
                   options.listen = TRY(parse_listen_address(text));
                   return {};
               });
    list.text("--textfile", "FILE", options.textfile,
              "replace this file at each interval, for the textfile collector of node_exporter: a name in .prom");
    list.value("--by", "KEY[,KEY]",
               "labels of the series: unit, container, command, pod, cgroup, user (default "
               "unit,container,command)",
               [&options](const std::string& text) -> Result<void> {
                   options.by = TRY(parse_keys(text));
                   return {};
               });
    list.number("--max-groups", "N", {"number of groups", 1, kMaxMetricGroups}, options.max_groups,
                fmt::format("groups with series, those with the most delay; the rest is 'other' (default {})",
                            kDefaultMetricGroups));
    add_live(list, common, "of --textfile; default 15000");
}

Result<MetricsOptions> finish_metrics(const MetricsOptions& given, const CommonValues& common) {
    if (!common.command_line.empty()) {
        return Error{"metrics does not run a command", "rstat-tsa stat -- " + common.command_line.front() + " ...", 0};
    }
    if (common.choice.any()) {
        return Error{"metrics are of the whole machine", "leave -p and other choices of threads out", 0};
    }
    if (common.interval_ms && given.textfile.empty()) {
        return Error{"-i is how often --textfile is written; a scrape is answered with what is measured then",
                     "leave -i out", 0};
    }
    if (common.kernel_threads && !*common.kernel_threads) {
        return Error{"metrics include the threads of the kernel", "leave --kernel-threads out", 0};
    }
    MetricsOptions options = given;
    static_cast<LiveOptions&>(options) = common.live();
    options.version = common.version;
    if (!options.listen && options.textfile.empty()) {
        options.listen = TRY(parse_listen_address(kDefaultMetricsAddress));
    }
    return options;
}

}  // namespace tsa
