// SPDX-License-Identifier: MIT
// See privilege.h. By experiment on Linux 6.18, with one capability removed at a time: a request to taskstats fails
// without net_admin; /proc/TID/fd and io of another user need both sys_ptrace and dac_read_search, root's too; a second
// program needs bpf and perfmon; writing kernel.task_delayacct needs sys_admin. Tracing needs root anyway.
#include "app/host/privilege.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <type_traits>
#include <vector>

#include "app/host/system_calls.h"
#include "base/mountinfo.h"
#include "base/privilege.h"

namespace tsa {

namespace {

struct CapabilitiesFree {
    void operator()(cap_t capabilities) const { cap_free(capabilities); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, CapabilitiesFree>;

bool is_set(cap_t capabilities, cap_value_t capability, cap_flag_t set) {
    cap_flag_value_t value = CAP_CLEAR;
    return cap_get_flag(capabilities, capability, set, &value) == 0 && value == CAP_SET;
}

struct KeptUse {
    bool Keep::*kept;
    PrivilegeUse use;
};
constexpr std::array kKeptUses = std::to_array<KeptUse>({
    {&Keep::probes, PrivilegeUse::probes},
    {&Keep::more_probes, PrivilegeUse::more_probes},
    {&Keep::taskstats, PrivilegeUse::taskstats},
    {&Keep::other_processes, PrivilegeUse::other_processes},
    {&Keep::signals, PrivilegeUse::signals},
    {&Keep::priorities, PrivilegeUse::priorities},
    {&Keep::settings, PrivilegeUse::settings},
    {&Keep::foreign_files, PrivilegeUse::foreign_files},
    {&Keep::cgroups, PrivilegeUse::cgroups},
});

std::vector<cap_value_t> wanted(const Keep& keep, cap_t now) {
    std::vector<cap_value_t> list;
    for (const KeptUse& row : kKeptUses) {
        const std::span<const int> needed = capabilities_for(row.use);
        if (keep.*row.kept) {
            list.insert(list.end(), needed.begin(), needed.end());
        }
    }
    // The kernel accepts sys_admin for bpf and perfmon: some containers grant nothing finer.
    if ((keep.probes || keep.more_probes) && !is_set(now, CAP_BPF, CAP_PERMITTED)) {
        list.push_back(CAP_SYS_ADMIN);
    }
    return list;
}

bool proc_hides_processes_here() {
    return proc_hides_processes(read_mountinfo());
}

}  // namespace

Keep kept_by_stat(Source source, bool taskstats) {
    Keep keep;
    keep.probes = source == Source::bpf;
    keep.taskstats = taskstats;
    keep.other_processes = source != Source::bpf || proc_hides_processes_here();
    return keep;
}

Keep kept_by_stat_command() {
    Keep keep;
    keep.probes = true;
    keep.other_processes = proc_hides_processes_here();
    keep.signals = true;  // forwarded to the command, which may run as another user by then
    return keep;
}

Keep kept_by_record(const RecordOptions& options, Source source) {
    Keep keep = options.command_line.empty() ? kept_by_stat(source, options.taskstats) : kept_by_stat_command();
    keep.taskstats = options.taskstats;
    keep.more_probes = options.stacks || options.armed;  // for threads that are chosen later, or programs loaded later
    keep.programs = options.debuginfod;
    keep.commands = !options.run.empty();
    // Segments and the final meta.json are created later: in an existing directory of another user that needs a
    // privilege only root has.
    struct stat directory {};
    keep.foreign_files =
        !options.to_stdout() && ::stat(options.output.c_str(), &directory) == 0 && directory.st_uid != ::geteuid();
    return keep;
}

Keep kept_by_screens() {
    return Keep{true, true, true, true, true, true, true, false, true, true, false};
}

Keep kept_by_replay() {
    Keep keep;
    keep.programs = true;  // the clipboard's
    return keep;
}

Result<void> drop_capabilities(const Keep& keep) {
    const Capabilities now(cap_get_proc());
    const Capabilities kept(cap_init());
    if (now == nullptr || kept == nullptr) {
        return system_error("read this process's capabilities", errno);
    }
    for (const cap_value_t capability : wanted(keep, now.get())) {
        for (const cap_flag_t set : {CAP_PERMITTED, CAP_EFFECTIVE}) {
            if (is_set(now.get(), capability, set)) {
                cap_set_flag(kept.get(), set, 1, &capability, CAP_SET);
            }
        }
    }
    // Ambient capabilities are dropped with the inheritable ones.
    if (cap_set_proc(kept.get()) != 0) {
        return system_error("give up capabilities", errno);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return system_error("give up new privileges", errno);
    }
    if (!keep.commands) {
        limit_system_calls({keep.programs, keep.more_probes});
    }
    return {};
}

bool proc_hides_processes(std::string_view mountinfo) {
    constexpr std::string_view kOption = "hidepid=";
    bool hides = false;
    while (const auto mount = next_mount(mountinfo)) {
        // The last mount on /proc is the visible one.
        if (mount->point == "/proc") {
            const std::size_t at = mount->super_options.find(kOption);
            const std::string_view value =
                at == std::string_view::npos ? "0" : mount->super_options.substr(at + kOption.size());
            hides = !value.starts_with('0') && !value.starts_with("off");
        }
    }
    return hides;
}

}  // namespace tsa
