// SPDX-License-Identifier: MIT
// The status bar's line: goldens of a machine with all values and of one with none, hostile names, and hours of lines
// without an allocation.
#include "waybar/waybar.h"
#include "paths.h"

#include <gmock/gmock.h>
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "text/cells.h"
#include "unit/allocations.h"
#include "unit/waybar_fixture.h"

#include "model/sample.h"
#include "support/strict_json.h"

namespace tsa {
namespace {

using testing::AllocationCount;
using ::testing::AllOf;
using testing::BarMachine;
using ::testing::HasSubstr;
using testing::kBarMiB;
using testing::kBarSecond;
using ::testing::Not;

WaybarSettings settings_with(const std::vector<WaybarAssignment>& assignments) {
    WaybarSettings settings;
    for (const WaybarAssignment& assignment : assignments) {
        EXPECT_TRUE(apply(settings, assignment).ok()) << assignment.key;
    }
    return settings;
}

rapidjson::Document parse(std::string_view line) {
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    rapidjson::Document json;
    json.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
    EXPECT_FALSE(json.HasParseError()) << line;
    return json;
}

/// The tooltip as people see it, after a check of its markup and of the length of its lines.
std::string seen(const rapidjson::Document& json) {
    const std::string_view markup(json["tooltip"].GetString(), json["tooltip"].GetStringLength());
    bool well_formed = false;
    std::string text = testing::without_markup(markup, well_formed);
    EXPECT_TRUE(well_formed) << markup;
    EXPECT_EQ(markup_error(markup), "");
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(cells_of(line), kWaybarTooltipCells) << line;
    }
    return text;
}

/// RSTAT_GOLDEN=write rewrites them; check the difference.
void expect_golden(const std::string& name, const std::string& text) {
    const std::string path = paths::kTestData + "/waybar/" + name;
    if (const char* mode = std::getenv("RSTAT_GOLDEN"); mode != nullptr && std::string_view(mode) == "write") {
        std::ofstream(path) << text << '\n';
    }
    std::ifstream file(path);
    std::stringstream golden;
    golden << file.rdbuf();
    EXPECT_EQ(text + "\n", golden.str());
}

TEST(Waybar, a_machine_that_tells_everything_fills_line_and_tooltip) {
    BarMachine machine;
    BarMachine::fill_all(machine);
    WaybarWriter writer{WaybarSettings{}};
    const auto json = parse(writer.write(machine.report, {500, true, 12}, true));
    EXPECT_STREQ(json["text"].GetString(), "38% ▒\u20073");
    EXPECT_STREQ(json["alt"].GetString(), "throttled");
    EXPECT_EQ(json["percentage"].GetInt(), 38);
    ASSERT_EQ(json["class"].Size(), 4U);
    EXPECT_STREQ(json["class"][0].GetString(), "throttled");
    EXPECT_STREQ(json["class"][1].GetString(), "swapping");
    EXPECT_STREQ(json["class"][2].GetString(), "lock-wait");
    EXPECT_STREQ(json["class"][3].GetString(), "incomplete");
    expect_golden("all.txt", seen(json));
    expect_golden("all.markup", json["tooltip"].GetString());
}

TEST(Waybar, a_machine_that_tells_nothing_shows_dashes_and_no_number_that_was_not_measured) {
    BarMachine machine;
    BarMachine::fill_nothing(machine);
    WaybarWriter writer{settings_with({{"format",
                                        "{cpu}% {wait} {mem} {psi_io} {temp} {ghz} {gpu} {power} {profile} "
                                        "{lock_wait} {swap} {read} {down} {load} {top_io} {top_wait}"}})};
    const auto json = parse(writer.write(machine.report, {500, true, 0}, true));
    EXPECT_STREQ(json["text"].GetString(), "-% - - - - - - - - - - - - - - hog");
    EXPECT_STREQ(json["alt"].GetString(), "calm");
    EXPECT_EQ(json["class"].Size(), 0U);
    EXPECT_FALSE(json.HasMember("percentage"));
    expect_golden("nothing.txt", seen(json));
}

TEST(Waybar, hostile_names_stay_valid_json_and_valid_markup) {
    const std::string_view names[] = {
        "<b>&amp;\"'",         "</tt><span x", "a\x1b[31m\x01\x7f", std::string_view("\xff\xfe\x80\xc3", 4),
        "\u202egnp.exe\u202c", "&#0;&bogus;",  "\\u0000\\\"",       "tab\tnew\nline",
        "{cpu}%n%s",           "\u2066\u200b", "名前名前名",        "'><!--"};
    BarMachine machine;
    std::uint32_t tid = 100;
    for (const std::string_view name : names) {
        ProcessRow& process = machine.add_process(tid, name);
        BarMachine::lose(process, ThreadState::exec, 0.1);
        BarMachine::lose(process, ThreadState::lock_wait, 0.2);
        process.rss_bytes = tid;
        process.read_bytes = tid;
        Thread& stuck = machine.add(tid + 1000, name);
        stuck.state = ThreadState::uninterruptible;
        stuck.wait.kernel_function = "fn<&>";
        Thread& dead = machine.add(tid + 2000, name);
        dead.state = ThreadState::zombie;
        dead.since_ns -= kBarSecond;
        dead.parent_tgid = tid;
        machine.report.threads.back().state_ns[index(ThreadState::zombie)] = 1;
        ++tid;
    }
    machine.add_up();
    machine.report.system.now.power_profile = DeviceName("<&'\"\x01\xff>");
    machine.report.system.now.gpus.push_back({DeviceName("\xc3<&"), "x", false, {}, 1.0, {}, {}, {}});
    for (const char* colors : {"on", "off"}) {
        WaybarWriter writer{settings_with(
            {{"top", "50"}, {"colors", colors}, {"format", "<b>{top_cpu}</b>{profile}{top_mem}{top_io}{top_wait}"}})};
        const std::string line(writer.write(machine.report, {500, true, 0}, true));
        for (const char c : std::string_view(line).substr(0, line.size() - 1)) {
            EXPECT_GE(static_cast<unsigned char>(c), 0x20U);
        }
        const auto json = parse(line);
        const std::string text = seen(json);
        EXPECT_EQ(markup_error(json["text"].GetString()), "");
        EXPECT_THAT(text, Not(HasSubstr("\u202e")));
        EXPECT_THAT(text, HasSubstr("<b>&amp;\"'"));
        EXPECT_THAT(text, HasSubstr("\\xff\\xfe"));
    }
}

TEST(Waybar, without_colors_there_is_no_markup_but_the_fixed_width) {
    BarMachine machine;
    BarMachine::fill_all(machine);
    WaybarWriter writer{settings_with({{"colors", "off"}})};
    const auto json = parse(writer.write(machine.report, {500, true, 0}, true));
    EXPECT_THAT(json["tooltip"].GetString(), AllOf(Not(HasSubstr("color=")), ::testing::StartsWith("<tt>")));
}

std::string plain_line(std::string_view name, const char* format, const char* escape) {
    BarMachine machine;
    machine.add_process(1, name);
    machine.report.processes.back().state_ns[index(ThreadState::exec)] = kBarSecond;
    machine.add_up();
    WaybarWriter writer{settings_with({{"plain", "on"}, {"format", format}, {"escape", escape}})};
    std::string line(writer.write(machine.report, {}, true));
    EXPECT_TRUE(line.ends_with('\n'));
    line.pop_back();
    return line;
}

TEST(Waybar, plain_names_are_quoted_for_the_bar_that_shows_them) {
    constexpr std::string_view kName = "#(x)%{y}#[z]<&";
    EXPECT_EQ(plain_line(kName, "{top_cpu}", "strip"), "(x){y}[z]<&");
    EXPECT_EQ(plain_line(kName, "{top_cpu}", "tmux"), "####(x)%{y}##[z]<&");
    EXPECT_EQ(plain_line(kName, "{top_cpu}", "polybar"), "#(x)%\u200b{y}#[z]<&");
    EXPECT_EQ(plain_line(kName, "{top_cpu}", "pango"), "#(x)%{y}#[z]&lt;&amp;");
    EXPECT_EQ(plain_line("a#b%c##%(", "{top_cpu}", "strip"), "a#b%c(");
    EXPECT_EQ(plain_line("##", "{top_cpu}", "tmux"), "########");
}

TEST(Waybar, half_of_a_pair_in_a_name_and_half_in_the_format_is_none) {
    EXPECT_EQ(plain_line("{x}", "{top_cpu}%{top_cpu}", "strip"), "{x}%x}");
    EXPECT_EQ(plain_line("x%", "{top_cpu}{{y}}", "strip"), "x{y}");
    EXPECT_EQ(plain_line("x%", "{top_cpu}{alert}", "strip"), "xcalm");
    EXPECT_EQ(plain_line("x%", "{top_cpu}", "strip"), "x%");
    EXPECT_EQ(plain_line("(x)", "#{top_cpu}", "tmux"), "#x)");
    EXPECT_EQ(plain_line("x#", "{top_cpu}[y]", "tmux"), "x##[y]");
    EXPECT_EQ(plain_line("{x}%", "%{top_cpu}{{y}}", "polybar"), "%\u200b{x}%\u200b{y}");
}

TEST(Waybar, a_plain_line_is_the_text_alone_with_nothing_escaped) {
    BarMachine machine;
    ProcessRow& process = machine.add_process(7, "a&b<c");
    BarMachine::lose(process, ThreadState::exec, 0.5);
    machine.add_up();
    machine.report.system.cpu_busy_pct = 25;
    WaybarWriter writer{settings_with({{"plain", "on"}, {"format", "{{{cpu:4}}} & {top_cpu}"}})};
    EXPECT_EQ(writer.write(machine.report, {500, true, 0}, true), "{\u2007\u200725} & a&b<c\n");
}

TEST(Waybar, parts_can_be_left_out) {
    BarMachine machine;
    BarMachine::fill_all(machine);
    const auto text_of = [&](const char* parts) {
        WaybarWriter writer{settings_with({{"tooltip", parts}})};
        return seen(parse(writer.write(machine.report, {500, false, 0}, true)));
    };
    EXPECT_EQ(text_of("footer"),
              "1,284 threads without a slot: only in the sums\nKernel excluded · 500 ms · 6 threads");
    EXPECT_THAT(text_of("memory"), AllOf(::testing::StartsWith("MEMORY"), Not(HasSubstr("STORAGE")), HasSubstr("GiB")));
    EXPECT_THAT(text_of("cpu,io"), AllOf(::testing::StartsWith("CPU"), Not(HasSubstr("MEMORY"))));
    EXPECT_THAT(text_of("wait,states"), AllOf(::testing::StartsWith("THREADS"), HasSubstr("\n\nDELAYED")));
}

TEST(Waybar, users_of_the_network_and_of_gpus_are_listed_where_they_are_wanted) {
    BarMachine machine;
    BarMachine::fill_all(machine);
    GpuTable gpus;
    gpus.processes = {{2800, 42.0, 300 * kBarMiB}, {4121, std::nullopt, 9 * kBarMiB}, {9999, 80.0, 1}};
    machine.report.gpus = &gpus;
    machine.report.processes[2].net_rx_bytes = 4'000'000;
    machine.report.processes[2].net_tx_bytes = 200'000;
    machine.report.processes[0].net_tx_bytes = 9'000'000;
    const auto text_of = [&](const char* parts) {
        WaybarWriter writer{settings_with({{"tooltip", parts}, {"format", "{top_net} {top_gpu}"}})};
        const auto json = parse(writer.write(machine.report, {500, false, 0}, true));
        return std::string(json["text"].GetString()) + "\n" + seen(json);
    };
    EXPECT_EQ(text_of("network,gpu"),
              "- firefox\n"
              "NETWORK               -         -       GPU            busy   memory\n"
              "                                        firefox        42 %  300 MiB\n"
              "                                        mysqld            - 9.00 MiB")
        << "the process that has ended is not listed";
    machine.report.network = true;
    EXPECT_EQ(text_of("network,gpu"),
              "mysqld firefox\n"
              "NETWORK        received      sent       GPU            busy   memory\n"
              "mysqld                · 8.6 MiB/s       firefox        42 %  300 MiB\n"
              "firefox       3.8 MiB/s 195 KiB/s       mysqld            - 9.00 MiB");
    EXPECT_THAT(text_of("gpu"), ::testing::StartsWith("mysqld firefox\nGPU "));
    EXPECT_FALSE(WaybarSettings{}.needs_network() || WaybarSettings{}.needs_gpus()) << "both cost more";
    EXPECT_TRUE(settings_with({{"tooltip", "network"}}).needs_network());
    EXPECT_TRUE(settings_with({{"format", "{top_net}"}}).needs_network());
    EXPECT_TRUE(settings_with({{"format", "{top_gpu}"}}).needs_gpus());
}

TEST(Waybar, sums_without_the_kernels_threads_are_those_of_the_listed_processes) {
    BarMachine machine;
    BarMachine::fill_all(machine);
    machine.report.total_ns[index(ThreadState::exec)] += kBarSecond;  // of a thread of the kernel
    EXPECT_NEAR(*waybar_numbers(machine.report, true).threads_in[0], 4.41, 1e-9);
    EXPECT_NEAR(*waybar_numbers(machine.report, false).threads_in[0], 3.41, 1e-9);
}

TEST(Waybar, in_a_short_interval_the_probes_tell_the_cpus_use_and_not_a_few_ticks) {
    BarMachine machine;
    machine.report.system.cpus = 2;
    machine.report.system.cpu_busy_pct = 0;  // no tick came
    machine.report.interval_ns = 16'000'000;
    machine.report.system.cpu_exec_ns = 8'000'000;
    EXPECT_NEAR(*waybar_numbers(machine.report, true).cpu_pct, 25, 1e-9);
    machine.report.source = Source::procfs;
    EXPECT_EQ(waybar_numbers(machine.report, true).cpu_pct, 0);
    machine.report.source = Source::bpf;
    machine.report.interval_ns = 500'000'000;
    EXPECT_EQ(waybar_numbers(machine.report, true).cpu_pct, 0);
}

/// Samples as a machine makes them: threads that run, wait, are born and die.
class BarSamples {
  public:
    explicit BarSamples(std::uint32_t threads) {
        for (Sample& sample : samples_) {
            sample.threads.resize(threads);
            sample.versions.resize(threads);
            sample.system.cpus = 2;
            sample.system.cpu = CpuTimes{};
            sample.system.memory_total_bytes = std::uint64_t{1} << 34U;
            sample.system.memory_available_bytes = std::uint64_t{1} << 33U;
            sample.system.pressure_cpu = Pressure{};
            sample.now_ns = kBarSecond;
        }
        for (std::uint32_t i = 0; i < threads; ++i) {
            Thread& thread = samples_[0].threads[i];
            thread.life = 1;
            thread.tid = 100 + i;
            thread.tgid = 100 + i / 4 * 4;
            thread.state = ThreadState::idle;
            thread.first_seen_ns = thread.since_ns = kBarSecond;
            std::snprintf(thread.comm.data(), thread.comm.size(), "thread-%u", i);
        }
    }

    /// `interval_ns` on CLOCK_MONOTONIC; the wall clock may jump by anything.
    const Report& step(std::uint64_t interval_ns, std::int64_t wall_jump_ns = 0) {
        const Sample& before = samples_[newest_];
        newest_ = 1 - newest_;
        Sample& now = samples_[newest_];
        now.threads = before.threads;
        now.versions = before.versions;
        now.now_ns = before.now_ns + interval_ns;
        now.time_unix_ns = static_cast<std::uint64_t>(static_cast<std::int64_t>(now.now_ns) + wall_jump_ns);
        now.system.cpu->user_ns = before.system.cpu->user_ns + interval_ns;
        now.system.cpu->idle_ns = before.system.cpu->idle_ns + interval_ns;
        for (std::size_t i = step_ % 3; i < now.threads.size(); i += 3) {
            change(now.threads[i], now.versions[i], now.now_ns, interval_ns);
        }
        ++step_;
        builder_.build(before, now, {}, report_);
        return report_;
    }

  private:
    void change(Thread& thread, std::uint64_t& version, std::uint64_t now_ns, std::uint64_t interval_ns) {
        thread.ns[index(thread.state)] += now_ns - interval_ns / 2 - thread.since_ns;
        thread.since_ns = now_ns - interval_ns / 2;
        constexpr ThreadState kWay[] = {ThreadState::exec, ThreadState::cpu_wait, ThreadState::lock_wait,
                                        ThreadState::uninterruptible, ThreadState::idle};
        thread.state = kWay[(step_ + thread.tid) % 5];
        thread.rss_bytes = thread.tid * 4096 + step_;
        thread.read_bytes = step_ * thread.tid;
        ++version;
    }

    Sample samples_[2];
    int newest_ = 0;
    std::uint64_t step_ = 0;
    ReportBuilder builder_;
    Report report_;
};

TEST(Waybar, an_hour_of_lines_every_16_ms_allocates_nothing) {
    // Under a sanitizer nothing is counted and everything takes longer.
    const int lines = testing::allocations_are_counted() ? 225'000 : 5'000;
    constexpr std::uint64_t kInterval = 16'000'000;
    BarSamples samples(24);
    WaybarWriter writer{WaybarSettings{}};
    for (int line = 0; line < 200; ++line) {
        (void)writer.write(samples.step(kInterval), {16, true, 0}, true);
    }
    const std::size_t in_use = mallinfo2().uordblks;
    const AllocationCount allocated;
    std::size_t longest = 0;
    for (int line = 0; line < lines; ++line) {
        longest = std::max(longest, writer.write(samples.step(kInterval), {16, true, 0}, true).size());
    }
    EXPECT_EQ(mallinfo2().uordblks, in_use);
    EXPECT_EQ(allocated.so_far(), 0U);
    EXPECT_GT(longest, 1000U);
    EXPECT_LT(longest, 16'384U);
}

TEST(Waybar, suspend_and_clock_jumps_give_no_absurd_value) {
    BarSamples samples(8);
    WaybarWriter writer{settings_with({{"format", "{cpu} {wait} {running} {lost}"}})};
    constexpr std::int64_t kYear = 365LL * 86'400 * 1'000'000'000;
    struct Step {
        std::uint64_t interval_ns;
        std::int64_t wall_jump_ns;
    };
    // A night's suspend moves the wall clock alone; then two ticks at once; a minute in which no thread was scheduled.
    const Step steps[] = {{500'000'000, 0},      {500'000'000, kYear},   {1, kYear},
                          {500'000'000, -kYear}, {60'000'000'000, 0},    {0, 0},
                          {500'000'000, 0},      {3'600'000'000'000, 0}, {500'000'000, 0}};
    for (const Step& step : steps) {
        const Report& report = samples.step(step.interval_ns, step.wall_jump_ns);
        const auto json = parse(writer.write(report, {500, true, 0}, true));
        seen(json);
        if (json.HasMember("percentage")) {
            EXPECT_LE(json["percentage"].GetInt(), 100);
        }
        double cpu = 0, wait = 0, running = 0, lost = 0;
        std::istringstream text(json["text"].GetString());
        if (step.interval_ns > 1 && text >> cpu >> wait >> running >> lost) {
            EXPECT_LE(cpu, 100);
            EXPECT_LE(running, 8.01);
            EXPECT_LE(lost, 8.01);
            EXPECT_LE(wait, 401);
        }
    }
}

}  // namespace
}  // namespace tsa
