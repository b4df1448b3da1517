// SPDX-License-Identifier: MIT
// Each kind of interruptible wait: its state and its system call as shown in /proc/TID/syscall, for waits that the
// probes saw start and for older ones.
#include <gtest/gtest.h>

#include <string>

#include "observer.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

struct Kind {
    const char* name;
    ThreadState state;
};

constexpr Kind kKinds[] = {
    {"nanosleep", ThreadState::idle}, {"epoll", ThreadState::idle},     {"poll", ThreadState::idle},
    {"select", ThreadState::idle},    {"accept", ThreadState::idle},    {"signal", ThreadState::idle},
    {"condition", ThreadState::sync}, {"semaphore", ThreadState::sync}, {"join", ThreadState::sync},
    {"pipe", ThreadState::sleep},     {"recv", ThreadState::sleep},     {"child", ThreadState::sleep},
};

void expect_call_of_proc(const Thread& thread) {
    const std::optional<BlockedCall> call = blocked_call(thread.tid);
    ASSERT_TRUE(call.has_value());
    EXPECT_EQ(thread.wait.syscall, call->number);
    EXPECT_FALSE(thread.wait.compat);
    for (std::size_t i = 0; i < thread.wait.args.size(); ++i) {
        EXPECT_EQ(thread.wait.args[i], call->argument[i]) << "argument " << i;
    }
}

/// Every thread of the puppet spent the whole interval in its state.
void expect_kinds(const Observer& observer, const Puppet& puppet, bool began_before_the_probe) {
    for (const Kind& kind : kKinds) {
        SCOPED_TRACE(kind.name);
        const ThreadRow* row = observer.row(puppet.tid(kind.name));
        ASSERT_NE(row, nullptr);
        EXPECT_EQ(row->now->state, kind.state) << describe(*row);
        // An open wait is already counted.
        EXPECT_EQ(row->state_ns[index(kind.state)], row->wall_ns) << describe(*row);
        EXPECT_EQ(row->wall_ns, observer.last().interval_ns);
        EXPECT_EQ(row->now->since_is_upper_bound, began_before_the_probe);
        EXPECT_FALSE(row->now->kernel);
        EXPECT_EQ(row->now->tgid, static_cast<std::uint32_t>(puppet.pid()));
        expect_call_of_proc(*row->now);
    }
}

TEST(Waits, that_start_under_the_probe_have_their_state_and_system_call) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    Puppet puppet("waits");
    observer.mark();
    let_pass(std::chrono::milliseconds(50));
    observer.report();
    expect_kinds(observer, puppet, false);
}

TEST(Waits, that_are_older_than_the_probe_are_classified_and_their_age_is_a_lower_bound) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("waits");
    Observer observer;
    observer.mark();
    let_pass(std::chrono::milliseconds(50));
    observer.report();
    expect_kinds(observer, puppet, true);
}

TEST(Waits, that_were_seeded_lose_the_lower_bound_mark_once_the_thread_moves) {
    TSA_REQUIRE(missing_bpf());
    Puppet pingpong("pingpong", {std::to_string(test_cpu())});
    Observer observer;
    observer.mark();
    const Thread* pong = observer.thread(pingpong.tid("pong"));
    ASSERT_NE(pong, nullptr);
    ASSERT_TRUE(pong->since_is_upper_bound);
    ASSERT_EQ(pingpong.ask("go 2 0"), "done");
    observer.mark();
    pong = observer.thread(pingpong.tid("pong"));
    ASSERT_NE(pong, nullptr);
    EXPECT_EQ(pong->state, ThreadState::sleep);
    EXPECT_FALSE(pong->since_is_upper_bound);
}

}  // namespace
}  // namespace tsa::test
