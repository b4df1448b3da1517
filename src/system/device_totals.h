// Sums the counters of devices that come and go: each device's growth since it was first seen, whatever others do. A
// counter that went back (a device that was replaced, a 32-bit counter that wrapped) adds nothing, so no rate is ever
// absurd. Pure; the devices are few, so they are found by looking.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/grown.h"
#include "model/system_sample.h"

namespace tsa {

class DeviceTotals {
  public:
    using Pair = std::array<std::uint64_t, 2>;  ///< read and written, or received and sent: bytes
    /// Devices beyond this many do not count.
    static constexpr std::size_t kMaxDevices = 1024;

    /// From here on the devices of one reading are added.
    void begin() { ++reading_; }
    void add(std::string_view name, const Pair& counters) {
        Device* device = find(DeviceName(name));
        if (device == nullptr) {
            return;
        }
        for (std::size_t i = 0; i < sums_.size(); ++i) {
            sums_[i] += device->seen_in == 0 ? first(counters[i]) : grown(device->counters[i], counters[i]);
        }
        device->counters = counters;
        device->seen_in = reading_;
        seen_any_ = true;
    }
    /// Forgets the devices that this reading did not have: one of the same name is another one. True if there was any.
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
        std::uint64_t seen_in = 0;  ///< the newest reading that had it; 0: new
    };

    // Only the first reading counts what devices did before: the sum starts as what they did since boot.
    [[nodiscard]] std::uint64_t first(std::uint64_t counter) const { return started_ ? 0 : counter; }

    Device* find(const DeviceName& name) {
        // Readings list devices in the same order: the one behind the last is nearly always the one.
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
