// SPDX-License-Identifier: MIT
// A rule armed on the screens, in a real terminal: it fires for a lock convoy, which is said and recorded.
#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "program/json.h"
#include "program/recorded.h"
#include "program/run.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace fs = std::filesystem;

class ScreenRule : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_tmux());
    }
    void start() {
        terminal_.shell("cd " + folder_.path());
        ASSERT_TRUE(terminal_.start("-i 100", "THREADS")) << terminal_.screen();
    }
    void arm(const std::string& rule) {
        terminal_.type("!");
        ASSERT_TRUE(terminal_.await_text("Rule: ")) << terminal_.screen();
        terminal_.type(rule);
        terminal_.key("Enter");
    }
    std::vector<std::string> captures() const {
        std::vector<std::string> names;
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(folder_.path() + "/rstat-tsa-captures", none)) {
            names.push_back(entry.path());
        }
        return names;
    }
    TempDir folder_;
    Terminal terminal_{120, 30};
};

TEST_F(ScreenRule, that_fires_is_said_and_recorded) {
    start();
    arm("threads(lock_wait, convoy) > 2 for 300ms");
    ASSERT_TRUE(terminal_.await_text("armed: threads(lock_wait, convoy) > 2 for 300ms")) << terminal_.screen();
    EXPECT_TRUE(terminal_.await_text("RULE every 100 ms")) << terminal_.screen();
    EXPECT_THAT(captures(), IsEmpty());
    {
        const Puppet convoy("convoy");
        ASSERT_TRUE(terminal_.await_text("rule fired at ")) << terminal_.screen();
        EXPECT_THAT(terminal_.line_with("rule fired at "), HasSubstr("threads(lock_wait, convoy) 3"));
        EXPECT_TRUE(terminal_.await_text("RULE HOLDS")) << terminal_.screen();
        ASSERT_THAT(captures(), SizeIs(1));
        // Another rule completes the capture of this one.
        terminal_.type("!");
        ASSERT_TRUE(terminal_.await_text("fired at ")) << terminal_.screen();
        terminal_.key("C-u");
        terminal_.key("Enter");
        ASSERT_TRUE(terminal_.await_text("the rule is off")) << terminal_.screen();
        EXPECT_TRUE(terminal_.await_no("RULE HOLDS")) << terminal_.screen();
    }
    terminal_.type("q");
    ASSERT_TRUE(terminal_.await_text("ended 0")) << terminal_.screen();
    ASSERT_THAT(captures(), SizeIs(1));
    const std::string capture = captures().front();
    const auto meta = meta_in(capture);
    EXPECT_STREQ(meta["capture"]["rule"].GetString(), "threads(lock_wait, convoy) > 2 for 300ms");
    ASSERT_TRUE(meta["end"].IsObject());
    EXPECT_LT(meta["begin_unix_ns"].GetUint64(), meta["capture"]["time_unix_ns"].GetUint64()) << "the time before it";
    const Finished report = run({"report", capture});
    EXPECT_EQ(report.exit_code, 0) << report.err;
    EXPECT_THAT(report.out, HasSubstr("convoy"));
}

TEST_F(ScreenRule, that_never_fires_leaves_nothing) {
    start();
    arm("threads(lock_wait, no-such-program) > 2");
    ASSERT_TRUE(terminal_.await_text("RULE every 100 ms")) << terminal_.screen();
    terminal_.type("q");
    ASSERT_TRUE(terminal_.await_text("ended 0")) << terminal_.screen();
    EXPECT_FALSE(fs::exists(folder_.path() + "/rstat-tsa-captures"));
}

}  // namespace
}  // namespace tsa::test
