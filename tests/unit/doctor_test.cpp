// SPDX-License-Identifier: MIT
// Doctor's findings for given facts about a machine, and their text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>

#include <cerrno>

#include "app/host/privilege.h"
#include "base/privilege.h"
#include "doctor/diagnosis.h"
#include "doctor/text.h"
#include "sched/load_failure.h"
#include "sched/plan.h"
#include "support/strict_json.h"
#include "text/cells.h"

namespace tsa {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t bit(int capability) {
    return std::uint64_t{1} << static_cast<unsigned>(capability);
}

constexpr std::uint64_t kAllRights =
    bit(CAP_BPF) | bit(CAP_PERFMON) | bit(CAP_NET_ADMIN) | bit(CAP_SYS_PTRACE) | bit(CAP_SYSLOG);

/// A machine on which everything works, for root.
MachineFacts healthy() {
    MachineFacts facts;
    facts.root = true;
    facts.executable = "/usr/local/bin/rstat-tsa";
    facts.effective = ~std::uint64_t{0};
    facts.seccomp = 0;
    facts.machines_pid_namespace = true;
    facts.machines_user_namespace = true;
    facts.cgroups_v2 = true;
    facts.locked_memory_bytes = 65'536;
    facts.open_files = 1024;
    facts.kernel_release = "6.1.0-18-amd64";
    facts.architecture = "x86_64";
    facts.release = 6'001;
    facts.type_information = true;
    facts.lockdown = "none";
    facts.unprivileged_bpf_disabled = 2;
    facts.perf_event_paranoid = 2;
    facts.kptr_restrict = 0;
    facts.probes.ok = true;
    facts.programs = {{"tsa_switch", "core", true, 0, ""}, {"tsa_lock_begin", "kernel locks", true, 0, ""}};
    for (const char* part :
         {"direct reclaim", "memory cgroup reclaim", "compaction", "kernel locks", "kernel symbols"}) {
        facts.parts.push_back({part, true, "something"});
    }
    facts.taskstats.ok = true;
    facts.taskstats_version = 13;
    facts.accounting.state = Accounting::on;
    facts.accounting.on_no_later_than_ns = 0;
    facts.schedstat = true;
    facts.pressure = true;
    return facts;
}

/// The same for an ordinary user without privileges.
MachineFacts ordinary_user() {
    MachineFacts facts = healthy();
    facts.root = false;
    facts.effective = 0;
    facts.probes = {false, true, "load the scheduler probes: Operation not permitted", "run it as root"};
    for (ProgramCheck& program : facts.programs) {
        program = {program.name, program.part, false, EPERM, "not permitted"};
    }
    facts.taskstats = {false, true, "taskstats: ask for thread 1: Operation not permitted", "run it as root"};
    return facts;
}

const Finding* find(const Diagnosis& diagnosis, std::string_view key) {
    for (const Finding& finding : diagnosis.findings) {
        if (finding.key == key) {
            return &finding;
        }
    }
    return nullptr;
}

/// The finding with that key; if there is none, a placeholder that fails every comparison.
Finding finding_of(const MachineFacts& facts, std::string_view key) {
    const Diagnosis diagnosis = diagnose(facts);
    const Finding* const found = find(diagnosis, key);
    return found != nullptr ? *found : Finding{"no such finding", "", FindingStatus::info, "none", "none", "none"};
}

TEST(Doctor, finds_nothing_to_fix_on_a_healthy_machine) {
    const Diagnosis diagnosis = diagnose(healthy());
    EXPECT_TRUE(diagnosis.main_job);
    EXPECT_EQ(diagnosis.verdict, "full profiling works: all 12 states, all threads");
    for (const Finding& finding : diagnosis.findings) {
        EXPECT_TRUE(finding.status == FindingStatus::ok || finding.status == FindingStatus::info) << finding.key;
        EXPECT_EQ(finding.cost, "") << finding.key;
        EXPECT_EQ(finding.fix, "") << finding.key;
        EXPECT_NE(finding.found, "") << finding.key;
    }
}

TEST(Doctor, says_which_cgroups_are_seen) {
    MachineFacts facts = healthy();
    EXPECT_EQ(finding_of(facts, "cgroups").found, "version 2");
    facts.cgroups_v1 = true;
    EXPECT_EQ(finding_of(facts, "cgroups").found, "version 2, beside hierarchies of version 1");
    facts.cgroups_v2 = false;
    EXPECT_EQ(finding_of(facts, "cgroups").status, FindingStatus::info);
    facts.cgroups_v1 = false;
    EXPECT_EQ(finding_of(facts, "cgroups").status, FindingStatus::limited);
    facts.cgroups_v2 = true;
    facts.machines_cgroup_namespace = false;
    const Finding hidden = finding_of(facts, "cgroups");
    EXPECT_EQ(hidden.status, FindingStatus::limited);
    EXPECT_THAT(hidden.found, HasSubstr("hides what is above and beside its own cgroup"));
    EXPECT_THAT(hidden.fix, HasSubstr("--cgroupns=host"));
}

TEST(Doctor, says_what_the_static_build_cannot_show) {
    MachineFacts facts = healthy();
    EXPECT_EQ(find(diagnose(facts), "static_build"), nullptr);
    facts.is_static = true;
    EXPECT_EQ(finding_of(facts, "static_build").status, FindingStatus::info);
    for (const char* const part : {"/etc/passwd", "NVIDIA", "--listen"}) {
        EXPECT_THAT(finding_of(facts, "static_build").found, HasSubstr(part));
    }
}

TEST(Doctor, gives_a_cost_and_a_fix_for_each_failed_check) {
    MachineFacts facts = ordinary_user();
    facts.type_information = false;
    facts.release = 5'010;
    facts.lockdown = "confidentiality";
    facts.accounting = {};
    facts.accounting.state = Accounting::off;
    facts.schedstat = facts.pressure = false;
    facts.machines_pid_namespace = false;
    facts.proc_hides_processes = true;
    facts.open_files = 64;
    facts.no_new_privileges = facts.executable_without_privileges = true;
    std::size_t troubles = 0;
    for (const Finding& finding : diagnose(facts).findings) {
        if (finding.status == FindingStatus::limited || finding.status == FindingStatus::missing) {
            ++troubles;
            EXPECT_NE(finding.cost, "") << finding.key;
            EXPECT_NE(finding.fix, "") << finding.key;
        }
    }
    EXPECT_GE(troubles, 17U);
}

TEST(Doctor, gives_an_ordinary_user_the_command_with_the_path_of_the_running_program) {
    MachineFacts facts = ordinary_user();
    const Diagnosis diagnosis = diagnose(facts);
    EXPECT_FALSE(diagnosis.main_job);
    EXPECT_THAT(diagnosis.verdict, HasSubstr("--source procfs"));
    for (const char* key :
         {"cap_bpf", "cap_perfmon", "cap_net_admin", "cap_sys_ptrace", "cap_syslog", "probes", "taskstats"}) {
        EXPECT_EQ(finding_of(facts, key).fix, "sudo " RSTAT_SETCAP " /usr/local/bin/rstat-tsa") << key;
    }
    facts.executable = "/home/o'neill/my tools/rstat-tsa";
    EXPECT_THAT(finding_of(facts, "probes").fix, HasSubstr(" '/home/o'\\''neill/my tools/rstat-tsa'"));
}

TEST(Doctor, names_each_missing_capability_and_its_cost) {
    MachineFacts facts = healthy();
    facts.root = false;
    facts.effective = kAllRights & ~bit(CAP_SYSLOG);
    EXPECT_EQ(finding_of(facts, "cap_bpf").status, FindingStatus::ok);
    EXPECT_EQ(finding_of(facts, "cap_syslog").status, FindingStatus::limited);
    EXPECT_THAT(finding_of(facts, "cap_syslog").cost, HasSubstr("swap_wait"));
    facts.effective = kAllRights & ~bit(CAP_PERFMON);
    EXPECT_EQ(finding_of(facts, "cap_perfmon").status, FindingStatus::missing);
}

TEST(Doctor, accepts_sys_admin_for_the_capabilities_split_off_it) {
    MachineFacts facts = healthy();
    facts.root = false;
    facts.effective = bit(CAP_SYS_ADMIN);
    EXPECT_EQ(finding_of(facts, "cap_bpf").status, FindingStatus::ok);
    EXPECT_EQ(finding_of(facts, "cap_perfmon").status, FindingStatus::ok);
    EXPECT_EQ(finding_of(facts, "cap_syslog").status, FindingStatus::limited);
    EXPECT_EQ(finding_of(facts, "cap_net_admin").status, FindingStatus::limited);
}

TEST(Doctor, points_a_root_without_capabilities_to_its_container) {
    MachineFacts facts = healthy();
    facts.effective = bit(CAP_BPF) | bit(CAP_PERFMON);
    EXPECT_THAT(finding_of(facts, "cap_net_admin").fix, HasSubstr("--cap-add=NET_ADMIN"));
    EXPECT_THAT(finding_of(facts, "cap_net_admin").fix, Not(HasSubstr("setcap")));
}

TEST(Doctor, reports_that_capabilities_of_a_user_namespace_have_no_effect) {
    MachineFacts facts = ordinary_user();
    facts.root = true;
    facts.effective = ~std::uint64_t{0};
    facts.machines_user_namespace = false;
    EXPECT_EQ(finding_of(facts, "user_namespace").status, FindingStatus::missing);
    EXPECT_EQ(find(diagnose(facts), "rights"), nullptr);
    EXPECT_THAT(finding_of(facts, "probes").fix, HasSubstr("--userns=host"));
}

TEST(Doctor, reports_merged_states_when_a_part_of_the_probes_is_off) {
    MachineFacts facts = healthy();
    facts.parts.back() = {"kernel symbols", false, "-"};
    facts.kptr_restrict = 2;
    EXPECT_EQ(diagnose(facts).verdict, "profiling works: 11 of 12 states, all threads (swap_wait counts as io_wait)");
    EXPECT_EQ(finding_of(facts, "probes.kernel_symbols").fix, "sudo sysctl kernel.kptr_restrict=1");
    facts.parts[0].on = facts.parts[1].on = facts.parts[2].on = false;
    EXPECT_THAT(diagnose(facts).verdict, HasSubstr("10 of 12 states"));
    EXPECT_EQ(finding_of(facts, "probes.compaction").cost, "something");
}

TEST(Doctor, names_the_program_that_the_kernel_refuses) {
    MachineFacts facts = healthy();
    facts.probes = {false, false, "load the scheduler probes: Invalid argument", ""};
    facts.programs[0] = {"tsa_switch", "core", false, EINVAL, "rejected by the kernel's verifier (R1)"};
    const Finding core = finding_of(facts, "probes.core");
    EXPECT_EQ(core.status, FindingStatus::missing);
    EXPECT_EQ(core.found, "tsa_switch: rejected by the kernel's verifier (R1)");
    EXPECT_EQ(finding_of(facts, "probes").found, "load the scheduler probes: Invalid argument");
}

TEST(Doctor, reports_missing_permission_once_and_not_per_program) {
    EXPECT_EQ(find(diagnose(ordinary_user()), "probes.core"), nullptr);
}

TEST(Doctor, uses_the_part_names_of_the_plan) {
    MachineFacts facts = healthy();
    facts.parts.clear();
    KernelSupport everything{true, true, true, true, true, true, true, true};
    for (const PlannedPart& part : plan(everything).parts) {
        facts.parts.push_back({part.name, part.on, part.without});
    }
    EXPECT_THAT(diagnose(facts).verdict, HasSubstr("all 12 states"));
    EXPECT_EQ(finding_of(facts, "probes.kernel_symbols").status, FindingStatus::ok);
}

TEST(Doctor, offers_the_sysctl_and_names_the_threads_it_does_not_cover) {
    MachineFacts facts = healthy();
    facts.accounting = {};
    facts.accounting.state = Accounting::off;
    const Finding finding = finding_of(facts, "delay_accounting");
    EXPECT_EQ(finding.fix, "sudo sysctl kernel.task_delayacct=1");
    EXPECT_THAT(finding.found, HasSubstr("only threads created from then on"));
    facts.accounting.state = Accounting::not_compiled;
    EXPECT_THAT(finding_of(facts, "delay_accounting").found, HasSubstr("CONFIG_TASK_DELAY_ACCT"));
}

TEST(Doctor, knows_that_before_the_sysctl_nothing_is_counted_without_accounting) {
    MachineFacts facts = healthy();
    facts.accounting = {};
    facts.accounting.state = Accounting::off;
    facts.accounting.covers_cpu = true;
    const Finding finding = finding_of(facts, "delay_accounting");
    EXPECT_EQ(finding.fix, "boot without nodelayacct");
    EXPECT_THAT(finding.cost, HasSubstr("no times at all"));
}

TEST(Doctor, distrusts_the_io_wait_of_taskstats_from_linux_6_12_on) {
    MachineFacts facts = healthy();
    facts.release = 6'011;
    EXPECT_EQ(find(diagnose(facts), "taskstats_io_wait"), nullptr);
    facts.release = 6'012;
    EXPECT_EQ(finding_of(facts, "taskstats_io_wait").status, FindingStatus::limited);
    facts.taskstats.ok = false;
    EXPECT_EQ(find(diagnose(facts), "taskstats_io_wait"), nullptr);
}

TEST(Doctor, checks_locked_memory_only_on_kernels_that_charge_it) {
    MachineFacts facts = healthy();
    EXPECT_EQ(find(diagnose(facts), "locked_memory"), nullptr);
    facts.release = 5'010;
    EXPECT_EQ(finding_of(facts, "locked_memory").status, FindingStatus::limited);
}

TEST(Doctor, knows_the_oldest_kernel_of_each_architecture) {
    MachineFacts facts = healthy();
    facts.release = 5'015;
    EXPECT_EQ(finding_of(facts, "kernel").status, FindingStatus::ok);
    facts.architecture = "aarch64";
    EXPECT_EQ(finding_of(facts, "kernel").status, FindingStatus::missing);
    EXPECT_EQ(finding_of(facts, "kernel").cost, "the scheduler probes need Linux 5.18");
    facts.release = 5'018;
    EXPECT_EQ(finding_of(facts, "kernel").status, FindingStatus::ok);
}

TEST(Doctor, accepts_hidepid_when_it_does_not_apply) {
    MachineFacts facts = healthy();
    facts.proc_hides_processes = true;
    EXPECT_EQ(finding_of(facts, "hidepid").status, FindingStatus::ok);
    facts.root = false;
    facts.effective = bit(CAP_BPF) | bit(CAP_PERFMON);
    EXPECT_EQ(finding_of(facts, "hidepid").status, FindingStatus::limited);
}

TEST(Doctor, reads_hidepid_from_the_topmost_mount) {
    constexpr std::string_view kShown = "24 30 0:22 / /proc rw,nosuid shared:12 - proc proc rw\n";
    constexpr std::string_view kHidden = "99 30 0:22 / /proc rw,nosuid - proc proc rw,hidepid=invisible\n";
    constexpr std::string_view kElsewhere = "99 30 0:22 / /mnt/proc rw,nosuid - proc proc rw,hidepid=2\n";
    EXPECT_FALSE(proc_hides_processes(kShown));
    EXPECT_TRUE(proc_hides_processes(std::string(kShown) + std::string(kHidden)));
    EXPECT_FALSE(proc_hides_processes(std::string(kHidden) + std::string(kShown)));
    EXPECT_FALSE(proc_hides_processes(std::string(kElsewhere)));
    EXPECT_FALSE(proc_hides_processes("24 30 0:22 / /proc rw - proc proc rw,hidepid=0\n"));
    EXPECT_FALSE(proc_hides_processes("24 30 0:22 / /proc rw - proc proc rw,hidepid=off\n"));
    EXPECT_TRUE(proc_hides_processes("24 30 0:22 / /proc rw - proc proc rw,hidepid=1\n"));
    EXPECT_FALSE(proc_hides_processes(""));
}

TEST(Doctor, groups_programs_with_the_same_error) {
    MachineFacts facts = healthy();
    facts.programs = {{"tsa_switch", "core", false, EINVAL, "no storage"},
                      {"tsa_lock_begin", "kernel locks", true, 0, ""},
                      {"tsa_wakeup", "core", false, EINVAL, "no storage"},
                      {"tsa_fork", "core", true, 0, ""},
                      {"tsa_seed", "core", false, EINVAL, "no list"}};
    std::string found;
    for (const Finding& finding : diagnose(facts).findings) {
        found += finding.key == "probes.core" ? finding.found : "";
    }
    EXPECT_EQ(found, "tsa_switch, tsa_wakeup: no storage; tsa_seed: no list");
}

TEST(LoadFailure, names_the_missing_kernel_feature) {
    EXPECT_EQ(load_failure_words({"tp_btf/sched_switch", EPERM, "whatever", ""}), "not permitted");
    EXPECT_EQ(load_failure_words({"tp_btf/contention_begin", ESRCH, "", ""}),
              "this kernel has no event contention_begin");
    constexpr std::string_view kStorage = "task local storage for these programs (Linux 5.15)";
    EXPECT_EQ(load_failure_words({"tp_btf/sched_switch", EINVAL, "map 'tsa_tasks': failed", kStorage}),
              "this kernel has no task local storage for these programs (Linux 5.15)");
    // ENOMEM does not mean that the feature is missing.
    EXPECT_EQ(load_failure_words({"", ENOMEM, "map 'tsa_slots': failed", "mappable arrays (Linux 5.5)"}),
              "cannot create mappable arrays (Linux 5.5): Cannot allocate memory (map 'tsa_slots': failed)");
    EXPECT_THAT(load_failure_words({"iter/task", EINVAL, "", ""}), HasSubstr("task iterator"));
    EXPECT_THAT(load_failure_words({"syscall", EINVAL, "", ""}), HasSubstr("5.14"));
    constexpr int kNotSupported = 524;  // the kernel's ENOTSUPP
    EXPECT_THAT(load_failure_words({"tp_btf/sched_switch", kNotSupported, "", ""}), HasSubstr("Linux 5.18"));
    // Seen on 7.3, where task->on_cpu is a byte: unrelated to the program type.
    EXPECT_THAT(load_failure_words({"iter/task", EINVAL, "prog 'tsa_seed': relo #7: insn #50 accesses field", ""}),
                HasSubstr("a different type"));
    EXPECT_EQ(load_failure_words({"tp_btf/sched_switch", EACCES, "R1 !read_ok", ""}),
              "rejected by the kernel's verifier (R1 !read_ok)");
    EXPECT_EQ(load_failure_words({"tp_btf/sched_switch", ENOMEM, "", ""}), "Cannot allocate memory");
}

TEST(DoctorText, shows_a_fix_once_for_adjacent_checks) {
    const std::string text = doctor_text(diagnose(ordinary_user()), 100, false);
    const std::size_t first = text.find("fix   sudo setcap");
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(text.find("fix   sudo setcap", first + 1), std::string::npos) << text;
    EXPECT_LT(text.find("cap_syslog"), first);
}

TEST(DoctorText, wraps_everything_but_commands_to_the_width) {
    constexpr std::size_t kWidth = 60;
    std::string_view text;
    const std::string whole = doctor_text(diagnose(ordinary_user()), kWidth, false);
    for (std::size_t begin = 0; begin < whole.size();) {
        const std::size_t end = whole.find('\n', begin);
        text = std::string_view(whole).substr(begin, end - begin);
        if (text.find("fix   ") == std::string_view::npos) {
            EXPECT_LE(cells_of(text), kWidth) << text;
        }
        begin = end + 1;
    }
    EXPECT_TRUE(text.ends_with("/proc reports")) << text;
}

TEST(DoctorText, is_colored_only_on_request_and_never_by_the_findings) {
    MachineFacts facts = healthy();
    facts.kernel_release = "6.1\x1b[31m";
    const std::string plain = doctor_text(diagnose(facts), 100, false);
    EXPECT_EQ(plain.find('\x1b'), std::string::npos);
    EXPECT_THAT(plain, HasSubstr("6.1\\x1b[31m"));
    EXPECT_THAT(doctor_text(diagnose(facts), 100, true), HasSubstr("\x1b[32mok"));
}

TEST(DoctorJson, is_one_object_with_every_check) {
    const Diagnosis diagnosis = diagnose(ordinary_user());
    rapidjson::Document json;
    json.Parse(doctor_json(diagnosis).c_str());
    ASSERT_FALSE(json.HasParseError());
    EXPECT_EQ(json["schema"].GetInt(), 1);
    EXPECT_FALSE(json["ok"].GetBool());
    ASSERT_EQ(json["checks"].Size(), diagnosis.findings.size());
    for (const auto& check : json["checks"].GetArray()) {
        for (const char* key : {"key", "status", "found", "cost", "fix"}) {
            EXPECT_TRUE(check.HasMember(key)) << key;
        }
    }
    EXPECT_STREQ(json["checks"][0]["key"].GetString(), "kernel");
    EXPECT_TRUE(json["checks"][0]["cost"].IsNull());
}

TEST(Doctor, says_which_numbers_are_not_the_kernels) {
    MachineFacts facts = healthy();
    EXPECT_EQ(std::ranges::count(diagnose(facts).findings, "proc_files", &Finding::key), 0);
    facts.covered_files = {"/proc/stat", "/proc/meminfo"};
    const Diagnosis diagnosis = diagnose(facts);
    const auto found = std::ranges::find(diagnosis.findings, "proc_files", &Finding::key);
    ASSERT_NE(found, diagnosis.findings.end());
    EXPECT_EQ(found->status, FindingStatus::limited);
    EXPECT_EQ(found->found, "something is mounted over /proc/stat, /proc/meminfo (lxcfs)");
}

TEST(Doctor, says_which_files_of_labels_are_used) {
    MachineFacts facts = healthy();
    facts.labels = {
        {"/a/labels.toml", 3, "", ""}, {"/b/labels.toml", 0, "/b/labels.toml:2:1: wrong", "right"}, {"", 40, "", ""}};
    const Diagnosis diagnosis = diagnose(facts);
    const auto find = [&](std::string_view key) { return std::ranges::find(diagnosis.findings, key, &Finding::key); };
    ASSERT_NE(find("labels"), diagnosis.findings.end());
    EXPECT_EQ(find("labels")->found, "3 of /a/labels.toml, then 40 built in");
    ASSERT_NE(find("labels.damaged"), diagnosis.findings.end());
    EXPECT_EQ(find("labels.damaged")->status, FindingStatus::limited);
    EXPECT_EQ(find("labels.damaged")->found, "/b/labels.toml:2:1: wrong");
    EXPECT_EQ(find("labels.damaged")->fix, "right");
}

TEST(Doctor, the_list_that_a_user_grants_is_that_of_the_table) {
    std::string granted;
    for (const CapabilityInfo& one : kCapabilities) {
        granted += one.granted ? (granted.empty() ? "" : ",") + std::string(one.name) : "";
    }
    EXPECT_EQ(RSTAT_SETCAP, "setcap " + granted + "+ep");
}

}  // namespace
}  // namespace tsa
