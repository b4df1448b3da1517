// SPDX-License-Identifier: MIT
// The program in a container's namespaces: the IDs that it takes and prints are those of the container, its clocks are
// right, and what it cannot do there it refuses with the reason.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "paths.h"
#include "program/json.h"
#include "program/recorded.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kUnshare = "/usr/bin/unshare";

/// A shell script as process 1 of a new PID namespace with its own /proc. `$R` is the program.
Finished in_container(const std::string& script, const std::vector<std::string>& more = {"--mount-proc"}) {
    std::vector<std::string> arguments{"--pid", "--fork"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.insert(arguments.end(), {"sh", "-c", fmt::format("R={}\n{}", paths::kBinary, script)});
    return run(arguments, false, kUnshare);
}

class Container : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_file(kUnshare));
    }
    TempDir folder_;
};

TEST_F(Container, a_process_is_chosen_and_shown_by_the_id_that_it_has_there) {
    const Finished finished =
        in_container("sleep 60 & S=$!; sleep 0.3; $R stat --json -p $S -n 2 -i 200; echo \"$?  $S\"; kill $S");
    const auto lines = lines_of(finished.out);
    ASSERT_EQ(lines.size(), 3U) << finished.out << finished.err;
    EXPECT_THAT(lines[2], ::testing::StartsWith("0 ")) << finished.err;
    const std::uint64_t tid = std::stoull(lines[2].substr(2));
    for (const std::string& line : {lines[0], lines[1]}) {
        const auto report = json_of(line);
        ASSERT_EQ(report["threads"].Size(), 1U);
        const auto& row = report["threads"][0];
        EXPECT_EQ(row["tid"].GetUint64(), tid);
        EXPECT_EQ(row["tgid"].GetUint64(), tid);
        EXPECT_STREQ(row["comm"].GetString(), "sleep");
        EXPECT_EQ(row["idle_ns"], row["wall_ns"]);
    }
}

TEST_F(Container, the_list_has_every_thread_that_it_may_see_and_no_other) {
    const Finished finished = in_container(
        "sleep 60 & sleep 60 &\n"
        "unshare --pid --fork sleep 61 &\n"  // a container in the container is seen, by the IDs here
        "sleep 0.3\n"
        "$R stat --json -n 1 -i 300\n"
        "echo $(ps -eLo lwp=,comm= | grep -v ' ps$' | grep -v ' grep$' | awk '{print $1}')\n"
        "kill $(ps -eo pid=,comm= | awk '$2 == \"sleep\" {print $1}')\n");
    const auto lines = lines_of(finished.out);
    ASSERT_EQ(lines.size(), 2U) << finished.out << finished.err;
    std::set<std::string> listed;
    const auto report = json_of(lines[0]);
    for (const auto& row : report["threads"].GetArray()) {
        const bool is_program = std::string(row["comm"].GetString()).starts_with("rstat-");
        if (!is_program) {
            listed.insert(std::to_string(row["tid"].GetUint64()));
        }
    }
    std::set<std::string> there;
    std::istringstream words(lines[1]);
    for (std::string word; words >> word;) {
        there.insert(word);
    }
    // ps ran in a subshell and a pipe, which were not there before.
    for (const std::string& tid : listed) {
        EXPECT_TRUE(there.contains(tid)) << tid << " in " << lines[1];
    }
    EXPECT_GE(listed.size(), 5U) << lines[0];
    EXPECT_LE(there.size(), listed.size() + 4) << lines[0];
}

TEST_F(Container, a_command_is_followed) {
    constexpr const char* kBusy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; /bin/true; exit 3";
    const std::string path = folder_.path() + "/report.json";
    const Finished finished = in_container(fmt::format("$R stat --json -o {} -- sh -c '{}'", path, kBusy));
    EXPECT_EQ(finished.exit_code, 3) << finished.err;
    const auto json = json_of(text_of(path));
    const auto& command = json["command"];
    EXPECT_EQ(command["exit_code"].GetInt(), 3);
    EXPECT_EQ(command["total"]["processes"].GetUint64(), 2U);
    const std::uint64_t exec_ns = command["total"]["exec_ns"].GetUint64();
    const std::uint64_t charged_ns = command["rusage_user_ns"].GetUint64() + command["rusage_system_ns"].GetUint64();
    EXPECT_GT(exec_ns, charged_ns * 8 / 10);
    EXPECT_GT(exec_ns, 20'000'000U);
}

TEST_F(Container, a_command_is_recorded) {
    const std::string recording = folder_.path() + "/r";
    const Finished finished =
        in_container(fmt::format("$R record -i 100 -o {} -- sh -c 'sleep 0.3; exit 4'", recording));
    EXPECT_EQ(finished.exit_code, 4) << finished.err;
    const CsvTable threads = threads_in(recording);
    std::set<std::string> names;
    for (std::size_t row = 0; row < threads.size(); ++row) {
        names.insert(threads.at(row, "comm"));
        EXPECT_LT(threads.number(row, "tid"), 1000U) << "of the container";
    }
    EXPECT_EQ(names, (std::set<std::string>{"sh", "sleep"}));
}

TEST_F(Container, a_thread_in_detail_is_the_one_of_the_container) {
    TSA_REQUIRE(missing_tmux());
    Terminal terminal(120, 40);
    terminal.shell("clear; unshare --pid --fork --mount-proc sh -c 'sleep 61 & sleep 0.3; $RSTAT -i 200 $!'");
    ASSERT_TRUE(terminal.await_text("clock_nanosleep")) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("sleep 61")) << "its command line";
    EXPECT_TRUE(terminal.await_text("▸clock_nanosleep")) << "its open wait\n" << terminal.screen();
    terminal.key("q");
}

TEST_F(Container, with_the_proc_of_another_namespace_numbers_are_refused) {
    const Finished finished = in_container("$R stat -p 1 -n 1 -i 200", {});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("/proc belongs to another PID namespace"));
    EXPECT_THAT(finished.err, HasSubstr("hint: mount -t proc proc /proc"));
    EXPECT_EQ(in_container("$R stat --tid 1 -n 1 -i 200", {}).exit_code, 1);
    EXPECT_EQ(in_container("$R stat -- sh -c 'exit 5'", {}).exit_code, 5) << "the command itself is followed";
}

TEST_F(Container, doctor_says_what_holds_there) {
    EXPECT_THAT(in_container("$R doctor").out,
                HasSubstr("only its threads are shown, with the IDs that they have in it"));
    EXPECT_THAT(in_container("$R doctor", {}).out, HasSubstr("mount -t proc proc /proc"));
}

TEST_F(Container, the_screens_and_a_recording_say_it) {
    TSA_REQUIRE(missing_tmux());
    const std::string recording = folder_.path() + "/r";
    const Finished finished = in_container(fmt::format("$R record -i 100 -d 0.5 -o {0} && $R report {0}", recording));
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("recorded in a container: only its threads are in it"));
    for (const auto& [width, height, text] :
         {std::tuple{120, 40, "container: only its threads"}, std::tuple{40, 10, "container"}}) {
        Terminal terminal(width, height);
        terminal.shell("clear; unshare --pid --fork --mount-proc $RSTAT -i 200");
        EXPECT_TRUE(terminal.await_text(text)) << terminal.screen();
        terminal.key("q");
    }
}

TEST_F(Container, numbers_that_are_not_the_kernels_are_not_shown_and_doctor_says_so) {
    const std::string script =
        "mount --bind /etc/hostname /proc/meminfo; mount --bind /etc/hostname /proc/stat\n"
        "$R stat --json -n 1 -i 200; $R doctor | grep -A1 lxcfs";
    const Finished finished = in_container(script, {"--mount-proc"});
    const auto lines = lines_of(finished.out);
    ASSERT_GE(lines.size(), 2U) << finished.out << finished.err;
    const auto report = json_of(lines[0]);
    EXPECT_TRUE(report["system"]["memory_total_bytes"].IsNull());
    EXPECT_TRUE(report["system"]["cpu_busy_pct"].IsNull());
    EXPECT_TRUE(report["system"]["load1"].IsNumber()) << "that one is the kernel's";
    EXPECT_THAT(lines[1], HasSubstr("something is mounted over /proc/stat, /proc/meminfo (lxcfs)"));
}

/// hidepid, a user namespace and a chroot, for an ordinary user and for root.
TEST_F(Container, root_sees_all_processes_where_proc_hides_them) {
    const Finished finished =
        run({"--mount", "sh", "-c",
             fmt::format("mount -t proc -o hidepid=2 proc /proc\nsetpriv --reuid 65534 --clear-groups sleep 60 & S=$!\n"
                         "sleep 0.3; {} stat --json -p $S -n 1 -i 200; kill $S",
                         paths::kBinary)},
            false, kUnshare);
    const auto lines = lines_of(finished.out);
    ASSERT_EQ(lines.size(), 1U) << finished.out << finished.err;
    EXPECT_EQ(json_of(lines[0])["threads"].Size(), 1U);
}

TEST_F(Container, in_a_user_namespace_the_reason_is_said) {
    const Finished finished =
        run({"--user", "--map-root-user", paths::kBinary, "stat", "-n", "1", "-i", "200"}, false, kUnshare);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("--source procfs"));
    const Finished doctor = run({"--user", "--map-root-user", paths::kBinary, "doctor"}, false, kUnshare);
    EXPECT_EQ(doctor.exit_code, 1);
    EXPECT_THAT(doctor.out, HasSubstr("its root and capabilities have no effect on the host"));
}

TEST_F(Container, in_a_chroot_with_proc_it_works) {
    const std::string root = folder_.path() + "/root";
    const Finished finished =
        run({"--mount", "sh", "-c",
             fmt::format("mkdir {0} && mount --rbind / {0} && exec chroot {0} {1} stat --json -n 1 -i 200", root,
                         paths::kBinary)},
            false, kUnshare);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const auto lines = lines_of(finished.out);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_GT(json_of(lines[0])["threads"].Size(), 5U);
}

class TimeNamespace : public ::testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_file("/proc/self/timens_offsets"));
    }
    static Finished shifted(const std::string& script) {
        return run({"--time", "--monotonic", GetParam(), "--boottime", GetParam(), "--fork", "sh", "-c",
                    fmt::format("R={}\n{}", paths::kBinary, script)},
                   false, kUnshare);
    }
};

TEST_P(TimeNamespace, intervals_and_ages_are_right) {
    for (const char* source : {"bpf", "procfs"}) {
        const Finished finished =
            shifted(fmt::format("sleep 60 & S=$!; $R stat --json --source {} -n 2 -i 300; echo $S; kill $S", source));
        const auto lines = lines_of(finished.out);
        ASSERT_EQ(lines.size(), 3U) << finished.out << finished.err;
        const auto report = json_of(lines[1]);
        const std::uint64_t interval_ns = report["interval_ns"].GetUint64();
        EXPECT_GT(interval_ns, 200'000'000U);
        EXPECT_LT(interval_ns, 3'000'000'000U);
        for (const auto& row : report["threads"].GetArray()) {
            EXPECT_LE(row["wall_ns"].GetUint64(), interval_ns + 10'000'000) << source;
        }
        const rapidjson::Value* sleeper = row_of(report, std::stoull(lines[2]));
        ASSERT_NE(sleeper, nullptr) << source;
        const std::uint64_t wall_ns = (*sleeper)["wall_ns"].GetUint64();
        EXPECT_NEAR(static_cast<double>(wall_ns), static_cast<double>(interval_ns), 20e6) << source;
        if ((*sleeper)["state_age_ns"].IsUint64()) {
            EXPECT_LT((*sleeper)["state_age_ns"].GetUint64(), 20'000'000'000U) << "it is a second old";
        }
    }
}

TEST_P(TimeNamespace, a_recording_takes_the_time_that_was_asked_for) {
    const TempDir folder;
    const std::string recording = folder.path() + "/r";
    const Finished finished = shifted(fmt::format("$R record -d 1 -i 200 -o {}", recording));
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const CsvTable system = system_in(recording);
    ASSERT_GE(system.size(), 3U);
    EXPECT_LE(system.size(), 7U);
}

INSTANTIATE_TEST_SUITE_P(Offsets, TimeNamespace, ::testing::Values("100000", "-1000"));

}  // namespace
}  // namespace tsa::test
