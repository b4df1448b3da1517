// SPDX-License-Identifier: MIT
// The pure half of the drill-down's probe: decodes the bytes of its table into the kinds of a WaitTable. Works on any
// memory with the table's layout: tests pass literals, src/sched/target.cpp passes the kernel's map.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "model/waits.h"
#include "tsa_waits.h"

namespace tsa {

/// Reads the table while the kernel writes it, without locks or system calls.
class WaitEntryReader {
  public:
    /// Names kernel addresses; empty: unknown. The names must outlive the tables that use them.
    using Namer = std::function<std::string_view(std::uint64_t)>;
    explicit WaitEntryReader(Namer namer) : namer_(std::move(namer)) {}

    /// Fills `kinds` from the first `used` entries, most time first; kinds that look the same to a user (two addresses
    /// in one kernel function) are merged. Unchanged entries are not read again; an entry whose writer does not finish
    /// keeps its previous value.
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
