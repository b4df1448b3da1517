// SPDX-License-Identifier: MIT
// Units and containers of real processes, in cgroups as systemd and docker make them: in JSON, groups, choices of
// threads, recordings and the screens.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "model/state.h"
#include "paths.h"
#include "program/json.h"
#include "program/recorded.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// A cgroup below another, with one process in it that only sleeps.
class Member {
  public:
    Member(fs::path cgroup, const std::string& argument) : cgroup_(std::move(cgroup)) {
        fs::create_directories(cgroup_);
        int ready[2]{};
        EXPECT_EQ(::pipe2(ready, O_CLOEXEC), 0);
        const std::string procs = cgroup_ / "cgroup.procs";
        pid_ = ::fork();
        if (pid_ == 0) {
            const int fd = ::open(procs.c_str(), O_WRONLY | O_CLOEXEC);
            if (::write(fd, "0", 1) == 1) {
                ::execl("/bin/sleep", "sleep", argument.c_str(), nullptr);
            }
            ::_exit(1);
        }
        ::close(ready[1]);
        char byte = 0;
        EXPECT_EQ(::read(ready[0], &byte, 1), 0) << "it executes sleep";
        ::close(ready[0]);
    }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    ~Member() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        std::error_code ignored;
        fs::remove(cgroup_, ignored);
    }
    [[nodiscard]] std::uint64_t tid() const { return static_cast<std::uint64_t>(pid_); }
    void move_to(const fs::path& cgroup) const { std::ofstream(cgroup / "cgroup.procs") << pid_; }

  private:
    fs::path cgroup_;
    pid_t pid_ = -1;
};

class Groups : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_cgroup("unified"));
        root_ = cgroup_root("unified");
        slice_ = root_ / fmt::format("rstat{}.slice", ::getpid());
        unit_ = std::make_unique<Member>(slice_ / service_, "1001");
        container_ = std::make_unique<Member>(slice_ / ("docker-" + id_ + ".scope"), "1002");
    }
    void TearDown() override {
        unit_.reset();
        container_.reset();
        std::error_code ignored;
        if (!slice_.empty()) {
            fs::remove(slice_, ignored);
        }
    }

    TempDir folder_;
    const std::string service_ = fmt::format("rstat-{}.service", ::getpid());
    const std::string id_ = fmt::format("{:064x}", ::getpid());
    fs::path root_, slice_;
    std::unique_ptr<Member> unit_, container_;
};

TEST_F(Groups, threads_have_their_places_in_json) {
    const Finished finished = run({"stat", "--json", "--cmdline", "-n", "1", "-i", "200", "-p",
                                   fmt::format("{},{}", unit_->tid(), container_->tid())});
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    const auto reports = reports_of(finished.out);
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0]["threads"].Size(), 2U) << "those of -p only";
    const auto* in_unit = row_of(reports[0], unit_->tid());
    const auto* in_container = row_of(reports[0], container_->tid());
    ASSERT_TRUE(in_unit != nullptr && in_container != nullptr);
    EXPECT_EQ((*in_unit)["unit"].GetString(), service_);
    EXPECT_EQ((*in_unit)["cgroup"].GetString(), "/" + slice_.filename().string() + "/" + service_);
    EXPECT_TRUE((*in_unit)["container"].IsNull());
    EXPECT_TRUE((*in_unit)["pod"].IsNull());
    EXPECT_STREQ((*in_unit)["cmdline"].GetString(), "sleep 1001");
    EXPECT_EQ((*in_container)["container"].GetString(), id_.substr(0, 12));
    const Finished without = run({"stat", "--json", "-n", "1", "-i", "100", "-p", std::to_string(unit_->tid())});
    EXPECT_FALSE(reports_of(without.out).at(0)["threads"][0].HasMember("cmdline")) << "only if asked for";
}

TEST_F(Groups, the_threads_of_a_unit_are_a_group_with_the_limits_of_its_cgroup) {
    const Finished finished = run({"stat", "--json", "--by", "unit", "-n", "2", "-i", "200"});
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    const auto reports = reports_of(finished.out);
    ASSERT_EQ(reports.size(), 2U);
    EXPECT_STREQ(reports[1]["by"].GetString(), "unit");
    EXPECT_FALSE(reports[1].HasMember("threads"));
    bool found = false;
    std::uint64_t threads = 0;
    for (const auto& group : reports[1]["groups"].GetArray()) {
        threads += group["threads"].GetUint64();
        std::uint64_t states_ns = 0;
        for (const StateInfo& state : state_table()) {
            states_ns += group[std::string(state.ns_key).c_str()].GetUint64();
        }
        EXPECT_EQ(states_ns, group["wall_ns"].GetUint64());
        if (!group["group"].IsNull() && group["group"].GetString() == service_) {
            found = true;
            EXPECT_EQ(group["threads"].GetUint64(), 1U);
            EXPECT_EQ(group["processes"].GetUint64(), 1U);
            EXPECT_EQ(group["cgroup"].GetString(), "/" + slice_.filename().string() + "/" + service_);
        }
    }
    EXPECT_TRUE(found) << finished.out;
    EXPECT_GT(threads, 10U) << "all of the machine's";
    const Finished table = run({"stat", "--by", "container", "-n", "1", "-i", "200", "--top", "0"});
    EXPECT_THAT(table.out, HasSubstr(id_.substr(0, 12)));
}

TEST_F(Groups, choose_threads_by_unit_container_and_cgroup_alike) {
    const std::string unit = service_.substr(0, service_.find('.'));
    for (const std::vector<std::string>& choice : {std::vector<std::string>{"--unit", unit},
                                                   {"--unit", unit.substr(0, 6) + "*"},
                                                   {"--cgroup", "/" + slice_.filename().string() + "/" + service_}}) {
        std::vector<std::string> arguments{"stat", "--json", "-n", "1", "-i", "200"};
        arguments.insert(arguments.end(), choice.begin(), choice.end());
        const Finished finished = run(arguments);
        ASSERT_EQ(finished.exit_code, 0) << finished.err;
        const auto reports = reports_of(finished.out);
        ASSERT_EQ(reports.at(0)["threads"].Size(), 1U) << choice[1];
        EXPECT_EQ(reports[0]["threads"][0]["tid"].GetUint64(), unit_->tid());
    }
    const Finished finished = run({"stat", "--json", "-n", "1", "-i", "200", "--container", id_});
    ASSERT_EQ(reports_of(finished.out).at(0)["threads"].Size(), 1U);
    EXPECT_EQ(reports_of(finished.out)[0]["threads"][0]["tid"].GetUint64(), container_->tid());
}

TEST_F(Groups, are_in_a_recording_with_command_lines) {
    const std::string recording = folder_.path() + "/r";
    const Finished finished =
        run({"record", "-o", recording, "-i", "200", "-d", "1", "--container", id_.substr(0, 20)});
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    const CsvTable processes(text_of(recording + "/processes.csv"));
    ASSERT_GE(processes.size(), 1U);
    for (std::size_t row = 0; row < processes.size(); ++row) {
        EXPECT_EQ(processes.at(row, "tgid"), std::to_string(container_->tid())) << "only of what is recorded";
        EXPECT_EQ(processes.at(row, "cmdline"), "sleep 1002");
        EXPECT_EQ(processes.at(row, "container"), id_.substr(0, 12));
        EXPECT_THAT(processes.at(row, "exe"), HasSubstr("/sleep"));
    }
    TSA_REQUIRE(missing_tmux());
    Terminal terminal(160, 30);
    ASSERT_TRUE(terminal.start("replay " + recording, "sleep 1002")) << terminal.screen();
    terminal.key("q");
}

TEST_F(Groups, a_moved_process_is_in_its_new_unit) {
    const fs::path other = slice_ / "other.service";
    fs::create_directories(other);
    Program program({"stat", "--json", "-i", "100", "-p", std::to_string(unit_->tid())});
    ASSERT_TRUE(program.wait_for_lines(1));
    unit_->move_to(other);
    // The probes see it when it runs: so does a signal that it does not notice.
    ::kill(static_cast<pid_t>(unit_->tid()), SIGSTOP);
    ::kill(static_cast<pid_t>(unit_->tid()), SIGCONT);
    ASSERT_TRUE(program.wait_for_lines(30));
    const Finished finished = program.finish(SIGTERM);
    const auto reports = reports_of(finished.out);
    EXPECT_EQ(row_of(reports.front(), unit_->tid())->FindMember("unit")->value.GetString(), service_);
    EXPECT_STREQ(row_of(reports.back(), unit_->tid())->FindMember("unit")->value.GetString(), "other.service");
    ::kill(static_cast<pid_t>(unit_->tid()), SIGKILL);
    unit_.reset();
    std::error_code ignored;
    fs::remove(other, ignored);
}

TEST_F(Groups, are_walked_to_on_the_screens) {
    TSA_REQUIRE(missing_tmux());
    Terminal terminal(160, 40);
    ASSERT_TRUE(terminal.start("-i 200", "COMMAND")) << terminal.screen();
    terminal.type("H");
    terminal.type("H");
    ASSERT_TRUE(terminal.await_text(service_)) << terminal.screen();
    terminal.key("q");
    Terminal by(160, 40);
    ASSERT_TRUE(by.start("-i 200 --by container", id_.substr(0, 12))) << by.screen();
    by.key("q");
}

}  // namespace
}  // namespace tsa::test
