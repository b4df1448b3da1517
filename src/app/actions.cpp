// See actions.h. A TID may have been given to another thread since the screen was drawn, so the start time is compared
// before each action; a process is held by a pidfd meanwhile, which closes the gap.
#include "app/actions.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "base/fd.h"
#include "base/task_identity.h"

namespace tsa {

namespace {

/// 0 or an errno.
using Act = int (*)(const Command& command, const Target& target);

bool still_the_same(const Target& target) {
    return task_exists(target.tid, target.start_time_ns);
}

int signal_one(const Command& command, const Target& target) {
    if (!target.whole_process) {
        if (!still_the_same(target)) {
            return ESRCH;
        }
        return syscall(SYS_tgkill, target.tgid, target.tid, command.signal) == 0 ? 0 : errno;
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
    return syscall(kPidfdSendSignal, process.get(), command.signal, nullptr, 0) == 0 ? 0 : errno;
}

int renice_thread(std::uint32_t tid, int delta) {
    errno = 0;
    const int nice = getpriority(PRIO_PROCESS, tid);
    if (errno != 0) {
        return errno;
    }
    return setpriority(PRIO_PROCESS, tid, nice + delta) == 0 ? 0 : errno;
}

int renice_one(const Command& command, const Target& target) {
    if (!still_the_same(target)) {
        return ESRCH;
    }
    if (!target.whole_process) {
        return renice_thread(target.tid, command.nice_delta);
    }
    // Linux keeps a nice value per thread.
    int failure = 0;
    std::error_code ended;
    for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", target.tgid), ended)) {
        const std::string name = entry.path().filename();
        std::uint32_t tid = 0;
        std::from_chars(name.data(), name.data() + name.size(), tid);
        const int result = tid == 0 ? 0 : renice_thread(tid, command.nice_delta);
        failure = result != 0 && result != ESRCH ? result : failure;
    }
    return failure;
}

ActionResult to_all(const Command& command, const std::string& what, Act act) {
    std::size_t done = 0;
    int failure = 0;
    std::uint32_t failed_tid = 0;
    for (const Target& target : command.targets) {
        if (const int error = act(command, target); error != 0) {
            failure = error;
            failed_tid = target.tid;
        } else {
            ++done;
        }
    }
    if (failure == 0) {
        return {done == 1 ? fmt::format("{}: {}", what, command.targets.front().tid)
                          : fmt::format("{}: all {}", what, done),
                false};
    }
    const char* reason = failure == ESRCH ? "has ended" : strerrordesc_np(failure);
    return {fmt::format("{}: {} {}; {} of {} done", what, failed_tid, reason, done, command.targets.size()), true};
}

}  // namespace

ActionResult send_signal(const Command& command) {
    const char* name = sigabbrev_np(command.signal);
    return to_all(command, name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", command.signal),
                  signal_one);
}

ActionResult change_nice(const Command& command) {
    return to_all(command, fmt::format("nice {:+}", command.nice_delta), renice_one);
}

}  // namespace tsa
