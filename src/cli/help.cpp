// SPDX-License-Identifier: MIT
// See help.h. That of the status bar is in waybar_help.cpp.
#include "cli/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/privilege.h"
#include "model/columns.h"
#include "model/state.h"
#include "settings/settings_file.h"

namespace tsa {

namespace {

constexpr bool kMore = false;  // not essential

HelpPart exit_codes(const char* special = "") {
    return {"Exit codes", {fmt::format("0 ok, 1 failure at run time, 2 wrong usage{}.", special)}, {}};
}

HelpPart examples(std::vector<HelpEntry> entries) {
    return {"Examples", {}, std::move(entries)};
}

HelpPart of_command(const char* paragraph) {
    return {"With -- CMD", {paragraph}, {}, kMore};
}

}  // namespace

HelpPart states_part() {
    HelpPart part{"States", {"A thread is in exactly one at each instant; its shares sum to 100 %."}, {}, kMore};
    for (const StateInfo& state : state_table()) {
        part.entries.push_back({fmt::format("{:<5} {}", state.head, state.key), std::string(state.meaning)});
    }
    return part;
}

HelpPart columns_part() {
    HelpPart part{
        "Columns",
        {"Keys of --json, --csv and --sort; _ns of states is time in the interval. --sort also accepts delay, "
         "cpu, mem, io, swap, lock, d, pid, name, age, and keys without _ns or _bytes."},
        {},
        kMore};
    for (const Column& column : columns()) {
        part.entries.push_back({std::string(column.key), std::string(column.help)});
    }
    return part;
}

HelpPart expression_part() {
    return {
        "Filters",
        {"Conditions over the columns of rows. Names are those of rstat-tsa-columns(5), with or without their unit, "
         "and user. What is not measured makes a comparison neither true nor false."},
        {{"exec > 10, exec > 10%", "a share of the time, as the screens show it"},
         {"exec > 10ms, state_age > 3s", "a time: ns, us, ms, s, m, h, d"},
         {"rss > 100MiB, read > 1M", "bytes, or bytes per second: K, M, G, T"},
         {"comm = sshd, comm != sshd", "the whole text; quotes around text with spaces"},
         {"comm ~ work*", "a pattern, as of file names in a shell"},
         {"kernel, not kernel", "true or false"},
         {"and, or, not, ( )", "and binds closer than or"}},
        kMore};
}

HelpPart screens_config_part() {
    HelpPart part{"config.toml",
                  {"Written on exit if keys have changed a setting, or with Ctrl-W in the menu of F2; options override "
                   "it. A file with a mistake is ignored, with a message, and not overwritten. Comments are not kept."},
                  {},
                  kMore};
    const ScreenSettings defaults;
    for (const SettingRow& row : setting_rows()) {
        const std::string choices = fmt::format("{}", fmt::join(row.choices, ", "));
        part.entries.push_back(
            {std::string(row.key), fmt::format("{}{}{}. Default: {}", row.help, choices.empty() ? "" : ": ", choices,
                                               setting_text(value_of(defaults, row)))});
    }
    for (const SettingSection& section : setting_sections()) {
        part.entries.push_back({fmt::format("[{}]", section.key), std::string(section.help)});
    }
    std::string screen(kScreenHelp);
    for (const SettingOf<SavedScreen>& row : saved_screen_rows()) {
        screen +=
            fmt::format("{} {}: {}", &row == saved_screen_rows().data() ? ". Its settings:" : ";", row.key, row.help);
    }
    part.entries.push_back({fmt::format("[[{}]]", kScreenSection), std::move(screen)});
    return part;
}

namespace {

HelpPart environment_part() {
    return {
        "Environment",
        {},
        {{"XDG_CONFIG_HOME", "where rstat-tsa/config.toml, waybar.toml and labels.toml are; default ~/.config"},
         {"NO_COLOR", "if it is not empty: no colors, unless with --color always"},
         {"RSTAT_SECCOMP", "off: do not filter system calls, if a library of yours needs one that the filter refuses"},
         {"DEBUGINFOD_URLS", "the servers of --debuginfod"},
         {"TERM, TERMINFO_DIRS, COLORFGBG", "the terminal of the screens"}},
        kMore};
}

}  // namespace

std::vector<HelpPart> overview_help() {
    return {
        examples({{"rstat-tsa", "where the time of every thread goes, live"},
                  {"rstat-tsa -p 4121", "one process: why it is slow, its locks, its threads"},
                  {"rstat-tsa postgres", "the same by name"},
                  {"rstat-tsa 4177", "one thread in detail"},
                  {"rstat-tsa stat -- make -j4", "where the time of a command went"},
                  {"rstat-tsa record -o DIR", "every second of every thread in files, until Ctrl-C"},
                  {"rstat-tsa report DIR", "sum up that recording"}}),
        {"Privileges",
         {"It needs root, or its capabilities, granted once by the command below. Without, it shows what is in /proc "
          "(--source procfs). rstat-tsa doctor shows what works."},
         {{"sudo " RSTAT_SETCAP " $(command -v rstat-tsa)", "lets every user of the file use it in full"}}},
        exit_codes(),
        environment_part(),
        states_part(),
        expression_part()};
}

std::vector<HelpPart> doctor_help() {
    return {{"",
             {"It only checks, and changes nothing. Each line shows what works, what does not, the consequence, and "
              "the command that would help."},
             {}},
            {"Exit codes",
             {"0 the scheduler probes work, 1 they do not (--source procfs still works), 2 wrong usage."},
             {}}};
}

std::vector<HelpPart> bench_help() {
    return {{"",
             {"It refreshes as the status bar does, with the real source and every thread of this machine, and times "
              "each part. Ctrl-C prints what was measured so far.",
              "It sleeps between refreshes, so that there is something new to read. The caches stay warmer than in a "
              "program that refreshes twice a second; -i 500 measures that, but N refreshes then take N/2 seconds."},
             {}},
            examples({{"rstat-tsa bench", "a thousand refreshes, 1 ms apart"},
                      {"rstat-tsa bench 60 -i 500", "as a status bar that refreshes twice a second"},
                      {"rstat-tsa bench 200 --source procfs", "the other source"}}),
            exit_codes()};
}

std::vector<HelpPart> profile_help() {
    return {
        {"",
         {"It loads the scheduler probes in a variant that reads the clock at both ends of each run, and counts "
          "the runs by their length, in the kernel. The normal probes have none of this. Ctrl-C prints what was "
          "measured so far."},
         {}},
        examples(
            {{"rstat-tsa profile", "five seconds"}, {"rstat-tsa profile 60 --json", "a minute, as one JSON object"}}),
        {"Exit codes", {"0 ok, 1 failure at run time (rstat-tsa doctor shows what is missing), 2 wrong usage."}, {}}};
}

std::vector<HelpPart> stat_help() {
    return {{"",
             {"Reports go to stdout: one per interval, the first one at the end of the first interval. Ctrl-C prints "
              "the partial interval, then exits with 0."},
             {}},
            examples({{"rstat-tsa stat --sort lock --top 5", "the five threads most delayed by locks, every second"},
                      {"rstat-tsa stat --json --tid 4177,4178 -n 10", "ten seconds of two threads"},
                      {"rstat-tsa stat --by container", "the same per container, with its limits"},
                      {"rstat-tsa stat --csv -p 4121 > threads.csv", "for a spreadsheet, pandas or DuckDB"},
                      {"rstat-tsa stat --json -o cost.json -- ./bench", "a command, summed up in a file"}}),
            exit_codes("; with -- CMD the command's own"),
            of_command("The command runs with its input and output untouched, and is followed with all its threads and "
                       "children from start to end. Without -i there is one report at its end, over its whole life. "
                       "The table goes to stderr, --json and --csv to stdout, and -o FILE keeps either apart from what "
                       "the command prints. The exit code is the command's: 128 + N if signal N killed it, 127 not "
                       "found, 126 cannot be run."),
            states_part(),
            columns_part()};
}

std::vector<HelpPart> record_help() {
    return {
        {"",
         {"DIR gets threads.csv (one line per thread and interval), system.csv (one line per interval), processes.csv "
          "(command lines, units, containers) and meta.json; with --stacks also stacks.csv and waits.csv (one line per "
          "thread, interval, state and stack), with --wakers wakers.csv (one line per thread, interval, state and "
          "waker), with --neighbors neighbors.csv (one line per interval and pair of cgroups). "
          "Any program that reads CSV can read them; so do rstat-tsa replay, report and export.",
          "If several of -p, --tid, --user, --comm, --cgroup, --unit and --container are given, a thread must match "
          "them all. Once it has matched, it is recorded until it ends. system.csv always covers the whole machine."},
         {}},
        examples({{"rstat-tsa record -o monday", "until Ctrl-C"},
                  {"rstat-tsa record -o /var/log/tsa --keep 2G --keep 2d --compress", "all day long"},
                  {"rstat-tsa record -o db -p 4121 -i 100 -d 30", "one process, half a minute, ten times a second"},
                  {"rstat-tsa record -o db --stacks -p 4121 -d 30", "with the stacks of its waits"},
                  {"rstat-tsa record -o build -- make -j8", "a command from start to end"},
                  {"rstat-tsa record -o moments --when 'lock_wait > 2 for 3s'", "only what is around such moments"},
                  {"rstat-tsa record -o - --comm 'nginx*' | head", "to a pipe"}}),
        exit_codes("; with -- CMD the command's own"),
        {"Files",
         {"A thread in which nothing happens gets no line until something does, or a minute has passed: that line's "
          "wall_ns covers the whole time, so the sums of any column over any thread's lines are exact. Threads that "
          "started and ended between two intervals have a line, too. Whatever ends the recording, a full disk and "
          "kill -9 included, the files can be read up to their last whole line.",
          "--keep cuts the recording into segments and deletes the oldest: bytes with K, M, G or T (powers of 1024), "
          "time with s, m, h or d."},
         {},
         kMore},
        {"Rules",
         {"A rule compares values of an interval: lock_wait and other states (threads that were in it on average), "
          "delay "
          "(in "
          "any delay), lock_wait(postgres) (of a command, in percent of one thread's time), threads(lock_wait), "
          "max_age(uninterruptible) (the longest open wait), finding(deadlock), finding(abandoned_lock), and the "
          "columns "
          "of system.csv: psi_memory_some_pct. It can use > >= < <= = !=, and, or, not, and parentheses; 'for 3s' "
          "after a condition means that it must have held for that long.",
          "A rule that keeps holding fires once, and again when it was false for 5 seconds. The time before is in "
          "memory, "
          "compressed, at most 128 MB of it; DIR has no file until the rule fires. Each capture is a recording, whose "
          "meta.json has the rule and its values."},
         {},
         kMore},
        of_command("The command runs with its input and output untouched; it and all that it creates is recorded from "
                   "start to end, and the exit code is the command's: 128 + N if signal N killed it, 127 not found, "
                   "126 cannot be run.")};
}

std::vector<HelpPart> replay_help() {
    return {examples({{"rstat-tsa replay monday", "from its start"},
                      {"rstat-tsa replay monday --at 14:05:31", "from that time on"},
                      {"rstat-tsa replay monday --at -5m", "the last five minutes"}}),
            exit_codes()};
}

std::vector<HelpPart> report_help() {
    return {examples({{"rstat-tsa report monday", "as text"},
                      {"rstat-tsa report monday --html -o monday.html", "a page to share"},
                      {"rstat-tsa report before after", "what has changed, and what may be noise"},
                      {"rstat-tsa report ci --fail-on 'max_age(lock_wait) > 1s'", "for a test of performance"}}),
            exit_codes("; 3 if the rule of --fail-on held")};
}

std::vector<HelpPart> export_help() {
    return {examples({{"rstat-tsa export monday --chrome-trace trace.json", "open it in ui.perfetto.dev"},
                      {"rstat-tsa export db --folded - --state lock_wait | flamegraph.pl > lock.svg",
                       "a flame graph of one state"},
                      {"rstat-tsa export db --speedscope db.json", "open it in speedscope.app"},
                      {"rstat-tsa export db --pprof db.pb.gz", "go tool pprof -http=: db.pb.gz"}}),
            exit_codes()};
}

std::vector<HelpPart> metrics_help() {
    return {
        {"",
         {"Each thread's time is in exactly one state, and each group's counters have the time of all its threads, "
          "also of those that have ended: the sum over states of their rates is the number of threads. There are no "
          "series of single threads or processes. The counters begin at 0 when the command starts.",
          "Without an Accept header that names OpenMetrics, a scrape is answered in the text format 0.0.4."},
         {}},
        examples(
            {{"rstat-tsa metrics", "at http://127.0.0.1:9787/metrics, for this machine"},
             {"rstat-tsa metrics --listen unix:/run/rstat-tsa.sock", "for a reverse proxy, with its TLS and users"},
             {"rstat-tsa metrics --textfile /var/lib/prometheus/node-exporter/tsa.prom",
              "without a port, through node_exporter"},
             {"rstat-tsa metrics --by unit --max-groups 50", "fewer series"}}),
        exit_codes()};
}

}  // namespace tsa
