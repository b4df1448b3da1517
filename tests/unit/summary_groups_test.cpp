// SPDX-License-Identifier: MIT
// Reports of recordings that know processes: titles distinguish workers, and groups have their own sums.
#include <gmock/gmock.h>

#include <string>

#include "model/process_table.h"
#include "summary/html.h"
#include "summary/json.h"
#include "summary/summary.h"
#include "summary/text.h"
#include "support/strict_json.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;
using testing::LiteralReport;
using ::testing::Not;

/// Two workers of a database, and one process that nothing is known of.
class Workers {
  public:
    Workers() {
        add(10, "postgres: app db [local] UPDATE waiting", "/system.slice/postgresql.service", "postgresql.service");
        add(11, "postgres: walwriter", "/system.slice/postgresql.service", "postgresql.service");
        Thread& unknown = world.add(12, "mystery", 0);
        (void)unknown;
        finish();
        world.report.facts = &table;
    }
    Summary sum_up(std::optional<GroupKey> by = {}) {
        SummaryBuilder builder(false, by);
        builder.add(world.report);
        return builder.finish();
    }

    LiteralReport world;
    ProcessTable table;

  private:
    void add(std::uint32_t tgid, const std::string& command, const std::string& path, const std::string& unit) {
        world.add(tgid, "postgres", 100);
        ProcessFacts& facts = table.put(tgid, 0);
        facts.command = command;
        CgroupPlace place;
        place.path = path;
        place.unit = unit;
        facts.place = table.intern(path, place);
    }
    void finish() {
        for (ThreadRow& row : world.report.threads) {
            ProcessRow process;
            process.tgid = row.now->tgid;
            process.threads = 1;
            process.leader = row.now;
            process.wall_ns = row.wall_ns;
            process.state_ns = row.state_ns;
            row.process = static_cast<std::uint32_t>(world.report.processes.size());
            world.report.processes.push_back(process);
        }
    }
};

std::vector<std::string> names_of(const std::vector<SummaryGroup>& groups) {
    std::vector<std::string> names;
    for (const SummaryGroup& group : groups) {
        names.push_back(group.process);
    }
    return names;
}

TEST(SummaryGroups, titles_distinguish_the_processes_of_one_program) {
    Workers workers;
    const Summary summary = workers.sum_up();
    EXPECT_THAT(names_of(summary.by_process),
                ::testing::UnorderedElementsAre("postgres: app db", "postgres: walwriter", "mystery"));
    EXPECT_TRUE(summary.by_group.empty());
    const std::string text = write_summary_text(summary, {}, {});
    EXPECT_THAT(text, HasSubstr("postgres: walwriter"));
    EXPECT_THAT(text, Not(HasSubstr("postgres: walwriter/postgres"))) << "its thread has the same name";
}

TEST(SummaryGroups, have_the_sums_of_their_processes) {
    Workers workers;
    const Summary summary = workers.sum_up(GroupKey::unit);
    ASSERT_THAT(names_of(summary.by_group), ::testing::UnorderedElementsAre("postgresql.service", "-"));
    const SummaryGroup& unit = summary.by_group[0].process == "-" ? summary.by_group[1] : summary.by_group[0];
    EXPECT_EQ(unit.threads, 2U);
    EXPECT_EQ(unit.state_ns[index(ThreadState::exec)], 200U);
    EXPECT_EQ(unit.wall_ns, 2'000'000'000U);
}

TEST(SummaryGroups, are_in_every_form_of_a_report) {
    Workers workers;
    const Summary summary = workers.sum_up(GroupKey::unit);
    const std::string text = write_summary_text(summary, {}, {});
    EXPECT_THAT(text, HasSubstr("UNITS"));
    EXPECT_THAT(text, HasSubstr("postgresql.service"));
    rapidjson::Document json;
    json.Parse(write_summary_json(summary, {}).c_str());
    ASSERT_FALSE(json.HasParseError());
    EXPECT_STREQ(json["by"].GetString(), "unit");
    EXPECT_EQ(json["by_group"].Size(), 2U);
    EXPECT_THAT(write_summary_html(summary, {}), HasSubstr("<h2>Units</h2>"));
    json.Parse(write_summary_json(workers.sum_up(), {}).c_str());
    EXPECT_FALSE(json.HasMember("by_group"));
}

TEST(SummaryGroups, of_long_paths_keep_the_ends_of_their_names) {
    Workers workers;
    const std::string path = "/" + std::string(200, 'a') + "/end";
    CgroupPlace place;
    place.path = path;
    workers.table.put(12, 0).place = workers.table.intern(path, place);
    const Summary summary = workers.sum_up(GroupKey::cgroup);
    EXPECT_THAT(names_of(summary.by_group), ::testing::Contains(::testing::EndsWith("aaa/end")));
}

}  // namespace
}  // namespace tsa
