// SPDX-License-Identifier: MIT
// System calls that a command no longer makes: they fail, in every thread, and what it still does works.
#include "app/host/system_calls.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <sched.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <future>
#include <thread>

#include "base/sanitizer.h"

namespace tsa {
namespace {

/// The errno of a call; 0: it succeeded.
template <class Call>
int failure(Call call) {
    errno = 0;
    return call() < 0 ? errno : 0;
}

/// Does nothing where it is allowed.
int unshare_nothing() {
    return failure([] { return ::unshare(0); });
}

int open_socket(int family) {
    return failure([family] {
        const int fd = ::socket(family, SOCK_DGRAM, 0);
        return fd >= 0 ? ::close(fd) : fd;
    });
}

int run_true() {
    std::array<char*, 1> none{};
    return failure([&none] { return ::execve("/bin/true", none.data(), none.data()); });
}

/// The kernel itself refuses the missing attributes, with EFAULT.
int open_perf_event() {
    return failure([] { return ::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0UL); });
}

int trace() {
    return failure([] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); });
}

void limit(const SystemCallUse& use) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        std::_Exit(2);
    }
    limit_system_calls(use);
}

[[noreturn]] void exit_if_others_are_refused() {
    limit({});
    const bool refused = unshare_nothing() == EPERM && run_true() == EPERM && open_perf_event() == EPERM &&
                         trace() == EPERM && open_socket(AF_PACKET) == EAFNOSUPPORT &&
                         open_socket(AF_ALG) == EAFNOSUPPORT;
    std::_Exit(refused ? 0 : 1);
}

[[noreturn]] void exit_if_the_usual_are_allowed() {
    limit({});
    const bool allowed = open_socket(AF_UNIX) == 0 && open_socket(AF_NETLINK) == 0 && open_socket(AF_INET) == 0 &&
                         failure([] { return ::getppid(); }) == 0;
    std::_Exit(allowed ? 0 : 1);
}

[[noreturn]] void exit_if_an_older_thread_is_limited() {
    std::promise<void> ready;
    std::promise<void> limited;
    int before = -1;
    int after = -1;
    std::thread thread([&] {
        before = unshare_nothing();
        ready.set_value();
        limited.get_future().wait();
        after = unshare_nothing();
    });
    ready.get_future().wait();
    limit({});
    limited.set_value();
    thread.join();
    std::_Exit(before == 0 && after == EPERM ? 0 : 1);
}

/// With 0 as /bin/true does.
[[noreturn]] void exit_as_another_program() {
    SystemCallUse use;
    use.programs = true;
    use.more_probes = true;
    limit(use);
    if (unshare_nothing() == EPERM && open_perf_event() == EFAULT) {
        run_true();
    }
    std::_Exit(1);
}

[[noreturn]] void exit_if_nothing_is_refused() {
    ::setenv(kSeccompVariable, "off", 1);
    limit({});
    std::_Exit(unshare_nothing());
}

/// The filter is for good, so each check has a new process, executed and not only forked.
class SystemCalls : public testing::Test {
  protected:
    SystemCalls() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

    void SetUp() override {
        if (kAddressSanitizer) {
            GTEST_SKIP() << "no filter where the address sanitizer traces the process";
        }
    }
};

TEST_F(SystemCalls, that_no_command_makes_fail) {
    EXPECT_EXIT(exit_if_others_are_refused(), testing::ExitedWithCode(0), "");
}

TEST_F(SystemCalls, that_every_command_makes_are_allowed) {
    EXPECT_EXIT(exit_if_the_usual_are_allowed(), testing::ExitedWithCode(0), "");
}

TEST_F(SystemCalls, fail_in_threads_that_were_there_before) {
    EXPECT_EXIT(exit_if_an_older_thread_is_limited(), testing::ExitedWithCode(0), "");
}

TEST_F(SystemCalls, of_commands_that_run_programs_include_exec) {
    EXPECT_EXIT(exit_as_another_program(), testing::ExitedWithCode(0), "");
}

TEST_F(SystemCalls, are_all_allowed_with_the_filter_switched_off) {
    EXPECT_EXIT(exit_if_nothing_is_refused(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace tsa
