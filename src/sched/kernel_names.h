// Names of kernel addresses, for "what is it blocked in": asked of the kernel once each, and remembered.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tsa {

/// Different addresses that are named; beyond it they stay nameless. Busy machines show some dozens.
inline constexpr std::size_t kMaxKernelNames = 4096;

class KernelNames {
  public:
    /// `program_fd`: the loaded tsa_symbol program; -1: no names. Must outlive this.
    void use(int program_fd) { program_fd_ = program_fd; }

    /// "folio_wait_bit_common"; empty when it cannot be told. The view stays valid as long as this lives.
    /// One system call for an address that is new.
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
