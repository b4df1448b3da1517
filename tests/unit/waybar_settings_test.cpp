// SPDX-License-Identifier: MIT
// The settings of the status bar: flags, the configuration file, the pattern, thresholds; and the error for each
// mistake.
#include "paths.h"
#include "waybar/settings.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "cli/options.h"
#include "cli/waybar_config.h"
#include "unit/waybar_fixture.h"
#include "waybar/markup.h"

namespace tsa {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::variant<Options, EarlyEnd> parse(const std::vector<const char*>& arguments) {
    return parse_options(arguments, "1.2.3");
}

std::string complaint(const std::vector<const char*>& arguments) {
    const auto parsed = parse(arguments);
    const auto* end = std::get_if<EarlyEnd>(&parsed);
    if (end == nullptr) {
        return "";
    }
    EXPECT_EQ(end->code, kExitUsage);
    return end->text;
}

WaybarSettings settings_of(const std::vector<const char*>& arguments, std::string_view file = "") {
    WaybarSettings settings;
    const auto parsed = parse(arguments);
    EXPECT_TRUE(std::holds_alternative<Options>(parsed)) << std::get<EarlyEnd>(parsed).text;
    const WaybarOptions& options = std::get<WaybarOptions>(std::get<Options>(parsed));
    EXPECT_TRUE(apply_waybar_config(settings, file, "file").ok());
    for (const WaybarAssignment& assignment : options.settings) {
        EXPECT_TRUE(apply(settings, assignment).ok());
    }
    return settings;
}

std::optional<double> threshold(const WaybarSettings& settings, WaybarClass which) {
    return settings.thresholds[static_cast<std::size_t>(which)];
}

TEST(WaybarOptions, without_flags_and_file_the_defaults_hold) {
    const WaybarSettings settings = settings_of({"waybar"});
    EXPECT_EQ(settings.interval_ms, 500U);
    EXPECT_TRUE(settings.kernel_threads);
    EXPECT_FALSE(settings.plain);
    EXPECT_EQ(settings.top, 5U);
    EXPECT_EQ(threshold(settings, WaybarClass::cpu_high), 90);
    EXPECT_EQ(settings_of({"waybar", "--ludicrous"}).interval_ms, 16U);
}

TEST(WaybarOptions, flags_win_over_the_file) {
    constexpr std::string_view kFile =
        "# my bar\n"
        "interval = 2000   # calm\n"
        "kernel-threads = \"off\"\r\n"
        "top = 7\n"
        "\n"
        "  tooltip = [\"summary\", 'footer']\n"
        "format = \"<span color='#f00'>{cpu}</span>, # {wait}\"\n"
        "[thresholds]\n"
        "cpu-high = 75.5\n"
        "lock-wait = \"off\"\n";
    const WaybarSettings file = settings_of({"waybar"}, kFile);
    EXPECT_EQ(file.interval_ms, 2000U);
    EXPECT_FALSE(file.kernel_threads);
    EXPECT_EQ(file.top, 7U);
    EXPECT_TRUE(file.shows(WaybarPart::footer));
    EXPECT_FALSE(file.shows(WaybarPart::cpu));
    EXPECT_EQ(threshold(file, WaybarClass::cpu_high), 75.5);
    EXPECT_EQ(threshold(file, WaybarClass::lock_wait), std::nullopt);
    EXPECT_EQ(threshold(file, WaybarClass::io_stall), 30);
    EXPECT_TRUE(check(file).ok());

    const WaybarSettings both = settings_of({"waybar", "-i", "100", "--kernel-threads", "on", "--threshold",
                                             "cpu-high=60,lock-wait=4", "--threshold", "swapping=off", "--top", "3"},
                                            kFile);
    EXPECT_EQ(both.interval_ms, 100U);
    EXPECT_TRUE(both.kernel_threads);
    EXPECT_EQ(both.top, 3U);
    EXPECT_EQ(threshold(both, WaybarClass::cpu_high), 60);
    EXPECT_EQ(threshold(both, WaybarClass::lock_wait), 4);
    EXPECT_EQ(threshold(both, WaybarClass::swapping), std::nullopt);
}

TEST(WaybarOptions, each_mistake_on_the_command_line_is_told_with_what_would_be_right) {
    EXPECT_THAT(complaint({"waybar", "--format", "{cpus}%"}),
                AllOf(HasSubstr("--format: there is no placeholder "
                                "{cpus}"),
                      HasSubstr("{cpu}, {wait}"), HasSubstr("{interval}")));
    EXPECT_THAT(complaint({"waybar", "--format", "{cpu"}), HasSubstr("a lone '{'"));
    EXPECT_THAT(complaint({"waybar", "--format", "cpu}"}), HasSubstr("a lone '}'"));
    EXPECT_THAT(complaint({"waybar", "--format", "{cpu:x}"}), HasSubstr("width"));
    EXPECT_THAT(complaint({"waybar", "--format", "{cpu:4000}"}), HasSubstr("0 to 40"));
    EXPECT_THAT(complaint({"waybar", "--format", "<b>{cpu}"}), HasSubstr("<b> is not closed"));
    EXPECT_EQ(complaint({"waybar", "--format", "<b>{cpu}", "--plain"}), "");
    EXPECT_THAT(
        complaint({"waybar", "--plain", "--escape", "dzen"}),
        AllOf(HasSubstr("--escape: 'dzen' is not a way to escape text"), HasSubstr("strip, tmux, polybar, pango")));
    EXPECT_THAT(complaint({"waybar", "--tooltip", "summary,cpus"}), AllOf(HasSubstr("'cpus'"), HasSubstr("footer")));
    EXPECT_THAT(complaint({"waybar", "--tooltip", ""}), HasSubstr("empty"));
    EXPECT_THAT(complaint({"waybar", "--threshold", "cpu-hihg=3"}), HasSubstr("did you mean cpu-high?"));
    EXPECT_THAT(complaint({"waybar", "--threshold", "cpu-high=0"}), HasSubstr("a number above 0"));
    EXPECT_THAT(complaint({"waybar", "--threshold", "cpu-high=nan"}), HasSubstr("or off"));
    EXPECT_THAT(complaint({"waybar", "--threshold", "cpu-high"}), HasSubstr("CLASS=VALUE"));
    EXPECT_THAT(complaint({"waybar", "--top", "0"}), HasSubstr("from 1 to 1000"));
    EXPECT_THAT(complaint({"waybar", "-i", "0"}), HasSubstr("out of range"));
    EXPECT_THAT(complaint({"waybar", "-i", "5", "--ludicrous"}), HasSubstr("exclude each other"));
    EXPECT_THAT(complaint({"waybar", "--color", "blue"}), HasSubstr("auto, always or never"));
    EXPECT_THAT(complaint({"waybar", "--", "ls"}), HasSubstr("does not run a command"));
    EXPECT_THAT(complaint({"waybar", "-p", "5"}), HasSubstr("-p"));
    EXPECT_THAT(complaint({"-p", "5", "waybar"}), HasSubstr("whole machine"));
    EXPECT_FALSE(settings_of({"--color", "never", "waybar"}).colors);
}

TEST(WaybarConfig, each_mistake_names_file_line_and_key) {
    struct Case {
        std::string_view text;
        const char* place;
        const char* what;
    };
    const Case cases[] = {
        {"\n\nintervall = 5\n", "bar.toml:3: intervall: ", "did you mean interval?"},
        {"interval = fast", "bar.toml:1: ", "hint: a number, or text in quotes: interval = 1000, format = \""},
        {"interval = \"fast\"", "bar.toml:1: interval: ", "whole number from 1"},
        {"interval = 1.5", "bar.toml:1: interval: ", "'1.5' is not a whole number"},
        {"top = 5\ninterval = 5\ninterval = 6\n", "bar.toml:3: ", "cannot redefine existing integer 'interval'"},
        {"interval\n", "bar.toml:1: ", "expected '='"},
        {"interval =\n", "bar.toml:1: ", "expected value"},
        {"format = \"{cpu}\n", "bar.toml:1: ", "string"},
        {"format = {cpu} {wait}\n", "bar.toml:1: ", "expected '='"},
        {"format = \"{cpux}\"\n", "bar.toml:1: format: ", "{cpux}"},
        {"tooltip = [\"cpu\",\n\"io\"\n", "bar.toml:", "array"},
        {"tooltip = [[\"cpu\"]]\n", "bar.toml:1: tooltip: ", "a list of texts"},
        {"top = 1979-05-27\n", "bar.toml:1: top: ", "not a value of a setting"},
        {"zzz = 5\n\ntop = 0\n", "bar.toml:1: zzz: ", "no setting 'zzz'"},
        {"tooltip = [\"cpu\", \"xyz\"]\n", "bar.toml:1: tooltip: ", "'xyz'"},
        {"[threshold]\n", "bar.toml:1: ", "[thresholds]"},
        {"[thresholds]\ncpu = 5\n", "bar.toml:2: thresholds.cpu: ", "no class 'cpu'"},
        {"[thresholds]\ntop = 5\n", "bar.toml:2: thresholds.top: ", "no class"},
        {"top = \"\x1b[31m\"\n", "bar.toml:1: ", "control characters"},
        {"format = \"\\u001b[31m\"\n", "bar.toml:1: format: ", "has a control character"},
        {"format = \"\"\"a\nb\"\"\"\n", "bar.toml:1: format: ", "has a control character"},
        {"top = 3\nformat = \"\xff\"\n", "bar.toml:2: ", "utf-8"},
        {"[[thresholds]]\ncpu-high = 5\n", "bar.toml:1: thresholds: ", "a list of texts"},
        {"[thresholds]\ncpu-high = inf\n", "bar.toml:2: thresholds.cpu-high: ", "'inf' is not a threshold"},
        {"thresholds = 5\n", "bar.toml:1: thresholds: ", "there is no setting 'thresholds'"},
    };
    for (const Case& one : cases) {
        WaybarSettings settings;
        const auto applied = apply_waybar_config(settings, one.text, "bar.toml");
        ASSERT_FALSE(applied.ok()) << one.text;
        EXPECT_THAT(applied.error().text(), AllOf(::testing::StartsWith(one.place), HasSubstr(one.what)));
    }
    WaybarSettings settings;
    EXPECT_FALSE(apply_waybar_config(settings, std::string(kMaxWaybarConfigBytes + 1, '\n'), "x").ok());
}

TEST(WaybarConfig, may_be_written_in_every_way_that_toml_has) {
    for (const std::string_view file : {"interval = 2_000\ntooltip = [\n  \"summary\",  # first\n  'footer',\n]\nplain "
                                        "= true\nthresholds.cpu-high = 75.5\n",
                                        "interval = 0x7d0\r\ntooltip = 'summary,footer'\r\nplain = "
                                        "\"on\"\r\nthresholds = { cpu-high = \"75.5\" }\r\n",
                                        "\"interval\" = 2000\ntooltip = [\"summ\\u0061ry\", \"footer\"]\nplain = "
                                        "true\n[thresholds]\ncpu-high = 7.55e1"}) {
        WaybarSettings settings;
        const auto applied = apply_waybar_config(settings, file, "x");
        ASSERT_TRUE(applied.ok()) << applied.error().text();
        EXPECT_EQ(settings.interval_ms, 2000U);
        EXPECT_TRUE(settings.shows(WaybarPart::summary) && settings.shows(WaybarPart::footer));
        EXPECT_FALSE(settings.shows(WaybarPart::cpu));
        EXPECT_TRUE(settings.plain);
        EXPECT_EQ(threshold(settings, WaybarClass::cpu_high), 75.5);
    }
}

/// `text` as often as the file may be long, with `before` and `after`.
std::string repeated(std::string_view text, std::string_view before = "", std::string_view after = "") {
    std::string file(before);
    while (file.size() + text.size() + after.size() <= kMaxWaybarConfigBytes) {
        file += text;
    }
    return file + std::string(after);
}

TEST(WaybarConfig, hostile_files_are_errors) {
    const std::string files[] = {
        repeated("a.", "", "a = 1"),
        repeated("a.", "[", "a]"),
        repeated("a.", "[", "a]").substr(0, 4096) + "a]",
        repeated("["),
        repeated("[", "top = "),
        repeated("{a=", "top = "),
        repeated("[{a.a.a=", "top = "),
        repeated("[a]\n"),
        repeated("[[a]]\n"),
        repeated("\"", "format = "),
        repeated("\\", "format = \"", "\""),
        repeated("9", "top = "),
        repeated("0", "top = 1."),
        repeated("\xff"),
        repeated(std::string_view("\0", 1)),
        repeated("\xf0\x9f", "format = \"", "\""),
        repeated("k", "", " = 1"),
        repeated("=\n"),
        "\xef\xbb\xbf\xef\xbb\xbf",
        "\xff\xfe"
        "a\0=\0",
    };
    for (const std::string& file : files) {
        WaybarSettings settings;
        const auto applied = apply_waybar_config(settings, file, "bar.toml");
        ASSERT_FALSE(applied.ok()) << file.substr(0, 40);
        EXPECT_THAT(applied.error().message, ::testing::StartsWith("bar.toml:"));
        EXPECT_FALSE(applied.error().hint.empty()) << file.substr(0, 40);
    }
}

TEST(WaybarConfig, a_file_with_bytes_changed_or_cut_off_never_does_harm) {
    constexpr std::string_view kFile =
        "interval = 2000 # calm\ntooltip = [\"summary\", 'footer']\nformat = \"\"\"<b>\\u00e9{cpu}</b>\"\"\"\n"
        "plain = true\nthresholds.io-stall = { }\n[thresholds]\ncpu-high = 75.5\nlock-wait = 1979-05-27T07:32:00Z\n";
    static constexpr char kChosen[] = "\0\n\r\"'[]{}=.,#\\u0x_-+eE:TZ\x7f\x80\xc3\xe2\xf0\xff";
    constexpr std::string_view kBytes(kChosen, sizeof kChosen - 1);
    std::size_t good = 0;
    for (std::size_t at = 0; at < kFile.size(); ++at) {
        for (const char byte : kBytes) {
            std::string changed(kFile);
            changed[at] = byte;
            WaybarSettings settings;
            good += apply_waybar_config(settings, changed, "x").ok() ? 1 : 0;
        }
        WaybarSettings settings;
        good += apply_waybar_config(settings, kFile.substr(0, at), "x").ok() ? 1 : 0;
    }
    EXPECT_GT(good, 5U);  // those that are cut off after a whole line, at least
}

TEST(WaybarConfig, plain_text_may_hold_what_markup_may_not) {
    WaybarSettings settings;
    ASSERT_TRUE(apply_waybar_config(settings, "format = \"a & b\"\n", "x").ok());
    EXPECT_FALSE(check(settings).ok());
    settings.plain = true;
    EXPECT_TRUE(check(settings).ok());
}

TEST(WaybarInterval, cycles_and_joins_from_outside_at_the_next_lower_one) {
    std::uint32_t interval_ms = 500;
    for (const std::uint32_t next : {250U, 100U, 2000U, 1000U, 500U}) {
        interval_ms = next_waybar_interval_ms(interval_ms);
        EXPECT_EQ(interval_ms, next);
    }
    EXPECT_EQ(next_waybar_interval_ms(16), 2000U);
    EXPECT_EQ(next_waybar_interval_ms(300), 250U);
    EXPECT_EQ(next_waybar_interval_ms(kMaxWaybarIntervalMs), 2000U);
}

TEST(WaybarMarkup, what_pango_would_refuse_is_found) {
    for (const char* good : {"", "a", "<b>x</b>", "<span color='#f00' size=\"x-large\">&lt;&#39;&#x2588;</span>",
                             "<i/>", "<span color='>'>x</span>", "{}", "<b><i>x</i></b>"}) {
        EXPECT_EQ(markup_error(good), "") << good;
    }
    for (const char* bad : {"<", "a & b", "&;", "&#;", "&#xg;", "&nbsp;", "<b>", "</b>", "<b><i></b></i>", "<x>a</x>",
                            "<span color=red>a</span>", "<span color='red>a</span>", "<spancolor='a'></span>", "\xff",
                            "<!-- a -->", "<b", "&amp"}) {
        EXPECT_NE(markup_error(bad), "") << bad;
    }
}

TEST(WaybarDocument, lists_every_class_with_its_threshold_in_the_words_of_the_table) {
    std::ifstream file(paths::kSources + "/docs/status-bar.md");
    std::stringstream text;
    text << file.rdbuf();
    for (const WaybarClassInfo& one : waybar_class_table()) {
        EXPECT_THAT(text.str(),
                    HasSubstr(fmt::format("| `{}` | {} | {} |", one.key, default_threshold(one), one.meaning)));
    }
}

class WaybarClasses : public ::testing::Test {
  protected:
    static constexpr std::uint64_t kStep = 100'000'000;

    /// What holds after `steps` samples of 100 ms with these CPUs busy.
    bool cpu_high_after(double cpu_pct, int steps) {
        for (int step = 0; step < steps; ++step) {
            report_.now_ns += kStep;
            WaybarNumbers numbers;
            numbers.cpu_pct = cpu_pct;
            const bool before = classifier_.holds(WaybarClass::cpu_high);
            classifier_.update(report_, numbers);
            changes_ += before != classifier_.holds(WaybarClass::cpu_high) ? 1 : 0;
        }
        return classifier_.holds(WaybarClass::cpu_high);
    }

    Report report_;
    WaybarClassifier classifier_{default_waybar_thresholds()};
    int changes_ = 0;
};

TEST_F(WaybarClasses, a_value_around_the_threshold_does_not_flicker) {
    EXPECT_TRUE(cpu_high_after(95, 1));
    for (int round = 0; round < 200; ++round) {
        cpu_high_after(round % 2 == 0 ? 86 : 94, 1);
    }
    EXPECT_TRUE(cpu_high_after(85, 10));
    EXPECT_EQ(changes_, 1);
}

TEST_F(WaybarClasses, a_short_burst_on_a_calm_machine_lights_nothing) {
    cpu_high_after(5, 20);
    for (int round = 0; round < 50; ++round) {
        EXPECT_FALSE(cpu_high_after(100, 1));
        EXPECT_FALSE(cpu_high_after(5, 9));
    }
}

TEST_F(WaybarClasses, a_lasting_change_lights_within_seconds_and_goes_out_within_seconds) {
    cpu_high_after(5, 20);
    EXPECT_TRUE(cpu_high_after(100, 40));
    EXPECT_FALSE(cpu_high_after(5, 40));
    EXPECT_EQ(changes_, 2);
}

TEST_F(WaybarClasses, a_value_that_became_absent_ends_its_class_and_off_never_begins) {
    cpu_high_after(100, 1);
    classifier_.update(report_, WaybarNumbers{});
    EXPECT_FALSE(classifier_.holds(WaybarClass::cpu_high));
    WaybarThresholds off = default_waybar_thresholds();
    off[static_cast<std::size_t>(WaybarClass::cpu_high)].reset();
    classifier_ = WaybarClassifier(off);
    EXPECT_FALSE(cpu_high_after(100, 50));
}

TEST_F(WaybarClasses, losses_before_the_start_are_no_news_and_later_ones_stay_for_a_while) {
    report_.health.exit_records_lost = 7;
    cpu_high_after(1, 2);
    EXPECT_FALSE(classifier_.holds(WaybarClass::incomplete));
    report_.health.exit_records_lost = 8;
    cpu_high_after(1, 1);
    EXPECT_TRUE(classifier_.holds(WaybarClass::incomplete));
    cpu_high_after(1, 40);
    EXPECT_TRUE(classifier_.holds(WaybarClass::incomplete));
    cpu_high_after(1, 20);
    EXPECT_FALSE(classifier_.holds(WaybarClass::incomplete));
    EXPECT_EQ(classifier_.most_urgent(), "calm");
}

}  // namespace
}  // namespace tsa
