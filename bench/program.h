// The built rstat-tsa as the parts run it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "table.h"

namespace tsa::bench {

inline constexpr int kProgramIntervalMs = 100;

/// `stat` of the 20 threads that lost most time, `refreshes` times.
[[nodiscard]] inline std::vector<std::string> stat_command(int refreshes) {
    return {BENCH_PROGRAM, "stat",
            "--top",       "20",
            "-i",          std::to_string(kProgramIntervalMs),
            "-n",          std::to_string(refreshes)};
}

inline void skip_on_error(Table& table, std::string_view part, const char* what, const Result<void>& measured) {
    if (!measured.ok()) {
        table.skip(std::string(part), what, measured.error().text());
    }
}

}  // namespace tsa::bench
