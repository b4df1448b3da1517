// SPDX-License-Identifier: MIT
// Lock waits and lock holders: chains of glibc mutexes, PI mutexes, and sleeping locks of the kernel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "observer.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;

void expect_lock_wait(const Observer& observer, std::uint32_t waiter, std::uint32_t owner) {
    const ThreadRow* row = observer.row(waiter);
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->now->state, ThreadState::lock_wait) << describe(*row);
    EXPECT_EQ(row->state_ns[index(ThreadState::lock_wait)], row->wall_ns) << describe(*row);
    EXPECT_EQ(row->now->wait.owner_tid, owner) << describe(*row);
}

/// Puppets' threads block in pause(2) when they are done.
bool await_rest(Observer& observer, std::uint32_t tid) {
    return await([&] {
        observer.mark();
        const Thread* thread = observer.thread(tid);
        return thread != nullptr && (thread->state == ThreadState::sleep || thread->state == ThreadState::idle);
    });
}

void expect_chain(const Observer& observer, const Puppet& convoy) {
    expect_lock_wait(observer, convoy.tid("middle"), convoy.tid("owner"));
    expect_lock_wait(observer, convoy.tid("last"), convoy.tid("middle"));
    expect_lock_wait(observer, convoy.tid("inheritor"), convoy.tid("owner"));
    const Thread* owner = observer.thread(convoy.tid("owner"));
    ASSERT_NE(owner, nullptr);
    EXPECT_EQ(owner->state, ThreadState::sleep) << "the end of the chain reads a pipe";
    EXPECT_EQ(owner->wait.owner_tid, 0U);
}

TEST(Locks, a_convoy_shows_lock_wait_and_each_owner_up_to_the_end_of_the_chain) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    Puppet convoy("convoy");
    TSA_REQUIRE(convoy.missing());
    observer.mark();
    let_pass(std::chrono::milliseconds(20));
    observer.report();
    expect_chain(observer, convoy);

    ASSERT_EQ(convoy.ask("release"), "released");
    for (const char* name : {"owner", "middle", "last", "inheritor"}) {
        const std::uint32_t tid = convoy.tid(name);
        ASSERT_TRUE(await_rest(observer, tid)) << name << " continues after the release";
        EXPECT_EQ(observer.thread(tid)->wait.owner_tid, 0U) << name << " no longer waits for a lock";
    }
}

TEST(Locks, a_convoy_older_than_the_probe_is_lock_wait_with_the_same_owners) {
    TSA_REQUIRE(missing_bpf());
    Puppet convoy("convoy");
    TSA_REQUIRE(convoy.missing());
    Observer observer;
    observer.mark();
    let_pass(std::chrono::milliseconds(20));
    observer.report();
    expect_chain(observer, convoy);
    EXPECT_TRUE(observer.thread(convoy.tid("last"))->since_is_upper_bound);
}

TEST(Locks, a_killed_owner_is_not_reported_as_owner) {
    TSA_REQUIRE(missing_bpf());
    Puppet first("convoy");
    TSA_REQUIRE(first.missing());
    Observer observer;
    observer.mark();
    const std::uint32_t owner = first.tid("owner");
    first.kill();
    observer.report();
    for (const ThreadRow& row : observer.last().threads) {
        EXPECT_NE(row.now->wait.owner_tid, owner) << describe(row);
    }
}

void expect_kernel_lock(const Observer& observer, const Puppet& puppet, const char* waiter, const char* holder,
                        const char* function) {
    const std::uint32_t tid = puppet.tid(waiter);
    ASSERT_EQ(state_letter(tid), 'D') << waiter;
    const ThreadRow* row = observer.row(tid);
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->now->state, ThreadState::lock_wait) << describe(*row);
    EXPECT_TRUE(row->now->wait.kernel_lock) << waiter;
    // Kernel addresses are in the upper half.
    EXPECT_GT(row->now->wait.args[0], 1ULL << 63U) << waiter;
    EXPECT_EQ(row->now->wait.owner_tid, puppet.tid(holder)) << waiter;
    if (kernel_support().value().kallsyms) {
        EXPECT_THAT(row->now->wait.kernel_function, HasSubstr(function)) << "the function that locks: " << waiter;
    }
    const Thread* owner = observer.thread(puppet.tid(holder));
    ASSERT_NE(owner, nullptr);
    EXPECT_NE(owner->state, ThreadState::lock_wait) << holder << " waits for a page, not for a lock";
    EXPECT_FALSE(owner->wait.kernel_lock) << holder;
}

TEST(Locks, a_mutex_and_a_semaphore_of_the_kernel_are_lock_wait_with_their_holder) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    if (!kernel_support().value().contention_events) {
        TSA_REQUIRE(std::optional<std::string>("tracepoint contention_begin (Linux 5.19)"));
    }
    Puppet puppet("kernlock");
    TSA_REQUIRE(puppet.missing());
    observer.mark();
    let_pass(std::chrono::milliseconds(20));
    observer.report();
    expect_kernel_lock(observer, puppet, "mutex_waiter", "mutex_holder", "read");
    expect_kernel_lock(observer, puppet, "rwsem_waiter", "rwsem_holder", "write");
    EXPECT_NE(observer.thread(puppet.tid("mutex_waiter"))->wait.args[0],
              observer.thread(puppet.tid("rwsem_waiter"))->wait.args[0])
        << "two locks, two addresses";

    ASSERT_EQ(puppet.ask("release"), "released");
    for (const char* name : {"mutex_waiter", "rwsem_waiter"}) {
        ASSERT_TRUE(await_rest(observer, puppet.tid(name))) << name;
        EXPECT_FALSE(observer.thread(puppet.tid(name))->wait.kernel_lock) << name;
    }
}

TEST(Locks, the_lock_of_a_process_s_address_space_has_its_name) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    if (!kernel_support().value().contention_events) {
        TSA_REQUIRE(std::optional<std::string>("tracepoint contention_begin (Linux 5.19)"));
    }
    Puppet puppet("mappers", {"3"});
    const bool seen = await([&] {
        observer.mark();
        return std::ranges::any_of(std::array{"mapper0", "mapper1", "mapper2"}, [&](const char* name) {
            const Thread* thread = observer.thread(puppet.tid(name));
            return thread != nullptr && thread->state == ThreadState::lock_wait && thread->wait.kernel_lock &&
                   thread->wait.kind == FutexKind::mmap_lock;
        });
    });
    EXPECT_TRUE(seen);
}

TEST(Locks, a_kernel_lock_wait_older_than_the_probe_is_a_blocked_wait) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("kernlock");
    TSA_REQUIRE(puppet.missing());
    Observer observer;
    observer.mark();
    for (const char* name : {"mutex_waiter", "rwsem_waiter"}) {
        const Thread* thread = observer.thread(puppet.tid(name));
        ASSERT_NE(thread, nullptr);
        // Its contention_begin was before the probes: certainly a D sleep, a lock if the kernel stack shows it.
        EXPECT_TRUE(thread->state == ThreadState::lock_wait || thread->state == ThreadState::uninterruptible)
            << info(thread->state).key;
        EXPECT_TRUE(thread->since_is_upper_bound);
    }
}

}  // namespace
}  // namespace tsa::test
