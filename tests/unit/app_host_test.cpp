// SPDX-License-Identifier: MIT
// What commands share that needs no kernel: files that replace others, the lock of one instance, lines for a reader
// that may be slow, a tree of cgroups. On real directories and pipes.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "app/host/cgroup_tree.h"
#include "app/host/instance_lock.h"
#include "app/host/line_sink.h"
#include "app/host/output_file.h"
#include "app/host/signals.h"
#include "base/fd.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// An empty directory, removed with its contents.
class Folder {
  public:
    Folder() {
        std::string pattern = "/tmp/tsa_host_XXXXXX";
        path_ = ::mkdtemp(pattern.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
    [[nodiscard]] std::size_t entries() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
    }

  private:
    std::string path_;
};

std::string text_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// How a child process ends that gets a signal while it starts: 0, or -signal.
int end_of_start(bool release) {
    const pid_t child = ::fork();
    if (child == 0) {
        EarlySignals early;
        ::raise(SIGUSR1);
        ::raise(SIGRTMIN);
        if (release) {
            early.release();
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(EarlySignals, are_pending_until_it_is_known_whether_they_must_end_the_program) {
    EXPECT_EQ(end_of_start(false), 0);
    EXPECT_EQ(end_of_start(true), -SIGUSR1);
}

TEST(OutputFile, replaces_a_file_only_when_it_is_finished) {
    const Folder folder;
    const std::string path = folder.file("report");
    std::ofstream(path) << "old";
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    auto file = OutputFile::open(path);
    ASSERT_TRUE(file.ok()) << file.error().text();
    ASSERT_TRUE(file.value().write("new").ok());
    EXPECT_EQ(text_of(path), "old");
    ASSERT_TRUE(file.value().finish().ok());
    EXPECT_EQ(text_of(path), "new");
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write) << "the mode is kept";
    EXPECT_EQ(folder.entries(), 1U);
}

TEST(OutputFile, that_is_given_up_leaves_the_old_file_and_nothing_beside_it) {
    const Folder folder;
    const std::string path = folder.file("report");
    std::ofstream(path) << "old";
    {
        auto file = OutputFile::open(path);
        ASSERT_TRUE(file.ok()) << file.error().text();
        ASSERT_TRUE(file.value().write("half of the").ok());
        EXPECT_NE(file.value().give_up(), "");
    }
    {
        auto file = OutputFile::open(path);
        ASSERT_TRUE(file.ok() && file.value().write("half").ok());  // and dropped without a word
    }
    EXPECT_EQ(text_of(path), "old");
    EXPECT_EQ(folder.entries(), 1U);
}

TEST(OutputFile, is_written_where_a_link_leads) {
    const Folder folder;
    fs::create_symlink("real", folder.file("link"));
    auto file = OutputFile::open(folder.file("link"));
    ASSERT_TRUE(file.ok() && file.value().write("text").ok() && file.value().finish().ok());
    EXPECT_TRUE(fs::is_symlink(folder.file("link")));
    EXPECT_EQ(text_of(folder.file("real")), "text");
}

TEST(OutputFile, never_belongs_to_the_recording_that_is_read) {
    const Folder folder;
    const std::string recording = folder.file("monday");
    fs::create_directory(recording);
    std::ofstream(recording + "/threads.csv") << "time_unix_ns\n";
    fs::create_symlink("monday/threads.csv", folder.file("link"));
    const auto belongs = check_output(folder.file("link"), {recording});
    ASSERT_FALSE(belongs.ok());
    EXPECT_THAT(belongs.error().text(), HasSubstr("not overwritten"));
    EXPECT_TRUE(check_output(folder.file("elsewhere"), {recording}).ok());
    EXPECT_TRUE(check_output("-", {recording}).ok());
}

TEST(InstanceLock, is_held_by_one_at_a_time_and_names_who_holds_it) {
    const Folder folder;
    const std::string path = folder.file("lock");
    {
        const auto first = InstanceLock::take(path);
        ASSERT_TRUE(first.ok()) << first.error().text();
        const auto second = InstanceLock::take(path);
        ASSERT_FALSE(second.ok());
        EXPECT_THAT(second.error().text(), HasSubstr("PID " + std::to_string(::getpid())));
    }
    EXPECT_TRUE(InstanceLock::take(path).ok()) << "it ends with its holder; the file stays";
}

TEST(InstanceLock, follows_no_link_and_takes_nothing_but_a_file) {
    const Folder folder;
    std::ofstream(folder.file("precious")) << "text";
    fs::create_symlink("precious", folder.file("link"));
    EXPECT_FALSE(InstanceLock::take(folder.file("link")).ok());
    EXPECT_EQ(text_of(folder.file("precious")), "text");
    ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
    EXPECT_FALSE(InstanceLock::take(folder.file("pipe")).ok());
}

/// A pipe of one page, whose reader does not read unless asked to. A write without a reader is an error here.
class SmallPipe {
  public:
    SmallPipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
            read_ = Fd(ends[0]);
            write_ = Fd(ends[1]);
        }
        ::fcntl(write_.get(), F_SETPIPE_SZ, 4096);
        handler_ = std::signal(SIGPIPE, SIG_IGN);
    }
    SmallPipe(const SmallPipe&) = delete;
    SmallPipe& operator=(const SmallPipe&) = delete;
    ~SmallPipe() { std::signal(SIGPIPE, handler_); }
    [[nodiscard]] int write_end() const { return write_.get(); }
    [[nodiscard]] std::string read(std::size_t bytes) const {
        std::string text(bytes, '\0');
        const ssize_t got = ::read(read_.get(), text.data(), bytes);
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return text;
    }
    void close_reader() { read_ = Fd(); }

  private:
    Fd read_, write_;
    void (*handler_)(int) = nullptr;
};

TEST(LineSink, drops_lines_while_an_older_one_is_unread_unless_they_are_urgent) {
    const SmallPipe pipe;
    auto sink = LineSink::open(pipe.write_end());
    ASSERT_TRUE(sink.ok());
    EXPECT_EQ(sink.value().offer("first\n", false).value(), LineSink::Offered::taken);
    EXPECT_EQ(sink.value().offer("second\n", false).value(), LineSink::Offered::dropped);
    EXPECT_EQ(sink.value().offer("urgent\n", true).value(), LineSink::Offered::taken);
    EXPECT_EQ(sink.value().dropped(), 1U);
    EXPECT_EQ(pipe.read(100), "first\nurgent\n");
    EXPECT_EQ(sink.value().offer("third\n", false).value(), LineSink::Offered::taken);
    EXPECT_EQ(pipe.read(100), "third\n");
}

TEST(LineSink, writes_the_rest_of_a_long_line_before_anything_else) {
    const SmallPipe pipe;
    auto sink = LineSink::open(pipe.write_end());
    ASSERT_TRUE(sink.ok());
    const std::string line = std::string(6000, 'a') + "\n";
    EXPECT_EQ(sink.value().offer(line, false).value(), LineSink::Offered::taken);
    EXPECT_TRUE(sink.value().partial());
    EXPECT_EQ(sink.value().offer("other\n", true).value(), LineSink::Offered::dropped) << "no room: not in its middle";
    std::string got = pipe.read(10'000);
    EXPECT_EQ(sink.value().resume().value(), LineSink::Offered::taken);
    EXPECT_FALSE(sink.value().partial());
    got += pipe.read(10'000);
    EXPECT_EQ(got, line);
}

TEST(LineSink, reports_a_reader_that_is_gone) {
    SmallPipe pipe;
    auto sink = LineSink::open(pipe.write_end());
    ASSERT_TRUE(sink.ok());
    pipe.close_reader();
    EXPECT_EQ(sink.value().offer("line\n", true).value(), LineSink::Offered::reader_gone);
}

std::uint64_t inode_of(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? about.st_ino : 0;
}

/// As if that directory were the mounted cgroup file system.
std::string mountinfo_of(const std::string& path) {
    return "24 30 0:22 / " + path + " rw,nosuid shared:9 - cgroup2 cgroup rw\n";
}

TEST(CgroupTree, has_a_cgroup_and_all_below_it_by_each_way_to_name_it) {
    const Folder folder;
    fs::create_directories(folder.file("a/b/c"));
    fs::create_directories(folder.file("ab"));
    for (const std::string& name : {std::string("a"), std::string("/a"), std::string("0::/a"), folder.file("a")}) {
        const auto tree = CgroupTree::open(name, mountinfo_of(folder.path()));
        ASSERT_TRUE(tree.ok()) << name << ": " << tree.error().text();
        EXPECT_EQ(tree.value().name(), "/a");
        EXPECT_THAT(tree.value().ids(),
                    ::testing::UnorderedElementsAre(inode_of(folder.file("a")), inode_of(folder.file("a/b")),
                                                    inode_of(folder.file("a/b/c"))));
    }
}

TEST(CgroupTree, is_not_left_upward_and_needs_cgroup_v2) {
    const Folder folder;
    fs::create_directories(folder.file("mount/a"));
    fs::create_directories(folder.file("outside"));
    const std::string mounts = mountinfo_of(folder.file("mount"));
    EXPECT_FALSE(CgroupTree::open("../outside", mounts).ok());
    EXPECT_FALSE(CgroupTree::open("missing", mounts).ok());
    EXPECT_FALSE(CgroupTree::open("a", "24 30 0:22 / /proc rw - proc proc rw\n").ok());
    EXPECT_EQ(CgroupTree::open("/", mounts).value().name(), "/");
}

TEST(CgroupTree, finds_a_new_cgroup_by_its_first_thread) {
    const Folder folder;
    fs::create_directories(folder.file("a"));
    auto tree = CgroupTree::open("a", mountinfo_of(folder.path()));
    ASSERT_TRUE(tree.ok());
    fs::create_directories(folder.file("other"));
    Thread outside;
    outside.cgroup_id = inode_of(folder.file("other"));
    Report report;
    report.threads.emplace_back().now = &outside;
    EXPECT_FALSE(tree.value().update(report));
    fs::create_directories(folder.file("a/later"));
    Thread inside;
    inside.cgroup_id = inode_of(folder.file("a/later"));
    report.threads.emplace_back().now = &inside;
    EXPECT_TRUE(tree.value().update(report));
    EXPECT_TRUE(tree.value().ids().contains(inside.cgroup_id));
    EXPECT_FALSE(tree.value().ids().contains(outside.cgroup_id));
    EXPECT_FALSE(tree.value().update(report)) << "nothing new";
}

}  // namespace
}  // namespace tsa
