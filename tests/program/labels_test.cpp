// SPDX-License-Identifier: MIT
// What waits are about, as the program says it in JSON, in the table and in a recording: the other end of pipes and
// sockets, sets of descriptors, locks and their holders. The puppet's other process is the known peer.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "program/json.h"
#include "support/feature.h"
#include "support/puppet.h"

namespace tsa::test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Folder {
  public:
    Folder() {
        std::string name = std::filesystem::temp_directory_path() / "rstat-labels-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

class Labels : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        puppet_.emplace("peers", std::vector<std::string>{folder_.path()});
        if (puppet_->missing()) {
            GTEST_SKIP() << *puppet_->missing();
        }
    }
    void TearDown() override {
        if (puppet_) {
            puppet_->finish();  // its semaphores go with it
        }
    }

    std::string stat(const std::vector<std::string>& more) {
        std::vector<std::string> arguments{"stat", "-p", std::to_string(puppet_->pid()), "-i", "300", "-n", "3"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Finished finished = run(arguments);
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        return finished.out;
    }

    /// The row of the last interval.
    const rapidjson::Value& row(const char* name) {
        if (reports_.empty()) {
            reports_ = reports_of(stat({"--json"}));
        }
        const rapidjson::Value* found = row_of(reports_.back(), puppet_->tid(name));
        if (found == nullptr) {
            throw std::runtime_error(std::string("no row of ") + name);
        }
        return *found;
    }
    std::string label(const char* name) {
        const rapidjson::Value& value = row(name)["wait_label"];
        return value.IsString() ? value.GetString() : "(null)";
    }
    std::uint64_t owner(const char* name) {
        const rapidjson::Value& value = row(name)["wait_owner_tid"];
        return value.IsUint64() ? value.GetUint64() : 0;
    }
    std::uint64_t delay_ns(const char* name) {
        const rapidjson::Value& value = row(name)["delay_labeled_ns"];
        return value.IsUint64() ? value.GetUint64() : UINT64_MAX;
    }
    /// All of the interval is a delay: in one column or the other.
    void expect_delayed(const char* name) {
        EXPECT_EQ(delay_ns(name) + row(name)["latency_ns"].GetUint64(), row(name)["wall_ns"].GetUint64()) << name;
    }

    Folder folder_;
    std::optional<Puppet> puppet_;
    std::vector<rapidjson::Document> reports_;
};

TEST_F(Labels, name_the_other_end_of_pipes_and_sockets) {
    const std::string peer = fmt::format("(peer-b {})", puppet_->tid("peer"));
    EXPECT_EQ(label("pipe_read"), fmt::format("pipe from {} peer-b", puppet_->tid("peer")));
    EXPECT_EQ(label("pipe_own"), "pipe from own process");
    EXPECT_EQ(label("unix_recv"), "unix " + peer);
    EXPECT_THAT(label("tcp_recv"), AllOf(StartsWith("tcp 127.0.0.1:"), HasSubstr(" " + peer)));
    EXPECT_EQ(label("tcp_accept"), fmt::format("tcp listen 127.0.0.1:{}", puppet_->tid("port")));
    for (const char* name : {"pipe_read", "pipe_own", "unix_recv", "tcp_recv", "tcp_accept"}) {
        EXPECT_EQ(delay_ns(name), 0) << name;
    }
}

TEST_F(Labels, call_a_reader_too_slow_where_the_writer_waits_for_it) {
    EXPECT_EQ(label("pipe_full"), fmt::format("reader too slow: pipe to {} peer-b", puppet_->tid("peer")));
    EXPECT_EQ(label("unix_full"), fmt::format("reader too slow: unix (peer-b {})", puppet_->tid("peer")));
    EXPECT_THAT(label("tcp_full"), StartsWith("reader too slow: tcp 127.0.0.1:"));
    for (const char* name : {"pipe_full", "unix_full", "tcp_full"}) {
        expect_delayed(name);
        EXPECT_EQ(row(name)["state"], "sleep") << name;
    }
}

TEST_F(Labels, count_the_descriptors_of_a_set_and_describe_a_single_one) {
    EXPECT_EQ(label("epoll"), "epoll: 2 sockets, 1 pipe, 1 eventfd, 1 timer");
    EXPECT_THAT(label("epoll_one"), AllOf(StartsWith("epoll: tcp 127.0.0.1:"), HasSubstr("(peer-b ")));
    EXPECT_EQ(label("poll_one"), fmt::format("pipe from {} peer-b", puppet_->tid("peer")));
    EXPECT_EQ(label("poll"), "poll: 1 socket, 1 pipe, 1 timer");
    EXPECT_EQ(label("select"), "select: 1 socket, 1 eventfd");
}

TEST_F(Labels, name_locks_and_their_holders) {
    EXPECT_EQ(label("flock"), "flock " + folder_.path() + "/flock");
    EXPECT_EQ(label("fcntl"), "fcntl " + folder_.path() + "/fcntl");
    EXPECT_EQ(label("ofd"), "fcntl " + folder_.path() + "/ofd");
    EXPECT_EQ(label("semop"), fmt::format("semop set {} semaphore 0", puppet_->tid("semaphores")));
    for (const char* name : {"flock", "fcntl", "ofd", "semop"}) {
        EXPECT_EQ(owner(name), puppet_->tid("peer")) << name;
        expect_delayed(name);
    }
}

TEST_F(Labels, say_what_else_is_waited_for) {
    EXPECT_THAT(label("join"), AllOf(StartsWith("join "), EndsWith(" joined")));
    EXPECT_EQ(label("eventfd"), "eventfd");
    EXPECT_EQ(label("timerfd"), "timerfd");
    EXPECT_EQ(label("signalfd"), "signalfd");
    EXPECT_EQ(label("inotify"), "inotify");
    EXPECT_EQ(label("child"), fmt::format("child {} peer-b", puppet_->tid("peer")));
    EXPECT_EQ(label("children"), fmt::format("child {} peer-b", puppet_->tid("peer")));
}

TEST_F(Labels, are_in_the_table) {
    const std::string table = stat({});
    EXPECT_THAT(table, HasSubstr(fmt::format("pipe from {}", puppet_->tid("peer"))));
    EXPECT_THAT(table, HasSubstr(fmt::format("flock ← {}", puppet_->tid("peer"))));
}

TEST_F(Labels, of_others_are_null_for_an_ordinary_user) {
    const Finished finished =
        run({"stat", "-p", std::to_string(puppet_->pid()), "-i", "300", "-n", "1", "--json"}, true);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    reports_ = reports_of(finished.out);
    EXPECT_EQ(label("pipe_read"), "(null)");
}

TEST_F(Labels, are_recorded) {
    const std::string recording = folder_.path() + "/recording";
    const Finished recorded =
        run({"record", "-p", std::to_string(puppet_->pid()), "-i", "200", "-d", "2", "-o", recording});
    ASSERT_EQ(recorded.exit_code, 0) << recorded.err;
    std::ifstream file(recording + "/threads.csv");
    const std::string rows{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(rows, HasSubstr(fmt::format(",pipe from {} peer-b,", puppet_->tid("peer"))));
    EXPECT_THAT(rows, HasSubstr(fmt::format(",flock {}/flock,", folder_.path())));
    EXPECT_THAT(rows, HasSubstr(fmt::format(",reader too slow: pipe to {} peer-b,", puppet_->tid("peer"))));
}

TEST(LabelsOfFileSystems, name_the_process_that_serves_a_read) {
    TSA_REQUIRE(missing_bpf());
    Puppet files("slowfs");
    TSA_REQUIRE(files.missing());
    ASSERT_EQ(files.ask("read"), "started");
    const Finished finished =
        run({"stat", "--tid", std::to_string(files.tid("reader")), "-i", "300", "-n", "3", "--json"});
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    const auto reports = reports_of(finished.out);
    ASSERT_FALSE(reports.empty());
    const rapidjson::Value& threads = reports.back()["threads"];
    ASSERT_EQ(threads.Size(), 1U);
    EXPECT_STREQ(threads[0]["state"].GetString(), "sleep") << "until the request is interrupted";
    EXPECT_THAT(threads[0]["wait_label"].GetString(), StartsWith("fuse slowfs"));
    EXPECT_EQ(threads[0]["delay_labeled_ns"].GetUint64(), threads[0]["sleep_ns"].GetUint64());
    EXPECT_EQ(files.ask("release"), "done");
}

TEST(LabelsOfFileSystems, name_the_process_that_serves_a_page_fault) {
    TSA_REQUIRE(missing_bpf());
    Puppet files("slowfs");
    TSA_REQUIRE(files.missing());
    ASSERT_EQ(files.ask("fault"), "started");
    const Finished finished =
        run({"stat", "--tid", std::to_string(files.tid("reader")), "-i", "300", "-n", "3", "--json"});
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    const auto reports = reports_of(finished.out);
    ASSERT_FALSE(reports.empty());
    const rapidjson::Value& thread = reports.back()["threads"][0];
    EXPECT_THAT(thread["wait_label"].GetString(), StartsWith("fuse slowfs"));
    EXPECT_EQ(thread["delay_labeled_ns"].GetUint64(), thread["sleep_ns"].GetUint64());
    EXPECT_EQ(files.ask("release"), "done");
}

}  // namespace
}  // namespace tsa::test
