// SPDX-License-Identifier: MIT
// Messages to a standard error that takes none: the caller goes on, and what found no room is counted.
#include "app/host/notice_queue.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "base/fd.h"

namespace tsa {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Standard error is a full pipe until the end of the test.
class FullStderr : public ::testing::Test {
  protected:
    void SetUp() override {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        read_ = Fd(ends[0]);
        const Fd write(ends[1]);
        ASSERT_EQ(::fcntl(write.get(), F_SETFL, O_NONBLOCK), 0);
        while (::write(write.get(), "-", 1) == 1) {
            ++filled_;
        }
        ASSERT_EQ(::fcntl(write.get(), F_SETFL, 0), 0);
        before_ = Fd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
        ::dup2(write.get(), STDERR_FILENO);
    }
    void TearDown() override { ::dup2(before_.get(), STDERR_FILENO); }

    /// Waits a moment for what was printed, without what filled the pipe.
    std::string read_more() {
        pollfd ready{read_.get(), POLLIN, 0};
        std::array<char, 4096> bytes{};
        if (::poll(&ready, 1, 100) == 1) {
            all_.append(bytes.data(), static_cast<std::size_t>(::read(read_.get(), bytes.data(), bytes.size())));
        }
        return all_.substr(std::min(filled_, all_.size()));
    }
    std::string read_until(const std::string& last) {
        const auto until = steady_clock::now() + seconds(30);
        std::string all = read_more();
        while (all.find(last) == std::string::npos && steady_clock::now() < until) {
            all = read_more();
        }
        return all;
    }

  private:
    Fd read_, before_;
    std::size_t filled_ = 0;
    std::string all_;
};

TEST_F(FullStderr, keeps_messages_in_their_order_and_no_one_waiting) {
    NoticeQueue notices;
    const auto begin = steady_clock::now();
    for (int number = 1; number <= 100; ++number) {
        notices.print(std::to_string(number));
    }
    EXPECT_LT(steady_clock::now() - begin, seconds(5));
    EXPECT_EQ(notices.dropped(), 0U);
    const std::string all = read_until("rstat-tsa: 100\n");
    EXPECT_THAT(all, StartsWith("rstat-tsa: 1\nrstat-tsa: 2\nrstat-tsa: 3\n"));
}

TEST_F(FullStderr, what_finds_no_room_is_counted_and_said_later) {
    NoticeQueue notices;
    for (int number = 1; number <= 80; ++number) {
        notices.print(std::string(1000, 'x'));
    }
    const std::uint64_t dropped = notices.dropped();
    EXPECT_GT(dropped, 10U);
    EXPECT_LT(dropped, 20U);
    for (int attempt = 0; attempt < 300 && notices.dropped() != 0; ++attempt) {
        read_more();
        notices.print("at last");
    }
    EXPECT_THAT(read_until("rstat-tsa: at last\n"), HasSubstr(" messages were dropped: standard error took none\n"));
}

}  // namespace
}  // namespace tsa
