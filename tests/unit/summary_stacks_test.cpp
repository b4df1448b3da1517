// SPDX-License-Identifier: MIT
// Time by stack in the reports, from a literal profile: as text, JSON and in the page.
#include "summary/stack_sections.h"

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <memory>
#include <string>

#include "summary/html.h"
#include "summary/json.h"
#include "summary/text.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kSecond = 1'000'000'000;

void add(StackProfile& profile, std::uint32_t tid, ThreadState state, RecordedStack stack, std::uint64_t ns) {
    StackWaits waits;
    waits.thread = {tid, 1};
    waits.state = state;
    waits.stack = std::make_shared<const RecordedStack>(std::move(stack));
    waits.count = 3;
    waits.total_ns = ns;
    waits.max_ns = ns / 2;
    profile.add(waits);
}

Summary with_stacks() {
    Summary summary;
    summary.begin_unix_ns = 1'763'730'000 * kSecond;
    summary.end_unix_ns = summary.begin_unix_ns + 10 * kSecond;
    summary.elapsed_ns = 10 * kSecond;
    summary.intervals = 10;
    add(summary.stacks, 4, ThreadState::sleep, {StackKind::whole, "read;main"}, 5 * kSecond);
    add(summary.stacks, 4, ThreadState::lock_wait, {StackKind::whole, "lock;</script>;main"}, 3 * kSecond);
    add(summary.stacks, 5, ThreadState::lock_wait, {StackKind::shorter, {}}, kSecond);
    summary.stacks.name({4, 1}, "worker");
    summary.stacks.name({5, 1}, "other");
    return summary;
}

TEST(SummaryStacks, the_text_lists_the_stacks_of_each_state_delays_first) {
    const std::string text = write_summary_text(with_stacks(), {}, {});
    ASSERT_THAT(text, HasSubstr("WHICH CODE IT WAS IN"));
    EXPECT_THAT(text, HasSubstr("75.0 %  lock ← </script> ← main"));
    EXPECT_THAT(text, HasSubstr("25.0 %  (waits shorter than 1 ms)"));
    EXPECT_THAT(text, HasSubstr("3.00 s in all, 3 waits, longest 1.50 s, worker (4)"));
    EXPECT_LT(text.find("lock ← "), text.find("read ← main"));
}

TEST(SummaryStacks, a_finding_names_the_stack_of_its_state) {
    Summary summary = with_stacks();
    SummaryFinding finding;
    finding.kind = FindingKind::lock_convoy;
    summary.findings.push_back(finding);
    finding.kind = FindingKind::io_stall;
    summary.findings.push_back(finding);
    EXPECT_EQ(stack_words(summary, FindingKind::lock_convoy), "75.0 % of lock wait was in lock ← </script> ← main");
    EXPECT_EQ(stack_words(summary, FindingKind::io_stall), "") << "nothing was recorded about it";
    EXPECT_THAT(write_summary_text(summary, {}, {}), HasSubstr("Code: 75.0 % of lock wait"));
    EXPECT_THAT(write_summary_html(summary, {}), HasSubstr("href=\"#stacks-lock_wait\""));
    EXPECT_THAT(write_summary_html(summary, {}), Not(HasSubstr("href=\"#stacks-io_wait\"")));
}

TEST(SummaryStacks, json_has_frames_and_the_thread_with_the_most) {
    rapidjson::Document json;
    json.Parse(write_summary_json(with_stacks(), {}).c_str());
    ASSERT_FALSE(json.HasParseError());
    const auto& states = json["stacks"];
    ASSERT_EQ(states.Size(), 2U);
    EXPECT_STREQ(states[0]["state"].GetString(), "lock_wait");
    EXPECT_EQ(states[0]["total_ns"].GetUint64(), 4 * kSecond);
    const auto& worst = states[0]["stacks"][0];
    EXPECT_STREQ(worst["frames"][0].GetString(), "lock");
    EXPECT_STREQ(worst["most_comm"].GetString(), "worker");
    EXPECT_EQ(worst["most_tid"].GetUint(), 4U);
    EXPECT_STREQ(states[0]["stacks"][1]["kind"].GetString(), "shorter");
}

TEST(SummaryStacks, the_pages_data_adds_up_and_no_name_ends_its_element) {
    const std::string page = write_summary_html(with_stacks(), {});
    const std::string_view begin = "id=\"flames\">";
    const std::size_t from = page.find(begin) + begin.size();
    const std::string data = page.substr(from, page.find("</script>", from) - from);
    rapidjson::Document json;
    json.Parse(data.c_str());
    ASSERT_FALSE(json.HasParseError()) << data;
    const auto& lock = json["states"][0];
    EXPECT_EQ(lock[1].GetUint64(), 4 * kSecond);
    std::uint64_t below = 0;
    for (const auto& thread : lock[2].GetArray()) {
        below += thread[1].GetUint64();
    }
    EXPECT_EQ(below, 4 * kSecond);
    bool named = false;
    for (const auto& name : json["names"].GetArray()) {
        named |= std::string(name.GetString()) == "</script>";
    }
    EXPECT_TRUE(named);
}

TEST(SummaryStacks, without_stacks_nothing_is_said_about_them) {
    const Summary summary;
    EXPECT_THAT(write_summary_text(summary, {}, {}), Not(HasSubstr("WHICH CODE")));
    EXPECT_THAT(write_summary_html(summary, {}), Not(HasSubstr("id=\"flames\"")));
    rapidjson::Document json;
    json.Parse(write_summary_json(summary, {}).c_str());
    EXPECT_EQ(json["stacks"].Size(), 0U);
}

}  // namespace
}  // namespace tsa
