// SPDX-License-Identifier: MIT
// See diagnosis.h. Checks the kernel, the privileges of this process and the probes, and gives the verdict.
#include "doctor/diagnosis.h"

#include <fmt/format.h>
#include <linux/capability.h>

#include <algorithm>
#include <array>

#include "base/privilege.h"
#include "model/state.h"

namespace tsa {

namespace {

constexpr std::uint32_t kProbesRelease = 5'015;
// The arm64 JIT of older kernels cannot compile atomic operations that return a value.
constexpr std::uint32_t kProbesReleaseArm64 = 5'018;
constexpr std::string_view kSymbols = "kernel symbols";

/// Those that a user grants.
std::vector<CapabilityInfo> granted_capabilities() {
    std::vector<CapabilityInfo> list(kCapabilities.begin(), kCapabilities.end());
    std::erase_if(list, [](const CapabilityInfo& one) { return !one.granted; });
    return list;
}

FindingStatus status_without(int capability) {
    return capability == CAP_BPF || capability == CAP_PERFMON ? FindingStatus::missing : FindingStatus::limited;
}

std::string shell_word(std::string_view text) {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+";
    if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) {
        return std::string(text);
    }
    std::string quoted = "'";
    for (const char character : text) {
        quoted += character == '\'' ? std::string("'\\''") : std::string(1, character);
    }
    return quoted + "'";
}

void judge_kernel(const MachineFacts& facts, std::vector<Finding>& out) {
    const std::string name = fmt::format("Linux {}, {}", facts.kernel_release, facts.architecture);
    const std::uint32_t needed = facts.architecture == "aarch64" ? kProbesReleaseArm64 : kProbesRelease;
    if (facts.release && *facts.release < needed) {
        const std::string older_than = fmt::format("{}.{}", needed / 1000, needed % 1000);
        out.push_back({"kernel", "kernel", FindingStatus::missing, fmt::format("{}: older than {}", name, older_than),
                       fmt::format("the scheduler probes need Linux {}", older_than),
                       "install a newer kernel, or use rstat-tsa --source procfs"});
    } else {
        out.push_back({"kernel", "kernel", FindingStatus::ok, name, "", ""});
    }
    if (facts.type_information) {
        out.push_back({"btf", "kernel types (BTF)", FindingStatus::ok, "/sys/kernel/btf/vmlinux", "", ""});
    } else {
        out.push_back({"btf", "kernel types (BTF)", FindingStatus::missing, "no readable /sys/kernel/btf/vmlinux",
                       "no scheduler probes: they need the kernel's type information",
                       "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (all current distributions have it)"});
    }
    Finding lockdown{"lockdown", "lockdown", FindingStatus::ok, facts.lockdown.value_or("not active or not reported"),
                     "",         ""};
    if (facts.lockdown == "confidentiality") {
        lockdown.status = FindingStatus::missing;
        lockdown.cost = "no scheduler probes: BPF programs may not read kernel memory";
        lockdown.fix = "boot with lockdown=integrity, or turn Secure Boot off";
    } else if (facts.lockdown == "integrity") {
        lockdown.found += ": does not affect the probes";
    }
    out.push_back(std::move(lockdown));
}

void judge_rights(const MachineFacts& facts, std::vector<Finding>& out) {
    if (facts.machines_user_namespace == false) {
        out.push_back({"user_namespace", "user namespace", FindingStatus::missing, "a container's, not the host's",
                       "its root and capabilities have no effect on the host: no probes, no taskstats",
                       grant_fix(facts)});
        return;
    }
    if (!facts.effective) {
        out.push_back(
            {"rights", "privileges", FindingStatus::info, "unknown: /proc/self/status is not readable", "", ""});
        return;
    }
    std::string all;
    bool whole = true;
    const std::vector<CapabilityInfo> needed = granted_capabilities();
    for (const CapabilityInfo& one : needed) {
        whole = whole && has_effective(facts, one.number);
        all += fmt::format("{}{}", all.empty() ? "" : ", ", one.name);
    }
    if (facts.root && whole) {
        out.push_back({"rights", "privileges", FindingStatus::ok, "root, with " + all, "", ""});
        return;
    }
    for (const CapabilityInfo& one : needed) {
        const std::string name(one.name);
        if (has_effective(facts, one.number)) {
            out.push_back({name, name, FindingStatus::ok, std::string(one.use), "", ""});
        } else {
            out.push_back({name, name, status_without(one.number), fmt::format("not granted; it {}", one.use),
                           std::string(one.cost), grant_fix(facts)});
        }
    }
}

void judge_probes(const MachineFacts& facts, std::vector<Finding>& out) {
    Finding finding{"probes", "scheduler probes", FindingStatus::ok, "load, attach and list every thread", "", ""};
    if (!facts.probes.ok) {
        const bool rights =
            facts.probes.forbidden && (facts.machines_user_namespace == false || !has_effective(facts, CAP_BPF) ||
                                       !has_effective(facts, CAP_PERFMON));
        finding.status = FindingStatus::missing;
        finding.found = rights ? "not permitted" : facts.probes.error;
        finding.cost = "no full profile: only --source procfs works, with exec, cpu_wait and little more";
        finding.fix = rights ? grant_fix(facts) : facts.probes.hint;
    }
    out.push_back(std::move(finding));
}

/// Whatever prevents the process from getting the executable's capabilities.
void judge_gains(const MachineFacts& facts, std::vector<Finding>& out) {
    if (facts.root || facts.probes.ok) {
        return;
    }
    if (facts.no_new_privileges) {
        out.push_back({"no_new_privileges", "no new privileges", FindingStatus::limited,
                       "this process cannot gain privileges (no_new_privs, for example in a sandbox)",
                       "capabilities of the executable and sudo have no effect here", "start it from a regular shell"});
    }
    if (facts.executable_without_privileges) {
        out.push_back({"nosuid", "file system", FindingStatus::limited,
                       "the executable is on a file system mounted nosuid",
                       "capabilities of the executable have no effect there", "install it elsewhere: scripts/install"});
    }
}

std::string part_key(std::string_view name) {
    std::string key = "probes." + std::string(name);
    std::ranges::replace_if(
        key, [](char character) { return character == ' ' || character == '-'; }, '_');
    return key;
}

/// "a, b: why; c: why": adjacent programs with the same error are grouped.
class Failures {
  public:
    void add(const ProgramCheck& program) {
        constexpr std::size_t kEnough = 1000;
        if (text_.size() > kEnough) {
            return;
        }
        if (!names_.empty() && program.error == error_) {
            names_ += ", " + program.name;
            return;
        }
        finish();
        names_ = program.name;
        error_ = program.error;
    }
    [[nodiscard]] std::string text() {
        finish();
        return std::move(text_);
    }

  private:
    void finish() {
        if (!names_.empty()) {
            text_ += fmt::format("{}{}: {}", text_.empty() ? "" : "; ", names_, error_);
        }
        names_.clear();
    }

    std::string names_, error_, text_;
};

/// How the programs of one part load.
Finding judge_programs(const MachineFacts& facts, std::string_view part, std::string_view cost) {
    std::size_t loaded = 0;
    std::size_t all = 0;
    Failures failures;
    for (const ProgramCheck& program : facts.programs) {
        if (program.part != part) {
            continue;
        }
        ++all;
        loaded += program.ok ? 1 : 0;
        if (!program.ok) {
            failures.add(program);
        }
    }
    Finding finding{
        part_key(part), fmt::format("  {}", part == "core" ? "scheduling" : part), FindingStatus::ok, "", "", ""};
    if (loaded == all) {
        finding.found = all == 1 ? "its program loads" : fmt::format("its {} programs load", all);
        return finding;
    }
    finding.status = part == "core" ? FindingStatus::missing : FindingStatus::limited;
    finding.found = failures.text();
    finding.cost = cost;
    return finding;
}

Finding judge_symbols(const MachineFacts& facts, const PartFact& part) {
    Finding finding{part_key(part.name),
                    fmt::format("  {}", part.name),
                    FindingStatus::ok,
                    "readable: swap-in is separate from other I/O",
                    "",
                    ""};
    if (part.on) {
        return finding;
    }
    finding.status = FindingStatus::limited;
    const int restrict = facts.kptr_restrict.value_or(0);
    finding.found = fmt::format("hidden from {}{}", restrict >= 2 ? "all users" : "this user",
                                facts.kptr_restrict ? fmt::format(" (kernel.kptr_restrict = {})", restrict) : "");
    finding.cost = "swap_wait counts as io_wait";
    if (restrict >= 2) {
        finding.fix = "sudo sysctl kernel.kptr_restrict=1";
    } else if (!has_effective(facts, CAP_SYSLOG)) {
        finding.fix = grant_fix(facts);
    }
    return finding;
}

constexpr std::string_view kLockHolders = "lock holders";

/// One of two programs is enough to read the locks of other processes.
Finding judge_lock_holders(const MachineFacts& facts) {
    const auto loads = [&](std::string_view name) {
        return std::ranges::any_of(facts.programs, [&](const ProgramCheck& program) {
            return program.part == kLockHolders && program.name == name && program.ok;
        });
    };
    Finding finding{part_key(kLockHolders), fmt::format("  {}", kLockHolders), FindingStatus::ok, "", "", ""};
    if (loads("tsa_read_locks")) {
        finding.found = "read at each refresh, all locks in one call";
    } else if (loads("tsa_read_lock")) {
        finding.found = "read at each refresh, a few calls per lock";
    } else {
        finding.status = FindingStatus::limited;
        finding.found = "this kernel's BPF programs cannot read another process's memory (Linux 6.1)";
        finding.cost = "lock holders are shown only in your own processes, or with cap_sys_ptrace";
    }
    return finding;
}

/// Loaded when something asks for them.
struct OnDemandPart {
    std::string_view name, cost;
};
constexpr std::array kOnDemandParts = std::to_array<OnDemandPart>({
    {"wakers", "it is not shown who woke a thread"},
    {"neighbors", "it is not shown who took a thread's CPU"},
    {"neighbors by cgroup", "no record --neighbors"},
    {"network", "bytes that threads send and receive through the network are not shown"},
    {"network by splice", "network bytes lack what splice takes out of TCP sockets"},
    {"time by stack", "no table of time by stack in rstat-tsa TID"},
});

void judge_parts(const MachineFacts& facts, std::vector<Finding>& out) {
    const bool forbidden = !facts.programs.empty() && std::ranges::all_of(facts.programs, [](const auto& program) {
        return !program.ok && program.error == "not permitted";
    });
    if (forbidden || facts.programs.empty()) {
        return;  // no per-program results; an earlier finding has the reason
    }
    out.push_back(judge_programs(facts, "core", "no full profile"));
    for (const PartFact& part : facts.parts) {
        if (part.name == kSymbols) {
            out.push_back(judge_symbols(facts, part));
        } else if (part.on) {
            out.push_back(judge_programs(facts, part.name, part.without));
        } else {
            out.push_back({part_key(part.name), fmt::format("  {}", part.name), FindingStatus::limited,
                           "this kernel does not have these events", part.without, ""});
        }
    }
    const auto is_drill_down = [](const ProgramCheck& program) { return program.part == "drill-down"; };
    if (std::ranges::any_of(facts.programs, is_drill_down)) {
        out.push_back(judge_programs(facts, "drill-down", "no table of individual waits in rstat-tsa TID"));
        out.push_back(judge_lock_holders(facts));
    }
    for (const OnDemandPart& part : kOnDemandParts) {
        if (std::ranges::any_of(facts.programs,
                                [&](const ProgramCheck& program) { return program.part == part.name; })) {
            out.push_back(judge_programs(facts, part.name, part.cost));
        }
    }
}

bool part_on(const MachineFacts& facts, std::string_view name) {
    return std::ranges::any_of(facts.parts, [&](const PartFact& part) { return part.on && part.name == name; });
}

std::string verdict_of(const MachineFacts& facts) {
    if (!facts.probes.ok) {
        return "full profiling does not work here: the scheduler probes do not run. "
               "Use rstat-tsa --source procfs for the states that /proc reports";
    }
    std::string merged;
    std::size_t states = kStateCount;
    const auto merge = [&](std::string_view text) {
        --states;
        merged += fmt::format("{}{}", merged.empty() ? " (" : "; ", text);
    };
    if (!part_on(facts, kSymbols)) {
        merge("swap_wait counts as io_wait");
    }
    if (!part_on(facts, "direct reclaim") && !part_on(facts, "memory cgroup reclaim") &&
        !part_on(facts, "compaction")) {
        merge("mem_wait counts as uninterruptible");
    }
    if (states == kStateCount) {
        return fmt::format("full profiling works: all {} states, all threads", kStateCount);
    }
    return fmt::format("profiling works: {} of {} states, all threads{})", states, kStateCount, merged);
}

}  // namespace

std::string_view status_key(FindingStatus status) {
    switch (status) {
        case FindingStatus::ok:
            return "ok";
        case FindingStatus::limited:
            return "limited";
        case FindingStatus::missing:
            return "missing";
        case FindingStatus::info:
            break;
    }
    return "info";
}

bool has_effective(const MachineFacts& facts, int capability) {
    if (!facts.effective) {
        return false;
    }
    const auto has = [&](int bit) { return (*facts.effective >> static_cast<unsigned>(bit) & 1U) != 0; };
    // The kernel accepts CAP_SYS_ADMIN in place of these two, but not in place of CAP_SYSLOG for kernel addresses.
    const bool was_admin = capability == CAP_BPF || capability == CAP_PERFMON;
    return has(capability) || (was_admin && has(CAP_SYS_ADMIN));
}

std::string grant_fix(const MachineFacts& facts) {
    if (facts.machines_user_namespace == false) {
        return "run it on the host, or start the container without a user namespace (docker: --userns=host)";
    }
    if (facts.root) {
        return "start the container with --cap-add=BPF --cap-add=PERFMON --cap-add=NET_ADMIN --cap-add=SYS_PTRACE "
               "--cap-add=SYSLOG, or with --privileged";
    }
    return fmt::format("sudo " RSTAT_SETCAP " {}",
                       facts.executable.empty() ? "\"$(command -v rstat-tsa)\"" : shell_word(facts.executable));
}

Diagnosis diagnose(const MachineFacts& facts) {
    Diagnosis result;
    result.main_job = facts.probes.ok;
    judge_kernel(facts, result.findings);
    judge_rights(facts, result.findings);
    judge_probes(facts, result.findings);
    judge_gains(facts, result.findings);
    judge_parts(facts, result.findings);
    judge_machine(facts, result.findings);
    result.verdict = verdict_of(facts);
    return result;
}

}  // namespace tsa
