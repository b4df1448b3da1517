// SPDX-License-Identifier: MIT
// See capture_text.h.
#include "text/capture_text.h"

#include <fmt/format.h>

#include "text/time_text.h"

namespace tsa {

std::string capture_words(const CaptureMoment& capture, const UtcOffsets& zone) {
    std::string words = fmt::format("{} was true, at {}", capture.rule, clock_text(capture.at_unix_ns, zone).view());
    std::string_view between = ": ";
    for (const auto& [name, text] : capture.values) {
        words += fmt::format("{}{} {}", between, name, text);
        between = ", ";
    }
    return words;
}

}  // namespace tsa
