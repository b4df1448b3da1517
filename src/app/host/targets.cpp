// SPDX-License-Identifier: MIT
// See targets.h.
#include "app/host/targets.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

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

Result<Targets> Targets::find(std::optional<std::uint32_t> tgid, std::span<const std::uint32_t> tids) {
    Targets targets;
    if (tgid) {
        targets.pidfd_ = open_process(*tgid);
        targets.leader_ = TRY(find_process(*tgid));
        targets.process_ = ChosenProcess{*tgid};
    }
    for (const std::uint32_t tid : tids) {
        TRY(process_of_thread(tid));
        targets.threads_.push_back(TRY(find_thread(tid)));
    }
    return targets;
}

Targets Targets::of(const ChosenProcess& process) {
    Targets targets;
    targets.process_ = process;
    return targets;
}

bool Targets::update(const Report& report) {
    const bool is_later = note_later_process(report);
    return note_renamed(report) || is_later;
}

bool Targets::note_later_process(const Report& report) {
    if (!process_) {
        return false;
    }
    const std::uint64_t before_ns = process_->born_before_ns;
    for (const auto* rows : {&report.threads, &report.exited}) {
        for (const ThreadRow& row : *rows) {
            const Thread& thread = *row.now;
            if (thread.tid == process_->tgid && process_->matches(thread) && !leader_.matches(thread)) {
                process_->born_before_ns = std::min(process_->born_before_ns, thread.start_time_ns);
            }
        }
    }
    return process_->born_before_ns != before_ns;
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
    const auto is_it = [&row](const ChosenThread& chosen) { return chosen.matches(*row.now); };
    return (!process_ || process_->matches(*row.now)) && (threads_.empty() || std::ranges::any_of(threads_, is_it));
}

bool Targets::is_alive() const {
    if (!threads_.empty()) {
        return std::ranges::any_of(threads_, is_running);
    }
    return pidfd_.valid() ? !has_ended(pidfd_) : is_running(leader_);
}

Presence Targets::presence(const Report& report) const {
    if (!any() || std::ranges::any_of(report.threads, [this](const ThreadRow& row) { return is_listed(row); })) {
        return Presence::seen;
    }
    return is_alive() ? Presence::unseen : Presence::ended;
}

std::string Targets::words(Presence presence, const Report& report) const {
    const bool is_process = threads_.empty() && process_;
    const std::string name = is_process ? fmt::format("process {}", process_->tgid) : "all of these threads";
    if (presence == Presence::ended) {
        return fmt::format("{} {} ended", name, is_process ? "has" : "have");
    }
    const std::string alive = is_process ? fmt::format("{} is alive", name) : "one of these threads is alive";
    if (report.source == Source::procfs) {
        return alive + ", but /proc does not show it to this user (hidepid)";
    }
    if (const std::uint64_t untracked = report.health.threads_without_slot; untracked != 0) {
        return fmt::format("{}, but not tracked: {} threads have no slot (--max-threads gives more)", alive, untracked);
    }
    return alive + ", but the probes do not see it: the kernel hides it from BPF programs";
}

}  // namespace tsa
