// SPDX-License-Identifier: MIT
// A hash table of entries in one array, for what every refresh looks up: open addressing, at most half full, so a
// look-up costs about one cache line. It doubles when it must and never shrinks: once it has had its largest size,
// nothing is allocated. clear() takes constant time, and erase() leaves no tombstones. The entry is the user's struct,
// so that its layout wastes nothing: see FlatEntry.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace tsa {

/// Spreads the bits of a key over all bits of the hash.
[[nodiscard]] constexpr std::uint64_t flat_hash(std::uint64_t key) {
    const std::uint64_t mixed = key * 0x9e3779b97f4a7c15;  // 2^64 / golden ratio
    return mixed ^ (mixed >> 32U);
}

/// What the table needs of an entry: a default constructor, one from a key, and
///   mark  0: the place is free. Written by the table only: the round in which the entry was met last
///   key() what it is found by
///   hash(key), static
template <class Entry>
concept FlatEntry = std::default_initializable<Entry> && requires(const Entry entry) {
    { entry.mark } -> std::same_as<const std::uint32_t&>;
    { Entry::hash(entry.key()) } -> std::same_as<std::uint64_t>;
    Entry(entry.key());
};

/// Pointers and references to entries are valid until the next insert(), add(), reserve(), erase() or drop_unmet().
template <FlatEntry Entry>
class FlatMap {
  public:
    using Key = std::remove_cvref_t<decltype(std::declval<const Entry&>().key())>;
    struct Inserted {
        Entry& entry;
        bool is_new;
    };

    /// Room for half as many entries before it grows.
    explicit FlatMap(std::size_t places = 16) : places_(std::bit_ceil(std::max<std::size_t>(places, 2))) {}

    /// Null: it is not there. Of several with the key, the one that was added first, unless others were erased.
    [[nodiscard]] Entry* find(const Key& key) {
        Entry& entry = places_[place_of(key)];
        return is_used(entry) ? &entry : nullptr;
    }

    /// The entry with that key; a new one if there is none.
    Inserted insert(const Key& key) {
        std::size_t at = place_of(key);
        if (is_used(places_[at])) {
            return {places_[at], false};
        }
        if (is_full()) {
            rehash(places_.size() * 2);
            at = place_of(key);
        }
        return {fill(at, key), true};
    }

    /// A new entry, whether or not others have its key.
    Entry& add(const Key& key) {
        if (is_full()) {
            rehash(places_.size() * 2);
        }
        return fill(free_place_for(key), key);
    }

    /// Calls `take(entry)` for each entry with that key.
    template <class Take>
    void for_each(const Key& key, Take take) const {
        for (std::size_t at = home_of(key); is_used(places_[at]); at = next(at)) {
            if (places_[at].key() == key) {
                take(places_[at]);
            }
        }
    }

    /// The first entry with that key that `is_wanted(entry)`; null if there is none.
    template <class IsWanted>
    [[nodiscard]] Entry* find_if(const Key& key, IsWanted is_wanted) {
        for (std::size_t at = home_of(key); is_used(places_[at]); at = next(at)) {
            if (places_[at].key() == key && is_wanted(places_[at])) {
                return &places_[at];
            }
        }
        return nullptr;
    }

    /// Entries after it that a look-up would not reach over the gap move up.
    void erase(Entry* entry) {
        auto gap = static_cast<std::size_t>(entry - places_.data());
        for (std::size_t at = next(gap); is_used(places_[at]); at = next(at)) {
            const std::size_t from_home = (at - home_of(places_[at].key())) & mask();
            if (from_home >= ((at - gap) & mask())) {
                places_[gap] = places_[at];
                gap = at;
            }
        }
        places_[gap].mark = 0;
        --size_;
    }

    /// Removes all entries. Begins a round.
    void clear() {
        begin_round();
        first_round_ = round_;
        size_ = 0;
    }

    /// A table of what was there at each refresh begins a round for each, and meets what it sees again.
    void begin_round() {
        if (++round_ == kLastRound) {
            restart_rounds();
        }
    }
    /// True: it had not been met in this round. A new entry is met in no round.
    bool meet(Entry& entry) const { return std::exchange(entry.mark, round_) != round_; }
    /// Removes what was not met in this round, nor in any of the `before` rounds before it.
    void drop_unmet(std::uint32_t before = 0) {
        for (std::size_t at = 0; at < places_.size();) {
            if (is_used(places_[at]) && places_[at].mark + before < round_) {
                erase(&places_[at]);  // another one may be here now
            } else {
                ++at;
            }
        }
    }

    /// Room for that many entries.
    void reserve(std::size_t entries) {
        if (2 * entries > places_.size()) {
            rehash(std::bit_ceil(2 * entries));
        }
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t places() const { return places_.size(); }

  private:
    static constexpr std::uint32_t kLastRound = UINT32_MAX;

    [[nodiscard]] std::size_t mask() const { return places_.size() - 1; }
    [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & mask(); }
    [[nodiscard]] std::size_t home_of(const Key& key) const { return Entry::hash(key) & mask(); }
    [[nodiscard]] bool is_used(const Entry& entry) const { return entry.mark >= first_round_; }
    [[nodiscard]] bool is_full() const { return 2 * (size_ + 1) > places_.size(); }

    /// Where it is, or the free place where it would be.
    [[nodiscard]] std::size_t place_of(const Key& key) const {
        std::size_t at = home_of(key);
        while (is_used(places_[at]) && !(places_[at].key() == key)) {
            at = next(at);
        }
        return at;
    }
    [[nodiscard]] std::size_t free_place_for(const Key& key) const {
        std::size_t at = home_of(key);
        while (is_used(places_[at])) {
            at = next(at);
        }
        return at;
    }

    Entry& fill(std::size_t at, const Key& key) {
        places_[at] = Entry(key);
        places_[at].mark = first_round_;
        ++size_;
        return places_[at];
    }

    void rehash(std::size_t places) {
        std::vector<Entry> before(places);
        before.swap(places_);
        for (const Entry& entry : before) {
            if (is_used(entry)) {
                places_[free_place_for(entry.key())] = entry;
            }
        }
    }

    /// Marks are about to run out: which rounds ago an entry was met is forgotten, not that it is there.
    void restart_rounds() {
        for (Entry& entry : places_) {
            entry.mark = is_used(entry) ? 1 : 0;
        }
        first_round_ = 1;
        round_ = 2;
    }

    std::vector<Entry> places_;  // a power of two of them
    std::size_t size_ = 0;
    std::uint32_t first_round_ = 1;  // entries of earlier rounds were cleared
    std::uint32_t round_ = 1;
};

/// Key to index: flat_hash(key) must be there.
template <class IndexedKey>
struct FlatIndex {
    FlatIndex() = default;
    explicit FlatIndex(const IndexedKey& key) : of(key) {}

    std::uint32_t mark = 0;
    std::uint32_t index = 0;
    IndexedKey of{};

    [[nodiscard]] const IndexedKey& key() const { return of; }
    [[nodiscard]] static std::uint64_t hash(const IndexedKey& key) { return flat_hash(key); }
};

}  // namespace tsa
