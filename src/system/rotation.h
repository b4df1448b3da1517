// Reads the slow sources in turn: a few steps in each refresh, each source at most once in its period. So a refresh
// costs the same few system calls however many sensors the machine has, and with many of them each is read less often.
// Also looks, rarely and one directory at a time, whether a device was plugged in or out. Owned by SystemReader.
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
    /// Then it is another source's turn.
    static constexpr std::size_t kStepsPerTurn = 3;

    /// `look_again_after_ns`: how long until the same directory is looked at again.
    explicit Rotation(std::uint64_t look_again_after_ns) : look_again_after_ns_(look_again_after_ns) {}

    /// `period_ns`: at most one round in that time. `directories`: where its devices appear.
    void add(std::unique_ptr<SlowSource> source, std::uint64_t period_ns, std::vector<std::string> directories);
    /// Reads every source once, however long it takes: so that the first sample has all there is.
    void read_all(const Instant& now, TextBuffer& buffer);
    /// The share of one refresh: begins no step once `buffer` has made `limit` calls.
    void run(const Instant& now, std::uint64_t limit, TextBuffer& buffer);
    /// Looks at one directory if it is time to; a source whose devices changed is found anew. False: it was not.
    bool look(std::uint64_t now_ns, TextBuffer& buffer);
    void publish(SystemSample& out) const;

  private:
    struct Entry {
        std::unique_ptr<SlowSource> source;
        std::uint64_t period_ns = 0;
        std::uint64_t due_ns = 0;   ///< no round begins before
        std::size_t next_step = 0;  ///< 0: no round has begun
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
