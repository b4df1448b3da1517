// What interrupts and the hypervisor take from threads. The kernel leaves it out of a thread's CPU time; the probes
// measure from switch to switch and cannot. On a virtual machine with busy neighbors it is a tenth of all time.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

namespace tsa::test {

/// In interrupts and stolen since boot, of all CPUs, in ns (/proc/stat, in steps of 10 ms).
[[nodiscard]] std::uint64_t irq_and_steal_ns();

/// Counts from its construction on.
class TakenTime {
  public:
    TakenTime() : begin_ns_(irq_and_steal_ns()) {}
    /// The most that can have been taken since. 0 on a machine where nothing is.
    [[nodiscard]] std::uint64_t most_ns() const;

  private:
    std::uint64_t begin_ns_;
};

/// The probes' execution time is the CPU time that the kernel charged, give or take the tolerance; above that it has at
/// most what was taken.
[[nodiscard]] ::testing::AssertionResult is_charged(std::uint64_t exec_ns, std::uint64_t charged_ns,
                                                    double tolerance_ns, const TakenTime& taken);

}  // namespace tsa::test
