// SPDX-License-Identifier: MIT
// Which file is in which slot of the helper process: bounded, the one that was not used for longest makes room. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "stacks/helper_protocol.h"

namespace tsa {

/// A file, or a version of one that grows. While it is in a slot it is open, so its inode is not used again.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t bytes = 0;  ///< of a perf map, which grows; else 0

    bool operator==(const FileIdentity&) const = default;
};

class FileSlots {
  public:
    /// Its slot; kNoSlot: it could not be loaded. Absent: it is in none.
    [[nodiscard]] std::optional<std::uint32_t> find(const FileIdentity& file);
    /// A slot for a file that is in none. kNoSlot: all are in use by the current round.
    [[nodiscard]] std::uint32_t take(const FileIdentity& file);
    /// Files that are used from here on keep their slots until the next round.
    void begin_round() { ++round_; }
    /// Loading it failed: it is not tried again as long as it is known.
    void refuse(const FileIdentity& file);
    /// The helper lost them all.
    void clear() { slots_ = {}; }
    /// Files that made room for others so far.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    struct Slot {
        FileIdentity file;
        std::uint64_t used = 0;  ///< round; 0: free
        bool is_usable = true;
    };
    std::array<Slot, kHelperSlots> slots_{};
    std::uint64_t round_ = 1;
    std::uint64_t dropped_ = 0;
};

}  // namespace tsa
