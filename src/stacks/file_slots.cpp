// SPDX-License-Identifier: MIT
// See file_slots.h.
#include "stacks/file_slots.h"

#include <algorithm>

namespace tsa {

std::optional<std::uint32_t> FileSlots::find(const FileIdentity& file) {
    const auto known = std::ranges::find_if(slots_, [&](const Slot& one) { return one.used != 0 && one.file == file; });
    if (known == slots_.end()) {
        return std::nullopt;
    }
    known->used = round_;
    return known->is_usable ? static_cast<std::uint32_t>(known - slots_.begin()) : kNoSlot;
}

std::uint32_t FileSlots::take(const FileIdentity& file) {
    const auto oldest = std::ranges::min_element(slots_, {}, &Slot::used);
    if (oldest->used == round_) {
        return kNoSlot;
    }
    dropped_ += oldest->used != 0 ? 1 : 0;
    *oldest = Slot{file, round_, true};
    return static_cast<std::uint32_t>(oldest - slots_.begin());
}

void FileSlots::refuse(const FileIdentity& file) {
    const auto known = std::ranges::find_if(slots_, [&](const Slot& one) { return one.used != 0 && one.file == file; });
    const std::uint32_t slot = known != slots_.end() ? static_cast<std::uint32_t>(known - slots_.begin()) : take(file);
    if (slot != kNoSlot) {
        slots_[slot].is_usable = false;
    }
}

}  // namespace tsa
