// SPDX-License-Identifier: MIT
// What the drill-down collects for its thread: both sources over the last seconds, and when a thread's readings are
// compared with nothing older. Without a kernel: replies, waits and files are literals. Also the same of a recording.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "app/commands/recorded_detail.h"
#include "app/host/detail.h"
#include "model/columns.h"
#include "unit/gate.h"
#include "unit/literal_delays.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kSecond = 1000 * kMs;
constexpr std::uint64_t kStartNs = 100 * kSecond;  // of the thread
constexpr ThreadKey kKey{7, kStartNs};

std::vector<std::int32_t> descriptors_of(const ThreadDetail& detail) {
    std::vector<std::int32_t> out;
    for (const DescriptorName& each : detail.descriptors) {
        out.push_back(each.fd);
    }
    return out;
}

class Detail : public ::testing::Test {
  protected:
    Detail() {
        thread_.life = 1;
        thread_.tid = thread_.tgid = kKey.tid;
        thread_.start_time_ns = kStartNs;
        thread_.state = ThreadState::sleep;
        report_.system.cpus = 4;
        report_.threads.emplace_back().now = &thread_;
        report_.now_ns = thread_.since_ns = kernel_.monotonic_ns;
        kernel_.set(kKey.tid, 0, 0, kernel_.monotonic_ns - kStartNs);
    }

    DetailAccess access(bool probes = true) {
        DetailAccess out;
        if (probes) {
            out.watch_waits = [this](const ThreadKey& key) -> Result<DetailAccess::Watch> {
                watched_.push_back(key.tid);
                if (!not_watchable_.empty()) {
                    return Error{not_watchable_, "", 0};
                }
                return DetailAccess::Watch{[this, alive = attached_](WaitTable& waits) { waits.kinds = waits_; }};
            };
        }
        out.patience = std::chrono::seconds(30);
        out.read_files = [this](const ThreadKey&, const std::vector<std::int32_t>& descriptors) {
            ++properties_read_;
            ThreadFiles files;
            files.properties.kernel_function = "futex_wait_queue";
            for (const std::int32_t fd : descriptors) {
                if (fd != 9) {
                    files.descriptors.push_back({fd, fmt::format("pipe {}", fd)});
                }
            }
            return files;
        };
        return out;
    }
    /// How many probes of single threads are attached.
    [[nodiscard]] long attached() const { return attached_.use_count() - 1; }

    /// The thread runs for part of that time, as both sources see it.
    void pass(std::uint64_t ns, std::uint64_t run_ns, std::uint64_t kernel_run_ns) {
        kernel_.pass(ns);
        run_ns_ += kernel_run_ns;
        kernel_.set(kKey.tid, run_ns_, 0, kernel_.monotonic_ns - kStartNs);
        thread_.ns[index(ThreadState::exec)] += run_ns;
        thread_.ns[index(ThreadState::sleep)] += ns - run_ns;
        thread_.since_ns = report_.now_ns = kernel_.monotonic_ns;
    }
    void pass(std::uint64_t ns, std::uint64_t run_ns = 0) { pass(ns, run_ns, run_ns); }
    const ThreadDetail* update() { return collector_.update(kKey, report_); }

    testing::LiteralDelays kernel_;
    DelayFeed delays_{kernel_.access()};
    std::vector<WaitTotals> waits_;
    std::string not_watchable_;
    std::vector<std::uint32_t> watched_;
    std::shared_ptr<int> attached_ = std::make_shared<int>();
    int properties_read_ = 0;
    std::uint64_t run_ns_ = 0;
    Thread thread_;
    Report report_;
    DetailCollector collector_{access(), delays_};
};

TEST_F(Detail, is_compared_from_the_second_reading_on) {
    const ThreadDetail* detail = update();
    EXPECT_EQ(detail->key, kKey);
    EXPECT_EQ(detail->window_ns, 0U);
    ASSERT_TRUE(detail->stats);
    pass(kSecond, 300 * kMs);
    detail = update();
    EXPECT_EQ(detail->window_ns, kSecond);
    const Comparison& exec = detail->comparisons[static_cast<std::size_t>(Pair::exec)];
    EXPECT_EQ(exec.probes_ns, 300 * kMs);
    EXPECT_EQ(exec.taskstats_ns, 300 * kMs);
    EXPECT_EQ(exec.verdict, Verdict::agree);
    EXPECT_EQ(detail->absences[static_cast<std::size_t>(Pair::exec)], "");
}

TEST_F(Detail, covers_the_last_seconds_only) {
    update();
    pass(kSecond, 0, 900 * kMs);  // a wrong value that must not stay on the screen
    update();
    EXPECT_EQ(update()->comparisons[0].difference_ns, static_cast<std::int64_t>(900 * kMs));
    for (int second = 0; second < 5; ++second) {
        pass(kSecond, 100 * kMs);
        update();
    }
    const ThreadDetail* detail = update();
    EXPECT_EQ(detail->window_ns, 5 * kSecond);
    EXPECT_EQ(detail->comparisons[0].taskstats_ns, 500 * kMs);
    EXPECT_EQ(detail->comparisons[0].verdict, Verdict::agree);
}

TEST_F(Detail, of_short_intervals_keeps_few_readings_and_the_whole_time) {
    update();
    for (int step = 0; step < 100; ++step) {
        pass(10 * kMs, kMs);
        update();
    }
    EXPECT_EQ(update()->window_ns, kSecond);
    EXPECT_EQ(update()->comparisons[0].probes_ns, 100 * kMs);
    std::uint64_t longest_ns = 0;
    for (int step = 0; step < 600; ++step) {
        pass(10 * kMs, kMs);
        longest_ns = std::max(longest_ns, update()->window_ns);
    }
    EXPECT_GE(update()->window_ns, 5 * kSecond);
    EXPECT_GE(longest_ns, 5 * kSecond + 50 * kMs) << "readings are some 100 ms apart";
    EXPECT_LE(longest_ns, 5 * kSecond + 200 * kMs);
}

TEST_F(Detail, of_another_thread_starts_over) {
    update();
    pass(kSecond);
    update();
    EXPECT_EQ(attached(), 1);
    Thread other = thread_;
    other.tid = 8;
    report_.threads.emplace_back().now = &other;
    const ThreadDetail* detail = collector_.update(key_of(other), report_);
    EXPECT_EQ(detail->key.tid, 8U);
    EXPECT_EQ(detail->window_ns, 0U);
    EXPECT_FALSE(detail->stats) << "there is no thread 8";
    EXPECT_THAT(watched_, ElementsAre(7U, 8U));
    EXPECT_EQ(attached(), 1) << "the first one's probe is detached";
    EXPECT_EQ(collector_.look_at(std::nullopt, report_), nullptr);
    EXPECT_EQ(attached(), 0);
}

TEST_F(Detail, of_a_thread_that_has_ended_stays_as_it_was) {
    update();
    pass(kSecond, 300 * kMs);
    update();
    report_.threads.clear();
    report_.now_ns += kSecond;
    const int read_before = properties_read_;
    const ThreadDetail* detail = update();
    ASSERT_NE(detail, nullptr);
    EXPECT_EQ(detail->window_ns, kSecond);
    EXPECT_EQ(detail->comparisons[0].probes_ns, 300 * kMs);
    EXPECT_EQ(properties_read_, read_before) << "its TID may be another thread's by now";
}

TEST_F(Detail, of_two_threads_with_one_key_is_the_living_ones) {
    Thread dead = thread_;
    dead.state = ThreadState::zombie;
    dead.ns[index(ThreadState::exec)] = 77 * kSecond;
    report_.threads[0].now = &dead;
    report_.threads.emplace_back().now = &thread_;
    update();
    pass(kSecond, 300 * kMs);
    EXPECT_EQ(update()->comparisons[0].probes_ns, 300 * kMs);
    report_.threads.pop_back();
    EXPECT_NE(update(), nullptr) << "the dead one, if there is no other";
}

TEST_F(Detail, of_a_thread_that_took_over_a_tid_is_compared_with_nothing_of_the_leader) {
    update();
    pass(kSecond, 300 * kMs);
    EXPECT_EQ(update()->window_ns, kSecond);
    pass(kSecond, 300 * kMs);
    thread_.first_seen_ns += 1;
    const ThreadDetail* detail = update();
    EXPECT_EQ(detail->window_ns, 0U);
    EXPECT_FALSE(detail->comparisons[0].probes_ns);
}

TEST_F(Detail, has_waits_if_they_can_be_watched_else_the_reason) {
    waits_.emplace_back().count = 3;
    ASSERT_EQ(update()->waits.kinds.size(), 1U);
    waits_[0].count = 4;
    EXPECT_EQ(collector_.look_at(kKey, report_)->waits.kinds[0].count, 4U);
    EXPECT_EQ(collector_.look_at(kKey, report_)->waits.unavailable, "");
    EXPECT_EQ(watched_.size(), 1U);

    not_watchable_ = "watch the waits: no permission";
    DetailCollector refused(access(), delays_);
    EXPECT_EQ(refused.update(kKey, report_)->waits.unavailable, "watch the waits: no permission");
    DetailCollector without_probes(access(false), delays_);
    EXPECT_THAT(without_probes.update(kKey, report_)->waits.unavailable, HasSubstr("need the scheduler probes"));
}

TEST_F(Detail, reads_proc_no_more_often_than_a_person_can_follow) {
    EXPECT_EQ(update()->properties.kernel_function, "futex_wait_queue");
    pass(100 * kMs);
    update();
    EXPECT_EQ(properties_read_, 1);
    pass(200 * kMs);
    update();
    EXPECT_EQ(properties_read_, 2);
}

TEST_F(Detail, files_that_hang_delay_neither_a_refresh_nor_another_thread) {
    const auto gate = std::make_shared<Gate>();
    DetailAccess hanging = access();
    hanging.patience = std::chrono::milliseconds(3);
    hanging.read_files = [gate](const ThreadKey& thread, const std::vector<std::int32_t>&) {
        if (thread == kKey) {
            gate->wait();
        }
        ThreadFiles files;
        files.properties.kernel_function = fmt::format("function_of_{}", thread.tid);
        return files;
    };
    DetailCollector collector(hanging, delays_);
    const auto begin = std::chrono::steady_clock::now();
    for (int refresh = 0; refresh < 20; ++refresh) {
        EXPECT_FALSE(collector.update(kKey, report_)->properties.kernel_function.has_value());
        pass(300 * kMs);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1)) << "one wait of 3 ms";
    std::this_thread::sleep_for(SideJobs::kLate);
    thread_.tid = thread_.tgid = 8;
    const ThreadKey other{8, kStartNs};
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!collector.look_at(other, report_)->properties.kernel_function && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(collector.look_at(other, report_)->properties.kernel_function, "function_of_8");
    gate->let_go();
}

TEST_F(Detail, names_the_descriptors_of_its_open_wait_and_of_those_that_ended) {
    thread_.wait.syscall = *syscall_number("read");
    thread_.wait.args[0] = 5;
    for (const std::uint64_t fd : {6U, 9U}) {  // 9 is closed by now
        WaitTotals& waits = waits_.emplace_back();
        waits.kind.wait.syscall = *syscall_number("recvmsg");
        waits.kind.wait.args[0] = fd;
    }
    WaitTotals& no_descriptor = waits_.emplace_back();
    no_descriptor.kind.wait.syscall = *syscall_number("futex");
    no_descriptor.kind.wait.args[0] = 8;
    const ThreadDetail* detail = update();
    EXPECT_THAT(descriptors_of(*detail), ElementsAre(5, 6));
    EXPECT_EQ(detail->descriptors[0].name, "pipe 5");
}

TEST_F(Detail, names_a_bounded_number_of_descriptors) {
    for (std::uint64_t fd = 100; fd < 300; ++fd) {
        WaitTotals& waits = waits_.emplace_back();
        waits.kind.wait.syscall = *syscall_number("read");
        waits.kind.wait.args[0] = fd;
    }
    EXPECT_EQ(update()->descriptors.size(), 64U);
}

TEST_F(Detail, without_taskstats_has_one_source_and_the_reason) {
    kernel_.no_socket = "taskstats: no permission";
    DelayFeed none(kernel_.access());
    DetailCollector collector(access(), none);
    collector.update(kKey, report_);
    pass(kSecond, 300 * kMs);
    const ThreadDetail* detail = collector.update(kKey, report_);
    EXPECT_EQ(detail->stats_unavailable, "taskstats: no permission");
    EXPECT_FALSE(detail->stats);
    EXPECT_EQ(detail->comparisons[0].probes_ns, 300 * kMs);
    EXPECT_FALSE(detail->comparisons[0].taskstats_ns);
    EXPECT_EQ(detail->absences[0], reason_words(Reason::no_reply));
}

/// One thread of a recording over one interval.
class DetailOfARecording : public ::testing::Test {
  protected:
    DetailOfARecording() {
        now_.life = before_.life = 1;
        now_.tid = before_.tid = kKey.tid;
        now_.start_time_ns = before_.start_time_ns = kStartNs;
        now_.state = before_.state = ThreadState::sleep;
        report_.now_ns = now_.since_ns = 9 * kSecond;
        report_.interval_ns = kSecond;
        before_.since_ns = report_.now_ns - kSecond;
        now_.ns[index(ThreadState::exec)] = 300 * kMs;
        now_.ns[index(ThreadState::sleep)] = 700 * kMs;
        ThreadRow& row = report_.threads.emplace_back();
        row.before = &before_;
        row.now = &now_;
        report_.delays = &table_;
        set_delays(true);
    }
    void set_delays(bool has_before) {
        std::vector<ThreadDelays> entries(1);
        entries[0].key = kKey;
        entries[0].has_before = has_before;
        entries[0].before.version = entries[0].now.version = 16;
        entries[0].now.cpu_run_virtual_ns = 300 * kMs;
        for (std::optional<Delay>& delay : entries[0].now.delays) {
            delay = Delay{};
        }
        entries[0].before.delays = entries[0].now.delays;
        table_.assign(entries);
        table_.accounting = {Accounting::on, false, 0, std::nullopt};
    }
    const ThreadDetail* detail(bool recorded_taskstats = true) {
        RecordingMeta meta;
        meta.taskstats = recorded_taskstats;
        detail_.emplace(meta, std::nullopt, 0);
        return detail_->of(kKey, report_);
    }

    Thread before_, now_;
    DelayTable table_;
    Report report_;
    std::optional<RecordedDetail> detail_;
};

TEST_F(DetailOfARecording, compares_both_sources_over_the_interval_on_the_screen) {
    const ThreadDetail* found = detail();
    EXPECT_EQ(found->window_ns, kSecond);
    EXPECT_EQ(found->comparisons[0].probes_ns, 300 * kMs);
    EXPECT_EQ(found->comparisons[0].taskstats_ns, 300 * kMs);
    EXPECT_EQ(found->comparisons[0].verdict, Verdict::agree);
    EXPECT_EQ(found->stats_unavailable, "");
    EXPECT_THAT(found->waits.unavailable, HasSubstr("a recording"));
    EXPECT_EQ(detail_->of(std::nullopt, report_), nullptr);
}

TEST_F(DetailOfARecording, explains_what_is_missing) {
    EXPECT_THAT(detail(false)->stats_unavailable, HasSubstr("record --taskstats"));
    report_.threads[0].quiet = true;
    EXPECT_THAT(detail()->stats_unavailable, HasSubstr("nothing happened"));
    report_.threads[0].quiet = false;
    table_.clear();
    EXPECT_THAT(detail()->stats_unavailable, HasSubstr("not recorded for this thread"));
    report_.delays = nullptr;
    EXPECT_THAT(detail()->stats_unavailable, HasSubstr("not recorded for this thread"));
}

TEST_F(DetailOfARecording, has_a_reply_but_no_comparison_without_the_beginning) {
    set_delays(false);
    EXPECT_TRUE(detail()->stats);
    EXPECT_EQ(detail()->window_ns, 0U);
    set_delays(true);
    report_.threads[0].before = nullptr;
    EXPECT_EQ(detail()->window_ns, 0U);
}

}  // namespace
}  // namespace tsa
