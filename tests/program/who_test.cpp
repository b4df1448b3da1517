// SPDX-License-Identifier: MIT
// Who woke a thread, who took its CPU, and the verdict, as the program says them in JSON and on the screens.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <string>

#include "program/json.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;

class Who : public ::testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_bpf()); }
};

rapidjson::Document last_report(const std::vector<std::string>& arguments) {
    const Finished done = run(arguments);
    EXPECT_EQ(done.exit_code, 0) << done.err;
    auto reports = reports_of(done.out);
    EXPECT_FALSE(reports.empty());
    return reports.empty() ? rapidjson::Document() : std::move(reports.back());
}

TEST_F(Who, woke_a_thread_is_in_its_json) {
    Puppet puppet("wakers", {"0"});
    ASSERT_EQ(puppet.ask("open pipe"), "open");
    ASSERT_EQ(puppet.ask("hog"), "started");
    Program program({"stat", "--json", "--wakers", "-p", std::to_string(puppet.pid()), "-i", "300"});
    ASSERT_TRUE(program.wait_for_lines(1));
    ASSERT_EQ(puppet.ask("go 20"), "done");
    const Finished done = program.finish(SIGTERM);  // it ends with a last interval
    ASSERT_EQ(done.exit_code, 0) << done.err;
    const auto reports = reports_of(done.out);
    ASSERT_FALSE(reports.empty());
    const auto* pong = row_of(reports.back(), puppet.tid("pong"));
    ASSERT_NE(pong, nullptr);
    ASSERT_TRUE((*pong)["waker"].IsObject());
    EXPECT_EQ((*pong)["waker"]["tid"].GetUint64(), puppet.tid("ping"));
    EXPECT_EQ((*pong)["waker"]["tgid"].GetUint64(), static_cast<std::uint64_t>(puppet.pid()));
    EXPECT_STREQ((*pong)["waker"]["comm"].GetString(), "wakers");
    const auto* sleeper = row_of(reports.back(), puppet.tid("sleeper"));
    ASSERT_NE(sleeper, nullptr);
    ASSERT_TRUE((*sleeper)["waker"].IsObject());
    EXPECT_STREQ((*sleeper)["waker"]["interrupt"].GetString(), "timer");
}

TEST_F(Who, took_a_threads_cpu_is_in_its_json) {
    Puppet hogs("hogs", {"0", "3"});
    const auto report =
        last_report({"stat", "--json", "--neighbors", "-p", std::to_string(hogs.pid()), "-i", "500", "-n", "3"});
    for (const char* name : {"hog0", "hog1", "hog2"}) {
        const auto* row = row_of(report, hogs.tid(name));
        ASSERT_NE(row, nullptr);
        const auto& by = (*row)["cpu_wait_by"];
        ASSERT_TRUE(by.IsArray());
        std::uint64_t sum_ns = 0;
        std::size_t own = 0;
        for (const auto& neighbor : by.GetArray()) {
            sum_ns += neighbor["ns"].GetUint64();
            own += neighbor["tgid"].GetUint64() == static_cast<std::uint64_t>(hogs.pid()) ? 1U : 0U;
            EXPECT_NE(neighbor["tid"].GetUint64(), hogs.tid(name)) << "it does not wait for itself";
        }
        EXPECT_GT(sum_ns, 0U);
        EXPECT_LE(sum_ns, (*row)["cpu_wait_ns"].GetUint64());
        EXPECT_GE(own, 2U);
        ASSERT_TRUE((*row)["verdict"].IsObject());
        EXPECT_THAT((*row)["verdict"]["text"].GetString(), HasSubstr("waiting for a CPU"));
    }
}

TEST_F(Who, is_on_the_page_of_a_thread) {
    TSA_REQUIRE(missing_tmux());
    Puppet puppet("wakers", {"0"});
    ASSERT_EQ(puppet.ask("hog"), "started");
    Terminal terminal(140, 45);
    ASSERT_TRUE(terminal.start(fmt::format("-i 200 {}", puppet.tid("sleeper")), "WOKEN BY  timer"))
        << terminal.screen();
    ASSERT_TRUE(terminal.await_text("CPU TAKEN BY")) << terminal.screen();
    terminal.type("W");
    ASSERT_TRUE(terminal.await_text("COUNT   TOTAL   SHARE")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("Last: timer")) << terminal.screen();
    terminal.key("Escape");
    ASSERT_TRUE(terminal.await_text("a column")) << terminal.screen();
    terminal.key("Escape");
    ASSERT_TRUE(terminal.await_text("F1Help")) << terminal.screen();
    terminal.type("W");
    EXPECT_TRUE(terminal.await_text("WOKEN BY")) << terminal.screen();
}

TEST_F(Who, delays_a_locks_waiter_is_in_the_verdict) {
    Puppet convoy("convoy");
    const auto report = last_report({"stat", "--json", "-p", std::to_string(convoy.pid()), "-i", "300", "-n", "2"});
    const auto* row = row_of(report, convoy.tid("middle"));
    ASSERT_NE(row, nullptr);
    const auto& verdict = (*row)["verdict"];
    ASSERT_TRUE(verdict.IsObject());
    EXPECT_STREQ(verdict["cause"].GetString(), "lock");
    EXPECT_DOUBLE_EQ(verdict["share"].GetDouble(), 1.0);
    EXPECT_EQ(verdict["culprit"]["tid"].GetUint64(), convoy.tid("owner"));
    EXPECT_THAT(verdict["text"].GetString(), HasSubstr(fmt::format("held by {} convoy", convoy.tid("owner"))));
}

}  // namespace
}  // namespace tsa::test
