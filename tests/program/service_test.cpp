// SPDX-License-Identifier: MIT
// `metrics` and `record` as services: the messages to a service manager, whose socket is this test's, and severities in
// its journal.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"

namespace tsa::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Variables of this process, for a program that it starts.
class Environment {
  public:
    explicit Environment(const std::vector<std::pair<std::string, std::string>>& variables) {
        for (const auto& [name, value] : variables) {
            ::setenv(name.c_str(), value.c_str(), 1);
            names_.push_back(name);
        }
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() {
        for (const std::string& name : names_) {
            ::unsetenv(name.c_str());
        }
    }

  private:
    std::vector<std::string> names_;
};

/// The socket of a service manager.
class Manager {
  public:
    static constexpr int kPatienceMs = 20'000;

    explicit Manager(std::string name)
        : name_(std::move(name)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        name_.copy(to.sun_path, sizeof to.sun_path - 1);
        const bool is_abstract = name_.starts_with('@');
        to.sun_path[0] = is_abstract ? '\0' : to.sun_path[0];
        const std::size_t size = offsetof(sockaddr_un, sun_path) + name_.size() + (is_abstract ? 0 : 1);
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&to), static_cast<socklen_t>(size)), 0);
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    ~Manager() { ::close(socket_); }

    /// The next message; empty: none in a while.
    std::string next(int patience_ms = kPatienceMs) const {
        pollfd ready{socket_, POLLIN, 0};
        char buffer[4096];
        const ssize_t size = ::poll(&ready, 1, patience_ms) == 1 ? ::recv(socket_, buffer, sizeof buffer, 0) : 0;
        return {buffer, size > 0 ? static_cast<std::size_t>(size) : 0};
    }
    const std::string& name() const { return name_; }

  private:
    std::string name_;
    int socket_;
};

class Service : public ::testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }
    /// Ready first, then signs of life, and at the end that it stops.
    static void expect_whole_life(const Manager& manager, Program& program) {
        EXPECT_THAT(manager.next(), AllOf(StartsWith("READY=1\nSTATUS="), HasSubstr("\nWATCHDOG=1")));
        for (int sign = 0; sign < 5; ++sign) {
            EXPECT_THAT(manager.next(), AllOf(StartsWith("WATCHDOG=1\nSTATUS="), HasSubstr("thread")));
        }
        ::kill(program.pid(), SIGTERM);
        std::string last;
        do {
            last = manager.next();
        } while (last.starts_with("WATCHDOG=1"));
        EXPECT_EQ(last, "STOPPING=1");
        EXPECT_EQ(program.finish().exit_code, 0);
    }
    TempDir folder_;
};

TEST_F(Service, metrics_reports_to_a_path) {
    TSA_REQUIRE(missing_http_library());
    const Manager manager(folder_.path() + "/notify");
    const Environment set({{"NOTIFY_SOCKET", manager.name()}, {"WATCHDOG_USEC", "300000"}});
    Program program({"metrics", "--listen", "unix:" + folder_.path() + "/metrics"});
    expect_whole_life(manager, program);
}

TEST_F(Service, record_reports_to_an_abstract_name) {
    const Manager manager(fmt::format("@rstat-tsa-test-{}", ::getpid()));
    const Environment set({{"NOTIFY_SOCKET", manager.name()}, {"WATCHDOG_USEC", "300000"}});
    Program program({"record", "-o", folder_.path() + "/recording", "-i", "100"});
    expect_whole_life(manager, program);
}

TEST_F(Service, a_stopped_program_gives_no_sign_of_life) {
    const Manager manager(folder_.path() + "/notify");
    const Environment set({{"NOTIFY_SOCKET", manager.name()}, {"WATCHDOG_USEC", "60000"}});
    Program program({"record", "-o", folder_.path() + "/recording"});
    EXPECT_THAT(manager.next(), StartsWith("READY=1"));
    EXPECT_THAT(manager.next(), StartsWith("WATCHDOG=1")) << "more often than the interval";
    ::kill(program.pid(), SIGSTOP);
    int status = 0;
    ASSERT_EQ(::waitpid(program.pid(), &status, WUNTRACED), program.pid());
    while (!manager.next(0).empty()) {
        // What was on its way.
    }
    EXPECT_EQ(manager.next(500), "") << "a sign of life is due every 20 ms";
    ::kill(program.pid(), SIGCONT);
    EXPECT_THAT(manager.next(), StartsWith("WATCHDOG=1"));
    EXPECT_EQ(program.finish(SIGTERM).exit_code, 0);
}

TEST_F(Service, commands_of_captures_are_not_the_service) {
    const Manager manager(folder_.path() + "/notify");
    const Environment set({{"NOTIFY_SOCKET", manager.name()}, {"WATCHDOG_USEC", "60000000"}});
    const std::string seen = folder_.path() + "/seen";
    const Puppet convoy("convoy");
    Program program({"record", "-o", folder_.path() + "/moments", "--when", "threads(lock_wait, convoy) > 2",
                     "--before", "1s", "--after", "0s", "-i", "100", "--captures", "1", "--run", "env > " + seen});
    EXPECT_EQ(program.finish().exit_code, 0);
    std::string text;
    for (int tries = 0; tries < 500 && text.find("RSTAT_VALUES") == std::string::npos; ++tries) {
        ::usleep(20'000);
        std::ostringstream read;
        read << std::ifstream(seen).rdbuf();
        text = read.str();
    }
    EXPECT_THAT(text, AllOf(HasSubstr("RSTAT_DIR="), Not(HasSubstr("NOTIFY_SOCKET")), Not(HasSubstr("WATCHDOG_"))));
}

TEST_F(Service, a_manager_that_is_gone_changes_nothing) {
    const Environment set({{"NOTIFY_SOCKET", folder_.path() + "/none"}, {"WATCHDOG_USEC", "30000"}});
    const Finished finished = run({"record", "-o", folder_.path() + "/recording", "-d", "0.5", "-i", "100"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
}

TEST_F(Service, the_journal_gets_severities) {
    const std::string journal = folder_.path() + "/journal";
    const auto lines = [&journal](const std::string& arguments) {
        Program program({"-c", fmt::format(": > {0}; JOURNAL_STREAM=$(stat -c %d:%i {0}) exec {1} {2} 2> {0}", journal,
                                           paths::kBinary, arguments)},
                        false, "/bin/sh");
        program.finish();
        std::ostringstream text;
        text << std::ifstream(journal).rdbuf();
        return text.str();
    };
    EXPECT_THAT(lines("record -o " + folder_.path() + "/r -d 0.3"), StartsWith("<6>recorded "));
    EXPECT_THAT(lines("record -o " + folder_.path() + "/none/r -d 0.3"),
                AllOf(StartsWith("<3>"), HasSubstr("\n<3>hint: ")));
    EXPECT_THAT(lines("record -o " + folder_.path() + "/r --when nonsense"),
                AllOf(StartsWith("<3>rstat-tsa: --when: "), HasSubstr("\n<3>  ^^^"), HasSubstr("\n<3>hint: ")));
    const Puppet convoy("convoy");
    const std::string captured = lines(
        fmt::format("record -i 100 --before 1s --after 0s --when 'threads(lock_wait, convoy) > 2' -d 3 -o {}/moments "
                    "--run 'exit 3'",
                    folder_.path()));
    EXPECT_THAT(captured, AllOf(StartsWith("<5>capture: "), HasSubstr("\n<4>--run for "), HasSubstr(": exit code 3\n"),
                                HasSubstr("\n<6>watched for ")));
}

}  // namespace
}  // namespace tsa::test
