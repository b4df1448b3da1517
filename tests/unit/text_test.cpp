// SPDX-License-Identifier: MIT
// Text output: the table, wait phrases, units, cells, printable names, the summary of a command.
#include "output/text.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/syscall.h>

#include <regex>
#include <sstream>

#include "text/ascii.h"
#include "text/cells.h"
#include "text/csv_text.h"
#include "text/sanitize.h"
#include "text/system_text.h"
#include "text/time_text.h"
#include "text/units.h"
#include "unit/allocations.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using testing::AllocationCount;
using ::testing::HasSubstr;
using testing::LiteralReport;
using ::testing::Not;

Thread& add_lock_waiter(LiteralReport& literal, std::uint32_t tid, std::string_view name, std::uint32_t owner) {
    Thread& thread = literal.add(tid, name);
    thread.state = ThreadState::lock_wait;
    thread.wait.syscall = SYS_futex;
    thread.wait.owner_tid = owner;
    return thread;
}

std::string table(const LiteralReport& literal, const TextLook& look, bool all_rows = true) {
    TextWriter writer;
    writer.set_look(look);
    SelectedRows rows;
    rows.select_together(literal.report, {});
    return std::string(writer.write(literal.report, rows, all_rows));
}

std::string table(const LiteralReport& literal, std::size_t width, bool all_rows = true) {
    return table(literal, TextLook{.width = width}, all_rows);
}

/// Its heads and its only row.
std::vector<std::string> heads_and_row(std::size_t width) {
    LiteralReport literal;
    Thread& thread = add_lock_waiter(literal, 4178, "connection-18", 0);
    literal.report.threads.back().state_ns = {};
    literal.report.threads.back().state_ns[index(ThreadState::exec)] = literal.report.threads.back().wall_ns / 4;
    literal.report.threads.back().state_ns[index(ThreadState::lock_wait)] = literal.report.threads.back().wall_ns / 2;
    thread.since_ns = literal.report.now_ns - 5'000'000;
    std::istringstream lines(table(literal, width));
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);) {
        all.push_back(line);
    }
    const auto heads = std::ranges::find_if(all, [](const std::string& line) { return line.starts_with("    TID"); });
    return {heads, std::min(heads + 2, all.end())};
}

TEST(TimeText, rfc3339_has_every_nanosecond) {
    EXPECT_EQ(rfc3339_text(1'795'961'131'000'000'123).view(), "2026-11-29T14:05:31.000000123Z");
    EXPECT_EQ(rfc3339_text(0).view(), "1970-01-01T00:00:00.000000000Z");
    EXPECT_EQ(rfc3339_text(18'446'744'073'709'551'615U).view(), "2554-07-21T23:34:33.709551615Z");
}

TEST(TextWriter, the_table_fits_the_terminal) {
    EXPECT_THAT(heads_and_row(80),
                ::testing::ElementsAre("    TID  NAME              DELAY   EXEC  WORST        WAITS ON",
                                       "   4178  connection-18      50.0   25.0  LOCK   50.0  futex lock  5.00 ms"));
    EXPECT_THAT(heads_and_row(48), ::testing::ElementsAre("    TID  NAME              DELAY  WORST        W",
                                                          "   4178  connection-18      50.0  LOCK   50.0"));
    EXPECT_THAT(heads_and_row(120)[0],
                ::testing::HasSubstr(" EXEC   CPUW    IOW   SWAP    MEM   LOCK      D  WAITS ON"));
    EXPECT_THAT(heads_and_row(148)[0], HasSubstr("   SYNC    SLP   IDLE   STOP   ZOMB  WAITS ON"));
}

TEST(TextWriter, the_header_wraps_instead_of_losing_its_end) {
    LiteralReport literal;
    literal.report.system.cpu_busy_pct = 100;
    literal.report.system.stall_cpu_pct = literal.report.system.stall_io_pct = 100;
    literal.report.system.stall_memory_pct = 12.5;
    literal.report.system.now.load = {{10.91, 11.77, 12.54}};
    EXPECT_THAT(table(literal, 80),
                HasSubstr("\n    stalled: cpu 100.0 io 100.0 memory 12.5 %   load 10.91 11.77 12.54\n"));
}

TEST(TextWriter, colors_are_those_of_the_states_and_change_no_cell) {
    LiteralReport literal;
    add_lock_waiter(literal, 4178, "connection-18", 0);
    const std::string plain = table(literal, TextLook{.width = 100});
    const std::string colored = table(literal, TextLook{.width = 100, .color = true});
    EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
    EXPECT_THAT(colored, HasSubstr("\x1b[1;38;5;203mfutex lock"));
    EXPECT_THAT(colored, HasSubstr("\x1b[1m    TID  NAME"));
    EXPECT_EQ(std::regex_replace(colored, std::regex("\x1b\\[[0-9;]*m"), ""), plain);
}

TEST(TextWriter, a_locale_without_utf8_has_ascii_of_the_same_width) {
    LiteralReport literal;
    add_lock_waiter(literal, 1, "名前é", 2).since_is_upper_bound = true;
    literal.add(2, "holder").state = ThreadState::idle;
    const std::string text = table(literal, TextLook{.width = 148, .ascii = true});
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) << text;
    EXPECT_THAT(text, HasSubstr("      1  ?????            "));
    EXPECT_THAT(text, HasSubstr("<- 2 holder"));
    EXPECT_EQ(ascii_text("850 µs · ≥4 ▒█▲ ✓"), "850 us . >4 =#L ?");
}

TEST(TextWriter, an_age_that_is_a_lower_bound_says_so) {
    LiteralReport literal;
    Thread& thread = literal.add(1, "a");
    thread.state = ThreadState::sleep;
    thread.wait.syscall = SYS_wait4;
    thread.since_is_upper_bound = true;
    EXPECT_THAT(table(literal, 132), HasSubstr("  wait4  ≥4.20 ms"));
}

TEST(TextWriter, no_line_is_wider_than_the_terminal) {
    LiteralReport literal;
    add_lock_waiter(literal, 4'194'304, "\x1b[2J\x1b[2J\x1b[2J\x1b", 2);
    literal.add(2, "名前名前名").state = ThreadState::exec;
    literal.report.health.exit_records_lost = 12;
    for (const std::size_t width : {40U, 80U, 132U}) {
        const std::string text = table(literal, width);
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = text.find('\n', begin);
            ASSERT_NE(end, std::string::npos);
            EXPECT_LE(cells_of(std::string_view(text).substr(begin, end - begin)), width) << text;
            begin = end + 1;
        }
        EXPECT_THAT(text, Not(HasSubstr("\x1b")));
        EXPECT_THAT(text, HasSubstr("INCOMPLETE"));
    }
}

TEST(TextWriter, a_long_chain_leaves_room_for_the_age) {
    LiteralReport literal;
    add_lock_waiter(literal, 4178, "connection-18", 4190);
    literal.add(4190, "page_cleaner").state = ThreadState::io_wait;
    EXPECT_THAT(table(literal, 200), HasSubstr("  futex lock ← 4190 page_cleaner: io wait page fault  4.20 ms"));
    EXPECT_THAT(table(literal, 148), ::testing::ContainsRegex("  lock ← 4190 p[a-z_]+  4.20 ms\n"));
}

TEST(TextWriter, a_thread_that_has_ended_is_not_a_zombie) {
    LiteralReport literal;
    literal.add_exited(7, "recorded", 1000);
    Thread& dying = literal.add(8, "dying", 1000);
    dying.state = ThreadState::zombie;
    dying.since_ns = literal.report.now_ns - 5'000'000;
    Thread& undead = literal.add(9, "undead", 1000);
    undead.state = ThreadState::zombie;
    undead.since_ns = literal.report.now_ns - 2 * kZombieFromNs;
    const std::string text = table(literal, 140);
    EXPECT_THAT(text, ::testing::ContainsRegex("recorded .* ended\n"));
    EXPECT_THAT(text, ::testing::ContainsRegex("dying .* ended\n"));
    EXPECT_THAT(text, ::testing::ContainsRegex("undead .* zombie  200 ms\n"));
}

TEST(TextWriter, sleepers_are_left_out_and_counted) {
    LiteralReport literal;
    literal.add(1, "busy", 500);
    literal.add(2, "sleeper").state = ThreadState::sleep;
    literal.report.threads[1].state_ns = {};
    literal.report.threads[1].state_ns[index(ThreadState::sleep)] = literal.report.threads[1].wall_ns;
    const std::string some = table(literal, 132, false);
    EXPECT_THAT(some, HasSubstr("busy"));
    EXPECT_THAT(some, Not(HasSubstr("sleeper")));
    EXPECT_THAT(some, HasSubstr("and 1 more (1 of them only slept)"));
    EXPECT_THAT(table(literal, 132, true), HasSubstr("sleeper"));
}

TEST(TextWriter, a_steady_state_allocates_nothing) {
    LiteralReport literal;
    for (std::uint32_t tid = 1; tid <= 100; ++tid) {
        add_lock_waiter(literal, tid, "worker", tid + 1);
    }
    TextWriter writer;
    SelectedRows rows;
    rows.select_together(literal.report, {});
    (void)writer.write(literal.report, rows, true);
    const AllocationCount count;
    EXPECT_GT(writer.write(literal.report, rows, true).size(), 1000U);
    EXPECT_EQ(count.so_far(), 0U);
}

TEST(TextWriter, a_command_is_summed_up_by_name) {
    Tally tally;
    for (std::uint32_t tid = 1; tid <= 3; ++tid) {
        LiteralReport literal;
        Thread& thread = literal.add(tid, tid == 3 ? "make" : "cc1");
        thread.state = ThreadState::exec;
        thread.since_ns = 1'000'000'000;
        thread.ns[index(ThreadState::cpu_wait)] = 500'000'000;
        tally.add(thread, 2'000'000'000);
    }
    CommandSummary command;
    command.argv = {"make", "-j4"};
    command.exit_code = 2;
    command.elapsed_ns = 2'000'000'000;
    command.total = tally.total();
    command.groups = tally.groups();
    TextWriter writer;
    const std::string text(writer.write_command(command, {}));
    EXPECT_THAT(text, HasSubstr("make -j4:   exit code 2 after 2.00 s   3 threads in 3 processes"));
    EXPECT_THAT(text, HasSubstr("exec 1.50   cpu wait 0.75"));
    EXPECT_LT(text.find(" cc1 "), text.find(" make  ")) << "most execution time first";
    EXPECT_THAT(text, HasSubstr("total                   3   4.50 s   3.00 s   1.50 s"));
}

TEST(Tally, names_beyond_the_bound_are_one_group_and_nothing_is_lost) {
    Tally tally;
    constexpr std::uint32_t kThreads = kMaxTallyGroups + 100;
    for (std::uint32_t tid = 1; tid <= kThreads; ++tid) {
        LiteralReport literal;
        Thread& thread = literal.add(tid, fmt::format("n{}", tid));
        thread.state = ThreadState::zombie;
        thread.since_ns = 100;
        thread.ns[index(ThreadState::exec)] = 10;
        tally.add(thread, 100);
    }
    EXPECT_EQ(tally.total().threads, kThreads);
    std::uint64_t threads = 0, exec_ns = 0;
    bool others = false;
    for (const TallyGroup& group : tally.groups()) {
        threads += group.threads;
        exec_ns += group.state_ns[index(ThreadState::exec)];
        others |= group.name_view() == kOtherNames;
    }
    EXPECT_LE(tally.groups().size(), kMaxTallyGroups + 1);
    EXPECT_TRUE(others);
    EXPECT_EQ(threads, kThreads);
    EXPECT_EQ(exec_ns, kThreads * 10U);
}

TEST(Printable, keeps_text_and_escapes_what_a_terminal_obeys_or_hides) {
    EXPECT_EQ(Printable("kworker/0:1-events").view(), "kworker/0:1-events");
    EXPECT_EQ(Printable("café 名").view(), "café 名");
    EXPECT_EQ(Printable("\x7f").view(), "\\x7f");
    EXPECT_EQ(Printable("\xc2\x9b").view(), "\\xc2\\x9b") << "C1: an escape sequence's start";
    EXPECT_EQ(Printable("\xe2\x80\xae").view(), "\\xe2\\x80\\xae") << "turns the text around";
    EXPECT_EQ(Printable("\xc0\xaf").view(), "\\xc0\\xaf") << "overlong";
    EXPECT_EQ(Printable("\xed\xa0\x80").view(), "\\xed\\xa0\\x80") << "surrogate";
    EXPECT_EQ(Printable("\xf4\x90\x80\x80").view(), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
    EXPECT_EQ(Printable("\xe3\x85\xa4").view(), "\\xe3\\x85\\xa4") << "a filler that looks like nothing";
    EXPECT_EQ(Printable("").view(), "");
    EXPECT_EQ(Printable(std::string(500, '\x01')).view().size(), 512U) << "bounded";
    EXPECT_EQ(printable(std::string(500, '\x01')).size(), 2000U);
}

TEST(Units, durations_have_three_digits_and_a_unit) {
    EXPECT_EQ(duration_text(0).view(), "0");
    EXPECT_EQ(duration_text(850).view(), "850 ns");
    EXPECT_EQ(duration_text(41'230).view(), "41.2 µs");
    EXPECT_EQ(duration_text(999'600).view(), "1.00 ms");
    EXPECT_EQ(duration_text(412'000'000).view(), "412 ms");
    EXPECT_EQ(duration_text(4'210'000'000).view(), "4.21 s");
    EXPECT_EQ(duration_text(182'000'000'000).view(), "3m02s");
    EXPECT_EQ(duration_text(10'930'000'000'000).view(), "3h02m");
    EXPECT_EQ(duration_text(~std::uint64_t{0}).view(), "213503d23h");
}

TEST(Units, short_durations_have_two_digits_and_fit_six_cells) {
    EXPECT_EQ(short_duration_text(0).view(), "0");
    EXPECT_EQ(short_duration_text(850).view(), "850 ns");
    EXPECT_EQ(short_duration_text(41'730).view(), "42 µs");
    EXPECT_EQ(short_duration_text(1'800'000).view(), "1.8 ms");
    EXPECT_EQ(short_duration_text(9'960'000).view(), "10 ms");
    EXPECT_EQ(short_duration_text(412'000'000).view(), "412 ms");
    EXPECT_EQ(short_duration_text(59'990'000'000).view(), "60 s");
    EXPECT_EQ(short_duration_text(182'000'000'000).view(), "3m02s");
    EXPECT_EQ(short_duration_text(722'000'000'000).view(), "12m02s");
    EXPECT_EQ(short_duration_text(722'000'000'000, 5).view(), "12 m");
    EXPECT_EQ(short_duration_text(182'000'000'000, 5).view(), "3m02s");
    EXPECT_EQ(short_duration_text(14 * 3'600'000'000'000, 5).view(), "14 h");
    EXPECT_EQ(short_duration_text(123 * 86'400'000'000'000).view(), "123 d");
}

TEST(Units, bytes_and_rates_have_three_digits_at_most) {
    EXPECT_EQ(bytes_text(0).view(), "0");
    EXPECT_EQ(bytes_text(1023).view(), "1023 B");
    EXPECT_EQ(bytes_text(1'509'950).view(), "1.44 MiB");
    EXPECT_EQ(bytes_text(23'000'000'000).view(), "21.4 GiB");
    EXPECT_EQ(short_bytes_text(0).view(), "0B");
    EXPECT_EQ(short_bytes_text(1'288'490'189).view(), "1.2G");
    EXPECT_EQ(short_bytes_text(23'000'000'000).view(), "21G");
    EXPECT_EQ(rate_text(8'200).view(), "8.0 KiB/s");
    EXPECT_EQ(rate_text(181 << 20U).view(), "181 MiB/s");
    EXPECT_EQ(rate_text(1023).view(), "1.0 KiB/s");
    EXPECT_EQ(rate_text(-1).view(), "0 B/s");
    for (double rate = 1; rate < 1e19; rate *= 1.01) {
        EXPECT_LE(rate_text(rate).size, kRateCells) << rate;
    }
    EXPECT_EQ(frequency_text(0).view(), "0");
    EXPECT_EQ(frequency_text(0.42).view(), "0.4");
    EXPECT_EQ(frequency_text(9.96).view(), "10");
    EXPECT_EQ(frequency_text(15'321.2).view(), "15321");
    EXPECT_EQ(frequency_text(153'210).view(), "153k");
    EXPECT_EQ(frequency_text(999'499).view(), "999k");
    EXPECT_EQ(frequency_text(999'500).view(), "1.0M");
    EXPECT_EQ(frequency_text(1e10).view(), "10G");
    EXPECT_EQ(frequency_text(1.9e19).view(), "19E");
}

TEST(Units, counts_have_a_comma_after_each_three_digits) {
    EXPECT_EQ(count_text(0).view(), "0");
    EXPECT_EQ(count_text(284).view(), "284");
    EXPECT_EQ(count_text(1'284).view(), "1,284");
    EXPECT_EQ(count_text(1'234'567).view(), "1,234,567");
    EXPECT_EQ(count_text(~std::uint64_t{0}).view(), "18,446,744,073,709,551,615");
}

TEST(SystemText, writes_a_value_in_the_form_of_its_unit) {
    EXPECT_EQ(system_text(38.24, SystemUnit::percent).view(), "38.2 %");
    EXPECT_EQ(system_text(100.2, SystemUnit::percent).view(), "100.0 %") << "a mean's rounding";
    EXPECT_EQ(system_text(-1, SystemUnit::percent).view(), "0.0 %");
    EXPECT_EQ(system_text(1'509'950, SystemUnit::bytes).view(), "1.44 MiB");
    EXPECT_EQ(system_text(181 << 20U, SystemUnit::bytes_per_s).view(), "181 MiB/s");
    EXPECT_EQ(system_text(182, SystemUnit::seconds).view(), "3m02s");
    EXPECT_EQ(system_text(71.4, SystemUnit::celsius).view(), "71 °C");
    EXPECT_EQ(system_text(47.25, SystemUnit::watts).view(), "47.2 W");
    EXPECT_EQ(system_text(4'100, SystemUnit::megahertz).view(), "4100 MHz");
    EXPECT_EQ(system_text(0.2, SystemUnit::count).view(), "0.20");
}

TEST(CsvText, quotes_only_what_needs_it) {
    fmt::memory_buffer out;
    for (const std::string_view field : {"plain", "a,b", "say \"hi\"", "two\nlines", ""}) {
        put_csv(out, field);
        out.push_back('|');
    }
    EXPECT_EQ(fmt::to_string(out), "plain|\"a,b\"|\"say \"\"hi\"\"\"|\"two\nlines\"||");
}

TEST(Units, a_share_is_never_rounded_to_nothing) {
    EXPECT_EQ(share_text(0, 100).view(), "·");
    EXPECT_EQ(share_text(1, 1'000'000).view(), "<0.1");
    EXPECT_EQ(share_text(481, 1000).view(), "48.1");
    EXPECT_EQ(share_text(5, 0).view(), "·");
}

TEST(Cells, are_counted_and_cut_as_a_terminal_shows_them) {
    EXPECT_EQ(cells_of("abc"), 3U);
    EXPECT_EQ(cells_of("é≥·"), 3U);
    EXPECT_EQ(cells_of("名前"), 4U);
    EXPECT_EQ(cells_of("e\xcc\x81"), 1U);
    EXPECT_EQ(cells_of("🔥⌚"), 4U);
    EXPECT_EQ(cut_to_cells("名前", 3), "名");
    fmt::memory_buffer out;
    put_right(out, "·", 3);
    put_left(out, "名前", 3);
    EXPECT_EQ(fmt::to_string(out), "  ·名 ");
}

}  // namespace
}  // namespace tsa
