// SPDX-License-Identifier: MIT
// The part of the tooltip that sums up the machine: a line per resource, with its usage, a bar, details and its
// pressure. See tooltip.h.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/time_units.h"
#include "text/sanitize.h"
#include "text/units.h"
#include "waybar/tooltip.h"

namespace tsa {

namespace {

constexpr std::size_t kShareColumn = 8;
constexpr std::size_t kShareCells = 7;
constexpr std::size_t kBarColumn = 17;
constexpr std::size_t kBarCells = 20;
constexpr std::size_t kDetailColumn = 41;
constexpr std::size_t kPressureColumn = 69;
constexpr std::size_t kPressureCells = 8;
constexpr double kNotablePct = 10;

using Percent = std::optional<double>;

/// Colors are for thread states: everything else is dim.
void put_cells(WaybarSheet& sheet, double share_pct, std::size_t& used, std::optional<ThreadState> color,
               std::string_view glyph) {
    const double end = std::clamp(share_pct, 0.0, 100.0) / 100.0 * static_cast<double>(kBarCells);
    fmt::basic_memory_buffer<char, 64> cells;
    for (; used < static_cast<std::size_t>(std::lround(end)); ++used) {
        cells.append(glyph.data(), glyph.data() + glyph.size());
    }
    const std::string_view drawn(cells.data(), cells.size());
    color ? sheet.put(drawn, *color) : sheet.put_dim(drawn);
}

/// Label, share and bar; the waiting part is drawn after the used part.
void put_share(WaybarSheet& sheet, std::string_view label, const Percent& share,
               std::optional<ThreadState> color = std::nullopt, const Percent& waiting = {}) {
    sheet.put_strong(label);
    if (!share) {
        return;
    }
    sheet.go_to(kShareColumn);
    sheet.put_right(short_words("{:.1f} %", *share).view(), kShareCells);
    sheet.go_to(kBarColumn);
    sheet.put_dim("▕");
    std::size_t used = 0;
    put_cells(sheet, *share, used, color, "█");
    put_cells(sheet, *share + waiting.value_or(0), used, ThreadState::cpu_wait, "▒");
    sheet.go_to(kBarColumn + 1 + kBarCells);
    sheet.put_dim("▏");
}

void put_pressure(WaybarSheet& sheet, const Percent& pct) {
    if (!pct) {
        return;
    }
    sheet.go_to(kPressureColumn);
    sheet.put_dim("PSI");
    const ShortText value = short_words("{:.1f} %", *pct);
    if (*pct < kNotablePct) {
        sheet.put_right(value.view(), kPressureCells);
        return;
    }
    sheet.go_to(kPressureColumn + 3 + kPressureCells - value.size);
    sheet.put(value.view(), ThreadState::io_wait);
}

void put_cpu(WaybarSheet& sheet, const SystemRow& system, const WaybarNumbers& numbers) {
    if (!numbers.cpu_pct && !numbers.wait_pct && !system.stall_cpu_pct) {
        return;
    }
    put_share(sheet, "CPU", numbers.cpu_pct, ThreadState::exec, numbers.wait_pct);
    sheet.go_to(kDetailColumn);
    if (numbers.wait_pct) {
        sheet.put_dim("wait ");
        const ShortText wait = short_words("{:.0f} %", *numbers.wait_pct);
        *numbers.wait_pct < kNotablePct ? sheet.put(wait.view()) : sheet.put(wait.view(), ThreadState::cpu_wait);
        sheet.put("  ");
    }
    if (system.user_pct && system.system_pct) {
        sheet.put_dim(short_words("user {:.0f} sys {:.0f}", *system.user_pct, *system.system_pct).view());
    }
    put_pressure(sheet, system.stall_cpu_pct);
    sheet.end_line();
}

void put_used_of(WaybarSheet& sheet, const std::optional<std::uint64_t>& used,
                 const std::optional<std::uint64_t>& total) {
    if (used && total) {
        sheet.put(short_words("{} of {}", bytes_text(*used).view(), bytes_text(*total).view()).view());
    }
}

void put_two_rates(WaybarSheet& sheet, std::string_view first_label, const std::optional<double>& first,
                   std::string_view second_label, const std::optional<double>& second) {
    sheet.put_dim(first_label);
    sheet.put_right(first ? rate_text(*first).view() : "-", kRateCells + 1);
    sheet.put_dim(second_label);
    sheet.put_right(second ? rate_text(*second).view() : "-", kRateCells + 1);
}

void put_memory(WaybarSheet& sheet, const SystemRow& system, const WaybarNumbers& numbers) {
    const SystemSample& now = system.now;
    if (numbers.memory_pct || system.stall_memory_pct) {
        put_share(sheet, "MEMORY", numbers.memory_pct);
        sheet.go_to(kDetailColumn);
        put_used_of(sheet, system.memory_used_bytes, now.memory_total_bytes);
        put_pressure(sheet, system.stall_memory_pct);
        sheet.end_line();
    }
    if (numbers.swap_pct) {
        put_share(sheet, "SWAP", numbers.swap_pct);
        sheet.go_to(kDetailColumn);
        put_used_of(sheet, system.swap_used_bytes, now.swap_total_bytes);
        sheet.end_line();
        if (numbers.swap_bytes_per_s && *numbers.swap_bytes_per_s > 0) {
            sheet.go_to(kDetailColumn);
            put_two_rates(sheet, "in", system.swap_in_bytes_per_s, "  out", system.swap_out_bytes_per_s);
            sheet.end_line();
        }
    }
    const std::array<std::pair<std::string_view, std::array<std::optional<std::uint64_t>, 2>>, 2> compressed{
        {{"zram", {now.zram_data_bytes, now.zram_memory_bytes}},
         {"zswap", {now.zswap_data_bytes, now.zswap_memory_bytes}}}};
    for (const auto& [name, bytes] : compressed) {
        if (bytes[0] && bytes[1] && *bytes[0] != 0) {
            sheet.go_to(kDetailColumn);
            sheet.put_dim(short_words("{} ", name).view());
            sheet.put(short_words("{} in {}", bytes_text(*bytes[0]).view(), bytes_text(*bytes[1]).view()).view());
            sheet.end_line();
        }
    }
}

void put_disks_and_network(WaybarSheet& sheet, const SystemRow& system) {
    if (system.disk_read_bytes_per_s || system.stall_io_pct) {
        put_share(sheet, "I/O", system.busiest_disk ? Percent(system.busiest_disk->busy_pct) : std::nullopt);
        sheet.go_to(kDetailColumn);
        put_two_rates(sheet, "r", system.disk_read_bytes_per_s, "   w", system.disk_write_bytes_per_s);
        put_pressure(sheet, system.stall_io_pct);
        sheet.end_line();
    }
    if (system.net_rx_bytes_per_s) {
        sheet.put_strong("NET");
        sheet.go_to(kDetailColumn);
        put_two_rates(sheet, "↓", system.net_rx_bytes_per_s, "   ↑", system.net_tx_bytes_per_s);
        sheet.end_line();
    }
}

void put_gpus(WaybarSheet& sheet, const SystemSample& now) {
    for (std::size_t i = 0; i < std::min(now.gpus.size(), kMaxWaybarGpus); ++i) {
        const Gpu& gpu = now.gpus[i];
        put_share(sheet, "GPU", gpu.busy_pct);
        sheet.go_to(kDetailColumn);
        sheet.put_dim(Printable(gpu.name.view()).view().substr(0, 12));
        if (gpu.asleep) {
            sheet.put_dim("  asleep");
        }
        if (gpu.mhz) {
            sheet.put(short_words("  {:.0f} MHz", *gpu.mhz).view());
        }
        if (gpu.temperature_c) {
            sheet.put(short_words("  {:.0f} °C", *gpu.temperature_c).view());
        }
        if (gpu.memory_used_bytes) {
            sheet.put(short_words("  {}", bytes_text(*gpu.memory_used_bytes).view()).view());
        }
        sheet.end_line();
    }
}

/// Items of a line, with two spaces between them.
class ItemLine {
  public:
    ItemLine(WaybarSheet& sheet, std::string_view label) : sheet_(sheet), label_(label) {}

    WaybarSheet& next() {
        if (empty_) {
            sheet_.put_strong(label_);
        }
        sheet_.go_to(empty_ ? kShareColumn + 1 : sheet_.column() + 2);
        empty_ = false;
        return sheet_;
    }
    void end() {
        if (!empty_) {
            sheet_.end_line();
        }
    }

  private:
    WaybarSheet& sheet_;
    std::string_view label_;
    bool empty_ = true;
};

void put_clock(WaybarSheet& sheet, const SystemRow& system, const WaybarNumbers& numbers) {
    const SystemSample& now = system.now;
    ItemLine line(sheet, "CLOCK");
    if (now.cpu_mhz) {
        line.next().put(short_words("{:.2f} GHz", *now.cpu_mhz / 1000).view());
    }
    if (now.cpu_max_mhz) {
        line.next().put_dim(short_words("fastest {:.2f}", *now.cpu_max_mhz / 1000).view());
    }
    if (numbers.temperature_c) {
        line.next().put(short_words("{:.0f} °C", *numbers.temperature_c).view());
    }
    if (now.cpu_hottest_c && now.cpu_temperature_c) {
        line.next().put_dim(short_words("hottest {:.0f}", *now.cpu_hottest_c).view());
    }
    if (numbers.throttles && *numbers.throttles != 0) {
        line.next().put("throttled", ThreadState::lock_wait);
    }
    for (std::size_t bit = 0; bit < kThrottleReasons; ++bit) {
        if (now.throttle_reasons && (*now.throttle_reasons & (1U << bit)) != 0) {
            line.next().put(throttle_reason_key(static_cast<ThrottleReason>(bit)), ThreadState::lock_wait);
        }
    }
    line.end();
}

void put_power(WaybarSheet& sheet, const SystemSample& now) {
    ItemLine line(sheet, "POWER");
    if (now.power_profile) {
        line.next().put(Printable(now.power_profile->view()).view().substr(0, 16));
    }
    if (now.package_power_w) {
        line.next().put(short_words("{:.1f} W", *now.package_power_w).view());
    }
    if (now.platform_power_w) {
        line.next().put_dim(short_words("board {:.1f} W", *now.platform_power_w).view());
    }
    if (now.battery && now.battery->charge_pct) {
        line.next().put(short_words("battery {:.0f} %", *now.battery->charge_pct).view());
    }
    if (now.battery && now.battery->status) {
        line.next().put_dim(battery_status_key(*now.battery->status));
    }
    if (now.battery && now.battery->power_w) {
        line.next().put_dim(short_words("{:.1f} W", *now.battery->power_w).view());
    }
    line.end();
}

void put_load(WaybarSheet& sheet, const SystemSample& now) {
    ItemLine line(sheet, "LOAD");
    if (now.load) {
        line.next().put(short_words("{:.2f} {:.2f} {:.2f}", (*now.load)[0], (*now.load)[1], (*now.load)[2]).view());
    }
    if (now.uptime_s && *now.uptime_s >= 0) {
        line.next().put_dim(short_words("up {}", duration_text(to_ns(*now.uptime_s)).view()).view());
    }
    line.end();
}

}  // namespace

void put_waybar_summary(WaybarSheet& sheet, const Report& report, const WaybarNumbers& numbers) {
    put_cpu(sheet, report.system, numbers);
    put_memory(sheet, report.system, numbers);
    put_disks_and_network(sheet, report.system);
    put_gpus(sheet, report.system.now);
    put_clock(sheet, report.system, numbers);
    put_power(sheet, report.system.now);
    put_load(sheet, report.system.now);
}

}  // namespace tsa
