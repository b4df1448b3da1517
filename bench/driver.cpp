// SPDX-License-Identifier: MIT
// bench_driver [--json] [--strict] [PART ...]: measures the budgets of the design and prints them as one table of
// ratios. Started by scripts/bench. A missed budget is only a row; with --strict it is a failure.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

#include "measure.h"
#include "parts.h"
#include "table.h"

namespace tsa::bench {

std::span<const Part> parts() {
    static constexpr std::array<Part, 17> kParts{{
        {"switch", part_switch, "probe time per switch: ours, an empty probe, hash maps"},
        {"pipe", part_pipe, "perf bench sched pipe with each of them attached"},
        {"target", part_target, "the same with the drill-down's probe, on an unrelated thread and on one of the pipe"},
        {"others", part_others, "the same with the probes of wakers, and with those of neighbors"},
        {"network", part_network, "send and receive with the probes that count network bytes"},
        {"read", part_read, "reading all slots and building the report, by number of threads"},
        {"naive", part_naive, "one sample compared with walking a hash map"},
        {"syscalls", part_syscalls, "system calls per refresh of stat"},
        {"heap", part_heap, "heap allocations per refresh of stat"},
        {"waybar", part_waybar, "the status bar: a sample, CPU, memory, system calls, allocations"},
        {"record", part_record, "a recording at 10000 threads: CPU and bytes"},
        {"top", part_top, "CPU per refresh of stat compared with top -H"},
        {"procfs", part_procfs, "the same without probes"},
        {"taskstats", part_taskstats, "reading the delay accounting of 1000 threads"},
        {"stacks", part_stacks, "stacks of blocked threads: time and memory"},
        {"storm", part_storm, "ends of short-lived threads: listed, only counted, dropped"},
        {"start", part_start, "start to first line, dirty private memory"},
    }};
    return kParts;
}

namespace {

struct Options {
    Table::Form form = Table::Form::text;
    bool strict = false;
    std::vector<std::string_view> wanted;
};

void print_usage(std::FILE* to) {
    fmt::print(to, "usage: scripts/bench [--json] [--strict] [PART ...]\n");
    for (const Part& part : parts()) {
        fmt::print(to, "  {:<10} {}\n", part.name, part.about);
    }
    fmt::print(to, "  {:<10} {}\n", "micro", "Google Benchmark of the pure path (only when named)");
}

bool is_part(std::string_view name) {
    return std::any_of(parts().begin(), parts().end(), [name](const Part& part) { return part.name == name; });
}

int run_parts(const Options& options) {
    Table table(options.form);
    table.head(machine());
    for (const Part& part : parts()) {
        const bool wanted = options.wanted.empty() ||
                            std::find(options.wanted.begin(), options.wanted.end(), part.name) != options.wanted.end();
        if (wanted) {
            part.run(table);
        }
    }
    table.foot();
    return options.strict && (table.missed() > 0 || table.skipped() > 0) ? 1 : 0;
}

}  // namespace

}  // namespace tsa::bench

int main(int argc, char** argv) {
    tsa::bench::Options options;
    for (int at = 1; at < argc; at++) {
        const std::string_view argument = argv[at];
        if (argument == "--json") {
            options.form = tsa::bench::Table::Form::json;
        } else if (argument == "--strict") {
            options.strict = true;
        } else if (argument == "--help" || argument == "-h") {
            tsa::bench::print_usage(stdout);
            return 0;
        } else if (tsa::bench::is_part(argument)) {
            options.wanted.push_back(argument);
        } else {
            fmt::print(stderr, "unknown part or option '{}'\n", argument);
            tsa::bench::print_usage(stderr);
            return 2;
        }
    }
    if (geteuid() != 0) {
        fmt::print(stderr, "the probes need root; hint: sudo scripts/bench\n");
        return 1;
    }
    return tsa::bench::run_parts(options);
}
