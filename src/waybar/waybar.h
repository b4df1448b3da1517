// SPDX-License-Identifier: MIT
// One line of the status bar: a Report as the JSON object that Waybar reads, or as plain text. Pure; the loop in
// src/app/commands/waybar.cpp calls it. Reuses its buffers: no allocation once they have reached their full size.
#pragma once

#include <string_view>

#include "model/top.h"
#include "output/json.h"
#include "waybar/classes.h"
#include "waybar/settings.h"
#include "waybar/tooltip.h"

namespace tsa {

class WaybarWriter {
  public:
    explicit WaybarWriter(WaybarSettings settings);
    WaybarWriter(const WaybarWriter&) = delete;  // the tooltip refers to the settings
    WaybarWriter& operator=(const WaybarWriter&) = delete;

    /// {"text", "alt", "tooltip", "class", "percentage"} and a newline. Keys without a value are omitted. Valid until
    /// the next call. `new_sample`: update the classes; false if the same report is shown in another way.
    std::string_view write(const Report& report, const WaybarStatus& status, bool new_sample);

  private:
    WaybarSettings settings_;
    WaybarClassifier classifier_;
    WaybarTooltip tooltip_;
    TopLists top_;
    fmt::memory_buffer text_;
    rapidjson::StringBuffer buffer_;
    Json json_;
};

}  // namespace tsa
