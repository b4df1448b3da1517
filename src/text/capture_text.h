// SPDX-License-Identifier: MIT
// Why a recording was made, in words: a rule fired, at some moment, with these values. Raw: each output sanitizes it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/utc_offsets.h"

namespace tsa {

struct CaptureMoment {
    std::string rule;  ///< as it was typed
    std::uint64_t at_unix_ns = 0;
    std::vector<std::pair<std::string, std::string>> values;  ///< of its terms, then: name and text
    std::uint64_t before_ns = 0, after_ns = 0;                ///< as asked for
};

/// "lock_wait > 2 for 3s was true, at 14:05:31: lock_wait 5.2, cpu_wait 0.3", after "captured when".
[[nodiscard]] std::string capture_words(const CaptureMoment& capture, const UtcOffsets& zone);

}  // namespace tsa
