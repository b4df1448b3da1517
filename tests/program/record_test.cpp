// SPDX-License-Identifier: MIT
// `rstat-tsa record` from outside, on real threads: no time is lost or told twice, every end leaves a recording that
// can be read, and conditions choose the threads that they say.
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "model/state.h"
#include "program/recorded.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/small_disk.h"
#include "support/taken_time.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// What this process and the programs that it runs may write into a file, for its scope.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) {
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit lower{bytes, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &lower);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

  private:
    rlimit before_{};
};

class Record : public ::testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }

    /// record -o DIR and these, to its end.
    Finished record(std::vector<std::string> arguments, bool as_nobody = false) {
        return run(with_place(std::move(arguments)), as_nobody);
    }
    [[nodiscard]] std::vector<std::string> with_place(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"record", "-o", place()});
        return arguments;
    }
    [[nodiscard]] std::string place() const { return folder_.path() + "/recording"; }
    [[nodiscard]] bool await_intervals(std::size_t count) const {
        return await([&] { return lines_of(text_of(place() + "/system.csv")).size() > count; });
    }

    TempDir folder_;
};

/// In each row the states make up its time; a thread's rows follow each other without gap or overlap, to the
/// nanosecond. (A row ends with its interval, but for two that the sum leaves out: of a thread that had an event while
/// it was being read, whose state is 0 ns old, and of one that has died and is not reaped, whose time ended before.)
void expect_rows_tile(const CsvTable& table) {
    for (const auto& [thread, rows] : table.by_thread()) {
        std::uint64_t told_ns = 0, from_ns = 0, from_told_ns = 0;
        for (const std::size_t row : rows) {
            const std::uint64_t wall_ns = table.number(row, "wall_ns");
            std::uint64_t states_ns = 0;
            for (const StateInfo& state : state_table()) {
                states_ns += table.number(row, std::string(state.key) + "_ns");
            }
            EXPECT_EQ(states_ns, wall_ns) << "thread " << thread.first;
            EXPECT_LE(table.number(row, "quiet_ns"), wall_ns);
            if (table.at(row, "state") == "zombie") {
                break;
            }
            told_ns += wall_ns;
            if (table.at(row, "state_age_ns") == "0" && table.at(row, "exit_time_unix_ns").empty()) {
                continue;
            }
            if (from_ns != 0) {
                EXPECT_EQ(told_ns - from_told_ns, table.end_of(row) - from_ns)
                    << "thread " << thread.first << " " << table.at(row, "comm");
            }
            from_ns = table.end_of(row);
            from_told_ns = told_ns;
        }
    }
}

TEST_F(Record, every_threads_rows_tile_its_time_and_their_states_sum_to_it) {
    const Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    const Puppet waiter("waiter");
    const Finished finished = record({"-i", "100", "-d", "1.5"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, HasSubstr("recorded "));
    EXPECT_THAT(finished.err, Not(HasSubstr("\r"))) << "a progress line is for terminals";
    const CsvTable threads = threads_in(place());
    const CsvTable system = system_in(place());
    ASSERT_GT(system.size(), 3U);
    expect_rows_tile(threads);
    // A thread that was there at the beginning and at the end has all of it, but for what happened while it was being
    // read.
    const std::uint64_t end_ns = system.number(system.size() - 1, "time_unix_ns");
    const std::uint64_t length_ns = end_ns - (system.number(0, "time_unix_ns") - system.number(0, "interval_ns"));
    std::set<std::uint64_t> throughout;
    for (const auto& [thread, rows] : threads.by_thread()) {
        std::uint64_t wall_ns = 0;
        for (const std::size_t row : rows) {
            wall_ns += threads.number(row, "wall_ns");
        }
        constexpr std::uint64_t kReadNs = 90'000'000;  // a reader that loses its CPU meanwhile; less than an interval
        const bool whole = wall_ns + kReadNs > length_ns && wall_ns < length_ns + kReadNs;
        if (whole && threads.end_of(rows.back()) == end_ns) {
            throughout.insert(thread.first);
        }
    }
    for (const std::uint32_t tid : {hogs.tid("hog0"), hogs.tid("hog1"), hogs.tid("main"), waiter.tid("waiter")}) {
        EXPECT_TRUE(throughout.contains(tid)) << tid;
    }
    EXPECT_GT(throughout.size(), 20U);
}

TEST_F(Record, a_busy_threads_cpu_time_is_the_kernels) {
    const Puppet hog("hogs", {std::to_string(test_cpu()), "1"});
    const std::uint32_t tid = hog.tid("hog0");
    const TakenTime taken;
    const auto before = schedstat(tid);
    const Finished finished = record({"-i", "100", "-d", "1", "--tid", std::to_string(tid)});
    const auto after = schedstat(tid);
    ASSERT_TRUE(before && after);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const CsvTable threads = threads_in(place());
    std::uint64_t exec_ns = 0, wall_ns = 0, wait_ns = 0;
    for (std::size_t row = 0; row < threads.size(); ++row) {
        EXPECT_EQ(threads.number(row, "tid"), tid);
        exec_ns += threads.number(row, "exec_ns");
        wait_ns += threads.number(row, "cpu_wait_ns");
        wall_ns += threads.number(row, "wall_ns");
    }
    EXPECT_EQ(exec_ns + wait_ns, wall_ns) << "it never sleeps";
    // The recording is between the two looks; /proc moves with the tick and at switches.
    constexpr std::uint64_t kTickNs = 10'000'000;
    EXPECT_LE(exec_ns, after->exec_ns - before->exec_ns + kTickNs + taken.most_ns());
    EXPECT_GT(exec_ns, wall_ns / 20);
}

TEST_F(Record, threads_that_live_a_millisecond_are_all_there_with_their_cpu_time) {
    constexpr std::uint64_t kLives = 200;
    Puppet lives("lives");
    Program program(with_place({"-i", "100", "-p", std::to_string(lives.pid())}));
    ASSERT_TRUE(await_intervals(1));
    const TakenTime taken;
    const std::uint64_t charged_ns = number_of(lives.ask("threads 200 1000"), "cpu_ns");
    EXPECT_EQ(program.finish(SIGINT).exit_code, 0);
    const CsvTable threads = threads_in(place());
    expect_rows_tile(threads);
    std::uint64_t ended = 0, exec_ns = 0;
    for (std::size_t row = 0; row < threads.size(); ++row) {
        ended += threads.at(row, "exit_time_unix_ns").empty() ? 0 : 1;
        exec_ns += threads.number(row, "exec_ns");
    }
    EXPECT_EQ(ended, kLives);
    // Of the process as a whole: what its main thread used to create them is charged too.
    EXPECT_TRUE(is_charged(exec_ns, charged_ns, 0.1 * static_cast<double>(charged_ns), taken));
    EXPECT_EQ(meta_in(place())["end"]["lost"].GetUint64(), 0U);
}

TEST_F(Record, a_signal_ends_it_with_a_last_row_of_every_thread) {
    const Puppet waiter("waiter");
    Program program(with_place({"-i", "100"}));
    ASSERT_TRUE(await_intervals(3));
    const Finished finished = program.finish(SIGINT);
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_THAT(finished.err, HasSubstr("recorded "));
    const CsvTable threads = threads_in(place());
    const CsvTable system = system_in(place());
    expect_rows_tile(threads);
    const rapidjson::Document meta = meta_in(place());
    EXPECT_THAT(meta["end"]["why"].GetString(), HasSubstr("SIGINT"));
    EXPECT_EQ(meta["end"]["intervals"].GetUint64(), system.size());
    EXPECT_EQ(meta["end"]["rows"].GetUint64(), threads.size());
    EXPECT_TRUE(meta["users"].HasMember("0"));
    EXPECT_STREQ(meta["users"]["0"].GetString(), "root");
    const std::uint64_t end_ns = system.number(system.size() - 1, "time_unix_ns");
    bool quiet_until_then = false;
    for (const auto& [thread, rows] : threads.by_thread()) {
        if (thread.first == waiter.tid("waiter")) {
            EXPECT_EQ(threads.end_of(rows.back()), end_ns);
            quiet_until_then = threads.number(rows.back(), "quiet_ns") > 0;
            EXPECT_LT(rows.size(), system.size()) << "nothing happens to it: no row";
        }
    }
    EXPECT_TRUE(quiet_until_then);
}

TEST_F(Record, kill_9_leaves_whole_lines_and_no_probe) {
    Program program(with_place({"-i", "20"}));
    ASSERT_TRUE(await_intervals(5));
    std::set<std::uint32_t> programs;
    for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/fdinfo", program.pid()))) {
        const std::string text = text_of(entry.path());
        if (const std::size_t at = text.find("\nprog_id:"); at != std::string::npos) {
            programs.insert(static_cast<std::uint32_t>(std::strtoul(text.c_str() + at + 9, nullptr, 10)));
        }
    }
    EXPECT_FALSE(programs.empty());
    EXPECT_EQ(program.finish(SIGKILL).exit_code, -SIGKILL);
    expect_rows_tile(threads_in(place()));
    EXPECT_GE(system_in(place()).size(), 5U);
    EXPECT_FALSE(meta_in(place()).HasMember("end") && !meta_in(place())["end"].IsNull()) << "it had no end";
    EXPECT_TRUE(await([&] {
        for (const std::uint32_t id : programs) {
            if (const int fd = bpf_prog_get_fd_by_id(id); fd >= 0) {
                ::close(fd);
                return false;
            }
        }
        return true;
    }));
}

TEST_F(Record, a_duration_ends_it_at_that_time_even_amid_an_interval) {
    const Finished finished = record({"-i", "200", "-d", "0.7"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const CsvTable system = system_in(place());
    std::uint64_t sum_ns = 0;
    for (std::size_t row = 0; row < system.size(); ++row) {
        sum_ns += system.number(row, "interval_ns");
    }
    EXPECT_GE(sum_ns, 700'000'000U);
    EXPECT_LE(system.size(), 4U) << "200 + 200 + 200 + 100 ms, or fewer and longer ones";
    EXPECT_THAT(meta_in(place())["end"]["why"].GetString(), HasSubstr("700 ms elapsed"));
}

TEST_F(Record, a_command_is_recorded_from_birth_to_death_and_its_exit_code_is_ours) {
    const Finished finished = record(
        {"-i", "50", "--", "sh", "-c", "echo hello; i=0; while [ $i -lt 50 ]; do /bin/true; i=$((i+1)); done; exit 3"});
    EXPECT_EQ(finished.exit_code, 3) << finished.err;
    EXPECT_EQ(finished.out, "hello\n");
    const CsvTable threads = threads_in(place());
    expect_rows_tile(threads);
    std::set<std::uint64_t> ended;
    for (const auto& [thread, rows] : threads.by_thread()) {
        const std::string& name = threads.at(rows.back(), "comm");
        EXPECT_TRUE(name == "sh" || name == "true") << name << ": not of the command";
        if (!threads.at(rows.back(), "exit_time_unix_ns").empty()) {
            ended.insert(thread.first);
        }
    }
    EXPECT_EQ(ended.size(), 51U) << "each /bin/true and the shell, to their ends";
    const rapidjson::Document meta = meta_in(place());
    EXPECT_EQ(meta["end"]["exit_code"].GetInt(), 3);
    EXPECT_STREQ(meta["command"][0].GetString(), "sh");
}

TEST_F(Record, a_thread_that_outlives_the_command_has_a_last_row) {
    const Finished finished = record({"-i", "50", "--", "sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const auto child = static_cast<std::uint64_t>(std::strtoul(finished.out.c_str(), nullptr, 10));
    ASSERT_GT(child, 0U);
    kill(static_cast<pid_t>(child), SIGKILL);
    const CsvTable threads = threads_in(place());
    const CsvTable system = system_in(place());
    for (const auto& [thread, rows] : threads.by_thread()) {
        if (thread.first == child) {
            EXPECT_EQ(threads.end_of(rows.back()), system.number(system.size() - 1, "time_unix_ns"));
            return;
        }
    }
    FAIL() << "no row of " << child;
}

TEST_F(Record, a_command_that_cannot_run_leaves_no_recording_behind) {
    const Finished finished = record({"--", "no-such-command-here"});
    EXPECT_EQ(finished.exit_code, 127);
    EXPECT_THAT(finished.err, HasSubstr("No such file"));
    EXPECT_FALSE(std::filesystem::exists(place()));
}

TEST_F(Record, to_stdout_until_the_reader_leaves) {
    Program program({"record", "-o", "-", "-i", "50"});
    ASSERT_TRUE(program.wait_for_lines(3));
    program.close_stdout();
    const Finished finished = program.finish();
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_THAT(finished.err, IsEmpty());
    EXPECT_THAT(finished.out, testing::StartsWith("time_unix_ns,interval_ns,"));
}

TEST_F(Record, a_full_disk_is_told_and_what_is_on_it_can_be_read) {
    const SmallDisk disk(folder_.path() + "/disk", "128k");
    if (!disk.mounted()) {
        GTEST_SKIP() << "this machine lacks: a file system in memory";
    }
    const std::string place = folder_.path() + "/disk/recording";
    const Puppet hogs("hogs", {std::to_string(test_cpu()), "8"});
    const Finished finished = run({"record", "-o", place, "-i", "5", "-d", "60"});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("No space left on device"));
    EXPECT_THAT(finished.err, HasSubstr("can be read"));
    const CsvTable threads = threads_in(place);
    const CsvTable system = system_in(place);
    EXPECT_GT(system.size(), 3U);
    expect_rows_tile(threads);
}

TEST_F(Record, a_file_at_its_limit_is_told_and_what_is_in_it_can_be_read) {
    const FileSizeLimit limit(100U << 10U);
    const Finished finished = record({"-i", "5", "-d", "60"});
    EXPECT_EQ(finished.exit_code, 1) << "an error, no death by SIGXFSZ";
    EXPECT_THAT(finished.err, HasSubstr("File too large"));
    EXPECT_THAT(finished.err, HasSubstr("can be read"));
    EXPECT_GT(system_in(place()).size(), 1U);
    expect_rows_tile(threads_in(place()));
    EXPECT_THAT(meta_in(place())["end"]["why"].GetString(), HasSubstr("File too large"));
}

TEST_F(Record, a_command_has_the_signals_as_they_were) {
    const Finished finished = record({"--", "sh", "-c", "kill -XFSZ $$; exit 3"});
    EXPECT_EQ(finished.exit_code, 128 + SIGXFSZ) << finished.err;
    EXPECT_EQ(meta_in(place())["end"]["signal"].GetInt(), SIGXFSZ);
}

TEST_F(Record, what_is_there_already_is_not_overwritten) {
    ASSERT_EQ(record({"-i", "10", "-d", "0.05"}).exit_code, 0);
    const std::string before = text_of(place() + "/threads.csv");
    const Finished again = record({"-i", "10", "-d", "0.05"});
    EXPECT_EQ(again.exit_code, 1);
    EXPECT_THAT(again.err, HasSubstr("already contains a recording"));
    EXPECT_THAT(again.err, HasSubstr("hint: "));
    EXPECT_EQ(text_of(place() + "/threads.csv"), before);
    const Finished file = run({"record", "-o", place() + "/threads.csv", "-d", "0.05"});
    EXPECT_EQ(file.exit_code, 1);
    EXPECT_THAT(file.err, HasSubstr("Not a directory"));
    const Finished nowhere = run({"record", "-o", place() + "/a/b", "-d", "0.05"});
    EXPECT_EQ(nowhere.exit_code, 1);
    EXPECT_THAT(nowhere.err, HasSubstr("No such file"));
}

TEST_F(Record, compressed_files_are_what_zstd_reads) {
    ASSERT_EQ(record({"-i", "50", "-d", "0.5", "--compress"}).exit_code, 0);
    for (const char* name : {"threads", "system"}) {
        const std::string file = place() + "/" + name + ".csv";
        ASSERT_EQ(std::system(fmt::format("zstd -dcq {0}.zst > {0}", file).c_str()), 0);
    }
    expect_rows_tile(threads_in(place()));
    EXPECT_GT(system_in(place()).size(), 2U);
    EXPECT_TRUE(meta_in(place())["compressed"].GetBool());
}

TEST_F(Record, a_limit_keeps_the_newest_and_each_segment_stands_on_its_own) {
    constexpr std::uint64_t kLimit = 1U << 20U;  // each segment begins with every thread of the machine
    const Puppet hogs("hogs", {std::to_string(test_cpu()), "8"});
    const Finished finished = record({"-i", "5", "-d", "4", "--keep", "1M"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    std::uint64_t bytes = 0, segments = 0;
    for (const auto& entry : std::filesystem::directory_iterator(place())) {
        bytes += entry.file_size();
        const std::string name = entry.path().filename();
        if (name.starts_with("threads")) {
            ++segments;
            expect_rows_tile(CsvTable(text_of(entry.path())));
        }
    }
    EXPECT_LE(bytes, kLimit);
    EXPECT_GT(segments, 2U);
    EXPECT_FALSE(std::filesystem::exists(place() + "/threads-000001.csv")) << "the oldest is gone";
    EXPECT_THAT(finished.err, HasSubstr("deleted for --keep"));
}

TEST_F(Record, a_name_and_a_user_choose_threads) {
    const Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    ASSERT_EQ(record({"-i", "50", "-d", "0.2", "--comm", "ho?s", "--user", "root"}).exit_code, 0);
    const CsvTable threads = threads_in(place());
    EXPECT_GE(threads.size(), 2U);
    for (std::size_t row = 0; row < threads.size(); ++row) {
        EXPECT_EQ(threads.at(row, "comm"), "hogs");
    }
    EXPECT_GT(system_in(place()).number(0, "threads"), 20U) << "the machine's sums are of all threads";
    EXPECT_EQ(meta_in(place())["filters"].Size(), 2U);
    const std::string other = folder_.path() + "/other";
    Program other_user({"stat", "--source", "procfs", "-i", "60000"}, true);
    ASSERT_TRUE(await([&] { return text_of(fmt::format("/proc/{}/comm", other_user.pid())) == "rstat-tsa\n"; }));
    ASSERT_EQ(run({"record", "-o", other, "-i", "50", "-d", "0.2", "--user", "65534"}).exit_code, 0);
    const CsvTable theirs = threads_in(other);
    EXPECT_GE(theirs.size(), 1U);
    for (std::size_t row = 0; row < theirs.size(); ++row) {
        EXPECT_EQ(theirs.at(row, "uid"), "65534");
    }
    const Finished nobody = run({"record", "-o", folder_.path() + "/x", "--user", "no-such-user"});
    EXPECT_EQ(nobody.exit_code, 1);
    EXPECT_THAT(nobody.err, HasSubstr("there is no user no-such-user"));
}

TEST_F(Record, a_cgroup_is_recorded_with_those_that_are_made_below_it_meanwhile) {
    TSA_REQUIRE(missing_cgroup("unified"));
    Cgroup group("unified");
    const Puppet waiter("waiter");
    group.add(waiter.pid());
    const std::string line = text_of(fmt::format("/proc/{}/cgroup", waiter.pid()));
    const std::size_t at = line.find("0::");
    ASSERT_NE(at, std::string::npos);
    const std::string path = line.substr(at + 3, line.find('\n', at) - at - 3);
    Program program(with_place({"-i", "50", "--cgroup", path}));
    ASSERT_TRUE(await_intervals(2));
    const std::string below = cgroup_root("unified") + path + "/below";
    ASSERT_EQ(::mkdir(below.c_str(), 0755), 0);
    // A thread's cgroup is looked at when it begins, and at exec: it moves itself, then becomes another program.
    const std::string script = fmt::format("echo $$ > {}/cgroup.procs && exec sleep 0.3", below);
    const Finished late = run({"stat", "-o", "/dev/null", "--", "sh", "-c", script});
    EXPECT_EQ(late.exit_code, 0) << late.err;
    EXPECT_EQ(program.finish(SIGTERM).exit_code, 0);
    EXPECT_TRUE(await([&] { return ::rmdir(below.c_str()) == 0; }));
    const CsvTable threads = threads_in(place());
    std::set<std::string> names;
    for (std::size_t row = 0; row < threads.size(); ++row) {
        names.insert(threads.at(row, "comm"));
    }
    EXPECT_TRUE(names.contains("waiter"));
    EXPECT_TRUE(names.contains("sleep")) << "in a cgroup that was made later";
    EXPECT_LE(names.size(), 3U) << "sh, for the moment between its move and its exec";
    const Finished missing = run({"record", "-o", folder_.path() + "/x", "--cgroup", "/no/such/group"});
    EXPECT_EQ(missing.exit_code, 1);
    EXPECT_THAT(missing.err, HasSubstr("there is no cgroup /no/such/group"));
}

TEST_F(Record, it_ends_when_the_chosen_process_has) {
    Puppet lives("lives");
    Program program(with_place({"-i", "50", "-p", std::to_string(lives.pid())}));
    ASSERT_TRUE(await_intervals(2));
    EXPECT_EQ(number_of(lives.ask("threads 3 100"), "cpu_ns") > 0, true) << "threads made later are recorded too";
    const pid_t process = lives.pid();
    lives.finish();
    const Finished finished = program.finish();
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_THAT(finished.err, HasSubstr(fmt::format("process {} has ended", process)));
    EXPECT_EQ(threads_in(place()).by_thread().size(), 4U);
    const Finished missing = run({"record", "-o", folder_.path() + "/x", "-p", std::to_string(process)});
    EXPECT_EQ(missing.exit_code, 1);
    EXPECT_THAT(missing.err, HasSubstr(fmt::format("there is no process {}", process)));
    EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/x"));
}

TEST_F(Record, without_privilege_it_records_what_proc_tells) {
    ASSERT_EQ(::chmod(folder_.path().c_str(), 0777), 0);
    const Finished finished = record({"--source", "procfs", "-i", "100", "-d", "0.5"}, true);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_STREQ(meta_in(place())["source"].GetString(), "procfs");
    EXPECT_GT(threads_in(place()).size(), 20U);
}

TEST_F(Record, delay_accounting_stands_in_the_rows_of_living_threads) {
    const Puppet hog("hogs", {std::to_string(test_cpu()), "1"});
    ASSERT_EQ(record({"-i", "200", "-d", "0.6", "--taskstats", "-p", std::to_string(hog.pid())}).exit_code, 0);
    const CsvTable threads = threads_in(place());
    std::uint64_t told = 0;
    for (std::size_t row = 0; row < threads.size(); ++row) {
        const bool is_hog = threads.number(row, "tid") == hog.tid("hog0");
        told += is_hog && threads.number(row, "taskstats_cpu_run_virtual_ns") > 0 ? 1 : 0;
    }
    EXPECT_GE(told, 2U);
}

}  // namespace
}  // namespace tsa::test
