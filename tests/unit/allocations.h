// SPDX-License-Identifier: MIT
// Counts this thread's heap allocations by the malloc family, for tests that require none.
#pragma once

#include <cstddef>

namespace tsa::testing {

[[nodiscard]] std::size_t allocations();
/// False under a sanitizer, which needs malloc for itself.
[[nodiscard]] bool allocations_are_counted();

class AllocationCount {
  public:
    [[nodiscard]] std::size_t so_far() const { return allocations() - before_; }

  private:
    std::size_t before_ = allocations();
};

}  // namespace tsa::testing
