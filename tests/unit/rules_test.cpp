// SPDX-License-Identifier: MIT
// Rules over whole reports: what their names stand for, what is not measured, and what is said about wrong ones.
#include "rules/report_terms.h"

#include <gmock/gmock.h>

#include "unit/sample_rows.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LiteralReport;

constexpr std::uint64_t kSecond = 1'000'000'000;

class Rules : public ::testing::Test {
  protected:
    Rules() {
        world_.report.system.cpu_busy_pct = 75;
        // Of postgres two threads, one of which waits for a lock half of the time; another process that executes.
        add(10, 10, "postgres", 500'000'000).state = ThreadState::lock_wait;
        add(10, 11, "walwriter", kSecond).state = ThreadState::exec;
        add(20, 20, "nginx", kSecond).state = ThreadState::exec;
        for (ThreadRow& row : world_.report.threads) {
            row.process = row.now->tgid == 10 ? 0 : 1;
        }
        world_.report.processes.resize(2);
        world_.report.processes[0].leader = world_.report.threads[0].now;
        world_.report.processes[1].leader = world_.report.threads[2].now;
        for (const ThreadRow& row : world_.report.threads) {
            for (std::size_t state = 0; state < kStateCount; ++state) {
                world_.report.total_ns[state] += row.state_ns[state];
            }
        }
    }
    Thread& add(std::uint32_t tgid, std::uint32_t tid, std::string_view comm, std::uint64_t exec_ns) {
        Thread& thread = world_.add(tid, comm, exec_ns);
        thread.tgid = tgid;
        thread.since_ns = world_.report.now_ns - 500'000'000;
        return thread;
    }
    Truth judge(std::string_view text) {
        auto rule = ReportRule::parse(text, "--when");
        EXPECT_TRUE(rule.ok()) << rule.error().text();
        return rule.ok() ? rule.value().evaluate(world_.report) : Truth::unknown;
    }
    bool holds(std::string_view text) { return judge(text) == Truth::yes; }

    LiteralReport world_;
};

TEST_F(Rules, states_are_numbers_of_threads) {
    EXPECT_TRUE(holds("lock_wait = 0.5"));
    EXPECT_TRUE(holds("exec > 2.4 and exec < 2.6"));
    EXPECT_FALSE(holds("lock_wait > 0.5"));
    EXPECT_TRUE(holds("delay >= 0.5"));
    EXPECT_TRUE(holds("not io_wait > 0"));
}

TEST_F(Rules, of_a_command_they_are_percent_of_one_thread) {
    EXPECT_TRUE(holds("lock_wait(postgres) = 50%"));
    EXPECT_TRUE(holds("exec(postgres) = 150%")) << "its threads have other names";
    EXPECT_TRUE(holds("exec(walwriter) = 100%"));
    EXPECT_TRUE(holds("exec(*g*n*) = 100%"));
    EXPECT_TRUE(holds("lock_wait(nginx) = 0"));
    EXPECT_TRUE(holds("delay(postgres) = 50"));
}

TEST_F(Rules, threads_and_ages_are_of_this_moment) {
    EXPECT_TRUE(holds("threads(lock_wait) = 1"));
    EXPECT_TRUE(holds("threads(exec, nginx) = 1 and threads(exec) = 2"));
    EXPECT_TRUE(holds("max_age(lock_wait) > 400ms and max_age(lock_wait) < 600ms"));
    EXPECT_TRUE(holds("max_age(lock_wait, nginx) = 0"));
}

TEST_F(Rules, the_machine_has_the_numbers_of_its_columns) {
    EXPECT_TRUE(holds("cpu_busy_pct > 70%"));
    EXPECT_EQ(judge("psi_memory_some_pct > 20"), Truth::unknown) << "not measured is not 0";
}

TEST_F(Rules, a_state_that_is_not_measured_is_unknown) {
    world_.report.measured = measured_bit(ThreadState::exec);
    EXPECT_EQ(judge("lock_wait > 0"), Truth::unknown);
    EXPECT_EQ(judge("not lock_wait > 0"), Truth::unknown);
    EXPECT_EQ(judge("finding(deadlock)"), Truth::unknown);
    EXPECT_EQ(judge("lock_wait > 0 or exec > 1"), Truth::yes);
}

TEST_F(Rules, a_circle_of_steady_holders_is_a_deadlock) {
    LiteralReport world;
    Thread& left = world.add(1, "left");
    Thread& right = world.add(2, "right");
    Thread& third = world.add(3, "third");
    for (Thread* thread : {&left, &right, &third}) {
        thread->state = ThreadState::lock_wait;
    }
    left.wait.owner_tid = 2;
    right.wait.owner_tid = 1;
    third.wait.owner_tid = 1;  // waits for one of the circle
    world.begin_as_it_ends();
    auto rule = ReportRule::parse("finding(deadlock)", "--when");
    ASSERT_TRUE(rule.ok());
    EXPECT_EQ(rule.value().evaluate(world.report), Truth::yes);
    right.wait.owner_tid = 4;
    world.begin_as_it_ends();
    EXPECT_EQ(rule.value().evaluate(world.report), Truth::no) << "a chain";
    right.wait.owner_tid = 1;
    EXPECT_EQ(rule.value().evaluate(world.report), Truth::no) << "it was another holder before";
}

TEST_F(Rules, a_for_needs_the_whole_time) {
    auto parsed = ReportRule::parse("lock_wait > 0.4 for 3s", "--when");
    ASSERT_TRUE(parsed.ok());
    ReportRule& rule = parsed.value();
    std::vector<Truth> seen;
    for (int second = 0; second < 5; ++second) {
        seen.push_back(rule.evaluate(world_.report));
        world_.report.now_ns += kSecond;
    }
    EXPECT_THAT(seen, ElementsAre(Truth::no, Truth::no, Truth::no, Truth::yes, Truth::yes));
}

TEST_F(Rules, values_are_those_of_their_names_once_each) {
    auto rule = ReportRule::parse(
        "lock_wait > 0 and (lock_wait < 9 or max_age(lock_wait) > 1s) and psi_io_some_pct < 5", "--when");
    ASSERT_TRUE(rule.ok());
    std::vector<std::string> seen;
    for (const ReportRule::Value& value : rule.value().values(world_.report)) {
        seen.push_back(value.name + "=" + value.text);
    }
    EXPECT_THAT(seen, ElementsAre("lock_wait=0.5", "max_age(lock_wait)=500 ms", "psi_io_some_pct=not measured"));
}

TEST_F(Rules, have_short_names_for_directories) {
    const auto name = [](std::string_view text) { return ReportRule::parse(text, "--when").value().short_name(); };
    EXPECT_EQ(name("lock_wait > 2 for 3s"), "lock-wait");
    EXPECT_EQ(name("not (cpu_wait(postgres) > 50% for 5s)"), "cpu-wait-postgres");
    EXPECT_EQ(name("finding(deadlock)"), "finding-deadlock");
    EXPECT_EQ(name("exec(../../x) > 1"), "exec-x") << "never a path";
}

TEST_F(Rules, wrong_ones_are_explained_with_a_mark_under_the_place) {
    struct Mistake {
        const char *text, *complaint, *mark;
    };
    const Mistake mistakes[] = {
        {"lock_wiat > 2", "unknown name 'lock_wiat'", "\n  ^^^^^^^^^"},
        {"max_age(lock) > 3s", "there is no state 'lock'", "\n          ^^^^"},
        {"max_age > 3s", "max_age is of a state", "\n  ^^^^^^^"},
        {"max_age(lock_wait) > 3", "", "\n                       ^"},
        {"finding(convoy)", "not found live", "\n          ^^^^^^"},
        {"lock_wait(a, b) > 1", "of one command", "\n  ^^^^^^^^^"},
        {"cpu_busy_pct(x) > 1", "without parentheses", "\n  ^^^^"},
        {"lock_wait > 2 and", "", "^"},
        {"", "", ""},
    };
    for (const Mistake& mistake : mistakes) {
        const auto rule = ReportRule::parse(mistake.text, "--when");
        ASSERT_FALSE(rule.ok()) << mistake.text;
        EXPECT_THAT(rule.error().message, HasSubstr("--when: ")) << mistake.text;
        EXPECT_THAT(rule.error().message, HasSubstr(mistake.complaint));
        EXPECT_THAT(rule.error().message, HasSubstr(mistake.mark)) << mistake.text;
        EXPECT_FALSE(rule.error().hint.empty()) << mistake.text;
    }
}

}  // namespace
}  // namespace tsa
