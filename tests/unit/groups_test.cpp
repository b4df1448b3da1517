// SPDX-License-Identifier: MIT
// Groups of threads: names, sums, and the cgroup that a whole group is in; choosing threads by the same.
#include "model/groups.h"

#include <gmock/gmock.h>

#include <numeric>
#include <string>

#include "model/columns.h"
#include "model/thread_filter.h"
#include "procfs/cgroup_place.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using testing::LiteralReport;

/// Three processes in two units; one of them has two threads and is in a container.
class Machine {
  public:
    Machine() {
        add(10, 10, "nginx", 100, 7, "/system.slice/nginx.service", "/usr/sbin/nginx");
        add(11, 11, "nginx", 200, 7, "/system.slice/nginx.service", "/usr/sbin/nginx");
        add(20, 20, "java", 300, 8, "/docker/" + std::string(64, 'a'), "/usr/bin/java");
        add(20, 21, "GC Thread#0", 400, 8, "/docker/" + std::string(64, 'a'), "");
        add(30, 30, "kworker/0:1", 500, 1, "", "");
        finish();
    }
    std::vector<std::string> names(GroupKey key) {
        std::vector<std::string> out;
        for (const GroupRow& group : builder.build(world.report, key, users)) {
            out.push_back(group.name);
        }
        return out;
    }

    LiteralReport world;
    ProcessTable table;
    GroupBuilder builder;
    UserName users = [](std::uint32_t uid) { return uid == 7 ? std::string("www-data") : std::string(); };

  private:
    void add(std::uint32_t tgid, std::uint32_t tid, std::string_view comm, std::uint64_t exec_ns, std::uint64_t cgroup,
             const std::string& path, const std::string& program) {
        Thread& thread = world.add(tid, comm, exec_ns);
        thread.tgid = tgid;
        thread.uid = static_cast<std::uint32_t>(cgroup);
        thread.cgroup_id = cgroup;
        thread.kernel = path.empty();
        if (!path.empty()) {
            table.set_place(cgroup, table.intern(path, place_of_path(path)));
            ProcessFacts& facts = table.put(tgid, 0);
            facts.program = facts.program.empty() ? program : facts.program;
        }
    }
    void finish() {
        for (ThreadRow& row : world.report.threads) {
            auto& processes = world.report.processes;
            if (processes.empty() || processes.back().tgid != row.now->tgid) {
                processes.emplace_back().tgid = row.now->tgid;
                processes.back().leader = row.now;
                processes.back().rss_bytes = 1000;
            }
            row.process = static_cast<std::uint32_t>(processes.size() - 1);
        }
        table.set_root(1, false);
        world.report.facts = &table;
    }
};

TEST(Groups, are_named_by_their_key) {
    Machine machine;
    EXPECT_THAT(machine.names(GroupKey::unit), ElementsAre("nginx.service", ""));
    EXPECT_THAT(machine.names(GroupKey::container), ElementsAre("", std::string(12, 'a')));
    EXPECT_THAT(machine.names(GroupKey::command), ElementsAre("nginx", "java", "kworker/0:1"));
    EXPECT_THAT(machine.names(GroupKey::user), ElementsAre("www-data", "8", "1"));
    EXPECT_THAT(machine.names(GroupKey::process), ElementsAre("10", "11", "20", "30"));
    EXPECT_THAT(machine.names(GroupKey::cgroup),
                ElementsAre("/system.slice/nginx.service", "/docker/" + std::string(64, 'a'), ""));
}

TEST(Groups, have_the_sums_of_their_threads_and_leave_none_out) {
    Machine machine;
    for (const GroupKeyInfo& key : kGroupKeys) {
        std::uint64_t wall_ns = 0;
        std::uint64_t exec_ns = 0;
        std::uint32_t threads = 0;
        std::uint32_t processes = 0;
        for (const GroupRow& group : machine.builder.build(machine.world.report, key.key, machine.users)) {
            const auto& states = group.sums.state_ns;
            EXPECT_EQ(std::accumulate(states.begin(), states.end(), std::uint64_t{0}), group.sums.wall_ns);
            wall_ns += group.sums.wall_ns;
            exec_ns += group.sums.state_ns[index(ThreadState::exec)];
            threads += group.sums.threads;
            processes += group.processes;
        }
        EXPECT_EQ(wall_ns, 5'000'000'000U) << key.name;
        EXPECT_EQ(exec_ns, 1500U) << key.name;
        EXPECT_EQ(threads, 5U) << key.name;
        EXPECT_EQ(processes, 4U) << key.name;
    }
    const GroupRow nginx = machine.builder.build(machine.world.report, GroupKey::unit, {}).front();
    EXPECT_EQ(nginx.sums.rss_bytes, 2000U);
    EXPECT_EQ(nginx.cgroup(), "/system.slice/nginx.service");
}

TEST(Groups, an_ended_thread_counts_in_its_group) {
    Machine machine;
    ThreadRow gone = machine.world.report.threads.front();
    gone.exit_time_unix_ns = 5;
    machine.world.report.exited.push_back(gone);
    const GroupRow nginx = machine.builder.build(machine.world.report, GroupKey::unit, {}).front();
    EXPECT_EQ(nginx.sums.threads, 2U);
    EXPECT_EQ(nginx.sums.exited_threads, 1U);
    EXPECT_EQ(nginx.processes, 2U);
    EXPECT_EQ(nginx.sums.state_ns[index(ThreadState::exec)], 400U);
}

TEST(Groups, a_unit_is_the_part_of_the_path_that_is_its_cgroup) {
    Machine machine;
    const std::string below = "/system.slice/nginx.service/worker";
    machine.table.set_place(7, machine.table.intern(below, place_of_path(below)));
    EXPECT_EQ(machine.builder.build(machine.world.report, GroupKey::unit, {}).front().cgroup(),
              "/system.slice/nginx.service");
    EXPECT_EQ(machine.builder.build(machine.world.report, GroupKey::cgroup, {}).front().cgroup(), below);
}

TEST(Groups, a_moved_process_is_in_no_group_until_its_new_place_is_known) {
    Machine machine;
    ProcessFacts& facts = machine.table.put(10, 0);
    facts.place = machine.table.intern("/old", place_of_path("/old"));
    facts.cgroup_id = 7;
    const_cast<Thread*>(machine.world.report.threads.front().now)->cgroup_id = 99;
    EXPECT_EQ(place_of(machine.world.report, *machine.world.report.threads.front().now), nullptr);
    machine.table.set_place(99, machine.table.intern("/new", place_of_path("/new")));
    EXPECT_EQ(place_of(machine.world.report, *machine.world.report.threads.front().now)->path, "/new");
}

TEST(Groups, threads_in_the_root_of_the_unified_tree_have_their_process_s_place) {
    Machine machine;
    Thread& thread = *const_cast<Thread*>(machine.world.report.threads.front().now);
    thread.cgroup_id = 1;
    ProcessFacts& facts = machine.table.put(10, 0);
    facts.cgroup_id = 1;
    facts.place = machine.table.intern("4:cpu:/batch", place_of_lines("4:cpu:/batch\n0::/\n"));
    EXPECT_EQ(place_of(machine.world.report, thread)->path, "/batch");
}

TEST(Groups, where_there_is_no_other_hierarchy_the_root_is_a_place) {
    Machine machine;
    Thread& thread = *const_cast<Thread*>(machine.world.report.threads.front().now);
    thread.cgroup_id = 1;
    machine.table.set_place(1, machine.table.intern("/", place_of_path("/")));
    EXPECT_EQ(place_of(machine.world.report, thread)->path, "/");
}

TEST(Groups, facts_of_an_earlier_process_with_the_number_are_not_used) {
    ProcessTable table;
    table.put(10, 500).command = "new";
    Thread old;
    old.tgid = 10;
    old.start_time_ns = 100;
    EXPECT_EQ(table.find(old), nullptr);
    old.start_time_ns = 500;
    ASSERT_NE(table.find(old), nullptr);
    table.put(10, 900);
    EXPECT_EQ(table.find(old), nullptr) << "replaced";
}

TEST(Groups, a_cgroup_that_is_not_visible_is_called_hidden) {
    ProcessTable table;
    table.set_root(1, true);
    Thread thread;
    thread.tgid = 10;
    thread.cgroup_id = 77;
    EXPECT_FALSE(table.is_hidden(thread)) << "not looked for yet";
    table.set_place(77, nullptr);
    EXPECT_TRUE(table.is_hidden(thread));
    Report report;
    report.facts = &table;
    ThreadRow row;
    row.now = &thread;
    EXPECT_EQ(find_column("cgroup")->of_thread(report, row).text, "hidden");
    EXPECT_FALSE(find_column("unit")->of_thread(report, row).present());
}

TEST(Groups, cgroups_that_come_and_go_are_forgotten_and_those_in_use_stay) {
    ProcessTable table;
    const auto path_of = [](std::uint64_t id) { return "/docker-" + std::to_string(id) + ".scope"; };
    const auto add = [&](std::uint64_t id, std::uint64_t seen_ns) {
        table.set_place(id, table.intern(path_of(id), place_of_path(path_of(id))), seen_ns);
    };
    for (std::uint64_t id = 1; id <= 3 * ProcessTable::kMaxPlaces; ++id) {
        add(id, id);
        if (id == 5) {
            table.put(10, 100).place = table.find_place(path_of(5));
        }
        if (id % 1000 == 0) {
            ASSERT_TRUE(table.note_seen(7, id)) << "it is there all the time";
            table.drop_unseen_since(id - 500);
            table.drop_unused_places();
            ASSERT_LE(table.ids(), 502U);
            ASSERT_LE(table.places(), 503U);
        }
    }
    EXPECT_NE(table.find_place(path_of(3 * ProcessTable::kMaxPlaces)), nullptr) << "the last one is known";
    Thread thread;
    thread.tgid = 10;
    thread.start_time_ns = 100;
    ASSERT_NE(table.place_of(thread), nullptr);
    EXPECT_EQ(table.place_of(thread)->path, path_of(5)) << "a process has it";
    thread.cgroup_id = 7;
    ASSERT_NE(table.place_of(thread), nullptr);
    EXPECT_EQ(table.place_of(thread)->path, path_of(7));
    EXPECT_FALSE(table.knows(8));
    EXPECT_FALSE(table.note_seen(8, 1));
}

TEST(Groups, a_place_that_is_dropped_can_be_read_until_the_next_time) {
    ProcessTable table;
    const CgroupPlace* place = table.intern("/a.service", place_of_path("/a.service"));
    table.drop_unused_places();
    EXPECT_EQ(table.find_place("/a.service"), nullptr);
    EXPECT_EQ(place->path, "/a.service");
}

TEST(CommandText, has_three_forms) {
    ProcessFacts facts;
    facts.command = "/usr/sbin/nginx -g daemon off;";
    facts.program = "/usr/sbin/nginx";
    EXPECT_EQ(command_text(facts, CommandForm::line), "/usr/sbin/nginx -g daemon off;");
    EXPECT_EQ(command_text(facts, CommandForm::program), "/usr/sbin/nginx");
    EXPECT_EQ(command_text(facts, CommandForm::name), "nginx");
    facts.program.clear();
    EXPECT_EQ(command_text(facts, CommandForm::name), "nginx") << "of the first argument";
    facts.command.clear();
    EXPECT_EQ(command_text(facts, CommandForm::line), "");
}

class Choosing : public ::testing::Test {
  protected:
    Choosing() { filter.places = &machine.table; }
    std::vector<std::uint32_t> chosen() {
        std::vector<std::uint32_t> tids;
        for (const ThreadRow& row : machine.world.report.threads) {
            if (filter.matches(*row.now)) {
                tids.push_back(row.now->tid);
            }
        }
        return tids;
    }
    Machine machine;
    ThreadFilter filter;
};

TEST_F(Choosing, by_unit_with_or_without_its_suffix) {
    for (const char* unit : {"nginx.service", "nginx", "ngi*", "*.service"}) {
        filter.unit = unit;
        EXPECT_THAT(chosen(), ElementsAre(10U, 11U)) << unit;
    }
    filter.unit = "ngin";
    EXPECT_TRUE(chosen().empty());
}

TEST_F(Choosing, by_container_and_by_cgroup) {
    filter.container = "aaaa";
    EXPECT_THAT(chosen(), ElementsAre(20U, 21U)) << "the start of its ID";
    filter.container = "b*";
    EXPECT_TRUE(chosen().empty());
    filter.container.clear();
    filter.cgroup = "/system.slice";
    EXPECT_THAT(chosen(), ElementsAre(10U, 11U));
    filter.cgroup = "/system.slic";
    EXPECT_TRUE(chosen().empty()) << "whole names only";
}

TEST_F(Choosing, by_several_processes) {
    filter.processes = {ChosenProcess{10}, ChosenProcess{20}};
    EXPECT_THAT(chosen(), ElementsAre(10U, 20U, 21U));
    filter.comm_pattern = "GC*";
    EXPECT_THAT(chosen(), ElementsAre(21U)) << "all conditions";
}

}  // namespace
}  // namespace tsa
