// SPDX-License-Identifier: MIT
// See load.h.
#include "system/load.h"

#include <cmath>

#include "base/scan.h"

namespace tsa {
namespace {

// from_chars also accepts "nan" and "-1", which are not valid loads.
std::optional<double> plain_number(std::string_view field) {
    const std::optional<double> value = number<double>(field);
    return value && std::isfinite(*value) && *value >= 0 ? value : std::nullopt;
}

}  // namespace

std::optional<std::array<double, 3>> parse_load(std::string_view proc_loadavg) {
    std::optional<std::string_view> line = next_line(proc_loadavg);
    if (!line) {
        return std::nullopt;
    }
    std::array<double, 3> load{};
    for (double& average : load) {
        const std::optional<double> value = plain_number(next_field(*line));
        if (!value) {
            return std::nullopt;
        }
        average = *value;
    }
    return load;
}

}  // namespace tsa
