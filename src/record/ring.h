// SPDX-License-Identifier: MIT
// The newest part of a recording that is not on disk: the lines of its intervals, in memory, compressed. Cut into
// chunks, as a recording with a limit is into segments: the first and the last interval of each have a row for every
// thread, so that it can be read without those before it. Bounded by time and by bytes.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "record/segments.h"

namespace tsa {

/// Intervals one after the other. Does not change once it is shared.
class RingChunk {
  public:
    void add(const SegmentInterval& interval, std::uint64_t end_unix_ns);
    /// Nothing can be added afterward.
    void pack();
    /// In order; stops at an error, which it returns.
    Result<void> for_each(const std::function<Result<void>(const SegmentInterval&)>& visit) const;

    [[nodiscard]] bool empty() const { return marks_.empty(); }
    [[nodiscard]] std::uint64_t begin_ns() const { return marks_.front().now_ns - marks_.front().interval_ns; }
    [[nodiscard]] std::uint64_t end_ns() const { return marks_.back().now_ns; }
    [[nodiscard]] std::uint64_t begin_unix_ns() const {
        return marks_.front().end_unix_ns - marks_.front().interval_ns;
    }
    [[nodiscard]] std::size_t intervals() const { return marks_.size(); }
    /// In memory.
    [[nodiscard]] std::size_t bytes() const;

  private:
    struct Mark {
        PerTable<std::size_t> ends{};  // of its lines in each text
        std::uint64_t rows = 0, now_ns = 0, interval_ns = 0, end_unix_ns = 0;
        bool all = false;
    };
    std::vector<Mark> marks_;
    PerTable<std::string> texts_;
    PerTable<std::size_t> sizes_{};  // unpacked
    bool packed_ = false;
};

class RecordRing {
  public:
    /// Chunks per `before_ns`: the ring has up to that part more than was asked for.
    static constexpr std::uint64_t kChunks = 8;

    RecordRing(std::uint64_t before_ns, std::size_t max_bytes) : before_ns_(before_ns), max_bytes_(max_bytes) {}

    /// Whether the next interval, which ends at about `now_ns`, must have a row for every thread.
    [[nodiscard]] bool needs_all(std::uint64_t now_ns) const;
    /// `interval.all` must be set where needs_all() was true.
    void add(const SegmentInterval& interval, std::uint64_t end_unix_ns);
    /// All that there is, the oldest first. Copies only the newest chunk.
    [[nodiscard]] std::vector<std::shared_ptr<const RingChunk>> contents() const;

    [[nodiscard]] std::size_t bytes() const;
    /// Chunks that were dropped before their time, for lack of memory.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    [[nodiscard]] bool is_full(std::uint64_t now_ns) const;

    std::uint64_t before_ns_;
    std::size_t max_bytes_;
    std::deque<std::shared_ptr<const RingChunk>> closed_;
    std::size_t closed_bytes_ = 0;
    RingChunk newest_;
    std::uint64_t dropped_ = 0;
};

}  // namespace tsa
