// SPDX-License-Identifier: MIT
// See scheduling.h.
#include "app/host/scheduling.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <vector>

#include "base/directory.h"
#include "base/scan.h"
#include "base/task_identity.h"
#include "text/sanitize.h"
#include "text/scheduling_text.h"

namespace tsa {

namespace {

constexpr int kWhoThread = 1;  // IOPRIO_WHO_PROCESS
constexpr int kIoClassShift = 13;
constexpr int kIoLevelMask = 7;
constexpr int kMostCpus = 8192;

/// A set of CPUs of any size.
class CpuSet {
  public:
    CpuSet() : set_(CPU_ALLOC(kMostCpus)), size_(CPU_ALLOC_SIZE(kMostCpus)) { CPU_ZERO_S(size_, set_); }
    CpuSet(const CpuSet&) = delete;
    CpuSet& operator=(const CpuSet&) = delete;
    ~CpuSet() { CPU_FREE(set_); }

    [[nodiscard]] cpu_set_t* get() const { return set_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::vector<std::uint32_t> list() const {
        std::vector<std::uint32_t> cpus;
        for (int cpu = 0; cpu < kMostCpus; ++cpu) {
            if (CPU_ISSET_S(static_cast<std::size_t>(cpu), size_, set_)) {
                cpus.push_back(static_cast<std::uint32_t>(cpu));
            }
        }
        return cpus;
    }
    void add(std::uint32_t cpu) {
        if (cpu < kMostCpus) {
            CPU_SET_S(cpu, size_, set_);
        }
    }

  private:
    cpu_set_t* set_;
    std::size_t size_;
};

std::string name_of(const Target& target) {
    return fmt::format("{} ({})", printable(target.comm), target.whole_process ? target.tgid : target.tid);
}

std::vector<std::uint32_t> threads_of(const Target& target) {
    if (!target.whole_process) {
        return {target.tid};
    }
    std::vector<std::uint32_t> tids;
    const Directory folder(::opendir(fmt::format("/proc/{}/task", target.tgid).c_str()));
    while (const dirent* entry = folder != nullptr ? ::readdir(folder.get()) : nullptr) {
        if (const auto tid = number<std::uint32_t>(entry->d_name)) {
            tids.push_back(*tid);
        }
    }
    return tids;
}

/// `change` returns 0 or an errno for one thread. `what`: "CPUs 0-3".
ActionResult change_all(const Command& command, const std::string& what,
                        const std::function<int(std::uint32_t tid)>& change) {
    std::size_t threads = 0;
    std::size_t targets = 0;
    std::string failure;
    for (const Target& target : command.targets) {
        int error = task_exists(target.tid, target.start_time_ns) ? 0 : ESRCH;
        std::size_t changed = 0;
        for (const std::uint32_t tid : error == 0 ? threads_of(target) : std::vector<std::uint32_t>{}) {
            const int result = change(tid);
            error = result != 0 && result != ESRCH ? result : error;
            changed += result == 0 ? 1 : 0;
        }
        if (error != 0) {
            failure = error == ESRCH ? name_of(target) + " has ended"
                                     : fmt::format("{}: {}", name_of(target), strerrordesc_np(error));
        } else {
            ++targets;
        }
        threads += changed;
    }
    if (!failure.empty()) {
        return {command.targets.size() > 1
                    ? fmt::format("{}: {} of {} done; {}", what, targets, command.targets.size(), failure)
                    : fmt::format("{}: {}", what, failure),
                true};
    }
    const std::string whom =
        command.targets.size() == 1 ? name_of(command.targets.front()) : fmt::format("{} rows", command.targets.size());
    return {threads > 1 ? fmt::format("{}: {}, {} threads", what, whom, threads) : fmt::format("{}: {}", what, whom),
            false};
}

}  // namespace

std::optional<Scheduling> read_scheduling(std::uint32_t tid) {
    Scheduling out;
    const auto pid = static_cast<pid_t>(tid);
    const CpuSet cpus;
    if (::sched_getaffinity(pid, cpus.size(), cpus.get()) != 0) {
        return std::nullopt;
    }
    out.cpus = cpus.list();
    for (long cpu = 0; cpu < ::sysconf(_SC_NPROCESSORS_CONF); ++cpu) {
        out.online_cpus.push_back(static_cast<std::uint32_t>(cpu));
    }
    const int policy = ::sched_getscheduler(pid);
    sched_param param{};
    if (policy < 0 || ::sched_getparam(pid, &param) != 0) {
        return std::nullopt;
    }
    out.policy = policy & ~SCHED_RESET_ON_FORK;
    out.rt_priority = param.sched_priority;
    if (const long io = ::syscall(SYS_ioprio_get, kWhoThread, pid); io >= 0) {
        out.io_class = static_cast<int>(io >> kIoClassShift);
        out.io_level = static_cast<int>(io & kIoLevelMask);
    }
    return out;
}

ActionResult set_affinity(const Command& command) {
    CpuSet cpus;
    for (const std::uint32_t cpu : command.cpus) {
        cpus.add(cpu);
    }
    return change_all(command, "CPUs " + cpu_list_text(command.cpus), [&cpus](std::uint32_t tid) {
        return ::sched_setaffinity(static_cast<pid_t>(tid), cpus.size(), cpus.get()) == 0 ? 0 : errno;
    });
}

ActionResult set_policy(const Command& command) {
    sched_param param{};
    param.sched_priority = command.priority;
    return change_all(command, "policy " + policy_text(command.policy, command.priority), [&](std::uint32_t tid) {
        const auto pid = static_cast<pid_t>(tid);
        const int before = ::sched_getscheduler(pid);
        const int kept = before > 0 ? before & SCHED_RESET_ON_FORK : 0;
        return ::sched_setscheduler(pid, command.policy | kept, &param) == 0 ? 0 : errno;
    });
}

ActionResult set_io_priority(const Command& command) {
    const int value = command.policy << kIoClassShift | command.priority;
    return change_all(command, "I/O priority " + io_priority_text(command.policy, command.priority),
                      [value](std::uint32_t tid) {
                          return ::syscall(SYS_ioprio_set, kWhoThread, static_cast<int>(tid), value) == 0 ? 0 : errno;
                      });
}

}  // namespace tsa
