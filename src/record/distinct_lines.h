// SPDX-License-Identifier: MIT
// The different lines among those of one interval: a file that was put together from overlapping parts may have a line
// more than once. By a hash of 64 bits: a chance match among a million lines has a probability below 10^-7.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/flat_map.h"

namespace tsa {

struct SeenLine {
    SeenLine() = default;
    explicit SeenLine(std::uint64_t of) : line(of) {}

    std::uint32_t mark = 0;
    std::uint64_t line = 0;  ///< its hash

    [[nodiscard]] std::uint64_t key() const { return line; }
    [[nodiscard]] static std::uint64_t hash(std::uint64_t line) { return flat_hash(line); }
};

class DistinctLines {
  public:
    void clear() {
        seen_.clear();
        content_ = 0;
    }
    /// False: the line was added before.
    bool add(std::string_view line) {
        const std::uint64_t hash = std::hash<std::string_view>{}(line);
        const bool is_new = seen_.insert(hash).is_new;
        content_ += is_new ? hash : 0;
        return is_new;
    }
    [[nodiscard]] std::uint64_t count() const { return seen_.size(); }
    /// The same for the same lines in any order.
    [[nodiscard]] std::uint64_t content() const { return content_; }

  private:
    FlatMap<SeenLine> seen_{1024};
    std::uint64_t content_ = 0;
};

}  // namespace tsa
