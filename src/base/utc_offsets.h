// SPDX-License-Identifier: MIT
// How far local time was ahead of UTC, moment by moment: it changes where daylight saving time begins or ends. Pure;
// the changes come from the code that knows the time zone (src/record, of the machine that was recorded).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tsa {

class UtcOffsets {
  public:
    /// Larger ones do not exist.
    static constexpr std::int64_t kMaxS = 26 * 3600;
    static constexpr std::size_t kMaxChanges = 256;

    struct Change {
        std::uint64_t from_unix_ns = 0;
        std::int64_t offset_s = 0;  ///< seconds east of UTC
        bool operator==(const Change&) const = default;
    };

    UtcOffsets() = default;
    /// The same at all times. Not explicit: one offset is the usual case.
    UtcOffsets(std::int64_t offset_s) : first_s_(offset_s) {}

    /// From a later moment than those before it. False, and unchanged: an earlier moment, or one change too many.
    bool change(const Change& to) {
        if (changes_.size() == kMaxChanges || (!changes_.empty() && to.from_unix_ns <= changes_.back().from_unix_ns)) {
            return false;
        }
        changes_.push_back(to);
        return true;
    }
    [[nodiscard]] std::int64_t at(std::uint64_t unix_ns) const {
        std::int64_t offset_s = first_s_;
        for (const Change& change : changes_) {
            offset_s = change.from_unix_ns <= unix_ns ? change.offset_s : offset_s;
        }
        return offset_s;
    }
    [[nodiscard]] std::int64_t first() const { return first_s_; }
    [[nodiscard]] std::int64_t last() const { return changes_.empty() ? first_s_ : changes_.back().offset_s; }
    [[nodiscard]] std::span<const Change> changes() const { return changes_; }
    bool operator==(const UtcOffsets&) const = default;

  private:
    std::int64_t first_s_ = 0;
    std::vector<Change> changes_;
};

}  // namespace tsa
