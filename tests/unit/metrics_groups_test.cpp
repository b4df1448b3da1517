// SPDX-License-Identifier: MIT
// Totals by group of threads: that they never decrease, whatever ends, that all series together are the whole machine,
// and which groups have series.
#include "metrics/groups.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>

#include "unit/sample_rows.h"

namespace tsa {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::LiteralReport;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kWaited = 4'200'000;

/// One interval: threads by command, each with the time that it waited for a lock; the rest of the second it ran.
class Step {
  public:
    explicit Step(std::uint64_t second) {
        world_.report.now_ns = second * kSecond;
        world_.report.interval_ns = kSecond;
    }
    Step& add(std::string_view comm, std::uint64_t delay_ns) {
        Thread& thread = world_.add(next_, comm, kSecond - delay_ns);
        finish(thread, world_.report.threads.back());
        return *this;
    }
    Step& add_zombie(std::string_view comm, std::uint64_t age_ns) {
        Thread& thread = world_.add(next_, comm, 0);
        finish(thread, world_.report.threads.back());
        thread.state = ThreadState::zombie;
        thread.since_ns = world_.report.now_ns - age_ns;
        return *this;
    }
    Step& add_exited(std::string_view comm, std::uint64_t exec_ns) {
        Thread& thread = world_.add_exited(next_, comm, exec_ns);
        finish(thread, world_.report.exited.back());
        return *this;
    }
    Report& report() {
        // The addresses of rows and processes are final now.
        for (std::vector<ThreadRow>* rows : {&world_.report.threads, &world_.report.exited}) {
            for (ThreadRow& row : *rows) {
                world_.report.processes[row.process].leader = row.now;
                for (std::size_t state = 0; state < kStateCount; ++state) {
                    world_.report.total_ns[state] += row.state_ns[state];
                }
            }
        }
        return world_.report;
    }

  private:
    void finish(Thread& thread, ThreadRow& row) {
        thread.state = ThreadState::lock_wait;
        thread.since_ns = world_.report.now_ns - kWaited;
        row.process = static_cast<std::uint32_t>(world_.report.processes.size());
        world_.report.processes.emplace_back().tgid = next_++;
    }
    LiteralReport world_;
    std::uint32_t next_ = 100;
};

std::uint64_t sum(const MetricTotals& totals) {
    std::uint64_t all = 0;
    for (const std::uint64_t ns : totals.state_ns) {
        all += ns;
    }
    return all;
}

std::vector<std::string> shown(const MetricGroups& groups) {
    std::vector<std::string> names;
    for (const MetricGroup* group : groups.shown()) {
        names.push_back(group->names.front());
    }
    return names;
}

const MetricGroup* find(const MetricGroups& groups, std::string_view name) {
    for (const MetricGroup* group : groups.shown()) {
        if (group->names.front() == name) {
            return group;
        }
    }
    return nullptr;
}

class MetricGroupsTest : public ::testing::Test {
  protected:
    void add(Step& step) { groups_.add(step.report(), {}); }
    MetricGroups groups_{{GroupKey::command}, 3};
    std::uint64_t second_ = 1000;
};

TEST_F(MetricGroupsTest, have_the_time_of_their_threads_and_of_those_that_ended) {
    add(Step(1).add("nginx", 300).add("nginx", 200).add_exited("nginx", 7));
    const MetricGroup* nginx = find(groups_, "nginx");
    ASSERT_NE(nginx, nullptr);
    EXPECT_EQ(nginx->totals.state_ns[index(ThreadState::lock_wait)], 500);
    EXPECT_EQ(nginx->totals.state_ns[index(ThreadState::exec)], 2 * kSecond - 500 + 7);
    EXPECT_EQ(nginx->now.threads[index(ThreadState::lock_wait)], 2) << "the ended one is none any more";
    EXPECT_EQ(nginx->now.longest_ns[index(ThreadState::lock_wait)], kWaited) << "since the thread began to wait";
}

TEST_F(MetricGroupsTest, count_zombies_from_when_their_time_counts) {
    add(Step(1).add_zombie("sh", kZombieFromNs - 1).add_zombie("sh", kZombieFromNs).add_zombie("sh", kSecond));
    EXPECT_EQ(find(groups_, "sh")->now.threads[index(ThreadState::zombie)], 2U);
}

TEST_F(MetricGroupsTest, keep_their_totals_when_all_of_their_threads_have_ended) {
    add(Step(1).add("make", 100));
    add(Step(2).add_exited("make", 50));
    const std::uint64_t before = sum(find(groups_, "make")->totals);
    add(Step(3).add("other thing", 1));
    ASSERT_NE(find(groups_, "make"), nullptr) << "a scrape may come later than the end";
    EXPECT_EQ(sum(find(groups_, "make")->totals), before);
    EXPECT_EQ(find(groups_, "make")->now.all_threads(), 0);
    add(Step(4).add("make", 100));
    EXPECT_EQ(sum(find(groups_, "make")->totals), before + kSecond);
}

TEST_F(MetricGroupsTest, beyond_the_limit_are_one_group_and_nothing_is_left_out) {
    add(Step(1).add("a", 500).add("b", 400).add("c", 300).add("d", 200).add("e", 100));
    EXPECT_THAT(shown(groups_), ElementsAre("a", "b", "c")) << "those with the most delay";
    EXPECT_EQ(groups_.other().totals.state_ns[index(ThreadState::lock_wait)], 300);
    EXPECT_EQ(groups_.other().now.all_threads(), 2);
    EXPECT_EQ(groups_.other().names, std::vector<std::string>{"other"});
    EXPECT_EQ(groups_.live(), 5);
}

TEST_F(MetricGroupsTest, that_is_called_as_the_rest_is_belongs_to_it) {
    add(Step(1).add("other", 500));
    EXPECT_TRUE(groups_.shown().empty());
    EXPECT_EQ(sum(groups_.other().totals), kSecond);
}

TEST_F(MetricGroupsTest, include_time_that_has_no_row) {
    Step step(1);
    step.add("a", 0);
    step.report().total_ns[index(ThreadState::sleep)] += 77;
    groups_.add(step.report(), {});
    EXPECT_GE(groups_.other().totals.state_ns[index(ThreadState::sleep)], 77);
}

TEST_F(MetricGroupsTest, do_not_take_places_back_and_forth) {
    // Two groups take turns at being the more delayed one, by a little.
    std::set<std::vector<std::string>> seen;
    for (std::uint64_t at = 0; at < 3600; ++at) {
        const std::uint64_t d = at / 60 % 2 == 0 ? 400'000'000 : 300'000'000;
        add(Step(second_ + at).add("a", 900'000'000).add("b", 800'000'000).add("c", 350'000'000).add("d", d));
        seen.insert(shown(groups_));
    }
    EXPECT_EQ(seen.size(), 1) << "an hour, and the series have not changed";
}

TEST_F(MetricGroupsTest, that_overtake_another_by_far_replace_it_and_it_continues_where_it_was) {
    const auto run = [this](std::uint64_t seconds, std::uint64_t c, std::uint64_t d) {
        for (std::uint64_t at = 0; at < seconds; ++at) {
            add(Step(second_++).add("a", 900'000'000).add("b", 800'000'000).add("c", c).add("d", d));
        }
    };
    run(400, 300'000'000, 0);
    EXPECT_THAT(shown(groups_), ElementsAre("a", "b", "c"));
    const std::uint64_t c_before = sum(find(groups_, "c")->totals);
    run(600, 1'000'000, 500'000'000);
    EXPECT_THAT(shown(groups_), ElementsAre("a", "b", "d"));
    run(1200, 500'000'000, 0);
    ASSERT_THAT(shown(groups_), ElementsAre("a", "b", "c"));
    EXPECT_GT(sum(find(groups_, "c")->totals), c_before) << "not from 0 again";
}

TEST_F(MetricGroupsTest, that_ended_long_ago_make_room) {
    add(Step(1).add("a", 500).add("b", 400).add("c", 300));
    for (std::uint64_t at = 2; at < 700; at += 2) {
        add(Step(at).add("a", 500).add("b", 400).add("d", 100));
    }
    EXPECT_THAT(shown(groups_), ElementsAre("a", "b", "d"));
}

// The property behind every rate() of a user: under any churn, no series decreases while it is there or when it comes
// back, the number of series has a limit, and together they have all the time that passed.
TEST(MetricGroups, under_churn_no_series_decreases_and_all_time_is_in_one_of_them) {
    constexpr std::size_t kMost = 20;
    MetricGroups groups({GroupKey::command}, kMost);
    std::minstd_rand random(7);
    std::map<std::string, MetricTotals> last;
    std::uint64_t all = 0;
    for (std::uint64_t at = 1; at <= 2000; ++at) {
        Step step(at * 5);  // 5 s apart: hours
        for (int thread = 0; thread < 30; ++thread) {
            // Some names stay, others are used for a while and never again.
            const std::string name =
                thread < 10 ? fmt::format("stays{}", thread) : fmt::format("job{}", at / 20 * 20 + random() % 40);
            if (random() % 4 == 0) {
                step.add_exited(name, random() % kSecond);
            } else {
                step.add(name, random() % kSecond);
            }
        }
        Report& report = step.report();
        for (const std::uint64_t ns : report.total_ns) {
            all += ns;
        }
        groups.add(report, {});
        ASSERT_LE(groups.shown().size(), kMost);
        std::vector<const MetricGroup*> series(groups.shown().begin(), groups.shown().end());
        series.push_back(&groups.other());
        for (const MetricGroup* group : series) {
            MetricTotals& before = last[group->names.front()];
            for (std::size_t state = 0; state < kStateCount; ++state) {
                ASSERT_GE(group->totals.state_ns[state], before.state_ns[state])
                    << group->names.front() << " at " << at;
            }
            before = group->totals;
        }
    }
    // Of the series that are gone the last value counts: nothing was added to them since.
    std::uint64_t in_series = 0;
    for (const auto& [name, totals] : last) {
        in_series += sum(totals);
    }
    EXPECT_EQ(in_series, all);
}

TEST(MetricGroups, of_kernel_threads_are_called_without_their_numbers) {
    EXPECT_EQ(kernel_command("kworker/3:1-events"), "kworker");
    EXPECT_EQ(kernel_command("ksoftirqd/0"), "ksoftirqd");
    EXPECT_EQ(kernel_command("kswapd0"), "kswapd");
    EXPECT_EQ(kernel_command("scsi_eh_12"), "scsi_eh");
    EXPECT_EQ(kernel_command("rcu_preempt"), "rcu_preempt");
    EXPECT_EQ(kernel_command("42"), "42");
    Step step(1);
    step.add("kworker/3:1", 1).add("kworker/4:0-mm", 1);
    for (const ThreadRow& row : step.report().threads) {
        const_cast<Thread*>(row.now)->kernel = true;
    }
    MetricGroups groups({GroupKey::command}, 5);
    groups.add(step.report(), {});
    EXPECT_THAT(shown(groups), ElementsAre("kworker"));
}

TEST(MetricGroups, split_cpu_wait_by_its_cause_without_a_rest) {
    LiteralReport world;
    Thread& thread = world.add(10, "a");
    thread.state = ThreadState::exec;
    ThreadRow& row = world.report.threads.front();
    row.state_ns = {};
    row.state_ns[index(ThreadState::cpu_wait)] = 100;
    row.part_ns[Part::preempted] = 30;
    row.part_ns[Part::throttled] = 20;
    world.report.processes.emplace_back().leader = row.now;
    MetricGroups groups({GroupKey::command}, 5);
    groups.add(world.report, {});
    EXPECT_THAT(groups.shown().front()->totals.cpu_wait_ns, ElementsAre(50, 30, 20));
}

}  // namespace
}  // namespace tsa
