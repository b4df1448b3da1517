// SPDX-License-Identifier: MIT
// Stacks of blocked threads: copying one, unwinding and naming it when its process is new and when it is known, and the
// memory of looking at many processes.
#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "child.h"
#include "measure.h"
#include "model/report.h"
#include "model/sample.h"
#include "parts.h"
#include "program.h"
#include "sched/probe.h"
#include "stacks/stack_feed.h"
#include "stacks/stack_memory.h"

namespace tsa::bench {

namespace {

constexpr std::string_view kStacks = "stacks";
constexpr std::uint32_t kProcesses = 50, kThreadsEach = 20;
constexpr StackLimits kPatient{std::chrono::seconds(10), std::chrono::seconds(10)};
constexpr double kNsPerUs = 1000;

/// CPU time of this process, all threads.
std::uint64_t own_cpu_ns() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto ns = [](const timeval& time) {
        return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
               static_cast<std::uint64_t>(time.tv_usec) * 1000;
    };
    return ns(usage.ru_utime) + ns(usage.ru_stime);
}

/// Private and shared memory that is in use, in MB.
double resident_mb(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("VmRSS:")) {
            return std::stod(line.substr(6)) / 1024;
        }
    }
    return 0;
}

/// The processes that this one has started.
std::set<std::string> children() {
    std::ifstream file(fmt::format("/proc/self/task/{}/children", ::getpid()));
    std::set<std::string> out;
    for (std::string pid; file >> pid;) {
        out.insert(pid);
    }
    return out;
}

/// Of those of them that are not listed.
double children_mb(const std::set<std::string>& others) {
    double sum = 0;
    for (const std::string& pid : children()) {
        sum += others.contains(pid) ? 0 : resident_mb(pid);
    }
    return sum;
}

/// One of a Crowd that sleeps.
bool is_sleeper(const Thread& thread) {
    return thread.life != 0 && thread.tid != thread.tgid && comm_of(thread).starts_with("bench_crowd");
}

/// Many processes with sleeping threads, and a feed that looks at them.
class StackWorld {
  public:
    static Result<std::unique_ptr<StackWorld>> start() {
        auto world = std::make_unique<StackWorld>();
        for (std::uint32_t process = 0; process < kProcesses; ++process) {
            auto crowd = Crowd::start(kThreadsEach);
            if (!crowd.ok()) {
                return crowd.error();
            }
            world->crowds_.push_back(std::move(crowd).value());
        }
        world->others_ = children();
        auto probe = Probe::start({});
        if (!probe.ok()) {
            return probe.error().in("start the probes");
        }
        world->probe_ = std::move(probe).value();
        world->memory_before_mb_ = resident_mb("self");
        world->feed_.start(world->probe_.get());
        world->probe_->read(world->sample_);
        return world;
    }

    /// Threads of the crowds, by process.
    [[nodiscard]] std::vector<std::vector<ThreadKey>> sleepers() const {
        std::vector<std::vector<ThreadKey>> out;
        std::vector<std::uint32_t> tgids;
        for (const Thread& thread : sample_.threads) {
            if (!is_sleeper(thread)) {
                continue;
            }
            const auto at = static_cast<std::size_t>(std::ranges::find(tgids, thread.tgid) - tgids.begin());
            if (at == tgids.size()) {
                tgids.push_back(thread.tgid);
                out.emplace_back();
            }
            out[at].push_back(key_of(thread));
        }
        return out;
    }

    /// CPU time for each of these stacks, of this program and its helper. Error: one could not be read.
    Result<double> us_per_stack(const std::vector<ThreadKey>& wanted) {
        const std::uint64_t before_ns = own_cpu_ns() + feed_.helper_cpu_ns();
        for (std::size_t from = 0; from < wanted.size(); from += TSA_MAX_STACKS) {
            const std::size_t count = std::min<std::size_t>(wanted.size() - from, TSA_MAX_STACKS);
            feed_.update(std::span(wanted).subspan(from, count), kPatient, sample_, report_);
        }
        const std::uint64_t ns = own_cpu_ns() + feed_.helper_cpu_ns() - before_ns;
        for (const Thread& thread : sample_.threads) {
            if (std::ranges::find(wanted, key_of(thread)) == wanted.end()) {
                continue;
            }
            const WaitStack* stack = feed_.find(thread);
            if (stack == nullptr || stack->status != StackStatus::read || stack->user.size() < 2) {
                return Error{fmt::format("the stack of thread {} was not read", thread.tid),
                             std::string(feed_.unavailable()), 0};
            }
        }
        return static_cast<double>(ns) / kNsPerUs / static_cast<double>(wanted.size());
    }

    [[nodiscard]] double memory_mb() const { return resident_mb("self") - memory_before_mb_ + children_mb(others_); }

  private:
    std::vector<Crowd> crowds_;
    std::set<std::string> others_;
    std::unique_ptr<Probe> probe_;
    StackFeed feed_;
    Sample sample_;
    Report report_;
    double memory_before_mb_ = 0;
};

Result<void> measure_feed(Table& table) {
    auto started = StackWorld::start();
    if (!started.ok()) {
        return started.error();
    }
    StackWorld& world = *started.value();
    const std::vector<std::vector<ThreadKey>> sleepers = world.sleepers();
    if (sleepers.size() < kProcesses) {
        return Error{fmt::format("only {} of {} processes are there", sleepers.size(), kProcesses), {}, 0};
    }
    std::vector<ThreadKey> first, others;
    for (const std::vector<ThreadKey>& threads : sleepers) {
        first.push_back(threads.front());
        others.insert(others.end(), threads.begin() + 1, threads.end());
    }
    const double cold_us = TRY(world.us_per_stack(first));
    table.add({std::string(kStacks), fmt::format("a stack, {} processes looked at for the first time", first.size()),
               cold_us, "us", std::nullopt, "CPU time of reading, unwinding, naming; with the helper process"});
    const double warm_us = TRY(world.us_per_stack(others));
    table.add({std::string(kStacks), "a stack of a process that is known", warm_us, "us", std::nullopt,
               fmt::format("{} stacks; a refresh of the screens reads at most 64 in 3 ms", others.size())});
    constexpr double kMostMb = 64;
    table.add({std::string(kStacks), fmt::format("memory of looking at {} processes of one program", sleepers.size()),
               world.memory_mb(), "MB", kMostMb, "resident, of this program and the helper process"});
    return {};
}

Result<void> measure_copies(Table& table) {
    constexpr int kRounds = 200;
    constexpr std::size_t kThreads = TSA_MAX_STACKS;
    const auto crowd = Crowd::start(kThreads);
    if (!crowd.ok()) {
        return crowd.error();
    }
    const std::unique_ptr<Probe> probe = TRY(Probe::start({}));
    Sample sample;
    probe->read(sample);
    const std::unique_ptr<StackMemory> memory = TRY(StackMemory::open());
    const std::span<tsa_stack_query> queries = memory->queries();
    std::size_t count = 0;
    for (const Thread& thread : sample.threads) {
        if (count < kThreads && is_sleeper(thread)) {
            queries[count].tid = thread.tid;
            queries[count++].start_time_ns = thread.start_time_ns;
        }
    }
    std::vector<double> ns;
    for (int round = 0; round < kRounds; ++round) {
        for (std::size_t at = 0; at < count; ++at) {
            queries[at].at_ns = 0;
        }
        const std::uint64_t before_ns = monotonic_ns();
        memory->read(count);
        ns.push_back(static_cast<double>(monotonic_ns() - before_ns) /
                     static_cast<double>(std::max<std::size_t>(count, 1)));
        for (std::size_t at = 0; at < count; ++at) {
            if (queries[at].at_ns == 0 || queries[at].error != 0) {
                return Error{fmt::format("thread {} was not copied", queries[at].tid), {}, 0};
            }
        }
    }
    const Spread time = spread(ns);
    table.add(
        {std::string(kStacks), "copying the stack of a blocked thread", time.median, "ns", std::nullopt,
         fmt::format("{}; {} threads a call, {} bytes of stack", spread_text(time, 0), count, queries[0].stack_bytes)});
    return {};
}

}  // namespace

void part_stacks(Table& table) {
    skip_on_error(table, kStacks, "copying the stack of a blocked thread", measure_copies(table));
    skip_on_error(table, kStacks, "a stack", measure_feed(table));
}

}  // namespace tsa::bench
