// SPDX-License-Identifier: MIT
// The header's lines of GPUs and of power. A machine without them has no such line.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tui/bars.h"
#include "tui/overview/header_fields.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr int kProfileWidth = 11;  // "performance"

// "71 % -8.5 W": minus: the battery discharges.
std::string battery_words(const std::optional<Battery>& battery) {
    if (!battery) {
        return "-";
    }
    const std::string charge = battery->charge_pct ? fmt::format("{:.0f} %", *battery->charge_pct) : std::string("-");
    std::string flow;
    if (battery->power_w && battery->status && *battery->power_w > 0) {
        const bool gives = *battery->status == BatteryStatus::discharging;
        const bool takes = *battery->status == BatteryStatus::charging;
        flow = (gives ? "-" : (takes ? "+" : "")) + watt_words(battery->power_w);
    }
    return fmt::format("{:>5} {:>7}", charge, flow);
}

HeaderField battery_field(const SystemSample& now, int importance) {
    const bool empty_soon = now.battery && now.battery->charge_pct && *now.battery->charge_pct < 10 &&
                            now.battery->status == BatteryStatus::discharging;
    return {"battery", battery_words(now.battery), 13, importance, empty_soon ? Role::bad : Role::text};
}

// Power next to a GPU.
void add_power_fields(const HeaderLine& line, std::vector<HeaderField>& fields) {
    const SystemSample& now = line.scene.report.system.now;
    const Equipment& known = line.known;
    if (known.has("platform_power_w")) {
        fields.push_back({"board", watt_words(now.platform_power_w), 6, 4});
    }
    if (known.has("package_power_w")) {
        fields.push_back({"CPUs", watt_words(now.package_power_w), 6, 2});
    }
    if (known.has_battery()) {
        fields.push_back(battery_field(now, 1));
    }
    if (known.has("power_profile")) {
        const std::string name = now.power_profile ? cut_middle(now.power_profile->view(), kProfileWidth, true) : "-";
        fields.push_back({"", fmt::format("{:<{}}", name, kProfileWidth), kProfileWidth, 3});
    }
}

void draw_gpu_line(const HeaderLine& line, const Gpu* gpu, bool only_one, bool with_power) {
    const HeaderColumns& at = line.columns;
    const Equipment& known = line.known;
    Frame& frame = line.frame;
    frame.put(1, line.y, "GPU", Role::strong);
    static const Gpu kNone;
    const Gpu& shown = gpu != nullptr ? *gpu : kNone;
    const int room = at.bar_x - at.name_x - 1;
    frame.put(at.name_x, line.y, only_one ? shown.driver : shown.name.view(), Role::text, room);
    if (shown.asleep) {
        frame.put_right(at.value_end, line.y, 8, "asleep", Role::dim);
    } else if (known.has("gpu_busy_pct")) {
        frame.put_right(at.value_end, line.y, 8, percent_words(shown.busy_pct),
                        shown.busy_pct ? Role::text : Role::dim);
    }
    if (known.has("gpu_busy_pct")) {
        const Glyphs& set = glyphs(line.scene.unicode);
        const std::array<BarPart, 1> parts{
            {{shown.busy_pct.value_or(0), set.state[index(ThreadState::exec)], Role::dim}}};
        draw_bar(frame, at.bar_x, line.y, at.bar_width, parts, 100, set);
    }
    std::vector<HeaderField> fields;
    if (known.gpu_mhz) {
        fields.push_back({"", gigahertz_words(shown.mhz), 7, 0});
    }
    if (known.gpu_temperature) {
        fields.push_back({"", celsius_words(shown.temperature_c, line.scene.unicode), 6, 0});
    }
    if (known.gpu_memory) {
        const std::string words = shown.memory_total_bytes
                                      ? part_words(shown.memory_used_bytes, shown.memory_total_bytes)
                                      : short_bytes_words(shown.memory_used_bytes);
        fields.push_back({"mem", words, 9, 0});
    }
    if (with_power) {
        add_power_fields(line, fields);
    }
    draw_fields(frame, at.fields_x, line.y, at.end, fields);
}

void draw_power_line(const HeaderLine& line) {
    const SystemSample& now = line.scene.report.system.now;
    const Equipment& known = line.known;
    const HeaderColumns& at = line.columns;
    line.frame.put(1, line.y, "POWER", Role::strong);
    const bool board = known.has("platform_power_w");
    if (board || known.has("package_power_w")) {
        const std::optional<double>& watt = board ? now.platform_power_w : now.package_power_w;
        line.frame.put_right(at.value_end, line.y, 8, watt_words(watt), watt ? Role::text : Role::dim);
    }
    if (known.has("power_profile")) {
        const std::string_view name = now.power_profile ? now.power_profile->view() : "-";
        line.frame.put(at.name_x, line.y, name, Role::text, at.fields_x - at.name_x - 2);
    }
    std::vector<HeaderField> fields;
    if (known.has_battery()) {
        fields.push_back(battery_field(now, 0));
    }
    if (board && known.has("package_power_w")) {
        fields.push_back({"CPUs", watt_words(now.package_power_w), 6, 1});
    }
    draw_fields(line.frame, at.fields_x, line.y, at.end, fields);
}

}  // namespace

void draw_device_lines(const HeaderLine& first, int rows) {
    const std::vector<Gpu>& gpus = first.scene.report.system.now.gpus;
    if (first.known.gpus == 0 && rows > 0) {
        draw_power_line(first);
        return;
    }
    HeaderLine line = first;
    for (int row = 0; row < rows; ++row, ++line.y) {
        const auto number = static_cast<std::size_t>(row);
        const Gpu* gpu = number < gpus.size() ? &gpus[number] : nullptr;
        // If several share one line: the busiest one.
        if (const Gpu* busiest = busiest_gpu(first.scene.report.system.now);
            rows == 1 && first.known.gpus > 1 && busiest != nullptr) {
            gpu = busiest;
        }
        draw_gpu_line(line, gpu, first.known.gpus == 1, row + 1 == rows);
    }
}

}  // namespace tsa
