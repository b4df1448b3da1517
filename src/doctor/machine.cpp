// SPDX-License-Identifier: MIT
// See diagnosis.h. Checks everything but the probes: taskstats, the system summary, and the restrictions on this
// process.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/capability.h>

#include "doctor/diagnosis.h"

namespace tsa {

namespace {

constexpr std::uint32_t kBlkioFaultRelease = 6'012;
constexpr std::uint32_t kMemlockRelease = 5'011;
constexpr std::uint64_t kNeededOpenFiles = 256;
constexpr std::uint64_t kNeededLockedBytes = 64U << 20U;

using Status = FindingStatus;

void judge_taskstats(const MachineFacts& facts, std::vector<Finding>& out) {
    if (facts.taskstats.ok) {
        out.push_back({"taskstats", "taskstats", Status::ok,
                       fmt::format("available, version {}", facts.taskstats_version), "", ""});
        return;
    }
    const bool rights =
        facts.taskstats.forbidden && (facts.machines_user_namespace == false || !has_effective(facts, CAP_NET_ADMIN));
    constexpr std::string_view kOwnName = "taskstats: ";
    std::string_view error = facts.taskstats.error;
    error.remove_prefix(error.starts_with(kOwnName) ? kOwnName.size() : 0);
    out.push_back({"taskstats", "taskstats", Status::limited, rights ? "not permitted" : std::string(error),
                   "--taskstats and the drill-down cannot compare the probes with the kernel's own accounting",
                   rights ? grant_fix(facts) : facts.taskstats.hint});
}

void judge_accounting(const MachineFacts& facts, std::vector<Finding>& out) {
    Finding finding{"delay_accounting", "delay accounting", Status::ok, "", "", ""};
    const DelayAccounting& accounting = facts.accounting;
    switch (accounting.state) {
        case Accounting::on:
            finding.found = accounting.on_no_later_than_ns == 0 || accounting.covers_cpu
                                ? "on since boot"
                                : "on; does not cover threads created before it was enabled";
            break;
        case Accounting::off:
            finding.status = Status::limited;
            finding.found = accounting.covers_cpu
                                ? "off (nodelayacct on the kernel's command line)"
                                : "off (kernel.task_delayacct = 0); once enabled, it covers only threads created from "
                                  "then on (to cover all: boot with delayacct)";
            finding.cost = accounting.covers_cpu ? "taskstats reports no times at all on this kernel"
                                                 : "taskstats reports only CPU time and CPU wait; the probes "
                                                   "still measure every wait";
            finding.fix = accounting.covers_cpu ? "boot without nodelayacct" : "sudo sysctl kernel.task_delayacct=1";
            break;
        case Accounting::not_compiled:
            finding.status = Status::limited;
            finding.found = "not in this kernel (CONFIG_TASK_DELAY_ACCT)";
            finding.cost = "taskstats reports only CPU time and CPU wait; the probes still measure every wait";
            break;
        case Accounting::unknown:
            finding.status = Status::info;
            finding.found = "unknown: /proc/sys/kernel/task_delayacct is not readable";
            break;
    }
    out.push_back(std::move(finding));
    const bool faulty = facts.release && *facts.release >= kBlkioFaultRelease;
    if (faulty && facts.taskstats.ok && accounting.state != Accounting::not_compiled) {
        out.push_back({"taskstats_io_wait", "taskstats I/O wait", Status::limited,
                       "Linux 6.12 and later may report far too much, even more than the thread's lifetime",
                       "blkio_delay_total is not reliable here; use the probes' io_wait", ""});
    }
}

void judge_summary(const MachineFacts& facts, std::vector<Finding>& out) {
    if (facts.schedstat) {
        out.push_back({"schedstat", "/proc/TID/schedstat", Status::ok,
                       "has times: --source procfs works (kernel.sched_schedstats is not needed)", "", ""});
    } else {
        out.push_back({"schedstat", "/proc/TID/schedstat", Status::limited, "missing, or without times",
                       "--source procfs does not work; the probes do not need it",
                       "use a kernel built with CONFIG_SCHED_INFO=y"});
    }
    if (facts.pressure) {
        out.push_back({"pressure", "pressure (PSI)", Status::ok, "/proc/pressure", "", ""});
    } else {
        out.push_back({"pressure", "pressure (PSI)", Status::limited, "no /proc/pressure",
                       "the header does not show stalled time",
                       "boot with psi=1 (needs a kernel built with CONFIG_PSI=y)"});
    }
    if (!facts.covered_files.empty()) {
        out.push_back({"proc_files", "/proc", Status::limited,
                       fmt::format("something is mounted over {} (lxcfs)", fmt::join(facts.covered_files, ", ")),
                       "those numbers are not shown: they are not the kernel's, and reading them may hang",
                       "for the machine's numbers: run it on the host"});
    }
    const auto there = [](std::size_t count, std::string_view one, std::string_view many) {
        return count == 0 ? fmt::format("no {}", many) : fmt::format("{} {}", count, count == 1 ? one : many);
    };
    out.push_back(
        {"temperature", "temperature", Status::info, there(facts.temperature_sensors, "sensor", "sensors"), "", ""});
    out.push_back(
        {"cpu_frequency", "CPU frequency", Status::info,
         facts.cpu_frequency ? "available (cpufreq)" : "not available: no cpufreq, as in most virtual machines", "",
         ""});
    out.push_back({"power", "power", Status::info,
                   fmt::format("{}, {}", there(facts.power_supplies, "supply or battery", "supplies or batteries"),
                               facts.power_profile ? "a platform profile" : "no platform profile"),
                   "", ""});
}

/// The files whose labels are used, and those that are damaged.
void judge_labels(const MachineFacts& facts, std::vector<Finding>& out) {
    if (facts.labels.empty()) {
        return;
    }
    Finding used{"labels", "labels of stacks", Status::ok, "", "", ""};
    for (const LabelFact& file : facts.labels) {
        if (!file.error.empty()) {
            out.push_back({"labels.damaged", "labels of stacks", Status::limited, file.error,
                           "none of that file's labels is used", file.hint});
            continue;
        }
        const std::string place = file.path.empty() ? "built in" : "of " + file.path;
        used.found += fmt::format("{}{} {}", used.found.empty() ? "" : ", then ", file.rules, place);
    }
    out.push_back(std::move(used));
}

void judge_namespaces(const MachineFacts& facts, std::vector<Finding>& out) {
    if (facts.machines_pid_namespace == false) {
        out.push_back({"pid_namespace", "PID namespace", Status::limited, "a container's, not the host's",
                       "only its threads are shown, with the IDs that they have in it; no taskstats",
                       "for the whole machine: run it on the host, or start the container with --pid=host"});
    } else if (facts.machines_pid_namespace) {
        out.push_back({"pid_namespace", "PID namespace", Status::ok, "the host's", "", ""});
    }
    if (!facts.proc_has_own_ids) {
        out.push_back({"proc_namespace", "/proc", Status::limited, "of another PID namespace",
                       "its IDs are not the ones here: no -p, no --tid, no details of a thread",
                       "mount -t proc proc /proc"});
    }
    if (facts.time_offset_ns != 0) {
        out.push_back(
            {"time_namespace", "time namespace", Status::ok, "clocks with an offset, which is corrected", "", ""});
    }
    if (facts.machines_user_namespace == true) {
        out.push_back({"user_namespace", "user namespace", Status::ok, "the host's", "", ""});
    }
    if (!facts.proc_hides_processes) {
        out.push_back({"hidepid", "/proc", Status::ok, "shows every user's processes", "", ""});
    } else if (has_effective(facts, CAP_SYS_PTRACE)) {
        out.push_back({"hidepid", "/proc", Status::ok,
                       "hides other users' processes (hidepid), but not from this process", "", ""});
    } else {
        out.push_back({"hidepid", "/proc", Status::limited, "hides other users' processes (hidepid)",
                       "--source procfs, -p and --tid see only your own processes", grant_fix(facts)});
    }
}

/// What UNIT, CONTAINER and the groups by them are made from.
void judge_cgroups(const MachineFacts& facts, std::vector<Finding>& out) {
    Finding finding{"cgroups", "cgroups", Status::ok, "", "", ""};
    if (facts.cgroups_v2) {
        finding.found = facts.cgroups_v1 ? "version 2, beside hierarchies of version 1" : "version 2";
    } else if (facts.cgroups_v1) {
        finding.status = Status::info;
        finding.found = "version 1 only: no freezing, and no cgroup of threads by ID";
    } else {
        finding.status = Status::limited;
        finding.found = "no hierarchy is mounted";
        finding.cost = "no limits of cgroups, no freezing";
        finding.fix = "mount -t cgroup2 none /sys/fs/cgroup";
    }
    if (!facts.machines_cgroup_namespace) {
        finding.status = Status::limited;
        finding.found += "; in a container's namespace, which hides what is above and beside its own cgroup";
        finding.cost = "units, containers and limits outside of it are not known";
        finding.fix = "for all of them: run it on the host, or start the container with --cgroupns=host";
    }
    out.push_back(std::move(finding));
}

void judge_sandbox(const MachineFacts& facts, std::vector<Finding>& out) {
    const bool rights = has_effective(facts, CAP_BPF) && has_effective(facts, CAP_PERFMON);
    if (facts.seccomp.value_or(0) == 0) {
        out.push_back({"seccomp", "seccomp", Status::ok, "no filter on this process", "", ""});
    } else if (!facts.probes.ok && rights) {
        out.push_back({"seccomp", "seccomp", Status::limited, "a filter is on this process (container, sandbox)",
                       "the filter may block the probes although the capabilities are granted",
                       "docker: --security-opt seccomp=unconfined"});
    } else {
        out.push_back({"seccomp", "seccomp", Status::info, "a filter is on this process (container, sandbox)", "", ""});
    }
    if (facts.open_files && *facts.open_files < kNeededOpenFiles) {
        out.push_back({"open_files", "open files", Status::limited, fmt::format("at most {}", *facts.open_files),
                       "the probes need about 100 descriptors and may fail to start",
                       fmt::format("ulimit -n {}", 4 * kNeededOpenFiles)});
    } else if (facts.open_files) {
        out.push_back({"open_files", "open files", Status::ok, fmt::format("at most {}", *facts.open_files), "", ""});
    }
    if (facts.release && *facts.release < kMemlockRelease && facts.locked_memory_bytes &&
        *facts.locked_memory_bytes < kNeededLockedBytes) {
        out.push_back({"locked_memory", "locked memory", Status::limited,
                       fmt::format("at most {} KiB", *facts.locked_memory_bytes >> 10U),
                       "before Linux 5.11 the probes' memory counts toward this limit",
                       "ulimit -l unlimited (as root)"});
    }
}

void judge_linkage(const MachineFacts& facts, std::vector<Finding>& out) {
    if (facts.is_static) {
        out.push_back({"static_build", "static build", Status::info,
                       "loads no libraries: users by /etc/passwd alone, no NVIDIA GPUs, no metrics --listen", "", ""});
    }
}

void judge_settings(const MachineFacts& facts, std::vector<Finding>& out) {
    if (facts.unprivileged_bpf_disabled) {
        out.push_back({"unprivileged_bpf", "unprivileged BPF", Status::info,
                       fmt::format("kernel.unprivileged_bpf_disabled = {}: the probes need privileges regardless",
                                   *facts.unprivileged_bpf_disabled),
                       "", ""});
    }
    if (facts.perf_event_paranoid) {
        out.push_back(
            {"perf_event_paranoid", "perf events", Status::info,
             fmt::format("kernel.perf_event_paranoid = {}: does not affect the probes{}", *facts.perf_event_paranoid,
                         *facts.perf_event_paranoid <= 1 && facts.kptr_restrict == 0
                             ? "; at 1 or less, kernel addresses are visible to all users"
                             : ""),
             "", ""});
    }
}

}  // namespace

void judge_machine(const MachineFacts& facts, std::vector<Finding>& findings) {
    judge_taskstats(facts, findings);
    judge_accounting(facts, findings);
    judge_summary(facts, findings);
    judge_labels(facts, findings);
    judge_namespaces(facts, findings);
    judge_cgroups(facts, findings);
    judge_sandbox(facts, findings);
    judge_settings(facts, findings);
    judge_linkage(facts, findings);
}

}  // namespace tsa
