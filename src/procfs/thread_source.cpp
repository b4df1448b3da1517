// SPDX-License-Identifier: MIT
// See thread_source.h. Determines which processes and threads exist, and which of them need a look in this pass.
#include "procfs/thread_source.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "base/clock.h"
#include "base/saturating.h"
#include "model/sample.h"
#include "procfs/thread_watch.h"

namespace tsa {

namespace {

constexpr std::size_t kManyThreads = 4;  // from this number on, the process's task directory is opened
constexpr std::size_t kHotFrom = 16;     // from this number on, recently active threads are polled first
constexpr std::uint64_t kHotPolls = 2;   // recently active: within this many polls of its process
constexpr int kHotTries = 2;
constexpr std::uint64_t kRelistPolls = 64;
constexpr std::uint64_t kNever = UINT64_MAX;  // no machine has this number of forks
constexpr std::uint32_t kGone = UINT32_MAX;   // in a list of indices

// Quiet threads checked per pass: always a few, round-robin, for changes while a thread sleeps (priority, name); more
// while the kernel counts more runnable threads than the table has. 8 µs each.
constexpr std::size_t kQuietLooks = 8;
constexpr std::size_t kWokenLooks = 1024;

struct WatchedProcess {
    std::uint32_t tgid = 0;
    std::optional<std::uint64_t> clock_ns;      ///< its value when all run time of its threads was polled
    std::optional<std::uint64_t> dead_exec_ns;  ///< run time of exited threads: its clock minus its threads
    std::uint64_t polled_exec_ns = 0;           ///< sum of its threads' last polls
    std::uint64_t polls = 0;
    std::uint64_t moved_pass = 0;         ///< the last pass in which its clock advanced
    std::uint64_t listed_forks = kNever;  ///< the machine's forks when its threads were last listed
    bool runs = false;                    ///< a thread was running when looked at
    bool side_zombie = false;             ///< an exited non-leader thread waits for a tracer: see visit
    std::vector<std::uint32_t> threads;   ///< indices, by ascending TID
};

}  // namespace

struct ProcSource::Impl {
    Impl(TaskReader&& opened, const ProcSourceOptions& options)
        : reader(std::move(opened)), process_clock(options.process_clock) {}

    void find_processes();
    void visit(WatchedProcess& process);
    bool poll_hot(WatchedProcess& process);
    void poll_all(WatchedProcess& process);
    [[nodiscard]] ThreadWatch::Outcome poll_one(WatchedProcess& process, std::uint32_t at);
    [[nodiscard]] ThreadWatch::Outcome settle_one(WatchedProcess& process, std::uint32_t at);
    void note_state(WatchedProcess& process, std::uint32_t at);
    void measure_dead(WatchedProcess& process, bool deaths);
    void find_threads(WatchedProcess& process);
    void add_thread(WatchedProcess& process, std::uint32_t tid);
    void drop(WatchedProcess& process, std::uint32_t& at);
    [[nodiscard]] bool is_hot(const WatchedProcess& process, std::uint32_t at);
    void look_behind_quiet();
    [[nodiscard]] std::optional<std::uint64_t> clock_of(const WatchedProcess& process) const;
    [[nodiscard]] WatchedProcess* find(std::uint32_t wanted);
    void count_unseen(Sample& sample);

    TaskReader reader;
    ProcessClock process_clock;
    ThreadTable table;
    std::optional<ThreadWatch> watch;
    std::vector<WatchedProcess> processes;  // by tgid
    MachineCounts counts;
    std::uint64_t forks = 0;  // as of this pass; a unique number if the kernel does not report it
    std::uint64_t listed_forks = kNever;
    std::uint64_t first_forks = 0;
    std::uint64_t unseen = 0;
    bool sees_all = false;  // whether all forks of the machine are visible here
    std::uint64_t pass = 0;
    std::uint64_t now_ns = 0;
    std::uint64_t previous_now_ns = 0;
    std::uint64_t refused_before = 0;
    std::size_t quiet_cursor = 0;
};

std::optional<std::uint64_t> ProcSource::Impl::clock_of(const WatchedProcess& process) const {
    return process_clock ? process_clock(process.tgid) : std::nullopt;
}

WatchedProcess* ProcSource::Impl::find(std::uint32_t wanted) {
    const auto found = std::ranges::lower_bound(processes, wanted, {}, &WatchedProcess::tgid);
    return found != processes.end() && found->tgid == wanted ? &*found : nullptr;
}

/// Merges the listing of /proc into the list of processes. A process that is no longer listed stays until its threads
/// are gone.
void ProcSource::Impl::find_processes() {
    if (forks == listed_forks) {
        return;
    }
    listed_forks = forks;
    const std::vector<std::uint32_t>& listed = reader.list_processes();
    const std::size_t known = processes.size();
    for (const std::uint32_t each : listed) {
        const auto end = processes.begin() + static_cast<std::ptrdiff_t>(known);
        const auto found =
            std::lower_bound(processes.begin(), end, each,
                             [](const WatchedProcess& process, std::uint32_t id) { return process.tgid < id; });
        if (found == end || found->tgid != each) {
            processes.emplace_back().tgid = each;
        }
    }
    if (processes.size() != known) {
        std::ranges::sort(processes, {}, &WatchedProcess::tgid);
    }
}

void ProcSource::Impl::visit(WatchedProcess& process) {
    const std::optional<std::uint64_t> now = clock_of(process);
    // A thread that had already exited can be reaped without its process running.
    const bool moved = !now || now != process.clock_ns || process.side_zombie;
    if (moved) {
        process.moved_pass = pass;
        process.polls += 1;
    }
    // Only a running thread creates threads, so only a process that ran may have new ones. One extra pass covers a
    // clone between reading the number of forks and the clock. A listing may miss a thread next to one that ends, so it
    // is repeated now and then.
    const bool list = (forks != process.listed_forks && process.moved_pass + 1 >= pass) ||
                      (moved && process.polls % kRelistPolls == 0);
    if (!moved && !list) {
        if (process.runs) {
            process.runs = false;
            for (const std::uint32_t at : process.threads) {
                watch->settle_still(at);
                note_state(process, at);
            }
        }
        return;
    }
    reader.enter(process.tgid, list || process.threads.size() >= kManyThreads);
    if (moved && !poll_hot(process)) {
        process.clock_ns = now;
        poll_all(process);
    }
    if (list || process.listed_forks == kNever) {
        find_threads(process);
    }
}

ThreadWatch::Outcome ProcSource::Impl::poll_one(WatchedProcess& process, std::uint32_t at) {
    const std::uint64_t before_ns = table.books(at).seen_exec_ns;
    const ThreadWatch::Outcome outcome = watch->poll(at);
    process.polled_exec_ns += table.books(at).seen_exec_ns - before_ns;
    return outcome;
}

ThreadWatch::Outcome ProcSource::Impl::settle_one(WatchedProcess& process, std::uint32_t at) {
    if (watch->moved(at)) {
        table.books(at).moved_poll = process.polls;
    }
    const ThreadWatch::Outcome outcome = watch->settle(at);
    note_state(process, at);
    return outcome;
}

void ProcSource::Impl::note_state(WatchedProcess& process, std::uint32_t at) {
    const Thread& thread = table.thread(at);
    process.runs |= thread.state == ThreadState::exec;
    process.side_zombie |= thread.state == ThreadState::zombie && thread.tid != thread.tgid;
}

bool ProcSource::Impl::is_hot(const WatchedProcess& process, std::uint32_t at) {
    return table.books(at).moved_poll + kHotPolls >= process.polls;
}

/// For a process with thousands of threads of which a few run: polls recently active ones, then checks with the process
/// clock whether they account for all its run time. True: they do, so the others are quiet.
bool ProcSource::Impl::poll_hot(WatchedProcess& process) {
    if (!process.dead_exec_ns || process.threads.size() < kHotFrom || process.side_zombie) {
        return false;
    }
    for (int attempt = 0; attempt < kHotTries; ++attempt) {
        for (const std::uint32_t at : process.threads) {
            if (is_hot(process, at) && poll_one(process, at) != ThreadWatch::Outcome::alive) {
                return false;
            }
        }
        const std::optional<std::uint64_t> now = clock_of(process);
        if (now != process.polled_exec_ns + *process.dead_exec_ns) {
            continue;
        }
        process.clock_ns = now;
        process.runs = false;
        for (std::uint32_t& at : process.threads) {
            if (is_hot(process, at) && settle_one(process, at) != ThreadWatch::Outcome::alive) {
                process.clock_ns.reset();  // the next pass handles its end
            }
        }
        return true;
    }
    return false;
}

void ProcSource::Impl::poll_all(WatchedProcess& process) {
    bool deaths = false;
    const std::uint64_t refused = watch->refused();
    process.runs = false;
    process.side_zombie = false;
    for (std::uint32_t& at : process.threads) {
        ThreadWatch::Outcome outcome = poll_one(process, at);
        if (outcome == ThreadWatch::Outcome::alive) {
            outcome = settle_one(process, at);
        }
        if (outcome == ThreadWatch::Outcome::replaced) {
            process.listed_forks = kNever;  // the new owner of its TID is found as a new thread
        }
        if (outcome != ThreadWatch::Outcome::alive) {
            deaths = true;
            drop(process, at);
        }
    }
    if (deaths) {
        std::erase(process.threads, kGone);
    }
    if (watch->refused() != refused) {
        process.clock_ns.reset();  // try again
    }
    measure_dead(process, deaths);
}

void ProcSource::Impl::drop(WatchedProcess& process, std::uint32_t& at) {
    process.polled_exec_ns -= table.books(at).seen_exec_ns;
    watch->remove(at);
    at = kGone;
}

/// The part of the process clock beyond its threads belongs to exited threads. The measured value can only be too
/// large, by the run time since a thread was polled; so the smallest measurement is the best.
void ProcSource::Impl::measure_dead(WatchedProcess& process, bool deaths) {
    if (process.threads.size() < kHotFrom) {
        process.dead_exec_ns.reset();
        return;
    }
    for (const std::uint32_t at : process.threads) {
        if (table.books(at).moved_poll == process.polls) {
            (void)poll_one(process, at);
        }
    }
    const std::optional<std::uint64_t> now = clock_of(process);
    if (!now || *now < process.polled_exec_ns) {
        process.dead_exec_ns.reset();
        return;
    }
    const std::uint64_t dead_ns = *now - process.polled_exec_ns;
    process.dead_exec_ns = deaths ? dead_ns : std::min(dead_ns, process.dead_exec_ns.value_or(dead_ns));
}

void ProcSource::Impl::find_threads(WatchedProcess& process) {
    process.listed_forks = forks;
    const std::vector<std::uint32_t>& listed = reader.list_threads();
    const auto known = static_cast<std::ptrdiff_t>(process.threads.size());
    const auto tid_of = [this](std::uint32_t at) { return table.thread(at).tid; };
    std::ptrdiff_t next = 0;
    for (const std::uint32_t tid : listed) {
        while (next < known && tid_of(process.threads[static_cast<std::size_t>(next)]) < tid) {
            ++next;
        }
        if (next == known || tid_of(process.threads[static_cast<std::size_t>(next)]) != tid) {
            add_thread(process, tid);
        }
    }
    if (process.threads.size() != static_cast<std::size_t>(known)) {
        std::ranges::sort(process.threads, {}, tid_of);
    }
}

void ProcSource::Impl::add_thread(WatchedProcess& process, std::uint32_t tid) {
    const std::optional<std::uint32_t> at = watch->admit(tid, process.tgid);
    if (!at) {
        return;
    }
    process.threads.push_back(*at);
    process.polled_exec_ns += table.books(*at).seen_exec_ns;
    table.books(*at).moved_poll = process.polls;
    note_state(process, *at);
}

/// Checks quiet threads round-robin. If the kernel counts more runnable threads than the table has, one of them was
/// woken and waits for a CPU, which its counters show only after the wait ends.
void ProcSource::Impl::look_behind_quiet() {
    const std::uint64_t woken =
        watch->tells_waits() ? saturating_sub(counts.runnable.value_or(0), watch->runnable()) : 0;
    const std::size_t looks = woken != 0 ? kWokenLooks : kQuietLooks;
    std::uint64_t found = 0;
    std::size_t looked = 0;
    for (std::size_t i = 0; i < table.size() && looked < looks; ++i) {
        quiet_cursor = quiet_cursor + 1 < table.size() ? quiet_cursor + 1 : 0;
        const auto at = static_cast<std::uint32_t>(quiet_cursor);
        const Thread& thread = table.thread(at);
        if (thread.life == 0 || thread.state != ThreadState::sleep || thread.since_ns > now_ns) {
            continue;
        }
        ++looked;
        reader.enter(thread.tgid, false);
        found += watch->look_at_quiet(at) ? 1 : 0;
        if (found == woken && looked >= kQuietLooks) {
            break;
        }
    }
}

/// Threads created and ended between two passes: forks that never entered the table.
void ProcSource::Impl::count_unseen(Sample& sample) {
    sample.untracked = Untracked{};
    sees_all = sees_all && find(1) != nullptr;
    if (sees_all && counts.forks) {
        unseen = std::max(unseen, saturating_sub(*counts.forks, first_forks + watch->born()));
        sample.untracked.exits = unseen;
    }
}

ProcSource::ProcSource(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ProcSource::~ProcSource() = default;

Result<std::unique_ptr<ProcSource>> ProcSource::start(const ProcSourceOptions& options) {
    Result<TaskReader> reader = TaskReader::open(options.root);
    if (!reader.ok()) {
        return reader.error();
    }
    auto impl = std::make_unique<Impl>(std::move(reader).value(), options);
    // In a tree other than our proc, self is missing or belongs to another process: then schedstat is assumed to work.
    const std::optional<TaskTimes> own =
        impl->reader.read_proc("self/schedstat") ? parse_task_times(impl->reader.text()) : std::nullopt;
    const bool is_ours = impl->reader.read_proc("self/status");
    const bool own_namespace =
        is_ours && is_of_own_namespace(impl->reader.text(), static_cast<std::uint32_t>(::getpid()));
    if (!impl->process_clock && own_namespace) {
        impl->process_clock = process_clock_ns;
    }
    impl->sees_all = !is_ours || impl->reader.is_initial_namespace();
    impl->watch.emplace(impl->reader, impl->table, !is_ours || (own && own->runs != 0));
    Sample sample;
    std::unique_ptr<ProcSource> source(new ProcSource(std::move(impl)));
    source->read(sample);
    if (source->impl_->table.size() == 0) {
        return Error{"read " + options.root + (options.root.ends_with('/') ? "proc: no thread" : "/proc: no thread"),
                     "/proc mounted with hidepid may hide them from this user", 0};
    }
    return source;
}

void ProcSource::read(Sample& sample) {
    Impl& impl = *impl_;
    impl.pass += 1;
    impl.counts = impl.reader.read_proc("stat") ? parse_machine_counts(impl.reader.text()) : MachineCounts{};
    impl.forks = impl.counts.forks.value_or(impl.pass);
    if (impl.pass == 1) {
        impl.first_forks = impl.forks;
    }
    impl.now_ns = clock_ns(CLOCK_MONOTONIC);
    sample.now_ns = impl.now_ns;
    sample.time_unix_ns = clock_ns(CLOCK_REALTIME);
    impl.watch->begin({impl.now_ns, impl.previous_now_ns, clock_ns(CLOCK_BOOTTIME) - impl.now_ns});
    impl.table.clear_exited();
    impl.watch->age_newborn();
    impl.find_processes();
    for (WatchedProcess& process : impl.processes) {
        impl.visit(process);
    }
    std::erase_if(impl.processes, [](const WatchedProcess& process) { return process.threads.empty(); });
    impl.look_behind_quiet();

    sample.source = Source::procfs;
    impl.table.copy_to(sample);
    impl.count_unseen(sample);
    sample.health = Health{};
    sample.health.torn_reads = impl.watch->refused() - impl.refused_before;
    impl.refused_before = impl.watch->refused();
    impl.previous_now_ns = impl.now_ns;
}

}  // namespace tsa
