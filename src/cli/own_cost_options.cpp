// SPDX-License-Identifier: MIT
// See own_cost_options.h.
#include "cli/own_cost_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace tsa {

namespace {

constexpr NumberRange kRefreshes{"number of refreshes", 1, kMaxBenchRefreshes};
constexpr NumberRange kSeconds{"number of seconds", 1, kMaxProfileSeconds};

/// What cannot be combined with either command.
Result<void> check_alone(std::string_view word, const CommonValues& common) {
    if (!common.command_line.empty()) {
        return Error{fmt::format("{} does not run a command", word),
                     "start it separately: " + common.command_line.front(), 0};
    }
    if (common.choice.any()) {
        return Error{fmt::format("{} measures the whole machine", word), "leave -p and other choices of threads out",
                     0};
    }
    return {};
}

}  // namespace

void add_bench(OptionList list, BenchOptions& options, CommonValues& common) {
    list.number("N", "", kRefreshes, options.refreshes, fmt::format("refreshes (default {})", kDefaultBenchRefreshes),
                "bench");
    list.flag("--json", options.json, "one JSON object");
    add_live(list, common, "default 1");
}

void add_profile(OptionList list, ProfileOptions& options, CommonValues& common) {
    list.number("SECONDS", "", kSeconds, options.seconds, fmt::format("how long (default {})", kDefaultProfileSeconds),
                "profile");
    list.flag("--json", options.json, "one JSON object");
    add_max_threads(list, common);
}

void add_own_cost_flags(OptionList list, BenchOptions& bench, ProfileOptions& profile) {
    list.number("--bench", "N", kRefreshes, bench.refreshes, "the same as: rstat-tsa bench N", "bench");
    list.number("--profile", "SECONDS", kSeconds, profile.seconds, "the same as: rstat-tsa profile SECONDS", "profile");
}

Result<BenchOptions> finish_bench(const BenchOptions& given, const CommonValues& common) {
    TRY(check_alone("bench", common));
    BenchOptions options = given;
    static_cast<LiveOptions&>(options) = common.live();
    return options;
}

Result<ProfileOptions> finish_profile(const ProfileOptions& given, const CommonValues& common) {
    TRY(check_alone("profile", common));
    if (common.source == SourceChoice::procfs) {
        return Error{"profile times the scheduler probes: --source procfs has none", "leave --source out", 0};
    }
    if (common.interval_ms) {
        return Error{"profile reads once, at its end: there is no interval", "leave -i out", 0};
    }
    ProfileOptions options = given;
    options.max_threads = common.live().max_threads;
    return options;
}

}  // namespace tsa
