// SPDX-License-Identifier: MIT
// What hangs outside of the program does not stop its measuring: a user database, the memory of another process, a file
// system. Before each was looked at beside the loop, these tests saw holes of seconds.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "paths.h"
#include "program/recorded.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;

std::uint64_t longest_interval_ns(const std::string& recording) {
    const CsvTable system = system_in(recording);
    std::uint64_t longest_ns = 0;
    for (std::size_t row = 0; row < system.size(); ++row) {
        longest_ns = std::max(longest_ns, system.number(row, "interval_ns"));
    }
    return longest_ns;
}

bool has_thread(const std::string& tasks, const std::string& name) {
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
        std::string comm;
        std::ifstream(task.path() / "comm") >> comm;
        if (comm == name) {
            return true;
        }
    }
    return false;
}

class Hanging : public ::testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }
    TempDir folder_;
};

TEST_F(Hanging, a_user_database_leaves_no_hole_in_a_recording) {
    TSA_REQUIRE(missing_file("/usr/bin/setpriv"));
    const std::string settings = folder_.path() + "/nsswitch.conf";
    std::ofstream(settings) << "passwd: files slow\n";
    const std::string recording = folder_.path() + "/r";
    const Finished finished =
        run({"--mount", "sh", "-c",
             fmt::format("mount --bind {0} /etc/nsswitch.conf\n"
                         "(sleep 1; exec setpriv --reuid 78000 --clear-groups sleep 3) & S=$!\n"
                         "LD_LIBRARY_PATH={1} {2} record -i 200 -d 3 -o {3}; R=$?; kill $S; exit $R",
                         settings, paths::kPuppets, paths::kBinary, recording)},
            false, "/usr/bin/unshare");
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_LT(longest_interval_ns(recording), 1'500'000'000U);
    const CsvTable threads = threads_in(recording);
    bool was_there = false;
    for (std::size_t row = 0; row < threads.size(); ++row) {
        was_there |= threads.number(row, "uid") == 78000;
    }
    EXPECT_TRUE(was_there) << "or nothing was looked up";
    const auto meta = meta_in(recording);
    EXPECT_STREQ(meta["users"]["0"].GetString(), "root") << "the others have their names";
    EXPECT_FALSE(meta["users"].HasMember("78000"));
}

TEST_F(Hanging, memory_of_another_process_leaves_the_screens_alive) {
    TSA_REQUIRE(missing_tmux());
    Puppet puppet("slowargs", {std::string(8192, 'x')});
    if (puppet.missing()) {
        GTEST_SKIP() << *puppet.missing();
    }
    Terminal terminal(120, 40);
    ASSERT_TRUE(terminal.start(fmt::format("-i 200 {}", puppet.tid("reader")), "EscBack")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("read pipe")) << "its waits, which need no memory of it\n" << terminal.screen();
    terminal.key("Escape");
    EXPECT_TRUE(terminal.await_text("THREADS ARE ON AVERAGE IN")) << terminal.screen();
    terminal.key("q");
    EXPECT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
}

/// A recording of everything that is made until the test has seen enough of it.
class OngoingRecording {
  public:
    explicit OngoingRecording(const std::string& folder)
        : path_(folder + "/r"), program_({"record", "-i", "200", "-o", path_}) {}
    /// Waits for a row of that thread whose `column` is as wanted.
    [[nodiscard]] bool await_cell(std::uint32_t tid, const std::string& column, const std::string& wanted) const {
        return await([&] { return has_cell(tid, column, wanted); });
    }
    [[nodiscard]] bool await_count(const std::string& column, std::uint64_t at_least) const {
        return await([&] {
            const CsvTable system = whole_lines("system.csv");
            return system.size() != 0 && system.number(system.size() - 1, column) >= at_least;
        });
    }
    [[nodiscard]] bool has_cell(std::uint32_t tid, const std::string& column, const std::string& wanted) const {
        const CsvTable threads = whole_lines("threads.csv");
        for (std::size_t row = 0; row < threads.size(); ++row) {
            if (threads.number(row, "tid") == tid && threads.at(row, column) == wanted) {
                return true;
            }
        }
        return false;
    }
    Finished finish() { return program_.finish(SIGINT); }

  private:
    [[nodiscard]] CsvTable whole_lines(const std::string& name) const {
        const std::string file = path_ + "/" + name;
        const std::string text = std::filesystem::exists(file) ? text_of(file) : "";
        return CsvTable(text.substr(0, text.rfind('\n') + 1));
    }
    std::string path_;
    Program program_;
};

constexpr const char* kTwoPipes = "poll: 2 pipes";

TEST_F(Hanging, memory_of_some_processes_leaves_the_others_their_labels) {
    const Puppet dead("deadpage", {"poll"});
    if (dead.missing()) {
        GTEST_SKIP() << *dead.missing();
    }
    const Puppet also_dead("deadpage", {"poll"});
    OngoingRecording recording(folder_.path());
    ASSERT_TRUE(recording.await_count("labels_unread", 2)) << "both hung a look";
    const Puppet alive("deadpage", {"poll", "alive"});
    EXPECT_TRUE(recording.await_cell(alive.tid("waiter"), "wait_label", kTwoPipes));
    EXPECT_FALSE(recording.has_cell(dead.tid("waiter"), "wait_label", kTwoPipes));
    const Finished finished = recording.finish();
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
}

TEST_F(Hanging, memory_of_more_processes_than_threads_leaves_labels_that_need_no_memory) {
    std::vector<std::unique_ptr<Puppet>> dead;
    for (int count = 0; count < 5; ++count) {
        dead.push_back(std::make_unique<Puppet>("deadpage", std::vector<std::string>{"poll"}));
        if (dead.back()->missing()) {
            GTEST_SKIP() << *dead.back()->missing();
        }
    }
    OngoingRecording recording(folder_.path());
    ASSERT_TRUE(recording.await_count("labels_unread", 3));
    const Puppet alive("deadpage", {"poll", "alive"});
    // Its main thread reads its standard input, a pipe of this test.
    std::string own_name;
    std::getline(std::ifstream("/proc/self/comm"), own_name);
    const std::string label = fmt::format("pipe from {} {}", ::getpid(), own_name);
    EXPECT_TRUE(recording.await_cell(static_cast<std::uint32_t>(alive.pid()), "wait_label", label));
    const Finished finished = recording.finish();
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
}

/// A FUSE file system whose server never answers. Unmounted at the end, which frees everyone who waits.
class DeadMount {
  public:
    explicit DeadMount(const std::string& at) : at_(at), device_(::open("/dev/fuse", O_RDWR | O_CLOEXEC)) {
        std::filesystem::create_directory(at);
        const std::string options = fmt::format("fd={},rootmode=40000,user_id=0,group_id=0", device_.get());
        mounted_ = device_.valid() && ::mount("dead", at.c_str(), "fuse", 0, options.c_str()) == 0;
    }
    DeadMount(const DeadMount&) = delete;
    DeadMount& operator=(const DeadMount&) = delete;
    ~DeadMount() {
        device_.reset();
        if (mounted_) {
            ::umount2(at_.c_str(), MNT_DETACH);
        }
    }
    [[nodiscard]] bool mounted() const { return mounted_; }

  private:
    std::string at_;
    Fd device_;
    bool mounted_ = false;
};

TEST_F(Hanging, a_file_system_that_another_process_waits_for_leaves_no_hole) {
    const DeadMount dead(folder_.path() + "/dead");
    if (!dead.mounted()) {
        GTEST_SKIP() << "no FUSE mounts here";
    }
    const std::string recording = folder_.path() + "/r";
    const Finished finished =
        run({"-c", fmt::format("cat {0}/dead/file & S=$!\n{1} record -i 200 -d 2 -o {0}/r; R=$?; kill -9 $S; exit $R",
                               folder_.path(), paths::kBinary)},
            false, "/bin/sh");
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_LT(longest_interval_ns(recording), 1'000'000'000U);
    const CsvTable threads = threads_in(recording);
    bool waits = false;
    for (std::size_t row = 0; row < threads.size(); ++row) {
        waits |= threads.at(row, "comm") == "cat" && threads.at(row, "wait_label").find("fuse") != std::string::npos;
    }
    EXPECT_TRUE(waits) << "what it waits for is named";
}

TEST_F(Hanging, a_directory_at_the_start_is_not_waited_for_after_a_signal) {
    const DeadMount dead(folder_.path() + "/dead");
    if (!dead.mounted()) {
        GTEST_SKIP() << "no FUSE mounts here";
    }
    Program program({"record", "-i", "200", "-o", folder_.path() + "/dead/r"});
    const std::string threads = fmt::format("/proc/{}/task", program.pid());
    ASSERT_TRUE(await([&] { return has_thread(threads, "rstat-create"); })) << "it waits for the file system";
    const Finished finished = program.finish(SIGTERM);
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("stopped by signal 15 while its file system did not answer"));
}

TEST_F(Hanging, a_directory_at_the_start_is_an_error_after_a_while) {
    const DeadMount dead(folder_.path() + "/dead");
    if (!dead.mounted()) {
        GTEST_SKIP() << "no FUSE mounts here";
    }
    const Finished finished = run({"record", "-i", "200", "-o", folder_.path() + "/dead/r"});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("/dead/r: no answer from its file system for 10 s"));
}

/// A disk of 16 MB on which every write can be made to wait.
class FreezableDisk {
  public:
    explicit FreezableDisk(const std::string& folder) : at_(folder + "/disk") {
        const std::string image = folder + "/image";
        std::filesystem::create_directory(at_);
        mounted_ =
            run({"-c", fmt::format("truncate -s 16M {0} && mkfs.ext4 -q {0} && mount -o loop {0} {1}", image, at_)},
                false, "/bin/sh")
                .exit_code == 0;
        folder_ = Fd(::open(at_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    FreezableDisk(const FreezableDisk&) = delete;
    FreezableDisk& operator=(const FreezableDisk&) = delete;
    ~FreezableDisk() {
        thaw();
        folder_.reset();
        if (mounted_) {
            ::umount2(at_.c_str(), MNT_DETACH);
        }
    }
    [[nodiscard]] bool freeze() { return mounted_ && ::ioctl(folder_.get(), FIFREEZE, 0) == 0; }
    void thaw() { ::ioctl(folder_.get(), FITHAW, 0); }
    [[nodiscard]] const std::string& path() const { return at_; }

  private:
    std::string at_;
    bool mounted_ = false;
    Fd folder_;
};

TEST_F(Hanging, its_own_directory_leaves_no_hole_and_gets_all_intervals_later) {
    FreezableDisk disk(folder_.path());
    if (!disk.freeze()) {
        GTEST_SKIP() << "no loop devices, or no mkfs.ext4";
    }
    disk.thaw();
    const std::string recording = disk.path() + "/r";
    Program program({"record", "-i", "200", "-o", recording});
    ASSERT_TRUE(await([&] { return std::filesystem::exists(recording + "/system.csv"); }));
    std::this_thread::sleep_for(std::chrono::seconds(1));
    ASSERT_TRUE(disk.freeze());
    std::this_thread::sleep_for(std::chrono::seconds(3));
    disk.thaw();
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const Finished finished = program.finish(SIGINT);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_LT(longest_interval_ns(recording), 1'500'000'000U);
    EXPECT_GE(system_in(recording).size(), 12U) << "of some 25";
    EXPECT_EQ(run({"report", recording}).exit_code, 0);
}

TEST_F(Hanging, its_own_directory_can_hang_for_ever) {
    FreezableDisk disk(folder_.path());
    if (!disk.freeze()) {
        GTEST_SKIP() << "no loop devices, or no mkfs.ext4";
    }
    disk.thaw();
    const std::string recording = disk.path() + "/r";
    Program program({"record", "-i", "200", "-o", recording});
    ASSERT_TRUE(await([&] { return std::filesystem::exists(recording + "/system.csv"); }));
    std::this_thread::sleep_for(std::chrono::seconds(1));
    ASSERT_TRUE(disk.freeze());
    std::this_thread::sleep_for(std::chrono::seconds(1));
    ::kill(program.pid(), SIGINT);
    // The message comes at once; only the kernel lets nothing end that waits for such a disk.
    std::this_thread::sleep_for(std::chrono::seconds(10));
    disk.thaw();
    const Finished finished = program.finish();
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("no answer for 2 s: its last intervals may be missing"));
}

}  // namespace
}  // namespace tsa::test
