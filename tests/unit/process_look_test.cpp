// SPDX-License-Identifier: MIT
// A closer look at a process: what /proc says becomes a table; when it is read, and of whom.
#include "peers/process_look.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "app/host/process_look_feed.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/task_identity.h"
#include "peers/proc_text.h"

namespace tsa {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

using Row = std::vector<std::string>;

TEST(LookMode, says_what_a_descriptor_was_opened_for) {
    EXPECT_EQ(mode_text(O_RDONLY), "r");
    EXPECT_EQ(mode_text(O_WRONLY | O_APPEND), "wa");
    EXPECT_EQ(mode_text(O_RDWR | O_CLOEXEC | O_NONBLOCK), "rwx");
    EXPECT_EQ(mode_text(O_PATH | O_CLOEXEC), "path");
}

TEST(LookEnvironment, variables_are_split_and_made_printable) {
    ProcessLook look;
    using namespace std::string_view_literals;
    add_variables("HOME=/root\0EMPTY=\0A=b=c\0\0\0NAKED\0BAD=\x1b[31m\nx"sv, look);
    EXPECT_THAT(look.rows, ElementsAre(Row{"HOME", "/root"}, Row{"EMPTY", ""}, Row{"A", "b=c"}, Row{"NAKED", ""},
                                       Row{"BAD", "\\x1b[31m\\x0ax"}));
}

TEST(LookEnvironment, what_is_beyond_the_bound_is_counted) {
    ProcessLook look;
    std::string text;
    for (std::size_t at = 0; at < kMaxLookRows + 3; ++at) {
        text += "A=1";
        text += '\0';
    }
    add_variables(text, look);
    EXPECT_EQ(look.rows.size(), kMaxLookRows);
    EXPECT_EQ(look.left_out, 3U);
}

TEST(LockLines, a_lock_and_what_waits_for_it_are_read_in_full) {
    std::string_view text =
        "1: POSIX  ADVISORY  WRITE 4711 08:01:131 10 99\n"
        "1: -> POSIX  ADVISORY  READ 4712 08:01:131 0 EOF\n"
        "garbage\n"
        "2: OFDLCK ADVISORY  READ -1 00:2d:7 0 EOF\n"
        "3: FLOCK  ADVISORY  WRITE 1 08:01:9 0 EO";
    const auto first = next_lock(text);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->mode, "WRITE");
    EXPECT_EQ(first->begin, "10");
    EXPECT_EQ(first->end, "99");
    const auto waiter = next_lock(text);
    ASSERT_TRUE(waiter);
    EXPECT_TRUE(waiter->waits);
    EXPECT_EQ(waiter->number, first->number);
    EXPECT_EQ(waiter->pid, 4712);
    const auto of_file = next_lock(text);
    ASSERT_TRUE(of_file);
    EXPECT_EQ(of_file->pid, -1);
    EXPECT_EQ(of_file->file, (LockedFile{0, 0x2d, 7}));
    EXPECT_FALSE(next_lock(text)) << "a line that is cut is none";
}

std::uint64_t soon() {
    return clock_ns(CLOCK_MONOTONIC) + 5'000'000'000;
}

LookTopic of_itself(LookKind kind) {
    const auto tgid = static_cast<std::uint32_t>(::getpid());
    return {kind, tgid, read_start_time_ns(tgid).value_or(0)};
}

const Row* row_of(const ProcessLook& look, std::size_t column, const std::string& cell) {
    const auto found = std::ranges::find_if(look.rows, [&](const Row& row) { return row[column] == cell; });
    return found != look.rows.end() ? &*found : nullptr;
}

TEST(LookFiles, every_descriptor_of_this_process_has_a_row) {
    int pair[2] = {-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    const Fd one(pair[0]);
    const Fd other(pair[1]);
    const Fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(::lseek(file.get(), 123, SEEK_SET), 123);
    const ProcessLook look = read_look(of_itself(LookKind::files), soon());
    EXPECT_EQ(look.problem, "");
    EXPECT_FALSE(look.ended);
    const Row* of_file = row_of(look, 0, std::to_string(file.get()));
    ASSERT_NE(of_file, nullptr);
    EXPECT_THAT(*of_file, ElementsAre(std::to_string(file.get()), "file", "rx", "123", HasSubstr("unit_tests")));
    const Row* socket = row_of(look, 0, std::to_string(one.get()));
    ASSERT_NE(socket, nullptr);
    EXPECT_EQ((*socket)[1], "socket");
    EXPECT_THAT((*socket)[4], StartsWith("unix")) << "with its peer: this process";
    EXPECT_NE(row_of(look, 0, "cwd"), nullptr);
}

TEST(LookLocks, a_lock_of_this_process_has_a_row_with_its_file) {
    std::string path = "/tmp/rstat-look-XXXXXX";
    const Fd file(::mkstemp(path.data()));
    ASSERT_EQ(::flock(file.get(), LOCK_EX), 0);
    const ProcessLook look = read_look(of_itself(LookKind::locks), soon());
    ::unlink(path.c_str());
    const Row* row = row_of(look, 3, std::to_string(file.get()));
    ASSERT_NE(row, nullptr) << look.problem;
    EXPECT_THAT(*row, ElementsAre("flock", "write", "all", std::to_string(file.get()), "held", HasSubstr(path)));
}

TEST(Look, a_process_with_the_same_id_that_began_later_is_another) {
    LookTopic topic = of_itself(LookKind::environment);
    topic.start_time_ns -= 5'000'000'000;
    const ProcessLook look = read_look(topic, soon());
    EXPECT_TRUE(look.ended);
    EXPECT_TRUE(look.rows.empty());
}

class LookFeed : public testing::Test {
  protected:
    ProcessLook next;
    int reads = 0;
    ProcessLookFeed feed{[this](const LookTopic& topic, std::uint64_t) {
        ++reads;
        ProcessLook look = next;
        look.topic = topic;
        return look;
    }};
    const ProcessLook* await(const LookTopic& topic, std::uint64_t now_ns) {
        const ProcessLook* look = nullptr;
        for (int tries = 0; tries < 5000 && look == nullptr; ++tries) {
            look = feed.update(topic, now_ns);
            ::usleep(look == nullptr ? 1000 : 0);
        }
        return look;
    }
};

constexpr LookTopic kTopic{LookKind::files, 4711, 99};

TEST_F(LookFeed, reads_at_first_and_then_once_a_second) {
    next.rows = {{"0"}};
    const ProcessLook* look = await(kTopic, 1'000);
    ASSERT_NE(look, nullptr);
    EXPECT_EQ(look->rows.size(), 1U);
    EXPECT_NE(feed.update(kTopic, 500'000'000), nullptr);
    EXPECT_EQ(reads, 1);
    next.rows = {{"0"}, {"1"}};
    for (int tries = 0; tries < 5000 && feed.update(kTopic, 2'000'000'000)->rows.size() != 2; ++tries) {
        ::usleep(1000);
    }
    EXPECT_EQ(feed.update(kTopic, 2'000'000'000)->rows.size(), 2U);
    EXPECT_EQ(feed.update(std::nullopt, 2'000'000'000), nullptr);
}

TEST_F(LookFeed, of_a_process_that_has_ended_the_last_rows_stay) {
    next.rows = {{"0"}};
    ASSERT_NE(await(kTopic, 1'000), nullptr);
    next.rows.clear();
    next.ended = true;
    for (int tries = 0; tries < 5000 && !feed.update(kTopic, 2'000'000'000)->ended; ++tries) {
        ::usleep(1000);
    }
    const ProcessLook* look = feed.update(kTopic, 9'000'000'000);
    EXPECT_TRUE(look->ended);
    EXPECT_EQ(look->rows.size(), 1U);
    EXPECT_EQ(reads, 2) << "it is not read again";
}

}  // namespace
}  // namespace tsa
