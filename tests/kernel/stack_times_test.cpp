// SPDX-License-Identifier: MIT
// Where the time of a thread goes by stack, on the live kernel: a puppet waits a known number of times in known
// functions, and the accounts add up to the slot's time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include "model/stack_tree.h"
#include "observer.h"
#include "sched/target.h"
#include "stacks/stack_feed.h"
#include "stacks/stack_times_feed.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

constexpr StackLimits kPatient{std::chrono::seconds(5), std::chrono::seconds(5)};
constexpr std::array<std::string_view, 4> kNaps{"nap_in_clock", "nap_in_poll", "nap_in_semaphore", "nap_in_condition"};

/// A thread whose waits are accounted by stack.
class Accounted {
  public:
    explicit Accounted(std::uint32_t tid) : tid_(tid) {
        feed_.start(&observer_.probe());
        if (!await([&] {
                observer_.report();
                return observer_.thread(tid_) != nullptr;
            })) {
            throw std::runtime_error("the thread is not seen");
        }
        auto started = TargetProbe::start(observer_.probe(), key_of(*observer_.thread(tid_)));
        if (!started.ok()) {
            throw std::runtime_error(started.error().text());
        }
        probe_ = std::move(started).value();
        if (!await([&] { return read().since_ns != 0; })) {
            throw std::runtime_error("counting does not begin: " + times_.unavailable);
        }
    }

    const StackTimes& read() {
        observer_.report();
        const Thread* thread = observer_.thread(tid_);
        if (thread != nullptr) {
            times_feed_.update(*probe_, *thread, observer_.sample(), feed_, times_);
            const std::array<ThreadKey, 1> wanted{key_of(*thread)};
            feed_.update(wanted, kPatient, observer_.sample(), report_);
        }
        return times_;
    }

    [[nodiscard]] const StackTimes& times() const { return times_; }

  private:
    std::uint32_t tid_;
    Observer observer_;
    StackFeed feed_;
    Report report_;
    std::unique_ptr<TargetProbe> probe_;
    StackTimesFeed times_feed_;
    StackTimes times_;
};

bool has(const StackNode& node, std::string_view function) {
    return std::ranges::find(node.functions, function) != node.functions.end();
}

/// Waits whose stack has this function, over all states but CPU_WAIT.
std::uint64_t count_in(const StackTree& tree, std::string_view function) {
    std::uint64_t count = 0;
    for (const StackNode& node : tree.nodes) {
        count += has(node, function) && node.state != ThreadState::cpu_wait ? tree.lengths(node).count : 0;
    }
    return count;
}

std::uint64_t count_of(const StackTree& tree, StackNode::Kind kind) {
    std::uint64_t count = 0;
    for (const StackNode& node : tree.nodes) {
        count += node.kind == kind && node.state != ThreadState::cpu_wait ? tree.lengths(node).count : 0;
    }
    return count;
}

/// The names of a node's ancestors and its own, outermost first.
std::vector<std::string> path_to(const StackTree& tree, std::string_view function) {
    std::vector<std::vector<std::string>> open;
    for (const StackNode& node : tree.nodes) {
        open.resize(node.depth);
        open.push_back(node.functions);
        if (has(node, function) && node.state != ThreadState::cpu_wait) {
            std::vector<std::string> path;
            for (const auto& part : open) {
                path.insert(path.end(), part.begin(), part.end());
            }
            return path;
        }
    }
    return {};
}

class StackTimesOfNaps : public ::testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }
};

TEST_F(StackTimesOfNaps, each_wait_is_accounted_to_the_functions_that_it_was_in) {
    Puppet puppet("naps");
    Accounted napper(puppet.tid("napper"));
    std::uint64_t rounds = 0;
    const auto knows_all = [&] {
        const StackTree tree = stack_tree(napper.read(), StackOrder::callers_first);
        return std::ranges::all_of(kNaps, [&](std::string_view nap) { return count_in(tree, nap) == rounds; });
    };
    // The copies are bounded per second: what is not copied the first time is the next.
    EXPECT_TRUE(await([&] {
        EXPECT_EQ(puppet.ask("go 5"), "done");
        rounds += 5;
        return knows_all() || knows_all() || knows_all();
    })) << "uncopied: "
        << napper.times().uncopied;

    const StackTree tree = stack_tree(napper.read(), StackOrder::callers_first);
    for (const std::string_view nap : kNaps) {
        EXPECT_EQ(count_in(tree, nap), rounds) << nap;
        const std::vector<std::string> path = path_to(tree, nap);
        const auto outer = std::ranges::find(path, "outer");
        ASSERT_GE(path.end() - outer, 3) << ::testing::PrintToString(path);
        EXPECT_EQ(outer[1], "inner");
        EXPECT_EQ(outer[2], nap);
        EXPECT_THAT(path, ::testing::Contains("work"));
    }
    // Whether they were all short depends on the machine; they are in one of the two.
    EXPECT_EQ(count_in(tree, "nap_briefly") + count_of(tree, StackNode::Kind::shorter), rounds);
}

TEST_F(StackTimesOfNaps, callees_first_the_naps_lead_to_their_callers) {
    Puppet puppet("naps");
    Accounted napper(puppet.tid("napper"));
    std::vector<std::string> path;
    EXPECT_TRUE(await([&] {
        EXPECT_EQ(puppet.ask("go 3"), "done");
        napper.read();
        path = path_to(stack_tree(napper.read(), StackOrder::callees_first), "outer");
        return !path.empty();
    }));
    const auto inner = std::ranges::find(path, "inner");
    ASSERT_GE(path.end() - inner, 3) << ::testing::PrintToString(path);
    EXPECT_EQ(inner[1], "outer");
    EXPECT_EQ(inner[2], "work");
}

TEST_F(StackTimesOfNaps, the_stacks_of_a_state_add_up_to_its_time) {
    Puppet puppet("naps");
    Accounted napper(puppet.tid("napper"));
    ASSERT_EQ(puppet.ask("go 20"), "done");
    // At rest in await_order, which is an open wait.
    ASSERT_TRUE(await([&] { return napper.read().open && napper.times().open->state == ThreadState::sleep; }));
    const StackTree tree = stack_tree(napper.times(), StackOrder::callers_first);
    for (std::size_t at = 0; at < tree.nodes.size(); ++at) {
        const StackNode& state = tree.nodes[at];
        if (state.kind != StackNode::Kind::state || state.state == ThreadState::exec) {
            continue;
        }
        std::uint64_t sum = 0;
        for (std::size_t child = at + 1; child < state.end; child = tree.nodes[child].end) {
            EXPECT_NE(tree.nodes[child].kind, StackNode::Kind::elsewhere) << info(state.state).key;
            sum += tree.nodes[child].total_ns;
        }
        EXPECT_EQ(sum, napper.times().exact_ns[index(state.state)]) << info(state.state).key;
    }
    EXPECT_GE(count_in(tree, "await_order") + count_of(tree, StackNode::Kind::unknown) +
                  count_of(tree, StackNode::Kind::shorter),
              1U);
}

TEST_F(StackTimesOfNaps, the_open_wait_has_the_stack_that_is_read_while_it_lasts) {
    Puppet puppet("naps");
    Accounted napper(puppet.tid("napper"));
    // The wait that was open when counting began has no fingerprint; it lasts.
    EXPECT_TRUE(
        await([&] { return count_in(stack_tree(napper.read(), StackOrder::callers_first), "await_order") == 1; }));
    ASSERT_EQ(puppet.ask("go 1"), "done");
    EXPECT_TRUE(await([&] {
        return count_in(stack_tree(napper.read(), StackOrder::callers_first), "await_order") == 2;
    })) << "the one that has ended, and the next one";
}

TEST_F(StackTimesOfNaps, samples_show_the_function_that_uses_the_cpu) {
    Puppet puppet("naps");
    Accounted napper(puppet.tid("napper"));
    if (!napper.times().cpu.unavailable.empty()) {
        GTEST_SKIP() << napper.times().cpu.unavailable;
    }
    double share = 0;
    EXPECT_TRUE(await([&] {
        EXPECT_EQ(puppet.ask("burn 200"), "done");
        napper.read();
        napper.read();
        const StackTree tree = stack_tree(napper.read(), StackOrder::callers_first);
        share = 0;
        for (const StackNode& node : tree.nodes) {
            share += node.state == ThreadState::exec && has(node, "burn_inside") ? node.share : 0;
        }
        return share > 0.5;
    })) << share;
}

TEST_F(StackTimesOfNaps, the_same_functions_have_the_same_fingerprint_each_time) {
    Puppet puppet("naps");
    Accounted napper(puppet.tid("napper"));
    ASSERT_EQ(puppet.ask("go 5"), "done");
    const auto long_waits = [](const StackAccount& account) {
        return account.state != ThreadState::cpu_wait && account.waits.max_ns >= 1'000'000;
    };
    const auto before = std::ranges::count_if(napper.read().accounts, long_waits);
    ASSERT_EQ(puppet.ask("go 50"), "done");
    const auto after = std::ranges::count_if(napper.read().accounts, long_waits);
    EXPECT_GE(before, static_cast<std::ptrdiff_t>(kNaps.size()));
    EXPECT_LE(after - before, 10) << "locals on the stack that change are no part of it";
}

}  // namespace
}  // namespace tsa::test
