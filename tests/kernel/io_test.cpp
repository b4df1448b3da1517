// SPDX-License-Identifier: MIT
// Waiting for a disk: direct reads, at full speed and slowed down by the kernel's throttling.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "observer.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

constexpr std::uint64_t kFileBytes = 16U << 20U;

/// Time in the states of involuntary blocking in the kernel.
std::uint64_t blocked_ns(const ThreadRow& row) {
    return in_states(row, {ThreadState::io_wait, ThreadState::swap_wait, ThreadState::mem_wait, ThreadState::lock_wait,
                           ThreadState::uninterruptible});
}

TEST(Io, direct_reads_wait_in_io_wait_and_count_their_bytes) {
    TSA_REQUIRE(missing_bpf());
    const DiskFile file(kFileBytes);
    Puppet reader("diskreader", {file.path()});
    TSA_REQUIRE(reader.missing());
    Observer observer;
    const std::uint32_t tid = reader.tid("reader");
    observer.mark();
    const Switches before = *switches(tid);
    ASSERT_EQ(reader.ask("read 400"), "done");
    const Switches after = *switches(tid);
    observer.report();
    const ThreadRow* row = observer.row(tid);
    ASSERT_NE(row, nullptr);
    const std::uint64_t io_ns = row->state_ns[index(ThreadState::io_wait)];
    EXPECT_EQ(io_ns > 0, row->entries(ThreadState::io_wait) > 0) << describe(*row);
    EXPECT_GE(static_cast<double>(io_ns), 0.95 * static_cast<double>(blocked_ns(*row))) << describe(*row);
    // How often it waits depends on the disk (its data may already be there); but it gives up its CPU for nothing else,
    // except to wait for the next order.
    const std::uint64_t waits = after.voluntary - before.voluntary;
    EXPECT_GE(row->entries(ThreadState::io_wait) + 4, waits) << describe(*row);
    EXPECT_LE(row->entries(ThreadState::io_wait), waits) << describe(*row);
    // The byte counts are updated every few ms at a switch-out: nearly all bytes are counted.
    ASSERT_TRUE(row->read_bytes().has_value());
    EXPECT_LE(*row->read_bytes(), 400U * 4096U);
    EXPECT_GE(*row->read_bytes(), 200U * 4096U);
}

TEST(Io, a_throttled_read_that_has_not_ended_is_io_wait_now) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_cgroup("blkio"));
    const DiskFile file(kFileBytes);
    Cgroup throttle("blkio");
    throttle.limit_reads_per_s(file.path(), 2);
    Puppet reader("diskreader", {file.path()});
    TSA_REQUIRE(reader.missing());
    throttle.add(reader.pid());
    Observer observer;
    reader.send("read 3");
    const std::uint32_t tid = reader.tid("reader");
    // Two per second: the third read waits for most of a second.
    ASSERT_TRUE(observer.await_state(tid, ThreadState::io_wait));
    const Thread* thread = observer.thread(tid);
    EXPECT_EQ(thread->wait.syscall, blocked_call(tid).value_or(BlockedCall{}).number);
    observer.mark();
    let_pass(std::chrono::milliseconds(60));
    observer.report();
    const ThreadRow* row = observer.row(tid);
    ASSERT_NE(row, nullptr);
    EXPECT_GE(share(*row, ThreadState::io_wait), 0.9) << describe(*row);
    ASSERT_EQ(reader.read_line(), "done");
    ASSERT_TRUE(observer.await_state(tid, ThreadState::sleep)) << "back in read(2) of its pipe";
}

}  // namespace
}  // namespace tsa::test
