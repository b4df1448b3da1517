// SPDX-License-Identifier: MIT
// The CPU clock: cpufreq's current frequency of each policy (CPUs that share a clock), or "cpu MHz" of /proc/cpuinfo if
// the CPU can measure it. With many policies, only a sample is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/slow_source.h"

namespace tsa {

/// Sum and maximum of the "cpu MHz" lines in a piece of /proc/cpuinfo made of complete lines.
struct CpuinfoClocks {
    double sum_mhz = 0, max_mhz = 0;
    std::size_t cpus = 0;
};
[[nodiscard]] CpuinfoClocks parse_cpuinfo_clocks(std::string_view proc_cpuinfo);
/// Whether these lines are measured: without the counters APERF and MPERF (most virtual machines) the kernel always
/// prints the same nominal frequency.
[[nodiscard]] bool cpuinfo_clocks_are_measured(std::string_view proc_cpuinfo);

class CpuFrequencySource : public SlowSource {
  public:
    static constexpr std::size_t kMaxPolicies = 16;

    explicit CpuFrequencySource(std::string root) : root_(std::move(root)) {}

    void discover() override;
    [[nodiscard]] std::size_t steps() const override { return cpuinfo_.is_open() ? 1 : policies_.size(); }
    void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) override;
    void publish(SystemSample& out) const override;

  private:
    struct Policy {
        SlowFile file;
        std::size_t cpus = 1;
        std::optional<double> mhz;
    };
    void step_cpuinfo(TextBuffer& buffer);

    std::string root_;
    std::vector<Policy> policies_;
    SourceFile cpuinfo_;     ///< open if there are no policies and its values are measured
    CpuinfoClocks passing_;  ///< of this pass's pages so far
    CpuinfoClocks passed_;   ///< of the last complete pass
    std::size_t offset_ = 0;
};

}  // namespace tsa
