// Address ranges of the kernel functions that the probes look for on a stack, from text in the form of /proc/kallsyms.
// Read once at start; names of addresses come from the kernel itself (kernel_names.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tsa.h"

namespace tsa {

/// What the probes need to know of the kernel's text.
struct KernelRanges {
    std::vector<tsa_address_range> swap_functions;    ///< swap-in
    std::vector<tsa_address_range> memory_functions;  ///< reclaim and memory cgroup throttling
    tsa_address_range sched_text{};                   ///< the scheduler's own section; {0, 0}: unknown

    [[nodiscard]] bool known() const { return !swap_functions.empty(); }
};

/// Reads lines "ADDRESS TYPE NAME [MODULE]", in pieces of any size, in any order of addresses.
class RangeFinder {
  public:
    void line(std::string_view text);
    /// Ranges end where the next symbol begins. Unreadable addresses (all zero) give no ranges.
    [[nodiscard]] KernelRanges finish();

  private:
    enum class Cause : std::uint8_t { swap, memory };
    struct Wanted {
        Cause cause;
        std::uint64_t begin;
        std::uint64_t end;
    };
    std::vector<std::uint64_t> text_addresses_;
    std::vector<Wanted> wanted_;
    tsa_address_range sched_text_{};
};

/// Reads /proc/kallsyms. Without the right to see addresses: no ranges.
[[nodiscard]] KernelRanges read_kernel_ranges(const char* path = "/proc/kallsyms");

}  // namespace tsa
