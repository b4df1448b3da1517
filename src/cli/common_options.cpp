// See common_options.h.
#include "cli/common_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace tsa {

void add_process(CLI::App& app, CommonRaw& raw) {
    app.add_option("-p,--pid", raw.pid, "only the threads of this process")->type_name("PID");
}

void add_color(CLI::App& app, CommonRaw& raw) {
    app.add_option("--color", raw.color, "auto, always or never")->type_name("WHEN");
}

void add_max_threads(CLI::App& app, CommonRaw& raw) {
    app.add_option("--max-threads", raw.max_threads, "room for this many threads at once; the rest is only summed up")
        ->type_name("N");
}

void add_source(CLI::App& app, CommonRaw& raw, const std::string& interval_default) {
    app.add_option("-i,--interval", raw.interval, "milliseconds between two refreshes (" + interval_default + ")")
        ->type_name("MS");
    app.add_option("--source", raw.source,
                   "where the data comes from: bpf (scheduler probes), procfs (/proc: fewer states, needs no\n"
                   "privilege), or auto: bpf where it can be had, else procfs")
        ->type_name("NAME");
    app.add_option("--kernel-threads", raw.kernel_threads, "list threads of the kernel: on or off; totals have them")
        ->type_name("on|off");
    add_max_threads(app, raw);
}

Result<void> take_common(const CommonRaw& raw, Options& options) {
    if (!raw.pid.empty()) {
        const auto pid = parse_tid(raw.pid, "process ID");
        if (!pid.ok()) {
            return pid.error().in("-p");
        }
        options.tgid = pid.value();
    }
    if (const auto taken =
            take_number(raw.interval, "interval in ms", kMinIntervalMs, kMaxIntervalMs, options.interval_ms);
        !taken.ok()) {
        return taken.error().in("-i");
    }
    std::optional<std::uint32_t> slots;
    if (const auto taken = take_number(raw.max_threads, "number of threads", 1, kMaxThreadSlots, slots); !taken.ok()) {
        return taken.error().in("--max-threads");
    }
    options.max_threads = slots.value_or(0);
    if (raw.source == "bpf") {
        options.source = SourceChoice::bpf;
    } else if (raw.source == "procfs") {
        options.source = SourceChoice::procfs;
    } else if (raw.source != "auto") {
        return Error{fmt::format("--source: there is no source '{}'", raw.source), "auto, bpf or procfs", 0};
    }
    if (!raw.kernel_threads.empty() && raw.kernel_threads != "on" && raw.kernel_threads != "off") {
        return Error{fmt::format("--kernel-threads: '{}' is neither on nor off", raw.kernel_threads), "on or off", 0};
    }
    options.kernel_threads = raw.kernel_threads != "off";
    if (raw.color == "always") {
        options.color = ColorMode::always;
    } else if (raw.color == "never") {
        options.color = ColorMode::never;
    } else if (raw.color != "auto") {
        return Error{fmt::format("--color: '{}' is not known", raw.color), "auto, always or never", 0};
    }
    return {};
}

Result<void> check_command(const Options& options) {
    if (options.command_line.empty()) {
        return {};
    }
    if (options.source == SourceChoice::procfs) {
        return Error{"-- CMD needs the scheduler probes: /proc forgets threads that end", "leave --source procfs out",
                     0};
    }
    if (options.tgid || !options.tids.empty()) {
        return Error{"-p and --tid choose threads that run already; -- CMD follows a new command",
                     "leave one of them out", 0};
    }
    return {};
}

}  // namespace tsa
