// SPDX-License-Identifier: MIT
#include "support/taken_time.h"

#include <array>
#include <sstream>
#include <string>

#include "support/witness.h"

namespace tsa::test {

std::uint64_t irq_and_steal_ns() {
    std::istringstream line(text_of("/proc/stat"));
    std::string word;
    std::array<std::uint64_t, 8> ticks{};  // user nice system idle iowait irq softirq steal
    line >> word;
    for (std::uint64_t& each : ticks) {
        line >> each;
    }
    constexpr std::uint64_t kUserTickNs = 10'000'000;
    return (ticks[5] + ticks[6] + ticks[7]) * kUserTickNs;
}

std::uint64_t TakenTime::most_ns() const {
    const std::uint64_t now_ns = irq_and_steal_ns();
    // Three counters in whole ticks, each up to one tick late.
    constexpr std::uint64_t kRoundingNs = 60'000'000;
    return now_ns == begin_ns_ ? 0 : now_ns - begin_ns_ + kRoundingNs;
}

::testing::AssertionResult is_charged(std::uint64_t exec_ns, std::uint64_t charged_ns, double tolerance_ns,
                                      const TakenTime& taken) {
    const double more_ns = static_cast<double>(exec_ns) - static_cast<double>(charged_ns);
    const std::uint64_t taken_ns = taken.most_ns();
    if (more_ns >= -tolerance_ns && more_ns <= tolerance_ns + static_cast<double>(taken_ns)) {
        return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << "exec " << exec_ns << " ns, charged " << charged_ns << " ns, tolerance "
                                         << tolerance_ns << " ns, taken by interrupts and the hypervisor up to "
                                         << taken_ns << " ns";
}

}  // namespace tsa::test
