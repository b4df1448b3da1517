// What several commands take: a process, a source, an interval, colour. CLI11 fills texts; they are checked here. Pure.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/numbers.h"
#include "cli/options.h"

namespace tsa {

/// What CLI11 fills: still text.
struct CommonRaw {
    std::string pid, source = "auto", kernel_threads, max_threads, color = "auto", interval;
};

void add_process(CLI::App& app, CommonRaw& raw);
void add_color(CLI::App& app, CommonRaw& raw);
void add_max_threads(CLI::App& app, CommonRaw& raw);
/// --interval, --source, --kernel-threads, --max-threads: what every loop takes.
void add_source(CLI::App& app, CommonRaw& raw, const std::string& interval_default);

Result<void> take_common(const CommonRaw& raw, Options& options);

/// What no new command that is to be followed (-- CMD) goes with.
Result<void> check_command(const Options& options);

/// A whole number, if it was given: `text` is empty when not.
template <class Number>
Result<void> take_number(std::string_view text, std::string_view what, std::uint64_t least, std::uint64_t most,
                         std::optional<Number>& out) {
    if (text.empty()) {
        return {};
    }
    auto number = TRY(parse_number(text, what, least, most));
    out = static_cast<Number>(number);
    return {};
}

}  // namespace tsa
