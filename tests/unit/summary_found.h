// SPDX-License-Identifier: MIT
// What the tests of findings look up in a Summary.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "summary/findings.h"
#include "summary/summary.h"

namespace tsa::testing {

/// The first finding of that kind; null: there is none.
inline const SummaryFinding* finding(const Summary& summary, FindingKind kind) {
    const auto found = std::ranges::find(summary.findings, kind, &SummaryFinding::kind);
    return found == summary.findings.end() ? nullptr : &*found;
}

inline std::size_t count(const Summary& summary, FindingKind kind) {
    return static_cast<std::size_t>(std::ranges::count(summary.findings, kind, &SummaryFinding::kind));
}

/// A line for each, with its kind.
inline std::string all_words(const Summary& summary) {
    std::string words;
    for (const SummaryFinding& one : summary.findings) {
        words += std::string(finding_key(one.kind)) + ": " + one.words + "\n";
    }
    return words;
}

}  // namespace tsa::testing
