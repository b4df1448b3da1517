// SPDX-License-Identifier: MIT
// The table against std::unordered_map and std::unordered_multimap, under random operations.
#include "base/flat_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <unordered_map>
#include <vector>

#include "unit/allocations.h"

namespace tsa {
namespace {

using testing::AllocationCount;

struct Entry {
    Entry() = default;
    explicit Entry(std::uint32_t of) : number(of) {}

    std::uint32_t mark = 0;
    std::uint32_t number = 0;
    std::uint64_t value = 0;

    [[nodiscard]] std::uint32_t key() const { return number; }
    [[nodiscard]] static std::uint64_t hash(std::uint32_t key) { return flat_hash(key); }
};

/// Numbers below `bound`, the same in each run.
class Random {
  public:
    explicit Random(std::uint32_t seed) : engine_(seed) {}
    std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(engine_() % bound); }

  private:
    std::mt19937 engine_;
};

/// Eight keys share each home: long chains, which cross the end of the array.
struct Crowded : Entry {
    using Entry::Entry;
    [[nodiscard]] static std::uint64_t hash(std::uint32_t key) { return ~std::uint64_t{key / 8}; }
};

template <class Stored>
void expect_equal(FlatMap<Stored>& map, const std::unordered_map<std::uint32_t, std::uint64_t>& expected,
                  std::uint32_t keys) {
    ASSERT_EQ(map.size(), expected.size());
    for (std::uint32_t key = 0; key < keys; ++key) {
        const Stored* entry = map.find(key);
        const auto at = expected.find(key);
        ASSERT_EQ(entry != nullptr, at != expected.end()) << key;
        if (entry != nullptr) {
            ASSERT_EQ(entry->value, at->second) << key;
        }
    }
}

template <class Stored>
void compare_with_unordered_map(std::uint32_t keys, int steps) {
    Random random(keys);
    FlatMap<Stored> map(4);
    std::unordered_map<std::uint32_t, std::uint64_t> expected;
    for (int step = 0; step < steps; ++step) {
        const std::uint32_t key = random.below(keys);
        const std::uint32_t choice = random.below(1000);
        if (choice == 0) {
            map.clear();
            expected.clear();
        } else if (choice < 550) {
            const auto [entry, is_new] = map.insert(key);
            ASSERT_EQ(is_new, expected.count(key) == 0);
            entry.value = random.below(1'000'000);
            expected[key] = entry.value;
        } else if (Stored* entry = map.find(key)) {
            map.erase(entry);
            ASSERT_EQ(expected.erase(key), 1U);
        }
        if (step % 100 == 0) {
            expect_equal(map, expected, keys);
        }
    }
    expect_equal(map, expected, keys);
}

TEST(FlatMap, agrees_with_unordered_map) {
    compare_with_unordered_map<Entry>(40, 20'000);
    compare_with_unordered_map<Entry>(3000, 40'000);
}

TEST(FlatMap, agrees_with_unordered_map_when_many_keys_share_a_home) {
    compare_with_unordered_map<Crowded>(40, 20'000);
    compare_with_unordered_map<Crowded>(600, 20'000);
}

TEST(FlatMap, holds_several_entries_of_one_key) {
    Random random(7);
    FlatMap<Crowded> map;
    std::multimap<std::uint32_t, std::uint64_t> expected;
    for (std::uint64_t step = 1; step < 5000; ++step) {
        const std::uint32_t key = random.below(50);
        if (random.below(2) == 0) {
            map.add(key).value = step;
            expected.emplace(key, step);
        } else if (const auto victim = expected.find(key); victim != expected.end()) {
            Crowded* entry = map.find_if(key, [&](const Crowded& one) { return one.value == victim->second; });
            ASSERT_NE(entry, nullptr);
            map.erase(entry);
            expected.erase(victim);
        }
        ASSERT_EQ(map.size(), expected.size());
        std::vector<std::uint64_t> found, wanted;
        map.for_each(key, [&](const Crowded& one) { found.push_back(one.value); });
        for (auto [at, end] = expected.equal_range(key); at != end; ++at) {
            wanted.push_back(at->second);
        }
        std::ranges::sort(found);
        std::ranges::sort(wanted);
        ASSERT_EQ(found, wanted);
    }
    EXPECT_EQ(map.find_if(3, [](const Crowded&) { return false; }), nullptr);
}

TEST(FlatMap, finds_the_first_of_several_entries) {
    FlatMap<Entry> map;
    for (const std::uint64_t value : {1U, 2U, 3U}) {
        map.add(5).value = value;
    }
    ASSERT_NE(map.find(5), nullptr);
    EXPECT_EQ(map.find(5)->value, 1U);
    EXPECT_FALSE(map.insert(5).is_new);
}

TEST(FlatMap, drops_what_was_not_met_lately) {
    Random random(3);
    FlatMap<Crowded> map(4);
    std::unordered_map<std::uint32_t, std::uint32_t> met_in;
    for (std::uint32_t round = 2; round < 400; ++round) {
        map.begin_round();
        for (int meetings = 0; meetings < 30; ++meetings) {
            const std::uint32_t key = random.below(100);
            const bool first_time = met_in[key] != round;
            EXPECT_EQ(map.meet(map.insert(key).entry), first_time);
            met_in[key] = round;
        }
        const std::uint32_t before = random.below(4);
        map.drop_unmet(before);
        std::erase_if(met_in, [&](const auto& known) { return known.second + before < round; });
        ASSERT_EQ(map.size(), met_in.size());
        for (std::uint32_t key = 0; key < 100; ++key) {
            ASSERT_EQ(map.find(key) != nullptr, met_in.count(key) != 0);
        }
    }
}

TEST(FlatMap, a_new_entry_is_met_in_no_round) {
    FlatMap<Entry> map;
    map.begin_round();
    map.insert(1);
    map.meet(map.insert(2).entry);
    map.drop_unmet();
    EXPECT_EQ(map.find(1), nullptr);
    EXPECT_NE(map.find(2), nullptr);
}

TEST(FlatMap, allocates_nothing_at_a_steady_size) {
    FlatMap<Entry> map(4);
    const auto fill = [&] {
        map.clear();
        for (std::uint32_t key = 0; key < 1000; ++key) {
            map.insert(key * 17).entry.value = key;
        }
    };
    fill();
    EXPECT_EQ(map.places(), 2048U);
    const AllocationCount count;
    for (int round = 0; round < 10; ++round) {
        fill();
    }
    EXPECT_EQ(count.so_far(), 0U);
    EXPECT_EQ(map.size(), 1000U);
}

TEST(FlatMap, reserved_room_lasts_for_as_many_entries) {
    FlatMap<Entry> map;
    map.reserve(500);
    const std::size_t places = map.places();
    for (std::uint32_t key = 0; key < 500; ++key) {
        map.insert(key);
    }
    EXPECT_EQ(map.places(), places);
}

}  // namespace
}  // namespace tsa
