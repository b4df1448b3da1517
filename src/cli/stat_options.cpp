// See stat_options.h.
#include "cli/stat_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "cli/help.h"
#include "text/suggestion.h"

namespace tsa {

namespace {

/// What --sort takes.
std::vector<std::string_view> sort_keys() {
    std::vector<std::string_view> keys{"lost", "cpu", "mem"};
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

}  // namespace

void add_stat(OptionList list, StatLine& line, CommonValues& common) {
    StatOptions& options = line.options;
    list.flag("--json", line.json, "one JSON object per interval and line");
    list.flag("--csv", line.csv, "one CSV line per thread and interval");
    add_process(list, common);
    add_live(list, common, "default 1000");
    add_color(list, common.color);
    list.number("-n,--intervals", "N", {"number of intervals", 1, std::uint64_t{1} << 53U}, options.intervals,
                "end after N intervals");
    add_tids(list, options.tids);
    list.value("--sort", "KEY", "order rows by this column, most first",
               [&options](const std::string& text) -> Result<void> {
                   options.sort = TRY(parse_sort(text));
                   return {};
               });
    list.number("--top", "N", {"number of rows", 0, kMaxTid}, options.top,
                "only the first N rows; 0: all (default: 20 in a table, else all)");
    list.flag("--taskstats", options.taskstats,
              "ask the kernel's delay accounting for each thread that is listed, and hold both against each other");
    list.text("-o,--output", "FILE", options.output_path, "write reports to this file");
    list.footer(stat_help_footer());
}

Result<StatOptions> finish_stat(const StatLine& line, const CommonValues& common) {
    if (line.json && line.csv) {
        return Error{"--json and --csv exclude each other", "ask for one of them", 0};
    }
    StatOptions options = line.options;
    options.format = line.json ? Format::json : line.csv ? Format::csv : Format::table;
    TRY(finish_targets(common, options));
    if (options.taskstats && !options.command_line.empty()) {
        return Error{"--taskstats asks for threads that live; the summary of -- CMD is of threads that have ended",
                     "leave one of them out", 0};
    }
    return options;
}

}  // namespace tsa
