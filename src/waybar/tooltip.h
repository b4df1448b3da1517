// The tooltip of the status bar: the machine, the first few processes, who loses time to what, who is stuck; as Pango
// markup for a fixed-width font. Pure; keeps no memory but that of the thread index.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

#include "model/report.h"
#include "model/top.h"
#include "text/wait_text.h"
#include "waybar/markup.h"
#include "waybar/numbers.h"
#include "waybar/settings.h"

namespace tsa {

/// Lines are at most this long, names and devices cut where they would pass it.
inline constexpr std::size_t kWaybarTooltipCells = 80;
/// As many GPUs get a line of their own.
inline constexpr std::size_t kMaxWaybarGpus = 4;

/// What stands in the footer beside the report.
struct WaybarStatus {
    std::uint32_t interval_ms = 0;
    bool kernel_threads = true;
    std::uint64_t lines_dropped = 0;  ///< the reader did not take them
};

class WaybarTooltip {
  public:
    explicit WaybarTooltip(const WaybarSettings& settings) : settings_(settings) {}

    /// Appends the markup, the parts that the settings ask for.
    void put(fmt::memory_buffer& out, const Report& report, const WaybarNumbers& numbers, const TopLists& top,
             const WaybarStatus& status);

  private:
    const WaybarSettings& settings_;
    ThreadIndex threads_;
    fmt::memory_buffer words_;
};

/// The part `summary`: only what this machine has.
void put_waybar_summary(WaybarSheet& sheet, const Report& report, const WaybarNumbers& numbers);

}  // namespace tsa
