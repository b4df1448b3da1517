// SPDX-License-Identifier: MIT
// The rule that the loop watches for the user: as it was typed, and when it fired. The loop fills it, the header and
// the prompt of the rule show it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tsa {

struct FiredRule {
    std::uint64_t time_unix_ns = 0;
    std::string rule;
    std::string values;     ///< of its terms then: "lock_wait 3.2"
    std::string directory;  ///< of the recording; empty: none could be made

    bool operator==(const FiredRule&) const = default;
};

struct RuleWatch {
    /// Of these the prompt shows as many as fit.
    static constexpr std::size_t kMostFired = 8;

    std::string rule;               ///< empty: none is armed
    bool capturing = false;         ///< it has fired, and what comes after that is being recorded
    std::uint64_t fired_total = 0;  ///< of all rules so far
    std::vector<FiredRule> fired;   ///< the last ones, newest first

    bool operator==(const RuleWatch&) const = default;
};

}  // namespace tsa
