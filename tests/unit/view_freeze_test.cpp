// SPDX-License-Identifier: MIT
// Freezing, and how threads are scheduled: the questions and menus, and what they ask of the caller.
#include <gmock/gmock.h>
#include <sched.h>

#include "text/scheduling_text.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::overlay_name;
using test::text_of;
using test::World;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Freezing : public testing::Test {
  protected:
    Freezing() {
        world.fill();
        world.machine.cgroup_of = [this](std::uint32_t tgid) {
            asked = tgid;
            return cgroup;
        };
        cgroup.path = "/db/mysql";
        cgroup.processes = {{4121, "mysqld"}, {4300, "backup"}};
        world.draw(100, 30);
        world.type("4178");
        world.draw(100, 30);
    }
    std::string screen() { return text_of(world.draw(100, 30)); }

    World world;
    CgroupMembers cgroup;
    std::uint32_t asked = 0;
};

TEST_F(Freezing, the_question_lists_everything_that_stops_and_enter_alone_changes_nothing) {
    world.type("f");
    EXPECT_EQ(asked, 4121U);
    EXPECT_THAT(screen(), AllOf(HasSubstr("Cgroup /db/mysql"), HasSubstr("all 2 processes of /db/mysql stop"),
                                HasSubstr("4121"), HasSubstr("backup")));
    EXPECT_FALSE(world.press(Key::enter));
    EXPECT_EQ(world.state.message, "nothing was changed");
    EXPECT_TRUE(world.state.pages.empty());
}

TEST_F(Freezing, freezes_the_cgroup_when_that_line_is_picked) {
    world.type("ffr");
    const auto command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, Command::Kind::freeze_cgroup);
    EXPECT_EQ(command->cgroup, "/db/mysql");
    EXPECT_FALSE(command->moves_out);
}

TEST_F(Freezing, a_frozen_row_thaws) {
    cgroup.is_frozen = true;
    world.type("f");
    EXPECT_THAT(screen(), Not(HasSubstr("freeze")));
    world.type("th");
    const auto command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, Command::Kind::thaw_cgroup);
}

TEST_F(Freezing, vi_s_keys_thaw_with_a_question_or_at_once) {
    world.state.key_set = KeySet::vim;
    for (const std::string_view key : {"u", "U"}) {
        EXPECT_FALSE(world.press(letter(static_cast<char32_t>(key[0]))));
        EXPECT_THAT(world.state.message, HasSubstr("/db/mysql is not frozen"));
    }
    cgroup.is_frozen = true;
    EXPECT_FALSE(world.press(letter(U'u')));
    EXPECT_EQ(overlay_name(world.state), "freeze");
    const auto asked_first = world.press(Key::enter);
    ASSERT_TRUE(asked_first);
    EXPECT_EQ(asked_first->kind, Command::Kind::thaw_cgroup);
    const auto at_once = world.press(letter(U'U'));
    ASSERT_TRUE(at_once);
    EXPECT_EQ(at_once->kind, Command::Kind::thaw_cgroup);
    EXPECT_EQ(at_once->cgroup, "/db/mysql");
    EXPECT_TRUE(world.state.pages.empty());
    cgroup.is_frozen = false;
    cgroup.frozen_above = true;
    EXPECT_FALSE(world.press(letter(U'U')));
    EXPECT_THAT(world.state.message, HasSubstr("a cgroup above this one is frozen"));
}

TEST_F(Freezing, what_vi_s_keys_took_has_g_before_it) {
    world.state.key_set = KeySet::vim;
    world.type("gu");
    EXPECT_EQ(overlay_name(world.state), "users");
    world.press(Key::escape);
    world.type(" gU");
    EXPECT_TRUE(world.state.overview.tagged.empty());
    world.type("gl");
    EXPECT_THAT(screen(), HasSubstr("Open files of"));
    EXPECT_EQ(world.state.key_set, KeySet::vim);
}

TEST_F(Freezing, one_process_is_moved_out_only_after_a_second_question) {
    cgroup.is_root = true;
    cgroup.path = "/";
    world.type("f");
    EXPECT_THAT(screen(), AllOf(HasSubstr("root of the cgroups, which cannot be frozen"), Not(HasSubstr("backup")),
                                Not(HasSubstr("SIGKILL"))));
    world.type("on");
    EXPECT_FALSE(world.press(Key::enter));
    EXPECT_EQ(overlay_name(world.state), "move out");
    EXPECT_FALSE(world.press(Key::enter)) << "the cursor is on no";
    world.type("fon");
    world.press(Key::enter);
    world.type("y");
    const auto command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, Command::Kind::freeze_cgroup);
    EXPECT_TRUE(command->moves_out);
    ASSERT_EQ(command->targets.size(), 1U);
    EXPECT_EQ(command->targets[0].tgid, 4121U);
}

TEST_F(Freezing, all_of_a_cgroup_is_killed_only_after_a_second_question) {
    world.type("fki");
    EXPECT_FALSE(world.press(Key::enter));
    EXPECT_EQ(overlay_name(world.state), "kill a cgroup");
    EXPECT_THAT(screen(), HasSubstr("Kill all 2 processes of /db/mysql?"));
    world.type("y");
    const auto command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, Command::Kind::kill_cgroup);
    EXPECT_EQ(command->cgroup, "/db/mysql");
}

TEST_F(Freezing, neither_its_own_cgroup_nor_that_of_process_1) {
    cgroup.has_own = true;
    world.type("f");
    EXPECT_THAT(screen(), AllOf(HasSubstr("rstat-tsa, or what it runs under, is in this cgroup"),
                                Not(HasSubstr("freeze ")), Not(HasSubstr("SIGKILL"))));
    world.press(Key::escape);
    cgroup.process_is_own = true;
    world.type("f");
    EXPECT_EQ(overlay_name(world.state), "");
    EXPECT_THAT(world.state.message, HasSubstr("rstat-tsa runs under it"));
    cgroup.has_own = cgroup.process_is_own = false;
    cgroup.has_init = true;
    world.type("f");
    EXPECT_THAT(screen(),
                AllOf(HasSubstr("Process 1 is in this cgroup"), Not(HasSubstr("freeze ")), Not(HasSubstr("SIGKILL"))));
}

TEST_F(Freezing, a_problem_is_said) {
    cgroup.problem = "no cgroup v2 hierarchy is mounted here";
    world.type("f");
    EXPECT_EQ(world.state.message, cgroup.problem);
    EXPECT_TRUE(world.state.message_is_warning);
}

TEST_F(Freezing, quitting_asks_what_becomes_of_what_is_frozen) {
    world.state.frozen = {"/db/mysql"};
    EXPECT_FALSE(world.press(Key::f10));
    EXPECT_THAT(screen(), AllOf(HasSubstr("these cgroups are still frozen"), HasSubstr("/db/mysql")));
    world.press(Key::escape);
    EXPECT_TRUE(world.state.pages.empty());
    world.type("q");
    auto command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, Command::Kind::quit);
    EXPECT_FALSE(command->leave_frozen);
    world.type("ql");
    command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_TRUE(command->leave_frozen);
}

class SchedulingMenus : public testing::Test {
  protected:
    SchedulingMenus() {
        world.fill();
        world.machine.scheduling_of = [this](std::uint32_t) { return scheduling; };
        scheduling.cpus = {0, 1, 2, 3};
        scheduling.online_cpus = {0, 1, 2, 3};
        world.draw(100, 40);
        world.type("4178");
        world.draw(100, 40);
    }
    World world;
    Scheduling scheduling;
};

TEST_F(SchedulingMenus, cpus_are_chosen_by_space_and_set_by_the_first_line) {
    world.type("a2 ");
    EXPECT_THAT(text_of(world.draw(100, 40)), AllOf(HasSubstr("CPUs of connection-18 (4178)"),
                                                    HasSubstr("to CPUs 0,1,3; now 0-3"), HasSubstr("[ ] 2")));
    world.press(Key::home);
    const auto command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, Command::Kind::set_affinity);
    EXPECT_THAT(command->cpus, ElementsAre(0, 1, 3));
    ASSERT_EQ(command->targets.size(), 1U);
    EXPECT_EQ(command->targets[0].tid, 4178U);
}

TEST_F(SchedulingMenus, no_cpu_at_all_is_refused) {
    scheduling.cpus = {2};
    world.type("a2 ");
    world.press(Key::home);
    EXPECT_FALSE(world.press(Key::enter));
    EXPECT_EQ(world.state.message, "no CPU is chosen");
    world.type("al");
    world.press(Key::enter);
    world.press(Key::home);
    const auto command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->cpus.size(), 4U);
}

TEST_F(SchedulingMenus, policy_and_io_priority_are_in_one_menu) {
    scheduling.policy = SCHED_BATCH;
    world.type("Y");
    EXPECT_THAT(text_of(world.draw(100, 40)), HasSubstr("* batch"));
    world.type("idle");
    auto command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, Command::Kind::set_policy);
    EXPECT_EQ(command->policy, SCHED_IDLE);
    world.type("YI/O idle");
    command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, Command::Kind::set_io_priority);
    EXPECT_EQ(command->policy, 3);
    world.type("Yrr 10");
    command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->policy, SCHED_RR);
    EXPECT_EQ(command->priority, 10);
}

TEST(SchedulingText, cpus_as_ranges_and_settings_as_words) {
    const std::vector<std::uint32_t> cpus{0, 1, 2, 3, 5, 8, 9};
    EXPECT_EQ(cpu_list_text(cpus), "0-3,5,8,9");
    EXPECT_EQ(cpu_list_text({}), "");
    EXPECT_EQ(policy_text(SCHED_FIFO, 10), "fifo 10");
    EXPECT_EQ(policy_text(SCHED_OTHER, 0), "other");
    EXPECT_EQ(policy_text(9, 0), "policy 9");
    EXPECT_EQ(io_priority_text(2, 7), "best effort 7");
    EXPECT_EQ(io_priority_text(0, 0), "by nice value");
}

}  // namespace
}  // namespace tsa
