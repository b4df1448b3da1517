// What all BPF objects of this process cost together. A loaded object joins by one Member beside its skeleton; what it
// has cost stays in the total when it is gone, so that the total only ever grows.
#pragma once

#include <cstdint>
#include <vector>

struct bpf_object;

namespace tsa {

/// Of all programs, since their start; zero without kernel.bpf_stats_enabled=1.
struct TotalCost {
    std::uint64_t run_ns = 0;
    std::uint64_t runs = 0;
};

class CostRegistry {
  public:
    class Member {
      public:
        Member() = default;
        /// The object must be loaded and outlive this, and this must not outlive the registry.
        Member(CostRegistry& registry, const bpf_object* object);
        Member(Member&& other) noexcept;
        Member& operator=(Member&& other) noexcept;
        /// To be detached before: what its programs have cost until now is kept.
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
