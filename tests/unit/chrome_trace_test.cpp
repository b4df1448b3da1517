// SPDX-License-Identifier: MIT
// Trace events from literal reports: lengths are exact, slices of a thread never overlap, names stay text, unmeasured
// values are omitted.
#include "output/chrome_trace.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "model/wakers.h"
#include "support/strict_json.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LiteralReport;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kOrigin = 50 * kSecond;  // CLOCK_MONOTONIC at the start
constexpr std::uint64_t kUnix = 1'700'000'000 * kSecond;

using States = std::vector<std::pair<ThreadState, std::uint64_t>>;

/// Interval number `at`, a second long.
struct Interval : LiteralReport {
    explicit Interval(std::uint64_t at) {
        report.now_ns = kOrigin + (at + 1) * kSecond;
        report.time_unix_ns = kUnix + (at + 1) * kSecond;
    }

    /// Times in chronological order; the thread is in the last state.
    Thread& row(std::uint32_t tid, std::string_view comm, const States& states) {
        Thread& thread = add(tid, comm, 0, 0);
        ThreadRow& row = report.threads.back();
        row.state_ns = {};
        for (const auto& [state, ns] : states) {
            row.state_ns[index(state)] += ns;
            row.wall_ns += ns;
            thread.state = state;
        }
        thread.since_ns = report.now_ns - states.back().second;
        return thread;
    }
    /// Each row's thread is the main thread of a separate process.
    void add_processes() {
        for (const ThreadRow& row : report.threads) {
            ProcessRow& process = report.processes.emplace_back();
            process.tgid = row.now->tgid;
            process.leader = row.now;
        }
    }
    /// The last added row's thread exited that long before the interval's end.
    void ends(std::uint64_t before_end_ns) {
        report.exited.push_back(report.threads.back());
        report.threads.pop_back();
        report.exited.back().exit_time_unix_ns = report.time_unix_ns - before_end_ns;
    }
};

struct Slice {
    std::uint64_t from_ns, ns;
    std::string name, wait_on, owner;
    bool operator==(const Slice&) const = default;
};
void PrintTo(const Slice& slice, std::ostream* out) {
    *out << slice.from_ns << "+" << slice.ns << " " << slice.name << " " << slice.wait_on << " " << slice.owner;
}

class Trace {
  public:
    void add(const Interval& interval) {
        if (text_.empty()) {
            text_ = writer_.begin({"host", "6.1", "x86_64", "1", kUnix, 0});
        }
        text_ += writer_.add(interval.report);
    }
    const rapidjson::Document& end() {
        if (text_.empty()) {
            text_ = writer_.begin({"host", "6.1", "x86_64", "1", kUnix, 0});
        }
        text_ += writer_.finish();
        json_.Parse<rapidjson::kParseValidateEncodingFlag>(text_.c_str());
        EXPECT_FALSE(json_.HasParseError()) << text_;
        return json_;
    }
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] std::vector<const rapidjson::Value*> events(std::string_view phase) const {
        std::vector<const rapidjson::Value*> found;
        for (const auto& event : json_["traceEvents"].GetArray()) {
            if (event["ph"].GetString() == phase) {
                found.push_back(&event);
            }
        }
        return found;
    }
    /// Slices of one thread, by time.
    [[nodiscard]] std::vector<Slice> slices(std::uint32_t tid) const {
        std::vector<Slice> slices;
        for (const rapidjson::Value* event : events("X")) {
            if ((*event)["tid"].GetUint() != tid) {
                continue;
            }
            const auto& args = (*event)["args"];
            const auto word = [&](const char* key) {
                return args.HasMember(key) ? std::string(args[key].GetString()) : std::string();
            };
            slices.push_back({ns_of((*event)["ts"]), ns_of((*event)["dur"]), (*event)["name"].GetString(),
                              word("wait_on"), word("owner")});
            EXPECT_EQ(args["ns"].GetUint64(), slices.back().ns);
        }
        std::ranges::sort(slices, {}, &Slice::from_ns);
        return slices;
    }
    static std::uint64_t ns_of(const rapidjson::Value& us) {
        return static_cast<std::uint64_t>(std::llround(us.GetDouble() * 1000));
    }

  private:
    ChromeTraceWriter writer_;
    std::string text_;
    rapidjson::Document json_;
};

TEST(ChromeTrace, a_recording_of_nothing_is_valid) {
    Trace trace;
    const auto& json = trace.end();
    EXPECT_STREQ(json["otherData"]["begin"].GetString(), "2023-11-14 22:13:20 UTC");
    EXPECT_STREQ(json["otherData"]["begin_unix_ns"].GetString(), "1700000000000000000");
    EXPECT_TRUE(trace.events("X").empty());
}

TEST(ChromeTrace, states_are_in_table_order_with_the_final_one_last) {
    Trace trace;
    Interval one(0);
    one.row(7, "worker",
            {{ThreadState::idle, 600'000'000},
             {ThreadState::cpu_wait, 100'000'000},
             {ThreadState::exec, 200'000'000},
             {ThreadState::idle, 100'000'000}});
    trace.add(one);
    trace.end();
    // If the initial state is unknown, only the last stretch has its exact place.
    EXPECT_THAT(trace.slices(7),
                ElementsAre(Slice{0, 200'000'000, "exec", "", ""}, Slice{200'000'000, 100'000'000, "cpu wait", "", ""},
                            Slice{300'000'000, 700'000'000, "idle", "", ""}));
}

TEST(ChromeTrace, a_state_that_goes_on_over_intervals_is_one_slice_up_to_where_it_ended) {
    Trace trace;
    Interval first(0), quiet(1), third(2);
    first.row(7, "worker", {{ThreadState::exec, 300'000'000}, {ThreadState::idle, 700'000'000}});
    quiet.row(7, "worker", {{ThreadState::idle, kSecond}}).since_ns = kOrigin + 300'000'000;
    quiet.report.threads.back().quiet = true;
    third.row(7, "worker",
              {{ThreadState::idle, 400'000'000}, {ThreadState::exec, 100'000'001}, {ThreadState::idle, 499'999'999}});
    trace.add(first);
    trace.add(quiet);
    trace.add(third);
    trace.end();
    EXPECT_THAT(trace.slices(7),
                ElementsAre(Slice{0, 300'000'000, "exec", "", ""}, Slice{300'000'000, 2'100'000'000, "idle", "", ""},
                            Slice{2'400'000'000, 100'000'001, "exec", "", ""},
                            Slice{2'500'000'001, 499'999'999, "idle", "", ""}));
}

TEST(ChromeTrace, a_wait_has_its_object_and_holder) {
    Trace trace;
    Interval one(0);
    Thread& waiter = one.row(7, "waiter", {{ThreadState::exec, 1000}, {ThreadState::lock_wait, kSecond - 1000}});
    waiter.wait.kernel_function = "mutex_lock";
    waiter.wait.kernel_lock = true;
    waiter.wait.owner_tid = 8;
    one.row(8, "holder", {{ThreadState::exec, kSecond}});
    trace.add(one);
    trace.end();
    EXPECT_THAT(trace.slices(7),
                ElementsAre(Slice{0, 1000, "exec", "", ""},
                            Slice{1000, kSecond - 1000, "lock wait", std::string(wait_on(waiter).text), "8 holder"}));
    EXPECT_FALSE(trace.slices(7)[1].wait_on.empty());
}

TEST(ChromeTrace, two_waits_in_one_state_are_two_slices) {
    Trace trace;
    Interval first(0), second(1);
    first.row(7, "worker", {{ThreadState::idle, kSecond}}).wait.kernel_function = "one";
    Thread& again = second.row(7, "worker", {{ThreadState::idle, kSecond}});
    again.wait.kernel_function = "another";
    trace.add(first);
    trace.add(second);
    trace.end();
    EXPECT_THAT(trace.slices(7),
                ElementsAre(Slice{0, kSecond, "idle", "one", ""}, Slice{kSecond, kSecond, "idle", "another", ""}));
}

TEST(ChromeTrace, slices_do_not_overlap_and_sum_to_each_states_time_to_the_nanosecond) {
    Trace trace;
    std::mt19937 random(4177);
    PerState<std::uint64_t> expected{};
    constexpr std::uint64_t kIntervals = 60;
    for (std::uint64_t at = 0; at < kIntervals; ++at) {
        Interval interval(at);
        States states;
        std::uint64_t left = kSecond;
        while (left > 0) {
            const auto state = static_cast<ThreadState>(random() % kStateCount);
            const std::uint64_t ns = std::min<std::uint64_t>(left, random() % 3 == 0 ? left : random() % left + 1);
            states.emplace_back(state, ns);
            expected[index(state)] += ns;
            left -= ns;
        }
        interval.row(7, "worker", states);
        trace.add(interval);
    }
    trace.end();
    std::map<std::string, std::uint64_t> sums;
    std::uint64_t end = 0;
    for (const Slice& slice : trace.slices(7)) {
        EXPECT_EQ(slice.from_ns, end);
        end = slice.from_ns + slice.ns;
        sums[slice.name] += slice.ns;
    }
    EXPECT_EQ(end, kIntervals * kSecond);
    for (const StateInfo& state : state_table()) {
        EXPECT_EQ(sums[std::string(state.label)], expected[index(state.state)]) << state.label;
    }
}

TEST(ChromeTrace, a_thread_that_ends_has_its_slices_up_to_its_end_and_an_instant_there) {
    Trace trace;
    Interval one(0);
    one.row(7, "short", {{ThreadState::exec, 5000}, {ThreadState::cpu_wait, 3000}});
    one.ends(400'000'000);
    trace.add(one);
    trace.end();
    const std::uint64_t end = 600'000'000;
    EXPECT_THAT(trace.slices(7),
                ElementsAre(Slice{end - 8000, 3000, "cpu wait", "", ""}, Slice{end - 5000, 5000, "exec", "", ""}));
    const auto instants = trace.events("i");
    ASSERT_EQ(instants.size(), 1U);
    EXPECT_STREQ((*instants[0])["name"].GetString(), "exit");
    EXPECT_EQ(Trace::ns_of((*instants[0])["ts"]), end);
}

TEST(ChromeTrace, a_zombie_ended_where_it_died_not_where_it_was_reaped) {
    Trace trace;
    Interval one(0), reaped(1);
    one.row(7, "dead", {{ThreadState::exec, 5000}, {ThreadState::zombie, 400'000'000}});
    reaped.row(7, "dead", {{ThreadState::zombie, 300'000'000}});
    reaped.ends(1'400'000'000);
    reaped.row(8, "at once", {{ThreadState::exec, 5000}, {ThreadState::zombie, 200'000'000}});
    reaped.ends(500'000'000);
    trace.add(one);
    trace.add(reaped);
    trace.end();
    EXPECT_THAT(trace.slices(7), ElementsAre(Slice{599'995'000, 5000, "exec", "", ""},
                                             Slice{600'000'000, 700'000'000, "zombie", "", ""}));
    EXPECT_THAT(trace.slices(8), ElementsAre(Slice{1'499'995'000, 5000, "exec", "", ""},
                                             Slice{1'500'000'000, 200'000'000, "zombie", "", ""}));
    const auto instants = trace.events("i");
    ASSERT_EQ(instants.size(), 2U);
    EXPECT_EQ(Trace::ns_of((*instants[0])["ts"]), 600'000'000U);
    EXPECT_EQ(Trace::ns_of((*instants[1])["ts"]), 1'500'000'000U);
}

TEST(ChromeTrace, a_zombie_from_before_the_recording_ends_when_the_interval_does) {
    Trace trace;
    Interval first(0), next(1);
    first.row(7, "dead", {{ThreadState::zombie, kSecond + 80'000'000}});
    next.row(7, "dead", {{ThreadState::zombie, kSecond}});
    trace.add(first);
    trace.add(next);
    trace.end();
    EXPECT_THAT(trace.slices(7), ElementsAre(Slice{0, 2 * kSecond, "zombie", "", ""}));
}

TEST(ChromeTrace, a_reused_tid_in_one_interval_has_no_overlap) {
    Trace trace;
    Interval one(0);
    one.row(7, "old", {{ThreadState::exec, 500'000'000}});
    one.ends(500'000'000);
    one.row(7, "new", {{ThreadState::idle, 400'000'000}}).start_time_ns = 99;
    trace.add(one);
    trace.end();
    EXPECT_THAT(trace.slices(7),
                ElementsAre(Slice{0, 500'000'000, "exec", "", ""}, Slice{600'000'000, 400'000'000, "idle", "", ""}));
}

TEST(ChromeTrace, a_pid_that_is_used_again_is_another_process) {
    Trace trace;
    Interval first(0), second(1), third(2), fourth(3);
    for (Interval* interval : {&first, &second}) {
        interval->row(7, "old", {{ThreadState::idle, kSecond}}).start_time_ns = 1;
    }
    fourth.row(7, "new", {{ThreadState::exec, kSecond}}).start_time_ns = 99;
    for (Interval* interval : {&first, &second, &third, &fourth}) {
        interval->add_processes();
        trace.add(*interval);
    }
    trace.end();
    const auto slices = trace.events("X");
    ASSERT_EQ(slices.size(), 2U);
    EXPECT_EQ((*slices[0])["pid"].GetUint(), 7U);
    EXPECT_EQ(Trace::ns_of((*slices[0])["dur"]), 2 * kSecond);
    EXPECT_GT((*slices[1])["pid"].GetUint(), 4'194'304U);
    EXPECT_EQ((*slices[1])["tid"].GetUint(), 7U);
    EXPECT_THAT(trace.text(), HasSubstr(R"("pid":7,"tid":7,"args":{"name":"old"})"));
    EXPECT_THAT(trace.text(), HasSubstr(R"x("name":"new (PID 7)")x"));
}

TEST(ChromeTrace, an_exec_that_changes_the_tid_does_not_cover_the_leaders_slices) {
    Trace trace;
    Interval first(0), second(1), third(2);
    first.row(7, "leader", {{ThreadState::idle, kSecond}});
    Thread& before = first.row(9, "worker", {{ThreadState::exec, kSecond}});
    before.tgid = 7;
    second.row(7, "leader", {{ThreadState::idle, 500'000'000}});
    second.ends(500'000'000);
    second.row(7, "execed", {{ThreadState::exec, kSecond}});
    second.report.threads.back().before = &before;
    third.row(7, "execed", {{ThreadState::exec, kSecond}});
    for (Interval* interval : {&first, &second, &third}) {
        trace.add(*interval);
    }
    trace.end();
    EXPECT_THAT(trace.slices(9), ElementsAre(Slice{0, 2 * kSecond, "exec", "", ""}));
    EXPECT_THAT(trace.slices(7),
                ElementsAre(Slice{0, 1'500'000'000, "idle", "", ""}, Slice{2 * kSecond, kSecond, "exec", "", ""}));
}

TEST(ChromeTrace, a_thread_that_vanished_keeps_what_is_known_of_it) {
    Trace trace;
    Interval first(0), second(1);
    first.row(7, "gone", {{ThreadState::idle, kSecond}});
    trace.add(first);
    trace.add(second);
    trace.end();
    EXPECT_THAT(trace.slices(7), ElementsAre(Slice{0, kSecond, "idle", "", ""}));
}

TEST(ChromeTrace, names_stay_text_and_renames_are_shown) {
    Trace trace;
    Interval first(0), second(1);
    constexpr std::string_view kHostile = "\"},{\"ph\":\x1b\\\xff<";
    first.row(7, kHostile, {{ThreadState::idle, kSecond}});
    second.row(7, "renamed", {{ThreadState::idle, kSecond}});
    trace.add(first);
    trace.add(second);
    trace.end();
    std::vector<std::string> names;
    for (const rapidjson::Value* event : trace.events("M")) {
        if ((*event)["tid"].GetUint() == 7 && std::strcmp((*event)["name"].GetString(), "thread_name") == 0) {
            names.emplace_back((*event)["args"]["name"].GetString());
        }
    }
    EXPECT_THAT(names, ElementsAre("\"},{\"ph\":\\x1b\\\\xff<", "renamed"));
    EXPECT_EQ(trace.text().find("\\u"), std::string::npos);  // not every reader supports these
}

TEST(ChromeTrace, threads_of_the_kernel_share_a_process) {
    Trace trace;
    Interval one(0);
    one.row(12, "kworker/0:1", {{ThreadState::idle, kSecond}}).kernel = true;
    trace.add(one);
    trace.end();
    ASSERT_EQ(trace.events("X").size(), 1U);
    EXPECT_EQ((*trace.events("X")[0])["pid"].GetUint(), 2U);
    EXPECT_THAT(trace.text(), HasSubstr(R"("kernel threads")"));
}

TEST(ChromeTrace, counters_are_written_when_they_change_and_never_when_absent) {
    Trace trace;
    for (std::uint64_t at = 0; at < 4; ++at) {
        Interval interval(at);
        interval.report.measured = measured_bit(ThreadState::exec);
        interval.report.total_ns[index(ThreadState::exec)] = at < 2 ? kSecond : 2 * kSecond;
        interval.report.system.swap_in_bytes_per_s = 4096;
        trace.add(interval);
    }
    trace.end();
    const auto counters = trace.events("C");
    ASSERT_EQ(counters.size(), 3U);
    EXPECT_STREQ((*counters[0])["name"].GetString(), "threads running or waiting");
    ASSERT_EQ((*counters[0])["args"].MemberCount(), 1U);
    EXPECT_EQ((*counters[0])["args"]["exec"].GetDouble(), 1);
    EXPECT_EQ(Trace::ns_of((*counters[0])["ts"]), 0U);
    EXPECT_STREQ((*counters[1])["name"].GetString(), "swap, bytes/s");
    ASSERT_EQ((*counters[1])["args"].MemberCount(), 1U);
    EXPECT_EQ((*counters[1])["args"]["in"].GetDouble(), 4096);
    EXPECT_EQ((*counters[2])["args"]["exec"].GetDouble(), 2);
    EXPECT_EQ(Trace::ns_of((*counters[2])["ts"]), 2 * kSecond);
}

TEST(ChromeTrace, dropped_data_is_marked_at_its_interval) {
    Trace trace;
    for (std::uint64_t at = 0; at < 3; ++at) {
        Interval interval(at);
        interval.report.health.exit_records_lost = at == 0 ? 0 : 5;
        trace.add(interval);
    }
    trace.end();
    const auto instants = trace.events("i");
    ASSERT_EQ(instants.size(), 1U);
    EXPECT_STREQ((*instants[0])["name"].GetString(), "thread data dropped");
    EXPECT_EQ(Trace::ns_of((*instants[0])["ts"]), kSecond);
}

/// Thread 7 was woken by thread 8 and by a timer.
class TwoWakers : public WakerTable {
  public:
    explicit TwoWakers(std::uint64_t at_ns) {
        table_.key = {7, 0};
        table_.wakers.resize(2);
        table_.wakers[0].who.kind = WakerKind::thread;
        table_.wakers[0].who.tid = 8;
        table_.wakers[0].who.at_ns = at_ns;
        table_.wakers[1].who.kind = WakerKind::timer;
        table_.wakers[1].who.at_ns = at_ns;
    }
    [[nodiscard]] std::optional<Waker> find(const Thread& /*thread*/) const override { return std::nullopt; }
    [[nodiscard]] const WokenTable* woken(const ThreadKey& thread) const override {
        return thread == table_.key ? &table_ : nullptr;
    }
    [[nodiscard]] std::optional<std::uint64_t> irq_ns(const ThreadRow& /*row*/) const override { return std::nullopt; }
    [[nodiscard]] std::string_view unavailable() const override { return ""; }

  private:
    WokenTable table_;
};

void trace_a_wakeup(std::uint64_t at_ns, Trace& trace) {
    const TwoWakers wakers(at_ns);
    Interval first(0);
    first.row(7, "woken", {{ThreadState::sleep, kSecond / 2}, {ThreadState::exec, kSecond / 2}});
    first.row(8, "waker", {{ThreadState::exec, kSecond}});
    first.add_processes();
    first.report.wakers = &wakers;
    trace.add(first);
    trace.end();
}

std::size_t arrows_of_a_wakeup(std::uint64_t at_ns) {
    Trace trace;
    trace_a_wakeup(at_ns, trace);
    EXPECT_EQ(trace.events("s").size(), trace.events("f").size());
    return trace.events("s").size();
}

TEST(ChromeTrace, a_wakeup_by_a_thread_is_an_arrow_between_slices) {
    Trace trace;
    trace_a_wakeup(kOrigin + kSecond / 2 + 5, trace);
    const auto starts = trace.events("s");
    const auto ends = trace.events("f");
    ASSERT_EQ(starts.size(), 1U) << "an interrupt has no slice";
    ASSERT_EQ(ends.size(), 1U);
    const auto& from = *starts.front();
    const auto& to = *ends.front();
    EXPECT_EQ(from["tid"].GetUint(), 8U);
    EXPECT_EQ(to["tid"].GetUint(), 7U);
    EXPECT_EQ(to["pid"].GetUint(), 7U);
    // What makes the two one arrow.
    EXPECT_EQ(from["id"].GetUint64(), to["id"].GetUint64());
    EXPECT_STREQ(from["cat"].GetString(), to["cat"].GetString());
    EXPECT_STREQ(from["name"].GetString(), to["name"].GetString());
    EXPECT_STREQ(to["bp"].GetString(), "e") << "to the slice that encloses it, not to the next one";
    for (const auto* end : {&from, &to}) {
        const std::uint64_t at_ns = Trace::ns_of((*end)["ts"]);
        EXPECT_EQ(at_ns, kSecond / 2 + 5);
        const auto slices = trace.slices((*end)["tid"].GetUint());
        EXPECT_TRUE(std::ranges::any_of(slices, [at_ns](const Slice& slice) {
            return slice.from_ns <= at_ns && at_ns < slice.from_ns + slice.ns;
        }));
    }
}

TEST(ChromeTrace, a_wakeup_outside_of_the_slices_has_no_arrow) {
    EXPECT_EQ(arrows_of_a_wakeup(kOrigin), 1U);
    EXPECT_EQ(arrows_of_a_wakeup(kOrigin + kSecond - 1), 1U);
    EXPECT_EQ(arrows_of_a_wakeup(kOrigin + kSecond), 0U);
    EXPECT_EQ(arrows_of_a_wakeup(kOrigin + kSecond + 1), 0U);
}

}  // namespace
}  // namespace tsa
