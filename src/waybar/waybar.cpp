// SPDX-License-Identifier: MIT
// See waybar.h.
#include "waybar/waybar.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tsa {

WaybarWriter::WaybarWriter(WaybarSettings settings)
    : settings_(std::move(settings)), classifier_(settings_.thresholds), tooltip_(settings_) {}

std::string_view WaybarWriter::write(const Report& report, const WaybarStatus& status, bool new_sample) {
    const WaybarNumbers numbers = waybar_numbers(report, status.kernel_threads);
    if (new_sample) {
        classifier_.update(report, numbers);
    }
    top_.find(report, settings_.top);
    text_.clear();
    settings_.format.put(text_, {report, numbers, top_, classifier_.most_urgent(), status.interval_ms},
                         settings_.plain ? settings_.escape : WaybarEscape::pango);
    if (settings_.plain) {
        text_.push_back('\n');
        return {text_.data(), text_.size()};
    }
    buffer_.Clear();
    json_.Reset(buffer_);
    json_.StartObject();
    put_key(json_, "text");
    put_text(json_, {text_.data(), text_.size()});
    put_key(json_, "alt");
    put_text(json_, classifier_.most_urgent());
    put_key(json_, "tooltip");
    text_.clear();
    tooltip_.put(text_, report, numbers, top_, status);
    put_text(json_, {text_.data(), text_.size()});
    put_key(json_, "class");
    json_.StartArray();
    for (const std::string_view key : classifier_.keys()) {
        put_text(json_, key);
    }
    json_.EndArray();
    if (numbers.cpu_pct && std::isfinite(*numbers.cpu_pct)) {
        put_key(json_, "percentage");
        json_.Int(static_cast<int>(std::lround(std::clamp(*numbers.cpu_pct, 0.0, 100.0))));
    }
    json_.EndObject();
    buffer_.Put('\n');
    return {buffer_.GetString(), buffer_.GetSize()};
}

}  // namespace tsa
