// SPDX-License-Identifier: MIT
// GPUs as their drivers report them in /sys/class/drm: i915, xe and amdgpu. A GPU that runtime power management has
// suspended is not read: most of these files would wake it. NVIDIA's own driver reports nothing there: see nvidia.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/slow_source.h"

namespace tsa {

inline constexpr std::size_t kMaxGpus = 8;

class GpuSource : public SlowSource {
  public:
    static constexpr std::size_t kMaxFilesPerGpu = 16;

    explicit GpuSource(std::string root) : root_(std::move(root)) {}

    void discover() override;
    [[nodiscard]] std::size_t steps() const override { return files_.size(); }
    void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) override;
    void publish(SystemSample& out) const override;
    void resumed() override;

  private:
    enum class Meaning : std::uint8_t {
        power,         ///< runtime_status: the first file of each GPU, so it is read before the others
        residency_ms,  ///< how long it has slept so far; the rest of the time it was busy
        busy_pct,
        mhz,
        hz,
        memory_used,
        memory_total,
        temperature,
    };
    struct File {
        std::size_t gpu = 0;
        Meaning meaning = Meaning::power;
        SlowFile file;
        CounterRate rate;               ///< of a residency
        std::optional<double> value{};  ///< in the unit of the sample
    };
    void discover_card(const std::string& card);
    void add_i915(const std::string& card);
    void add_xe(const std::string& device);
    void add_amdgpu(const std::string& device);
    void add(Meaning meaning, const std::string& path);

    std::string root_;
    std::vector<Gpu> gpus_;  ///< name, driver and asleep
    std::vector<File> files_;
    std::string_view found_driver_;  ///< of the card being examined
    std::size_t files_before_ = 0;
};

}  // namespace tsa
