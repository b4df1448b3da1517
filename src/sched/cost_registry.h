// SPDX-License-Identifier: MIT
// The total cost of all BPF objects of this process. A loaded object joins through a Member next to its skeleton; its
// cost stays in the total after it is unloaded, so the total never decreases.
#pragma once

#include <cstdint>
#include <vector>

struct bpf_object;

namespace tsa {

/// Of all programs since they were loaded; 0 without kernel.bpf_stats_enabled=1.
struct TotalCost {
    std::uint64_t run_ns = 0;
    std::uint64_t runs = 0;
};

class CostRegistry {
  public:
    class Member {
      public:
        Member() = default;
        /// The object must be loaded and must outlive this; the registry must outlive this too.
        Member(CostRegistry& registry, const bpf_object* object);
        Member(Member&& other) noexcept;
        Member& operator=(Member&& other) noexcept;
        /// Detach the object first: keeps the cost of its programs up to now.
        ~Member();

      private:
        void leave();

        CostRegistry* registry_ = nullptr;
        const bpf_object* object_ = nullptr;
    };

    /// A few system calls for each program of each object.
    [[nodiscard]] TotalCost total() const;

  private:
    std::vector<const bpf_object*> objects_;
    TotalCost gone_;
};

}  // namespace tsa
