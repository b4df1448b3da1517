// SPDX-License-Identifier: MIT
// See process_times.h.
#include "procfs/process_times.h"

namespace tsa {
namespace {

void add(std::uint32_t tgid, ProcessTimes& times, const ProcessClock& clock) {
    if (const auto cpu_time_ns = clock(tgid)) {
        times.set(tgid, *cpu_time_ns);
    }
}

}  // namespace

void read_process_times(std::span<const std::uint32_t> tgids, ProcessTimes& times, const ProcessClock& clock) {
    times.clear();
    for (const std::uint32_t tgid : tgids) {
        add(tgid, times, clock);
    }
}

void read_process_times(const Report& report, ProcessTimes& times, const ProcessClock& clock) {
    times.clear();
    for (const ProcessRow& process : report.processes) {
        add(process.tgid, times, clock);
    }
}

}  // namespace tsa
