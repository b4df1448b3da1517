// SPDX-License-Identifier: MIT
// Sums the counters of devices that may be added and removed: each device's growth since it was first seen, independent
// of the others. A counter that went backward (a replaced device, a wrapped 32-bit counter) adds nothing, so rates are
// never absurd. Pure; devices are few, so lookup is linear.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/saturating.h"
#include "model/system_sample.h"

namespace tsa {

class DeviceTotals {
  public:
    using Pair = std::array<std::uint64_t, 2>;  ///< read and written, or received and sent: bytes
    /// Further devices are not counted.
    static constexpr std::size_t kMaxDevices = 1024;

    /// Starts a new reading; its devices are then added.
    void begin() { ++reading_; }
    void add(std::string_view name, const Pair& counters) {
        Device* device = find(DeviceName(name));
        if (device == nullptr) {
            return;
        }
        for (std::size_t i = 0; i < sums_.size(); ++i) {
            sums_[i] += device->seen_in == 0 ? first(counters[i]) : saturating_sub(counters[i], device->counters[i]);
        }
        device->counters = counters;
        device->seen_in = reading_;
        seen_any_ = true;
    }
    /// Drops the devices missing from this reading: a later device with the same name is a different one. True if any
    /// was dropped.
    bool end() {
        const bool any = seen_any_;
        seen_any_ = false;
        std::erase_if(devices_, [this](const Device& device) { return device.seen_in != reading_; });
        started_ = started_ || any;
        return any;
    }
    [[nodiscard]] const Pair& sums() const { return sums_; }

  private:
    struct Device {
        DeviceName name;
        Pair counters{};
        std::uint64_t seen_in = 0;  ///< the last reading that contained it; 0: new
    };

    // Only the first reading counts earlier activity: the sum starts with the totals since boot.
    [[nodiscard]] std::uint64_t first(std::uint64_t counter) const { return started_ ? 0 : counter; }

    Device* find(const DeviceName& name) {
        // Readings list devices in the same order: it is nearly always the one after the last match.
        for (std::size_t tries = 0; tries < devices_.size(); ++tries) {
            next_ = next_ + 1 < devices_.size() ? next_ + 1 : 0;
            if (devices_[next_].name == name) {
                return &devices_[next_];
            }
        }
        if (devices_.size() == kMaxDevices) {
            return nullptr;
        }
        devices_.push_back({name});
        return &devices_.back();
    }

    std::vector<Device> devices_;
    Pair sums_{};
    std::uint64_t reading_ = 0;
    std::size_t next_ = 0;
    bool seen_any_ = false;
    bool started_ = false;
};

}  // namespace tsa
