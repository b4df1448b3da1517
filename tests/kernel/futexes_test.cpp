// SPDX-License-Identifier: MIT
// Each way to wait for another thread in glibc: its state, its label, whether that is certain, and who holds the lock.
#include <gtest/gtest.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "observer.h"
#include "paths.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

struct Kind {
    const char* name;
    ThreadState state;
    std::string_view label;
    bool has_holder;
};

constexpr Kind kGlibc[] = {
    {"plain", ThreadState::lock_wait, "", true},
    {"timed", ThreadState::lock_wait, "", true},
    {"steady", ThreadState::lock_wait, "", true},
    {"robust", ThreadState::lock_wait, "", true},
    {"shared", ThreadState::lock_wait, "", true},
    {"shared_reader", ThreadState::lock_wait, "rwlock", true},
    {"reader", ThreadState::lock_wait, "rwlock", true},
    {"writer", ThreadState::lock_wait, "rwlock", true},
    {"behind_readers", ThreadState::lock_wait, "rwlock", false},
    {"behind_that", ThreadState::lock_wait, "rwlock", false},
    {"polite_writer", ThreadState::lock_wait, "rwlock", false},
    {"polite_reader", ThreadState::lock_wait, "rwlock", false},
    {"condition", ThreadState::sync, "", false},
    {"timed_condition", ThreadState::sync, "", false},
    {"semaphore", ThreadState::sync, "semaphore", false},
    {"barrier", ThreadState::sync, "barrier", false},
    {"barrier_of_2", ThreadState::sync, "barrier", false},
    {"join", ThreadState::sync, "join", false},
};

constexpr Kind kMusl[] = {
    {"plain", ThreadState::lock_wait, "", false},
    {"typed", ThreadState::lock_wait, "", true},
    {"reader", ThreadState::lock_wait, "rwlock", false},
    {"writer", ThreadState::lock_wait, "rwlock", false},
    {"behind_reader", ThreadState::lock_wait, "rwlock", false},
    {"condition", ThreadState::sync, "condition variable", false},
    {"join", ThreadState::sync, "join", false},
};

void expect_kinds(std::span<const Kind> kinds, const Observer& observer, const Puppet& puppet) {
    for (const Kind& kind : kinds) {
        SCOPED_TRACE(kind.name);
        const ThreadRow* row = observer.row(puppet.tid(kind.name));
        ASSERT_NE(row, nullptr);
        EXPECT_EQ(row->now->state, kind.state) << describe(*row);
        EXPECT_EQ(row->state_ns[index(kind.state)], row->wall_ns) << describe(*row);
        EXPECT_EQ(label_of(row->now->wait.kind), kind.label) << describe(*row);
        EXPECT_FALSE(row->now->wait.doubtful);
        // An emulated CPU does not read this many locks in time, where one is read at a time.
        if (!cpus_are_emulated() || row->now->wait.owner_tid != 0) {
            EXPECT_EQ(row->now->wait.owner_tid, kind.has_holder ? puppet.tid("owner") : 0U) << describe(*row);
        }
    }
}

/// A report of 50 ms with the puppet's waits open, in which every lock was read in time.
void report(Observer& observer) {
    EXPECT_TRUE(await([&] {
        observer.mark();
        const std::uint64_t unread = observer.sample().health.locks_unread;
        let_pass(std::chrono::milliseconds(50));
        observer.report();
        return cpus_are_emulated() || observer.sample().health.locks_unread == unread;
    })) << "the locks are never all read in time";
}

TEST(Futexes, of_glibc_have_their_state_and_label_and_holder) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    Puppet puppet("futexes");
    report(observer);
    expect_kinds(kGlibc, observer, puppet);
}

TEST(Futexes, of_glibc_older_than_the_probes_are_judged_by_their_memory) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("futexes");
    Observer observer;
    report(observer);
    expect_kinds(kGlibc, observer, puppet);
}

std::optional<std::string> missing_musl_puppet() {
    return missing_file(paths::kPuppets + "/musl_futexes");
}

TEST(Futexes, of_musl_have_their_state_and_label_and_holder) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_musl_puppet());
    Observer observer;
    Puppet puppet("musl_futexes");
    report(observer);
    expect_kinds(kMusl, observer, puppet);
    EXPECT_EQ(observer.thread(puppet.tid("join"))->wait.peer_tid, puppet.tid("owner"));
}

TEST(Futexes, of_musl_older_than_the_probes_are_judged_by_their_memory) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_musl_puppet());
    Puppet puppet("musl_futexes");
    Observer observer;
    report(observer);
    expect_kinds(kMusl, observer, puppet);
}

}  // namespace
}  // namespace tsa::test
