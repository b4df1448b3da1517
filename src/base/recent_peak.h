// A buffer that is filled anew in each interval grows to the largest interval of all. After a storm (ten thousands of
// threads that end between two refreshes) that is held for ever: unless its owner knows what the last intervals needed,
// and gives the rest back. Under a steady load nothing is given back, so that nothing is allocated.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

namespace tsa {

/// The most that was in a buffer lately.
class RecentPeak {
  public:
    /// Intervals after which what was before the last so many is forgotten.
    static constexpr std::size_t kWindow = 64;
    /// Buffers up to this size are never given back: a usual interval's changes should not show.
    static constexpr std::size_t kSmallBytes = 64U << 10U;
    /// How many times of what was needed lately a buffer may hold.
    static constexpr std::size_t kSlack = 4;

    /// What an interval needed. Call it once for each.
    void note(std::size_t used) {
        if (noted_ == kWindow) {
            before_ = now_;
            now_ = 0;
            noted_ = 0;
        }
        ++noted_;
        now_ = std::max(now_, used);
    }

    /// Of the last 64 to 128 intervals.
    [[nodiscard]] std::size_t value() const { return std::max(before_, now_); }

    /// What a buffer should have room for that has room for `held` now, where that is too much: twice the peak.
    [[nodiscard]] std::optional<std::size_t> instead_of(std::size_t held, std::size_t bytes_each) const {
        const bool fits = held * bytes_each <= kSmallBytes || held / kSlack <= value();
        return fits ? std::nullopt : std::optional(value() * 2);
    }

  private:
    std::size_t before_ = 0;  // peak of the window before
    std::size_t now_ = 0;     // and of the one that is being filled
    std::size_t noted_ = 0;
};

/// Empties a vector or a text buffer, and gives back what is too much of its room.
template <class Buffer>
void clear_to(const RecentPeak& peak, Buffer& buffer) {
    buffer.clear();
    if (const auto enough = peak.instead_of(buffer.capacity(), sizeof(typename Buffer::value_type))) {
        buffer = Buffer();
        buffer.reserve(*enough);
    }
}

}  // namespace tsa
