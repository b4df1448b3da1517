// SPDX-License-Identifier: MIT
// `record --when --notify` on a private message bus, whose notifications a puppet in Python takes.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{10};

pid_t start(const std::vector<std::string>& words, const std::string& output) {
    std::vector<char*> arguments;
    for (const std::string& word : words) {
        arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        if (std::freopen(output.c_str(), "w", stdout) != nullptr) {
            ::execvp(arguments[0], arguments.data());
        }
        ::_exit(127);
    }
    return child;
}

void end(pid_t child) {
    if (child > 0) {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
}

class Notify : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        for (const char* const needed :
             {"/usr/bin/dbus-daemon", "/usr/bin/busctl", "/lib/x86_64-linux-gnu/libsystemd.so.0"}) {
            TSA_REQUIRE(missing_file(needed));
        }
        start_bus({}, "");
        ::setenv("DBUS_SESSION_BUS_ADDRESS", address_.c_str(), 1);
    }
    /// `as`: what runs it, before its name. `rules`: more of its configuration.
    void start_bus(std::vector<std::string> as, const std::string& rules) {
        end(daemon_);
        fs::remove(folder_.path() + "/bus");
        std::ofstream(folder_.path() + "/bus.conf")
            << "<busconfig><type>session</type><listen>unix:path=" << folder_.path() << "/bus</listen>"
            << "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow "
               "eavesdrop=\"true\"/>"
            << "<allow own=\"*\"/></policy>" << rules << "</busconfig>";
        as.insert(as.end(), {"dbus-daemon", "--nofork", "--config-file=" + folder_.path() + "/bus.conf"});
        daemon_ = start(as, "/dev/null");
        ASSERT_TRUE(await([this] { return fs::exists(folder_.path() + "/bus"); }, kPatience));
    }
    void TearDown() override {
        ::unsetenv("DBUS_SESSION_BUS_ADDRESS");
        end(desktop_);
        end(daemon_);
    }
    /// Takes notifications, and writes down each call.
    void start_desktop(std::vector<std::string> as = {}) {
        // Another user may not read the sources.
        const std::string script = folder_.path() + "/notifications.py";
        fs::copy_file(paths::kSources + "/tests/support/notifications.py", script);
        as.insert(as.end(), {"/usr/bin/python3", script, folder_.path() + "/bus"});
        desktop_ = start(as, calls_);
        ASSERT_TRUE(await([this] { return text_of(calls_).find("ready") != std::string::npos; }, kPatience));
    }
    Finished record() const {
        return run({"record", "-o", folder_.path() + "/moments", "--when", "threads(lock_wait, convoy) > 2", "--before",
                    "1s", "--after", "0s", "-i", "100", "--captures", "1", "--notify"});
    }
    TempDir folder_;
    const std::string address_ = "unix:path=" + folder_.path() + "/bus";
    const std::string calls_ = folder_.path() + "/calls";
    pid_t daemon_ = -1, desktop_ = -1;
};

TEST_F(Notify, a_capture_is_a_notification_with_rule_values_and_directory) {
    start_desktop();
    const Puppet convoy("convoy");
    const Finished finished = record();
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.err, Not(HasSubstr("--notify")));
    ASSERT_TRUE(await([this] { return text_of(calls_).find("Notify") != std::string::npos; }, kPatience));
    EXPECT_THAT(text_of(calls_), AllOf(HasSubstr("'rstat-tsa'"), HasSubstr("'threads(lock_wait, convoy) > 2'"),
                                       HasSubstr("threads(lock_wait, convoy) 3\\n" + folder_.path() + "/moments/")));
}

TEST_F(Notify, under_sudo_the_desktop_is_that_of_the_user_who_called) {
    const std::vector<std::string> as_nobody{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    fs::permissions(folder_.path(), fs::perms::all);
    start_bus(as_nobody, "<policy context=\"mandatory\"><deny user=\"root\"/></policy>");
    start_desktop(as_nobody);
    const Puppet convoy("convoy");
    EXPECT_THAT(record().err, HasSubstr("--notify: unix:path=")) << "root may not use this bus";
    fs::remove_all(folder_.path() + "/moments");
    ::setenv("SUDO_UID", "65534", 1);
    ::setenv("SUDO_GID", "65534", 1);
    const Finished finished = record();
    ::unsetenv("SUDO_UID");
    ::unsetenv("SUDO_GID");
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.err, Not(HasSubstr("--notify")));
    ASSERT_TRUE(await([this] { return text_of(calls_).find("Notify") != std::string::npos; }, kPatience));
}

TEST_F(Notify, without_a_desktop_captures_are_made_all_the_same) {
    const Puppet convoy("convoy");
    const Finished finished = record();
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("; captures are made all the same"));
    EXPECT_THAT(finished.err, HasSubstr("1 capture in "));
}

}  // namespace
}  // namespace tsa::test
