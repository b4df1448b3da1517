// SPDX-License-Identifier: MIT
// Who woke threads and who took their CPU, on the screens: the page of wakers, lines of the drill-down, the column.
#include <gmock/gmock.h>

#include <map>

#include "model/neighbors.h"
#include "model/wakers.h"
#include "tui/thread/page.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::World;
using testing::HasSubstr;
using testing::Not;

constexpr ThreadKey kThread{4178, 1000 + 4178};

Waker thread_waker(std::uint32_t tid, std::uint32_t tgid, std::string_view comm, std::uint64_t at_ns) {
    Waker waker;
    waker.kind = WakerKind::thread;
    waker.tid = tid;
    waker.tgid = tgid;
    waker.start_time_ns = 1000 + tid;
    std::ranges::copy(comm, waker.comm.begin());
    waker.at_ns = at_ns;
    return waker;
}

Waker timer_waker(std::uint64_t at_ns) {
    Waker waker;
    waker.kind = WakerKind::timer;
    waker.at_ns = at_ns;
    return waker;
}

class LiteralWakers : public WakerTable {
  public:
    [[nodiscard]] std::optional<Waker> find(const Thread& thread) const override {
        const auto found = last.find(thread.tid);
        return found != last.end() ? std::optional(found->second) : std::nullopt;
    }
    [[nodiscard]] const WokenTable* woken(const ThreadKey& thread) const override {
        return table && table->key == thread ? &*table : nullptr;
    }
    [[nodiscard]] std::optional<std::uint64_t> irq_ns(const ThreadRow& row) const override {
        return row.now->tid == 4178 ? irq : std::nullopt;
    }
    [[nodiscard]] std::string_view unavailable() const override { return why; }

    std::map<std::uint32_t, Waker> last;
    std::optional<WokenTable> table;
    std::string why;
    std::optional<std::uint64_t> irq;
};

class LiteralNeighbors : public NeighborTable {
  public:
    [[nodiscard]] const CpuWaitBy* of(const ThreadKey& thread) const override {
        return thread == waits.key ? &waits : nullptr;
    }
    [[nodiscard]] std::string_view unavailable() const override { return ""; }

    CpuWaitBy waits;
};

class WhoPages : public testing::Test {
  protected:
    WhoPages() {
        world_.fill();
        world_.history.watch(kThread);
        world_.history.add(world_.report);
        world_.report.wakers = &wakers_;
        world_.report.neighbors = &neighbors_;
        WokenTable table;
        table.key = kThread;
        table.since_ns = world_.report.now_ns - 42'000'000'000U;
        table.wakers = {{thread_waker(4190, 4121, "page_cleaner", world_.report.now_ns - 5), 212, 920'000'000,
                         90'000'000, 200, 900'000'000},
                        {timer_waker(world_.report.now_ns - 500), 8, 80'000'000, 20'000'000, 8, 80'000'000}};
        wakers_.table = table;
        wakers_.last[4178] = thread_waker(4190, 4121, "page_cleaner", world_.report.now_ns - 5);
        wakers_.last[4190] = timer_waker(world_.report.now_ns - 50);
        open_thread(world_.state, kThread, 4121);
    }

    void add_neighbor(std::uint32_t tid, std::uint32_t tgid, std::string_view comm, std::uint64_t ns) {
        Neighbor neighbor;
        neighbor.key = {tid, 1000 + tid};
        neighbor.tgid = tgid;
        std::ranges::copy(comm, neighbor.comm.begin());
        neighbor.total_ns = ns;
        neighbor.idle = tid == 0;
        neighbors_.waits.neighbors.push_back(neighbor);
        neighbors_.waits.key = kThread;
    }

    std::string screen(int width, int height) {
        const Frame frame = world_.draw(width, height);
        std::string text;
        for (int y = 0; y < frame.height(); ++y) {
            text += frame.line(y) + "\n";
        }
        return text;
    }

    World world_;
    LiteralWakers wakers_;
    LiteralNeighbors neighbors_;
};

TEST_F(WhoPages, the_drill_down_says_what_interrupts_took_where_it_is_much) {
    EXPECT_THAT(screen(132, 43), Not(HasSubstr("INTERRUPTS")));
    wakers_.irq = 4 * test::kMs;
    EXPECT_THAT(screen(132, 43), Not(HasSubstr("INTERRUPTS"))) << "0.8 %";
    wakers_.irq = 20 * test::kMs;
    EXPECT_THAT(screen(132, 43), HasSubstr("INTERRUPTS  4.0 % of its time in this interval; they are part of exec"));
}

TEST_F(WhoPages, the_drill_down_says_who_woke_it_with_the_chain) {
    EXPECT_THAT(screen(140, 40),
                HasSubstr("WOKEN BY  4190 page_cleaner 92.0 %, timer 8.0 %   last 4190 page_cleaner ← timer"));
    wakers_.table.reset();
    wakers_.last.clear();
    EXPECT_THAT(screen(140, 40), Not(HasSubstr("WOKEN BY")));
}

TEST_F(WhoPages, the_page_of_wakers_has_a_row_for_each) {
    world_.type("W");
    const std::string page = screen(120, 24);
    EXPECT_THAT(page, HasSubstr("WOKEN BY  42 s"));
    EXPECT_THAT(page, HasSubstr("4190 page_cleaner"));
    EXPECT_THAT(page, HasSubstr("212"));
    EXPECT_THAT(page, HasSubstr("92.0 %"));
    EXPECT_THAT(page,
                HasSubstr("Waits for other threads were ended 91.8 % by threads of its process, 8.2 % by timers"));
    EXPECT_THAT(page, HasSubstr("Last: 4190 page_cleaner ← timer"));
    world_.type("W");
    EXPECT_THAT(screen(120, 24), Not(HasSubstr("Last: ")));
}

TEST_F(WhoPages, the_page_fits_small_screens_and_scrolls) {
    for (std::uint32_t tid = 1; tid <= 30; ++tid) {
        wakers_.table->wakers.push_back({thread_waker(tid, tid, "many", 1), 1, 1000, 1000, 0, 0});
    }
    world_.type("W");
    EXPECT_THAT(screen(40, 10), HasSubstr("4190 page_cleaner"));
    for (int line = 0; line < 40; ++line) {
        world_.type("j");
    }
    EXPECT_THAT(screen(40, 10), HasSubstr("30 many"));
    EXPECT_THAT(screen(40, 10), Not(HasSubstr("4190 page_cleaner  ")));
}

TEST_F(WhoPages, why_there_are_no_wakers_is_said) {
    world_.type("W");
    wakers_.table.reset();
    EXPECT_THAT(screen(120, 24), HasSubstr("not recorded yet"));
    wakers_.why = "needs CAP_BPF";
    EXPECT_THAT(screen(120, 24), HasSubstr("needs CAP_BPF"));
}

TEST_F(WhoPages, keys_lead_to_the_waker_and_to_the_holder_and_back) {
    world_.type("O");
    EXPECT_EQ(thread_on(world_.state)->tid, 4190U);
    world_.press(Key::escape);
    EXPECT_EQ(thread_on(world_.state)->tid, 4178U);
    world_.type("o");
    EXPECT_EQ(thread_on(world_.state)->tid, 4190U) << "it holds the lock, too";
    world_.type("o");
    EXPECT_THAT(screen(120, 24), HasSubstr("it does not wait for a lock whose holder is known"));
    world_.type("O");
    EXPECT_THAT(screen(120, 24), HasSubstr("it was woken by no thread that is listed: timer"));
    world_.press(Key::escape);
    EXPECT_EQ(thread_on(world_.state)->tid, 4178U);
    world_.press(Key::escape);
    EXPECT_FALSE(thread_on(world_.state));
}

TEST_F(WhoPages, a_column_of_wakers_is_switched_by_a_key) {
    world_.press(Key::escape);
    EXPECT_THAT(screen(140, 40), Not(HasSubstr("WOKEN BY")));
    world_.type("W");
    EXPECT_THAT(screen(140, 40), HasSubstr("WOKEN BY"));
    EXPECT_THAT(screen(140, 40), HasSubstr("4190 page_cleaner"));
    world_.type("W");
    EXPECT_THAT(screen(140, 40), Not(HasSubstr("WOKEN BY")));
}

TEST_F(WhoPages, the_drill_down_says_who_took_its_cpu) {
    EXPECT_THAT(screen(140, 40), Not(HasSubstr("CPU TAKEN BY")));
    add_neighbor(812, 812, "cc1plus", 610);
    add_neighbor(813, 812, "cc1plus", 100);
    add_neighbor(4180, 4121, "worker", 200);
    add_neighbor(0, 0, "", 90);
    EXPECT_THAT(screen(140, 40), HasSubstr("CPU TAKEN BY  812 cc1plus 71.0 %, its own threads 20.0 %, idle 9.0 %"));
    neighbors_.waits.own_quota_ns = 1000;
    EXPECT_THAT(screen(140, 40), HasSubstr("none: its own quota 50.0 %"));
}

TEST_F(WhoPages, a_recording_says_who_took_the_cpus_of_its_cgroup) {
    class : public NeighborTable {
      public:
        [[nodiscard]] const CpuWaitBy* of(const ThreadKey& /*thread*/) const override { return nullptr; }
        [[nodiscard]] const CgroupWaitBy* of_cgroup(std::uint64_t id) const override {
            return id == 77 ? &waits : nullptr;
        }
        [[nodiscard]] std::string_view unavailable() const override { return ""; }
        CgroupWaitBy waits{"/web",
                           {{"/web", "/batch\x1b", 77, 78, 600},
                            {"/web", "/web", 77, 77, 300},
                            {"/web", std::string(kOwnQuota), 77, 0, 96},
                            {"/web", "/small", 77, 79, 4}}};
    } table;
    world_.report.neighbors = &table;
    EXPECT_THAT(screen(140, 40), Not(HasSubstr("CPU TAKEN BY"))) << "its cgroup is another one";
    world_.thread(4178).cgroup_id = 77;
    world_.report.now_ns += test::kIntervalNs;
    world_.history.add(world_.report);
    EXPECT_THAT(screen(140, 40),
                HasSubstr("CPU TAKEN BY  /batch\\x1b 60.0 %, its own cgroup 30.0 %, none: its own quota "
                          "9.6 % (of all waits in /web)"));
}

TEST_F(WhoPages, the_verdict_is_below_what_it_does_now) {
    const std::string page = screen(140, 40);
    EXPECT_THAT(page, HasSubstr("% of its delay is waiting for the lock 0x7f3a12e8, held by 4190 page_cleaner"));
    EXPECT_LT(page.find("NOW"), page.find("of its delay is"));
    EXPECT_THAT(screen(40, 10), Not(HasSubstr("of its delay is"))) << "no room";
}

TEST(WakerChain, ends_at_interrupts_circles_and_later_wakeups) {
    World world;
    world.fill();
    LiteralWakers wakers;
    world.report.wakers = &wakers;
    const Thread* first = nullptr;
    for (const ThreadRow& row : world.report.threads) {
        first = row.now->tid == 4178 ? row.now : first;
    }
    ASSERT_NE(first, nullptr);
    EXPECT_TRUE(waker_chain(world.report, *first).empty());
    wakers.last[4178] = thread_waker(4190, 4121, "a", 100);
    wakers.last[4190] = thread_waker(4178, 4121, "b", 50);
    EXPECT_EQ(waker_chain(world.report, *first).size(), 1U) << "a circle";
    wakers.last[4190] = timer_waker(50);
    EXPECT_EQ(waker_chain(world.report, *first).size(), 2U);
    wakers.last[4190] = timer_waker(150);
    EXPECT_EQ(waker_chain(world.report, *first).size(), 1U) << "it was woken again later";
    world.report.wakers = nullptr;
    EXPECT_TRUE(waker_chain(world.report, *first).empty());
}

TEST(SyncEnds, are_split_by_who_ended_them) {
    WokenTable table;
    table.wakers = {{thread_waker(1, 10, "own", 0), 1, 5, 5, 1, 5},
                    {thread_waker(2, 20, "other", 0), 1, 7, 7, 1, 7},
                    {timer_waker(0), 1, 11, 11, 1, 11}};
    table.others.sync_ns = 13;
    const SyncEnds ends = sync_ends(table, 10);
    EXPECT_EQ(ends.own_process_ns, 5U);
    EXPECT_EQ(ends.other_process_ns, 7U);
    EXPECT_EQ(ends.timer_ns, 11U);
    EXPECT_EQ(ends.other_ns, 13U);
    EXPECT_EQ(ends.all_ns(), 36U);
}

TEST(NeighborSplit, tells_own_process_and_cgroup_from_others) {
    CpuWaitBy waits;
    const auto add = [&](std::uint32_t tgid, std::string cgroup, std::uint64_t ns, bool kernel, bool idle) {
        Neighbor neighbor;
        neighbor.key.tid = tgid;
        neighbor.tgid = tgid;
        neighbor.cgroup = std::move(cgroup);
        neighbor.total_ns = ns;
        neighbor.kernel = kernel;
        neighbor.idle = idle;
        waits.neighbors.push_back(neighbor);
    };
    add(10, "/app", 1, false, false);
    add(11, "/app", 2, false, false);
    add(12, "/batch", 4, false, false);
    add(2, "", 8, true, false);
    add(0, "", 16, false, true);
    const NeighborSplit split = split_neighbors(waits, 10, "/app");
    EXPECT_EQ(split.own_process_ns, 1U);
    EXPECT_EQ(split.own_cgroup_ns, 2U);
    EXPECT_EQ(split.others_ns, 4U);
    EXPECT_EQ(split.kernel_ns, 8U);
    EXPECT_EQ(split.idle_ns, 16U);
    EXPECT_EQ(split_neighbors(waits, 10, "").others_ns, 6U) << "unknown cgroup";
    EXPECT_EQ(waits.total_ns(), 31U);
    add(12, "/batch", 100, false, false);
    EXPECT_EQ(by_process(waits).front().tgid, 12U);
    EXPECT_EQ(by_process(waits).front().total_ns, 104U);
}

}  // namespace
}  // namespace tsa
