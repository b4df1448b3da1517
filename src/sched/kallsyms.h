// Kernel symbols: address ranges of the functions that the probes look for on a stack, and the name behind an address.
// The pure part reads text in the form of /proc/kallsyms; nothing is kept, a look-up streams the file again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
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

/// Different addresses that are named; beyond it they stay nameless. Real machines show some dozens.
inline constexpr std::size_t kMaxKernelNames = 4096;

/// Names for kernel addresses, looked up once each and remembered.
class KernelNames {
  public:
    /// "folio_wait_bit_common"; empty when it cannot be told. The view stays valid.
    [[nodiscard]] std::string_view name(std::uint64_t address);
    explicit KernelNames(std::string path = "/proc/kallsyms") : path_(std::move(path)) {}

  private:
    struct Entry {
        std::uint64_t address;
        std::string name;
    };
    std::string path_;
    std::vector<std::unique_ptr<Entry>> entries_;  // sorted by address; few: one per distinct wait function
};

}  // namespace tsa
