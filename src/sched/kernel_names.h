// SPDX-License-Identifier: MIT
// Names of kernel addresses, for the function that a thread is blocked in: looked up in the kernel once each, and
// cached.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tsa {

/// Maximum number of named addresses; further ones stay unnamed. Busy machines show a few dozen.
inline constexpr std::size_t kMaxKernelNames = 4096;

class KernelNames {
  public:
    /// `program_fd`: the loaded tsa_symbol program; -1: no names. Must outlive this.
    void use(int program_fd) { program_fd_ = program_fd; }

    /// "folio_wait_bit_common"; empty: unknown. The view is valid as long as this object. One system call per new
    /// address.
    [[nodiscard]] std::string_view name(std::uint64_t address);

  private:
    struct Entry {
        std::uint64_t address;
        std::string name;
    };
    [[nodiscard]] std::string ask_kernel(std::uint64_t address) const;

    int program_fd_ = -1;
    std::vector<std::unique_ptr<Entry>> entries_;  // sorted by address
};

}  // namespace tsa
