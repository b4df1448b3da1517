// SPDX-License-Identifier: MIT
// Reads the slow sources in turn: a few steps per refresh, each source at most once in its period. A refresh therefore
// costs the same few system calls regardless of the number of sensors; with many sensors, each is read less often. Also
// checks, rarely and one directory at a time, whether a device was added or removed. Owned by SystemReader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "system/slow_source.h"
#include "system/tree.h"

namespace tsa {

class Rotation {
  public:
    /// Maximum number of steps before the next source's turn.
    static constexpr std::size_t kStepsPerTurn = 3;

    /// `look_again_after_ns`: time until the same directory is checked again.
    explicit Rotation(std::uint64_t look_again_after_ns) : look_again_after_ns_(look_again_after_ns) {}

    /// `period_ns`: at most one round in this time. `directories`: where its devices appear.
    void add(std::unique_ptr<SlowSource> source, std::uint64_t period_ns, std::vector<std::string> directories);
    /// Reads every source once, without a limit, so that the first sample is complete.
    void read_all(const Instant& now, TextBuffer& buffer);
    /// The share of one refresh: starts no step once `buffer` has made `limit` calls.
    void run(const Instant& now, std::uint64_t limit, TextBuffer& buffer);
    /// Checks one directory if due; a source whose devices changed finds them again. False: not due.
    bool look(std::uint64_t now_ns, TextBuffer& buffer);
    void publish(SystemSample& out) const;

  private:
    struct Entry {
        std::unique_ptr<SlowSource> source;
        std::uint64_t period_ns = 0;
        std::uint64_t due_ns = 0;   ///< no round starts before this time
        std::size_t next_step = 0;  ///< 0: no round is in progress
    };
    struct Watch {
        WatchedDirectory directory;
        std::size_t entry = 0;
    };

    void notice_suspend(const Instant& now);
    [[nodiscard]] bool take_turn(Entry& entry, std::uint64_t now_ns, std::uint64_t limit, TextBuffer& buffer);

    std::uint64_t look_again_after_ns_;
    std::vector<Entry> entries_;
    std::vector<Watch> watches_;
    std::size_t next_entry_ = 0;
    std::size_t next_watch_ = 0;
    std::uint64_t looked_at_ns_ = 0;
    std::uint64_t suspended_ns_ = 0;
    bool ran_ = false;
};

}  // namespace tsa
