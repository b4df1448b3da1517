// SPDX-License-Identifier: MIT
// Labels of waits by the functions on their stacks: rules of the user's file, in JSON and in doctor. The puppet's
// threads wait in functions with known names.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "program/json.h"
#include "support/feature.h"
#include "support/puppet.h"

namespace tsa::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kRules = R"([[label]]
functions = ["wait_epoll"]
callers = ["depth_5"]
label = "gate"
kind = "lock"

[[label]]
functions = ["wait_pipe"]
further_in = "nothing"
label = "feed"
kind = "idle"

[[label]]
functions = ["wait_mutex"]
label = "shared table"
kind = "lock"
)";

class StackLabels : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        folder_ = std::filesystem::temp_directory_path() / fmt::format("rstat-stack-labels-{}", ::getpid());
        std::filesystem::create_directories(folder_ / "rstat-tsa");
        ::setenv("XDG_CONFIG_HOME", folder_.c_str(), 1);
    }
    void TearDown() override {
        ::unsetenv("XDG_CONFIG_HOME");
        std::filesystem::remove_all(folder_);
    }

    [[nodiscard]] std::string path() const { return folder_ / "rstat-tsa" / "labels.toml"; }
    void write(std::string_view rules) const { std::ofstream(path()) << rules; }

    /// Until every thread of the puppet has its stack: on a busy machine one may be late.
    Finished stat(const Puppet& puppet, bool with_stacks = true) {
        constexpr int kTries = 20;
        Finished finished;
        for (int tries = 0; tries < kTries; ++tries) {
            finished = run_once(puppet, with_stacks);
            if (!with_stacks || !is_any_late()) {
                break;
            }
        }
        return finished;
    }
    const rapidjson::Value& row(const Puppet& puppet, const char* name) {
        const rapidjson::Value* found = row_of(reports_.back(), puppet.tid(name));
        if (found == nullptr) {
            throw std::runtime_error(std::string("no row of ") + name);
        }
        return *found;
    }
    std::string label(const Puppet& puppet, const char* name) {
        const rapidjson::Value& value = row(puppet, name)["wait_label"];
        return value.IsString() ? value.GetString() : "(null)";
    }

  private:
    Finished run_once(const Puppet& puppet, bool with_stacks) {
        std::vector<std::string> arguments{"stat", "--json", "-p", std::to_string(puppet.pid()),
                                           "-i",   "300",    "-n", "2"};
        if (with_stacks) {
            arguments.emplace_back("--stacks");
        }
        Finished finished = run(arguments);
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        reports_ = reports_of(finished.out);
        return finished;
    }
    [[nodiscard]] bool is_any_late() const {
        const auto rows = reports_.back()["threads"].GetArray();
        return std::any_of(rows.begin(), rows.end(), [](const auto& one) { return one["stack"].IsNull(); });
    }

    std::filesystem::path folder_;
    std::vector<rapidjson::Document> reports_;
};

TEST_F(StackLabels, name_waits_by_the_user_s_rules_and_by_those_built_in) {
    write(kRules);
    const Puppet puppet("stacks");
    stat(puppet);
    const rapidjson::Value& gate = row(puppet, "epoll");
    EXPECT_EQ(label(puppet, "epoll"), "gate");
    EXPECT_STREQ(gate["stack"]["label"].GetString(), "gate");
    EXPECT_STREQ(gate["stack"]["kind"].GetString(), "lock");
    EXPECT_EQ(gate["delay_labeled_ns"].GetUint64(), gate["wall_ns"].GetUint64()) << "a lock is a delay";
    EXPECT_EQ(gate["idle_ns"].GetUint64(), gate["wall_ns"].GetUint64()) << "its state is what it was";
    EXPECT_EQ(gate["latency_ns"].GetUint64(), 0U);
    EXPECT_THAT(label(puppet, "pipe"), StartsWith("feed"));
    EXPECT_EQ(row(puppet, "pipe")["delay_labeled_ns"].GetUint64(), 0U);
    EXPECT_EQ(label(puppet, "condition"), "condition variable");
    EXPECT_TRUE(row(puppet, "nanosleep")["stack"]["label"].IsNull());
}

TEST_F(StackLabels, of_a_known_lock_keep_its_holder) {
    write(kRules);
    const Puppet puppet("stacks");
    stat(puppet);
    EXPECT_EQ(label(puppet, "mutex"), "shared table");
    EXPECT_EQ(row(puppet, "mutex")["wait_owner_tid"].GetUint64(), puppet.tid("holder"));
    EXPECT_EQ(row(puppet, "mutex")["lock_wait_ns"].GetUint64(), row(puppet, "mutex")["wall_ns"].GetUint64());
    EXPECT_EQ(row(puppet, "mutex")["delay_labeled_ns"].GetUint64(), 0U) << "it is a delay already";
}

TEST_F(StackLabels, need_stacks) {
    write(kRules);
    const Puppet puppet("stacks");
    stat(puppet, false);
    EXPECT_NE(label(puppet, "epoll"), "gate");
}

TEST_F(StackLabels, of_a_damaged_file_are_not_used_and_the_rest_works) {
    write("[[label]]\nfunctions = [\"wait_epoll\"]\nkind = \"lokc\"\nlabel = \"gate\"\n");
    const Puppet puppet("stacks");
    const Finished finished = stat(puppet);
    EXPECT_THAT(finished.err, AllOf(HasSubstr(path() + ":3:8: kind: unknown 'lokc'"), HasSubstr("hint: ")));
    EXPECT_NE(label(puppet, "epoll"), "gate");
    EXPECT_EQ(label(puppet, "condition"), "condition variable");
}

TEST_F(StackLabels, are_counted_by_doctor) {
    write(kRules);
    EXPECT_THAT(run({"doctor", "--json"}).out, HasSubstr("3 of " + path() + ", then "));
    write("[[label]\n");
    EXPECT_THAT(run({"doctor", "--json"}).out, AllOf(HasSubstr("labels.damaged"), HasSubstr(path() + ":1:9: ")));
}

}  // namespace
}  // namespace tsa::test
