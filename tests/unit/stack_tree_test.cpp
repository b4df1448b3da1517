// SPDX-License-Identifier: MIT
// The tree of time by stack, its accounts, and where a process's code is.
#include <gmock/gmock.h>

#include <cstddef>
#include <span>
#include <vector>

#include "model/stack_tree.h"
#include "sched/stack_accounts.h"
#include "stacks/mappings.h"
#include "stacks/stack_times_feed.h"
#include "unit/stack_times_fixture.h"

namespace tsa {
namespace {

using test::account_of;
using test::kMs;
using test::stack_of;
using test::stack_times_of_4178;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const StackNode* find(const StackTree& tree, ThreadState state, std::string_view last_function) {
    for (const StackNode& node : tree.nodes) {
        if (node.state == state && !node.functions.empty() && node.functions.back() == last_function) {
            return &node;
        }
    }
    return nullptr;
}

std::vector<StackNode> children(const StackTree& tree, ThreadState state) {
    std::vector<StackNode> out;
    for (std::size_t at = 0; at < tree.nodes.size(); ++at) {
        if (tree.nodes[at].depth == 0 && tree.nodes[at].state == state) {
            for (std::size_t child = at + 1; child < tree.nodes[at].end; child = tree.nodes[child].end) {
                out.push_back(tree.nodes[child]);
            }
        }
    }
    return out;
}

TEST(StackTree, functions_that_only_call_one_another_share_a_node) {
    const StackTree tree = stack_tree(stack_times_of_4178(), StackOrder::callers_first);
    const StackNode* common = find(tree, ThreadState::lock_wait, "execute");
    ASSERT_NE(common, nullptr);
    EXPECT_THAT(common->functions, ElementsAre("start_thread", "handle", "execute"));
    const StackNode* row = find(tree, ThreadState::lock_wait, "__lll_lock_wait");
    ASSERT_NE(row, nullptr);
    EXPECT_THAT(row->functions, ElementsAre("row_lock", "pthread_mutex_lock", "__lll_lock_wait"));
    EXPECT_EQ(row->depth, 2U);
    EXPECT_TRUE(row->is_leaf(static_cast<std::size_t>(row - tree.nodes.data())));
}

TEST(StackTree, callees_first_it_begins_with_the_innermost_function) {
    const StackTree tree = stack_tree(stack_times_of_4178(), StackOrder::callees_first);
    const StackNode* lock = find(tree, ThreadState::lock_wait, "pthread_mutex_lock");
    ASSERT_NE(lock, nullptr);
    EXPECT_THAT(lock->functions, ElementsAre("__lll_lock_wait", "pthread_mutex_lock"));
    EXPECT_EQ(tree.lengths(*lock).count, 231U) << "of both callers, and the open wait";
    EXPECT_NE(find(tree, ThreadState::lock_wait, "start_thread"), nullptr);
}

TEST(StackTree, rows_under_a_state_add_up_to_its_exact_time) {
    for (const StackOrder order : {StackOrder::callers_first, StackOrder::callees_first}) {
        const StackTree tree = stack_tree(stack_times_of_4178(), order);
        for (const StackNode& node : tree.nodes) {
            if (node.depth != 0) {
                continue;
            }
            std::uint64_t sum = 0;
            double share = 0;
            for (const StackNode& child : children(tree, node.state)) {
                sum += child.total_ns;
                share += child.share;
            }
            EXPECT_EQ(sum, node.total_ns) << info(node.state).key;
            EXPECT_NEAR(share, 1, 1e-9);
        }
    }
}

TEST(StackTree, what_has_no_stack_is_a_row_of_its_own) {
    const std::vector<StackNode> rows =
        children(stack_tree(stack_times_of_4178(), StackOrder::callers_first), ThreadState::lock_wait);
    std::vector<StackNode::Kind> kinds;
    for (const StackNode& row : rows) {
        kinds.push_back(row.kind);
    }
    using Kind = StackNode::Kind;
    EXPECT_THAT(kinds, ElementsAre(Kind::functions, Kind::elsewhere, Kind::shorter, Kind::unknown));
    EXPECT_EQ(rows[2].total_ns, 899 * (kMs / 10) + kMs / 2);
    EXPECT_EQ(rows[3].total_ns, 16 * kMs);
}

TEST(StackTree, short_waits_of_a_stack_that_is_known_belong_to_it) {
    const StackTree tree = stack_tree(stack_times_of_4178(), StackOrder::callers_first);
    const std::vector<StackNode> rows = children(tree, ThreadState::cpu_wait);
    ASSERT_THAT(rows, SizeIs(1));
    EXPECT_EQ(rows[0].functions.back(), "__lll_lock_wait") << "woken from there";
}

TEST(StackTree, the_open_wait_is_counted_in_and_marked) {
    StackTimes times = stack_times_of_4178();
    const StackTree tree = stack_tree(times, StackOrder::callers_first);
    const StackNode* row = find(tree, ThreadState::lock_wait, "__lll_lock_wait");
    ASSERT_NE(row, nullptr);
    EXPECT_TRUE(row->is_open);
    EXPECT_FALSE(row->open_is_worst) << "98 ms are longer";
    EXPECT_EQ(tree.lengths(*row).count, 201U);
    times.open->ns = 99 * kMs;
    const StackTree later = stack_tree(times, StackOrder::callers_first);
    EXPECT_TRUE(find(later, ThreadState::lock_wait, "__lll_lock_wait")->open_is_worst);
}

TEST(StackTree, samples_share_the_exact_time_on_a_cpu) {
    StackTimes times = stack_times_of_4178();
    times.cpu.counts = {{6, 3}, {99, 1}};
    const std::vector<StackNode> rows = children(stack_tree(times, StackOrder::callers_first), ThreadState::exec);
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_TRUE(rows[0].is_sampled);
    EXPECT_EQ(rows[0].total_ns, 6'750 * kMs);
    EXPECT_EQ(rows[1].kind, StackNode::Kind::unknown);
    times.cpu.counts.clear();
    const std::vector<StackNode> none = children(stack_tree(times, StackOrder::callers_first), ThreadState::exec);
    ASSERT_THAT(none, SizeIs(1));
    EXPECT_EQ(none[0].kind, StackNode::Kind::elsewhere);
}

TEST(StackTree, a_stack_with_a_doubt_about_its_callers_says_so) {
    StackTimes times = stack_times_of_4178();
    keep_stack(stack_of({"recv", "net_read", "other", "start_thread"}).stack, times.stacks[5]);
    EXPECT_TRUE(times.stacks[5].callers_differ);
    const StackTree tree = stack_tree(times, StackOrder::callers_first);
    const StackNode* row = find(tree, ThreadState::sleep, "recv");
    ASSERT_NE(row, nullptr);
    EXPECT_THAT(row->functions, ElementsAre("(different callers)", "net_read", "recv"));
}

TEST(KeepStack, the_same_functions_again_change_nothing) {
    KnownStack known = stack_of({"recv", "net_read"});
    keep_stack(stack_of({"recv", "net_read"}).stack, known);
    EXPECT_FALSE(known.callers_differ);
    EXPECT_THAT(known.stack.user, SizeIs(2));
    keep_stack(stack_of({"send", "net_read"}).stack, known);
    EXPECT_TRUE(known.callers_differ);
    EXPECT_THAT(known.stack.user, IsEmpty());
}

TEST(KeepStack, where_kernel_functions_differ_the_user_s_are_not_common_either) {
    KnownStack known = stack_of({"read", "main"});
    known.stack.kernel = {{"__schedule", "", 1, 1}, {"folio_wait", "", 2, 2}};
    WaitStack other = known.stack;
    other.kernel[1].function = "d_alloc";
    keep_stack(other, known);
    EXPECT_TRUE(known.callers_differ);
    EXPECT_THAT(known.stack.kernel, SizeIs(1));
    EXPECT_THAT(known.stack.user, IsEmpty());
}

TEST(StackTree, hostile_depths_and_names_are_bounded_by_the_paths_themselves) {
    StackTimes times;
    times.long_wait_ns = kMs;
    for (std::uint64_t fingerprint = 1; fingerprint <= 2000; ++fingerprint) {
        times.accounts.push_back(account_of(ThreadState::sync, fingerprint, 2, kMs, 2 * kMs));
        KnownStack& known = times.stacks[fingerprint];
        known.stack.status = StackStatus::read;
        for (std::uint64_t frame = 0; frame < 128; ++frame) {
            known.stack.user.push_back({fmt::format("f{}", (fingerprint * frame) % 97), "x", frame, frame});
        }
    }
    times.exact_ns[index(ThreadState::sync)] = 2000 * 3 * kMs;
    const StackTree tree = stack_tree(times, StackOrder::callers_first);
    ASSERT_FALSE(tree.nodes.empty());
    EXPECT_EQ(tree.accounts.size(), 2000U);
    EXPECT_EQ(tree.lengths(tree.nodes[0]).count, 4000U);
}

TEST(StackAccounts, are_decoded_without_that_of_all_others) {
    std::vector<tsa_stack_account> table(3);
    table[0].seq = 2;
    table[0].count = 5;
    table[1].seq = 2;
    table[1].key = {77, TSA_LOCK_WAIT, 0};
    table[1].count = 3;
    table[1].total_ns = 9000;
    table[1].max_ns = 5000;
    table[1].max_at_ns = 123;
    table[1].lengths[wait_bucket(5000)] = 3;
    StackAccountReader reader;
    std::vector<StackAccount> accounts;
    reader.read(table, 3, accounts);
    ASSERT_THAT(accounts, SizeIs(1));
    EXPECT_EQ(accounts[0].state, ThreadState::lock_wait);
    EXPECT_EQ(accounts[0].fingerprint, 77U);
    EXPECT_EQ(accounts[0].waits.total_ns, 9000U);
    EXPECT_EQ(accounts[0].waits.max_at_ns, 123U);
    EXPECT_EQ(accounts[0].waits.lengths[wait_bucket(5000)], 3U);
    table[1].seq = 4;
    table[1].count = 4;
    table[2].key.state = 200;
    table[2].seq = 2;
    table[2].count = 1;
    reader.read(table, 9, accounts);
    ASSERT_THAT(accounts, SizeIs(2));
    EXPECT_EQ(accounts[0].waits.count, 4U);
    EXPECT_LT(index(accounts[1].state), kStateCount) << "whatever the memory has";
}

/// A sample as the kernel writes it: one kernel address after its mark, registers 1 to 17 (or 33), and a stack.
std::vector<std::byte> sample_bytes(std::uint64_t stack_bytes, std::uint64_t used) {
#if defined(__aarch64__)
    constexpr std::uint64_t kCount = 33;
#else
    constexpr std::uint64_t kCount = 17;
#endif
    std::vector<std::uint64_t> words{2, ~std::uint64_t{127}, 0xffffffff81000000, 2};
    for (std::uint64_t number = 1; number <= kCount; ++number) {
        words.push_back(number);
    }
    words.push_back(stack_bytes);
    words.insert(words.end(), stack_bytes / 8, 0xabcd);
    if (stack_bytes > 0) {
        words.push_back(used);
    }
    const auto bytes = std::as_bytes(std::span(words));
    return {bytes.begin(), bytes.end()};
}

TEST(CpuSample, has_kernel_functions_registers_and_the_top_of_the_stack) {
    tsa_stack_query query{};
    ASSERT_TRUE(decode_cpu_sample(sample_bytes(64, 48), query));
    EXPECT_EQ(query.kernel_frames, 1U) << "the mark is no address";
    EXPECT_EQ(query.kernel[0], 0xffffffff81000000);
    EXPECT_EQ(query.stack_bytes, 48U);
    EXPECT_EQ(query.stack[0], 0xcd);
    EXPECT_EQ(query.flags, 0U);
#if !defined(__aarch64__)
    EXPECT_EQ(query.registers[0], 1U) << "ax";
    EXPECT_EQ(query.registers[1], 4U) << "dx is DWARF's second, and the kernel's fourth";
    EXPECT_EQ(query.registers[16], 9U) << "ip";
    EXPECT_EQ(query.registers[7], 8U) << "sp";
#endif
}

TEST(CpuSample, bytes_that_end_early_or_lie_are_refused) {
    const std::vector<std::byte> whole = sample_bytes(64, 48);
    tsa_stack_query query{};
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        EXPECT_FALSE(decode_cpu_sample(std::span(whole).first(bytes), query)) << bytes;
    }
    EXPECT_FALSE(decode_cpu_sample(sample_bytes(64, 65), query)) << "more used than there is";
    EXPECT_TRUE(decode_cpu_sample(sample_bytes(0, 0), query));
    EXPECT_TRUE(decode_cpu_sample(sample_bytes(32768, 32768), query));
    EXPECT_EQ(query.stack_bytes, static_cast<std::uint32_t>(TSA_STACK_BYTES));
}

TEST(KeepSample, the_same_functions_are_one_stack) {
    StackTimes times;
    keep_sample(stack_of({"memcpy", "row_copy"}).stack, times);
    keep_sample(stack_of({"memcpy", "row_copy"}).stack, times);
    keep_sample(stack_of({"memcpy", "other"}).stack, times);
    std::vector<std::uint64_t> counts;
    for (const auto& [fingerprint, count] : times.cpu.counts) {
        counts.push_back(count);
        EXPECT_TRUE(times.stacks.contains(fingerprint));
    }
    EXPECT_THAT(counts, testing::UnorderedElementsAre(1, 2));
}

TEST(CodeRanges, those_closest_together_are_merged) {
    const auto at = [](std::uint64_t begin, std::uint64_t end) {
        CodeMapping mapping;
        mapping.begin = begin;
        mapping.end = end;
        return mapping;
    };
    const std::vector<CodeMapping> mappings{at(0x1000, 0x2000), at(0x70000, 0x71000), at(0x72000, 0x73000),
                                            at(0x73000, 0x74000), at(0xff000, 0xff800)};
    const auto ranges = code_ranges(mappings, 3);
    ASSERT_THAT(ranges, SizeIs(3));
    EXPECT_EQ(ranges[0].end, 0x2000U);
    EXPECT_EQ(ranges[1].begin, 0x70000U);
    EXPECT_EQ(ranges[1].end, 0x74000U);
    EXPECT_EQ(ranges[2].begin, 0xff000U);
    EXPECT_THAT(code_ranges(mappings, 1), SizeIs(1));
    EXPECT_THAT(code_ranges({}, 3), IsEmpty());
}

}  // namespace
}  // namespace tsa
