// See own_cost_options.h.
#include "cli/own_cost_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/help.h"

namespace tsa {

void add_bench(CLI::App& app, OwnCostRaw& raw, CommonRaw& common) {
    app.add_option("N", raw.bench, fmt::format("refreshes (default {})", kDefaultBenchRefreshes))->type_name("");
    app.add_flag("--json", raw.json, "one JSON object");
    add_source(app, common, "default 1");
    app.footer(bench_help_footer());
}

void add_profile(CLI::App& app, OwnCostRaw& raw, CommonRaw& common) {
    app.add_option("SECONDS", raw.profile, fmt::format("how long (default {})", kDefaultProfileSeconds))->type_name("");
    app.add_flag("--json", raw.json, "one JSON object");
    add_max_threads(app, common);
    app.footer(profile_help_footer());
}

Result<void> take_own_cost(const OwnCostRaw& raw, Mode mode, Options& options) {
    const bool bench = mode == Mode::bench;
    const std::string_view word = bench ? "bench" : "profile";
    options.format = raw.json ? Format::json : Format::table;
    if (!options.command_line.empty()) {
        return Error{fmt::format("{} runs no command", word), "let it run beside: " + options.command_line.front(), 0};
    }
    if (options.tgid) {
        return Error{fmt::format("{} measures the whole machine", word), "leave -p out", 0};
    }
    if (!bench && options.source == SourceChoice::procfs) {
        return Error{"profile times the scheduler probes: --source procfs has none", "leave --source out", 0};
    }
    if (!bench && options.interval_ms) {
        return Error{"profile reads once, at its end: there is no interval", "leave -i out", 0};
    }
    std::optional<std::uint32_t> given;
    const auto taken = bench ? take_number(raw.bench, "number of refreshes", 1, kMaxBenchRefreshes, given)
                             : take_number(raw.profile, "number of seconds", 1, kMaxProfileSeconds, given);
    if (!taken.ok()) {
        return taken.error().in(word);
    }
    (bench ? options.bench_refreshes : options.profile_seconds) =
        given.value_or(bench ? kDefaultBenchRefreshes : kDefaultProfileSeconds);
    return {};
}

}  // namespace tsa
