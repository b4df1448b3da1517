// SPDX-License-Identifier: MIT
// Facts of real processes: read once, again after exec and when a title changes; trees of cgroups as files.
#include "procfs/process_feed.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/task_identity.h"
#include "procfs/cgroup_stats.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;
using testing::LiteralReport;
namespace fs = std::filesystem;

constexpr std::uint64_t kSecond = 1'000'000'000;

/// Overwrites the arguments of this process, as programs do that have a title.
void set_title(const std::string& title) {
    std::FILE* stat = std::fopen("/proc/self/stat", "r");
    std::string text(4096, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), stat));
    std::fclose(stat);
    // The fields after the name, which may contain spaces: arg_start is the 48th of the line.
    std::size_t at = text.rfind(')') + 2;
    for (int field = 3; field < 48; ++field) {
        at = text.find(' ', at) + 1;
    }
    auto* arguments = reinterpret_cast<char*>(std::strtoull(text.c_str() + at, nullptr, 10));
    // Up to arg_end, the next field: the kernel takes the place of all arguments for the title.
    const auto* const end = reinterpret_cast<char*>(std::strtoull(text.c_str() + text.find(' ', at), nullptr, 10));
    std::memset(arguments, 0, static_cast<std::size_t>(end - arguments));
    std::memcpy(arguments, title.c_str(), title.size());
}

/// A process that changes at each byte that it is sent: its title first, then its program.
class Changing {
  public:
    Changing() {
        EXPECT_EQ(::pipe(to_), 0);
        EXPECT_EQ(::pipe(from_), 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            char byte = 0;
            (void)!::read(to_[0], &byte, 1);
            set_title("renamed");
            (void)!::write(from_[1], "x", 1);
            (void)!::read(to_[0], &byte, 1);
            ::execl("/bin/sleep", "sleep", "1000", nullptr);
            ::_exit(1);
        }
    }
    Changing(const Changing&) = delete;
    Changing& operator=(const Changing&) = delete;
    ~Changing() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        for (const int fd : {to_[0], to_[1], from_[0], from_[1]}) {
            ::close(fd);
        }
    }
    void next() { (void)!::write(to_[1], "x", 1); }
    void wait_for_title() {
        char byte = 0;
        (void)!::read(from_[0], &byte, 1);
    }
    [[nodiscard]] std::uint32_t tgid() const { return static_cast<std::uint32_t>(pid_); }

  private:
    int to_[2]{}, from_[2]{};
    pid_t pid_ = -1;
};

/// A report of one process with one thread.
class OneProcess {
  public:
    explicit OneProcess(std::uint32_t tgid) : thread_(world_.add(tgid, "one")) {
        thread_.start_time_ns = read_start_time_ns(tgid).value_or(1);
        ProcessRow row;
        row.tgid = tgid;
        row.threads = 1;
        row.leader = &thread_;
        world_.report.processes = {row};
    }
    Report& after(std::uint64_t ns) {
        world_.report.now_ns += ns;
        return world_.report;
    }
    Thread& thread() { return thread_; }
    std::string command() {
        const ProcessFacts* facts = facts_of(world_.report, thread_);
        return facts != nullptr ? facts->command : "none";
    }

  private:
    LiteralReport world_;
    Thread& thread_;
};

/// Until the feed has it: a busy machine may answer a refresh later.
void update_until(ProcessFeed& feed, OneProcess& one, std::span<const std::uint32_t> shown, const std::string& wanted) {
    for (int turn = 0; turn < 1000 && one.command() != wanted; ++turn) {
        feed.update(shown, shown.empty(), one.after(0));
        ::usleep(1000);
    }
}

TEST(ProcessFeed, reads_a_process_again_when_its_title_may_have_changed_and_after_exec) {
    Changing child;
    const std::uint32_t tgid = child.tgid();
    OneProcess one(tgid);
    ProcessFeed feed;
    EXPECT_FALSE(feed.update({}, true, one.after(0))) << "not started";
    EXPECT_EQ(one.command(), "none");
    feed.start();
    const std::array shown{tgid};
    for (int turn = 0; turn < 1000 && one.command() == "none"; ++turn) {
        feed.update(shown, false, one.after(0));
        ::usleep(1000);
    }
    const std::string first = one.command();
    EXPECT_THAT(first, HasSubstr("unit_tests"));

    child.next();
    child.wait_for_title();
    feed.update(shown, false, one.after(kSecond));
    EXPECT_EQ(one.command(), first) << "bounded rate: it was read a second ago";
    one.after(kShownFactsNs);
    update_until(feed, one, shown, "renamed");
    EXPECT_EQ(one.command(), "renamed");

    child.next();
    for (int turn = 0; turn < 1000; ++turn) {
        std::ifstream comm("/proc/" + std::to_string(tgid) + "/comm");
        std::string name;
        if (std::getline(comm, name) && name == "sleep") {
            break;
        }
        ::usleep(1000);
    }
    std::strcpy(one.thread().comm.data(), "sleep");  // the probes see it at once
    update_until(feed, one, shown, "sleep 1000");
    EXPECT_EQ(one.command(), "sleep 1000");
    EXPECT_THAT(feed.table().find(one.thread())->program, HasSubstr("/sleep"));
    EXPECT_NE(feed.table().find(one.thread())->place, nullptr);
}

TEST(ProcessFeed, what_is_not_shown_is_read_only_if_all_are_wanted) {
    Changing child;
    OneProcess one(child.tgid());
    ProcessFeed feed;
    feed.start();
    for (int turn = 0; turn < 20; ++turn) {
        feed.update({}, false, one.after(0));
    }
    EXPECT_EQ(one.command(), "none");
    feed.fill(one.after(0), std::chrono::seconds(10));
    EXPECT_NE(one.command(), "none");
}

TEST(ProcessFeed, a_refresh_reads_a_bounded_number_of_processes) {
    LiteralReport world;
    const std::uint32_t first = 4'194'304 - 2 * static_cast<std::uint32_t>(kMaxBacklogReads);
    for (std::uint32_t nth = 0; nth < 2 * kMaxBacklogReads; ++nth) {
        world.add(first + nth, "nobody");
    }
    for (ThreadRow& row : world.report.threads) {
        ProcessRow process;
        process.tgid = row.now->tgid;
        process.leader = row.now;
        world.report.processes.push_back(process);
    }
    ProcessFeed feed;
    feed.start();
    feed.update({}, true, world.report);
    EXPECT_EQ(feed.left_out(), kMaxBacklogReads);
}

TEST(ProcessFeed, an_ended_process_is_forgotten) {
    ProcessFeed feed;
    feed.start();
    Report empty;
    {
        OneProcess self(static_cast<std::uint32_t>(::getpid()));
        feed.fill(self.after(0), std::chrono::seconds(10));
        EXPECT_EQ(feed.table().size(), 1U);
    }
    for (int round = 0; round < 200; ++round) {
        feed.update({}, true, empty);
    }
    EXPECT_EQ(feed.table().size(), 0U);
}

/// A tree of files that is removed at the end.
class Tree : public ::testing::Test {
  protected:
    Tree() {
        std::string pattern = fs::temp_directory_path() / "rstat-cgroups-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
    }
    ~Tree() override { fs::remove_all(root_); }
    void put(const std::string& path, const std::string& text) const {
        const fs::path file = root_ / path;
        fs::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
    }
    [[nodiscard]] std::string root() const { return root_.string() + "/"; }

    fs::path root_;
};

TEST_F(Tree, a_process_is_read_with_its_place_and_its_container_s_name) {
    const std::string id(64, 'c');
    put("proc/7/cgroup", "0::/system.slice/docker-" + id + ".scope\n");
    put("proc/7/cmdline", std::string("web\0--port\0"
                                      "80\0",
                                      14));
    put("var/lib/docker/containers/" + id + "/config.v2.json", R"({"Name":"/shop"})");
    fs::create_symlink("/usr/bin/web", root_ / "proc/7/exe");
    ProcessReader reader(UnifiedTree{}, root());
    ProcessReading reading;
    reader.read(7, reading);
    EXPECT_EQ(reading.command, "web --port 80");
    EXPECT_EQ(reading.program, "/usr/bin/web");
    EXPECT_EQ(reading.place.container, "shop");
    EXPECT_EQ(reading.place.container_id, id);
    reader.read(8, reading);
    EXPECT_TRUE(reading.place_key.empty()) << "there is no such process";
}

TEST_F(Tree, the_unified_tree_is_found_and_read_by_inode) {
    put("proc/self/mountinfo",
        "30 24 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n31 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 "
        "rw\n");
    put("sys/fs/cgroup/unified/a.slice/b.service/cgroup.procs", "");
    const UnifiedTree tree = find_unified_tree(root());
    EXPECT_EQ(tree.mount, root() + "sys/fs/cgroup/unified");
    ProcessReader reader(tree, root());
    std::vector<CgroupById> found;
    reader.read_tree(found);
    ASSERT_EQ(found.size(), 3U);
    bool has_unit = false;
    for (const auto& [id, place] : found) {
        EXPECT_NE(id, 0U);
        has_unit = has_unit || (place.path == "/a.slice/b.service" && place.unit == "b.service");
    }
    EXPECT_TRUE(has_unit);
}

TEST_F(Tree, without_a_unified_tree_nothing_is_read) {
    put("proc/self/mountinfo", "33 30 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n");
    const UnifiedTree tree = find_unified_tree(root());
    EXPECT_TRUE(tree.mount.empty());
    EXPECT_TRUE(tree.has_others);
    ProcessReader reader(tree, root());
    std::vector<CgroupById> found;
    reader.read_tree(found);
    EXPECT_TRUE(found.empty());
}

TEST_F(Tree, limits_of_version_2) {
    const std::string directory = "sys/fs/cgroup/a.slice/";
    put(directory + "cpu.max", "150000 100000\n");
    put(directory + "cpu.stat", "usage_usec 9\nnr_throttled 3\nthrottled_usec 1234\n");
    put(directory + "memory.current", "4096\n");
    put(directory + "memory.max", "8192\n");
    put(directory + "memory.events", "low 0\noom 1\noom_kill 2\n");
    put(directory + "cpu.pressure", "some avg10=8.25 avg60=1.00 avg300=0.00 total=5\nfull avg10=0.00\n");
    put("sys/fs/cgroup/b.slice/cpu.max", "max 100000\n");
    put("sys/fs/cgroup/b.slice/memory.max", "max\n");
    const CgroupMounts mounts = find_cgroup_mounts("31 30 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", root());
    const CgroupReading reading = read_cgroup(mounts, "/a.slice");
    EXPECT_EQ(reading.stats.quota_cpus, 1.5);
    EXPECT_EQ(reading.throttled_total_ns, 1'234'000U);
    EXPECT_EQ(reading.stats.memory_bytes, 4096U);
    EXPECT_EQ(reading.stats.memory_limit_bytes, 8192U);
    EXPECT_EQ(reading.oom_kills_total, 2U);
    EXPECT_EQ(reading.stats.cpu_some_pct, 8.25);
    EXPECT_FALSE(reading.stats.io_some_pct);
    const CgroupReading unlimited = read_cgroup(mounts, "/b.slice");
    EXPECT_FALSE(unlimited.stats.quota_cpus);
    EXPECT_FALSE(unlimited.stats.memory_limit_bytes);
    EXPECT_EQ(read_cgroup(mounts, "/none").stats, CgroupStats{});
    EXPECT_EQ(read_cgroup(mounts, "/../a.slice").stats, CgroupStats{}) << "outside of the namespace";
}

TEST_F(Tree, limits_of_version_1) {
    put("sys/fs/cgroup/cpu/batch/cpu.cfs_quota_us", "50000\n");
    put("sys/fs/cgroup/cpu/batch/cpu.cfs_period_us", "100000\n");
    put("sys/fs/cgroup/cpu/batch/cpu.stat", "nr_periods 9\nnr_throttled 3\nthrottled_time 777\n");
    put("sys/fs/cgroup/cpu/free/cpu.cfs_quota_us", "-1\n");
    put("sys/fs/cgroup/memory/batch/memory.limit_in_bytes", "1048576\n");
    put("sys/fs/cgroup/memory/batch/memory.usage_in_bytes", "4096\n");
    put("sys/fs/cgroup/memory/free/memory.limit_in_bytes", "9223372036854771712\n");
    put("sys/fs/cgroup/memory/free/memory.usage_in_bytes", "4096\n");
    const CgroupMounts mounts = find_cgroup_mounts(
        "31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
        "32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
        root());
    const CgroupReading reading = read_cgroup(mounts, "/batch");
    EXPECT_EQ(reading.stats.quota_cpus, 0.5);
    EXPECT_EQ(reading.throttled_total_ns, 777U);
    EXPECT_EQ(reading.stats.memory_limit_bytes, 1'048'576U);
    const CgroupReading unlimited = read_cgroup(mounts, "/free");
    EXPECT_FALSE(unlimited.stats.quota_cpus);
    EXPECT_FALSE(unlimited.stats.memory_limit_bytes) << "no limit is a very large number";
}

}  // namespace
}  // namespace tsa
