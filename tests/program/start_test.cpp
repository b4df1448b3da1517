// SPDX-License-Identifier: MIT
// What the program finds when it starts: few capabilities, standard descriptors that are not open.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "paths.h"
#include "support/feature.h"

namespace tsa::test {
namespace {

/// Exit code of the built program in a shell's command line, in which "@" stands for it.
int exit_code_of(std::string command) {
    command.replace(command.find('@'), 1, paths::kBinary);
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Start, cap_bpf_and_cap_perfmon_are_enough_to_measure) {
    TSA_REQUIRE(missing_bpf());
    EXPECT_EQ(exit_code_of("setpriv --bounding-set=-all,+bpf,+perfmon --inh-caps=-all @ stat -n 1 -i 1 >/dev/null"), 0);
}

TEST(Start, a_root_without_capabilities_is_told_what_it_lacks) {
    TSA_REQUIRE(missing_bpf());
    EXPECT_EQ(exit_code_of("setpriv --bounding-set=-all --inh-caps=-all @ stat -n 1 --source bpf 2>&1 | "
                           "grep -q '^hint: .*CAP_BPF'"),
              0);
}

TEST(Start, a_closed_stdout_is_an_error_and_no_other_file_is_written_instead) {
    TSA_REQUIRE(missing_bpf());
    EXPECT_EQ(exit_code_of("@ stat -n 1 -i 1 2>&1 >&- | grep -q 'standard output: Bad file descriptor'"), 0);
}

TEST(Start, a_hangup_that_nohup_had_ignored_does_not_end_it) {
    TSA_REQUIRE(missing_bpf());
    // Its first line is out when the hangup comes: it measures by then, and has nine more to print.
    EXPECT_EQ(exit_code_of("trap '' HUP; @ stat --csv --tid $$ -n 10 -i 50 | { read -r head; read -r first; "
                           "pkill -HUP -P $$ rstat-tsa && test $(wc -l) -eq 9; }"),
              0);
}

}  // namespace
}  // namespace tsa::test
