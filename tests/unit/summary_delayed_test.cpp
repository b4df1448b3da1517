// SPDX-License-Identifier: MIT
// The most delayed threads and processes of a Summary: their verdicts name what had most of the time, and nothing that
// had not.
#include <gmock/gmock.h>

#include <map>
#include <string>

#include "summary/delayed.h"
#include "summary/html.h"
#include "summary/json.h"
#include "summary/summary.h"
#include "summary/text.h"
#include "support/strict_json.h"
#include "unit/summary_machine.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;
using testing::kMs;
using testing::kSecond;
using ::testing::Not;
using testing::SummaryMachine;
using enum ThreadState;

class Wakers : public WakerTable {
  public:
    [[nodiscard]] std::optional<Waker> find(const Thread& /*thread*/) const override { return std::nullopt; }
    [[nodiscard]] const WokenTable* woken(const ThreadKey& thread) const override {
        const auto found = tables.find(thread.tid);
        return found != tables.end() ? &found->second : nullptr;
    }
    [[nodiscard]] std::optional<std::uint64_t> irq_ns(const ThreadRow& /*row*/) const override { return std::nullopt; }
    [[nodiscard]] std::string_view unavailable() const override { return ""; }

    std::map<std::uint32_t, WokenTable> tables;
};

Waker waker(std::uint32_t tid, std::string_view comm) {
    Waker who;
    who.kind = tid != 0 ? WakerKind::thread : WakerKind::timer;
    who.tid = tid;
    who.start_time_ns = tid;
    std::ranges::copy(comm, who.comm.begin());
    return who;
}

/// Thread 1 waits for a lock nine tenths of the time; whose, and held by whom, is up to the test.
class Delayed : public ::testing::Test {
  protected:
    Delayed() {
        machine_.start(1, "waiter");
        machine_.start(2, "holder", idle, 1);
        machine_.start(3, "other", idle, 1);
        machine_.begin();
    }
    void step(std::uint64_t lock, std::uint32_t holder) {
        machine_.spend(1, {{exec, 100 * kMs}}, lock_wait);
        machine_.at(1).wait.args[0] = lock;
        machine_.at(1).wait.owner_tid = holder;
        add();
    }
    void add() {
        Report report = machine_.step();
        report.wakers = wakers_.tables.empty() ? nullptr : &wakers_;
        builder_.add(report);
    }
    [[nodiscard]] Summary finish() const { return builder_.finish(); }
    [[nodiscard]] static const WorstThread* thread(const Summary& summary, std::uint32_t tid) {
        const auto found = std::ranges::find_if(summary.worst_threads,
                                                [tid](const WorstThread& one) { return one.thread.tid == tid; });
        return found != summary.worst_threads.end() ? &*found : nullptr;
    }
    [[nodiscard]] static std::string words(const Summary& summary, std::uint32_t tid) {
        const WorstThread* worst = thread(summary, tid);
        return worst != nullptr && worst->verdict ? worst->verdict->text : "";
    }

    SummaryMachine machine_;
    SummaryBuilder builder_;
    Wakers wakers_;
};

TEST_F(Delayed, a_lock_and_a_holder_with_most_of_the_time_are_named) {
    for (int interval = 0; interval < 10; ++interval) {
        step(0x55a7, interval < 8 ? 2 : 3);
    }
    const Summary summary = finish();
    EXPECT_THAT(words(summary, 1),
                HasSubstr("100 % of its delay is waiting for the lock 0x55a7, held by 2 holder, which"));
    const WorstThread& worst = *thread(summary, 1);
    EXPECT_EQ(worst.delay_ns, 9000 * kMs);
    EXPECT_EQ(worst.verdict->cause, DelayCause::lock);
    EXPECT_EQ(worst.verdict->culprit->tid, 2U);
    EXPECT_EQ(thread(summary, 2), nullptr) << "it was not delayed";
}

TEST_F(Delayed, a_holder_with_less_is_not) {
    for (int interval = 0; interval < 10; ++interval) {
        step(0x55a7, interval % 4 == 0 ? 2U : interval % 4 == 1 ? 3U : 0U);
    }
    const Summary summary = finish();
    EXPECT_THAT(words(summary, 1), HasSubstr("waiting for the lock 0x55a7"));
    EXPECT_THAT(words(summary, 1), Not(HasSubstr("held by")));
    EXPECT_FALSE(thread(summary, 1)->verdict->culprit);
}

TEST_F(Delayed, a_lock_with_less_is_not) {
    for (std::uint64_t interval = 0; interval < 10; ++interval) {
        step(0x1000 + interval, 2);
    }
    const Summary summary = finish();
    EXPECT_THAT(words(summary, 1), HasSubstr("waiting for locks"));
    EXPECT_THAT(words(summary, 1), Not(HasSubstr("0x")));
    EXPECT_THAT(words(summary, 1), Not(HasSubstr("held by")));
}

TEST_F(Delayed, a_wait_that_was_seldom_open_at_an_intervals_end_is_not_named) {
    step(0x55a7, 2);
    for (int interval = 0; interval < 9; ++interval) {
        machine_.spend(1, {{lock_wait, 900 * kMs}}, exec);
        add();
    }
    EXPECT_THAT(words(finish(), 1), HasSubstr("waiting for locks"));
}

TEST_F(Delayed, what_the_holder_did_most_often_is_said) {
    for (int interval = 0; interval < 10; ++interval) {
        machine_.spend(2, {{exec, 500 * kMs}}, interval < 7 ? io_wait : exec);
        step(0x55a7, 2);
    }
    EXPECT_THAT(words(finish(), 1), HasSubstr("held by 2 holder, which waits for storage"));
}

TEST_F(Delayed, without_a_dominant_cause_nothing_is_said) {
    for (int interval = 0; interval < 10; ++interval) {
        machine_.spend(1, {{exec, 100 * kMs}, {lock_wait, 300 * kMs}, {io_wait, 300 * kMs}, {cpu_wait, 300 * kMs}},
                       exec);
        add();
    }
    const Summary summary = finish();
    ASSERT_NE(thread(summary, 1), nullptr);
    EXPECT_FALSE(thread(summary, 1)->verdict);
    ASSERT_EQ(summary.worst_processes.size(), 1U);
    EXPECT_FALSE(summary.worst_processes.front().verdict);
    EXPECT_THAT(write_summary_text(summary, {}, {}), Not(HasSubstr("AND WHY")));
}

TEST_F(Delayed, time_before_the_first_delay_counts_as_time) {
    for (int interval = 0; interval < 90; ++interval) {
        machine_.spend(1, {{sleep, 900 * kMs}}, sleep);
        add();
    }
    for (int interval = 0; interval < 5; ++interval) {
        step(0x55a7, 2);
    }
    // 4.5 s of 95 are less than a tenth.
    EXPECT_FALSE(thread(finish(), 1)->verdict);
}

TEST_F(Delayed, the_machine_was_as_busy_as_it_was_during_the_waits) {
    machine_.start(4, "waits");
    for (int interval = 0; interval < 4; ++interval) {
        machine_.spend(4, {{exec, 200 * kMs}, {cpu_wait, 800 * kMs}}, exec);
        Report report = machine_.step();
        report.system.cpu_busy_pct = 100;
        builder_.add(report);
    }
    for (int interval = 0; interval < 20; ++interval) {
        Report report = machine_.step();
        report.system.cpu_busy_pct = 0;
        builder_.add(report);
    }
    const Summary summary = finish();
    ASSERT_TRUE(thread(summary, 4) != nullptr && thread(summary, 4)->verdict);
    EXPECT_EQ(thread(summary, 4)->verdict->cause, DelayCause::cpu_contention) << words(summary, 4);
}

TEST_F(Delayed, a_process_has_the_words_of_its_worst_thread) {
    for (int interval = 0; interval < 10; ++interval) {
        machine_.spend(3, {{exec, 700 * kMs}, {lock_wait, 300 * kMs}}, exec);
        step(0x55a7, 2);
    }
    const Summary summary = finish();
    ASSERT_EQ(summary.worst_processes.size(), 1U);
    const WorstProcess& process = summary.worst_processes.front();
    EXPECT_EQ(process.tgid, 1U);
    EXPECT_EQ(process.comm, "waiter");
    EXPECT_EQ(process.threads, 2U);
    EXPECT_EQ(process.delay_ns, 12'000 * kMs);
    ASSERT_TRUE(process.verdict);
    EXPECT_THAT(process.verdict->text, HasSubstr("2 of 2 threads, most of all 1 waiter: 100 % of its delay is"));
}

TEST_F(Delayed, who_woke_it_is_summed_over_the_intervals) {
    WokenTable& table = wakers_.tables[1];
    table.wakers = {{waker(2, "holder"), 3, 600 * kMs, 300 * kMs, 0, 0}, {waker(0, ""), 1, 100 * kMs, 100 * kMs, 0, 0}};
    for (int interval = 0; interval < 10; ++interval) {
        table.wakers[0].longest_ns = (300 + static_cast<std::uint64_t>(interval)) * kMs;
        step(0x55a7, 2);
    }
    const Summary summary = finish();
    const WokenTable& woken = thread(summary, 1)->woken;
    ASSERT_EQ(woken.wakers.size(), 2U);
    EXPECT_EQ(woken.wakers[0].who.tid, 2U);
    EXPECT_EQ(woken.wakers[0].count, 30U);
    EXPECT_EQ(woken.wakers[0].total_ns, 6000 * kMs);
    EXPECT_EQ(woken.wakers[0].longest_ns, 309 * kMs);
    const std::string text = write_summary_text(summary, {}, {});
    EXPECT_THAT(text, HasSubstr("THE MOST DELAYED THREADS, AND WHY"));
    EXPECT_THAT(text, HasSubstr("woken by 2 holder 85.7 % (30 waits, longest 309 ms),"));
    EXPECT_THAT(text, HasSubstr("timer 14.3 % (10 waits, longest 100 ms)"));
    const std::string page = write_summary_html(summary, {});
    EXPECT_THAT(page, HasSubstr("The most delayed threads, and why"));
    EXPECT_THAT(page, HasSubstr("2 holder 85.7 %"));
}

TEST_F(Delayed, names_stay_text_in_every_form) {
    machine_.rename(1, "<b>\x1b[31m");
    machine_.rename(2, "a&\"b\"");
    for (int interval = 0; interval < 10; ++interval) {
        step(0x55a7, 2);
    }
    const Summary summary = finish();
    const std::string page = write_summary_html(summary, {});
    EXPECT_THAT(page, Not(HasSubstr("<b>\x1b")));
    EXPECT_THAT(page, HasSubstr("held by 2 a&amp;&quot;b&quot;"));
    EXPECT_THAT(write_summary_text(summary, {}, {}), Not(HasSubstr("\x1b[31m")));
    rapidjson::Document json;
    json.Parse(write_summary_json(summary, {}).c_str());
    ASSERT_FALSE(json.HasParseError());
    const auto& worst = json["worst_threads"][0];
    EXPECT_EQ(worst["tid"].GetUint(), 1U);
    EXPECT_EQ(worst["delay_ns"].GetUint64(), 9000 * kMs);
    EXPECT_EQ(worst["wall_ns"].GetUint64(), 10'000 * kMs);
    EXPECT_STREQ(worst["verdict"]["cause"].GetString(), "lock");
    EXPECT_STREQ(worst["verdict"]["culprit"]["name"].GetString(), "a&\"b\"");
    EXPECT_TRUE(json["worst_processes"][0]["verdict"].IsObject());
}

TEST_F(Delayed, there_is_a_bound_and_those_with_the_most_delay_stay) {
    constexpr std::uint32_t kCrowd = 20'000;
    for (int interval = 0; interval < 3; ++interval) {
        step(0x55a7, 2);
    }
    for (std::uint32_t tid = 10; tid < 10 + kCrowd; ++tid) {
        machine_.start(tid, "crowd");
        if (tid % 1000 == 0) {
            for (std::uint32_t each = std::max(10U, tid - 999); each <= tid; ++each) {
                machine_.end(each, {{lock_wait, 1 * kMs}});
            }
            step(0x55a7, 2);
        }
    }
    const Summary summary = finish();
    EXPECT_EQ(summary.worst_threads.front().thread.tid, 1U);
    EXPECT_EQ(summary.worst_threads.size(), kMaxWorstThreads);
    EXPECT_EQ(summary.worst_threads.front().delay_ns, (3 + kCrowd / 1000) * 900 * kMs);
}

}  // namespace
}  // namespace tsa
