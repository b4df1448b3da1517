// SPDX-License-Identifier: MIT
// Decodes the table of the program that accounts waits by stack (bpf/tsa_stack_accounts.h). Works on any memory with
// the table's layout: tests pass literals, src/sched/target.cpp passes the kernel's map.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/stack_times.h"
#include "tsa_stack_accounts.h"

namespace tsa {

/// Reads the table while the kernel writes it, without locks or system calls.
class StackAccountReader {
  public:
    /// Fills `accounts` from the first `used` entries. That of all others is left out: its waits are of several states.
    void read(std::span<const tsa_stack_account> table, std::size_t used, std::vector<StackAccount>& accounts);

  private:
    std::vector<tsa_stack_account> copies_;  // by index: the last consistent copy of each entry
};

}  // namespace tsa
