// SPDX-License-Identifier: MIT
// CPython: a wait for the interpreter lock is a lock_wait, a wait for a lock of the program is not known to be one.
#include <gtest/gtest.h>

#include <string>

#include "observer.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

bool waits_for_gil(const Thread* thread) {
    return thread != nullptr && thread->state == ThreadState::lock_wait && thread->wait.kind == FutexKind::python_gil;
}

TEST(PythonGilLive, threads_that_take_turns_with_the_interpreter_wait_for_its_lock) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_file("/usr/bin/python3"));
    constexpr int kHogs = 3;
    Puppet puppet("python_hogs", {std::to_string(kHogs)});
    Observer observer;
    const auto hog = [&](int at) { return puppet.tid("hog" + std::to_string(at)); };
    // The process is looked at after the first sample.
    ASSERT_TRUE(await([&] {
        observer.mark();
        return waits_for_gil(observer.thread(hog(0))) || waits_for_gil(observer.thread(hog(1)));
    }));
    let_pass(std::chrono::milliseconds(100));  // each has had a turn, and waits again
    observer.mark();
    let_pass(std::chrono::milliseconds(1000));
    observer.report();
    std::uint64_t exec_ns = 0;
    for (int at = 0; at < kHogs; ++at) {
        const ThreadRow* row = observer.row(hog(at));
        ASSERT_NE(row, nullptr);
        exec_ns += row->state_ns[index(ThreadState::exec)];
        const std::uint64_t waits_ns = row->wall_ns - in_states(*row, {ThreadState::exec, ThreadState::cpu_wait});
        EXPECT_GE(row->state_ns[index(ThreadState::lock_wait)] * 10, waits_ns * 9) << describe(*row);
        EXPECT_GT(row->entries(ThreadState::lock_wait), 10U) << describe(*row);
        EXPECT_FALSE(row->now->wait.doubtful) << describe(*row);
    }
    EXPECT_LE(exec_ns, observer.last().interval_ns * 11 / 10) << "one at a time";
    const ThreadRow* blocked = observer.row(puppet.tid("blocked"));
    ASSERT_NE(blocked, nullptr);
    EXPECT_EQ(blocked->state_ns[index(ThreadState::sync)], blocked->wall_ns) << describe(*blocked);
}

}  // namespace
}  // namespace tsa::test
