// SPDX-License-Identifier: MIT
// Reading the words of locks while the memory of one process hangs its readers: the locks of the others are read.
// Without the BPF programs, whose reads fail on such memory instead.
#include "sched/lock_reader.h"

#include <gtest/gtest.h>
#include <linux/capability.h>

#include <array>
#include <chrono>
#include <thread>

#include "base/capabilities.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using std::chrono::milliseconds;

tsa_lock_query lock_of(const Puppet& puppet) {
    tsa_lock_query query{};
    query.kind = TSA_LOCK_USER;
    query.address = puppet.tid("page");
    query.tid = puppet.tid("waiter");
    query.tgid = static_cast<std::uint32_t>(puppet.pid());
    return query;
}

void expect_locks_of_others(const Puppet& dead, const Puppet& alive) {
    keep_only_capabilities(std::uint64_t{1} << CAP_SYS_PTRACE);
    auto started = LockReader::start();
    ASSERT_TRUE(started.ok());
    LockReader& reader = *started.value();
    ASSERT_EQ(reader.object(), nullptr) << "no program is loaded without the capability";
    std::array<tsa_lock_query, 2> queries{};
    const auto read = [&] {
        queries = {lock_of(dead), lock_of(alive)};
        reader.read(queries, milliseconds(20));
        return queries[1].at_ns != 0;
    };
    EXPECT_FALSE(read()) << "the first one hangs";
    ASSERT_TRUE(await(read)) << "another thread reads the other one";
    EXPECT_EQ(queries[1].error, 0);
    EXPECT_EQ(queries[1].words[0], 2U) << "a mutex with waiters";
    EXPECT_EQ(queries[0].at_ns, 0U) << "nothing is said about what hangs";
    EXPECT_TRUE(await(read)) << "and so it stays";
}

TEST(LockReader, a_process_that_hangs_its_readers_is_left_out) {
    const Puppet dead("deadpage", {"lock"});
    if (dead.missing()) {
        GTEST_SKIP() << *dead.missing();
    }
    const Puppet alive("deadpage", {"lock", "alive"});
    std::thread([&] { expect_locks_of_others(dead, alive); }).join();
}

}  // namespace
}  // namespace tsa::test
