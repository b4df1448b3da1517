// SPDX-License-Identifier: MIT
// See system_sample.h.
#include "model/system_sample.h"

#include <cstddef>
#include <utility>

namespace tsa {

std::string_view throttle_reason_key(ThrottleReason reason) {
    constexpr std::array<std::string_view, kThrottleReasons> kKeys{"pl1",     "pl2",  "pl4",        "thermal",
                                                                   "prochot", "ratl", "vr_thermal", "vr_tdc"};
    return kKeys[static_cast<std::size_t>(reason)];
}

std::string_view battery_status_key(BatteryStatus status) {
    constexpr std::array<std::string_view, 4> kKeys{"charging", "discharging", "full", "not_charging"};
    return kKeys[static_cast<std::size_t>(status)];
}

void SystemSample::clear() {
    SystemSample empty;
    empty.per_cpu.swap(per_cpu);
    empty.disks.swap(disks);
    empty.gpus.swap(gpus);
    empty.per_cpu.clear();
    empty.disks.clear();
    empty.gpus.clear();
    *this = std::move(empty);
}

}  // namespace tsa
