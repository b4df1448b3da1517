// SPDX-License-Identifier: MIT
// Which threads `record --stacks` looks at: those with the most delay, without changing back and forth.
#include <gmock/gmock.h>

#include <vector>

#include "app/commands/record_stacks.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::LiteralReport;
using ::testing::UnorderedElementsAre;

/// Threads 1, 2, ... with these delays in milliseconds of a second.
std::vector<std::uint32_t> chosen(StackThreadChoice& choice, const std::vector<std::uint64_t>& delays_ms,
                                  const ThreadFilter& filter = {}) {
    LiteralReport report;
    for (std::uint32_t tid = 1; tid <= delays_ms.size(); ++tid) {
        report.add(tid, "worker", 1'000'000'000 - delays_ms[tid - 1] * 1'000'000);
    }
    std::vector<std::uint32_t> tids;
    for (const ThreadKey& key : choice.choose(report.report, filter)) {
        tids.push_back(key.tid);
    }
    return tids;
}

TEST(StackThreadChoice, takes_those_with_the_most_delay) {
    StackThreadChoice choice(2);
    EXPECT_THAT(chosen(choice, {10, 300, 0, 200}), ElementsAre(2, 4));
}

TEST(StackThreadChoice, of_the_whole_machine_only_delayed_threads) {
    StackThreadChoice choice(3);
    EXPECT_THAT(chosen(choice, {0, 300, 0, 0}), ElementsAre(2));
    StackThreadChoice idle(3);
    EXPECT_THAT(chosen(idle, {0, 0}), IsEmpty());
}

TEST(StackThreadChoice, of_chosen_threads_all_that_there_is_room_for) {
    ThreadFilter filter;
    filter.comm_pattern = "work*";
    StackThreadChoice choice(3);
    EXPECT_THAT(chosen(choice, {0, 300, 0}, filter), UnorderedElementsAre(1, 2, 3));
}

TEST(StackThreadChoice, a_thread_keeps_its_place_until_another_has_twice_its_delay) {
    StackThreadChoice choice(1);
    EXPECT_THAT(chosen(choice, {200, 100}), ElementsAre(1));
    EXPECT_THAT(chosen(choice, {200, 300}), ElementsAre(1)) << "a little more is not enough";
    std::vector<std::uint32_t> now;
    for (int interval = 0; interval < 10; ++interval) {
        now = chosen(choice, {100, 900});
    }
    EXPECT_THAT(now, ElementsAre(2));
}

}  // namespace
}  // namespace tsa
