// SPDX-License-Identifier: MIT
// What a refresh without probes costs, for an ordinary user, beside `top -H -b` on the same threads.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "program/run.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

double children_cpu_ms() {
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    const auto ms = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    return ms(usage.ru_utime) + ms(usage.ru_stime);
}

/// CPU time of one refresh of the program, while it runs: its start, which reads every thread once, is not in it.
double refresh_ms(pid_t listed) {
    constexpr std::size_t kRefreshes = 10;
    Program program({"stat", "--json", "--source", "procfs", "-i", "300", "--tid", std::to_string(listed)},
                    /*as_nobody=*/true);
    EXPECT_TRUE(program.wait_for_lines(2));
    const auto before = schedstat(static_cast<std::uint32_t>(program.pid()));
    EXPECT_TRUE(program.wait_for_lines(2 + kRefreshes));
    const auto after = schedstat(static_cast<std::uint32_t>(program.pid()));
    const Finished finished = program.finish(SIGINT);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_NE(finished.out.find("\"source\":\"procfs\""), std::string::npos);
    return before && after ? static_cast<double>(after->exec_ns - before->exec_ns) / 1e6 / kRefreshes : 0;
}

/// The same of top, from the difference between many refreshes and few.
double top_refresh_ms() {
    constexpr int kFewer = 2;
    constexpr int kMore = 6;
    const auto cost = [](int refreshes) {
        const double before = children_cpu_ms();
        EXPECT_EQ(std::system(("top -H -b -d 0.3 -n " + std::to_string(refreshes) + " > /dev/null").c_str()), 0);
        return children_cpu_ms() - before;
    };
    const double fewer = cost(kFewer);
    return (cost(kMore) - fewer) / (kMore - kFewer);
}

TEST(ProcSourceCost, a_refresh_costs_an_ordinary_user_a_fraction_of_one_of_top) {
    TSA_REQUIRE(missing_file("/usr/bin/top"));
    Puppet crowd("crowd", {"10000"});
    TSA_REQUIRE(crowd.missing());
    const double ours = refresh_ms(crowd.pid());
    const double tops = top_refresh_ms();
    std::printf("CPU time of a refresh at 10,000 threads: %.2f ms, top -H -b: %.2f ms\n", ours, tops);
    EXPECT_GT(ours, 0);
    EXPECT_LT(ours * 5, tops);
}

}  // namespace
}  // namespace tsa::test
