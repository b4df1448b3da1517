// SPDX-License-Identifier: MIT
// Address ranges of the kernel functions that the probes look for on a stack, from text in the form of /proc/kallsyms.
// Read once at start; names of addresses come from the kernel itself (kernel_names.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tsa.h"

namespace tsa {

/// Kernel addresses that the probes need.
struct KernelRanges {
    std::vector<tsa_address_range> swap_functions;    ///< swap-in
    std::vector<tsa_address_range> memory_functions;  ///< reclaim and memory cgroup throttling
    tsa_address_range sched_text{};                   ///< the scheduler's own section; {0, 0}: unknown
    tsa_address_range userfault_function{};           ///< waits for the server of a userfaultfd; {0, 0}: unknown

    [[nodiscard]] bool known() const { return !swap_functions.empty(); }
};

/// Parses lines "ADDRESS TYPE NAME [MODULE]", in chunks of any size, with addresses in any order.
class RangeFinder {
  public:
    void line(std::string_view text);
    /// Each range ends at the next symbol. Hidden addresses (all zero) give no ranges.
    [[nodiscard]] KernelRanges finish();

  private:
    enum class Cause : std::uint8_t { swap, memory, userfault };
    struct Wanted {
        Cause cause;
        std::uint64_t begin;
        std::uint64_t end;
    };
    std::vector<std::uint64_t> text_addresses_;
    std::vector<Wanted> wanted_;
    tsa_address_range sched_text_{};
};

/// Reads /proc/kallsyms. If addresses are hidden: no ranges.
[[nodiscard]] KernelRanges read_kernel_ranges(const char* path = "/proc/kallsyms");

}  // namespace tsa
