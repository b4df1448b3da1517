// SPDX-License-Identifier: MIT
// Throttling: how often the hardware throttled cores and packages because of heat (x86), and why the GPU is kept below
// the clock that it requested (i915, xe: power limits are those of the whole package).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "system/slow_source.h"

namespace tsa {

/// Counts of /sys/devices/system/cpu/cpu*/thermal_throttle. CPUs that share a core or a package count the same events,
/// so one of each is read.
class ThrottleCountSource : public SlowSource {
  public:
    static constexpr std::size_t kMaxCores = 16;  ///< with more, an evenly spread selection is read
    static constexpr std::size_t kMaxPackages = 8;

    explicit ThrottleCountSource(std::string root) : root_(std::move(root)) {}

    void discover() override;
    [[nodiscard]] std::size_t steps() const override { return counters_.size(); }
    void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) override;
    void publish(SystemSample& out) const override;

  private:
    struct Counter {
        SlowFile file;
        std::size_t kind = 0;  ///< 0: core, 1: package
        std::optional<std::uint64_t> last{};
    };
    std::string root_;
    std::vector<Counter> counters_;
    std::array<std::optional<std::uint64_t>, 2> sums_;  ///< cumulative, by kind
};

/// Bits of /sys/class/drm/card*/gt/gt*/throttle_reason_* and the xe equivalents.
class ThrottleReasonSource : public SlowSource {
  public:
    static constexpr std::size_t kMaxUnits = 4;

    explicit ThrottleReasonSource(std::string root) : root_(std::move(root)) {}

    void discover() override;
    [[nodiscard]] std::size_t steps() const override { return units_.size() * kStepsPerUnit; }
    void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) override;
    void publish(SystemSample& out) const override;

  private:
    // First whether it is awake, then whether it is throttled, and only then why.
    static constexpr std::size_t kStepsPerUnit = 2 + kThrottleReasons;
    struct Unit {
        SlowFile power;   ///< runtime_status; not open: always awake
        SlowFile status;  ///< 1: for some reason
        std::vector<SlowFile> reasons;
        bool asleep = false;
        std::optional<std::uint8_t> bits{};  ///< of the last complete round
        std::uint8_t found = 0;              ///< in this round
        bool throttled = false;
    };
    std::string root_;
    std::vector<Unit> units_;
};

}  // namespace tsa
