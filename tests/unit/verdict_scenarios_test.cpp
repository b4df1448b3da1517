// SPDX-License-Identifier: MIT
// The sentence for each way in which real programs wait, as it was measured with them: databases, runtimes, locks of
// all libraries, storage, memory, CPUs. A thread that only waits for work has none.
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <functional>
#include <ostream>

#include "verdict/verdict.h"

namespace tsa {
namespace {

constexpr double kMs = 1e6;

void name(Thread& thread, std::string_view comm) {
    std::ranges::copy(comm, thread.comm.begin());
}

/// A second of a thread, with what else is known.
struct Moment {
    Thread thread, holder;
    VerdictFacts facts;
    CpuQuota quota;
    WokenTable woken;

    void spent(ThreadState state, double ms) { facts.ns[index(state)] += ms * kMs; }
    /// Its open wait is that of the state.
    void waits(ThreadState state, double ms, std::int32_t call) {
        thread.state = state;
        thread.wait.syscall = call;
        spent(state, ms);
    }
    /// A label that calls so much of its time a delay.
    void labeled(std::string_view label, double ms) {
        facts.label = label;
        facts.labeled_ns = ms * kMs;
    }
    void held_by(std::uint32_t tid, std::string_view comm, ThreadState state, std::string_view waits_on = "") {
        holder.tid = tid;
        holder.tgid = 4121;
        name(holder, comm);
        holder.state = state;
        facts.holder = &holder;
        facts.holder_waits = waits_on;
    }
    void woken_by(std::uint32_t tid, std::string_view comm, std::uint64_t sync_ms, WakerKind kind = WakerKind::thread) {
        WokenBy waker;
        waker.who.kind = kind;
        waker.who.tid = tid;
        waker.who.tgid = 4121;
        std::ranges::copy(comm, waker.who.comm.begin());
        waker.count = waker.sync_count = 100;
        waker.total_ns = waker.sync_ns = sync_ms * 1'000'000;
        woken.wakers.push_back(waker);
        facts.woken = &woken;
    }
};

struct Scenario {
    std::string_view what;
    std::function<void(Moment&)> make;
    std::string_view sentence;  ///< empty: none
};

void PrintTo(const Scenario& scenario, std::ostream* out) {
    *out << scenario.what;
}

class ProgramThatWaits : public testing::TestWithParam<Scenario> {};

TEST_P(ProgramThatWaits, has_this_verdict) {
    Moment moment;
    moment.thread.tid = 4178;
    moment.thread.tgid = 4121;
    name(moment.thread, "worker");
    moment.facts.thread = &moment.thread;
    moment.facts.cpus = 4;
    GetParam().make(moment);
    DelayVerdict verdict;
    const bool is_judged = judge(moment.facts, verdict, kPlainVerdictSymbols);
    EXPECT_EQ(is_judged ? verdict.text : "", GetParam().sentence);
}

using enum ThreadState;

const Scenario kScenarios[] = {
    // ---- databases ----
    {"postgresql_row_lock",
     [](Moment& at) {
         at.waits(idle, 840, SYS_epoll_wait);
         at.spent(exec, 160);
         at.labeled("heavyweight lock transactionid", 840);
     },
     "100 % of its delay is waiting for heavyweight lock transactionid -> its stack shows which code waits"},
    {"postgresql_lwlock",
     [](Moment& at) {
         at.waits(sync, 700, SYS_futex);
         at.spent(exec, 300);
         at.labeled("LWLock", 700);
     },
     "100 % of its delay is waiting for LWLock -> its stack shows which code waits"},
    {"postgresql_backend_without_work",
     [](Moment& at) {
         at.waits(idle, 1000, SYS_epoll_wait);
         at.facts.label = "client read";
     },
     ""},
    {"innodb_row_lock_without_a_label",
     [](Moment& at) {
         at.waits(sync, 840, SYS_futex);
         at.spent(exec, 160);
     },
     ""},
    {"innodb_row_lock_ended_by_one_session",
     [](Moment& at) {
         at.waits(sync, 840, SYS_futex);
         at.spent(exec, 160);
         at.woken_by(4177, "connection-17", 800);
     },
     "84 % of its time is waiting for another thread; 4177 connection-17 ended 100 % of these waits -> see what 4177 "
     "does before"},
    // ---- runtimes ----
    {"java_synchronized",
     [](Moment& at) {
         at.waits(sync, 790, SYS_futex);
         at.spent(exec, 210);
         at.labeled("java monitor", 790);
     },
     "100 % of its delay is waiting for java monitor -> its stack shows which code waits"},
    {"java_park_in_a_pool",
     [](Moment& at) {
         at.waits(sync, 1000, SYS_futex);
         at.facts.label = "java park";
     },
     ""},
    {"python_gil",
     [](Moment& at) {
         at.waits(lock_wait, 700, SYS_futex);
         at.thread.wait.kind = FutexKind::python_gil;
         at.spent(exec, 300);
     },
     "100 % of its delay is waiting for the python gil -> one thread at a time executes Python: use processes, or "
     "fewer threads"},
    {"python_gil_known_by_its_stack",
     [](Moment& at) {
         at.waits(sync, 700, SYS_futex);
         at.spent(exec, 300);
         at.labeled("python gil", 700);
     },
     "100 % of its delay is waiting for python gil -> one thread at a time executes Python: use processes, or fewer "
     "threads"},
    {"python_threading_lock",
     [](Moment& at) {
         at.waits(sync, 700, SYS_futex);
         at.spent(exec, 300);
         at.facts.label = "python lock, condition or join";
     },
     ""},
    {"go_idle_thread",
     [](Moment& at) {
         at.waits(sync, 1000, SYS_futex);
         at.facts.label = "idle go thread";
     },
     ""},
    // ---- locks ----
    {"glibc_mutex",
     [](Moment& at) {
         at.waits(lock_wait, 900, SYS_futex);
         at.thread.wait.args[0] = 0x7f3a12e8;
         at.spent(exec, 100);
         at.held_by(4190, "page_cleaner", idle, "clock_nanosleep");
     },
     "100 % of its delay is waiting for the lock 0x7f3a12e8, held by 4190 page_cleaner, which sleeps in "
     "clock_nanosleep -> find out what 4190 does while it holds the lock"},
    {"rust_mutex_without_a_holder",
     [](Moment& at) {
         at.waits(lock_wait, 720, SYS_futex);
         at.thread.wait.args[0] = 0x55fc43d03080;
         at.spent(exec, 280);
     },
     "100 % of its delay is waiting for the lock 0x55fc43d03080 -> its stack shows which code takes the lock"},
    {"a_lock_that_is_not_certain",
     [](Moment& at) {
         at.waits(lock_wait, 720, SYS_futex);
         at.thread.wait.args[0] = 0x1000;
         at.thread.wait.doubtful = true;
         at.spent(exec, 280);
     },
     "100 % of its delay is waiting for what is probably a lock 0x1000 -> its stack shows which code takes the lock"},
    {"rwlock_behind_a_writer",
     [](Moment& at) {
         at.waits(lock_wait, 800, SYS_futex);
         at.thread.wait.kind = FutexKind::rwlock_reader;
         at.spent(exec, 200);
         at.held_by(4190, "writer", exec);
     },
     "100 % of its delay is waiting for the rwlock, held by 4190 writer, which executes -> find out what 4190 does "
     "while it holds the lock"},
    {"semaphore",
     [](Moment& at) {
         at.waits(sync, 750, SYS_futex);
         at.thread.wait.kind = FutexKind::semaphore;
         at.spent(exec, 250);
     },
     ""},
    {"mutex_whose_owner_has_exited",
     [](Moment& at) {
         at.waits(lock_wait, 1000, SYS_futex);
         at.thread.wait.args[0] = 0x1000;
         at.thread.wait.owner_exited = true;
     },
     "100 % of its delay is waiting for the lock 0x1000, whose holder has exited without unlocking it -> restart its "
     "process"},
    {"deadlock",
     [](Moment& at) {
         at.waits(lock_wait, 1000, SYS_futex);
         at.held_by(4190, "other", lock_wait);
         at.facts.is_deadlocked = true;
     },
     "100 % of its delay is a deadlock: it waits for a lock held by 4190 other, which waits for it, or for others "
     "that do -> restart its process; the order in which the locks are taken is the bug"},
    {"flock",
     [](Moment& at) {
         at.waits(sleep, 800, SYS_flock);
         at.spent(exec, 200);
         at.labeled("flock /run/app.lock", 800);
         at.held_by(4110, "backup", io_wait);
     },
     "100 % of its delay is waiting for flock /run/app.lock, held by 4110 backup, which waits for storage -> find out "
     "what 4110 does while it holds the lock"},
    {"kernel_lock",
     [](Moment& at) {
         at.waits(lock_wait, 600, SYS_openat);
         at.thread.wait.kernel_lock = true;
         at.thread.wait.kernel_function = "walk_component";
         at.spent(exec, 400);
     },
     "100 % of its delay is waiting for a lock of the kernel in walk_component -> its stack shows which code takes the "
     "lock"},
    {"pool_without_work",
     [](Moment& at) {
         at.waits(sync, 1000, SYS_futex);
         at.thread.wait.kind = FutexKind::condition;
     },
     ""},
    {"worker_woken_by_timers_only",
     [](Moment& at) {
         at.waits(sync, 900, SYS_futex);
         at.spent(exec, 50);
         at.woken_by(0, "", 900, WakerKind::timer);
     },
     ""},
    // ---- storage ----
    {"io_uring_reads",
     [](Moment& at) {
         at.waits(io_wait, 480, SYS_io_uring_enter);
         at.spent(exec, 520);
         at.facts.disk = BusiestDisk{DeviceName("nvme0n1"), 91};
     },
     "100 % of its delay is waiting for storage in io_uring_enter; nvme0n1, the busiest disk, was 91 % busy -> fewer "
     "requests, more cache, or a faster disk"},
    {"fuse",
     [](Moment& at) {
         at.waits(sleep, 800, SYS_read);
         at.spent(exec, 200);
         at.labeled("fuse sshfs (sshfs 3321)", 800);
     },
     "100 % of its delay is waiting for fuse sshfs (sshfs 3321) -> its stack shows which code waits"},
    {"network_file_system",
     [](Moment& at) {
         at.waits(uninterruptible, 900, SYS_read);
         at.thread.wait.kernel_function = "rpc_wait_bit_killable";
         at.spent(exec, 100);
     },
     "100 % of its delay is an uninterruptible wait in rpc_wait_bit_killable"},
    {"userfaultfd",
     [](Moment& at) {
         at.waits(uninterruptible, 900, -1);
         at.thread.wait.kind = FutexKind::userfault;
         at.facts.label = "userfaultfd";
         at.spent(exec, 100);
     },
     "100 % of its delay is an uninterruptible wait for userfaultfd"},
    {"reader_of_a_pipe_is_slow",
     [](Moment& at) {
         at.waits(sleep, 900, SYS_write);
         at.spent(exec, 100);
         at.labeled("reader too slow: pipe to 4110 gzip", 900);
     },
     "100 % of its delay is waiting for a reader that is too slow: pipe to 4110 gzip -> the reader is the bottleneck: "
     "look at it"},
    {"recv_waits_for_a_server",
     [](Moment& at) {
         at.waits(idle, 900, SYS_recvfrom);
         at.spent(exec, 100);
         at.facts.label = "tcp 10.0.0.7:5432";
     },
     ""},
    // ---- CPU and memory ----
    {"quota_on_a_busy_machine",
     [](Moment& at) {
         at.spent(cpu_wait, 800);
         at.facts.part_ns[Part::throttled] = 450 * kMs;
         at.spent(exec, 200);
         at.quota = {"/shop.slice", 0.5};
         at.facts.quota = &at.quota;
     },
     "56 % of its delay is waiting because the CPU quota of its cgroup is used up: 0.5 CPUs for /shop.slice -> raise "
     "the quota, or run fewer threads in that cgroup"},
    {"quota_and_queue_alike",
     [](Moment& at) {
         at.spent(cpu_wait, 800);
         at.facts.part_ns[Part::throttled] = 390 * kMs;
         at.spent(exec, 200);
         at.facts.busy_pct = 100;
         at.facts.runnable = 12;
     },
     "51 % of its delay is waiting for a CPU: 12.0 threads could run at a time, on 4 CPUs -> run less at a time, or "
     "raise its priority"},
    {"zram",
     [](Moment& at) {
         at.thread.state = exec;
         at.spent(exec, 990);
         at.spent(mem_wait, 10);
         at.facts.part_ns[Part::reclaim] = 720 * kMs;
     },
     "72 % of its time is reclaiming memory in the kernel -> give it more memory: a higher limit of its cgroup, or "
     "fewer programs beside it"},
    {"swap",
     [](Moment& at) {
         at.waits(swap_wait, 730, -1);
         at.spent(exec, 270);
     },
     "100 % of its delay is waiting for pages that were swapped out -> give it more memory: a higher limit of its "
     "cgroup, or fewer programs beside it"},
};

INSTANTIATE_TEST_SUITE_P(All, ProgramThatWaits, testing::ValuesIn(kScenarios),
                         [](const testing::TestParamInfo<Scenario>& one) { return std::string(one.param.what); });

}  // namespace
}  // namespace tsa
