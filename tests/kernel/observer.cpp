// SPDX-License-Identifier: MIT
// Drives the probe and checks the invariants of every report.
#include "observer.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <numeric>
#include <sstream>
#include <stdexcept>

#include "support/witness.h"

#include "model/sample.h"

namespace tsa::test {

namespace {

std::uint64_t sum_of(const PerState<std::uint64_t>& state_ns) {
    return std::accumulate(state_ns.begin(), state_ns.end(), std::uint64_t{0});
}

std::string who(const Thread& thread) {
    return "tid " + std::to_string(thread.tid) + " (" + std::string(comm_of(thread)) + ")";
}

/// A thread's states sum to its lifetime, to the nanosecond, and no value is negative (a wrapped difference is huge).
void check_thread(const Thread& thread, std::uint64_t end_ns) {
    std::uint64_t sum_ns = 0;
    for (const StateInfo& info : state_table()) {
        sum_ns += thread.ns[index(info.state)] + (thread.state == info.state ? end_ns - thread.since_ns : 0);
    }
    ASSERT_LE(thread.first_seen_ns, end_ns) << who(thread);
    ASSERT_EQ(sum_ns, end_ns - thread.first_seen_ns) << who(thread) << " does not sum to its lifetime";
    ASSERT_LE(thread.part_ns[Part::preempted], thread.ns[index(ThreadState::cpu_wait)]) << who(thread);
    ASSERT_NE(thread.tid, 0U);
    ASSERT_NE(thread.tgid, 0U) << who(thread);
}

void check_sample(const Sample& sample) {
    for (const Thread& thread : sample.threads) {
        if (thread.life != 0) {
            check_thread(thread, closed_at_ns(thread, sample.now_ns));
        }
    }
    for (const ExitedThread& exited : sample.exited) {
        check_thread(exited.thread, exited.exit_ns);
    }
}

void check_row(const ThreadRow& row) {
    ASSERT_NE(row.now, nullptr);
    ASSERT_EQ(sum_of(row.state_ns), row.wall_ns) << describe(row) << " does not sum to its wall time";
    ASSERT_LE(row.part_ns[Part::preempted], row.state_ns[index(ThreadState::cpu_wait)]) << describe(row);
}

/// The machine's totals equal the sum of the rows and of the threads known only as a sum: no time is counted twice or
/// missing.
void check_totals(const Sample& previous, const Sample& current, const Report& report) {
    PerState<std::uint64_t> sum{};
    std::uint64_t processes_wall_ns = 0;
    std::uint64_t rows_wall_ns = 0;
    const auto add = [&](const ThreadRow& row) {
        for (const StateInfo& info : state_table()) {
            sum[index(info.state)] += row.state_ns[index(info.state)];
        }
        rows_wall_ns += row.wall_ns;
    };
    for (const ThreadRow& row : report.threads) {
        ASSERT_NO_FATAL_FAILURE(check_row(row));
        add(row);
    }
    for (const ThreadRow& row : report.exited) {
        ASSERT_NO_FATAL_FAILURE(check_row(row));
        ASSERT_NE(row.exit_time_unix_ns, 0U) << describe(row);
        add(row);
    }
    for (const ProcessRow& process : report.processes) {
        ASSERT_NE(process.leader, nullptr);
        ASSERT_EQ(sum_of(process.state_ns), process.wall_ns) << "process " << process.tgid;
        processes_wall_ns += process.wall_ns;
    }
    ASSERT_EQ(processes_wall_ns, rows_wall_ns) << "process rows and thread rows differ";
    for (const StateInfo& info : state_table()) {
        const std::size_t i = index(info.state);
        // An open interval moves when a thread gets a slot: it never goes backward in time.
        const std::uint64_t untracked = current.untracked.ns[i] - previous.untracked.ns[i];
        if (static_cast<std::int64_t>(untracked) >= 0) {
            sum[i] += untracked;
        }
        if (report.unlisted_exits == 0) {
            ASSERT_EQ(report.total_ns[i], sum[i]) << "total of " << info.key;
        } else {
            // A listed thread that exited without a record adds its earlier intervals to the sum: subtract them.
            ASSERT_LE(report.total_ns[i], sum[i]) << "total of " << info.key;
        }
    }
    ASSERT_EQ(sum_of(report.total_ns), report.total_wall_ns);
}

}  // namespace

Observer::Observer(const ProbeOptions& options) {
    Result<std::unique_ptr<Probe>> started = Probe::start(options);
    if (!started.ok()) {
        throw std::runtime_error("the probe does not start: " + started.error().text());
    }
    probe_ = std::move(started).value();
    probe_->read(*current_);
    check_sample(*current_);
}

void Observer::advance() {
    std::swap(previous_, current_);
    probe_->read(*current_);
    check_sample(*current_);
}

void Observer::mark() {
    advance();
}

const Report& Observer::report() {
    advance();
    builder_.build(*previous_, *current_, ReportOptions{}, report_);
    check_totals(*previous_, *current_, report_);
    return report_;
}

const Thread* Observer::thread(std::uint32_t tid) const {
    for (const Thread& thread : current_->threads) {
        if (thread.life != 0 && thread.tid == tid) {
            return &thread;
        }
    }
    return nullptr;
}

const ThreadRow* Observer::row(std::uint32_t tid) const {
    for (const ThreadRow& row : report_.threads) {
        if (row.now->tid == tid) {
            return &row;
        }
    }
    return nullptr;
}

const ThreadRow* Observer::exited_row(std::uint32_t tid) const {
    for (const ThreadRow& row : report_.exited) {
        if (row.now->tid == tid) {
            return &row;
        }
    }
    return nullptr;
}

const ProcessRow* Observer::process(std::uint32_t tgid) const {
    for (const ProcessRow& process : report_.processes) {
        if (process.tgid == tgid) {
            return &process;
        }
    }
    return nullptr;
}

void Observer::drain_for(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    for (auto now = std::chrono::steady_clock::now(); now < end; now = std::chrono::steady_clock::now()) {
        pollfd ring{probe_->exit_fd(), POLLIN, 0};
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - now);
        if (::poll(&ring, 1, static_cast<int>(left.count()) + 1) > 0) {
            probe_->drain_exits();
        }
    }
}

bool Observer::await_state(std::uint32_t tid, ThreadState state) {
    return await([&] {
        mark();
        const Thread* found = thread(tid);
        return found != nullptr && found->state == state;
    });
}

double share(const ThreadRow& row, ThreadState state) {
    return row.wall_ns == 0 ? 0.0 : static_cast<double>(row.state_ns[index(state)]) / static_cast<double>(row.wall_ns);
}

std::uint64_t in_states(const ThreadRow& row, std::initializer_list<ThreadState> states) {
    std::uint64_t sum_ns = 0;
    for (const ThreadState state : states) {
        sum_ns += row.state_ns[index(state)];
    }
    return sum_ns;
}

std::string describe(const ThreadRow& row) {
    std::ostringstream text;
    text << who(*row.now) << " now " << info(row.now->state).key << ", wall " << row.wall_ns;
    for (const StateInfo& each : state_table()) {
        if (row.state_ns[index(each.state)] != 0) {
            text << ", " << each.key << " " << row.state_ns[index(each.state)];
        }
    }
    return text.str();
}

}  // namespace tsa::test
