// SPDX-License-Identifier: MIT
// Pages of a sample's threads that only have free places are given back to the system.
#include "model/unused_threads.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tsa::test {
namespace {

/// Pages that are wholly inside the list and have memory, private or the shared page of zeros.
std::size_t pages_in_memory(const std::vector<Thread>& threads) {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<std::uintptr_t>(threads.data());
    const std::uintptr_t first = (begin + page - 1) / page * page;
    const std::uintptr_t last = (begin + threads.size() * sizeof(Thread)) / page * page;
    std::vector<unsigned char> there((last - first) / page);
    // Of private memory mincore() shows what is mapped.
    const int done = ::mincore(reinterpret_cast<std::byte*>(const_cast<Thread*>(threads.data())) + (first - begin),
                               last - first, there.data());
    EXPECT_EQ(done, 0);
    return static_cast<std::size_t>(std::ranges::count_if(there, [](unsigned char one) { return (one & 1U) != 0; }));
}

std::vector<Thread> after_a_storm(std::size_t places) {
    std::vector<Thread> threads(places);
    for (std::size_t at : {std::size_t{0}, std::size_t{1}, places / 2, places - 1}) {
        threads[at].life = 7;
        threads[at].tid = static_cast<std::uint32_t>(1000 + at);
        threads[at].minor_faults = at + 1;
    }
    return threads;
}

TEST(UnusedThreads, give_their_pages_back_and_leave_the_threads_between_them) {
    std::vector<Thread> threads = after_a_storm(8000);
    const std::size_t before = pages_in_memory(threads);
    const std::size_t released = release_unused(threads);
    EXPECT_GT(released, 8000 * sizeof(Thread) * 95 / 100);
    EXPECT_LT(pages_in_memory(threads), before / 20);
    std::size_t used = 0;
    for (std::size_t at = 0; at < threads.size(); ++at) {
        if (threads[at].life != 0) {
            ++used;
            EXPECT_EQ(threads[at].tid, 1000 + at);
            EXPECT_EQ(threads[at].minor_faults, at + 1);
        }
    }
    EXPECT_EQ(used, 4U);
}

TEST(UnusedThreads, are_not_given_back_twice_unless_they_were_used_again) {
    std::vector<Thread> threads = after_a_storm(8000);
    EXPECT_NE(release_unused(threads), 0U);
    EXPECT_EQ(release_unused(threads), 0U);
    for (std::size_t at = 2; at < 1000; ++at) {
        threads[at] = Thread{};  // as a slot whose thread ended is decoded
    }
    const std::size_t again = release_unused(threads);
    EXPECT_GT(again, 990 * sizeof(Thread));
    EXPECT_LT(again, 1010 * sizeof(Thread));
}

TEST(UnusedThreads, of_an_ordinary_machine_stay) {
    std::vector<Thread> few(kLeastUnusedBytes / sizeof(Thread));
    EXPECT_EQ(release_unused(few), 0U);
    std::vector<Thread> none;
    EXPECT_EQ(release_unused(none), 0U);
    std::vector<Thread> all(8000);
    for (Thread& thread : all) {
        thread.life = 1;
    }
    EXPECT_EQ(release_unused(all), 0U);
}

}  // namespace
}  // namespace tsa::test
