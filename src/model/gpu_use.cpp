// SPDX-License-Identifier: MIT
// See gpu_use.h.
#include "model/gpu_use.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "model/columns.h"
#include "model/report.h"

namespace tsa {

namespace {

Value integer(std::int64_t value) {
    return {Value::Kind::integer, value, {}};
}

const GpuUse* use_of(const Report& report, std::uint32_t tgid) {
    return report.gpus != nullptr ? report.gpus->find(tgid) : nullptr;
}

Value busy_of(const Report& report, std::uint32_t tgid) {
    const GpuUse* use = use_of(report, tgid);
    return use != nullptr && use->busy_pct ? integer(std::llround(*use->busy_pct)) : Value{};
}

Value memory_of(const Report& report, std::uint32_t tgid) {
    const GpuUse* use = use_of(report, tgid);
    return use != nullptr && use->memory_bytes ? integer(static_cast<std::int64_t>(*use->memory_bytes)) : Value{};
}

constexpr std::array kColumns = std::to_array<Column>({
    {"gpu_busy_pct", "GPU%", Unit::count, 4,
     "how busy its process kept a GPU, in percent: of the engine that it used most",
     [](const Report& report, const ThreadRow& row) { return busy_of(report, row.now->tgid); },
     [](const Report& report, const ProcessRow& row) { return busy_of(report, row.tgid); }},
    {"gpu_memory_bytes", "GPUMEM", Unit::bytes, 6, "memory of its process on GPUs",
     [](const Report& report, const ThreadRow& row) { return memory_of(report, row.now->tgid); },
     [](const Report& report, const ProcessRow& row) { return memory_of(report, row.tgid); }},
});

}  // namespace

const GpuUse* GpuTable::find(std::uint32_t tgid) const {
    const auto at = std::ranges::lower_bound(processes, tgid, {}, &GpuUse::tgid);
    return at != processes.end() && at->tgid == tgid ? &*at : nullptr;
}

std::span<const Column> gpu_columns() {
    return kColumns;
}

}  // namespace tsa
