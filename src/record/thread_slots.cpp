// See thread_slots.h.
#include "record/thread_slots.h"

#include <utility>

namespace tsa {

void ThreadSlots::insert(const ThreadKey& key, std::uint32_t slot) {
    if (2 * (size_ + 1) > entries_.size()) {
        grow();
    }
    std::size_t at = home(key.tid);
    while (entries_[at].used) {
        at = next(at);
    }
    entries_[at] = {key, slot, true};
    ++size_;
}

void ThreadSlots::erase(const ThreadKey& key, std::uint32_t slot) {
    std::size_t at = home(key.tid);
    while (entries_[at].used && !(entries_[at].key == key && entries_[at].slot == slot)) {
        at = next(at);
    }
    if (!entries_[at].used) {
        return;
    }
    --size_;
    // Entries behind it move up, so that no search ends too early.
    for (std::size_t behind = next(at); entries_[behind].used; behind = next(behind)) {
        const std::size_t mask = entries_.size() - 1;
        const std::size_t wanted = home(entries_[behind].key.tid);
        if (((behind - wanted) & mask) >= ((behind - at) & mask)) {
            entries_[at] = entries_[behind];
            at = behind;
        }
    }
    entries_[at].used = false;
}

void ThreadSlots::clear() {
    entries_.assign(entries_.size(), Entry{});
    size_ = 0;
}

void ThreadSlots::grow() {
    std::vector<Entry> old(entries_.size() * 2);
    old.swap(entries_);
    size_ = 0;
    for (const Entry& entry : old) {
        if (entry.used) {
            insert(entry.key, entry.slot);
        }
    }
}

}  // namespace tsa
