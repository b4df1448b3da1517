// Memory that MemAvailable does not tell apart: what zram devices hold and take, and the cache of ZFS (ARC).
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
    std::uint64_t data_bytes = 0;    ///< what was written to it
    std::uint64_t memory_bytes = 0;  ///< what it takes: compressed, with the allocator's own
};
[[nodiscard]] std::optional<ZramUse> parse_zram(std::string_view mm_stat);

/// /proc/spl/kstat/zfs/arcstats.
struct ArcSize {
    std::uint64_t bytes = 0;
    std::uint64_t least_bytes = 0;  ///< c_min: it does not shrink below
};
[[nodiscard]] std::optional<ArcSize> parse_arcstats(std::string_view arcstats);
/// What of the cache is given back on demand.
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

/// Adds to memory_available_bytes what it would give back: publish it when /proc/meminfo is in the sample.
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
