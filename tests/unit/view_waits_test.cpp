// SPDX-License-Identifier: MIT
// The table WAITS ON: what is one row, what the open wait adds, what is said when there is no table, and how it
// scrolls.
#include <gmock/gmock.h>

#include "model/columns.h"
#include "model/descriptor.h"
#include "sched/first_arguments.h"
#include "tui/text.h"
#include "tui/thread/wait_rows.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::calls_of;
using test::detail_of_4178;
using test::kMs;
using test::kNowNs;
using test::text_of;
using test::waits_of;
using test::World;
using testing::HasSubstr;
using testing::Not;

constexpr ThreadKey kThread{4178, 1000 + 4178};

World world_in_detail() {
    World world;
    world.fill();
    world.history.watch(kThread);
    world.history.add(world.report);
    open_thread(world.state, kThread, 4121);
    world.detail = detail_of_4178();
    return world;
}

const WaitRow* find(const std::vector<WaitRow>& rows, std::string_view what) {
    const auto found = std::ranges::find(rows, what, &WaitRow::what);
    return found != rows.end() ? &*found : nullptr;
}

TEST(WaitRows, calls_on_descriptors_of_one_class_are_one_row) {
    const std::vector<WaitRow> rows = wait_rows(detail_of_4178(), nullptr);
    const WaitRow* sockets = find(rows, "recvfrom socket");
    ASSERT_NE(sockets, nullptr);
    EXPECT_EQ(sockets->count, 18U);
    EXPECT_EQ(sockets->total_ns, (10U * 40 + 180 + 6 * 40 + 90) * kMs);
    EXPECT_EQ(sockets->max_ns, 180 * kMs);
    EXPECT_NE(find(rows, "read pipe"), nullptr);
    EXPECT_NE(find(rows, "write fd 12"), nullptr) << "what it is open for is not known";
    EXPECT_NE(find(rows, "cpu: woken"), nullptr);
    EXPECT_NE(find(rows, "cpu: preempted"), nullptr);
}

TEST(WaitRows, one_call_in_two_states_is_two_rows) {
    ThreadDetail detail;
    detail.waits.kinds = {calls_of(ThreadState::io_wait, SYS_fsync, 3, 2, kMs, kMs),
                          calls_of(ThreadState::uninterruptible, SYS_fsync, 3, 2, kMs, kMs)};
    EXPECT_EQ(wait_rows(detail, nullptr).size(), 2U);
}

TEST(WaitRows, the_open_wait_is_counted_in_its_row_and_marked) {
    const World world = world_in_detail();
    const std::vector<WaitRow> closed = wait_rows(*world.detail, nullptr);
    const std::vector<WaitRow> rows = wait_rows(*world.detail, world.history.find(kThread));
    const WaitRow* before = find(closed, "futex lock 0x7f3a12e8");
    const WaitRow* now = find(rows, "futex lock 0x7f3a12e8");
    ASSERT_NE(before, nullptr);
    ASSERT_NE(now, nullptr);
    EXPECT_EQ(now->count, before->count + 1);
    EXPECT_EQ(now->total_ns, before->total_ns + 4200 * kMs);
    EXPECT_EQ(now->max_ns, 4200 * kMs);
    EXPECT_TRUE(now->open);
    EXPECT_TRUE(now->open_is_worst);
    EXPECT_FALSE(before->open);
    EXPECT_EQ(rows.size(), closed.size());
    EXPECT_EQ(rows.front().what, now->what) << "most time first";
}

TEST(WaitRows, an_open_wait_of_a_new_kind_has_a_row_of_its_own_and_a_short_one_is_not_the_worst) {
    World world = world_in_detail();
    Thread& thread = world.thread(4178);
    thread.state = ThreadState::sleep;
    thread.wait = {};
    thread.wait.syscall = SYS_recvfrom;
    thread.wait.args = {5, 0, 0};
    thread.since_ns = kNowNs - 2 * kMs;
    world.report.now_ns += 1;
    world.history.add(world.report);
    const WatchedThread* watched = world.history.find(kThread);
    const std::vector<WaitRow> merged = wait_rows(*world.detail, watched);
    const WaitRow* socket = find(merged, "recvfrom socket");
    ASSERT_NE(socket, nullptr);
    EXPECT_EQ(socket->count, 19U);
    EXPECT_TRUE(socket->open);
    EXPECT_FALSE(socket->open_is_worst);
    world.detail->waits.kinds.clear();
    const std::vector<WaitRow> alone = wait_rows(*world.detail, watched);
    ASSERT_EQ(alone.size(), 1U);
    EXPECT_EQ(alone.front().what, "recvfrom socket");
}

TEST(WaitRows, a_thread_that_runs_or_has_ended_waits_for_nothing) {
    World world = world_in_detail();
    world.thread(4178).state = ThreadState::exec;
    world.report.now_ns += 1;
    world.history.add(world.report);
    for (const WaitRow& row : wait_rows(*world.detail, world.history.find(kThread))) {
        EXPECT_FALSE(row.open) << row.what;
    }
    world.thread(4178).state = ThreadState::lock_wait;
    world.end(4178);
    world.report.now_ns += 1;
    world.history.add(world.report);
    for (const WaitRow& row : wait_rows(*world.detail, world.history.find(kThread))) {
        EXPECT_FALSE(row.open) << row.what;
    }
}

TEST(WaitRows, words_are_those_of_the_other_screens) {
    const std::vector<DescriptorName> names{{3, "eventpoll"}};
    const auto words = [&](ThreadState state, const Wait& wait) {
        WaitKind kind;
        kind.state = state;
        kind.wait = wait;
        return wait_words(kind, false, names);
    };
    Wait wait;
    EXPECT_EQ(words(ThreadState::swap_wait, wait), "page fault");
    EXPECT_EQ(words(ThreadState::stopped, wait), "stopped");
    wait.kernel_function = "vfs_rename";
    EXPECT_EQ(words(ThreadState::uninterruptible, wait), "vfs_rename");
    wait = {};
    wait.kernel_lock = true;
    wait.args[0] = 0xffff8880;
    EXPECT_EQ(words(ThreadState::lock_wait, wait), "kernel lock 0xffff8880");
    wait = {};
    wait.syscall = SYS_futex;
    wait.args[0] = 0x1000;
    EXPECT_EQ(words(ThreadState::idle, wait), "futex 0x1000");
    wait.syscall = SYS_epoll_pwait;
    wait.args[0] = 3;
    EXPECT_EQ(words(ThreadState::idle, wait), "epoll_pwait") << "not: epoll_pwait eventpoll";
    WaitKind others;
    others.others = true;
    EXPECT_EQ(wait_words(others, false, names), "all other waits");
}

// The probe keys its table by its own list: where the two differ, an open wait would not find its row.
TEST(Descriptors, the_screens_and_the_probe_know_the_same_calls) {
    const FirstArguments arguments = native_first_arguments();
    int descriptors = 0;
    for (std::size_t number = 0; number < arguments.size(); ++number) {
        Wait wait;
        wait.syscall = static_cast<std::int32_t>(number);
        wait.args[0] = 7;
        const bool is_descriptor = arguments[number] == TSA_ARGUMENT_DESCRIPTOR;
        EXPECT_EQ(descriptor_of(wait).has_value(), is_descriptor) << syscall_name(wait.syscall);
        descriptors += is_descriptor ? 1 : 0;
    }
    EXPECT_GT(descriptors, 20);
}

TEST(Descriptors, only_the_lower_half_counts_and_a_negative_one_is_none) {
    Wait wait;
    wait.syscall = SYS_read;
    wait.args[0] = 0xdeadbeef00000004;
    EXPECT_EQ(descriptor_of(wait), 4);
    wait.args[0] = 0xffffffff;
    EXPECT_FALSE(descriptor_of(wait).has_value());
    wait.args[0] = 4;
    wait.compat = true;
    EXPECT_FALSE(descriptor_of(wait).has_value());
}

TEST(WaitTableOnScreen, scrolls_to_its_last_row_and_no_further) {
    World world = world_in_detail();
    world.draw(80, 20);
    const DetailBounds bounds = world.state.thread.bounds;
    ASSERT_GT(bounds.wait_rows, bounds.wait_rows_shown);
    EXPECT_THAT(text_of(world.draw(80, 20)), Not(HasSubstr("write fd 12")));
    for (int step = 0; step < 40; ++step) {
        world.press(Key::down);
    }
    EXPECT_EQ(world.state.thread.scroll, bounds.wait_rows - bounds.wait_rows_shown);
    EXPECT_THAT(text_of(world.draw(80, 20)), HasSubstr("write fd 12"));
    world.press(Key::page_up);
    world.press(Key::page_up);
    world.press(Key::page_up);
    EXPECT_EQ(world.state.thread.scroll, 0U);
    world.press(KeyEvent{Key::wheel_down, 0, 0, 0});
    EXPECT_GT(world.state.thread.scroll, 0U);
    EXPECT_EQ(thread_on(world.state), kThread) << "scrolling walks no threads";
}

TEST(WaitTableOnScreen, why_there_is_none_is_said) {
    World world = world_in_detail();
    world.detail->waits = {};
    world.detail->waits.unavailable = "the kernel has no room for another probe; hint: end the other one";
    for (const int height : {10, 24, 43}) {
        EXPECT_THAT(text_of(world.draw(80, height)), HasSubstr("no room for another probe")) << height;
    }
    EXPECT_EQ(world.state.thread.bounds.wait_rows, 0U);
}

TEST(WaitTableOnScreen, missed_waits_are_said) {
    World world = world_in_detail();
    world.detail->waits.missed = 12;
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("12 more waits"));
}

TEST(WaitTableOnScreen, a_lower_bound_keeps_its_mark_and_columns_stand_still) {
    World world = world_in_detail();
    const auto max_end = [&] {
        const Frame frame = world.draw(80, 24);
        for (int y = 0; y < frame.height(); ++y) {
            if (const std::string line = frame.line(y); line.find("futex lock 0x") != std::string::npos) {
                EXPECT_EQ(line.find("…"), std::string::npos) << line;
                return text_width(line, true);
            }
        }
        return -1;
    };
    const int before = max_end();
    Thread& thread = world.thread(4178);
    thread.since_is_upper_bound = true;
    thread.since_ns = kNowNs - 812 * kMs;
    world.report.now_ns += 1;
    world.history.add(world.report);
    EXPECT_EQ(max_end(), before);
    EXPECT_THAT(text_of(world.draw(80, 24)), HasSubstr("≥812 ms"));
}

TEST(WaitTableOnScreen, in_ascii_the_open_wait_has_a_mark_too) {
    World world = world_in_detail();
    EXPECT_THAT(text_of(world.draw(80, 24, false)), HasSubstr("LOCK>futex lock 0x7f3a12e8"));
}

TEST(CellText, the_middle_is_cut_out_of_what_its_end_tells_apart) {
    EXPECT_EQ(cut_middle("futex lock 0x7ffdb00e4ac0", 21, true), "futex …0x7ffdb00e4ac0");
    EXPECT_EQ(cut_middle("read pipe", 9, true), "read pipe");
    for (int cells = 1; cells < 30; ++cells) {
        EXPECT_LE(text_width(cut_middle("read \xe6\x95\xb0\xe6\x95\xb0 \x1b[2J /var/lib", cells, true), true), cells);
        EXPECT_LE(text_width(cut_middle("pread64 /var/lib/mysql/ib_logfile0", cells, false), false), cells);
    }
}

}  // namespace
}  // namespace tsa
