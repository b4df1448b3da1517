// SPDX-License-Identifier: MIT
// Threads that take over from each other: a list that hangs is left to its thread, and the next list is worked on.
#include "base/side_relay.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "unit/gate.h"

namespace tsa {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Hangs at its gate, if it has one.
struct List : SideRelay::Work {
    explicit List(std::size_t number) : nth(number) {}
    void run() override {
        if (gate != nullptr) {
            gate->wait();
        }
        ++runs;
    }
    std::size_t nth;
    std::shared_ptr<Gate> gate;
    std::atomic<int> runs{0};
};

class Relay : public ::testing::Test {
  protected:
    Relay() {
        auto started = SideRelay::start(
            "test-relay", {}, [](std::size_t nth) { return std::make_shared<List>(nth); }, milliseconds(1));
        relay_ = std::move(started).value();
    }
    ~Relay() override {
        for (const auto& gate : gates_) {
            gate->let_go();
        }
    }
    List& current() { return static_cast<List&>(relay_->current()); }
    bool await_turn() {
        const auto until = std::chrono::steady_clock::now() + seconds(60);
        while (!relay_->take_turn()) {
            if (std::chrono::steady_clock::now() > until) {
                return false;
            }
            std::this_thread::sleep_for(milliseconds(1));
        }
        return true;
    }
    void hang() {
        gates_.push_back(std::make_shared<Gate>());
        current().gate = gates_.back();
        relay_->begin();
    }
    std::size_t late() const {
        std::size_t count = 0;
        relay_->for_each_late([&](const SideRelay::Work&) { ++count; });
        return count;
    }

    std::unique_ptr<SideRelay> relay_;
    std::vector<std::shared_ptr<Gate>> gates_;
};

TEST_F(Relay, one_thread_does_all_lists_while_none_hangs) {
    for (int round = 1; round <= 3; ++round) {
        ASSERT_TRUE(relay_->take_turn());
        EXPECT_EQ(current().nth, 0U);
        relay_->begin();
        ASSERT_TRUE(relay_->wait_for(seconds(60)));
        EXPECT_EQ(current().runs, round);
    }
    EXPECT_EQ(late(), 0U);
    EXPECT_TRUE(relay_->may_hang());
}

TEST_F(Relay, a_list_that_hangs_keeps_its_thread_and_another_takes_over) {
    ASSERT_TRUE(relay_->take_turn());
    hang();
    ASSERT_TRUE(await_turn());
    EXPECT_EQ(current().nth, 1U);
    EXPECT_EQ(late(), 1U);
    relay_->begin();
    ASSERT_TRUE(relay_->wait_for(seconds(60)));
    EXPECT_EQ(current().runs, 1);
}

TEST_F(Relay, a_thread_is_used_again_once_it_does_not_hang_any_more) {
    for (std::size_t nth = 0; nth < SideRelay::kMaxThreads; ++nth) {
        ASSERT_TRUE(await_turn()) << nth;
        EXPECT_EQ(current().nth, nth);
        EXPECT_EQ(relay_->may_hang(), nth + 1 < SideRelay::kMaxThreads) << nth;
        hang();
    }
    std::this_thread::sleep_for(milliseconds(5));
    EXPECT_FALSE(relay_->take_turn()) << "all hang";
    gates_[2]->let_go();
    ASSERT_TRUE(await_turn());
    EXPECT_EQ(current().nth, 2U);
    EXPECT_EQ(late(), SideRelay::kMaxThreads - 1);
    EXPECT_FALSE(relay_->may_hang());
    gates_[0]->let_go();
    while (!relay_->may_hang()) {
        std::this_thread::sleep_for(milliseconds(1));
    }
}

TEST_F(Relay, what_hangs_outlives_it) {
    ASSERT_TRUE(relay_->take_turn());
    hang();
    relay_.reset();
    gates_.front()->let_go();  // the list still exists
}

}  // namespace
}  // namespace tsa
