// SPDX-License-Identifier: MIT
// The report as text and as JSON: lines of a page's width, names that cannot steer a terminal, JSON that holds it all.
#include "summary/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "summary/json.h"
#include "support/strict_json.h"
#include "text/cells.h"
#include "unit/recorded_reports.h"
#include "unit/summary_machine.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;
using testing::kMs;
using testing::kSecond;
using ::testing::Not;
using testing::SummaryMachine;
using enum ThreadState;

SummaryContext context() {
    SummaryContext context;
    context.title = "monday";
    context.host = "vm\x1b[2J";
    context.kernel = "6.18.0";
    context.machine = "x86_64";
    context.utc_offsets = 3600;
    context.interval_ms = 1000;
    context.end_reason = "stopped by SIGINT";
    return context;
}

Summary of_random_machine() {
    testing::Played played({});
    SummaryBuilder builder;
    for (int interval = 0; interval < 50; ++interval) {
        played.step();
        builder.add(played.report());
    }
    return builder.finish();
}

rapidjson::Document parsed(const std::string& text) {
    rapidjson::Document json;
    json.Parse<rapidjson::kParseValidateEncodingFlag>(text.c_str());
    EXPECT_FALSE(json.HasParseError()) << text.substr(0, 200);
    return json;
}

TEST(SummaryText, no_line_is_wider_than_asked_for_and_no_name_steers_the_terminal) {
    const Summary summary = of_random_machine();
    for (const std::size_t width : {80U, 100U, 132U}) {
        const std::string text = write_summary_text(summary, context(), {width, 10, false});
        EXPECT_THAT(text, Not(HasSubstr("\x1b")));
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            EXPECT_LE(cells_of(line), width) << line;
            EXPECT_FALSE(line.ends_with(' ')) << line;
        }
    }
}

TEST(SummaryText, colors_only_when_they_are_wanted) {
    const std::string text = write_summary_text(of_random_machine(), {}, {kSummaryWidth, 10, true});
    EXPECT_THAT(text, HasSubstr("\x1b[1mWHERE THE TIME WENT\x1b[0m"));
}

TEST(SummaryText, tells_the_load_in_local_time) {
    SummaryMachine machine;
    for (std::uint32_t tid = 1; tid <= 20; ++tid) {
        machine.start(tid, "name" + std::to_string(tid));
    }
    machine.start(30, "reader");
    machine.begin();
    SummaryBuilder builder;
    for (int i = 0; i < 4; ++i) {
        machine.spend(1, {{exec, 700 * kMs}, {cpu_wait, 100 * kMs}}, idle);
        machine.spend(30, {{exec, 100 * kMs}}, io_wait);
        builder.add(machine.step());
    }
    const std::string text = write_summary_text(builder.finish(), context(), {kSummaryWidth, 5, false});
    // The recording begins at 22:13:20 UTC; there it was an hour later.
    EXPECT_THAT(text,
                HasSubstr("2023-11-14 23:13:20 to 2023-11-14 23:13:24 UTC+01:00: 4.00 s in 4 intervals of 1.00 s"));
    EXPECT_THAT(text, HasSubstr(" * Bound by I/O   since 23:13:20, to the end of the recording\n"
                                "   Thread reader (TID 30) spent 90 % of 4.00 s waiting for I/O"));
    EXPECT_THAT(text, HasSubstr("   Next: See which files it uses"));
    EXPECT_THAT(text, HasSubstr(" cpu wait               0.10      0.10      0.10  23:13:21    400 ms"));
    EXPECT_THAT(text, HasSubstr(" cpu wait         name1 100.0 %\n"));
    EXPECT_THAT(text, HasSubstr(" 19 more names "));
    EXPECT_THAT(text, HasSubstr("23:13:21    900 ms    1.80 s  reader (30)"));
    EXPECT_THAT(text, HasSubstr("vm\\x1b[2J"));
}

CaptureMoment moment() {
    // 22:13:22 UTC, an hour later there.
    return {"lock_wait(\x1b[2J) > 2 for 3s",
            testing::kBeginUnix + 2 * kSecond,
            {{"lock_wait(\x1b[2J)", "5.2"}, {"exec", "1.0"}},
            60 * kSecond,
            30 * kSecond};
}

TEST(SummaryText, a_capture_says_which_rule_made_it_when_and_with_which_values) {
    SummaryContext captured = context();
    captured.capture = moment();
    const Summary summary = of_random_machine();
    const std::string text = write_summary_text(summary, captured, {120, 5, false});
    EXPECT_THAT(text,
                HasSubstr("recording  monday\ncaptured   when lock_wait(\\x1b[2J) > 2 for 3s was true, at 23:13:22: "
                          "lock_wait(\\x1b[2J) 5.2, exec 1.0\n"));
    EXPECT_THAT(write_summary_text(summary, context(), {120, 5, false}), Not(HasSubstr("captured")));
    const auto json = parsed(write_summary_json(summary, captured));
    const rapidjson::Value& capture = json["recording"]["capture"];
    EXPECT_STREQ(capture["rule"].GetString(), "lock_wait(\\x1b[2J) > 2 for 3s");
    EXPECT_EQ(capture["time_unix_ns"].GetUint64(), moment().at_unix_ns);
    EXPECT_STREQ(capture["values"]["exec"].GetString(), "1.0");
    EXPECT_EQ(capture["after_ns"].GetUint64(), 30 * kSecond);
    EXPECT_TRUE(parsed(write_summary_json(summary, context()))["recording"]["capture"].IsNull());
}

TEST(SummaryText, with_a_filter_the_machine_has_its_own_sections) {
    SummaryMachine machine;
    machine.start(1, "calm");
    machine.begin();
    SummaryBuilder filtered(true), whole;
    for (int i = 0; i < 4; ++i) {
        machine.spend(1, {{exec, 100 * kMs}}, idle);
        Report report = machine.step();
        whole.add(report);
        report.total_ns[index(exec)] += 1500 * kMs;  // of threads that were not recorded
        report.total_ns[index(zombie)] += 40 * kSecond;
        filtered.add(report);
    }
    SummaryContext with_filter = context();
    with_filter.filters = {"process 1"};
    const std::string text = write_summary_text(filtered.finish(), with_filter, {});
    EXPECT_THAT(text, HasSubstr("WHAT LOOKS WRONG  nothing stands out, in the recorded threads"));
    EXPECT_THAT(text, HasSubstr("WHERE THE TIME WENT  threads in each state, over the recorded threads"));
    EXPECT_THAT(text, HasSubstr(" exec                   0.10      0.10      0.10"));
    EXPECT_THAT(text, HasSubstr("WHAT LOOKS WRONG ON THE MACHINE"));
    EXPECT_THAT(text, HasSubstr("WHERE THE MACHINE'S TIME WENT"));
    EXPECT_THAT(text, HasSubstr(" exec                   1.60      1.60      1.60"));
    const std::string all = write_summary_text(whole.finish(), context(), {});
    EXPECT_THAT(all, Not(HasSubstr("ON THE MACHINE")));
    EXPECT_THAT(all, Not(HasSubstr("recorded threads")));
}

TEST(SummaryText, a_recording_that_was_cut_off_and_one_that_lost_data_say_so) {
    Summary summary = of_random_machine();
    summary.health = {};
    summary.health.exit_records_lost = 3;
    SummaryContext cut = context();
    cut.end_reason.clear();
    cut.remarks = {"threads.csv: the last line is not whole"};
    const std::string text = write_summary_text(summary, cut, {});
    EXPECT_THAT(text, HasSubstr("is incomplete or still being written"));
    EXPECT_THAT(text, HasSubstr("INCOMPLETE 3 final records dropped"));
    EXPECT_THAT(text, HasSubstr("NOTE       threads.csv: the last line is not whole"));
}

TEST(SummaryText, what_was_not_measured_is_a_dash) {
    Summary summary = of_random_machine();
    summary.measured &= static_cast<Measured>(~measured_bit(lock_wait));
    EXPECT_THAT(write_summary_text(summary, context(), {}), HasSubstr(" lock wait                 -\n"));
}

TEST(SummaryJson, is_one_line_that_holds_the_whole_summary) {
    const Summary summary = of_random_machine();
    const std::string text = write_summary_json(summary, context());
    EXPECT_EQ(std::ranges::count(text, '\n'), 1);
    const rapidjson::Document json = parsed(text);
    EXPECT_EQ(json["schema"].GetUint(), 1U);
    EXPECT_EQ(json["elapsed_ns"].GetUint64(), summary.elapsed_ns);
    EXPECT_EQ(json["by_thread"].Size(), summary.by_thread.size());
    EXPECT_EQ(json["by_process"].Size(), summary.by_process.size());
    EXPECT_EQ(json["worst_waits"].Size(), summary.worst.size());
    EXPECT_EQ(json["slices"].Size(), summary.slices.size());
    EXPECT_EQ(json["findings"].Size(), summary.findings.size());
    for (const StateInfo& state : state_table()) {
        const std::string key(state.key);
        EXPECT_EQ(json["total_ns"][key.c_str()].GetUint64(), summary.total_ns[index(state.state)]);
        EXPECT_EQ(json["threads_in"][key.c_str()]["mean"].GetDouble(), summary.threads_in[index(state.state)].mean);
        EXPECT_EQ(json["by_thread"][0]["state_ns"][key.c_str()].GetUint64(),
                  summary.by_thread[0].state_ns[index(state.state)]);
    }
    EXPECT_STREQ(json["recording"]["host"].GetString(), "vm\\x1b[2J");
    EXPECT_EQ(json["recording"]["utc_offset_s"].GetInt64(), 3600);
}

TEST(SummaryJson, absent_is_null) {
    SummaryMachine machine;
    machine.begin();
    SummaryBuilder builder;
    builder.add(machine.step());
    Summary summary = builder.finish();
    summary.measured &= static_cast<Measured>(~measured_bit(lock_wait));
    const rapidjson::Document json = parsed(write_summary_json(summary, {}));
    EXPECT_TRUE(json["system"]["cpu_busy_pct"].IsNull());
    EXPECT_TRUE(json["total_ns"]["lock_wait"].IsNull());
    EXPECT_TRUE(json["recording"]["end_reason"].IsNull());
    EXPECT_TRUE(json["slices"][0]["cpu_busy_pct"].IsNull());
}

TEST(SummaryJson, of_a_change_has_both_summaries_and_no_number_that_is_none) {
    const Summary summary = of_random_machine();
    SummaryMachine machine;
    machine.start(1, "one");
    machine.begin();
    SummaryBuilder builder;
    builder.add(machine.step());
    const Summary single = builder.finish();
    const SummaryContext around = context();
    const rapidjson::Document json =
        parsed(write_change_json({single, around}, {summary, around}, compare_summaries(single, summary)));
    EXPECT_EQ(json["before"]["intervals"].GetUint64(), 1U);
    EXPECT_EQ(json["after"]["intervals"].GetUint64(), summary.intervals);
    // One interval: how much may be chance is not known.
    EXPECT_TRUE(json["change"]["machine"]["exec"]["noise"].IsNull());
    EXPECT_FALSE(json["change"]["machine"]["exec"]["beyond_noise"].GetBool());
    EXPECT_GE(json["change"]["by_process"].Size(), summary.by_process.size());
}

}  // namespace
}  // namespace tsa
