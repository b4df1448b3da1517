// SPDX-License-Identifier: MIT
// Least privilege: an ordinary user with capabilities on the program's file, what it keeps of them, what its command
// gets, and what doctor says to whom.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <linux/capability.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <thread>
#include <vector>

#include "base/privilege.h"
#include "base/sanitizer.h"
#include "paths.h"
#include "program/run.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/strict_json.h"

namespace tsa::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t bit(int capability) {
    return std::uint64_t{1} << static_cast<unsigned>(capability);
}

/// A copy of the program that any user may run.
class Copy {
  public:
    /// `capabilities`: an argument list of setcap, without the file; empty: none.
    explicit Copy(const std::string& setcap) : path_(folder_.path() + "/rstat-tsa") {
        constexpr mode_t kForAll = 0755;
        std::filesystem::copy_file(paths::kBinary, path_);
        chmod(path_.c_str(), kForAll);
        chmod(folder_.path().c_str(), kForAll);
        granted_ = setcap.empty() || std::system((setcap + " " + path_ + " 2>/dev/null").c_str()) == 0;
    }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// For TSA_REQUIRE.
    [[nodiscard]] std::optional<std::string> missing() const {
        return granted_ ? std::nullopt : std::optional<std::string>("file capabilities under /tmp (setcap)");
    }

  private:
    TempDir folder_;
    std::string path_;
    bool granted_ = false;
};

/// A hexadecimal line of /proc/PID/status; all ones when there is none.
std::uint64_t capabilities(const std::string& process, const std::string& key) {
    std::ifstream file("/proc/" + process + "/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(key + ":")) {
            return std::stoull(line.substr(key.size() + 1), nullptr, 16);
        }
    }
    return ~std::uint64_t{0};
}

/// As of /proc/PID/status. The sanitizer traces: no filter.
constexpr std::uint64_t kFilter = kAddressSanitizer ? 0 : 2;

/// Each thread has a filter of system calls.
void expect_filters(pid_t pid) {
    const std::string tasks = std::to_string(pid) + "/task/";
    std::size_t threads = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + tasks)) {
        // A thread may end meanwhile: then it has no such line.
        const std::uint64_t found = capabilities(tasks + entry.path().filename().string(), "Seccomp");
        EXPECT_TRUE(found == kFilter || found == ~std::uint64_t{0}) << entry.path();
        threads += static_cast<std::size_t>(found == kFilter);
    }
    EXPECT_GE(threads, 1U);
}

/// What a running `stat` has, once it has printed: exactly `expected`, and no way to more.
void expect_kept(Program& program, std::uint64_t expected) {
    ASSERT_TRUE(program.wait_for_lines(1)) << program.finish().err;
    const std::string process = std::to_string(program.pid());
    EXPECT_EQ(capabilities(process, "CapEff"), expected);
    EXPECT_EQ(capabilities(process, "CapPrm"), expected);
    EXPECT_EQ(capabilities(process, "CapInh"), 0U);
    EXPECT_EQ(capabilities(process, "CapAmb"), 0U);
    EXPECT_EQ(capabilities(process, "NoNewPrivs"), 1U);
    expect_filters(program.pid());
}

TEST(Privilege, an_ordinary_user_with_file_capabilities_sees_every_users_threads) {
    TSA_REQUIRE(missing_bpf());
    const Copy copy(RSTAT_SETCAP);
    TSA_REQUIRE(copy.missing());
    const Finished finished = run({"stat", "--json", "-n", "1", "-i", "50"}, true, copy.path());
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    rapidjson::Document json;
    json.Parse(finished.out.c_str());
    ASSERT_FALSE(json.HasParseError());
    EXPECT_STREQ(json["source"].GetString(), "bpf");
    bool this_test = false;
    for (const auto& thread : json["threads"].GetArray()) {
        this_test |= thread["tid"].GetInt() == ::getpid() && thread["uid"].GetInt() == 0;
    }
    EXPECT_TRUE(this_test) << "root's threads are listed for an ordinary user";
}

TEST(Privilege, stat_keeps_cap_bpf_alone_once_it_measures) {
    TSA_REQUIRE(missing_bpf());
    const Copy copy(RSTAT_SETCAP);
    TSA_REQUIRE(copy.missing());
    Program user({"stat", "--json", "-i", "20"}, true, copy.path());
    expect_kept(user, bit(CAP_BPF));
    // It goes on measuring without the rest.
    EXPECT_TRUE(user.wait_for_lines(5));
    Program root({"stat", "--json", "-i", "20"});
    expect_kept(root, bit(CAP_BPF));
}

TEST(Privilege, stat_with_taskstats_keeps_what_its_requests_take) {
    TSA_REQUIRE(missing_bpf());
    const Copy copy(RSTAT_SETCAP);
    TSA_REQUIRE(copy.missing());
    Program user({"stat", "--taskstats", "--json", "-i", "20", "--top", "5"}, true, copy.path());
    expect_kept(user, bit(CAP_BPF) | bit(CAP_NET_ADMIN));
    EXPECT_TRUE(user.wait_for_lines(5));
}

std::uint64_t bits_of(std::initializer_list<PrivilegeUse> uses) {
    std::uint64_t bits = 0;
    for (const PrivilegeUse use : uses) {
        for (const int capability : capabilities_for(use)) {
            bits |= bit(capability);
        }
    }
    return bits;
}

/// The process has given up all but `expected`, within half a minute.
void await_kept(pid_t pid, std::uint64_t expected) {
    const std::string process = std::to_string(pid);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while ((capabilities(process, "NoNewPrivs") != 1 || capabilities(process, "Seccomp") != kFilter) &&
           std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(capabilities(process, "NoNewPrivs"), 1U);
    for (const char* set : {"CapEff", "CapPrm"}) {
        EXPECT_EQ(capabilities(process, set), expected) << set;
    }
    for (const char* set : {"CapInh", "CapAmb"}) {
        EXPECT_EQ(capabilities(process, set), 0U) << set;
    }
    expect_filters(pid);
}

// The rows of docs/install.md: root loses everything else as well.
TEST(Privilege, each_command_keeps_only_what_its_use_needs) {
    TSA_REQUIRE(missing_bpf());
    const TempDir folder;
    struct Row {
        std::vector<std::string> arguments;
        std::uint64_t kept;
    };
    const std::vector<Row> rows = {
        {{"stat", "-i", "100"}, bits_of({PrivilegeUse::probes})},
        {{"stat", "-i", "100", "--json", "--stacks"}, bits_of({PrivilegeUse::probes})},
        {{"stat", "-i", "100", "--source", "procfs"}, bits_of({PrivilegeUse::other_processes})},
        {{"stat", "--", "sleep", "60"}, bits_of({PrivilegeUse::probes, PrivilegeUse::signals})},
        {{"record", "-i", "100", "-o", folder.path() + "/recording"}, bits_of({PrivilegeUse::probes})},
        {{"waybar"}, bits_of({PrivilegeUse::probes})},
        {{"metrics", "--textfile", folder.path() + "/tsa.prom"}, bits_of({PrivilegeUse::probes})},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(fmt::format("{}", fmt::join(row.arguments, " ")));
        Program program(row.arguments);
        await_kept(program.pid(), row.kept);
        program.finish(SIGTERM);
    }
}

TEST(Privilege, the_screens_keep_what_their_keys_need_and_a_replay_nothing) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_tmux());
    const TempDir folder;
    const std::string recording = folder.path() + "/recording";
    ASSERT_EQ(run({"record", "-d", "1", "-i", "100", "-o", recording}).exit_code, 0);
    Terminal terminal(120, 40);
    ASSERT_TRUE(terminal.start("", "threads by"));
    await_kept(terminal.program(), bits_of({PrivilegeUse::more_probes, PrivilegeUse::taskstats,
                                            PrivilegeUse::other_processes, PrivilegeUse::signals,
                                            PrivilegeUse::priorities, PrivilegeUse::cgroups, PrivilegeUse::settings}));
    terminal.key("q");
    ASSERT_TRUE(terminal.await_text("ended 0"));
    ASSERT_TRUE(terminal.start("replay " + recording, "threads by"));
    await_kept(terminal.program(), 0);
}

TEST(Privilege, the_command_of_stat_gets_no_capability_of_the_programs_file) {
    TSA_REQUIRE(missing_bpf());
    const Copy copy(RSTAT_SETCAP);
    TSA_REQUIRE(copy.missing());
    const Finished finished =
        run({"stat", "--", "grep", "-E", "^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Seccomp):", "/proc/self/status"}, true,
            copy.path());
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.out,
              "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
              "CapAmb:\t0000000000000000\nNoNewPrivs:\t0\n" +
                  fmt::format("Seccomp:\t{}\n", capabilities("self", "Seccomp")));
}

TEST(Privilege, the_filter_of_system_calls_can_be_switched_off) {
    TSA_REQUIRE(missing_bpf());
    setenv("RSTAT_SECCOMP", "off", 1);
    Program program({"stat", "--json", "-i", "20"});
    unsetenv("RSTAT_SECCOMP");
    ASSERT_TRUE(program.wait_for_lines(1)) << program.finish().err;
    EXPECT_EQ(capabilities(std::to_string(program.pid()), "Seccomp"), capabilities("self", "Seccomp"));
}

TEST(Privilege, the_command_of_a_root_keeps_all_rights_of_that_root) {
    TSA_REQUIRE(missing_bpf());
    const Finished finished = run({"stat", "--", "grep", "^CapEff", "/proc/self/status"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    ASSERT_THAT(finished.out, HasSubstr("CapEff:"));
    EXPECT_EQ(std::stoull(finished.out.substr(finished.out.find('\t')), nullptr, 16), capabilities("self", "CapEff"));
}

TEST(Privilege, without_capabilities_the_probes_are_refused_and_the_remedy_is_named) {
    TSA_REQUIRE(missing_bpf());
    const Finished finished = run({"stat", "--source", "bpf", "-n", "1", "-i", "20"}, true);
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("hint: "));
    EXPECT_THAT(finished.err, HasSubstr(RSTAT_SETCAP));
}

TEST(Privilege, doctor_tells_by_its_exit_code_whether_the_probes_work_for_this_user) {
    TSA_REQUIRE(missing_bpf());
    const Finished root = run({"doctor"});
    EXPECT_EQ(root.exit_code, 0) << root.out << root.err;
    EXPECT_THAT(root.out, HasSubstr("profiling works: "));

    const Copy plain("");
    const Finished nobody = run({"doctor"}, true, plain.path());
    EXPECT_EQ(nobody.exit_code, 1) << nobody.out;
    EXPECT_THAT(nobody.out, HasSubstr("sudo " RSTAT_SETCAP " " + plain.path() + "\n"));
    EXPECT_THAT(nobody.out, HasSubstr("\nfull profiling does not work"));

    const Copy granted(RSTAT_SETCAP);
    TSA_REQUIRE(granted.missing());
    const Finished user = run({"doctor"}, true, granted.path());
    EXPECT_EQ(user.exit_code, 0) << user.out;
    EXPECT_THAT(user.out, Not(HasSubstr("not granted")));
}

TEST(Privilege, doctor_is_colored_in_a_pipe_only_when_asked_to_be) {
    TSA_REQUIRE(missing_bpf());
    EXPECT_THAT(run({"doctor"}).out, Not(HasSubstr("\x1b[")));
    EXPECT_THAT(run({"doctor", "--color", "always"}).out, HasSubstr("\x1b[32mok"));
}

TEST(Privilege, doctor_names_the_one_capability_that_is_missing) {
    TSA_REQUIRE(missing_bpf());
    const Copy copy("setcap cap_bpf,cap_perfmon,cap_net_admin,cap_sys_ptrace+ep");
    TSA_REQUIRE(copy.missing());
    const Finished finished = run({"doctor", "--json"}, true, copy.path());
    rapidjson::Document json;
    json.Parse(finished.out.c_str());
    ASSERT_FALSE(json.HasParseError()) << finished.out;
    EXPECT_TRUE(json["ok"].GetBool());
    EXPECT_EQ(finished.exit_code, 0);
    std::string lacking;
    for (const auto& check : json["checks"].GetArray()) {
        const std::string key = check["key"].GetString();
        lacking += key.starts_with("cap_") && std::string(check["status"].GetString()) != "ok" ? key : "";
    }
    EXPECT_EQ(lacking, "cap_syslog");
}

TEST(Privilege, doctor_in_a_pid_namespace_of_its_own_says_what_does_not_fit) {
    TSA_REQUIRE(missing_bpf());
    const Copy copy("");
    const std::string report = copy.path() + ".json";
    const int status = std::system(
        ("unshare --pid --fork --mount-proc " + copy.path() + " doctor --json >" + report + " 2>/dev/null").c_str());
    std::ifstream file(report);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    TSA_REQUIRE(text.empty() ? std::optional<std::string>("unshare --pid") : std::nullopt);
    EXPECT_TRUE(WIFEXITED(status));
    rapidjson::Document json;
    json.Parse(text.c_str());
    ASSERT_FALSE(json.HasParseError());
    std::string found;
    for (const auto& check : json["checks"].GetArray()) {
        if (check["key"] == "pid_namespace") {
            found = check["status"].GetString();
        }
    }
    EXPECT_EQ(found, "limited");
}

}  // namespace
}  // namespace tsa::test
