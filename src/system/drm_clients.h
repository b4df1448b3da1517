// SPDX-License-Identifier: MIT
// What processes use of GPUs, as the drivers of Intel, AMD and others report it in fdinfo of descriptors of /dev/dri.
// Only such descriptors are looked at; a GPU that is suspended is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tsa {

/// One engine of a client: its time, or with all_cycles its cycles.
struct DrmEngine {
    std::string name;           ///< "render"
    std::uint64_t busy_ns = 0;  ///< cumulative; or cycles, with all_cycles
    std::uint64_t all_cycles = 0;
    std::uint32_t capacity = 1;  ///< of these engines that there are
};

/// A file description of a GPU: what was opened once, however many descriptors it has.
struct DrmClient {
    std::uint32_t tgid = 0;  ///< the first process that has it
    std::uint64_t id = 0;    ///< of its device
    std::string device;      ///< PCI address; empty: not one of PCI
    std::vector<DrmEngine> engines;
    std::optional<std::uint64_t> memory_bytes;
};

/// Absent: not a GPU's, or a driver that does not report.
[[nodiscard]] std::optional<DrmClient> parse_drm_fdinfo(std::string_view fdinfo);

class DrmReader {
  public:
    /// `root`: where /proc and /sys are.
    explicit DrmReader(std::string root = "/") : root_(std::move(root)) {}

    /// Looks through all processes for those that have a GPU open, at most every kScanEveryNs; else only whether they
    /// still do. Each client once.
    [[nodiscard]] std::vector<DrmClient> read(std::uint64_t now_ns);

    static constexpr std::uint64_t kScanEveryNs = 5'000'000'000;
    static constexpr std::size_t kMaxDescriptors = 4096;

  private:
    struct Opened {
        std::uint32_t tgid = 0;
        std::int32_t fd = 0;
    };
    void scan();
    [[nodiscard]] bool sleeps(const std::string& link) const;

    std::string root_;
    std::vector<Opened> opened_;
    std::uint64_t scanned_at_ns_ = 0;
};

}  // namespace tsa
