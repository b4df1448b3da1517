// SPDX-License-Identifier: MIT
// The current holder of a lock: a queue whose mutex constantly changes hands, holders that change while their waiters
// do not run, an apparent cycle, a real one, and a holder that has exited.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "base/fd.h"
#include "observer.h"
#include "puppets/turns.h"
#include "sched/holders.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"
#include "text/wait_text.h"

namespace tsa::test {
namespace {

std::string phrase(const Observer& observer, std::uint32_t tid) {
    ThreadIndex threads(observer.last());
    fmt::memory_buffer out;
    put_wait(out, *observer.thread(tid), threads);
    return fmt::to_string(out);
}

/// The history shared by a `turns` puppet.
class History {
  public:
    History() {
        path_ = fmt::format("/tmp/rstat-turns-{}", ::getpid());
        file_ = Fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!file_.valid() || ::ftruncate(file_.get(), sizeof(TurnHistory)) != 0) {
            throw std::runtime_error("cannot create the history file: " + path_);
        }
        memory_ =
            static_cast<TurnHistory*>(::mmap(nullptr, sizeof(TurnHistory), PROT_READ, MAP_SHARED, file_.get(), 0));
    }
    ~History() {
        ::munmap(memory_, sizeof(TurnHistory));
        ::unlink(path_.c_str());
    }
    History(const History&) = delete;
    History& operator=(const History&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

    /// All holders of the mutex between the two times; includes 0 if it was free for a while.
    [[nodiscard]] std::set<std::uint32_t> holders(std::uint64_t from_ns, std::uint64_t to_ns) const {
        std::set<std::uint32_t> found;
        std::uint64_t free_from_ns = 0;
        const std::uint32_t turns = __atomic_load_n(&memory_->turns, __ATOMIC_ACQUIRE);
        for (std::uint32_t i = 0; i < turns; ++i) {
            const Turn& turn = memory_->turn[i];
            const std::uint64_t end_ns = turn.end_ns != 0 ? turn.end_ns : ~0ULL;
            if (turn.begin_ns <= to_ns && end_ns >= from_ns) {
                found.insert(turn.tid);
            }
            if (free_from_ns <= to_ns && turn.begin_ns >= from_ns) {
                found.insert(0);
            }
            free_from_ns = end_ns;
        }
        return found;
    }

  private:
    std::string path_;
    Fd file_;
    TurnHistory* memory_ = nullptr;
};

/// A report for which every lock was read in time. On a slow machine a reading may be late: then the holder is unknown,
/// and counted as such.
void report_with_locks(Observer& observer) {
    EXPECT_TRUE(await([&] {
        const std::uint64_t unread = observer.sample().health.locks_unread;
        let_pass(std::chrono::milliseconds(10));
        observer.report();
        return observer.sample().health.locks_unread == unread;
    })) << "no lock is ever read in time";
}

/// One look at the queue.
struct Look {
    std::uint64_t at_ns = 0;
    std::set<std::uint32_t> named;  // the holders reported for its waiters; 0: none
    bool holder_waits = false;      // for that mutex, in the same sample
};

Look look_at(Observer& observer, const Puppet& queue, int workers) {
    Look look;
    look.at_ns = observer.last().now_ns;
    std::set<std::uint32_t> waiters;
    for (int i = 0; i < workers; ++i) {
        const Thread* worker = observer.thread(queue.tid("worker" + std::to_string(i)));
        if (worker != nullptr && worker->state == ThreadState::lock_wait) {
            waiters.insert(worker->tid);
            look.named.insert(worker->wait.owner_tid);
        }
    }
    look.holder_waits = std::ranges::any_of(look.named, [&](std::uint32_t tid) { return waiters.contains(tid); });
    return look;
}

TEST(Holders, in_a_queue_nearly_every_look_names_the_true_holder_for_every_waiter) {
    TSA_REQUIRE(missing_bpf());
    constexpr int kWorkers = 6;
    constexpr int kLooks = 200;
    History history;
    Observer observer;
    Puppet queue("turns", {history.path(), std::to_string(kWorkers), "3000"});
    TSA_REQUIRE(queue.missing());
    observer.mark();
    std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same pauses in every run
    std::vector<Look> looks;
    while (looks.size() < kLooks) {
        let_pass(std::chrono::milliseconds(std::uniform_int_distribution<int>(1, 12)(random)));
        observer.report();
        looks.push_back(look_at(observer, queue, kWorkers));
    }
    int right = 0;
    int named = 0;
    for (const Look& look : looks) {
        EXPECT_FALSE(look.holder_waits) << "a reported holder waits for the same mutex";
        EXPECT_LE(look.named.size() - look.named.count(0), 1U) << "two holders of one mutex";
        // From the sample until the locks were read.
        const std::set<std::uint32_t> truth =
            history.holders(look.at_ns, look.at_ns + static_cast<std::uint64_t>(kHolderTime.count()));
        right += std::ranges::includes(truth, look.named) ? 1 : 0;
        named += look.named.size() == 1 && !look.named.contains(0) ? 1 : 0;
    }
    EXPECT_GE(right, kLooks * 95 / 100);
    EXPECT_GE(named, kLooks * 95 / 100) << "unread: " << observer.sample().health.locks_unread;
}

TEST(Holders, a_circle_of_holders_that_have_let_go_is_never_a_deadlock) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    Puppet knots("knots");
    TSA_REQUIRE(knots.missing());
    observer.mark();
    for (int look = 0; look < 20; ++look) {
        report_with_locks(observer);
        EXPECT_EQ(observer.thread(knots.tid("front"))->wait.owner_tid, knots.tid("third"));
        EXPECT_EQ(observer.thread(knots.tid("back"))->wait.owner_tid, knots.tid("front"));
        for (const char* name : {"front", "back"}) {
            EXPECT_EQ(phrase(observer, knots.tid(name)).find("DEADLOCK"), std::string::npos) << name;
        }
    }
    ASSERT_EQ(knots.ask("swap"), "swapped");
    // The first report that names the new holder is the one with a row; earlier ones were late for that lock.
    EXPECT_TRUE(await([&] {
        let_pass(std::chrono::milliseconds(10));
        observer.report();
        const std::uint32_t holder = observer.thread(knots.tid("front"))->wait.owner_tid;
        EXPECT_TRUE(holder == 0 || holder == knots.tid("main")) << holder << ", though no waiter has run";
        return holder == knots.tid("main");
    })) << "the new holder is never named";
    EXPECT_FALSE(observer.row(knots.tid("front"))->quiet) << "a recording must have a row of it";
    EXPECT_TRUE(await([&] {
        observer.report();
        return observer.row(knots.tid("front"))->quiet;
    }));
}

TEST(Holders, a_cycle_that_persists_is_a_deadlock_at_the_second_look) {
    TSA_REQUIRE(missing_bpf());
    Puppet knots("knots");
    TSA_REQUIRE(knots.missing());
    Observer observer;
    observer.mark();
    const auto is_deadlock = [&](const char* name) {
        return phrase(observer, knots.tid(name)).find("DEADLOCK") != std::string::npos;
    };
    report_with_locks(observer);
    // Two readings in time, one after the other: the second one at most machines.
    EXPECT_TRUE(await([&] {
        report_with_locks(observer);
        return is_deadlock("left") && is_deadlock("right");
    })) << phrase(observer, knots.tid("left"));
}

TEST(Holders, a_holder_that_has_exited_is_reported) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    Puppet knots("knots");
    TSA_REQUIRE(knots.missing());
    observer.mark();
    // Each takes two readings in one refresh, which a slow machine does not have time for at each of them.
    EXPECT_TRUE(await([&] {
        report_with_locks(observer);
        return observer.thread(knots.tid("orphan1"))->wait.owner_exited &&
               observer.thread(knots.tid("orphan2"))->wait.owner_exited;
    }));
    for (const char* name : {"orphan1", "orphan2"}) {
        const Thread* orphan = observer.thread(knots.tid(name));
        EXPECT_TRUE(orphan->wait.owner_exited);
        EXPECT_EQ(orphan->wait.owner_tid, knots.tid("gone"));
        // In doubt if the holder was gone before the wait began: then the futex named no living thread.
        const char* lock = orphan->wait.doubtful ? "futex lock?" : "futex lock";
        EXPECT_EQ(phrase(observer, orphan->tid),
                  fmt::format("{} held by TID {}, which has exited without unlocking", lock, knots.tid("gone")));
    }
    for (const char* name : {"front", "back", "left", "right"}) {
        EXPECT_FALSE(observer.thread(knots.tid(name))->wait.owner_exited) << name << " waits for a living thread";
    }
}

}  // namespace
}  // namespace tsa::test
