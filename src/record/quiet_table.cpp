// See quiet_table.h.
#include "record/quiet_table.h"

#include <utility>

namespace tsa {

namespace {
constexpr std::size_t kFirstPlaces = 1024;
}

QuietTable::QuietTable() : places_(kFirstPlaces) {}

std::uint64_t QuietTable::hash(const RecordedThread& thread) {
    constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio
    std::uint64_t mixed = (thread.time_ns ^ (std::uint64_t{thread.tid} << 32U)) * kFactor;
    mixed = (mixed ^ (mixed >> 32U)) * kFactor;
    return mixed ^ (mixed >> 29U);
}

std::size_t QuietTable::home(const Entry& entry) const {
    return hash({entry.tid, entry.time_ns}) & (places_.size() - 1);
}

/// Where it is, or the free place where it would be.
std::size_t QuietTable::place_of(const RecordedThread& thread) const {
    const std::size_t mask = places_.size() - 1;
    std::size_t at = hash(thread) & mask;
    while (places_[at].tid != 0 && RecordedThread{places_[at].tid, places_[at].time_ns} != thread) {
        at = (at + 1) & mask;
    }
    return at;
}

QuietTable::Entry* QuietTable::find(const RecordedThread& thread) {
    Entry& entry = places_[place_of(thread)];
    return entry.tid != 0 ? &entry : nullptr;
}

QuietTable::Entry& QuietTable::insert(const RecordedThread& thread) {
    if ((size_ + 1) * 2 > places_.size()) {
        grow();
    }
    Entry& entry = places_[place_of(thread)];
    size_ += entry.tid == 0 ? 1 : 0;
    entry = {thread.tid, 0, thread.time_ns, 0, 0};
    return entry;
}

void QuietTable::grow() {
    const std::vector<Entry> before = std::exchange(places_, std::vector<Entry>(places_.size() * 2));
    for (const Entry& entry : before) {
        if (entry.tid != 0) {
            places_[place_of({entry.tid, entry.time_ns})] = entry;
        }
    }
}

/// Those behind it that a look-up would not reach over the gap move up.
void QuietTable::erase(Entry* entry) {
    const std::size_t mask = places_.size() - 1;
    auto gap = static_cast<std::size_t>(entry - places_.data());
    for (std::size_t at = (gap + 1) & mask; places_[at].tid != 0; at = (at + 1) & mask) {
        const std::size_t from_home = (at - home(places_[at])) & mask;
        if (from_home >= ((at - gap) & mask)) {
            places_[gap] = places_[at];
            gap = at;
        }
    }
    places_[gap] = {};
    --size_;
}

void QuietTable::sweep(std::uint32_t round) {
    for (std::size_t at = 0; at < places_.size();) {
        if (places_[at].tid != 0 && places_[at].seen != round) {
            erase(&places_[at]);  // another one may be here now
        } else {
            ++at;
        }
    }
}

}  // namespace tsa
