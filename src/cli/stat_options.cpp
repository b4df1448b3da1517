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

Result<void> check_stat_command(const Options& options) {
    TRY(check_command(options));
    if (options.taskstats && !options.command_line.empty()) {
        return Error{"--taskstats asks for threads that live; the summary of -- CMD is of threads that have ended",
                     "leave one of them out", 0};
    }
    return {};
}

}  // namespace

void add_stat(CLI::App& app, StatRaw& raw, CommonRaw& common) {
    app.add_flag("--json", raw.json, "one JSON object per interval and line");
    app.add_flag("--csv", raw.csv, "one CSV line per thread and interval");
    add_process(app, common);
    add_source(app, common, "default 1000");
    add_color(app, common);
    app.add_option("-n,--intervals", raw.intervals, "end after N intervals")->type_name("N");
    app.add_option("--tid", raw.tids, "only these threads")->type_name("T[,T]");
    app.add_option("--sort", raw.sort, "order rows by this column, most first")->type_name("KEY");
    app.add_option("--top", raw.top, "only the first N rows; 0: all (default: 20 in a table, else all)")
        ->type_name("N");
    app.add_flag("--taskstats", raw.taskstats,
                 "ask the kernel's delay accounting for each thread that is listed, and hold both against each other");
    app.add_option("-o,--output", raw.output, "write reports to this file")->type_name("FILE");
    app.footer(stat_help_footer());
}

Result<void> take_stat(const StatRaw& raw, Options& options) {
    if (raw.json && raw.csv) {
        return Error{"--json and --csv exclude each other", "ask for one of them", 0};
    }
    options.format = raw.json ? Format::json : raw.csv ? Format::csv : Format::table;
    if (const auto taken =
            take_number(raw.intervals, "number of intervals", 1, std::uint64_t{1} << 53U, options.intervals);
        !taken.ok()) {
        return taken.error().in("-n");
    }
    if (const auto taken = take_number(raw.top, "number of rows", 0, kMaxTid, options.top); !taken.ok()) {
        return taken.error().in("--top");
    }
    if (!raw.tids.empty()) {
        auto tids = parse_tids(raw.tids);
        if (!tids.ok()) {
            return tids.error().in("--tid");
        }
        options.tids = std::move(tids).value();
    }
    if (!raw.sort.empty()) {
        options.sort = find_sort_column(raw.sort);
        if (options.sort == nullptr) {
            return Error{fmt::format("--sort: there is no column '{}'", raw.sort), suggestion(raw.sort, sort_keys()),
                         0};
        }
    }
    options.output_path = raw.output;
    options.taskstats = raw.taskstats;
    return check_stat_command(options);
}

}  // namespace tsa
