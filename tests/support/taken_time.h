// SPDX-License-Identifier: MIT
// Time taken from threads by interrupts and the hypervisor. The kernel excludes it from a thread's CPU time; the probes
// measure from switch to switch and cannot. On a virtual machine with busy neighbors it may be a tenth of all time.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

namespace tsa::test {

/// Interrupt and stolen time since boot, all CPUs, in ns (/proc/stat, in steps of 10 ms).
[[nodiscard]] std::uint64_t irq_and_steal_ns();

/// Counts from its construction.
class TakenTime {
  public:
    TakenTime() : begin_ns_(irq_and_steal_ns()) {}
    /// Upper bound of the time taken since. 0 on a machine without any.
    [[nodiscard]] std::uint64_t most_ns() const;

  private:
    std::uint64_t begin_ns_;
};

/// The probes' execution time equals the CPU time charged by the kernel, within the tolerance; it may exceed that only
/// by the taken time.
[[nodiscard]] ::testing::AssertionResult is_charged(std::uint64_t exec_ns, std::uint64_t charged_ns,
                                                    double tolerance_ns, const TakenTime& taken);

}  // namespace tsa::test
