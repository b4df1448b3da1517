// The pure half of the drill-down's probe: the bytes of its table in, the kinds of a WaitTable out. Works on any memory
// that looks like the table, so tests feed it literals; src/sched/target.cpp feeds it the kernel's.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "model/waits.h"
#include "tsa_waits.h"

namespace tsa {

/// Reads the table while the kernel writes it, without a lock or a system call.
class WaitEntryReader {
  public:
    /// Names kernel addresses; empty: not known. The name must outlive what it is given to.
    using Namer = std::function<std::string_view(std::uint64_t)>;
    explicit WaitEntryReader(Namer namer) : namer_(std::move(namer)) {}

    /// Fills `kinds` from the first `used` entries, most time first; kinds that look the same to a user (two places in
    /// one kernel function) are one. Entries that did not change since the last call are not read again; one whose
    /// writer never lets go stays as it was then.
    void read(std::span<const tsa_wait_entry> table, std::size_t used, std::vector<WaitTotals>& kinds);

  private:
    void refresh(std::span<const tsa_wait_entry> table);
    void put(const tsa_wait_entry& entry, bool others, std::vector<WaitTotals>& kinds);

    Namer namer_;
    std::vector<tsa_wait_entry> copies_;  // by index: the last consistent copy of each entry
    std::vector<std::uint32_t> order_;    // indices, most time first
    bool merged_ = false;
};

}  // namespace tsa
