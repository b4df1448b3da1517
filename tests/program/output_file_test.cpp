// SPDX-License-Identifier: MIT
// Files that `report` and `export` write: whole or not at all, and never over the recording that they read.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/small_disk.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

void put(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::size_t files_in(const std::string& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// A short recording of this machine, for all tests here.
class OutputFile : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (missing_bpf()) {
            return;
        }
        folder_ = new TempDir;
        const Finished recorded = run({"record", "-o", recording(), "-i", "100", "-d", "0.5"});
        EXPECT_EQ(recorded.exit_code, 0) << recorded.err;
    }
    static void TearDownTestSuite() { delete folder_; }
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }

    static std::string path(const std::string& name) { return folder_->path() + "/" + name; }
    static std::string recording() { return path("recording"); }
    static Finished report(const std::string& to) { return run({"report", recording(), "-o", to}); }
    static Finished trace(const std::string& to) { return run({"export", recording(), "--chrome-trace", to}); }

    static TempDir* folder_;
};
TempDir* OutputFile::folder_ = nullptr;

TEST_F(OutputFile, of_the_recording_itself_is_refused_by_whatever_name) {
    const std::string threads = recording() + "/threads.csv";
    fs::create_symlink("recording/threads.csv", path("link"));
    fs::create_symlink("recording/system-000009.csv", path("dangling"));
    fs::create_hard_link(threads, path("second_name"));
    fs::create_directory_symlink("recording", path("same_folder"));
    const std::string before = text_of(threads);
    const std::size_t files = files_in(recording());
    for (const std::string& name :
         {threads, recording() + "/system.csv", recording() + "/meta.json", recording() + "/../recording/threads.csv",
          recording() + "/threads-000009.csv", recording() + "/threads.csv.zst", path("link"), path("dangling"),
          path("second_name"), path("same_folder") + "/threads.csv", path("same_folder") + "/system-1.csv"}) {
        for (const Finished& refused :
             {report(name), trace(name), run({"report", recording(), recording(), "-o", name})}) {
            EXPECT_EQ(refused.exit_code, 1) << name;
            EXPECT_THAT(refused.err, HasSubstr("belongs to the recording"));
            EXPECT_THAT(refused.err, HasSubstr("hint: "));
        }
    }
    EXPECT_EQ(text_of(threads), before);
    EXPECT_EQ(files_in(recording()), files);
    EXPECT_EQ(run({"report", recording()}).exit_code, 0);
    EXPECT_EQ(report(recording() + "/report.txt").exit_code, 0) << "beside them there is room for others";
    fs::remove(recording() + "/report.txt");
}

TEST_F(OutputFile, stays_as_it_was_when_the_disk_is_full) {
    const SmallDisk disk(path("small"), "16k");
    if (!disk.mounted()) {
        GTEST_SKIP() << "tmpfs cannot be mounted here";
    }
    for (const bool html : {false, true}) {
        const std::string old = path("small/old");
        put(old, "what was there before");
        const Finished failed = html ? run({"report", recording(), "--html", "-o", old}) : trace(old);
        EXPECT_EQ(failed.exit_code, 1);
        EXPECT_THAT(failed.err, HasSubstr("No space left on device"));
        EXPECT_EQ(text_of(old), "what was there before");
        EXPECT_EQ(files_in(path("small")), 1U) << "nothing half done beside it";
    }
}

TEST_F(OutputFile, keeps_its_rights_its_owner_and_the_link_to_it) {
    constexpr uid_t kSomebody = 65533;
    fs::create_directory(path("kept"));
    put(path("kept/file"), "old");
    ASSERT_EQ(chmod(path("kept/file").c_str(), 0640), 0);
    ASSERT_EQ(chown(path("kept/file").c_str(), kSomebody, kSomebody), 0);
    fs::create_symlink("file", path("kept/link"));
    for (const Finished& done : {report(path("kept/link")), trace(path("kept/link"))}) {
        ASSERT_EQ(done.exit_code, 0) << done.err;
        EXPECT_TRUE(fs::is_symlink(path("kept/link")));
        struct stat file {};
        ASSERT_EQ(stat(path("kept/file").c_str(), &file), 0);
        EXPECT_EQ(file.st_mode & 07777U, 0640U);
        EXPECT_EQ(file.st_uid, kSomebody);
        EXPECT_EQ(file.st_gid, kSomebody);
        EXPECT_NE(text_of(path("kept/file")), "old");
    }
    EXPECT_EQ(files_in(path("kept")), 2U);
}

TEST_F(OutputFile, that_is_new_has_the_rights_that_the_umask_leaves) {
    const mode_t before = umask(027);
    const Finished done = report(path("new.txt"));
    umask(before);
    ASSERT_EQ(done.exit_code, 0) << done.err;
    struct stat file {};
    ASSERT_EQ(stat(path("new.txt").c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 07777U, 0640U);
}

TEST_F(OutputFile, in_another_users_folder_is_put_into_its_place) {
    constexpr uid_t kSomebody = 65533;
    fs::create_directory(path("foreign"));
    ASSERT_EQ(chown(path("foreign").c_str(), kSomebody, kSomebody), 0);
    const Finished traced = trace(path("foreign/trace.json"));
    EXPECT_EQ(traced.exit_code, 0) << traced.err;
    EXPECT_EQ(files_in(path("foreign")), 1U);
    EXPECT_TRUE(fs::exists(path("foreign/trace.json")));
}

TEST_F(OutputFile, that_is_a_dash_or_a_descriptor_is_written_through) {
    const std::string text = run({"report", recording()}).out;
    EXPECT_EQ(report("-").out, text);
    EXPECT_EQ(report("/dev/stdout").out, text);
    EXPECT_FALSE(fs::exists("-"));
    const std::string log = path("log");
    put(log, "");
    // A shell's `>` has it open: replaced behind its back, what the shell writes next would be lost.
    struct stat opened {
    }, now{};
    ASSERT_EQ(stat(log.c_str(), &opened), 0);
    const int fd = open(log.c_str(), O_WRONLY);
    ASSERT_GE(fd, 0);
    const Finished done = report("/proc/self/fd/" + std::to_string(fd));
    close(fd);
    EXPECT_EQ(done.exit_code, 0) << done.err;
    ASSERT_EQ(stat(log.c_str(), &now), 0);
    EXPECT_EQ(now.st_ino, opened.st_ino);
    EXPECT_EQ(text_of(log), text);
}

TEST_F(OutputFile, that_cannot_be_made_is_told_by_its_name) {
    for (const std::string& name : {path("none/file"), path("recording"), std::string("/proc/none")}) {
        const Finished failed = report(name);
        EXPECT_EQ(failed.exit_code, 1) << name;
        EXPECT_THAT(failed.err, HasSubstr(name));
    }
}

}  // namespace
}  // namespace tsa::test
