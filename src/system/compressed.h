// SPDX-License-Identifier: MIT
// Memory that MemAvailable does not account for: zram devices (stored data and memory use) and the ZFS cache (ARC).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/slow_source.h"

namespace tsa {

/// /sys/block/zramN/mm_stat.
struct ZramUse {
    std::uint64_t data_bytes = 0;    ///< data written to it
    std::uint64_t memory_bytes = 0;  ///< memory used: compressed data and allocator overhead
};
[[nodiscard]] std::optional<ZramUse> parse_zram(std::string_view mm_stat);

/// /proc/spl/kstat/zfs/arcstats.
struct ArcSize {
    std::uint64_t bytes = 0;
    std::uint64_t least_bytes = 0;  ///< c_min: its minimum size
};
[[nodiscard]] std::optional<ArcSize> parse_arcstats(std::string_view arcstats);
/// The part of the cache that is released on demand.
[[nodiscard]] std::uint64_t reclaimable_bytes(const ArcSize& arc);

/// Sum of all zram devices, whether they are swap or not.
class ZramSource : public SlowSource {
  public:
    static constexpr std::size_t kMaxDevices = 16;

    explicit ZramSource(std::string root) : root_(std::move(root)) {}

    void discover() override;
    [[nodiscard]] std::size_t steps() const override { return devices_.size(); }
    void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) override;
    void publish(SystemSample& out) const override;

  private:
    struct ZramDevice {
        SlowFile mm_stat;
        std::optional<ZramUse> use;
    };
    std::string root_;
    std::vector<ZramDevice> devices_;
};

/// Adds its reclaimable part to memory_available_bytes: publish it after /proc/meminfo is in the sample.
class ArcSource : public SlowSource {
  public:
    explicit ArcSource(std::string root) : root_(std::move(root)) {}

    void discover() override;
    [[nodiscard]] std::size_t steps() const override { return file_.is_open() ? 1 : 0; }
    void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) override;
    void publish(SystemSample& out) const override;

  private:
    std::string root_;
    SourceFile file_;
    std::optional<ArcSize> arc_;
};

}  // namespace tsa
