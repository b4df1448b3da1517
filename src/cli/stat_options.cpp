// SPDX-License-Identifier: MIT
// See stat_options.h.
#include "cli/stat_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <string_view>
#include <vector>

#include "text/suggestion.h"

namespace tsa {

namespace {

/// What --sort accepts.
std::vector<std::string_view> sort_keys() {
    std::vector<std::string_view> keys{"delay", "cpu", "mem"};
    for (const Column& column : columns()) {
        keys.push_back(column.key);
    }
    return keys;
}

Result<const Column*> parse_sort(const std::string& text) {
    if (const Column* column = find_sort_column(text)) {
        return column;
    }
    return Error{fmt::format("there is no column '{}'", text), suggestion(text, sort_keys()), 0};
}

Result<const OutputFormat*> chosen_format(const StatLine& line) {
    const OutputFormat* chosen = output_formats().data();
    for (std::size_t i = 1; i < kOutputFormats; ++i) {
        const OutputFormat& format = output_formats()[i];
        if (line.formats[i] && chosen != output_formats().data()) {
            return Error{fmt::format("{} and {} exclude each other", chosen->flag, format.flag), "ask for one of them",
                         0};
        }
        chosen = line.formats[i] ? &format : chosen;
    }
    return chosen;
}

struct Need {
    bool StatOptions::*asked;
    std::string_view flag;
    std::string_view what;     ///< that only JSON has room for; empty: every format
    bool of_commands = false;  ///< a summary of -- CMD has it too
};
constexpr std::array kNeeds = std::to_array<Need>({
    {&StatOptions::taskstats, "--taskstats", ""},
    {&StatOptions::stacks, "--stacks", "stacks"},
    {&StatOptions::wakers, "--wakers", "wakers"},
    {&StatOptions::neighbors, "--neighbors", "neighbors"},
    {&StatOptions::cmdline, "--cmdline", "command lines"},
    {&StatOptions::network, "--net", "", true},
    {&StatOptions::gpu, "--gpu", "processes of GPUs"},
});

Result<void> check_needs(const StatOptions& options) {
    for (const Need& need : kNeeds) {
        if (!(options.*need.asked)) {
            continue;
        }
        if (!options.command_line.empty() && !need.of_commands) {
            return Error{
                fmt::format("{} needs live threads; the summary of -- CMD is of threads that have ended", need.flag),
                "leave one of them out", 0};
        }
        if (!need.what.empty() && options.format->key != "json") {
            return Error{fmt::format("{}: only JSON has room for {}", need.flag, need.what), "add --json", 0};
        }
    }
    if (options.debuginfod && !options.stacks) {
        return Error{"--debuginfod fetches symbols for stacks, and there are none", "add --stacks --json", 0};
    }
    if (options.by && options.format->key != "json" && !options.format->is_for_people) {
        return Error{fmt::format("--by: {} has rows of threads only", options.format->flag), "the table, or --json", 0};
    }
    if (options.by && (options.taskstats || options.stacks || options.wakers || options.neighbors || options.cmdline)) {
        return Error{
            "--by sums threads up; --taskstats, --stacks, --wakers, --neighbors and --cmdline are of single ones",
            "leave one of them out", 0};
    }
    if (!options.command_line.empty() && (options.any() || options.by || !options.filter.empty())) {
        return Error{"options that choose or group threads are for running ones; -- CMD follows a new command",
                     "leave one of them out", 0};
    }
    if (options.neighbors && !options.has_numbers()) {
        return Error{"--neighbors: recorded for chosen threads only, 64 at most",
                     "choose a process with -p, or threads with --tid", 0};
    }
    return {};
}

}  // namespace

void add_stat(OptionList list, StatLine& line, CommonValues& common) {
    StatOptions& options = line.options;
    for (std::size_t i = 1; i < kOutputFormats; ++i) {
        list.flag(output_formats()[i].flag, line.formats[i], output_formats()[i].help);
    }
    add_choosers(list, common);
    add_filter(list, options.filter,
               "only threads for which this is true: 'exec > 10% and user = postgres and not comm ~ work*'", false);
    add_live(list, common, "default 1000");
    add_color(list, common.color);
    list.number("-n,--intervals", "N", {"number of intervals", 1, std::uint64_t{1} << 53U}, options.intervals,
                "end after N intervals");
    add_by(list, options.by, "sum threads up: by process, unit, container, pod, cgroup, user or command");
    list.value("--sort", "KEY", "order rows by this column, most first",
               [&options](const std::string& text) -> Result<void> {
                   options.sort = TRY(parse_sort(text));
                   return {};
               });
    list.number("--top", "N", {"number of rows", 0, kMaxTid}, options.top,
                "only the first N rows; 0: all (default: 20 in a table, else all)");
    list.flag("--taskstats", options.taskstats,
              "query the kernel's delay accounting for each listed thread, and compare both sources");
    list.flag("--stacks", options.stacks, "with --json: the functions that each listed thread waits in");
    add_debuginfod(list, common, "; with --stacks");
    list.flag("--wakers", options.wakers, "with --json: the thread or interrupt that woke each listed thread last");
    list.flag("--neighbors", options.neighbors,
              "with --json and -p or --tid: which threads ran while each listed one waited for a CPU");
    list.flag("--net", options.network, "bytes that each thread sent and received through sockets of IPv4 and IPv6");
    list.flag("--gpu", options.gpu, "with --json: how busy each process keeps GPUs, and its memory there");
    list.flag("--cmdline", options.cmdline, "with --json: the command line of each listed thread's process");
    list.text("-o,--output", "FILE", options.output_path, "write reports to this file");
}

Result<StatOptions> finish_stat(const StatLine& line, const CommonValues& common) {
    StatOptions options = line.options;
    options.format = TRY(chosen_format(line));
    options.color = common.color_mode();
    TRY(finish_targets(common, options));
    TRY(check_needs(options));
    return options;
}

}  // namespace tsa
