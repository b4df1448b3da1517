// SPDX-License-Identifier: MIT
// Nothing is left behind after a regular exit, after kill -9, or after a hundred starts; two concurrent probes do not
// interfere.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "observer.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

#include "model/sample.h"

namespace tsa::test {
namespace {

/// Programs and maps held by a process, by kernel ID: only ours, even if other processes use BPF.
struct BpfObjects {
    std::set<std::uint32_t> programs;
    std::set<std::uint32_t> maps;
};

void add_id(const std::string& fdinfo, const char* key, std::set<std::uint32_t>& ids) {
    const std::size_t at = fdinfo.find(key);
    if (at != std::string::npos) {
        ids.insert(
            static_cast<std::uint32_t>(std::strtoul(fdinfo.c_str() + at + std::string(key).size(), nullptr, 10)));
    }
}

BpfObjects bpf_objects_of(pid_t process) {
    BpfObjects objects;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/fdinfo", error)) {
        const std::string text = text_of(entry.path());
        add_id(text, "\nprog_id:", objects.programs);
        add_id(text, "\nmap_id:", objects.maps);
    }
    return objects;
}

/// How many of them still exist in the kernel.
std::size_t alive(const BpfObjects& objects) {
    std::size_t count = 0;
    const auto look = [&count](int fd) {
        if (fd >= 0) {
            ++count;
            ::close(fd);
        }
    };
    for (const std::uint32_t id : objects.programs) {
        look(::bpf_prog_get_fd_by_id(id));
    }
    for (const std::uint32_t id : objects.maps) {
        look(::bpf_map_get_fd_by_id(id));
    }
    return count;
}

/// A child with a running probe until it is killed; one byte in `ready` reports that it runs.
[[noreturn]] void hold_a_probe(int ready) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    Result<std::unique_ptr<Probe>> probe = Probe::start({});
    const char byte = probe.ok() ? 'y' : 'n';
    (void)!::write(ready, &byte, 1);
    for (;;) {
        ::pause();
    }
}

TEST(Teardown, kill_9_leaves_no_programs_or_maps) {
    TSA_REQUIRE(missing_bpf());
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        hold_a_probe(ends[1]);
    }
    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), 1);
    EXPECT_EQ(byte, 'y') << "the probe starts in the child";
    const BpfObjects objects = bpf_objects_of(child);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    ASSERT_GE(objects.programs.size(), 5U);
    ASSERT_GE(objects.maps.size(), 3U);
    EXPECT_TRUE(await([&] { return alive(objects) == 0; })) << alive(objects) << " BPF objects outlive their owner";
}

std::size_t descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        ++count;
    }
    return count;
}

std::size_t mappings() {
    const std::string maps = text_of("/proc/self/maps");
    return static_cast<std::size_t>(std::count(maps.begin(), maps.end(), '\n'));
}

TEST(Teardown, a_hundred_starts_and_stops_under_load_leak_nothing) {
    TSA_REQUIRE(missing_bpf());
    Puppet lives("lives");
    Puppet hog("hogs", {std::to_string(test_cpu()), "1"});
    lives.send("storm 20000 2");
    { Observer warm_up; }
    const std::size_t descriptors_before = descriptors();
    const std::size_t mappings_before = mappings();
    BpfObjects all;
    for (int i = 0; i < 100; ++i) {
        Result<std::unique_ptr<Probe>> probe = Probe::start({});
        ASSERT_TRUE(probe.ok()) << "start " << i << ": " << probe.error().text();
        const BpfObjects objects = bpf_objects_of(::getpid());
        all.programs.insert(objects.programs.begin(), objects.programs.end());
        all.maps.insert(objects.maps.begin(), objects.maps.end());
        Sample sample;
        probe.value()->read(sample);
        // Seeding is complete each time: a preexisting thread is listed exactly once.
        std::size_t hogs = 0;
        for (const Thread& thread : sample.threads) {
            hogs += thread.life != 0 && thread.tid == hog.tid("hog0") ? 1U : 0U;
        }
        ASSERT_EQ(hogs, 1U) << "start " << i;
        // No thread was refused, unless other processes exceeded the slots meanwhile.
        ASSERT_TRUE(sample.health.slots_refused == 0 || sample.threads.size() >= probe.value()->slots())
            << "start " << i;
        ASSERT_EQ(sample.health.storage_failures, 0U) << "start " << i;
    }
    EXPECT_GE(all.programs.size(), 500U) << "each start loads its own";
    EXPECT_TRUE(await([&] { return alive(all) == 0; })) << alive(all) << " BPF objects leak";
    EXPECT_EQ(descriptors(), descriptors_before);
    EXPECT_LE(mappings(), mappings_before + 8) << "the allocator may keep a few arenas, not one per start";
}

TEST(Teardown, two_probes_at_once_measure_the_same) {
    TSA_REQUIRE(missing_bpf());
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    Puppet waits("waits");
    auto first_owner = std::make_unique<Observer>();
    Observer& first = *first_owner;
    Observer second;
    const std::uint32_t tid = hogs.tid("hog0");
    const std::uint64_t start_ns = schedstat(tid)->exec_ns;
    first.mark();
    second.mark();
    ASSERT_TRUE(await([&] { return schedstat(tid)->exec_ns > start_ns + 200'000'000; }));
    first.report();
    second.report();
    const ThreadRow* a = first.row(tid);
    const ThreadRow* b = second.row(tid);
    ASSERT_NE(a, nullptr);
    ASSERT_NE(b, nullptr);
    for (const ThreadState state : {ThreadState::exec, ThreadState::cpu_wait}) {
        const auto one = static_cast<double>(a->state_ns[index(state)]);
        const auto other = static_cast<double>(b->state_ns[index(state)]);
        // The two intervals differ by the delay of the test's own thread between the two readings.
        EXPECT_NEAR(one, other, 0.02 * one + 20e6) << info(state).key;
    }
    for (const char* name : {"pipe", "epoll", "condition"}) {
        EXPECT_EQ(first.thread(waits.tid(name))->state, second.thread(waits.tid(name))->state) << name;
    }
    // Stopping one does not affect the other.
    first_owner.reset();
    const std::uint64_t later_ns = schedstat(tid)->exec_ns;
    second.mark();
    ASSERT_TRUE(await([&] { return schedstat(tid)->exec_ns > later_ns + 50'000'000; }));
    second.report();
    EXPECT_GT(second.row(tid)->state_ns[index(ThreadState::exec)], 0U);
}

}  // namespace
}  // namespace tsa::test
