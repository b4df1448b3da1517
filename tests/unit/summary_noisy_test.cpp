// SPDX-License-Identifier: MIT
// Noisy neighbors in a Summary: sums of pairs, the finding, the verdict of a
// thread, and every form of the report.
#include <gmock/gmock.h>

#include <string>

#include "summary/html.h"
#include "summary/json.h"
#include "summary/noisy.h"
#include "summary/summary.h"
#include "summary/text.h"
#include "support/strict_json.h"
#include "unit/summary_machine.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;
using testing::kMs;
using testing::kSecond;
using ::testing::Not;
using testing::SummaryMachine;
using enum ThreadState;

/// Ten seconds in which thread 1, in cgroup 7, waits for a CPU 8 s.
class Noisy : public ::testing::Test {
  protected:
    Summary summary_with(const std::vector<CpuCharge>& charges, bool filtered = false) {
        SummaryMachine machine;
        machine.start(1, "victim").cgroup_id = 7;
        machine.begin();
        SummaryBuilder builder(filtered);
        NoisySums sums;
        for (const CpuCharge& charge : charges) {
            sums.add(charge);
        }
        builder.set_neighbors(sums.pairs());
        for (int interval = 0; interval < 10; ++interval) {
            machine.spend(1, {{cpu_wait, 800 * kMs}}, exec);
            builder.add(machine.step());
        }
        return builder.finish();
    }
    static const SummaryFinding* finding(const Summary& summary) {
        const auto found = std::ranges::find(summary.findings, FindingKind::noisy_neighbor, &SummaryFinding::kind);
        return found != summary.findings.end() ? &*found : nullptr;
    }
};

TEST_F(Noisy, pairs_are_summed_and_have_their_share_of_the_victims_waits) {
    const Summary summary = summary_with({{"/v", "/n", 7, 8, 2 * kSecond},
                                          {"/v", "/v", 7, 7, 2 * kSecond},
                                          {"/v", "/n", 7, 8, 4 * kSecond},
                                          {"/n", "/v", 8, 7, 1 * kSecond}});
    ASSERT_EQ(summary.neighbors.size(), 3U);
    EXPECT_EQ(summary.neighbors[0].culprit, "/n");
    EXPECT_EQ(summary.neighbors[0].ns, 6 * kSecond);
    EXPECT_DOUBLE_EQ(summary.neighbors[0].share, 0.75);
    EXPECT_DOUBLE_EQ(summary.neighbors[2].share, 1.0);
}

TEST_F(Noisy, a_cgroup_that_takes_most_of_anothers_cpu_time_is_a_finding) {
    const Summary summary = summary_with({{"/v", "/n", 7, 8, 6 * kSecond}, {"/v", "/v", 7, 7, 2 * kSecond}});
    const SummaryFinding* found = finding(summary);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->words,
              "Threads of /v waited for CPUs on which threads of "
              "/n ran, 0.60 of them on average: 75 % of all their "
              "waits for CPUs.");
    EXPECT_THAT(found->next, HasSubstr("limit /n (cpu.max)"));
    EXPECT_THAT(found->figures, ::testing::Contains("cpu wait of /v: 8.00 s in all"));
    EXPECT_EQ(finding_key(found->kind), "noisy_neighbor");
    EXPECT_EQ(found->scope, FindingScope::recorded);
    EXPECT_EQ(finding(summary_with({{"/v", "/n", 7, 8, 6 * kSecond}}, true))->scope, FindingScope::machine);
}

TEST_F(Noisy, its_own_threads_a_quota_and_little_time_are_none) {
    EXPECT_EQ(finding(summary_with({{"/v", "/v", 7, 7, 6 * kSecond}})), nullptr);
    EXPECT_EQ(finding(summary_with({{"/v", "[own quota]", 7, 0, 6 * kSecond}, {"/v", "/n", 7, 8, 1 * kSecond}})),
              nullptr);
    EXPECT_EQ(finding(summary_with({{"/v", "[idle]", 7, 0, 6 * kSecond}})), nullptr);
    EXPECT_EQ(finding(summary_with({{"/v", "/n", 7, 8, 900 * kMs}})), nullptr);
    EXPECT_EQ(finding(summary_with(
                  {{"/v", "/n", 7, 8, 3 * kSecond}, {"/v", "/m", 7, 9, 3100 * kMs}, {"/v", "/o", 7, 10, 3 * kSecond}})),
              nullptr)
        << "none has most of it";
}

TEST_F(Noisy, the_verdict_of_a_thread_names_the_cgroup_that_took_its_cpus) {
    const Summary summary = summary_with({{"/v", "/n", 7, 8, 6 * kSecond}, {"/v", "/v", 7, 7, 2 * kSecond}});
    ASSERT_FALSE(summary.worst_threads.empty());
    const auto& verdict = summary.worst_threads.front().verdict;
    ASSERT_TRUE(verdict);
    EXPECT_THAT(verdict->text, HasSubstr("75 % of its cgroup's waits were for /n"));
    EXPECT_EQ(verdict->culprit->name, "/n");
    const Summary other = summary_with({{"/w", "/n", 6, 8, 6 * kSecond}});
    EXPECT_THAT(other.worst_threads.front().verdict->text, Not(HasSubstr("/n"))) << "of another cgroup";
}

TEST_F(Noisy, every_form_has_the_table_and_names_stay_text) {
    const Summary summary =
        summary_with({{"/v", "/<n>\x1b[31m", 7, 8, 6 * kSecond}, {"/v", "[idle]", 7, 0, 2 * kSecond}});
    const std::string text = write_summary_text(summary, {}, {});
    EXPECT_THAT(text, HasSubstr("NOISY NEIGHBORS"));
    EXPECT_THAT(text, HasSubstr("[idle]"));
    EXPECT_THAT(text, HasSubstr("25.0"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b[31m")));
    const std::string page = write_summary_html(summary, {});
    EXPECT_THAT(page, HasSubstr("<h2>Noisy neighbors</h2>"));
    EXPECT_THAT(page, HasSubstr("/&lt;n&gt;"));
    rapidjson::Document json;
    json.Parse(write_summary_json(summary, {}).c_str());
    ASSERT_FALSE(json.HasParseError());
    ASSERT_EQ(json["neighbors"].Size(), 2U);
    EXPECT_STREQ(json["neighbors"][0]["victim"].GetString(), "/v");
    EXPECT_EQ(json["neighbors"][0]["ns"].GetUint64(), 6 * kSecond);
    EXPECT_DOUBLE_EQ(json["neighbors"][0]["share"].GetDouble(), 0.75);
    EXPECT_THAT(write_summary_text(summary_with({}), {}, {}), Not(HasSubstr("NOISY")));
}

TEST_F(Noisy, pairs_beyond_the_bound_are_charged_to_no_one) {
    NoisySums sums;
    for (std::size_t at = 0; at < kMaxNoisyPairs + 100; ++at) {
        sums.add({"/v" + std::to_string(at), "/n", at + 1, 1, 10});
    }
    const auto pairs = sums.pairs();
    EXPECT_EQ(pairs.size(), kMaxNoisyPairs + 1);
    EXPECT_EQ(pairs.front().victim, kNotKnown);
    EXPECT_EQ(pairs.front().ns, 1000U);
}

}  // namespace
}  // namespace tsa
