// SPDX-License-Identifier: MIT
// Judges what this machine supports: facts in, findings for the user out. Pure; src/app/commands/doctor.cpp collects
// the facts, src/doctor/text.cpp formats the findings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/program_check.h"
#include "model/taskstats.h"

namespace tsa {

/// A part of the probes that this kernel may not have; see PlannedPart.
struct PartFact {
    std::string name;
    bool on = false;
    std::string without;  ///< what does not work without it
};

/// A file of labels of stacks; of this program's own labels without a path.
struct LabelFact {
    std::string path;
    std::size_t rules = 0;
    std::string error, hint;  ///< it is damaged, and not used
};

/// The result of trying something as a whole.
struct Attempt {
    bool ok = false;
    bool forbidden = false;   ///< it failed with EPERM
    std::string error, hint;  ///< when not ok
};

/// Facts about the machine and this process. Absent: could not be read.
struct MachineFacts {
    // This process.
    bool root = false;
    std::string executable;                            ///< path of the running program; empty: unknown
    std::optional<std::uint64_t> effective;            ///< capabilities, as in CapEff
    bool no_new_privileges = false;                    ///< exec cannot add privileges
    bool executable_without_privileges = false;        ///< its file system is mounted nosuid
    std::optional<int> seccomp;                        ///< 0 none, 1 strict, 2 filter
    std::optional<bool> machines_pid_namespace;        ///< false: a container's
    std::optional<bool> machines_user_namespace;       ///< the same
    bool machines_cgroup_namespace = true;             ///< the same
    bool cgroups_v2 = false, cgroups_v1 = false;       ///< hierarchies that are mounted
    bool proc_has_own_ids = true;                      ///< /proc is of this process's PID namespace
    std::int64_t time_offset_ns = 0;                   ///< CLOCK_MONOTONIC of the time namespace, minus the machine's
    std::optional<std::uint64_t> locked_memory_bytes;  ///< RLIMIT_MEMLOCK
    std::optional<std::uint64_t> open_files;           ///< RLIMIT_NOFILE
    bool proc_hides_processes = false;                 ///< hidepid
    bool is_static = false;                            ///< the static build: base/linkage.h

    // The kernel.
    std::string kernel_release, architecture;
    std::optional<std::uint32_t> release;  ///< 1000 * major + minor
    bool type_information = false;         ///< /sys/kernel/btf/vmlinux
    std::optional<std::string> lockdown;   ///< "none", "integrity", "confidentiality"
    std::optional<int> unprivileged_bpf_disabled, perf_event_paranoid, kptr_restrict;

    // The probes.
    Attempt probes;  ///< loaded, attached, every thread seeded
    std::vector<ProgramCheck> programs;
    std::vector<PartFact> parts;

    // Everything else.
    std::vector<LabelFact> labels;
    Attempt taskstats;
    std::uint16_t taskstats_version = 0;  ///< valid when it responded
    DelayAccounting accounting;
    bool schedstat = false;                  ///< /proc/self/schedstat has times
    bool pressure = false;                   ///< /proc/pressure
    std::vector<std::string> covered_files;  ///< of /proc, that something is mounted over: lxcfs
    std::size_t temperature_sensors = 0, power_supplies = 0;
    bool cpu_frequency = false, power_profile = false;
};

enum class FindingStatus : std::uint8_t {
    ok,
    limited,  ///< something is not shown or not reliable
    missing,  ///< an entire data source is unavailable
    info,     ///< neither good nor bad
};

[[nodiscard]] std::string_view status_key(FindingStatus status);

struct Finding {
    std::string key;    ///< stable, for programs: "delay_accounting"
    std::string title;  ///< for people
    FindingStatus status = FindingStatus::ok;
    std::string found;  ///< the fact
    std::string cost;   ///< what the user loses; empty: nothing
    std::string fix;    ///< a command to copy or an instruction; empty: none
};

struct Diagnosis {
    bool main_job = false;  ///< the scheduler probes load and attach
    std::string verdict;    ///< one line
    std::vector<Finding> findings;
};

[[nodiscard]] Diagnosis diagnose(const MachineFacts& facts);

// diagnosis.cpp checks the probes and privileges, machine.cpp everything else.
void judge_machine(const MachineFacts& facts, std::vector<Finding>& findings);
[[nodiscard]] bool has_effective(const MachineFacts& facts, int capability);
/// How this user grants the missing privileges, with the path of the running program.
[[nodiscard]] std::string grant_fix(const MachineFacts& facts);

}  // namespace tsa
