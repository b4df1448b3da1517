// SPDX-License-Identifier: MIT
// See doctor.h. This file only collects facts; doctor/diagnosis.h interprets them.
#include "app/commands/doctor.h"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "app/commands/doctor_service.h"
#include "app/host/colors.h"
#include "app/host/privilege.h"
#include "app/host/sink.h"
#include "base/clock.h"
#include "base/covered_file.h"
#include "base/first_namespace.h"
#include "base/linkage.h"
#include "base/mountinfo.h"
#include "base/own_program.h"
#include "base/scan.h"
#include "base/text_file.h"
#include "base/time_namespace.h"
#include "doctor/text.h"
#include "labels/label_sources.h"
#include "output/text.h"
#include "procfs/process_reader.h"
#include "sched/check.h"
#include "sched/probe.h"
#include "system/machine.h"
#include "system/reader.h"
#include "taskstats/accounting.h"
#include "taskstats/client.h"
#include "text/ascii.h"

namespace tsa {

namespace {

std::optional<int> setting(const std::string& name) {
    const auto text = read_text_file("/proc/sys/kernel/" + name);
    return text ? number<int>(std::string_view(*text).substr(0, text->find('\n'))) : std::nullopt;
}

std::optional<std::uint64_t> limit(int resource) {
    rlimit limits{};
    return ::getrlimit(static_cast<__rlimit_resource>(resource), &limits) == 0
               ? std::optional<std::uint64_t>(limits.rlim_cur)
               : std::nullopt;
}

/// Number of entries in a directory with this name prefix; 0 also if the directory does not exist.
std::size_t count_entries(const std::string& folder, std::string_view prefix) {
    std::error_code error;
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        count += entry.path().filename().native().starts_with(prefix) ? 1 : 0;
    }
    return count;
}

std::size_t count_temperatures() {
    std::error_code error;
    std::size_t count = 0;
    for (const auto& chip : std::filesystem::directory_iterator("/sys/class/hwmon", error)) {
        std::error_code unreadable;
        for (const auto& entry : std::filesystem::directory_iterator(chip.path(), unreadable)) {
            const std::string name = entry.path().filename().native();
            count += name.starts_with("temp") && name.ends_with("_input") ? 1 : 0;
        }
    }
    return count != 0 ? count : count_entries("/sys/class/thermal", "thermal_zone");
}

/// "none [integrity] confidentiality": the one in brackets.
std::optional<std::string> lockdown() {
    const auto text = read_text_file("/sys/kernel/security/lockdown");
    const std::size_t begin = text ? text->find('[') : std::string::npos;
    const std::size_t end = text ? text->find(']') : std::string::npos;
    if (begin == std::string::npos || end == std::string::npos || end < begin) {
        return std::nullopt;
    }
    return text->substr(begin + 1, end - begin - 1);
}

void look_at_process(MachineFacts& facts) {
    facts.root = ::geteuid() == 0;
    facts.executable = own_program().native();
    struct statvfs place {};
    facts.executable_without_privileges = ::statvfs("/proc/self/exe", &place) == 0 && (place.f_flag & ST_NOSUID) != 0;
    const std::string status = read_text_file("/proc/self/status").value_or("");
    std::string_view rest = status;
    while (const auto line = next_line(rest)) {
        std::string_view words = *line;
        const std::string_view key = next_field(words);
        const std::string_view value = next_field(words);
        if (key == "CapEff:") {
            std::uint64_t bits = 0;
            constexpr int kHexadecimal = 16;
            const auto parsed = std::from_chars(value.data(), value.data() + value.size(), bits, kHexadecimal);
            facts.effective = parsed.ec == std::errc{} ? std::optional(bits) : std::nullopt;
        } else if (key == "NoNewPrivs:") {
            facts.no_new_privileges = value == "1";
        } else if (key == "Seccomp:") {
            facts.seccomp = number<int>(value);
        }
    }
    facts.machines_pid_namespace = in_first_pid_namespace();
    facts.machines_user_namespace = in_first_user_namespace();
    const UnifiedTree cgroups = find_unified_tree();
    facts.machines_cgroup_namespace = !cgroups.is_namespaced;
    facts.cgroups_v2 = !cgroups.mount.empty();
    facts.cgroups_v1 = cgroups.has_others;
    facts.proc_has_own_ids = proc_has_own_ids();
    facts.time_offset_ns = own_time_offsets().monotonic_ns;
    facts.locked_memory_bytes = limit(RLIMIT_MEMLOCK);
    facts.open_files = limit(RLIMIT_NOFILE);
    facts.proc_hides_processes = proc_hides_processes(read_mountinfo());
    facts.is_static = kIsStatic;
}

void look_at_kernel(MachineFacts& facts) {
    const MachineIdentity identity = read_machine_identity();
    facts.kernel_release = identity.kernel_release;
    facts.architecture = identity.architecture;
    facts.type_information = ::access("/sys/kernel/btf/vmlinux", R_OK) == 0;
    facts.lockdown = lockdown();
    facts.unprivileged_bpf_disabled = setting("unprivileged_bpf_disabled");
    facts.perf_event_paranoid = setting("perf_event_paranoid");
    facts.kptr_restrict = setting("kptr_restrict");
}

template <class T>
Attempt attempt(const Result<T>& result) {
    if (result.ok()) {
        return {true, false, {}, {}};
    }
    return {false, result.error().error_number == EPERM, result.error().message, result.error().hint};
}

void try_probes(MachineFacts& facts) {
    facts.probes = attempt(Probe::start(ProbeOptions{}));
    auto check = check_programs();
    if (!check.ok()) {
        return;  // no BTF: reported elsewhere
    }
    facts.programs = std::move(check.value().programs);
    for (const PlannedPart& part : check.value().plan.parts) {
        facts.parts.push_back({part.name, part.on, part.without});
    }
}

void look_at_accounting(MachineFacts& facts) {
    const auto client = taskstats::Client::open();
    facts.taskstats = attempt(client);
    facts.taskstats_version = client.ok() ? client.value().version() : std::uint16_t{0};
    const taskstats::AccountingFacts seen = taskstats::read_accounting_facts();
    facts.release = seen.release;
    taskstats::AccountingWatch watch;
    watch.update(seen, clock_ns(CLOCK_BOOTTIME));
    facts.accounting = watch.state();
}

void look_at_system(MachineFacts& facts) {
    // Its first number is the time on a CPU: never 0 for the process that reads it.
    const std::string schedstat = read_text_file("/proc/self/schedstat").value_or("");
    std::string_view words = schedstat;
    facts.schedstat = number<std::uint64_t>(next_field(words)).value_or(0) != 0;
    for (const char* file : SystemReader::proc_files()) {
        if (is_covered(file)) {
            facts.covered_files.emplace_back(file);
        }
    }
    facts.pressure = ::access("/proc/pressure/cpu", R_OK) == 0;
    facts.temperature_sensors = count_temperatures();
    facts.power_supplies = count_entries("/sys/class/power_supply", "");
    facts.cpu_frequency = ::access("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", R_OK) == 0;
    facts.power_profile = ::access("/sys/firmware/acpi/platform_profile", R_OK) == 0;
}

void look_at_labels(MachineFacts& facts) {
    const LabelSources sources = read_labels(label_paths());
    for (const LabelFile& file : sources.files) {
        LabelFact& fact = facts.labels.emplace_back(LabelFact{file.path, file.rules, "", ""});
        if (file.error) {
            fact.error = file.error->message;
            fact.hint = file.error->hint;
        }
    }
    facts.labels.push_back({"", sources.built_in, "", ""});
}

}  // namespace

MachineFacts collect_facts() {
    MachineFacts facts;
    look_at_process(facts);
    look_at_kernel(facts);
    try_probes(facts);
    look_at_accounting(facts);
    look_at_system(facts);
    look_at_labels(facts);
    return facts;
}

Result<Outcome> run_doctor(const DoctorOptions& options) {
    const Diagnosis diagnosis =
        options.service ? diagnose_service(collect_facts(), collect_service_facts()) : diagnose(collect_facts());
    Sink sink(STDOUT_FILENO, "standard output");
    const std::size_t terminal = sink.terminal_width();
    const std::string text = options.json ? doctor_json(diagnosis)
                                          : doctor_text(diagnosis, terminal != 0 ? terminal : kPipedWidth,
                                                        wants_colors(options.color, STDOUT_FILENO));
    TRY(sink.write(options.json ? text : for_locale(text)));
    return Outcome{diagnosis.main_job ? kExitOk : kExitFailure, {}};
}

}  // namespace tsa
