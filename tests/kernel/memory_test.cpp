// SPDX-License-Identifier: MIT
// Waiting for memory: swap-in from a real swap file, and reclaim inside a memory cgroup.
#include <gtest/gtest.h>

#include <string>

#include "observer.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

constexpr std::uint64_t kSwapBytes = 48U << 20U;
constexpr std::uint64_t kSqueezedBytes = 6U << 20U;

std::uint64_t blocked_ns(const ThreadRow& row) {
    return in_states(row, {ThreadState::io_wait, ThreadState::swap_wait, ThreadState::mem_wait, ThreadState::lock_wait,
                           ThreadState::uninterruptible});
}

double of(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

TEST(Memory, faulting_swapped_pages_back_in_is_swap_wait) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_cgroup("memory"));
    TSA_REQUIRE(missing_swap_files());
    TempDir folder;
    SwapFile swap(folder, kSwapBytes);
    TSA_REQUIRE(swap.on() ? std::nullopt : std::optional<std::string>("swap to a file under /tmp"));
    Cgroup cgroup("memory");
    Puppet toucher("toucher", {"16"});
    cgroup.add(toucher.pid());
    ASSERT_EQ(toucher.ask("fill"), "done");
    cgroup.limit_memory(kSqueezedBytes);
    cgroup.unlimit_memory();
    Observer observer;
    observer.mark();
    ASSERT_EQ(toucher.ask("read"), "done");
    observer.report();

    const ThreadRow* row = observer.row(toucher.tid("toucher"));
    ASSERT_NE(row, nullptr);
    const std::uint64_t swap_ns = row->state_ns[index(ThreadState::swap_wait)];
    EXPECT_GT(row->entries(ThreadState::swap_wait), 20U) << describe(*row);
    EXPECT_GE(of(swap_ns, blocked_ns(*row)), 0.95) << describe(*row);
    EXPECT_GT(row->now->major_faults, 20U);
}

TEST(Memory, reclaim_inside_a_memory_cgroup_is_mem_wait) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_cgroup("memory"));
    if (!kernel_support().value().memcg_reclaim_events) {
        TSA_REQUIRE(std::optional<std::string>("tracepoint mm_vmscan_memcg_reclaim_begin"));
    }
    TempDir folder;
    Cgroup cgroup("memory");
    // Version 2 throttles a writer before its pages fill the cgroup, and counts that as I/O.
    TSA_REQUIRE(cgroup.v2() ? std::optional<std::string>("version 1 of the memory cgroup") : std::nullopt);
    Puppet dirtier("dirtier", {folder.path() + "/file"});
    cgroup.add(dirtier.pid());
    cgroup.limit_memory(kSqueezedBytes);
    Observer observer;
    observer.mark();
    // Four times what fits, all dirty: reclaim must wait for writeback.
    ASSERT_EQ(dirtier.ask("write 24"), "done");
    observer.report();

    const ThreadRow* row = observer.row(dirtier.tid("dirtier"));
    ASSERT_NE(row, nullptr);
    const std::uint64_t mem_ns = row->state_ns[index(ThreadState::mem_wait)];
    EXPECT_GT(row->entries(ThreadState::mem_wait), 0U) << describe(*row);
    EXPECT_GE(of(mem_ns, blocked_ns(*row)), 0.9) << describe(*row);
}

}  // namespace
}  // namespace tsa::test
