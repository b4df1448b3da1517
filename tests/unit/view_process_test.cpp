// SPDX-License-Identifier: MIT
// The page of a process: what is said of it above its threads, and the ways to and from it.
#include <gmock/gmock.h>

#include "model/neighbors.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::kIntervalNs;
using test::kMs;
using test::World;
using testing::HasSubstr;
using testing::Not;

class ProcessPage : public testing::Test {
  protected:
    ProcessPage() {
        world_.fill();
        open_process(world_.state, 4121);
    }
    std::string screen(int width = 120, int height = 40) { return test::text_of(world_.draw(width, height)); }
    void select(std::uint32_t tgid) {
        world_.state.overview.mode = RowMode::processes;
        world_.state.overview.selected = RowKey{{tgid, 0}, true};
        world_.state.overview.searched = true;
    }

    World world_;
};

TEST_F(ProcessPage, says_who_it_is_what_its_threads_do_and_which_locks_they_wait_for) {
    const std::string text = screen();
    EXPECT_THAT(text, HasSubstr("PROCESS 4121 mysqld  4 threads   user mysql"));
    EXPECT_THAT(text, HasSubstr("NOW  1 cpu wait  1 io wait  1 lock wait  1 idle"));
    EXPECT_THAT(text, HasSubstr("LOCKS"));
    EXPECT_THAT(text, HasSubstr("0x7f3a12e8"));
    EXPECT_THAT(text, HasSubstr("4190 page_cleaner, in io wait"));
    EXPECT_THAT(text, HasSubstr("ITS THREADS WAIT FOR"));
    EXPECT_THAT(text, HasSubstr("pwrite64"));
    EXPECT_THAT(text, HasSubstr("THREADS ARE ON AVERAGE IN")) << "a line of the machine stays";
    EXPECT_THAT(text, HasSubstr("connection-18"));
    EXPECT_THAT(text, Not(HasSubstr("cc1plus")));
}

TEST_F(ProcessPage, says_why_it_is_slow_in_the_words_of_its_worst_thread) {
    world_.row(4177).state_ns[index(ThreadState::lock_wait)] += 150 * kMs;
    EXPECT_THAT(screen(200, 40),
                HasSubstr("2 of 4 threads, most of all 4178 connection-18: 100 % of its delay is waiting for the lock "
                          "0x7f3a12e8, held by 4190 page_cleaner"));
}

TEST_F(ProcessPage, has_the_processes_that_took_the_cpu_of_its_threads) {
    class : public NeighborTable {
      public:
        [[nodiscard]] const CpuWaitBy* of(const ThreadKey& thread) const override {
            return thread.tid == 4177 ? &waits : nullptr;
        }
        [[nodiscard]] std::string_view unavailable() const override { return ""; }
        CpuWaitBy waits;
    } table;
    Neighbor compiler;
    compiler.key = {5000, 6000};
    compiler.tgid = 5000;
    std::ranges::copy(std::string_view("cc1plus"), compiler.comm.begin());
    compiler.total_ns = 300 * kMs;
    table.waits.neighbors = {compiler};
    table.waits.own_quota_ns = 100 * kMs;
    world_.report.neighbors = &table;
    EXPECT_THAT(screen(), HasSubstr("CPU TAKEN BY  5000 cc1plus 75.0 %, none: its own quota 25.0 %"));
}

TEST_F(ProcessPage, chart_has_the_threads_that_ran_or_were_delayed) {
    for (int at = 0; at < 8; ++at) {
        world_.report.now_ns += kIntervalNs;
        screen();
    }
    const std::string text = screen();
    EXPECT_THAT(text, HasSubstr("threads on average:"));
    EXPECT_THAT(text, HasSubstr("lock wait 1.2"));
    EXPECT_THAT(text, HasSubstr("    3 ┤")) << "its scale is a whole number of threads\n" << text;
}

TEST_F(ProcessPage, leaves_its_threads_room_on_every_screen) {
    for (const auto& [width, height] : {std::pair{40, 10}, {60, 14}, {80, 24}, {120, 40}, {200, 50}}) {
        const std::string text = screen(width, height);
        int shown = 0;
        for (const char* name : {"connection-17", "connection-18", "page_cleaner"}) {
            shown += text.rfind(name) != std::string::npos ? 1 : 0;
        }
        EXPECT_GE(shown, 3) << width << "x" << height << "\n" << text;
    }
    for (int height = 1; height < 60; ++height) {
        for (const int width : {1, 20, 59, 60, 110, 300}) {
            screen(width, height);
        }
    }
}

TEST_F(ProcessPage, enter_on_a_process_opens_it_enter_again_its_thread_and_esc_goes_back) {
    world_.state.overview.tgid.reset();
    select(4121);
    world_.press(Key::enter);
    EXPECT_EQ(world_.state.overview.tgid, 4121U);
    EXPECT_FALSE(thread_on(world_.state));
    screen();
    world_.press(Key::enter);
    ASSERT_TRUE(thread_on(world_.state));
    EXPECT_EQ(thread_on(world_.state)->tid, 4178U) << "the most delayed one is on top";
    world_.press(Key::escape);
    EXPECT_EQ(world_.state.overview.tgid, 4121U);
    EXPECT_FALSE(thread_on(world_.state));
    world_.press(Key::escape);
    EXPECT_FALSE(world_.state.overview.tgid);
    EXPECT_EQ(world_.state.overview.mode, RowMode::processes);
    EXPECT_THAT(screen(), Not(HasSubstr("PROCESS 4121")));
}

TEST_F(ProcessPage, a_process_of_one_thread_opens_that_thread) {
    world_.state.overview.tgid.reset();
    select(5000);
    world_.press(Key::enter);
    EXPECT_FALSE(world_.state.overview.tgid);
    ASSERT_TRUE(thread_on(world_.state));
    EXPECT_EQ(thread_on(world_.state)->tid, 5000U);
}

TEST_F(ProcessPage, its_end_is_said) {
    screen();
    for (const std::uint32_t tid : {4121U, 4177U, 4178U, 4190U}) {
        world_.end(tid);
    }
    std::ranges::find(world_.report.processes, 4121U, &ProcessRow::tgid)->threads = 0;
    world_.report.now_ns += kIntervalNs;
    const std::string text = screen();
    EXPECT_THAT(text, HasSubstr("PROCESS 4121 mysqld  ENDED"));
    EXPECT_THAT(text, Not(HasSubstr("NOW  0")));
}

}  // namespace
}  // namespace tsa
