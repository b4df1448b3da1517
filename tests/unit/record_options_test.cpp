// SPDX-License-Identifier: MIT
// The command lines of record, replay, report and export, with their durations and sizes.
#include "cli/record_options.h"

#include <gmock/gmock.h>

#include "cli/options.h"
#include "cli/quantities.h"
#include "unit/parsed_options.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using testing::good;
using ::testing::HasSubstr;
using testing::parse;

constexpr std::uint64_t kSecond = 1'000'000'000;

TEST(RecordOptions, record_takes_a_place_a_time_a_choice_of_threads_and_limits) {
    const auto options = good<RecordOptions>({"record",     "-o",
                                              "monday",     "-i",
                                              "250",        "-d",
                                              "1.5",        "-p",
                                              "12",         "--tid",
                                              "7,8",        "--user",
                                              "daemon",     "--comm",
                                              "kworker*",   "--cgroup",
                                              "/a/b",       "--keep",
                                              "500M",       "--keep",
                                              "6h",         "--source",
                                              "procfs",     "--kernel-threads",
                                              "off",        "--max-threads",
                                              "1000",       "--compress",
                                              "--taskstats"});
    EXPECT_EQ(options.output, "monday");
    EXPECT_FALSE(options.to_stdout());
    EXPECT_EQ(options.interval_ms, 250U);
    EXPECT_EQ(options.duration_ns, 3 * kSecond / 2);
    EXPECT_EQ(options.tgids, std::vector<std::uint32_t>{12});
    EXPECT_THAT(options.tids, ElementsAre(7, 8));
    EXPECT_EQ(options.user, "daemon");
    EXPECT_EQ(options.comm_pattern, "kworker*");
    EXPECT_EQ(options.cgroup, "/a/b");
    EXPECT_EQ(options.keep_bytes, std::uint64_t{500} << 20U);
    EXPECT_EQ(options.keep_ns, 6 * 3600 * kSecond);
    EXPECT_TRUE(options.compress);
    EXPECT_TRUE(options.taskstats);
    EXPECT_EQ(options.source, SourceChoice::procfs);
    EXPECT_FALSE(options.kernel_threads);
    EXPECT_EQ(options.max_threads, 1000U);
}

TEST(RecordOptions, a_recording_has_a_name_and_labels) {
    const auto options = good<RecordOptions>(
        {"record", "-o", "d", "--name", "caf\xc3\xa9 2", "--label", "service=checkout", "--label", "Deploy.2=a=b, c"});
    EXPECT_EQ(options.name, "caf\xc3\xa9 2");
    EXPECT_EQ(options.labels, (RecordingLabels{{"service", "checkout"}, {"Deploy.2", "a=b, c"}}));
    const std::string long_key = std::string(64, 'k') + "=1";
    const std::string long_value = "k=" + std::string(201, 'v');
    for (const char* bad : {"service", "=x", "service=", "2nd=x", "a b=x", "k=\x1b[0m", "k=\xff", "k=a\nb",
                            long_key.c_str(), long_value.c_str()}) {
        const auto parsed = parse({"record", "-o", "d", "--label", bad});
        ASSERT_TRUE(std::holds_alternative<EarlyEnd>(parsed)) << bad;
        EXPECT_THAT(std::get<EarlyEnd>(parsed).text, HasSubstr("--label")) << bad;
    }
    const auto refused = [](const std::vector<const char*>& arguments) {
        const auto parsed = parse(arguments);
        return std::holds_alternative<EarlyEnd>(parsed) ? std::get<EarlyEnd>(parsed).text : std::string();
    };
    EXPECT_THAT(refused({"record", "-o", "d", "--label", "a=1", "--label", "a=2"}), HasSubstr("is given twice"));
    EXPECT_THAT(refused({"record", "-o", "d", "--name", ""}), HasSubstr("--name"));
    EXPECT_THAT(refused({"record", "-o", "-", "--name", "x"}), HasSubstr("meta.json"));
    EXPECT_THAT(refused({"record", "-o", "d", "--notify"}), HasSubstr("need --when"));
    EXPECT_TRUE(good<RecordOptions>({"record", "-o", "d", "--when", "exec > 1", "--notify"}).notify);
    EXPECT_THAT(refused({"record", "-o", "d", "--armed", "--stacks"}), HasSubstr("need --when"));
    EXPECT_THAT(refused({"record", "-o", "d", "--when", "exec > 1", "--armed"}), HasSubstr("there is neither"));
    EXPECT_THAT(refused({"record", "-o", "d", "--when", "exec > 1", "--armed", "--wakers", "--after", "0s"}),
                HasSubstr("where --after 0 ends"));
    EXPECT_TRUE(good<RecordOptions>({"record", "-o", "d", "--when", "exec > 1", "--armed", "--wakers"}).armed);
}

TEST(RecordOptions, by_default_everything_is_recorded_until_stopped) {
    const auto options = good<RecordOptions>({"record", "-o", "-"});
    EXPECT_TRUE(options.to_stdout());
    EXPECT_TRUE(options.kernel_threads);
    EXPECT_FALSE(options.duration_ns || options.keep_bytes || options.keep_ns);
    EXPECT_FALSE(options.compress || options.taskstats || options.any() || options.interval_ms);
}

TEST(RecordOptions, record_runs_a_command) {
    const auto options = good<RecordOptions>({"record", "-o", "x", "--comm", "cc*", "--", "make", "-o", "y"});
    EXPECT_THAT(options.command_line, ElementsAre("make", "-o", "y"));
    EXPECT_EQ(options.output, "x");
}

TEST(RecordOptions, replay_takes_a_recording_a_time_and_a_speed) {
    const auto options =
        good<ReplayOptions>({"replay", "monday", "--at", "14:05:31", "--speed", "2.5", "--color", "never"});
    EXPECT_EQ(options.directory, "monday");
    EXPECT_EQ(options.at, "14:05:31");
    for (const char* at : {"-5m", "-90", "+30s", "#31", "50%"}) {
        EXPECT_EQ(good<ReplayOptions>({"replay", "monday", "--at", at}).at, at);
    }
    EXPECT_EQ(options.speed, 2.5);
    EXPECT_EQ(options.color, ColorMode::never);
    EXPECT_FALSE(good<ReplayOptions>({"replay", "monday"}).speed);
}

TEST(RecordOptions, report_takes_one_or_two_recordings_a_form_and_a_file) {
    const auto one = good<ReportCommandOptions>({"report", "monday", "--html", "-o", "monday.html", "--top", "30"});
    EXPECT_THAT(one.directories, ElementsAre("monday"));
    EXPECT_EQ(one.format, ReportFormat::html);
    EXPECT_EQ(one.output_path, "monday.html");
    EXPECT_EQ(one.top, 30U);
    const auto two = good<ReportCommandOptions>({"report", "before", "after", "--json"});
    EXPECT_THAT(two.directories, ElementsAre("before", "after"));
    EXPECT_EQ(two.format, ReportFormat::json);
    EXPECT_EQ(good<ReportCommandOptions>({"report", "x"}).format, ReportFormat::text);
}

TEST(RecordOptions, export_takes_a_recording_and_a_file) {
    const auto options = good<ExportOptions>({"export", "monday", "--chrome-trace", "trace.json"});
    EXPECT_EQ(options.directory, "monday");
    EXPECT_EQ(options.format, ExportFormat::chrome_trace);
    EXPECT_EQ(options.path, "trace.json");
}

TEST(RecordOptions, each_mistake_has_a_message_a_hint_and_exit_code_2) {
    const std::pair<std::vector<const char*>, const char*> mistakes[] = {
        {{"record"}, "-o DIR is missing"},
        {{"record", "-o", ""}, "empty"},
        {{"record", "x"}, "not expected"},
        {{"record", "-o", "x", "-d", "0"}, "-d: duration 0 is out of range"},
        {{"record", "-o", "x", "-d", "soon"}, "not a duration"},
        {{"record", "-o", "x", "-d", "-5"}, "negative"},
        {{"record", "-o", "x", "-d", "99999d"}, "out of range"},
        {{"record", "-o", "x", "-i", "0"}, "out of range"},
        {{"record", "-o", "x", "--keep", "500"}, "--keep: limit 500 has no unit"},
        {{"record", "-o", "x", "--keep", "lots"}, "neither a size nor a duration"},
        {{"record", "-o", "x", "--keep", "6y"}, "there is no unit 'y'"},
        {{"record", "-o", "x", "--keep", "1K"}, "out of range"},
        {{"record", "-o", "x", "--keep", "0.5s"}, "out of range"},
        {{"record", "-o", "x", "--keep", "1G", "--keep", "2G"}, "two limits of the same kind"},
        {{"record", "-o", "-", "--keep", "1G"}, "-o - writes none"},
        {{"record", "-o", "-", "--compress"}, "--compress needs an output directory"},
        {{"record", "-o", "x", "--tid", "1,,2"}, "not a whole number"},
        {{"record", "-o", "x", "--user", ""}, "empty"},
        {{"record", "-o", "x", "--comm", ""}, "empty"},
        {{"record", "-o", "x", "--source", "procfs", "--", "ls"}, "needs the scheduler probes"},
        {{"record", "-o", "x", "-p", "1", "--", "ls"}, "-- CMD follows a new command"},
        {{"record", "-o", "x", "--"}, "no command after --"},
        {{"12", "record", "-o", "x"}, "before record"},
        {{"replay"}, "replay: which recording?"},
        {{"replay", ""}, "empty"},
        {{"replay", "a", "b"}, "replay takes one recording, not 2"},
        {{"replay", "a", "--at", ""}, "empty"},
        {{"replay", "a", "--speed", "0"}, "--speed: speed 0 is out of range"},
        {{"replay", "a", "--speed", "fast"}, "not a number"},
        {{"replay", "a", "--speed", "nan"}, "out of range"},
        {{"replay", "a", "--speed", "2x"}, "not a number"},
        {{"replay", "a", "--json"}, "--json"},
        {{"-p", "7", "replay", "a"}, "replay reads a recording"},
        {{"replay", "a", "--", "ls"}, "replay does not run a command"},
        {{"report"}, "report: which recording?"},
        {{"report", "a", "b", "c"}, "report takes one or two recordings, not 3"},
        {{"report", "a", "--json", "--html"}, "exclude each other"},
        {{"report", "a", "b", "--html"}, "a comparison is text or JSON"},
        {{"report", "a", "--top", "0"}, "out of range"},
        {{"--source", "procfs", "report", "a"}, "report reads a recording"},
        {{"export", "a"}, "--chrome-trace FILE is missing"},
        {{"export", "--chrome-trace", "x.json"}, "export: which recording?"},
        {{"export", "a", "--chrome-trace", ""}, "empty"},
        {{"export", "a", "b", "--chrome-trace", "x.json"}, "export takes one recording, not 2"},
    };
    for (const auto& [arguments, complaint] : mistakes) {
        const auto parsed = parse(arguments);
        const auto* end = std::get_if<EarlyEnd>(&parsed);
        ASSERT_NE(end, nullptr) << complaint;
        EXPECT_EQ(end->code, kExitUsage) << end->text;
        EXPECT_THAT(end->text, HasSubstr(complaint));
        EXPECT_THAT(end->text, HasSubstr("\nhint: "));
        EXPECT_EQ(end->text.back(), '\n');
    }
}

TEST(RecordOptions, each_command_has_its_help) {
    const std::pair<const char*, const char*> commands[] = {
        {"record", "Usage: rstat-tsa record -o DIR [OPTIONS] [-- CMD"},
        {"replay", "Usage: rstat-tsa replay DIR"},
        {"report", "Usage: rstat-tsa report DIR [DIR2]"},
        {"export", "Usage: rstat-tsa export DIR --chrome-trace"}};
    for (const auto& [command, usage] : commands) {
        const EarlyEnd end = std::get<EarlyEnd>(parse({command, "--help"}));
        EXPECT_EQ(end.code, kExitOk);
        EXPECT_THAT(end.text, HasSubstr(usage));
        EXPECT_THAT(end.text, HasSubstr("Examples:"));
        EXPECT_THAT(end.text, HasSubstr("Exit codes:"));
    }
}

TEST(Quantities, a_length_of_time_is_exact_in_every_unit) {
    const std::pair<const char*, std::uint64_t> lengths[] = {{"90", 90 * kSecond},
                                                             {"90s", 90 * kSecond},
                                                             {"0.001", kSecond / 1000},
                                                             {"1.5m", 90 * kSecond},
                                                             {"2.25h", 8100 * kSecond},
                                                             {"2d", 172'800 * kSecond},
                                                             {"0.123456789", 123'456'789},
                                                             {".5", kSecond / 2},
                                                             {"1.", kSecond},
                                                             {"0.1234567891234", 123'456'789}};
    for (const auto& [text, ns] : lengths) {
        const auto parsed = parse_duration(text, "time", 1, kMaxDurationNs);
        ASSERT_TRUE(parsed.ok()) << text;
        EXPECT_EQ(parsed.value(), ns) << text;
    }
    for (const char* bad : {"", ".", "s", "1 s", "1ss", "1e3", "+1", "0x10", "18446744073709551616",
                            "18446744073709551615d", "1.5.2", "nan", "1M"}) {
        EXPECT_FALSE(parse_duration(bad, "time", 1, kMaxDurationNs).ok()) << bad;
    }
}

TEST(Quantities, bounds_are_shown_as_they_would_be_typed) {
    const auto hint = [](std::uint64_t least_ns, std::uint64_t most_ns) {
        return parse_duration("0", "time", least_ns, most_ns).error().hint;
    };
    EXPECT_EQ(hint(kSecond / 10, kMaxDurationNs), "0.1s to 3660d");
    EXPECT_EQ(hint(1'500'000'000, 90 * kSecond), "1.5s to 90s");
    EXPECT_EQ(hint(60 * kSecond, 86'401 * kSecond), "1m to 86401s");
    EXPECT_EQ(hint(1, 30 * 3600 * kSecond), "0.000000001s to 30h");
    EXPECT_EQ(parse_limit("0s").error().hint, "1s to 3660d");
}

TEST(Quantities, a_limit_is_of_bytes_or_of_time_by_its_unit) {
    EXPECT_EQ(parse_limit("64K").value().bytes, 65'536U);
    EXPECT_EQ(parse_limit("1.5G").value().bytes, std::uint64_t{3} << 29U);
    EXPECT_EQ(parse_limit("0.5T").value().bytes, std::uint64_t{1} << 39U);
    EXPECT_EQ(parse_limit("500M").value().ns, std::nullopt);
    EXPECT_EQ(parse_limit("500m").value().ns, 30'000 * kSecond) << "m is minutes, M is megabytes";
    EXPECT_EQ(parse_limit("500m").value().bytes, std::nullopt);
    EXPECT_FALSE(parse_limit("1048577T").ok());
    EXPECT_FALSE(parse_limit("18446744073709551615T").ok()) << "more than 64 bits";
}

}  // namespace
}  // namespace tsa
