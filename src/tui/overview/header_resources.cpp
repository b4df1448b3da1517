// SPDX-License-Identifier: MIT
// The header's lines of CPU, memory and I/O: the share that is used, a bar of it, the pressure (PSI), and further
// values in fields.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tui/bars.h"
#include "tui/overview/header_fields.h"
#include "tui/text.h"

namespace tsa {
namespace {

Role pressure_role(const std::optional<double>& pct) {
    return pct && *pct >= kPressureWarnPct ? Role::warn : Role::text;
}

void draw_number(const HeaderLine& line, std::string_view label, std::string_view number) {
    line.frame.put(1, line.y, label, Role::strong);
    line.frame.put_right(line.columns.value_end, line.y, 8, number, number == "-" ? Role::dim : Role::text);
}

void draw_pressure(const HeaderLine& line, std::string_view key, const std::optional<double>& pct) {
    if (line.known.has(key)) {
        line.frame.put(line.columns.pressure_x, line.y, "PSI", Role::dim);
        line.frame.put_right(line.columns.pressure_x + 11, line.y, 8, percent_words(pct), pressure_role(pct));
    }
}

// Stalls of all runnable threads: no work was done.
HeaderField full_field(const std::optional<double>& pct, int importance) {
    return {"full", pct ? fmt::format("{:.0f} %", *pct) : "-", 5, importance, pressure_role(pct)};
}

// The first reason that the GPU's driver reports; it applies to the whole package. Last in its line, since it appears
// and disappears.
std::string throttle_words(const SystemSample& now) {
    for (std::size_t bit = 0; bit < kThrottleReasons; ++bit) {
        if ((now.throttle_reasons.value_or(0) >> bit & 1U) != 0) {
            return std::string(throttle_reason_key(static_cast<ThrottleReason>(bit)));
        }
    }
    return "";
}

std::vector<HeaderField> cpu_fields(const HeaderLine& line, bool throttled) {
    const SystemRow& system = line.scene.report.system;
    const SystemSample& now = system.now;
    const Role heat = throttled ? Role::bad : Role::text;
    std::vector<HeaderField> out;
    add_column_fields(line, HeaderRow::cpu, out);
    if (line.known.has("load1")) {
        const std::string words = now.load ? fmt::format("{:>4} {:>4} {:>4}", load_words((*now.load)[0]),
                                                         load_words((*now.load)[1]), load_words((*now.load)[2]))
                                           : "-";
        out.push_back({"load", words, 14, 3});
    }
    if (line.known.has("cpu_mhz")) {
        out.push_back({"", gigahertz_words(now.cpu_mhz), 7, 1, heat});
    }
    if (line.known.has_any("cpu_temperature_c", "cpu_hottest_c")) {
        out.push_back({"", celsius_words(cpu_temperature(now), line.scene.unicode), 6, 0, heat});
    }
    if (line.known.has("cpu_max_mhz")) {
        out.push_back({"fastest", gigahertz_words(now.cpu_max_mhz), 7, 5});
    }
    if (line.known.has("cpu_temperature_c") && line.known.has("cpu_hottest_c")) {
        out.push_back({"hottest", celsius_words(now.cpu_hottest_c, line.scene.unicode), 6, 6});
    }
    if (const std::string reason = throttle_words(now); throttled && !reason.empty()) {
        out.push_back({"held by", reason, 10, 7, Role::bad});
    }
    return out;
}

std::string use_words(const std::optional<std::uint64_t>& data, const std::optional<std::uint64_t>& memory) {
    return data && memory ? fmt::format("{:>4} in {:>4}", format_bytes_short(*data), format_bytes_short(*memory)) : "-";
}

std::vector<HeaderField> memory_fields(const HeaderLine& line) {
    const SystemRow& system = line.scene.report.system;
    const SystemSample& now = system.now;
    const Equipment& known = line.known;
    std::vector<HeaderField> out;
    if (known.has("psi_memory_some_pct")) {
        out.push_back(full_field(system.stall_memory_full_pct, 2));
    }
    if (known.has("swap_total_bytes")) {
        const bool swapping = system.swap_in_bytes_per_s.value_or(0) + system.swap_out_bytes_per_s.value_or(0) > 0;
        const Role role = swapping ? Role::state_swap_wait : Role::text;
        out.push_back({"swap", part_words(system.swap_used_bytes, now.swap_total_bytes), 9, 0, role});
        out.push_back({"in", rate_words(system.swap_in_bytes_per_s), 9, 0, role, true});
        out.push_back({"out", rate_words(system.swap_out_bytes_per_s), 9, 0, role, true});
    }
    if (known.has("zram_data_bytes")) {
        out.push_back({"zram", use_words(now.zram_data_bytes, now.zram_memory_bytes), 12, 1});
    }
    if (known.has("zswap_data_bytes")) {
        out.push_back({"zswap", use_words(now.zswap_data_bytes, now.zswap_memory_bytes), 12, 1});
    }
    add_column_fields(line, HeaderRow::memory, out);
    return out;
}

std::vector<HeaderField> io_fields(const HeaderLine& line) {
    const SystemRow& system = line.scene.report.system;
    std::vector<HeaderField> out;
    if (line.known.has("psi_io_some_pct")) {
        out.push_back(full_field(system.stall_io_full_pct, 2));
    }
    add_column_fields(line, HeaderRow::io, out);
    return out;
}

}  // namespace

void draw_cpu_line(const HeaderLine& line) {
    const SystemRow& system = line.scene.report.system;
    const HeaderColumns& at = line.columns;
    const Glyphs& set = glyphs(line.scene.unicode);
    const std::optional<double> busy = cpu_pct(line.scene.report);
    draw_number(line, "CPU", percent_words(busy));
    const bool throttled = is_throttled(line.known, line.scene.report);
    if (throttled) {
        line.frame.put(at.name_x, line.y, "throttled", Role::bad);
    }
    const std::array<BarPart, 4> parts{{
        {system.user_pct.value_or(busy.value_or(0)), set.state[index(ThreadState::exec)], Role::state_exec},
        {system.system_pct.value_or(0), line.scene.unicode ? "▓" : "+", Role::state_exec},
        {system.irq_pct.value_or(0), line.scene.unicode ? "▪" : "q", Role::state_uninterruptible},
        {system.steal_pct.value_or(0), set.state[index(ThreadState::cpu_wait)], Role::state_cpu_wait},
    }};
    draw_bar(line.frame, at.bar_x, line.y, at.bar_width, parts, 100, set);
    draw_pressure(line, "psi_cpu_some_pct", system.stall_cpu_pct);
    draw_fields(line.frame, at.fields_x, line.y, at.end, cpu_fields(line, throttled));
}

void draw_memory_line(const HeaderLine& line) {
    const SystemRow& system = line.scene.report.system;
    const SystemSample& now = system.now;
    const HeaderColumns& at = line.columns;
    const bool measured = system.memory_used_bytes && now.memory_total_bytes;
    draw_number(line, "MEM", measured ? format_bytes(*system.memory_used_bytes) : "-");
    if (measured) {
        const Glyphs& set = glyphs(line.scene.unicode);
        line.frame.put(at.value_end + 1, line.y, fmt::format("of {}", format_bytes(*now.memory_total_bytes)),
                       Role::text, at.bar_x - at.value_end - 2);
        // Caches that are released on demand are between used and free.
        const std::uint64_t available = *now.memory_total_bytes - *system.memory_used_bytes;
        const std::uint64_t free = std::min(now.memory_free_bytes.value_or(available), available);
        const std::array<BarPart, 2> parts{{
            {static_cast<double>(*system.memory_used_bytes), set.state[index(ThreadState::exec)], Role::dim},
            {static_cast<double>(available - free), set.state[index(ThreadState::sleep)], Role::dim},
        }};
        draw_bar(line.frame, at.bar_x, line.y, at.bar_width, parts, static_cast<double>(*now.memory_total_bytes), set);
    }
    draw_pressure(line, "psi_memory_some_pct", system.stall_memory_pct);
    draw_fields(line.frame, at.fields_x, line.y, at.end, memory_fields(line));
}

void draw_io_line(const HeaderLine& line) {
    const SystemRow& system = line.scene.report.system;
    const HeaderColumns& at = line.columns;
    if (line.known.has("disk_busiest")) {
        const std::optional<double> busy =
            system.busiest_disk ? std::optional(system.busiest_disk->busy_pct) : std::nullopt;
        draw_number(line, "I/O", percent_words(busy));
        const Glyphs& set = glyphs(line.scene.unicode);
        const std::array<BarPart, 1> parts{{{busy.value_or(0), set.state[index(ThreadState::exec)], Role::dim}}};
        draw_bar(line.frame, at.bar_x, line.y, at.bar_width, parts, 100, set);
        if (system.busiest_disk) {
            const int room = at.bar_x - at.name_x - 1;
            line.frame.put(at.name_x, line.y, cut_middle(system.busiest_disk->name.view(), room, line.scene.unicode),
                           Role::text, room);
        }
    } else {
        line.frame.put(1, line.y, "I/O", Role::strong);
    }
    draw_pressure(line, "psi_io_some_pct", system.stall_io_pct);
    draw_fields(line.frame, at.fields_x, line.y, at.end, io_fields(line));
}

void draw_resources(Frame& frame, const Scene& scene, const Equipment& known, int y) {
    const SystemRow& system = scene.report.system;
    std::vector<HeaderField> fields{
        {"CPU", percent_words(cpu_pct(scene.report)), 7, 0, Role::text, false, Role::strong},
        {"MEM", percent_words(memory_used_pct(system)), 7, 0, Role::text, false, Role::strong}};
    if (known.has_any("disk_read_bytes_per_s", "disk_write_bytes_per_s")) {
        fields.push_back({"rd", rate_words(system.disk_read_bytes_per_s), 9, 2, Role::text, false, Role::strong});
        fields.push_back({"wr", rate_words(system.disk_write_bytes_per_s), 9, 2, Role::text, true});
    }
    const bool pressure = known.has_pressure();
    if (pressure) {
        const auto& [cpu, memory, io] = std::array{system.stall_cpu_pct, system.stall_memory_pct, system.stall_io_pct};
        fields.push_back({"PSI cpu", whole_words(cpu), 3, 1, pressure_role(cpu)});
        fields.push_back({"mem", whole_words(memory), 3, 1, pressure_role(memory), true});
        fields.push_back({"io", whole_words(io), 3, 1, pressure_role(io), true});
    }
    if (known.has("swap_total_bytes")) {
        fields.push_back({"swap", part_words(system.swap_used_bytes, system.now.swap_total_bytes), 9, 3});
    }
    if (known.has("disk_busiest")) {
        const std::optional<double> busy =
            system.busiest_disk ? std::optional(system.busiest_disk->busy_pct) : std::nullopt;
        fields.push_back({"disk", busy ? fmt::format("{:.0f} %", *busy) : "-", 5, 4});
    }
    draw_fields(frame, 1, y, frame.width(), fields);
}

}  // namespace tsa
