// SPDX-License-Identifier: MIT
// See equipment.h.
#include "tui/equipment.h"

#include <algorithm>

namespace tsa {
namespace {

bool above_zero(const std::optional<std::uint64_t>& value) {
    return value.value_or(0) > 0;
}

bool slowed_down(const SystemRow& system) {
    return above_zero(system.core_throttles) || above_zero(system.package_throttles) ||
           system.now.throttle_reasons.value_or(0) != 0;
}

// Lists are left out: the header handles them itself.
void note_columns(Equipment& known, const Report& report) {
    fmt::memory_buffer scratch;
    const std::span<const SystemColumn> columns = system_columns();
    for (std::size_t at = 0; at < columns.size(); ++at) {
        const SystemColumn& column = columns[at];
        if (known.columns.test(at) || column.group != SystemGroup::system || column.unit == SystemUnit::json) {
            continue;
        }
        const SystemValue value = column.get(report, scratch);
        const bool is_there = value.kind != SystemValue::Kind::absent;
        known.columns.set(at, is_there && (!column.needs_some || number_of(value).value_or(0) > 0));
    }
}

}  // namespace

bool Equipment::has(std::string_view key) const {
    const std::optional<std::size_t> at = system_column_index(key);
    return at && columns.test(*at);
}

Equipment with_report(Equipment known, const Report& report) {
    const SystemRow& system = report.system;
    note_columns(known, report);
    for (const Gpu& gpu : system.now.gpus) {
        known.gpu_mhz |= gpu.mhz.has_value();
        known.gpu_temperature |= gpu.temperature_c.has_value();
        known.gpu_memory |= gpu.memory_used_bytes.has_value();
    }
    known.gpus = std::max(known.gpus, system.now.gpus.size());
    if (!system.per_cpu.empty()) {
        known.cpus = std::max<std::size_t>(known.cpus, std::size_t{system.per_cpu.back().cpu} + 1);
    }
    if (slowed_down(system)) {
        known.throttled_at_ns = report.now_ns;
    }
    return known;
}

bool is_throttled(const Equipment& known, const Report& report) {
    return known.throttled_at_ns && report.now_ns - std::min(*known.throttled_at_ns, report.now_ns) < kThrottledForNs;
}

}  // namespace tsa
