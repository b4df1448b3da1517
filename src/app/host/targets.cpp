// SPDX-License-Identifier: MIT
// See targets.h.
#include "app/host/targets.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/first_namespace.h"
#include "base/task_identity.h"
#include "procfs/identity.h"

namespace tsa {

namespace {

Fd open_process(std::uint32_t tgid) {
    constexpr long kPidfdOpen = 434;  // the same number on every architecture
    return Fd(static_cast<int>(::syscall(kPidfdOpen, tgid, 0)));
}

/// Readable once the last thread of the process has exited.
bool has_ended(const Fd& process) {
    pollfd entry{process.get(), POLLIN, 0};
    return ::poll(&entry, 1, 0) != 0;
}

/// Not a zombie, and not another one with its TID.
bool is_running(const ChosenThread& thread) {
    const auto status = ProcFs().status(thread.tid);
    return status && status->state != 'Z' && status->state != 'X' && task_exists(thread.tid, thread.start_time_ns);
}

Result<ChosenThread> find_thread(std::uint32_t tid) {
    const auto start_ns = read_start_time_ns(tid);
    if (!start_ns) {
        return Error{fmt::format("there is no thread {}", tid), "ps -eLf lists threads under LWP", 0};
    }
    return ChosenThread{tid, *start_ns};
}

Result<ChosenThread> find_process(std::uint32_t tgid) {
    const auto process = process_of_thread(tgid);
    if (!process.ok() && proc_has_own_ids()) {
        return Error{fmt::format("there is no process {}", tgid), "ps -e lists processes", 0};
    }
    if (TRY(process) != tgid) {
        return Error{fmt::format("{} is a thread of process {}, not a process", tgid, process.value()),
                     fmt::format("-p {} for the process, --tid {} for the thread", process.value(), tgid), 0};
    }
    return find_thread(tgid);
}

}  // namespace

Result<std::uint32_t> process_of_thread(std::uint32_t tid) {
    if (!proc_has_own_ids()) {
        return Error{"/proc belongs to another PID namespace: its thread IDs are not the ones here",
                     "mount -t proc proc /proc", 0};
    }
    if (const auto status = ProcFs().status(tid)) {
        return status->tgid;
    }
    return Error{fmt::format("there is no thread {}", tid), "ps -eLf lists threads under LWP", 0};
}

Result<Targets> Targets::find(std::span<const std::uint32_t> tgids, std::span<const std::uint32_t> tids) {
    Targets targets;
    for (const std::uint32_t tgid : tgids) {
        Fd pidfd = open_process(tgid);
        const ChosenThread leader = TRY(find_process(tgid));
        targets.lives_.push_back({leader, std::move(pidfd)});
        targets.processes_.push_back(ChosenProcess{tgid});
    }
    for (const std::uint32_t tid : tids) {
        TRY(process_of_thread(tid));
        targets.threads_.push_back(TRY(find_thread(tid)));
    }
    return targets;
}

Targets Targets::of(const ChosenProcess& process) {
    Targets targets;
    targets.processes_.push_back(process);
    return targets;
}

bool Targets::update(const Report& report) {
    const bool is_later = note_later_process(report);
    return note_renamed(report) || is_later;
}

bool Targets::note_later_process(const Report& report) {
    bool found = false;
    for (std::size_t nth = 0; nth < lives_.size(); ++nth) {
        ChosenProcess& process = processes_[nth];
        for (const auto* rows : {&report.threads, &report.exited}) {
            for (const ThreadRow& row : *rows) {
                const Thread& thread = *row.now;
                if (thread.tid == process.tgid && process.matches(thread) && !lives_[nth].leader.matches(thread)) {
                    process.born_before_ns = std::min(process.born_before_ns, thread.start_time_ns);
                    found = true;
                }
            }
        }
    }
    return found;
}

/// A thread that calls exec continues as its process's first thread.
bool Targets::note_renamed(const Report& report) {
    const auto is_chosen = [this](const Thread& thread) {
        return std::ranges::any_of(threads_, [&](const ChosenThread& chosen) { return chosen.matches(thread); });
    };
    const std::size_t before = threads_.size();
    for (const ThreadRow& row : report.threads) {
        if (row.before != nullptr && row.before->tid != row.now->tid && is_chosen(*row.before) &&
            !is_chosen(*row.now)) {
            threads_.push_back({row.now->tid, row.now->start_time_ns});
        }
    }
    return threads_.size() != before;
}

bool Targets::is_listed(const ThreadRow& row) const {
    const auto is_it = [&row](const auto& chosen) { return chosen.matches(*row.now); };
    return (processes_.empty() || std::ranges::any_of(processes_, is_it)) &&
           (threads_.empty() || std::ranges::any_of(threads_, is_it));
}

bool Targets::is_alive() const {
    if (!threads_.empty()) {
        return std::ranges::any_of(threads_, is_running);
    }
    return std::ranges::any_of(
        lives_, [](const Life& life) { return life.pidfd.valid() ? !has_ended(life.pidfd) : is_running(life.leader); });
}

Presence Targets::presence(const Report& report) const {
    if (!any() || std::ranges::any_of(report.threads, [this](const ThreadRow& row) { return is_listed(row); })) {
        return Presence::seen;
    }
    return is_alive() ? Presence::unseen : Presence::ended;
}

std::string Targets::words(Presence presence, const Report& report) const {
    const bool is_process = threads_.empty() && processes_.size() == 1;
    const std::string_view several = threads_.empty() ? "processes" : "threads";
    const std::string name =
        is_process ? fmt::format("process {}", processes_.front().tgid) : fmt::format("all of these {}", several);
    if (presence == Presence::ended) {
        return fmt::format("{} {} ended", name, is_process ? "has" : "have");
    }
    const std::string alive =
        is_process ? fmt::format("{} is alive", name) : fmt::format("one of these {} is alive", several);
    if (report.source == Source::procfs) {
        return alive + ", but /proc does not show it to this user (hidepid)";
    }
    if (const std::uint64_t untracked = report.health.threads_without_slot; untracked != 0) {
        return fmt::format("{}, but not tracked: {} threads have no slot (--max-threads gives more)", alive, untracked);
    }
    return alive + ", but the probes do not see it: the kernel hides it from BPF programs";
}

}  // namespace tsa
