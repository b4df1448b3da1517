// SPDX-License-Identifier: MIT
// Literal reports for tests of what reads them: rows that refer to threads which live as long as this object.
#pragma once

#include <cstring>
#include <deque>
#include <string_view>

#include "model/report.h"

namespace tsa::testing {

class LiteralReport {
  public:
    Report report;

    LiteralReport() {
        report.time_unix_ns = 1'700'000'000'123'456'789;
        report.now_ns = 50'000'000'000;
        report.interval_ns = 1'000'000'000;
        report.system.cpus = 2;
    }

    /// A thread that executed for `exec_ns` of `wall_ns` and waited for a lock the rest of it.
    Thread& add(std::uint32_t tid, std::string_view comm, std::uint64_t exec_ns = 0,
                std::uint64_t wall_ns = 1'000'000'000) {
        Thread& thread = threads_.emplace_back();
        thread.life = 1;
        thread.tid = tid;
        thread.tgid = tid;
        std::memcpy(thread.comm.data(), comm.data(), comm.size() < 15 ? comm.size() : 15);
        thread.since_ns = report.now_ns - 4'200'000;
        ThreadRow& row = report.threads.emplace_back();
        row.now = &thread;
        row.wall_ns = wall_ns;
        row.state_ns[index(ThreadState::exec)] = exec_ns;
        row.state_ns[index(ThreadState::lock_wait)] = wall_ns - exec_ns;
        return thread;
    }

    /// The same, ended inside the interval.
    Thread& add_exited(std::uint32_t tid, std::string_view comm, std::uint64_t exec_ns) {
        Thread& thread = add(tid, comm, exec_ns, exec_ns);
        report.exited.push_back(report.threads.back());
        report.threads.pop_back();
        report.exited.back().exit_time_unix_ns = report.time_unix_ns - 5;
        return thread;
    }

    /// The interval begins as it ends: what each thread was before is a copy of what it is.
    void begin_as_it_ends() {
        for (ThreadRow& row : report.threads) {
            row.before = &before_.emplace_back(*row.now);
        }
    }

  private:
    std::deque<Thread> threads_;  // addresses must not move
    std::deque<Thread> before_;
};

}  // namespace tsa::testing
