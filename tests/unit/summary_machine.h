// SPDX-License-Identifier: MIT
// A small machine controlled by a test, interval by interval, as Reports made by ReportBuilder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "model/report.h"
#include "model/sample.h"
#include "unit/units.h"

namespace tsa::testing {

inline constexpr std::uint64_t kSecond = 1'000'000'000;
inline constexpr std::uint64_t kBeginUnix = 1'700'000'000 * kSecond;

class SummaryMachine {
  public:
    using Spent = std::vector<std::pair<ThreadState, std::uint64_t>>;

    SummaryMachine() {
        now_.now_ns = 100 * kSecond;
        now_.time_unix_ns = kBeginUnix;
        now_.system.cpus = 2;
    }

    /// A thread that is there from now on, in `state` since now.
    Thread& start(std::uint32_t tid, std::string_view comm, ThreadState state = ThreadState::idle,
                  std::uint32_t tgid = 0) {
        Thread& thread = now_.threads.emplace_back();
        now_.versions.push_back(1);
        thread.life = ++lives_;
        thread.tid = tid;
        thread.tgid = tgid == 0 ? tid : tgid;
        thread.start_time_ns = now_.now_ns + tid;
        thread.state = state;
        thread.since_ns = thread.first_seen_ns = now_.now_ns;
        name(thread, comm);
        return thread;
    }
    /// A thread that starts that long after the start of the next interval.
    void bear(std::uint32_t tid, std::string_view comm, std::uint64_t after_ns) {
        Thread& thread = start(tid, comm, ThreadState::cpu_wait);
        thread.start_time_ns += after_ns;
        thread.since_ns = thread.first_seen_ns = now_.now_ns + after_ns;
    }
    /// Of the interval that comes: this long in these states, one after the other, then in `rest`. The thread gets a
    /// new version: something happened to it.
    void spend(std::uint32_t tid, const Spent& spent, ThreadState rest) {
        Thread& thread = at(tid);
        touch(tid);
        std::uint64_t since_ns = std::max(now_.now_ns, thread.since_ns);
        thread.ns[index(thread.state)] += since_ns - thread.since_ns;
        for (const auto& [state, ns] : spent) {
            thread.ns[index(state)] += ns;
            thread.entries[index(state)] += 1;
            since_ns += ns;
        }
        thread.state = rest;
        thread.since_ns = since_ns;
    }
    /// The same, and then it ends.
    void end(std::uint32_t tid, const Spent& spent) {
        spend(tid, spent, ThreadState::zombie);
        const std::size_t place = place_of(tid);
        ended_.push_back({static_cast<std::uint32_t>(place), now_.threads[place].since_ns, now_.threads[place]});
        now_.threads[place] = Thread{};
    }
    void rename(std::uint32_t tid, std::string_view comm) {
        name(at(tid), comm);
        touch(tid);
    }
    Thread& at(std::uint32_t tid) { return now_.threads[place_of(tid)]; }
    Sample& sample() { return now_; }

    /// Takes the first sample: the threads that there are have rows before from now on. Without it the first report's
    /// threads are all seen for the first time, as those of a recording are.
    void begin() { samples_[newest_] = now_; }
    /// The interval is over. Valid until the next call.
    const Report& step(std::uint64_t interval_ns = kSecond) {
        if (samples_[newest_].now_ns == 0) {
            samples_[newest_].now_ns = now_.now_ns;
        }
        now_.now_ns += interval_ns;
        now_.time_unix_ns += interval_ns;
        now_.exited.swap(ended_);
        ended_.clear();
        newest_ = 1 - newest_;
        samples_[newest_] = now_;
        builder_.build(samples_[1 - newest_], samples_[newest_], {}, report_);
        return report_;
    }

  private:
    std::size_t place_of(std::uint32_t tid) const {
        const auto found =
            std::ranges::find_if(now_.threads, [&](const Thread& one) { return one.life != 0 && one.tid == tid; });
        return static_cast<std::size_t>(found - now_.threads.begin());
    }
    void touch(std::uint32_t tid) { ++now_.versions[place_of(tid)]; }
    static void name(Thread& thread, std::string_view comm) {
        thread.comm = {};
        std::memcpy(thread.comm.data(), comm.data(), std::min<std::size_t>(comm.size(), 15));
    }

    Sample now_;
    Sample samples_[2];
    int newest_ = 0;
    std::vector<ExitedThread> ended_;
    ReportBuilder builder_;
    Report report_;
    std::uint32_t lives_ = 0;
};

}  // namespace tsa::testing
