// SPDX-License-Identifier: MIT
// What a recording with a rule does with its intervals: they go into a ring in memory, and when the rule fires, into a
// separate directory: what was before, and what comes in some time after. Until then nothing is on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "record/meta.h"

namespace tsa {

struct Report;

struct CaptureOptions {
    static constexpr std::size_t kMaxRingBytes = std::size_t{128} << 20U;

    std::uint64_t before_ns = 0, after_ns = 0;
    std::uint64_t every_ns = 0;  ///< at least from one capture's beginning to the next's
    std::uint64_t most = 0;      ///< captures; 0: any number
    std::size_t max_ring_bytes = kMaxRingBytes;
    /// Whether the rule holds at the end of this report's interval; absent: it is not known.
    std::function<std::optional<bool>(const Report&)> holds;
    /// Why: rule and values of that report.
    std::function<CaptureNote(const Report&)> note;
    std::string name;  ///< of the rule, in names of directories
    /// A capture begins: the rule has just fired. What it adds to the note is in meta.json. `ends`: this interval is
    /// also its last one.
    std::function<void(const std::string& directory, CaptureNote& note, bool ends)> begins;
    /// A capture is complete. Its parts are those of its meta.json.
    std::function<void(const std::string& directory, const CaptureNote& note)> done;
    /// What the user should know: a capture cannot be written, or the ring is too small.
    std::function<void(std::string_view text)> failure;
};

}  // namespace tsa
