// SPDX-License-Identifier: MIT
// Sharing the lines of a screen among its parts.
#pragma once

#include <algorithm>

namespace tsa {

/// Assigns lines by priority: what asks first gets them.
class Room {
  public:
    explicit Room(int rows) : left_(std::max(rows, 0)) {}
    /// As many lines as are left, up to `wanted` in total.
    void grow(int& rows, int wanted) {
        const int more = std::clamp(wanted - rows, 0, left_);
        rows += more;
        left_ -= more;
    }
    /// All of them or none.
    bool grow_whole(int& rows, int wanted) {
        const bool fits = wanted - rows <= left_;
        if (fits) {
            grow(rows, wanted);
        }
        return fits;
    }
    [[nodiscard]] int left() const { return left_; }

  private:
    int left_;
};

}  // namespace tsa
