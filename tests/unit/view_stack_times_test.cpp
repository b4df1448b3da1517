// SPDX-License-Identifier: MIT
// The page of time by stack.
#include <gmock/gmock.h>

#include "tui/stack_times/page.h"
#include "unit/golden.h"
#include "unit/stack_times_fixture.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr ThreadKey kThread{4178, 1000 + 4178};

class StackTimesPage : public ::testing::Test {
  protected:
    StackTimesPage() {
        world_.fill();
        world_.history.watch(kThread);
        world_.history.add(world_.report);
        world_.detail = detail_of_4178();
        world_.detail->stack_times = stack_times_of_4178();
        open_thread(world_.state, kThread, 4121);
        world_.type("S");
    }
    std::string screen(int width = 132, int height = 43) { return text_of(world_.draw(width, height)); }
    /// The line that contains the words; empty: none does.
    std::string line_with(std::string_view words) {
        const std::string text = screen();
        const std::size_t at = text.find(words);
        if (at == std::string::npos) {
            return {};
        }
        const std::size_t begin = text.rfind('\n', at) + 1;
        return text.substr(begin, text.find('\n', at) - begin);
    }

    World world_;
};

TEST_F(StackTimesPage, at_two_sizes) {
    expect_golden("stack_times_132x43", world_.draw(132, 43));
    expect_golden("stack_times_80x24", world_.draw(80, 24));
}

TEST_F(StackTimesPage, a_state_has_its_exact_time_and_functions_their_share_of_it) {
    EXPECT_THAT(line_with("LOCK  "), HasSubstr("3.2 s"));
    EXPECT_THAT(line_with("row_lock"), HasSubstr("67.1 %"));
    EXPECT_THAT(line_with("stack not copied"), HasSubstr("16 ms"));
    EXPECT_THAT(line_with("row_copy"), HasSubstr("~9.0 s")) << "by samples";
}

TEST_F(StackTimesPage, arrows_show_one_state_after_the_other) {
    screen();
    world_.press(Key::right);
    EXPECT_THAT(screen(), HasSubstr("row_copy")) << "most time first: EXEC";
    EXPECT_THAT(screen(), Not(HasSubstr("row_lock")));
    world_.press(Key::right);
    EXPECT_THAT(screen(), HasSubstr("row_lock"));
    EXPECT_THAT(screen(), Not(HasSubstr("row_copy")));
    world_.press(Key::left);
    world_.press(Key::left);
    EXPECT_THAT(screen(), HasSubstr("row_copy"));
    EXPECT_THAT(screen(), HasSubstr("row_lock"));
}

TEST_F(StackTimesPage, a_key_turns_callers_and_callees) {
    EXPECT_THAT(screen(), HasSubstr("start_thread → handle → execute"));
    world_.type("c");
    EXPECT_THAT(screen(), HasSubstr("__lll_lock_wait ← pthread_mutex_lock"));
}

TEST_F(StackTimesPage, functions_can_be_folded) {
    world_.type("c");
    screen();
    world_.type("/pthread");
    screen();
    world_.press(Key::enter);
    world_.press(Key::right);
    world_.press(Key::right);
    screen();
    world_.press(Key::enter);
    EXPECT_THAT(screen(), Not(HasSubstr("row_lock")));
    EXPECT_THAT(line_with("pthread_mutex_lock"), HasSubstr("+"));
    world_.press(Key::enter);
    EXPECT_THAT(screen(), HasSubstr("row_lock"));
}

TEST_F(StackTimesPage, search_goes_to_the_next_row_that_has_it) {
    screen();
    world_.type("/log_wr");
    screen();
    EXPECT_EQ(world_.state.stack_times.rows[world_.state.stack_times.cursor].matches, true);
    world_.press(Key::escape);
    world_.type("/nowhere");
    EXPECT_THAT(screen(), HasSubstr("not found"));
}

TEST_F(StackTimesPage, the_cursor_stays_on_its_row_while_the_order_changes) {
    screen();
    world_.type("/net_read");
    screen();
    world_.press(Key::enter);
    const std::uint64_t selected = world_.state.stack_times.selected;
    world_.detail->stack_times.exact_ns[index(ThreadState::sleep)] = 100'000 * kMs;
    screen();
    EXPECT_EQ(world_.state.stack_times.selected, selected);
    EXPECT_EQ(world_.state.stack_times.rows[world_.state.stack_times.cursor].id, selected);
}

TEST_F(StackTimesPage, what_is_missing_is_said) {
    world_.detail->stack_times.cpu.counts.clear();
    world_.detail->stack_times.cpu.unavailable = "perf events are not allowed";
    EXPECT_THAT(screen(), HasSubstr("perf events are not allowed"));
    EXPECT_THAT(screen(), HasSubstr("long waits whose stack was not copied: 2"));
    world_.detail->stack_times = {};
    EXPECT_THAT(screen(), HasSubstr("not counted yet"));
    world_.detail->stack_times.unavailable = "needs CAP_BPF";
    EXPECT_THAT(screen(), HasSubstr("needs CAP_BPF"));
    world_.detail.reset();
    EXPECT_THAT(screen(), HasSubstr("not counted yet"));
}

TEST_F(StackTimesPage, tiny_screens_and_keys_without_rows_are_harmless) {
    for (const int height : {1, 2, 4, 5, 6}) {
        screen(20, height);
        world_.press(Key::down);
        world_.press(Key::end);
        world_.press(Key::page_up);
    }
    world_.detail->stack_times = {};
    screen();
    world_.press(Key::down);
    world_.press(Key::enter);
    world_.press(Key::right);
    world_.type("n");
    EXPECT_THAT(screen(), HasSubstr("not counted yet"));
}

TEST_F(StackTimesPage, escape_leads_back_and_s_to_the_stack_of_now) {
    EXPECT_TRUE(screen_of(world_.state).by_stack);
    world_.press(Key::escape);
    EXPECT_EQ(&screen_of(world_.state), &kThreadPage);
    world_.type("S");
    world_.type("s");
    EXPECT_EQ(screen_of(world_.state).name, "stacks");
}

}  // namespace
}  // namespace tsa::test
