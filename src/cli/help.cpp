// SPDX-License-Identifier: MIT
// See help.h.
#include "cli/help.h"

#include <fmt/format.h>

#include "base/privilege.h"
#include "model/columns.h"
#include "model/state.h"

namespace tsa {

namespace {

std::string states_help() {
    std::string text = "States (a thread is in exactly one at each instant; its shares sum to 100 %):\n";
    for (const StateInfo& state : state_table()) {
        text += fmt::format("  {:<5} {:<16} {}\n", state.head, state.key, state.meaning);
    }
    return text;
}

std::string columns_help() {
    std::string text = "Columns (keys of --json, --csv and --sort; _ns of states is time in the interval):\n";
    for (const Column& column : columns()) {
        text += fmt::format("  {:<25} {}\n", column.key, column.help);
    }
    text += "  --sort also knows delay, cpu, mem, io, swap, lock, d, pid, name, age, and keys without _ns or _bytes.\n";
    return text;
}

}  // namespace

std::string overview_help_footer() {
    return states_help() +
           "\nExit codes: 0 ok, 1 failure at run time, 2 wrong usage.\n"
           "\nExamples:\n"
           "  rstat-tsa                            where the time of every thread goes, live\n"
           "  rstat-tsa -p 4121                    the threads of one process\n"
           "  rstat-tsa 4177                       one thread in detail\n"
           "  rstat-tsa stat -i 500 -n 1           one table of the next half second\n"
           "  rstat-tsa stat --json -i 1000        one JSON object a second (see: rstat-tsa stat --help)\n"
           "  rstat-tsa stat -- make -j4           where the time of a command went\n"
           "  rstat-tsa record -o DIR              every second of every thread in files, until Ctrl-C\n"
           "  rstat-tsa replay DIR                 that recording in the screens, at any time of it\n"
           "  rstat-tsa report DIR                 that recording summed up\n"
           "  rstat-tsa waybar                     a line of JSON per half second for a status bar\n"
           "  rstat-tsa doctor                     what this machine allows\n"
           "  rstat-tsa bench, rstat-tsa profile   what it costs itself, on this machine\n"
           "\nIt needs root, or once: sudo " RSTAT_SETCAP
           " $(command -v rstat-tsa)\n"
           "Without, it shows what is in /proc (--source procfs).\n";
}

std::string doctor_help_footer() {
    return "Only checks; changes nothing. Each line shows what works, what does not, its consequence, and the "
           "command\n"
           "that would help.\n"
           "\nExit codes: 0 the scheduler probes work, 1 they do not (--source procfs still works), 2 wrong "
           "usage.\n";
}

std::string bench_help_footer() {
    return "Refreshes as the status bar does, with the real source and every thread of this machine, and times each "
           "part.\n"
           "Between two refreshes it sleeps: threads switch, and there is something new to read. The caches stay "
           "warmer\n"
           "than in a program that refreshes twice a second; -i 500 measures that, and takes as long.\n"
           "Ctrl-C prints what was measured so far.\n"
           "\nExit codes: 0 ok, 1 failure at run time, 2 wrong usage.\n"
           "\nExamples:\n"
           "  rstat-tsa bench                a thousand refreshes, 1 ms between two\n"
           "  rstat-tsa bench 60 -i 500      as a status bar that refreshes twice a second\n"
           "  rstat-tsa bench 200 --source procfs\n";
}

std::string profile_help_footer() {
    return "Loads the scheduler probes in a variant that reads the clock at both ends of each run, and counts the runs "
           "by\n"
           "their length, in the kernel. The normal probes have none of this. Ctrl-C prints what was measured so far.\n"
           "\nExit codes: 0 ok, 1 failure at run time (rstat-tsa doctor shows what is missing), 2 wrong usage.\n"
           "\nExamples:\n"
           "  rstat-tsa profile              five seconds\n"
           "  rstat-tsa profile 60 --json    a minute, as one JSON object\n";
}

std::string stat_help_footer() {
    return "Reports go to stdout: one per interval, the first one at the end of the first interval. Ctrl-C prints the\n"
           "partial interval, then exits with 0.\n"
           "\nWith -- CMD the command runs with its input and output untouched, and is followed with all its threads "
           "and\n"
           "children from start to end. Without -i there is one report at its end, over its whole life. The table "
           "goes\n"
           "to stderr, --json and --csv to stdout, and -o FILE keeps either apart from what the command prints. The "
           "exit\n"
           "code is the command's: 128 + N if signal N killed it, 127 not found, 126 cannot be run.\n\n" +
           states_help() + "\n" + columns_help() +
           "\nExit codes: 0 ok, 1 failure at run time, 2 wrong usage; with -- CMD the command's own.\n"
           "\nExamples:\n"
           "  rstat-tsa stat --sort lock --top 5           every second the five threads most delayed by locks\n"
           "  rstat-tsa stat --json --tid 4177,4178 -n 10  ten seconds of two threads\n"
           "  rstat-tsa stat --csv -p 4121 > threads.csv   for a spreadsheet, pandas or DuckDB\n"
           "  rstat-tsa stat --json -o cost.json -- ./bench\n";
}

std::string record_help_footer() {
    return "DIR gets threads.csv (one line per thread and interval), system.csv (one line per interval) and "
           "meta.json.\n"
           "A thread in which nothing happens gets no line until something does, or a minute has passed: that line's\n"
           "wall_ns covers the whole time, so the sums of any column over any thread's lines are exact. Threads that\n"
           "started and ended between two intervals have a line, too. Any program that reads CSV reads it; so do\n"
           "rstat-tsa replay, report and export. Whatever ends it, full disk and kill -9 included, the files can be\n"
           "read up to their last whole line.\n"
           "\nOf several conditions (-p, --tid, --user, --comm, --cgroup) all must hold. A thread that once matched "
           "is\n"
           "recorded to its end. system.csv is always of the whole machine.\n"
           "\n--keep cuts the recording into segments and deletes the oldest: bytes with K, M, G or T (powers of "
           "1024),\n"
           "time with s, m, h or d.\n"
           "\nWith -- CMD the command runs with its input and output untouched; it and all that it creates is "
           "recorded\n"
           "from start to end, and the exit code is the command's: 128 + N if signal N killed it, 127 not found, 126 "
           "cannot\n"
           "be run.\n"
           "\nExit codes: 0 ok (Ctrl-C and the end of -d included), 1 failure at run time, 2 wrong usage; with -- CMD "
           "the\n"
           "command's own.\n"
           "\nExamples:\n"
           "  rstat-tsa record -o monday                         until Ctrl-C\n"
           "  rstat-tsa record -o /var/log/tsa --keep 2G --keep 2d --compress   all day long\n"
           "  rstat-tsa record -o db -p 4121 -i 100 -d 30        one process, half a minute, ten times a second\n"
           "  rstat-tsa record -o build -- make -j8              a command from start to end\n"
           "  rstat-tsa record -o - --comm 'nginx*' | head       to a pipe\n";
}

std::string replay_help_footer() {
    return "\nExamples:\n"
           "  rstat-tsa replay monday                from its start\n"
           "  rstat-tsa replay monday --at 14:05:31  from that time on\n"
           "  rstat-tsa replay monday --at -5m       the last five minutes\n"
           "\nExit codes: 0 ok, 1 failure at run time, 2 wrong usage.\n";
}

std::string report_help_footer() {
    return "\nExamples:\n"
           "  rstat-tsa report monday                       as text\n"
           "  rstat-tsa report monday --html -o monday.html a page to share\n"
           "  rstat-tsa report before after                 what has changed, and what may be noise\n"
           "\nExit codes: 0 ok, 1 failure at run time, 2 wrong usage.\n";
}

std::string export_help_footer() {
    return "\nExamples:\n"
           "  rstat-tsa export monday --chrome-trace trace.json   open it in ui.perfetto.dev\n"
           "\nExit codes: 0 ok, 1 failure at run time, 2 wrong usage.\n";
}

}  // namespace tsa
