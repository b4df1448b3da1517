// SPDX-License-Identifier: MIT
// Which programs are loaded on which kernel; kernel symbols from text; classes of system calls.
#include "sched/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include "sched/kallsyms.h"
#include "sched/syscall_classes.h"

namespace tsa {
namespace {

using testing::Contains;
using testing::Not;

TEST(Plan, a_kernel_with_everything_loads_everything_once) {
    const ProbePlan result = plan({true, true, true, true, true, true, true, true});
    EXPECT_THAT(result.programs, Contains("tsa_switch"));
    EXPECT_THAT(result.programs, Not(Contains("tsa_switch_old")));
    EXPECT_THAT(result.programs, Contains("tsa_lock_begin"));
    for (const PlannedPart& part : result.parts) {
        EXPECT_TRUE(part.on) << part.name;
    }
}

TEST(Plan, an_old_kernel_gets_the_old_switch_and_is_told_what_it_lacks) {
    const ProbePlan result = plan({});
    EXPECT_THAT(result.programs, Contains("tsa_switch_old"));
    EXPECT_THAT(result.programs, Not(Contains("tsa_switch")));
    EXPECT_THAT(result.programs, Not(Contains("tsa_lock_begin")));
    EXPECT_THAT(result.programs, Contains("tsa_seed"));
    ASSERT_EQ(result.parts.size(), 6U);
    for (const PlannedPart& part : result.parts) {
        EXPECT_FALSE(part.on);
        EXPECT_FALSE(part.without.empty()) << part.name;
    }
}

TEST(Plan, zram_is_watched_only_where_there_is_swap_on_it) {
    KernelSupport support;
    support.block_events = true;
    EXPECT_THAT(plan(support).programs, Not(Contains("tsa_swap_in_begin")));
    support.zram_major = 253;
    const ProbePlan result = plan(support);
    EXPECT_THAT(result.programs, Contains("tsa_swap_in_begin"));
    EXPECT_THAT(result.programs, Contains("tsa_swap_in_end"));
    EXPECT_EQ(result.parts.size(), 7U);
}

TEST(Plan, submissions_to_a_ring_have_one_program_for_the_form_of_the_event) {
    KernelSupport support;
    EXPECT_THAT(plan(support).programs, Not(Contains("tsa_ring_submit_old")));
    support.ring_events = true;
    EXPECT_THAT(plan(support).programs, Contains("tsa_ring_submit_old"));
    EXPECT_THAT(plan(support).programs, Not(Contains("tsa_ring_submit")));
    support.ring_submit_req = true;
    EXPECT_THAT(plan(support).programs, Contains("tsa_ring_submit"));
    EXPECT_THAT(plan(support).programs, Not(Contains("tsa_ring_submit_old")));
}

TEST(Plan, network_bytes_are_counted_at_the_events_or_before_6_3_at_the_functions) {
    using testing::ElementsAre;
    KernelSupport support;
    EXPECT_TRUE(plan(support).network.empty());
    support.splice_from_sockets = support.sends_pages = true;
    EXPECT_TRUE(plan(support).network_splice.empty()) << "splice alone is no count";
    support.socket_functions = true;
    EXPECT_THAT(plan(support).network,
                ElementsAre("tsa_sent_inet", "tsa_sent_inet6", "tsa_received_inet", "tsa_received_inet6"));
    EXPECT_THAT(plan(support).network_splice, ElementsAre("tsa_spliced", "tsa_sent_page"));
    support.socket_events = true;
    EXPECT_THAT(plan(support).network, ElementsAre("tsa_sent", "tsa_received"));
    support.sends_pages = false;  // 6.5
    EXPECT_THAT(plan(support).network_splice, ElementsAre("tsa_spliced"));
}

TEST(RangeFinder, a_function_ends_where_the_next_symbol_begins) {
    RangeFinder finder;
    finder.line("ffffffff81000300 T after");
    finder.line("ffffffff81000100 T do_swap_page");
    finder.line("ffffffff81000200 t neighbor\t[module]");
    finder.line("ffffffff81000180 d not_text");
    finder.line("ffffffff82000000 T __sched_text_start");
    finder.line("ffffffff82001000 T __sched_text_end");
    finder.line("ffffffff81000400 t reclaim_throttle.isra.0");
    const KernelRanges ranges = finder.finish();
    ASSERT_TRUE(ranges.known());
    EXPECT_EQ(ranges.swap_functions[0].begin, 0xffffffff81000100U);
    EXPECT_EQ(ranges.swap_functions[0].end, 0xffffffff81000200U);
    ASSERT_EQ(ranges.memory_functions.size(), 1U);
    EXPECT_EQ(ranges.memory_functions[0].end, 0xffffffff82000000U);
    EXPECT_EQ(ranges.sched_text.end, 0xffffffff82001000U);
}

TEST(RangeFinder, finds_where_page_faults_wait_for_their_server) {
    RangeFinder finder;
    finder.line("ffffffff81000100 T handle_userfault");
    finder.line("ffffffff81000180 t next");
    const KernelRanges ranges = finder.finish();
    EXPECT_EQ(ranges.userfault_function.begin, 0xffffffff81000100U);
    EXPECT_EQ(ranges.userfault_function.end, 0xffffffff81000180U);
    EXPECT_FALSE(ranges.known()) << "no swap-in was found";
}

TEST(RangeFinder, hidden_addresses_and_garbage_give_no_ranges) {
    RangeFinder finder;
    for (const char* line :
         {"0000000000000000 T do_swap_page", "0000000000000000 T after", "", " ", "xyz T do_swap_page",
          "ffffffff81000100", "ffffffff81000100 T", "ffffffff81000100  do_swap_page"}) {
        finder.line(line);
    }
    EXPECT_FALSE(finder.finish().known());
}

TEST(SyscallClasses, waiting_for_work_is_told_from_an_operation) {
    const SyscallClasses classes = native_syscall_classes();
    EXPECT_EQ(classes[SYS_ppoll], TSA_CLASS_IDLE);
    EXPECT_EQ(classes[SYS_clock_nanosleep], TSA_CLASS_IDLE);
    EXPECT_EQ(classes[SYS_accept4], TSA_CLASS_IDLE | TSA_CLASS_OF_FILE);
    EXPECT_EQ(classes[SYS_futex], TSA_CLASS_FUTEX);
    EXPECT_EQ(classes[SYS_read], TSA_CLASS_SLEEP | TSA_CLASS_OF_FILE);
    EXPECT_EQ(classes[SYS_wait4], TSA_CLASS_SLEEP);
    EXPECT_EQ(classes[SYS_recvmsg], TSA_CLASS_SLEEP | TSA_CLASS_OF_FILE);
    EXPECT_EQ(classes[SYS_io_uring_enter], TSA_CLASS_RING | TSA_CLASS_OF_FILE);
    EXPECT_EQ(classes[SYS_io_getevents], TSA_CLASS_AIO);
}

#ifdef __x86_64__
TEST(SyscallClasses, thirty_two_bit_programs_have_their_own_numbers) {
    const SyscallClasses classes = compat_syscall_classes();
    EXPECT_EQ(classes[240], TSA_CLASS_FUTEX);                     // i386 futex
    EXPECT_EQ(classes[168], TSA_CLASS_IDLE);                      // i386 poll
    EXPECT_EQ(classes[3], TSA_CLASS_SLEEP | TSA_CLASS_OF_FILE);   // i386 read
    EXPECT_EQ(classes[426], TSA_CLASS_RING | TSA_CLASS_OF_FILE);  // io_uring_enter
}
#elif defined(__aarch64__)
TEST(SyscallClasses, thirty_two_bit_programs_have_their_own_numbers) {
    const SyscallClasses classes = compat_syscall_classes();
    EXPECT_EQ(classes[240], TSA_CLASS_FUTEX);                     // ARM futex
    EXPECT_EQ(classes[252], TSA_CLASS_IDLE | TSA_CLASS_OF_FILE);  // ARM epoll_wait
    EXPECT_EQ(classes[3], TSA_CLASS_SLEEP | TSA_CLASS_OF_FILE);   // ARM read
}
#endif

}  // namespace
}  // namespace tsa
