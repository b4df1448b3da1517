// SPDX-License-Identifier: MIT
// The HTML report from literal summaries: names stay text, markup is well formed, what was not measured is no zero, the
// chart covers its time, the policy lets the page's own script run and no other.
#include "summary/html.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "summary/html_page.h"
#include "support/strict_json.h"
#include "text/time_text.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kBegin = 1'763'730'000'000'000'000;  // 2025-11-21 13:00:00 UTC
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kBoot = 5000 * kSecond;  // CLOCK_MONOTONIC at kBegin
constexpr std::string_view kHostile = "<img src=x onerror=\"alert('1')\">&";

std::size_t count_of(std::string_view text, std::string_view what) {
    std::size_t count = 0;
    for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) {
        ++count;
    }
    return count;
}

SummarySlice slice(std::uint64_t from_s, std::uint64_t to_s, double exec, double cpu_wait) {
    SummarySlice made;
    made.from_unix_ns = kBegin + from_s * kSecond;
    made.to_unix_ns = kBegin + to_s * kSecond;
    made.from_ns = kBoot + from_s * kSecond;
    made.to_ns = kBoot + to_s * kSecond;
    made.threads_in[index(ThreadState::exec)] = exec;
    made.threads_in[index(ThreadState::cpu_wait)] = cpu_wait;
    made.cpu_busy_pct = 50;
    return made;
}

SummaryGroup group(std::string name, std::uint64_t exec_ns) {
    SummaryGroup made;
    made.process = std::move(name);
    made.threads = 1;
    made.wall_ns = 10 * kSecond;
    made.state_ns[index(ThreadState::exec)] = exec_ns;
    made.state_ns[index(ThreadState::idle)] = made.wall_ns - exec_ns;
    return made;
}

Summary ten_seconds() {
    Summary summary;
    summary.begin_unix_ns = kBegin;
    summary.end_unix_ns = kBegin + 10 * kSecond;
    summary.elapsed_ns = 10 * kSecond;
    summary.intervals = 10;
    summary.cpus = 2;
    for (std::uint64_t at = 0; at < 10; ++at) {
        summary.slices.push_back(slice(at, at + 1, 1.5, 0.25));
    }
    summary.by_process.push_back(group("postgres", kSecond));
    summary.by_thread = summary.by_process;
    summary.by_thread[0].thread = "checkpointer";
    return summary;
}

/// Every element that is opened is closed, in the right order. Knows what this page uses: no raw text but in style and
/// script.
void expect_well_formed(const std::string& html) {
    std::vector<std::string> open;
    for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
        const std::size_t end = html.find('>', at);
        ASSERT_NE(end, std::string::npos);
        const std::string tag = html.substr(at + 1, end - at - 1);
        const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
        if (tag[0] == '!' || name == "meta" || tag.back() == '/') {
            continue;
        }
        if (tag[0] == '/') {
            ASSERT_FALSE(open.empty()) << tag;
            ASSERT_EQ("/" + open.back(), tag) << html.substr(at < 200 ? 0 : at - 200, 300);
            open.pop_back();
            continue;
        }
        open.push_back(name);
        if (name == "style" || name == "script") {
            at = html.find("</" + name, end) - 1;
        }
    }
    EXPECT_TRUE(open.empty());
}

rapidjson::Document data_of(const std::string& html) {
    constexpr std::string_view kOpen = R"(<script type="application/json" id="data">)";
    const std::size_t from = html.find(kOpen) + kOpen.size();
    rapidjson::Document data;
    data.Parse(html.substr(from, html.find("</script>", from) - from).c_str());
    EXPECT_FALSE(data.HasParseError());
    return data;
}

TEST(SummaryHtml, is_one_well_formed_page_that_loads_nothing) {
    const std::string html = write_summary_html(ten_seconds(), {});
    expect_well_formed(html);
    EXPECT_THAT(html, HasSubstr("default-src 'none'"));
    for (const char* loads : {"http:", "https:", "src=", "href=", "@import", "url("}) {
        EXPECT_THAT(html, Not(HasSubstr(loads)));
    }
}

TEST(SummaryHtml, hostile_names_stay_text_wherever_they_stand) {
    const std::string hostile(kHostile);
    Summary summary = ten_seconds();
    summary.by_process.push_back(group(hostile, 1));
    summary.by_thread.push_back(group(hostile, 1));
    summary.by_thread.back().thread = hostile;
    WorstWait& wait = summary.worst.emplace_back();
    wait.thread = {7, 1};
    wait.tgid = 7;
    wait.comm = wait.process = wait.wait_on = wait.owner_comm = hostile;
    wait.state = ThreadState::lock_wait;
    wait.owner_tid = 8;
    wait.seen_unix_ns = kBegin + kSecond;
    wait.at_least_ns = kSecond;
    SummaryFinding finding;
    finding.words = hostile;
    finding.figures = {hostile};
    summary.findings.push_back(finding);
    SummaryContext context;
    context.title = context.host = context.kernel = context.machine = context.version = context.program_version =
        context.end_reason = hostile;
    context.filters = context.command = context.remarks = {hostile};
    const std::string html = write_summary_html(summary, context);
    expect_well_formed(html);
    EXPECT_THAT(html, Not(HasSubstr("<img")));
    EXPECT_THAT(html, Not(HasSubstr("onerror=\"")));
    EXPECT_EQ(count_of(html, "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;"), 20U);
    EXPECT_EQ(count_of(html, "<script"), 2U);
}

TEST(SummaryHtml, control_bytes_and_what_is_no_utf8_are_escaped) {
    Summary summary = ten_seconds();
    summary.by_process[0].process = "a\x1b[31m\xff\xe2\x80\xae";
    EXPECT_THAT(write_summary_html(summary, {}), HasSubstr(R"(a\x1b[31m\xff\xe2\x80\xae</td>)"));
}

TEST(SummaryHtml, the_policy_names_the_script_that_the_page_has) {
    std::array<char, 32> path{"/tmp/rstat-tsa-script-XXXXXX"};
    const int fd = mkstemp(path.data());
    ASSERT_GE(fd, 0);
    const std::string_view script = html_script();
    ASSERT_EQ(write(fd, script.data(), script.size()), static_cast<ssize_t>(script.size()));
    close(fd);
    const std::string command = std::string("sha256sum < ") + path.data();
    std::array<char, 65> hex{};
    {
        const std::unique_ptr<FILE, int (*)(FILE*)> sum(popen(command.c_str(), "r"), pclose);
        ASSERT_EQ(std::fread(hex.data(), 1, 64, sum.get()), 64U);
    }
    unlink(path.data());
    // 32 bytes in base64: groups of three bytes, the last one of two.
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string expected = "sha256-";
    for (int at = 0; at < 33; at += 3) {
        const std::string three = (std::string(hex.data(), 64) + "00").substr(static_cast<std::size_t>(2 * at), 6);
        const unsigned long bits = std::stoul(three, nullptr, 16);
        for (const unsigned shift : {18U, 12U, 6U, 0U}) {
            expected += kDigits[bits >> shift & 63U];
        }
    }
    expected.back() = '=';
    EXPECT_EQ(html_script_hash(), expected);
    const std::string html = write_summary_html(ten_seconds(), {});
    EXPECT_THAT(html, HasSubstr("script-src '" + expected + "'"));
    EXPECT_THAT(html, HasSubstr("<script>" + std::string(script) + "</script>"));
}

TEST(SummaryHtml, a_summary_of_nothing_has_no_chart_and_no_strange_numbers) {
    const std::string html = write_summary_html({}, {});
    expect_well_formed(html);
    EXPECT_THAT(html, Not(HasSubstr("<svg")));
    EXPECT_THAT(html, HasSubstr("Nothing stands out"));
    for (const char* strange : {">nan", ">-nan", ">inf", "nan %"}) {
        EXPECT_THAT(html, Not(HasSubstr(strange)));
    }
}

TEST(SummaryHtml, one_interval_fills_the_whole_chart) {
    Summary summary = ten_seconds();
    summary.slices = {slice(0, 1, 1, 1)};
    const std::string html = write_summary_html(summary, {});
    expect_well_formed(html);
    // Two threads below a top of 2.5: exec alone is 400 of 1000 units high, both 800.
    EXPECT_THAT(html, HasSubstr(R"(data-series="0" d="M0 1000V600H10000V1000Z")"));
    EXPECT_THAT(html, HasSubstr(R"(data-series="1" d="M0 1000V200H10000V1000Z")"));
}

TEST(SummaryHtml, time_of_which_nothing_is_known_is_left_blank) {
    Summary summary = ten_seconds();
    summary.slices = {slice(0, 1, 1, 1), slice(3, 4, 1, 1)};
    const std::string html = write_summary_html(summary, {});
    EXPECT_THAT(html, HasSubstr(R"(data-series="0" d="M0 1000V600H2500V1000H7500V600H10000V1000Z")"));
    // The line of the CPUs stops and starts again.
    EXPECT_THAT(html, HasSubstr(R"(<path class="line c-busy" d="M0 500H2500M7500 500H10000"/>)"));
}

TEST(SummaryHtml, a_number_that_is_missing_interrupts_its_line) {
    Summary summary = ten_seconds();
    summary.slices = {slice(0, 1, 1, 1), slice(1, 2, 1, 1), slice(2, 4, 1, 1)};
    summary.slices[1].cpu_busy_pct.reset();
    const std::string html = write_summary_html(summary, {});
    EXPECT_THAT(html, HasSubstr(R"(<path class="line c-busy" d="M0 500H2500M5000 500H10000"/>)"));
    const auto data = data_of(html);
    EXPECT_TRUE(data["pct"][0][1].IsNull());
    EXPECT_EQ(data["pct"][0][2].GetDouble(), 50);
}

TEST(SummaryHtml, the_script_gets_a_number_per_slice_and_series) {
    const auto data = data_of(write_summary_html(ten_seconds(), {}));
    EXPECT_EQ(data["local"][0][0].GetUint64(), kBegin / 1'000'000);
    EXPECT_EQ(data["local"][9][1].GetUint64(), kBegin / 1'000'000 + 10'000);
    EXPECT_EQ(data["end"].GetUint64(), 10'000U);
    ASSERT_EQ(data["states"].Size(), 7U);
    EXPECT_STREQ(data["states"][0].GetString(), "exec");
    ASSERT_EQ(data["at"].Size(), 10U);
    EXPECT_EQ(data["at"][9][1].GetUint64(), 10'000U);
    ASSERT_EQ(data["in"].Size(), 7U);
    for (const auto& series : data["in"].GetArray()) {
        EXPECT_EQ(series.Size(), 10U);
    }
    EXPECT_EQ(data["in"][1][3].GetDouble(), 0.25);
    ASSERT_EQ(data["pct"].Size(), 4U);
    EXPECT_EQ(data["pct"][3].Size(), 10U);
}

TEST(SummaryHtml, findings_are_numbered_alike_in_words_and_chart) {
    Summary summary = ten_seconds();
    SummaryFinding finding;
    finding.kind = FindingKind::zombies;  // of no time in particular
    finding.words = "4 processes";
    summary.findings.push_back(finding);
    finding.kind = FindingKind::lock_convoy;
    finding.from_unix_ns = kBegin + 2 * kSecond;
    finding.to_unix_ns = kBegin + 7 * kSecond;
    finding.worst_at_unix_ns = kBegin + 3 * kSecond;
    finding.total_ns = 6 * kSecond;
    summary.findings.push_back(finding);
    SummaryContext context;
    context.utc_offsets = 3600;
    const std::string html = write_summary_html(summary, context);
    EXPECT_THAT(html, HasSubstr(R"(<div class="no">2</div><div><h3>Many threads wait for one lock</h3>)"));
    EXPECT_THAT(html, HasSubstr(R"(<div class="band" data-no="2" style="left:20.000%;width:50.000%;top:0px">)"));
    EXPECT_THAT(html, Not(HasSubstr(R"(data-no="1" style)")));
    EXPECT_THAT(html, HasSubstr(R"(<span class="tag" style="left:45.000%">2</span>)"));
    EXPECT_THAT(html, HasSubstr("14:00:02 to 14:00:07, worst at 14:00:03; 6.00 s in all"));
}

/// The numbers of a path in pairs: H is x.
std::vector<long> x_of(const std::string& html, std::string_view path) {
    const std::size_t from = html.find("d=\"", html.find(path)) + 3;
    std::vector<long> x;
    for (std::size_t at = html.find('H', from); at < html.find('"', from); at = html.find('H', at + 1)) {
        x.push_back(std::stol(html.substr(at + 1)));
    }
    return x;
}

/// The clock was set ahead by that many seconds after the fifth second.
Summary with_jump(std::uint64_t ahead_s, SummaryContext& context, bool suspended = false) {
    Summary summary = ten_seconds();
    for (std::size_t at = 5; at < 10; ++at) {
        summary.slices[at].from_unix_ns += ahead_s * kSecond;
        summary.slices[at].to_unix_ns += ahead_s * kSecond;
    }
    summary.end_unix_ns += ahead_s * kSecond;
    context.clock_jumps = {{kBegin + (6 + ahead_s) * kSecond, static_cast<std::int64_t>(ahead_s * kSecond), suspended}};
    return summary;
}

TEST(SummaryHtml, charts_are_drawn_by_the_monotonic_clock_with_a_mark_where_the_other_one_was_set) {
    for (const std::uint64_t ahead_s : {3600ULL, 56ULL * 365 * 86400}) {
        SummaryContext context;
        Summary summary = with_jump(ahead_s, context);
        SummaryFinding finding;
        finding.from_unix_ns = kBegin + 4 * kSecond;
        finding.to_unix_ns = kBegin + (8 + ahead_s) * kSecond;
        summary.findings = {finding};
        const std::string html = write_summary_html(summary, context);
        expect_well_formed(html);
        EXPECT_EQ(x_of(html, "<path class=\"area"),
                  (std::vector<long>{1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000}));
        EXPECT_THAT(html, HasSubstr(R"(data-no="1" style="left:40.000%;width:40.000%)"));
        EXPECT_EQ(count_of(html, R"(<div class="jump" style="left:60.000%" title="clock set ahead by )"), 2U);
        EXPECT_THAT(html, HasSubstr(R"(<span class="x" style="left:0.000%">13:00:00</span>)"));
        EXPECT_LT(count_of(html, "<span class=\"x"), 30U);
    }
    SummaryContext context;
    const Summary summary = with_jump(7200, context, true);
    const std::string html = write_summary_html(summary, context);
    EXPECT_THAT(html, HasSubstr("title=\"suspended for 2h00m before 15:00:06\""));
    EXPECT_THAT(html, HasSubstr(">15:00:06</span>"));
}

TEST(SummaryHtml, a_capture_says_which_rule_made_it_and_the_charts_have_a_mark_there) {
    SummaryContext context;
    context.capture = {"lock_wait('<b>') > 2", kBegin + 7 * kSecond, {{"lock_wait('<b>')", "5.2"}}, 0, 0};
    const std::string html = write_summary_html(ten_seconds(), context);
    expect_well_formed(html);
    EXPECT_THAT(html, Not(HasSubstr("<b>")));
    EXPECT_EQ(count_of(html, "<p>Captured when lock_wait("), 1U);
    EXPECT_EQ(count_of(html, R"(<div class="moment" style="left:70.000%" title="captured when lock_wait()"), 2U);
    EXPECT_EQ(count_of(write_summary_html(ten_seconds(), {}), R"(class="moment")"), 0U);
}

TEST(SummaryHtml, the_largest_times_end) {
    Summary summary = ten_seconds();
    constexpr std::uint64_t kMost = (std::uint64_t{1} << 62) - 1;
    summary.slices[9].to_unix_ns = summary.slices[9].to_ns = kMost;
    summary.slices[8].to_unix_ns = summary.slices[8].to_ns = kMost;
    const std::string html = write_summary_html(summary, {});
    expect_well_formed(html);
    EXPECT_LT(html.size(), 200'000U);
    summary.slices.resize(1);
    summary.slices[0].from_unix_ns = summary.slices[0].from_ns = kMost;
    summary.slices[0].to_unix_ns = summary.slices[0].to_ns = 0;
    expect_well_formed(write_summary_html(summary, {}));
}

TEST(SummaryHtml, local_time_changes_where_daylight_saving_time_ends) {
    SummaryContext context;
    context.utc_offsets = 7200;
    ASSERT_TRUE(context.utc_offsets.change({kBegin + 5 * kSecond, 3600}));
    const std::string html = write_summary_html(ten_seconds(), context);
    EXPECT_THAT(html, HasSubstr(">15:00:04</span>"));
    EXPECT_THAT(html, HasSubstr(">14:00:06</span>"));
    EXPECT_THAT(html, HasSubstr("2025-11-21 15:00:00 UTC+02:00 to 2025-11-21 14:00:10 UTC+01:00"));
    const auto data = data_of(html);
    EXPECT_EQ(data["local"][0][0].GetUint64(), kBegin / 1'000'000 + 7'200'000);
    EXPECT_EQ(data["local"][9][0].GetUint64(), kBegin / 1'000'000 + 3'609'000);
}

TEST(SummaryHtml, a_finding_that_still_held_says_since_when_and_what_to_do) {
    Summary summary = ten_seconds();
    SummaryFinding finding;
    finding.kind = FindingKind::deadlock;
    finding.from_unix_ns = kBegin + 2 * kSecond;
    finding.to_unix_ns = kBegin + 10 * kSecond;
    finding.open = true;
    finding.next = "Restart <it>.";
    summary.findings.push_back(finding);
    const std::string html = write_summary_html(summary, {});
    EXPECT_THAT(html, HasSubstr("since 13:00:02, to the end of the recording"));
    EXPECT_THAT(html, HasSubstr("<b>Next:</b> Restart &lt;it&gt;."));
}

TEST(SummaryHtml, with_a_filter_the_chart_is_of_the_recorded_threads_and_the_machine_has_its_own_sections) {
    Summary summary = ten_seconds();
    EXPECT_THAT(write_summary_html(summary, {}), Not(HasSubstr("on the machine</h2>")));
    summary.filtered = true;
    for (SummarySlice& slice : summary.slices) {
        slice.recorded_in[index(ThreadState::exec)] = 0.125;
    }
    SummaryFinding finding;
    finding.scope = FindingScope::machine;
    summary.findings.push_back(finding);
    const std::string html = write_summary_html(summary, {});
    const auto recorded = html.find("<h2>What looks wrong in the recorded threads</h2>\n<p>Nothing stands out");
    EXPECT_NE(recorded, std::string::npos);
    EXPECT_GT(html.find("<h2>What looks wrong on the machine</h2>"), recorded);
    EXPECT_GT(html.find("<h3>Too few CPUs</h3>"), html.find("<h2>What looks wrong on the machine</h2>"));
    EXPECT_THAT(html, HasSubstr("\"in\":[[0.125,"));
    EXPECT_THAT(html, HasSubstr("Recorded threads on average"));
}

TEST(SummaryHtml, findings_of_one_time_have_their_numbers_side_by_side) {
    Summary summary = ten_seconds();
    SummaryFinding finding;
    finding.from_unix_ns = kBegin;
    finding.to_unix_ns = kBegin + 10 * kSecond;
    summary.findings.assign(3, finding);
    const std::string html = write_summary_html(summary, {});
    for (const char* place : {"50.000%\">1<", "54.000%\">2<", "58.000%\">3<"}) {
        EXPECT_THAT(html, HasSubstr(std::string("class=\"tag\" style=\"left:") + place));
    }
    EXPECT_THAT(html, HasSubstr(R"(<div class="band all" data-no="2" style="left:0.000%;width:100.000%;top:4px">)"));
}

TEST(SummaryHtml, what_was_not_measured_is_a_dash_and_a_measured_zero_a_dot) {
    Summary summary = ten_seconds();
    summary.by_process[0].measured = measured_bit(ThreadState::exec) | measured_bit(ThreadState::cpu_wait);
    summary.measured = summary.by_process[0].measured;
    const std::string html = write_summary_html(summary, {});
    // name, threads, ended, mix, lost, exec, cpu wait, io wait
    EXPECT_THAT(html, HasSubstr(R"(<td data-v="1000000000">1.00 s</td><td data-v="0">·</td><td>-</td>)"));
    EXPECT_THAT(html, HasSubstr(R"(lock wait</td><td class="l w">)"));
    EXPECT_THAT(html, HasSubstr(R"(<b data-value="0">0</b>)"));
    EXPECT_THAT(html, HasSubstr(R"(<b data-value="2">-</b>)"));
    EXPECT_THAT(html, HasSubstr(R"(<td class="l">Swap used</td><td>-</td>)"));
}

TEST(SummaryHtml, lost_data_and_remarks_are_told_before_anything_else) {
    Summary summary = ten_seconds();
    summary.health.exit_records_lost = 3;
    SummaryContext context;
    context.remarks = {"threads.csv: the last line is not whole"};
    const std::string html = write_summary_html(summary, context);
    const std::size_t warning = html.find("3 exit records dropped");
    ASSERT_NE(warning, std::string::npos);
    EXPECT_LT(warning, html.find("What looks wrong"));
    EXPECT_THAT(html, HasSubstr("<li>threads.csv: the last line is not whole</li>"));
    EXPECT_THAT(write_summary_html(ten_seconds(), {}), Not(HasSubstr("class=\"warn\"")));
}

TEST(SummaryHtml, a_long_table_ends_with_the_sum_of_what_it_leaves_out) {
    Summary summary = ten_seconds();
    summary.by_process.assign(kMaxHtmlRows, group("listed", 5));
    summary.by_process.insert(summary.by_process.end(), 3, group("beyond", kSecond));
    const std::string html = write_summary_html(summary, {});
    EXPECT_EQ(count_of(html, ">listed<"), kMaxHtmlRows);
    EXPECT_THAT(html, Not(HasSubstr("beyond")));
    const std::size_t foot = html.find("<tfoot>");
    ASSERT_NE(foot, std::string::npos);
    EXPECT_THAT(html.substr(foot, 2000), HasSubstr("3 more names"));
    EXPECT_THAT(html.substr(foot, 2000), HasSubstr("<td data-v=\"3000000000\">3.00 s</td>"));
}

TEST(TimeText, says_local_time_of_the_recorded_machine) {
    EXPECT_EQ(date_text(kBegin, 0).view(), "2025-11-21 13:00:00");
    EXPECT_EQ(date_text(kBegin, -14 * 3600).view(), "2025-11-20 23:00:00");
    EXPECT_EQ(clock_text(kBegin + kSecond - 1, 5 * 3600 + 1800).view(), "18:30:00");
    EXPECT_EQ(zone_text(0).view(), "UTC");
    EXPECT_EQ(zone_text(5 * 3600 + 1800).view(), "UTC+05:30");
    EXPECT_EQ(zone_text(-9 * 3600 - 1800).view(), "UTC-09:30");
}

}  // namespace
}  // namespace tsa
