// SPDX-License-Identifier: MIT
// See system_text.h.
#include "text/system_text.h"

#include <algorithm>

#include "base/time_units.h"
#include "text/short_text.h"

namespace tsa {

ShortText system_text(double value, SystemUnit unit) {
    const double positive = std::max(value, 0.0);
    switch (unit) {
        case SystemUnit::percent:
            return percent_text(std::min(positive, 100.0));
        case SystemUnit::bytes:
            return bytes_text(static_cast<std::uint64_t>(positive));
        case SystemUnit::bytes_per_s:
            return rate_text(positive);
        case SystemUnit::nanoseconds:
            return duration_text(static_cast<std::uint64_t>(positive));
        case SystemUnit::seconds:
            return duration_text(to_ns(positive));
        case SystemUnit::celsius:
            return short_text("{:.0f} °C", value);
        case SystemUnit::watts:
            return short_text("{:.1f} W", positive);
        case SystemUnit::megahertz:
            return short_text("{:.0f} MHz", positive);
        case SystemUnit::count:
        case SystemUnit::number:
        case SystemUnit::text:
        case SystemUnit::json:
            break;
    }
    return average_text(positive);
}

}  // namespace tsa
