// SPDX-License-Identifier: MIT
// See actions.h. A TID may have been given to another thread since the screen was drawn, so the start time is compared
// before each action; a pidfd holds the process meanwhile, which closes the race.
#include "app/host/actions.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "base/fd.h"
#include "base/task_identity.h"
#include "model/process_signals.h"

namespace tsa {

namespace {

constexpr std::size_t kMostNames = 4;

bool still_the_same(const Target& target) {
    return task_exists(target.tid, target.start_time_ns);
}

/// "webapp (4588)".
std::string name_of(const Target& target) {
    return fmt::format("{} ({})", target.comm, target.whole_process ? target.tgid : target.tid);
}

/// "webapp (4588)", "thread wal-sync (2670)", "3 processes: webapp (4588), nginx (77), redis (9)".
std::string names_of(const std::vector<const Target*>& targets, bool say_thread) {
    const bool processes = std::ranges::all_of(targets, [](const Target* target) { return target->whole_process; });
    std::vector<std::string> names;
    for (std::size_t at = 0; at < std::min(targets.size(), kMostNames); ++at) {
        names.push_back(name_of(*targets[at]));
    }
    if (targets.size() == 1) {
        return (say_thread && !processes ? "thread " : "") + names.front();
    }
    const std::size_t left = targets.size() - names.size();
    return fmt::format("{} {}: {}{}", targets.size(), processes ? "processes" : (say_thread ? "threads" : "rows"),
                       fmt::join(names, ", "), left > 0 ? fmt::format(" and {} more", left) : "");
}

/// "webapp (4588) has ended", "webapp (4588): Operation not permitted".
std::string failure_text(const Target& target, int error) {
    return error == ESRCH ? name_of(target) + " has ended"
                          : fmt::format("{}: {}", name_of(target), strerrordesc_np(error));
}

/// 0 or an errno.
int signal_one(int signal, const Target& target) {
    if (!target.whole_process) {
        if (!still_the_same(target)) {
            return ESRCH;
        }
        return syscall(SYS_tgkill, target.tgid, target.tid, signal) == 0 ? 0 : errno;
    }
    // Numbers above 423 are the same on every architecture; old headers lack them.
    constexpr long kPidfdOpen = 434, kPidfdSendSignal = 424;
    const Fd process(static_cast<int>(syscall(kPidfdOpen, target.tgid, 0)));
    if (!process.valid()) {
        return errno;
    }
    if (!still_the_same(target)) {
        return ESRCH;
    }
    return syscall(kPidfdSendSignal, process.get(), signal, nullptr, 0) == 0 ? 0 : errno;
}

/// The outcome of changing nice values: of one thread, or of all threads of a process.
struct Renice {
    int error = 0;  ///< an errno; 0: all were changed
    int threads = 0;
    int before = 0, now = 0;
    bool alike = true;  ///< all threads have these values
};

int renice_thread(std::uint32_t tid, int delta, Renice& out) {
    errno = 0;
    const int before = getpriority(PRIO_PROCESS, tid);
    if (errno != 0 || setpriority(PRIO_PROCESS, tid, before + delta) != 0) {
        return errno;
    }
    errno = 0;
    const int now = getpriority(PRIO_PROCESS, tid);  // the kernel clamps it to its limits
    out.alike = out.alike && (out.threads == 0 || (out.before == before && out.now == now));
    out.before = before;
    out.now = errno == 0 ? now : before + delta;
    ++out.threads;
    return 0;
}

Renice renice_one(int delta, const Target& target) {
    Renice out;
    if (!still_the_same(target)) {
        out.error = ESRCH;
    } else if (!target.whole_process) {
        out.error = renice_thread(target.tid, delta, out);
    } else {
        // Linux has a nice value per thread.
        std::error_code ended;
        const std::filesystem::directory_iterator end;
        std::filesystem::directory_iterator at(fmt::format("/proc/{}/task", target.tgid), ended);
        for (; !ended && at != end; at.increment(ended)) {
            const std::string name = at->path().filename();
            std::uint32_t tid = 0;
            std::from_chars(name.data(), name.data() + name.size(), tid);
            const int error = tid == 0 ? 0 : renice_thread(tid, delta, out);
            out.error = error != 0 && error != ESRCH ? error : out.error;
        }
        out.error = out.threads == 0 && out.error == 0 ? ESRCH : out.error;
    }
    return out;
}

/// "nice 0 -> 1 wal-sync (2670)", "nice 0 -> 1 webapp (4588), 11 threads", "nice stays 19 wal-sync (2670)".
std::string renice_text(const Renice& done, int delta, const Target& target) {
    const std::string threads =
        target.whole_process && done.threads > 1 ? fmt::format(", {} threads", done.threads) : "";
    if (!done.alike) {
        return fmt::format("nice {:+} {}{}", delta, name_of(target), threads);
    }
    return done.before == done.now ? fmt::format("nice stays {} {}{}", done.now, name_of(target), threads)
                                   : fmt::format("nice {} -> {} {}{}", done.before, done.now, name_of(target), threads);
}

}  // namespace

ActionResult send_signal(const Command& command) {
    const std::string signal = signal_name(command.signal);
    std::vector<const Target*> done;
    const Target* failed = nullptr;
    int error = 0;
    for (const Target& target : command.targets) {
        if (const int result = signal_one(command.signal, target); result != 0) {
            failed = &target;
            error = result;
        } else {
            done.push_back(&target);
        }
    }
    if (failed == nullptr) {
        return {fmt::format("{} sent to {}", signal, names_of(done, true)), false};
    }
    const std::string failure = failure_text(*failed, error);
    if (done.empty()) {
        return {fmt::format("{} not sent: {}", signal, failure), true};
    }
    return {fmt::format("{} sent to {} of {}: {}", signal, done.size(), command.targets.size(), failure), true};
}

ActionResult change_nice(const Command& command) {
    std::vector<const Target*> done;
    std::string last;
    std::string failure;
    bool denied = false;
    for (const Target& target : command.targets) {
        const Renice result = renice_one(command.nice_delta, target);
        if (result.error != 0) {
            failure = failure_text(target, result.error);
            denied = result.error == EACCES;
        } else {
            done.push_back(&target);
            last = renice_text(result, command.nice_delta, target);
        }
    }
    if (failure.empty()) {
        return {done.size() == 1 ? last : fmt::format("nice {:+} {}", command.nice_delta, names_of(done, false)),
                false};
    }
    if (command.targets.size() > 1) {
        failure = fmt::format("{} of {} done; {}", done.size(), command.targets.size(), failure);
    } else if (denied) {
        failure += "; lower values need CAP_SYS_NICE";
    }
    return {fmt::format("nice {:+}: {}", command.nice_delta, failure), true};
}

}  // namespace tsa
