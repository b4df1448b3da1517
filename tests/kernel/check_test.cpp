// SPDX-License-Identifier: MIT
// doctor's check of each BPF program, on the running kernel.
#include "sched/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>

#include "support/feature.h"

namespace tsa::test {
namespace {

TEST(CheckPrograms, loads_every_program_of_the_plan_and_the_drill_downs_each_on_its_own) {
    TSA_REQUIRE(missing_bpf());
    const auto check = check_programs();
    ASSERT_TRUE(check.ok()) << check.error().text();
    std::vector<std::string> planned = check.value().plan.programs;
    planned.insert(planned.end(), check.value().plan.wakers.begin(), check.value().plan.wakers.end());
    std::vector<std::string> checked;
    std::map<std::string, std::size_t> on_demand{
        {"drill-down", 0}, {"time by stack", 0}, {"neighbors", 0}, {"neighbors by cgroup", 0}, {"network", 0}};
    std::vector<std::string> of_locks;
    for (const ProgramCheck& program : check.value().programs) {
        if (program.part == "lock holders") {  // which of them load depends on the kernel
            if (program.ok) {
                of_locks.push_back(program.name);
            }
            continue;
        }
        // The larger variant of the switch program is beyond the verifier of Linux 6.1; not every kernel permits
        // programs at the ends of functions.
        const bool is_splice = program.part == "network by splice";
        const bool may_fail = program.part == "neighbors by cgroup" || is_splice;
        EXPECT_TRUE(program.ok || may_fail) << program.name << ": " << program.error;
        EXPECT_FALSE(program.part.empty());
        if (on_demand.contains(program.part)) {
            ++on_demand[program.part];
        } else if (!is_splice) {
            checked.push_back(program.name);
        }
    }
    for (const auto& [part, programs] : on_demand) {
        EXPECT_GT(programs, 0U) << part;
    }
    EXPECT_THAT(of_locks, ::testing::Contains("tsa_read_kernel_locks"));
    EXPECT_GE(of_locks.size(), 2U) << "one of two programs reads user-space locks";
    std::ranges::sort(planned);
    std::ranges::sort(checked);
    EXPECT_EQ(checked, planned);
}

TEST(CheckPrograms, says_of_each_that_it_is_not_permitted_to_one_without_rights) {
    TSA_REQUIRE(missing_bpf());
    const pid_t child = fork();
    if (child == 0) {
        constexpr uid_t kNobody = 65534;
        if (setgid(kNobody) != 0 || setuid(kNobody) != 0) {
            _exit(2);
        }
        const auto check = check_programs();
        const bool all = check.ok() && !check.value().programs.empty() &&
                         std::ranges::all_of(check.value().programs, [](const ProgramCheck& program) {
                             return !program.ok && program.error == "not permitted";
                         });
        _exit(all ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace tsa::test
