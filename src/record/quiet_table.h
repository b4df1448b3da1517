// What a recording remembers of each thread between its rows: time that no row tells of yet, and when it must have one.
// Open addressing, 32 bytes an entry; a look-up costs about one cache line. Bounded by the most threads that were there
// at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/sample.h"

namespace tsa {

/// Who a thread is within one report. After the exec of a thread that is not the leader the dead leader that it took
/// TID and start time from may still be listed beside it: of the dead, the instant of death tells who it is.
struct RecordedThread {
    std::uint32_t tid = 0;  ///< 0: none; with a bit for the dead
    std::uint64_t time_ns = 0;

    bool operator==(const RecordedThread&) const = default;
};

[[nodiscard]] inline RecordedThread recorded_thread(const Thread& thread) {
    constexpr std::uint32_t kDead = 1U << 31U;  // TIDs have 22 bits
    return thread.state == ThreadState::zombie ? RecordedThread{thread.tid | kDead, thread.since_ns}
                                               : RecordedThread{thread.tid, thread.start_time_ns};
}

class QuietTable {
  public:
    struct Entry {
        std::uint32_t tid = 0;   ///< as in RecordedThread; 0: the place is free
        std::uint32_t seen = 0;  ///< the round that it was met in last
        std::uint64_t time_ns = 0;
        std::uint64_t quiet_ns = 0;  ///< time since its last row
        std::uint64_t due_ns = 0;    ///< CLOCK_MONOTONIC at which it must have a row again
    };

    QuietTable();

    /// Null when it is not there. Any pointer is valid until the next insert(), erase() or sweep().
    [[nodiscard]] Entry* find(const RecordedThread& thread);
    /// A new entry, in place of one that may be there.
    Entry& insert(const RecordedThread& thread);
    void erase(Entry* entry);
    /// Removes all that were not met in this round.
    void sweep(std::uint32_t round);
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] static std::uint64_t hash(const RecordedThread& thread);

  private:
    [[nodiscard]] std::size_t home(const Entry& entry) const;
    [[nodiscard]] std::size_t place_of(const RecordedThread& thread) const;
    void grow();

    std::vector<Entry> places_;  // a power of two of them, at most half in use
    std::size_t size_ = 0;
};

}  // namespace tsa
