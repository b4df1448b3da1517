// SPDX-License-Identifier: MIT
// The loop that commands wait in, on pipes.
#include "app/host/loop.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "app/host/ticker.h"
#include "base/clock.h"
#include "base/fd.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;

struct Pipe {
    Fd read, write;

    Pipe() {
        int ends[2];
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
        read = Fd(ends[0]);
        write = Fd(ends[1]);
    }
    void put() const { EXPECT_EQ(::write(write.get(), "x", 1), 1); }
    void take() const {
        char byte = 0;
        EXPECT_EQ(::read(read.get(), &byte, 1), 1);
    }
};

class LoopOfPipes : public ::testing::Test {
  protected:
    /// Its handler notes `name`, takes the byte, and does `then`.
    void watch(
        const Pipe& pipe, const std::string& name, std::function<void()> then = [] {}) {
        loop_.watch(pipe.read.get(), Interest::readable, [this, &pipe, name, then = std::move(then)](Ready ready) {
            called_.push_back(name);
            if (ready.readable) {
                pipe.take();
            }
            then();
            return Result<void>{};
        });
    }

    Pipe a_, b_, c_;
    std::vector<Fd> copies_;
    Loop loop_;
    std::vector<std::string> called_;
};

TEST_F(LoopOfPipes, handlers_are_called_in_the_order_in_which_they_were_added) {
    watch(b_, "b");
    watch(a_, "a");
    watch(c_, "c");
    c_.put();
    a_.put();
    b_.put();
    ASSERT_TRUE(loop_.once().ok());
    EXPECT_THAT(called_, ElementsAre("b", "a", "c"));
}

TEST_F(LoopOfPipes, only_what_is_ready_is_called) {
    watch(a_, "a");
    watch(b_, "b");
    b_.put();
    EXPECT_TRUE(loop_.any_ready());
    ASSERT_TRUE(loop_.once().ok());
    EXPECT_FALSE(loop_.any_ready());
    EXPECT_THAT(called_, ElementsAre("b"));
}

TEST_F(LoopOfPipes, stop_ends_the_round_and_the_run) {
    watch(a_, "a", [this] { loop_.stop(); });
    watch(b_, "b");
    a_.put();
    b_.put();
    ASSERT_TRUE(loop_.run().ok());
    EXPECT_TRUE(loop_.stopped());
    EXPECT_THAT(called_, ElementsAre("a"));
}

TEST_F(LoopOfPipes, what_was_forgotten_in_a_round_is_not_called_in_it) {
    watch(a_, "a", [this] { loop_.forget(b_.read.get()); });
    watch(b_, "b");
    watch(c_, "c");
    a_.put();
    b_.put();
    c_.put();
    ASSERT_TRUE(loop_.once().ok());
    EXPECT_THAT(called_, ElementsAre("a", "c"));
    EXPECT_FALSE(loop_.any_ready());
}

TEST_F(LoopOfPipes, a_handler_may_forget_itself) {
    watch(a_, "a", [this] { loop_.forget(a_.read.get()); });
    watch(b_, "b");
    a_.put();
    ASSERT_TRUE(loop_.once().ok());
    a_.put();
    b_.put();
    ASSERT_TRUE(loop_.once().ok());
    EXPECT_THAT(called_, ElementsAre("a", "b"));
}

TEST_F(LoopOfPipes, what_a_handler_adds_is_waited_for_from_the_next_round_on) {
    watch(a_, "a", [this] {
        for (int i = 0; i < 100; ++i) {
            // Many, so that the list of watches grows while a handler of it runs.
            copies_.emplace_back(::dup(c_.read.get()));
            loop_.watch(copies_.back().get(), Interest::readable, [](Ready) { return Result<void>{}; });
        }
        watch(b_, "b");
    });
    a_.put();
    b_.put();
    ASSERT_TRUE(loop_.once().ok());
    EXPECT_THAT(called_, ElementsAre("a"));
    ASSERT_TRUE(loop_.once().ok());
    EXPECT_THAT(called_, ElementsAre("a", "b"));
}

TEST_F(LoopOfPipes, a_descriptor_that_is_forgotten_and_watched_again_has_its_new_handler) {
    watch(a_, "old");
    loop_.forget(a_.read.get());
    watch(a_, "new");
    a_.put();
    ASSERT_TRUE(loop_.once().ok());
    EXPECT_THAT(called_, ElementsAre("new"));
}

TEST_F(LoopOfPipes, the_writer_that_leaves_is_reported_as_the_end) {
    Ready seen;
    loop_.watch(a_.read.get(), Interest::readable, [&seen](Ready ready) {
        seen = ready;
        return Result<void>{};
    });
    a_.put();
    a_.write.reset();
    ASSERT_TRUE(loop_.once().ok());
    EXPECT_TRUE(seen.readable && seen.ended);
    a_.take();
    ASSERT_TRUE(loop_.once().ok());
    EXPECT_FALSE(seen.readable);
    EXPECT_TRUE(seen.ended);
}

TEST_F(LoopOfPipes, the_reader_that_leaves_is_reported_to_who_waits_for_the_end_only) {
    Ready seen;
    loop_.watch(a_.write.get(), Interest::end_only, [&seen](Ready ready) {
        seen = ready;
        return Result<void>{};
    });
    ASSERT_FALSE(loop_.any_ready());  // there is room to write, which was not asked for
    loop_.set_interest(a_.write.get(), Interest::writable);
    ASSERT_TRUE(loop_.once().ok());
    EXPECT_TRUE(seen.writable && !seen.ended);
    loop_.set_interest(a_.write.get(), Interest::end_only);
    ASSERT_FALSE(loop_.any_ready());
    a_.read.reset();
    ASSERT_TRUE(loop_.once().ok());
    EXPECT_TRUE(seen.ended);
}

TEST_F(LoopOfPipes, an_error_of_a_handler_ends_the_run) {
    loop_.watch(a_.read.get(), Interest::readable, [](Ready) { return Result<void>(Error{"broken", {}, 0}); });
    watch(b_, "b");
    a_.put();
    b_.put();
    const auto run = loop_.run();
    ASSERT_FALSE(run.ok());
    EXPECT_EQ(run.error().message, "broken");
    EXPECT_THAT(called_, ElementsAre());
}

TEST_F(LoopOfPipes, no_descriptor_is_no_watch) {
    loop_.watch(-1, Interest::readable, [](Ready) { return Result<void>(Error{"called", {}, 0}); });
    loop_.set_interest(-1, Interest::writable);
    loop_.forget(-1);
    EXPECT_TRUE(loop_.once(0).ok());
}

TEST_F(LoopOfPipes, a_deadline_ends_the_wait_and_one_that_has_passed_does_not_wait) {
    constexpr std::uint64_t kShortNs = 20'000'000;
    watch(a_, "a");
    const std::uint64_t start_ns = clock_ns(CLOCK_MONOTONIC);
    ASSERT_TRUE(loop_.once(start_ns + kShortNs).ok());
    EXPECT_GE(clock_ns(CLOCK_MONOTONIC), start_ns + kShortNs);
    EXPECT_THAT(called_, ElementsAre());
    ASSERT_TRUE(loop_.once(0).ok());
    a_.put();
    ASSERT_TRUE(loop_.once(0).ok());
    EXPECT_THAT(called_, ElementsAre("a"));
}

TEST_F(LoopOfPipes, ticks_are_a_descriptor_like_others) {
    auto ticker = Ticker::start(clock_ns(CLOCK_MONOTONIC), 1'000'000);
    ASSERT_TRUE(ticker.ok());
    int ticks = 0;
    loop_.watch(ticker.value().fd(), Interest::readable, [&](Ready) {
        EXPECT_GT(ticker.value().take(), 0U);
        if (++ticks == 3) {
            loop_.stop();
        }
        return Result<void>{};
    });
    ASSERT_TRUE(loop_.run().ok());
    EXPECT_EQ(ticks, 3);
}

std::atomic<int> interruptions{0};

TEST_F(LoopOfPipes, an_interrupted_wait_is_a_round_without_calls) {
    struct sigaction note {};
    note.sa_handler = [](int) { ++interruptions; };  // without SA_RESTART
    struct sigaction before {};
    ASSERT_EQ(sigaction(SIGUSR1, &note, &before), 0);
    watch(a_, "a");
    // Until the wait has ended: the first signal may come before it begins.
    std::atomic<bool> over{false};
    std::thread sender([&over, waiter = pthread_self()] {
        while (!over) {
            pthread_kill(waiter, SIGUSR1);
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    });
    const auto waited = loop_.once();
    over = true;
    sender.join();
    sigaction(SIGUSR1, &before, nullptr);
    EXPECT_TRUE(waited.ok());
    EXPECT_GT(interruptions, 0);
    EXPECT_THAT(called_, ElementsAre());
}

}  // namespace
}  // namespace tsa
