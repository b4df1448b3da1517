// The CPUs' clock: cpufreq's current frequency of each policy (the CPUs that share one clock), else "cpu MHz" of
// /proc/cpuinfo where the CPU can measure it. A machine with many policies is sampled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/slow_source.h"

namespace tsa {

/// Sum and largest of the "cpu MHz" lines of a piece of /proc/cpuinfo that begins and ends with a whole line.
struct CpuinfoClocks {
    double sum_mhz = 0, max_mhz = 0;
    std::size_t cpus = 0;
};
[[nodiscard]] CpuinfoClocks parse_cpuinfo_clocks(std::string_view proc_cpuinfo);
/// Whether these lines are measured: without the counters APERF and MPERF (most virtual machines) the kernel prints the
/// same nominal frequency for ever.
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
    SourceFile cpuinfo_;     ///< open: there are no policies and its numbers are measured
    CpuinfoClocks passing_;  ///< of the pages of this pass so far
    CpuinfoClocks passed_;   ///< of the newest whole pass
    std::size_t offset_ = 0;
};

}  // namespace tsa
