// SPDX-License-Identifier: MIT
// See service.h.
#include "doctor/service.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "base/privilege.h"
#include "base/scan.h"
#include "text/units.h"

namespace tsa {

namespace {

using Status = FindingStatus;

/// Below this the probes, the tables of the threads and a capture's ring do not fit on a machine of some size.
constexpr std::uint64_t kLeastMemory = 96U << 20U;
/// The program has up to a dozen threads, and commands of --run.
constexpr std::uint64_t kLeastTasks = 32;

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char one) { return static_cast<char>(std::toupper(one)); });
    return out;
}

/// As units have them: "CAP_BPF CAP_PERFMON ...".
std::string granted_names() {
    std::vector<std::string> names;
    for (const CapabilityInfo& one : kCapabilities) {
        if (one.granted) {
            names.push_back(upper(one.name));
        }
    }
    return fmt::format("{}", fmt::join(names, " "));
}

void judge_manager(const ServiceFacts& facts, std::vector<Finding>& out) {
    out.push_back(facts.manager
                      ? Finding{"service_manager", "service manager", Status::ok, "systemd", "", ""}
                      : Finding{"service_manager", "service manager", Status::info, "systemd does not run here",
                                "units of contrib/systemd have no effect; other managers can run the same commands",
                                ""});
    if (facts.in_service) {
        out.push_back(
            {"in_service", "started by", Status::ok, "a service manager: what follows is of that unit", "", ""});
    } else {
        out.push_back({"in_service", "started by", Status::info,
                       "a shell: what follows is of this shell, not of a unit", "",
                       fmt::format("sudo systemd-run --pipe --wait -p DynamicUser=yes -p AmbientCapabilities=\"{}\" "
                                   "rstat-tsa doctor --service",
                                   granted_names())});
    }
}

void judge_capabilities(const MachineFacts& machine, const ServiceFacts& facts, std::vector<Finding>& out) {
    for (const CapabilityInfo& one : kCapabilities) {
        if (!one.granted) {
            continue;
        }
        const std::string name(one.name);
        if (!machine.effective) {
            out.push_back({name, name, Status::info, "unknown: /proc/self/status is not readable", "", ""});
        } else if (has_effective(machine, one.number)) {
            out.push_back({name, name, Status::ok, std::string(one.use), "", ""});
        } else {
            const bool bounded = facts.bounding && (*facts.bounding >> static_cast<unsigned>(one.number) & 1U) == 0;
            const bool probes = one.number == CAP_BPF || one.number == CAP_PERFMON;
            out.push_back({name, name, probes ? Status::missing : Status::limited,
                           bounded ? "not in the bounding set" : "not granted", std::string(one.cost),
                           fmt::format("in [Service]: {}={}", bounded ? "CapabilityBoundingSet" : "AmbientCapabilities",
                                       upper(name))});
        }
    }
}

void judge_limits(const MachineFacts& machine, const ServiceFacts& facts, std::vector<Finding>& out) {
    const auto add = [&out](std::string key, std::string title, std::optional<std::uint64_t> limit, std::uint64_t least,
                            const std::string& text, std::string cost, std::string fix) {
        const bool low = limit && *limit < least;
        out.push_back({std::move(key), std::move(title), low ? Status::limited : Status::ok, text,
                       low ? std::move(cost) : "", low ? std::move(fix) : ""});
    };
    const auto bytes = [](std::optional<std::uint64_t> limit) {
        return limit ? std::string(bytes_text(*limit).view()) : std::string("no limit");
    };
    add("memory_max", "memory limit", facts.memory_max, kLeastMemory, bytes(facts.memory_max),
        "the kernel may end the program while it loads the probes, or on a machine with many threads",
        "in [Service]: MemoryMax=256M");
    add("tasks_max", "limit of threads", facts.tasks_max, kLeastTasks,
        facts.tasks_max ? fmt::format("{}", *facts.tasks_max) : std::string("no limit"),
        "threads for slow reads, or commands of --run, may not start", "in [Service]: TasksMax=64");
    constexpr std::uint64_t kLeastFiles = 256;
    add("open_files", "limit of open files", machine.open_files, kLeastFiles,
        machine.open_files ? fmt::format("{}", *machine.open_files) : std::string("unknown"),
        "probes, maps and sources need up to 256 descriptors", "in [Service]: LimitNOFILE=1024");
}

void judge_messages(const ServiceFacts& facts, std::vector<Finding>& out) {
    if (facts.notify_socket.empty()) {
        out.push_back(
            {"notify", "readiness", Status::info, "NOTIFY_SOCKET is not set: no unit of Type=notify", "", ""});
    } else if (facts.notify_valid) {
        out.push_back({"notify", "readiness", Status::ok, "reported to " + facts.notify_socket, "", ""});
    } else {
        out.push_back({"notify", "readiness", Status::limited,
                       fmt::format("NOTIFY_SOCKET={} is not a path or a name with @", facts.notify_socket),
                       "nothing is reported: a unit of Type=notify ends after TimeoutStartSec", "Type=exec"});
    }
    out.push_back(
        facts.watchdog_us
            ? Finding{"watchdog", "watchdog", Status::ok,
                      fmt::format("{}: `record` and `metrics` report that their loop runs three times as often",
                                  duration_text(*facts.watchdog_us * 1000).view()),
                      "", ""}
            : Finding{"watchdog", "watchdog", Status::info, "WATCHDOG_USEC is not set", "", ""});
    out.push_back({"journal", "messages", Status::ok,
                   facts.journal ? "to the journal, with severities" : "to stderr, which is not the journal", "", ""});
}

void judge_unit(const UnitFact& unit, std::vector<Finding>& out) {
    Finding finding{"unit:" + unit.name, unit.name, Status::ok, "", "", ""};
    const std::string_view state = unit.running ? "running" : unit.enabled ? "enabled" : "not enabled";
    finding.found = fmt::format("{}, {}", state, unit.path);
    finding.found += unit.drop_ins != 0 ? fmt::format(" and {} drop-in{}", unit.drop_ins, unit.drop_ins == 1 ? "" : "s")
                                        : std::string();
    finding.found += unit.settings.watchdog.empty() ? "" : ", watchdog " + unit.settings.watchdog;
    std::vector<std::string> lacks;
    for (const CapabilityInfo& one : kCapabilities) {
        if (one.granted && std::ranges::find(unit.settings.ambient, upper(one.name)) == unit.settings.ambient.end()) {
            lacks.push_back(upper(one.name));
        }
    }
    // Units as that of the timer, which run something else, grant none.
    const bool measures = unit.settings.program.ends_with("/rstat-tsa");
    if (!unit.settings.program.empty() && !unit.program_found) {
        finding.status = Status::missing;
        finding.cost = unit.settings.program + " is not there: the unit does not start";
        finding.fix = "sudo systemctl edit " + unit.name + ", with an empty ExecStart= and the right path after it";
    } else if (measures && !lacks.empty()) {
        finding.status = Status::limited;
        finding.cost = fmt::format("it does not grant {}", fmt::join(lacks, ", "));
        finding.fix = fmt::format("in [Service]: AmbientCapabilities={}", fmt::join(lacks, " "));
    }
    out.push_back(std::move(finding));
}

}  // namespace

UnitSettings parse_unit(std::string_view text) {
    UnitSettings unit;
    std::string section;
    const std::string whole = std::string(text) + "\n";
    std::string_view rest = whole;
    while (auto line = next_line(rest)) {
        while (!line->empty() && (line->back() == ' ' || line->back() == '\r')) {
            line->remove_suffix(1);
        }
        if (line->starts_with('[')) {
            section = *line;
        }
        const std::size_t equals = line->find('=');
        if (section != "[Service]" || line->starts_with('#') || equals == std::string_view::npos) {
            continue;
        }
        const std::string_view key = line->substr(0, equals);
        std::string_view value = line->substr(equals + 1);
        if (key == "Type") {
            unit.type = value;
        } else if (key == "WatchdogSec") {
            unit.watchdog = value;
        } else if (key == "ExecStart") {
            value.remove_prefix(std::min(value.find_first_not_of("-:+!@ "), value.size()));
            unit.program = next_field(value);
        } else if (key == "AmbientCapabilities") {
            if (value.empty()) {
                unit.ambient.clear();
            }
            for (auto word = next_field(value); !word.empty(); word = next_field(value)) {
                unit.ambient.push_back(upper(word));
            }
        }
    }
    return unit;
}

Diagnosis diagnose_service(const MachineFacts& machine, const ServiceFacts& service) {
    Diagnosis diagnosis;
    std::vector<Finding>& out = diagnosis.findings;
    judge_manager(service, out);
    judge_capabilities(machine, service, out);
    out.push_back(machine.probes.ok
                      ? Finding{"probes", "scheduler probes", Status::ok, "load, attach and list every thread", "", ""}
                      : Finding{"probes", "scheduler probes", Status::missing, machine.probes.error,
                                "a service has no full profile: only --source procfs works", machine.probes.hint});
    judge_limits(machine, service, out);
    judge_messages(service, out);
    for (const UnitFact& unit : service.units) {
        judge_unit(unit, out);
    }
    if (service.units.empty()) {
        out.push_back({"units", "units", Status::info, "none is installed", "",
                       fmt::format("sudo cp {}/rstat-tsa-* /etc/systemd/system/ && sudo systemctl daemon-reload",
                                   service.unit_folder)});
    }
    diagnosis.main_job = machine.probes.ok;
    diagnosis.verdict =
        machine.probes.ok ? fmt::format("{} can measure.",
                                        service.in_service ? "This service" : "A service with the rights of this shell")
                          : "No service with these rights can measure with the scheduler probes.";
    return diagnosis;
}

}  // namespace tsa
