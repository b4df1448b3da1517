// SPDX-License-Identifier: MIT
// Time by stack in the reports, from a literal profile: as text, JSON and in the page.
#include "summary/stack_sections.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "summary/html.h"
#include "summary/json.h"
#include "summary/text.h"
#include "support/strict_json.h"

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

/// Ten slices of a second; in the third one 4 waits of 2 ms ended, in the last 1 of 40 ms.
Summary with_heat() {
    Summary summary = with_stacks();
    for (std::uint64_t second = 0; second < 10; ++second) {
        SummarySlice& slice = summary.slices.emplace_back();
        slice.from_unix_ns = summary.begin_unix_ns + second * kSecond;
        slice.to_unix_ns = slice.from_unix_ns + kSecond;
        slice.from_ns = second * kSecond;
        slice.to_ns = slice.from_ns + kSecond;
    }
    const HeatColumns columns(summary.slices);
    const LengthCounts short_waits{{static_cast<std::uint8_t>(wait_bucket(2'100'000)), 4}};
    const LengthCounts long_wait{{static_cast<std::uint8_t>(wait_bucket(40'000'000)), 1}};
    const auto at = [&](std::uint64_t second) { return summary.begin_unix_ns + second * kSecond; };
    add_heat(summary.heat, columns, at(3), ThreadState::lock_wait, short_waits);
    add_heat(summary.heat, columns, at(10), ThreadState::lock_wait, long_wait);
    return summary;
}

TEST(SummaryStacks, waits_are_counted_by_when_they_ended_and_their_length) {
    const Summary summary = with_heat();
    ASSERT_EQ(summary.heat.size(), 1U);
    ASSERT_EQ(summary.heat[0].columns.size(), 10U);
    EXPECT_EQ(summary.heat[0].columns[2][wait_bucket(2'100'000) / kWaitSubBuckets], 4U);
    EXPECT_EQ(summary.heat[0].columns[9][wait_bucket(40'000'000) / kWaitSubBuckets], 1U);
}

TEST(SummaryStacks, columns_of_many_slices_cover_all_of_the_time) {
    std::vector<SummarySlice> slices(kMaxSummarySlices);
    for (std::size_t at = 0; at < slices.size(); ++at) {
        slices[at].from_ns = at * 10;
        slices[at].to_ns = slices[at].to_unix_ns = at * 10 + 10;
    }
    for (const std::size_t count : {std::size_t{1}, std::size_t{149}, std::size_t{151}, kMaxSummarySlices}) {
        const HeatColumns columns(std::span<const SummarySlice>(slices).first(count));
        ASSERT_EQ(columns.count(), std::min(count, kHeatPageColumns));
        EXPECT_EQ(columns.from_ns(0), 0U);
        for (std::size_t column = 0; column + 1 < columns.count(); ++column) {
            ASSERT_EQ(columns.to_ns(column), columns.from_ns(column + 1));
            ASSERT_EQ(columns.at(columns.to_ns(column)), column) << "an interval counts where it ends";
        }
        EXPECT_EQ(columns.to_ns(columns.count() - 1), count * 10);
        EXPECT_EQ(columns.at(count * 10 + 5), columns.count() - 1);
    }
}

TEST(SummaryStacks, the_page_has_a_map_of_lengths_of_the_states_that_have_them) {
    const std::string page = write_summary_html(with_heat(), {});
    EXPECT_THAT(page, HasSubstr("<rect x=\"2000\" y=\"800.0\" width=\"1000\" height=\"200.0\" "
                                "fill-opacity=\"1.00\"><title>4 waits of 2.10 ms to 4.19 ms</title></rect>"));
    EXPECT_THAT(page, HasSubstr("<title>1 wait of 33.6 ms to 67.1 ms</title>"));
    const std::size_t first = page.find("class=\"chart low heat\"");
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(page.find("class=\"chart low heat\"", first + 1), std::string::npos) << "sleeps have none";
}

TEST(SummaryStacks, stacks_have_the_quantiles_of_their_waits) {
    Summary summary = with_stacks();
    StackWaits waits;
    waits.thread = {4, 1};
    waits.state = ThreadState::io_wait;
    waits.stack = std::make_shared<const RecordedStack>(RecordedStack{StackKind::whole, "fsync;main"});
    waits.count = 100;
    waits.total_ns = 10 * kSecond;
    waits.max_ns = 90'000'000;
    waits.lengths = {{static_cast<std::uint8_t>(wait_bucket(2'100'000)), 98},
                     {static_cast<std::uint8_t>(wait_bucket(80'000'000)), 2}};
    summary.stacks.add(waits);
    EXPECT_THAT(write_summary_text(summary, {}, {}), HasSubstr("100 waits, P50 2.23 ms, P99 79.7 ms"));
    rapidjson::Document json;
    json.Parse(write_summary_json(summary, {}).c_str());
    const auto& states = json["stacks"];
    bool has_found = false;
    for (const auto& state : states.GetArray()) {
        const auto& stack = state["stacks"][0];
        if (std::string_view(state["state"].GetString()) == "io_wait") {
            has_found = true;
            EXPECT_EQ(wait_bucket(stack["p50_ns"].GetUint64()), wait_bucket(2'100'000));
            EXPECT_EQ(wait_bucket(stack["p99_ns"].GetUint64()), wait_bucket(80'000'000));
        } else {
            EXPECT_TRUE(stack["p50_ns"].IsNull()) << "it is not known";
        }
    }
    EXPECT_TRUE(has_found);
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
