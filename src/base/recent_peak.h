// SPDX-License-Identifier: MIT
// A buffer that is refilled in each interval grows to the size of the largest interval. After a storm (tens of
// thousands of threads that end between two refreshes) it would keep that memory forever, unless its owner tracks what
// recent intervals needed and releases the rest. Under a steady load nothing is released, so nothing is allocated.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

namespace tsa {

/// The recent peak size of a buffer.
class RecentPeak {
  public:
    /// Length of the window in intervals; older ones are ignored.
    static constexpr std::size_t kWindow = 64;
    /// Buffers up to this size are never released, so ordinary changes between intervals do not matter.
    static constexpr std::size_t kSmallBytes = 64U << 10U;
    /// How many times the recent peak a buffer may hold.
    static constexpr std::size_t kSlack = 4;

    /// Records what an interval needed. Call it once per interval.
    void note(std::size_t used) {
        if (noted_ == kWindow) {
            before_ = now_;
            now_ = 0;
            noted_ = 0;
        }
        ++noted_;
        now_ = std::max(now_, used);
    }

    /// The peak of the last 64 to 128 intervals.
    [[nodiscard]] std::size_t value() const { return std::max(before_, now_); }

    /// The capacity that a buffer of capacity `held` should shrink to when that is too much: twice the peak.
    [[nodiscard]] std::optional<std::size_t> instead_of(std::size_t held, std::size_t bytes_each) const {
        const bool fits = held * bytes_each <= kSmallBytes || held / kSlack <= value();
        return fits ? std::nullopt : std::optional(value() * 2);
    }

  private:
    std::size_t before_ = 0;  // peak of the previous window
    std::size_t now_ = 0;     // peak of the current window
    std::size_t noted_ = 0;
};

/// Clears a vector or a text buffer, and releases excess capacity.
template <class Buffer>
void clear_to(const RecentPeak& peak, Buffer& buffer) {
    buffer.clear();
    if (const auto enough = peak.instead_of(buffer.capacity(), sizeof(typename Buffer::value_type))) {
        buffer = Buffer();
        buffer.reserve(*enough);
    }
}

}  // namespace tsa
