// SPDX-License-Identifier: MIT
// The tooltip of the status bar: the machine, the top processes, which are delayed by what, which threads are stuck; as
// Pango markup for a fixed-width font. Pure; keeps no memory except the thread index.
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

/// Maximum length of a line; names and devices are truncated to fit.
inline constexpr std::size_t kWaybarTooltipCells = 80;
/// Maximum number of GPUs with a separate line.
inline constexpr std::size_t kMaxWaybarGpus = 4;

/// What is in the footer besides the report.
struct WaybarStatus {
    std::uint32_t interval_ms = 0;
    bool kernel_threads = true;
    std::uint64_t lines_dropped = 0;  ///< the reader did not read them in time
};

class WaybarTooltip {
  public:
    explicit WaybarTooltip(const WaybarSettings& settings) : settings_(settings) {}

    /// Appends the markup of the parts that the settings select.
    void put(fmt::memory_buffer& out, const Report& report, const WaybarNumbers& numbers, const TopLists& top,
             const WaybarStatus& status);

  private:
    const WaybarSettings& settings_;
    ThreadIndex threads_;
    fmt::memory_buffer words_;
};

/// The part `summary`: only resources that this machine has.
void put_waybar_summary(WaybarSheet& sheet, const Report& report, const WaybarNumbers& numbers);

}  // namespace tsa
