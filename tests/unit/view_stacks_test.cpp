// SPDX-License-Identifier: MIT
// The page of stacks and its pane of the drill-down.
#include <gmock/gmock.h>

#include <map>

#include "model/wait_stack.h"
#include "tui/stacks/page.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::kIntervalNs;
using test::World;
using testing::HasSubstr;
using testing::Not;

constexpr ThreadKey kThread{4178, 1000 + 4178};

class LiteralStacks : public StackTable {
  public:
    [[nodiscard]] const WaitStack* find(const Thread& thread) const override {
        const auto found = stacks.find(thread.tid);
        return found != stacks.end() ? &found->second : nullptr;
    }
    [[nodiscard]] std::string_view unavailable() const override { return why; }

    std::map<std::uint32_t, WaitStack> stacks;
    std::string why;
};

/// The waiter of a lock and its holder.
class StackPage : public testing::Test {
  protected:
    StackPage() {
        world_.fill();
        world_.history.watch(kThread);
        world_.history.add(world_.report);
        WaitStack& waiter = stacks_.stacks[4178];
        waiter.status = StackStatus::read;
        waiter.kernel = {{"futex_wait", "", 0xffffffff81000001, 0xffffffff81000001}};
        waiter.user = {{"pthread_mutex_lock", "libc.so.6", 0x7f000000c482, 0x8c482},
                       {"row_lock", "mysqld", 0x401234, 0x1234},
                       {"", "mysqld", 0x405678, 0x5678}};
        WaitStack& holder = stacks_.stacks[4190];
        holder.status = StackStatus::read;
        holder.user = {{"pwrite64", "libc.so.6", 0x7f0000001000, 0x1000}, {"buf_flush", "mysqld", 0x402000, 0x2000}};
        holder.end = StackEnd::truncated;
        world_.report.stacks = &stacks_;
        open_thread(world_.state, kThread, 4121);
    }

    std::string screen(int width, int height) {
        const Frame frame = world_.draw(width, height);
        std::string text;
        for (int y = 0; y < frame.height(); ++y) {
            text += frame.line(y) + "\n";
        }
        return text;
    }

    World world_;
    LiteralStacks stacks_;
};

TEST_F(StackPage, the_thread_s_stack_is_beside_the_holder_s) {
    world_.type("s");
    const std::string page = screen(120, 24);
    EXPECT_THAT(page, HasSubstr("STACK"));
    EXPECT_THAT(page, HasSubstr("HOLDER 4190 page_cleaner"));
    EXPECT_LT(page.find("futex_wait"), page.find("pthread_mutex_lock")) << "innermost first";
    EXPECT_LT(page.find("pthread_mutex_lock"), page.find("row_lock"));
    EXPECT_THAT(page, HasSubstr("[mysqld]+0x5678"));
    EXPECT_THAT(page, HasSubstr("the stack goes on beyond the part that was copied"));
    const std::size_t line = page.find("pthread_mutex_lock");
    EXPECT_LT(page.find("buf_flush"), page.find('\n', page.find('\n', line) + 1)) << "on the lines of the first column";
}

TEST_F(StackPage, the_title_has_what_the_functions_wait_for) {
    stacks_.stacks[4178].label = {"row lock", StackLabelKind::lock};
    world_.type("s");
    EXPECT_THAT(screen(120, 24), HasSubstr("STACK  row lock"));
}

TEST_F(StackPage, on_a_narrow_screen_the_holder_s_is_below_and_can_be_scrolled_to) {
    world_.type("s");
    EXPECT_THAT(screen(60, 10), Not(HasSubstr("buf_flush")));
    for (int line = 0; line < 20; ++line) {
        world_.type("j");
    }
    EXPECT_THAT(screen(60, 10), HasSubstr("buf_flush"));
    EXPECT_THAT(screen(60, 10), Not(HasSubstr("futex_wait")));
}

TEST_F(StackPage, a_key_shows_modules_with_offsets) {
    world_.type("s");
    EXPECT_THAT(screen(120, 24), Not(HasSubstr("libc.so.6+0x8c482")));
    world_.type("m");
    EXPECT_THAT(screen(120, 24), HasSubstr("libc.so.6+0x8c482"));
}

TEST_F(StackPage, why_there_is_no_stack_is_said) {
    world_.type("s");
    stacks_.stacks.clear();
    EXPECT_THAT(screen(120, 24), HasSubstr("not read yet"));
    stacks_.stacks[4178].status = StackStatus::moved;
    EXPECT_THAT(screen(120, 24), HasSubstr("it ran while its stack was read"));
    stacks_.why = "needs CAP_BPF";
    EXPECT_THAT(screen(120, 24), HasSubstr("needs CAP_BPF"));
}

TEST_F(StackPage, the_drill_down_has_a_line_for_each_stack) {
    const std::string page = screen(120, 40);
    EXPECT_THAT(page, HasSubstr("STACK  pthread_mutex_lock ← row_lock ← [mysqld]+0x5678"));
    EXPECT_THAT(page, HasSubstr("HOLDER 4190  pwrite64 ← buf_flush"));
    stacks_.stacks.clear();
    EXPECT_THAT(screen(120, 40), Not(HasSubstr("HOLDER")));
}

TEST_F(StackPage, the_key_opens_it_from_the_list_and_escape_leads_back) {
    world_.press(Key::escape);
    world_.state.overview.selected = RowKey{kThread, false};
    world_.type("s");
    EXPECT_THAT(screen(120, 24), HasSubstr("row_lock"));
    world_.press(Key::escape);
    EXPECT_FALSE(thread_on(world_.state));
}

}  // namespace
}  // namespace tsa
