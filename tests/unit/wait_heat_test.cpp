// SPDX-License-Identifier: MIT
// How long waits took over time: the map has exactly the waits that ended meanwhile, and its page shows them.
#include "model/wait_heat.h"

#include <gmock/gmock.h>

#include <numeric>

#include "tui/thread/page.h"
#include "tui/wait_heat/page.h"
#include "unit/golden.h"

namespace tsa {
namespace {

using test::kMs;
using test::kNowNs;
using test::World;
using testing::HasSubstr;
using testing::Not;

WaitKind woken() {
    WaitKind kind;
    kind.state = ThreadState::cpu_wait;
    return kind;
}

WaitKind lock_at(std::uint64_t address) {
    WaitKind kind;
    kind.state = ThreadState::lock_wait;
    kind.wait.syscall = SYS_futex;
    kind.wait.args[0] = address;
    return kind;
}

/// A table that waits are added to.
class Growing {
  public:
    void add(const WaitKind& kind, std::uint64_t length_ns, std::uint32_t times = 1) {
        auto found = std::ranges::find_if(table.kinds, [&](const WaitTotals& totals) {
            return totals.kind.state == kind.state && totals.kind.wait.args[0] == kind.wait.args[0] &&
                   totals.kind.throttled == kind.throttled;
        });
        if (found == table.kinds.end()) {
            table.kinds.emplace_back();
            found = std::prev(table.kinds.end());
            found->kind = kind;
        }
        for (std::uint32_t at = 0; at < times; ++at) {
            add_wait(*found, length_ns, kNowNs);
        }
    }
    WaitTable table;
};

std::uint64_t sum(const HeatColumn& column) {
    return std::accumulate(column.begin(), column.end(), std::uint64_t{0});
}

HeatColumn all_of(const HeatMap& map) {
    HeatColumn out{};
    map.add_between(0, 10 * kNowNs, out);
    return out;
}

TEST(WaitHeat, what_was_counted_before_it_began_has_no_place_in_time) {
    Growing growing;
    growing.add(woken(), 3 * kMs, 100);
    WaitHeat heat;
    heat.add(growing.table, kNowNs);
    ASSERT_EQ(heat.maps().size(), 1U);
    EXPECT_EQ(sum(all_of(heat.maps()[0])), 0U);
    EXPECT_EQ(heat.since_ns(), kNowNs);
}

TEST(WaitHeat, each_wait_is_in_the_slice_in_which_it_ended_and_in_the_row_of_its_length) {
    Growing growing;
    WaitHeat heat;
    heat.add(growing.table, kNowNs);
    growing.add(woken(), 3'000, 7);  // 2.05 to 4.1 us: the second row
    growing.add(woken(), 1, 2);
    heat.add(growing.table, kNowNs + kHeatSliceNs);
    growing.add(woken(), 3'000, 5);
    heat.add(growing.table, kNowNs + 2 * kHeatSliceNs);
    HeatColumn first{}, second{};
    heat.maps()[0].add_between(kNowNs, kNowNs + kHeatSliceNs, first);
    heat.maps()[0].add_between(kNowNs + kHeatSliceNs, kNowNs + 2 * kHeatSliceNs, second);
    EXPECT_EQ(first[0], 2U);
    EXPECT_EQ(first[1], 7U);
    EXPECT_EQ(sum(first), 9U);
    EXPECT_EQ(second[1], 5U);
    EXPECT_EQ(sum(second), 5U);
}

TEST(WaitHeat, a_kind_that_appears_later_counts_from_its_first_wait_on) {
    Growing growing;
    growing.add(woken(), 3'000);
    WaitHeat heat;
    heat.add(growing.table, kNowNs);
    growing.add(lock_at(0x1000), 5 * kMs, 3);
    heat.add(growing.table, kNowNs + kHeatSliceNs);
    ASSERT_EQ(heat.maps().size(), 2U);
    EXPECT_EQ(sum(all_of(heat.maps()[1])), 3U);
}

TEST(WaitHeat, locks_at_two_addresses_are_two_maps) {
    Growing growing;
    WaitHeat heat;
    heat.add(growing.table, kNowNs);
    growing.add(lock_at(0x1000), 5 * kMs, 3);
    growing.add(lock_at(0x2000), 5 * kMs, 4);
    heat.add(growing.table, kNowNs + kHeatSliceNs);
    ASSERT_EQ(heat.maps().size(), 2U);
    EXPECT_EQ(sum(all_of(heat.maps()[0])), 3U);
    EXPECT_EQ(sum(all_of(heat.maps()[1])), 4U);
}

TEST(WaitHeat, four_minutes_later_it_is_gone_and_kinds_are_bounded) {
    Growing growing;
    WaitHeat heat;
    heat.add(growing.table, kNowNs);
    for (std::uint64_t address = 1; address <= 2 * kMaxHeatKinds; ++address) {
        growing.add(lock_at(address), kMs);
    }
    heat.add(growing.table, kNowNs + kHeatSliceNs);
    EXPECT_EQ(heat.maps().size(), kMaxHeatKinds);
    growing.add(lock_at(1), kMs, 2);
    heat.add(growing.table, kNowNs + kHeatSliceNs + kHeatSlices * kHeatSliceNs);
    EXPECT_EQ(sum(all_of(heat.maps()[0])), 2U) << "the slice was used again";
}

TEST(WaitHeat, a_table_that_seems_to_shrink_adds_nothing) {
    Growing growing;
    growing.add(woken(), 3'000, 5);
    WaitHeat heat;
    heat.add(growing.table, kNowNs);
    growing.table.kinds[0].lengths[wait_bucket(3'000)] = 4;
    heat.add(growing.table, kNowNs + kHeatSliceNs);
    EXPECT_EQ(sum(all_of(heat.maps()[0])), 0U);
}

/// Two minutes of a thread that is queued for microseconds, at times for long, and waits for a lock now and then.
class WaitLengthsPage : public testing::Test {
  protected:
    static constexpr ThreadKey kThread{4178, 1000 + 4178};

    WaitLengthsPage() {
        world_.fill();
        open_thread(world_.state, kThread, 4121);
        world_.history.watch(kThread);
        world_.history.add(world_.report);
        world_.detail.emplace();
        world_.detail->key = kThread;
    }
    void pass(int slices) {
        WaitTable& waits = world_.detail->waits;
        for (int at = 0; at < slices; ++at) {
            growing_.add(woken(), 4'000 + 100 * static_cast<std::uint64_t>(at), 300);
            if (at % 10 == 0) {
                growing_.add(woken(), 20 * kMs, 12);
                growing_.add(lock_at(0x7f3a12e8), 80 * kMs, 2);
            }
            WaitKind throttled = woken();
            throttled.throttled = true;
            growing_.add(throttled, 50 * kMs);
            waits = growing_.table;
            world_.report.now_ns += kHeatSliceNs;
            world_.history.add(world_.report);
            world_.detail->wait_heat.add(waits, world_.report.now_ns);
        }
    }
    std::string screen(int width, int height) { return test::text_of(world_.draw(width, height)); }

    World world_;
    Growing growing_;
};

TEST_F(WaitLengthsPage, at_every_size) {
    pass(150);
    world_.type("D");
    for (const auto& [width, height] : {std::pair{40, 10}, {80, 24}, {132, 43}, {200, 50}}) {
        test::expect_golden(fmt::format("wait_lengths_{}x{}", width, height), world_.draw(width, height));
    }
    test::expect_golden("wait_lengths_ascii_80x24", world_.draw(80, 24, false));
}

TEST_F(WaitLengthsPage, the_run_queue_comes_first_and_right_goes_to_the_next_kind) {
    pass(30);
    world_.type("D");
    EXPECT_THAT(screen(120, 40), HasSubstr("1 of 3"));
    EXPECT_THAT(screen(120, 40), HasSubstr("run queue"));
    world_.press(Key::right);
    EXPECT_THAT(screen(120, 40), HasSubstr("cpu: throttled")) << "most time of the others";
    world_.press(Key::right);
    EXPECT_THAT(screen(120, 40), HasSubstr("futex lock 0x7f3a12e8"));
    world_.press(Key::right);
    EXPECT_THAT(screen(120, 40), HasSubstr("run queue"));
    world_.press(Key::left);
    EXPECT_THAT(screen(120, 40), HasSubstr("futex lock 0x7f3a12e8"));
}

TEST_F(WaitLengthsPage, says_why_it_is_empty_and_escape_leads_back) {
    world_.type("D");
    EXPECT_THAT(screen(120, 40), HasSubstr("none of its waits has ended yet"));
    world_.detail->waits.unavailable = "single waits need the scheduler probes";
    EXPECT_THAT(screen(120, 40), HasSubstr("single waits need the scheduler probes"));
    world_.press(Key::escape);
    EXPECT_EQ(&screen_of(world_.state), &kThreadPage);
}

}  // namespace
}  // namespace tsa
