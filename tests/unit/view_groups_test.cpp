// SPDX-License-Identifier: MIT
// Command lines and groups in the overview: the column and its forms, filter and search, the walk from threads to
// processes to groups and back, and limits of cgroups.
#include <gmock/gmock.h>

#include "tui/overview.h"
#include "tui/overview/layout.h"
#include "tui/overview/page.h"
#include "tui/overview/rows.h"
#include "unit/golden.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The literal machine, with what is known of its processes.
class Known : public ::testing::Test {
  protected:
    Known() {
        world.fill();
        set(1, "/sbin/init splash", "/init.scope", "init.scope");
        set(4121, "/usr/sbin/mysqld --daemonize --port=3306", "/system.slice/mysql.service", "mysql.service");
        set(5000, "/usr/lib/gcc/cc1plus -quiet shop.cpp", "/user.slice/session-3.scope", "session-3.scope");
        set(5001, "-bash", "/user.slice/session-3.scope", "session-3.scope");
        set(5002, "evil\x1b[2J\nname", "/docker/x", "", "shop-1");
        CgroupStats limits;
        limits.quota_cpus = 0.5;
        limits.throttled_ns = 392 * kMs;
        limits.memory_bytes = 1200ULL << 20U;
        limits.memory_limit_bytes = 2048ULL << 20U;
        limits.cpu_some_pct = 71.2;
        table.limits["/system.slice/mysql.service"] = limits;
        world.report.facts = &table;
        world.state.overview.has_facts = true;
    }
    void set(std::uint32_t tgid, const std::string& command, const std::string& path, const std::string& unit,
             const std::string& container = {}) {
        ProcessFacts& facts = table.put(tgid, 1000 + tgid);
        facts.command = command;
        facts.program = command.substr(0, command.find(' '));
        CgroupPlace place;
        place.path = path;
        place.unit = unit;
        place.unit_end = unit.empty() ? 0 : path.size();
        place.container = place.container_id = container;
        facts.place = table.intern(path, place);
    }
    std::string screen(int width = 200, int height = 43) { return text_of(world.draw(width, height)); }
    std::vector<std::string> names() {
        std::vector<std::string> out;
        RowList list(world.report, world.state.overview);
        for (const RowRef& row : list.rows(0, list.living())) {
            out.push_back(row.group != nullptr ? row.group->name : std::string(comm_of(thread_of(row))));
        }
        return out;
    }

    World world;
    ProcessTable table;
};

TEST_F(Known, command_lines_have_a_column_from_140_columns_on) {
    EXPECT_THAT(screen(140), HasSubstr("COMMAND"));
    EXPECT_THAT(screen(139), Not(HasSubstr("COMMAND")));
    EXPECT_THAT(screen(200), HasSubstr("/usr/sbin/mysqld --daemonize --port=3306"));
    world.state.overview.has_facts = false;
    EXPECT_THAT(screen(200), Not(HasSubstr("COMMAND"))) << "a recording without them";
}

TEST_F(Known, p_shows_the_column_and_turns_its_forms) {
    screen(120);
    world.type("p");
    EXPECT_THAT(screen(120), HasSubstr("COMMAND"));
    EXPECT_THAT(screen(120), HasSubstr(" /usr/sbin/mysqld --d"));
    world.type("p");
    EXPECT_THAT(screen(120), HasSubstr(" /usr/sbin/mysqld"));
    EXPECT_THAT(screen(120), Not(HasSubstr("mysqld --d")));
    world.type("p");
    EXPECT_THAT(screen(120), Not(HasSubstr("/usr/sbin")));
    world.type("p");
    EXPECT_THAT(screen(120), HasSubstr(" /usr/sbin/mysqld --d"));
}

TEST_F(Known, memory_and_age_have_columns_on_request) {
    EXPECT_THAT(screen(), Not(HasSubstr("MEM%")));
    world.state.overview.columns_shown = {"memory_share", "elapsed"};
    world.report.system.now.memory_total_bytes = 1000ULL << 20U;
    world.report.system.now.uptime_s = 3600.0;
    const std::string text = screen();
    EXPECT_THAT(text, HasSubstr(" MEM%"));
    EXPECT_THAT(text, HasSubstr(" ELAPSED"));
    EXPECT_THAT(text, HasSubstr(" 41.2 ")) << "cc1plus has 412 MiB of 1000";
    EXPECT_THAT(text, HasSubstr("1h00m"));
    world.report.system.now.uptime_s.reset();
    EXPECT_THAT(screen(), Not(HasSubstr("1h00m")));
}

TEST_F(Known, bytes_of_a_command_line_do_not_reach_the_terminal) {
    const std::string text = screen();
    EXPECT_THAT(text, HasSubstr("evil"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(HasSubstr("\nname")));
}

TEST_F(Known, the_filter_and_the_search_look_into_command_lines_units_and_containers) {
    screen();
    world.state.overview.filter = "shop.cpp";
    EXPECT_THAT(names(), ::testing::ElementsAre("cc1plus"));
    world.state.overview.filter = "SESSION-3";
    EXPECT_THAT(names(), ::testing::UnorderedElementsAre("cc1plus", "bash"));
    world.state.overview.filter = "shop-1";
    EXPECT_THAT(names(), ::testing::ElementsAre("swapped"));
    world.state.overview.filter.clear();
    world.state.overview.search = "splash";
    search_from(world.state, world.report, false, true);
    ASSERT_TRUE(world.state.overview.selected);
    EXPECT_EQ(world.state.overview.selected->thread.tid, 1U);
}

TEST_F(Known, H_walks_from_threads_to_processes_to_groups) {
    screen();
    world.type("H");
    EXPECT_EQ(world.state.overview.mode, RowMode::processes);
    world.type("H");
    EXPECT_EQ(world.state.overview.mode, RowMode::groups);
    EXPECT_THAT(names(), ::testing::UnorderedElementsAre("init.scope", "mysql.service", "session-3.scope", ""));
    const std::string text = screen();
    EXPECT_THAT(text, HasSubstr("4 units by DELAY"));
    EXPECT_THAT(text, HasSubstr("mysql.service (4)"));
    EXPECT_THAT(text, HasSubstr("quota 0.5 CPUs, throttled 392 ms, memory 1.17 GiB of 2.00 GiB, PSI cpu 71.2 %"));
    EXPECT_THAT(text, Not(HasSubstr("USER"))) << "a group has none";
    world.type("H");
    EXPECT_EQ(world.state.overview.mode, RowMode::threads);
}

TEST_F(Known, a_group_has_the_sums_of_its_threads_and_the_order_of_its_delay) {
    world.state.overview.mode = RowMode::groups;
    EXPECT_EQ(names().front(), "mysql.service");
    RowList list(world.report, world.state.overview);
    const RowRef mysql = list.rows(0, 1).front();
    std::uint64_t delay_ns = 0;
    for (const ThreadRow& row : world.report.threads) {
        delay_ns += row.now->tgid == 4121 ? latency_ns(row.state_ns) : 0;
    }
    EXPECT_EQ(list.delay_ns(mysql), delay_ns);
    EXPECT_EQ(mysql.process->threads, 4U);
}

TEST_F(Known, enter_shows_the_processes_of_a_group_and_escape_goes_back) {
    world.state.overview.mode = RowMode::groups;
    screen();
    world.press(Key::down);
    world.press(Key::down);
    RowList list(world.report, world.state.overview);
    const std::string name = list.rows(world.state.overview.cursor, 1).front().group->name;
    world.press(Key::enter);
    EXPECT_EQ(world.state.overview.mode, RowMode::processes);
    ASSERT_TRUE(world.state.overview.group);
    EXPECT_EQ(world.state.overview.group->name, name);
    const std::string wanted = name.empty() ? std::string("of no unit") : "of unit " + name;
    EXPECT_THAT(screen(), HasSubstr(wanted));
    world.type("H");
    EXPECT_EQ(world.state.overview.mode, RowMode::threads) << "a group has no groups";
    for (const std::string& one : names()) {
        EXPECT_NE(one, "mysqld");
    }
    world.press(Key::escape);
    EXPECT_EQ(world.state.overview.mode, RowMode::groups);
    EXPECT_FALSE(world.state.overview.group);
    ASSERT_TRUE(world.state.overview.selected);
    EXPECT_EQ(*world.state.overview.selected, key_of(list.rows(2, 1).front())) << "on the same group";
}

TEST_F(Known, groups_turn_from_units_to_users_and_commands) {
    screen();
    world.type("=");
    EXPECT_EQ(world.state.overview.mode, RowMode::groups);
    EXPECT_EQ(world.state.overview.by, GroupKey::unit);
    for (const GroupKey by :
         {GroupKey::container, GroupKey::pod, GroupKey::cgroup, GroupKey::user, GroupKey::command, GroupKey::unit}) {
        world.type("=");
        EXPECT_EQ(world.state.overview.by, by);
        EXPECT_THAT(screen(), HasSubstr(std::string(info(by).one)));
    }
    world.state.overview.by = GroupKey::user;
    EXPECT_THAT(screen(), HasSubstr("mysql (4)")) << "by name";
    world.press(Key::enter);
    EXPECT_THAT(screen(), HasSubstr("of user "));
}

TEST_F(Known, signals_and_stacks_are_not_for_groups) {
    world.state.overview.mode = RowMode::groups;
    screen();
    world.press(Key::f9);
    EXPECT_EQ(overlay_name(world.state), "");
    world.type("s");
    EXPECT_EQ(screen_of(world.state).name, "overview");
    world.type(" c");
    world.press(Key::f7);
    EXPECT_EQ(overlay_name(world.state), "");
    EXPECT_THAT(screen(40, 10), HasSubstr("mysql.service"));
    EXPECT_THAT(screen(80, 24), HasSubstr("mysql.service"));
}

TEST_F(Known, the_loop_reads_what_is_on_the_screen) {
    OverviewOptions options;
    Overview overview(std::move(options));
    overview.on_report(world.report);
    (void)overview.frame(200, 43);
    EXPECT_FALSE(overview.shown_processes().empty());
    EXPECT_FALSE(overview.needs_all_facts());
    (void)overview.frame(100, 43);
    EXPECT_TRUE(overview.shown_processes().empty()) << "no column needs them";
    (void)overview.on_key(letter(U'\\'));
    EXPECT_TRUE(overview.needs_all_facts()) << "a filter is being typed";
    (void)overview.on_key(special(Key::escape));
    EXPECT_TRUE(overview.shown_cgroups().empty());
    (void)overview.on_key(letter(U'='));
    EXPECT_TRUE(overview.needs_all_facts());
    EXPECT_THAT(overview.shown_cgroups(), ::testing::Contains("/system.slice/mysql.service"));
}

TEST_F(Known, looks_like_this) {
    expect_golden("command_200x50", world.draw(200, 50));
    world.state.overview.mode = RowMode::groups;
    expect_golden("groups_132x43", world.draw(132, 43));
    expect_golden("groups_80x24", world.draw(80, 24));
}

}  // namespace
}  // namespace tsa::test
