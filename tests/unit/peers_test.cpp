// SPDX-License-Identifier: MIT
// The pure half of labels: calls and their subjects, text of /proc, sock_diag's replies (captured on 6.18), the text of
// a label and how it is shortened.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <set>
#include <string>
#include <thread>

#include "base/fd.h"
#include "base/first_namespace.h"
#include "model/wait_labels.h"
#include "peers/label_feed.h"
#include "peers/label_text.h"
#include "peers/proc_text.h"
#include "peers/sock_diag.h"
#include "peers/subject.h"
#include "text/wait_text.h"
#include "unit/allocations.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using testing::LiteralReport;

Thread blocked(std::int32_t call, std::array<std::uint64_t, 3> args, ThreadState state = ThreadState::sleep) {
    Thread thread;
    thread.life = 1;
    thread.tid = thread.tgid = 7;
    thread.state = state;
    thread.wait.syscall = call;
    thread.wait.args = args;
    return thread;
}

TEST(Subject, a_page_fault_that_fuse_serves) {
    Thread thread = blocked(-1, {});
    EXPECT_EQ(subject_of(thread).kind, SubjectKind::none);
    thread.wait.kernel_function = "request_wait_answer";
    EXPECT_EQ(subject_of(thread).kind, SubjectKind::fault);
    thread.wait.syscall = SYS_read;
    thread.wait.args = {3};
    EXPECT_EQ(subject_of(thread).kind, SubjectKind::descriptor) << "a call says more";
}

TEST(ProcText, devices_of_mapped_files) {
    const auto device = device_in_maps("7f0000000000-7f0000001000 r--s 00000000 00:2f 2     /mnt/file");
    ASSERT_TRUE(device);
    EXPECT_EQ(device->major, 0U);
    EXPECT_EQ(device->minor, 0x2fU);
    EXPECT_FALSE(device_in_maps("7f0000000000-7f0000001000 r--s"));
    const auto mount = parse_mount("41 30 0:47 / /mnt rw,nosuid - fuse.slowfs slowfs rw,user_id=0");
    ASSERT_TRUE(mount);
    EXPECT_EQ(mount->minor, 47U);
    EXPECT_EQ(mount->type, "fuse.slowfs");
    for (const char* line :
         {"", "41", "41 30 0 / /mnt rw - fuse x", "41 30 a:b / /mnt rw - fuse x", "41 30 0:47 / /mnt rw -"}) {
        EXPECT_FALSE(parse_mount(line)) << line;
    }
}

TEST(Subject, is_what_the_call_is_about_whatever_the_state) {
    for (const ThreadState state : {ThreadState::sleep, ThreadState::lock_wait}) {
        const Subject lock = subject_of(blocked(SYS_flock, {0xffffffff'00000005, LOCK_EX, 0}, state));
        EXPECT_EQ(lock.kind, SubjectKind::flock);
        EXPECT_EQ(lock.fd, 5) << "the kernel reads 32 bits";
    }
    EXPECT_EQ(subject_of(blocked(SYS_read, {3})).kind, SubjectKind::descriptor);
    EXPECT_FALSE(subject_of(blocked(SYS_read, {3})).writes);
    EXPECT_TRUE(subject_of(blocked(SYS_sendto, {3})).writes);
    EXPECT_EQ(subject_of(blocked(SYS_read, {0xffffffff})).kind, SubjectKind::none);
    EXPECT_EQ(subject_of(blocked(SYS_fcntl, {3, F_SETLKW})).kind, SubjectKind::fcntl_lock);
    EXPECT_FALSE(subject_of(blocked(SYS_fcntl, {3, F_SETLKW})).open_file);
    EXPECT_TRUE(subject_of(blocked(SYS_fcntl, {3, F_OFD_SETLKW})).open_file);
    EXPECT_EQ(subject_of(blocked(SYS_fcntl, {3, F_SETFL})).kind, SubjectKind::none);
    EXPECT_EQ(subject_of(blocked(SYS_wait4, {0xffffffff})).id, -1);
    EXPECT_EQ(subject_of(blocked(SYS_wait4, {0})).kind, SubjectKind::none) << "any of a group";
    EXPECT_EQ(subject_of(blocked(SYS_waitid, {P_PID, 12})).id, 12);
    EXPECT_EQ(subject_of(blocked(SYS_nanosleep, {3})).kind, SubjectKind::none);
    Thread running = blocked(SYS_read, {3});
    running.state = ThreadState::exec;
    EXPECT_EQ(subject_of(running).kind, SubjectKind::none) << "that wait is over";
    Thread compat = blocked(SYS_read, {3});
    compat.wait.compat = true;
    EXPECT_EQ(subject_of(compat).kind, SubjectKind::none);
}

TEST(ProcText, of_links_is_a_type_with_an_inode_or_a_name) {
    EXPECT_EQ(parse_link("socket:[4711]").type, FileType::socket);
    EXPECT_EQ(parse_link("socket:[4711]").inode, 4711U);
    EXPECT_EQ(parse_link("pipe:[12]").type, FileType::pipe);
    EXPECT_EQ(parse_link("anon_inode:[eventpoll]").type, FileType::epoll);
    EXPECT_EQ(parse_link("anon_inode:inotify").type, FileType::inotify);
    EXPECT_EQ(parse_link("anon_inode:[io_uring]").name, "io_uring");
    EXPECT_EQ(parse_link("/dev/pts/3").type, FileType::terminal);
    EXPECT_EQ(parse_link("/var/lib/x").type, FileType::file);
    EXPECT_EQ(parse_link("/var/lib/x (deleted)").name, "/var/lib/x");
    EXPECT_TRUE(parse_link("/var/lib/x (deleted)").deleted);
    EXPECT_EQ(parse_link("socket:[47").type, FileType::other);
    EXPECT_EQ(parse_link("").type, FileType::other);
}

TEST(ProcText, of_an_epoll_descriptor_lists_its_members) {
    FdInfo info;
    parse_fdinfo(
        "pos:\t0\nflags:\t02000002\nmnt_id:\t17\nino:\t1062\n"
        "tfd:        4 events:       1f data:                4  pos:0 ino:4ad37f sdev:f\n"
        "tfd:        9 events:       19 data: ffffffffffffffff  pos:0 ino:1062 sdev:10\ntfd:       1",
        info);
    EXPECT_EQ(info.mount_id, 17U);
    EXPECT_EQ(info.inode, 1062U);
    EXPECT_FALSE(info.has_lock);
    ASSERT_EQ(info.members.size(), 2U) << "an incomplete line is none";
    EXPECT_EQ(info.members[0].fd, 4);
    EXPECT_EQ(info.members[0].inode, 0x4ad37fU);
    EXPECT_EQ(info.members[0].device, 0xfU);
    EXPECT_EQ(info.members[1].device, 0x10U);
    parse_fdinfo("pos:\t0\nlock:\t1: OFDLCK ADVISORY  WRITE -1 08:01:131 0 EOF\nfuse_connection:\t44\n", info);
    EXPECT_TRUE(info.has_lock);
    EXPECT_EQ(info.fuse_connection, 44U);
    EXPECT_TRUE(info.members.empty());
    EXPECT_FALSE(info.inode);
}

constexpr std::string_view kLocks =
    "1: POSIX  ADVISORY  WRITE 100 fe:00:131 0 EOF\n"
    "1: -> POSIX  ADVISORY  WRITE 101 fe:00:131 0 EOF\n"
    "2: FLOCK  ADVISORY  WRITE 200 fe:00:132 0 EOF\n"
    "2: -> FLOCK  ADVISORY  WRITE 101 fe:00:132 0 EOF\n"
    "2: -> FLOCK  ADVISORY  READ 203 fe:00:132 0 EOF\n"
    "3: OFDLCK ADVISORY  WRITE -1 fe:00:133 0 EOF\n"
    "3: -> POSIX  ADVISORY  READ 101 fe:00:133 0 100\n"
    "3: -> OFDLCK ADVISORY  WRITE -1 fe:00:133 0 EOF\n"
    "4: LEASE  ACTIVE    READ 300 fe:00:134 0 EOF\n";

TEST(ProcText, of_locks_names_the_holder_of_the_lock_that_a_process_waits_for) {
    const auto file = [](std::uint64_t inode) { return LockedFile{0xfe, 0, inode}; };
    EXPECT_EQ(find_lock_holder(kLocks, file(131), false, false, 101).pid, 100);
    EXPECT_EQ(find_lock_holder(kLocks, file(132), true, false, 101).pid, 200);
    EXPECT_EQ(find_lock_holder(kLocks, file(132), true, false, 203).pid, 200);
    EXPECT_EQ(find_lock_holder(kLocks, file(133), false, false, 101).pid, -1) << "an open file's lock";
    EXPECT_EQ(find_lock_holder(kLocks, file(133), false, true, 999).pid, -1);
    EXPECT_TRUE(find_lock_holder(kLocks, file(133), false, true, 999).waits);
    EXPECT_FALSE(find_lock_holder(kLocks, file(131), true, false, 101).waits) << "a lock of the other kind";
    EXPECT_FALSE(find_lock_holder(kLocks, file(131), false, false, 999).waits) << "that process does not wait";
    EXPECT_FALSE(find_lock_holder(kLocks, LockedFile{8, 0, 131}, false, false, 101).waits) << "another device";
    EXPECT_FALSE(find_lock_holder("1: -> POSIX", file(131), false, false, 101).waits);
}

TEST(ProcText, of_mounts_has_the_device_and_type_of_one) {
    constexpr std::string_view kMounts =
        "24 30 0:22 / /proc rw,relatime - proc proc rw\n"
        "41 30 0:44 / /mnt/far rw,nosuid shared:9 - fuse.sshfs me@far:/x rw,user_id=0\n";
    const auto mount = find_mount(kMounts, 41);
    ASSERT_TRUE(mount);
    EXPECT_EQ(mount->major, 0U);
    EXPECT_EQ(mount->minor, 44U);
    EXPECT_EQ(mount->type, "fuse.sshfs");
    EXPECT_EQ(mount->source, "me@far:/x");
    EXPECT_EQ(mount->point, "/mnt/far");
    EXPECT_FALSE(find_mount(kMounts, 42));
}

std::vector<std::byte> bytes_of(std::string_view hex) {
    std::vector<std::byte> bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        bytes.push_back(static_cast<std::byte>(std::stoul(std::string(hex.substr(at, 2)), nullptr, 16)));
    }
    return bytes;
}

// A listener, a connected socket and the accepted one with five bytes to read; cut after the fixed part.
constexpr std::string_view kTcp =
    "580000001400020001000000d7620000020a0000b6d900007f00000100000000000000000000000000000000000000000000000000000000"
    "00000000010000000000000000000000000000008000000000000000942f4d00"
    "580000001400020001000000d762000002010000e400b6d97f0000010000000000000000000000007f000001000000000000000000000000"
    "00000000030000000000000000000000000000000000000000000000952f4d00"
    "580000001400020001000000d762000002010000b6d9e4007f0000010000000000000000000000007f000001000000000000000000000000"
    "00000000040000000000000000000000050000000000000000000000962f4d00";

TEST(SockDiag, lists_addresses_and_unread_bytes_of_tcp) {
    std::vector<InetSocket> sockets;
    EXPECT_EQ(decode_inet(bytes_of(kTcp), sockets), Reply::more);
    ASSERT_EQ(sockets.size(), 3U);
    EXPECT_EQ(sockets[0].inode, 5058452U);
    EXPECT_EQ(sockets[0].state, 10);
    EXPECT_EQ(sockets[0].unread_bytes, 0U) << "of a listener it is the number of connections";
    EXPECT_EQ(address_text(sockets[0].local), "127.0.0.1:46809");
    EXPECT_EQ(sockets[1].inode, 5058453U);
    EXPECT_EQ(address_text(sockets[1].remote), "127.0.0.1:46809");
    EXPECT_EQ(sockets[1].local, sockets[2].remote);
    EXPECT_EQ(sockets[2].unread_bytes, 5U);
    const auto cut = bytes_of(kTcp.substr(0, 100));
    sockets.clear();
    EXPECT_EQ(decode_inet(cut, sockets), Reply::error);
    EXPECT_TRUE(sockets.empty());
    EXPECT_EQ(decode_inet(bytes_of("14000000030002000100000000000000000000ff"), sockets), Reply::done);
}

TEST(SockDiag, finds_the_peer_and_the_name_of_a_unix_socket) {
    const auto client =
        decode_unix(bytes_of("300000001400000001000000d762000001010100992f4d000500000000000000080002009a"
                             "2f4d000500060000000000"));
    ASSERT_TRUE(client);
    EXPECT_EQ(client->inode, 5058457U);
    EXPECT_EQ(client->peer_inode, 5058458U);
    EXPECT_EQ(client->name, "");
    EXPECT_FALSE(client->listens);
    const auto server =
        decode_unix(bytes_of("440000001400000001000000d7620000010101009a2f4d000600000000000000130000002f"
                             "746d702f64625f782e736f636b000008000200992f4d000500060000000000"));
    ASSERT_TRUE(server);
    EXPECT_EQ(server->name, "/tmp/db_x.sock");
    EXPECT_EQ(server->peer_inode, 5058457U);
    const auto listener =
        decode_unix(bytes_of("3c0000001400000001000000d762000001010a00982f4d00070000000000000013000000"
                             "2f746d702f64625f782e736f636b00000500060000000000"));
    ASSERT_TRUE(listener);
    EXPECT_TRUE(listener->listens);
    EXPECT_FALSE(decode_unix(bytes_of("240000000200000001000000d7620000feffffff3000000014000500010000000000000000")));
}

TEST(SockDiag, an_ipv4_address_is_the_same_inside_ipv6) {
    SocketAddress v6;
    v6.is_v6 = true;
    v6.bytes[15] = 1;
    v6.port = 80;
    EXPECT_EQ(address_text(v6), "[::1]:80");
}

LabelAnswer answer_of(std::string_view text, PeerPlace place, std::uint32_t peer, std::uint32_t peers) {
    LabelAnswer answer;
    std::ranges::copy(text, answer.bytes.begin());
    answer.size = static_cast<std::uint8_t>(text.size());
    answer.place = place;
    answer.peer_tgid = peer;
    answer.peers = peers;
    return answer;
}

std::string composed(const LabelAnswer& answer, std::string_view comm) {
    return std::string(compose_label(answer, 10, comm).view());
}

TEST(LabelText, names_the_process_where_it_is_the_only_one) {
    const auto tcp = [](std::uint32_t peer, std::uint32_t peers) {
        return answer_of("tcp 127.0.0.1:5432", PeerPlace::in_parentheses, peer, peers);
    };
    EXPECT_EQ(composed(tcp(1479, 1), "postgres"), "tcp 127.0.0.1:5432 (postgres 1479)");
    EXPECT_EQ(composed(tcp(1479, 1), ""), "tcp 127.0.0.1:5432 (1479)");
    EXPECT_EQ(composed(tcp(1479, 3), "postgres"), "tcp 127.0.0.1:5432 (3 processes)");
    EXPECT_EQ(composed(tcp(10, 1), "self"), "tcp 127.0.0.1:5432 (own process)");
    EXPECT_EQ(composed(tcp(0, 0), ""), "tcp 127.0.0.1:5432");
    EXPECT_EQ(composed(answer_of("pipe to", PeerPlace::after, 4110, 1), "head"), "pipe to 4110 head");
    EXPECT_EQ(composed(answer_of("pipe to", PeerPlace::after, 4110, 3), "head"), "pipe to 3 processes");
    EXPECT_EQ(composed(answer_of("pipe from", PeerPlace::after, 10, 1), "self"), "pipe from own process");
    EXPECT_EQ(composed(LabelAnswer{}, "x"), "");
    LabelAnswer slow = answer_of("pipe to", PeerPlace::after, 4110, 1);
    slow.too_slow = true;
    EXPECT_EQ(composed(slow, "head"), "reader too slow: pipe to 4110 head");
    EXPECT_EQ(composed(tcp(1479, 1), "\x1b[2J"), "tcp 127.0.0.1:5432 (\\x1b[2J 1479)");
}

TEST(LabelText, a_long_one_keeps_the_process) {
    const std::string path = "unix /run/" + std::string(90, 'x') + "/s.sock";
    const std::string label = composed(answer_of(path, PeerPlace::in_parentheses, 1479, 1), "server");
    EXPECT_LE(label.size(), kMaxLabelBytes);
    EXPECT_THAT(label, ::testing::EndsWith(" (server 1479)"));
}

std::string within(std::string_view label, std::size_t cells) {
    fmt::memory_buffer out;
    put_label_within(out, label, cells);
    return fmt::to_string(out);
}

/// Each run of digits.
std::multiset<std::string> numbers_in(std::string_view text) {
    std::multiset<std::string> numbers;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) {
            ++end;
        }
        if (end > at) {
            numbers.emplace(text.substr(at, end - at));
        }
        at = std::max(end, at + 1);
    }
    return numbers;
}

TEST(LabelWithin, leaves_out_parts_and_never_cuts_a_number) {
    for (const std::string_view label :
         {"tcp 127.0.0.1:5432 (postgres 1479)", "reader too slow: pipe to 4110 head", "epoll: 31 sockets, 12 timers",
          "flock /var/lib/dpkg12/lock34", "child 12345 make", "semop set 98307 semaphore 10", "/dev/shm/1234567890",
          "pipe from 3 processes", "unix /run/user/1000/bus (dbus-daemon 1234)"}) {
        const auto whole = numbers_in(label);
        for (std::size_t cells = 0; cells <= label.size(); ++cells) {
            const std::string cut = within(label, cells);
            EXPECT_LE(cut.size(), cells) << label;
            const auto numbers = numbers_in(cut);
            EXPECT_TRUE(std::ranges::includes(whole, numbers)) << cut << " of " << label;
        }
        EXPECT_EQ(within(label, label.size()), label);
    }
    EXPECT_EQ(within("tcp 127.0.0.1:5432 (postgres 1479)", 33), "tcp 127.0.0.1:5432");
    EXPECT_EQ(within("tcp 127.0.0.1:5432 (postgres 1479)", 17), "tcp");
    EXPECT_EQ(within("epoll: 31 sockets, 12 timers", 27), "epoll") << "a part of the list would look like all of it";
    EXPECT_EQ(within("flock /var/lib/dpkg/lock", 20), "flock .../dpkg/lock");
    EXPECT_EQ(within("pipe to 4110 head", 12), "pipe to 4110");
    EXPECT_EQ(within("pipe to 4110 head", 11), "pipe");
}

/// A report with one waiting thread and a label for it.
struct Labeled {
    LiteralReport literal;
    WaitLabels labels;
    Thread& thread;

    explicit Labeled(ThreadState state) : thread(literal.add(5, "waiter")) {
        thread.state = state;
        thread.since_ns = literal.report.now_ns - 400'000'000;
        ThreadRow& row = literal.report.threads.back();
        row.state_ns = {};
        row.state_ns[index(state)] = 700'000'000;
        row.state_ns[index(ThreadState::exec)] = 300'000'000;
        literal.report.labels = &labels;
    }
    [[nodiscard]] const ThreadRow& row() const { return literal.report.threads.back(); }
};

TEST(WaitLabels, belong_to_one_wait) {
    Labeled labeled(ThreadState::sleep);
    EXPECT_EQ(label_of(labeled.literal.report, labeled.row()), nullptr);
    EXPECT_FALSE(delay_labeled_ns(labeled.literal.report, labeled.row())) << "none was looked for";
    labeled.labels.put(labeled.thread).set_text("pipe from 4108 seq");
    ASSERT_NE(label_of(labeled.literal.report, labeled.row()), nullptr);
    EXPECT_EQ(delay_labeled_ns(labeled.literal.report, labeled.row()), 0U);
    labeled.thread.since_ns += 1;
    EXPECT_EQ(label_of(labeled.literal.report, labeled.row()), nullptr) << "the next wait";
}

TEST(WaitLabels, of_a_lock_or_a_slow_reader_make_the_open_wait_a_delay) {
    for (const ThreadState state : {ThreadState::sleep, ThreadState::idle, ThreadState::sync}) {
        Labeled labeled(state);
        labeled.labels.put(labeled.thread).delays = true;
        EXPECT_EQ(delay_labeled_ns(labeled.literal.report, labeled.row()), 400'000'000U) << "not the waits before";
        EXPECT_EQ(shown_delay_ns(labeled.literal.report, labeled.row()), 400'000'000U);
        labeled.thread.since_ns = 1;
        labeled.labels.put(labeled.thread).delays = true;
        EXPECT_EQ(delay_labeled_ns(labeled.literal.report, labeled.row()), 700'000'000U) << "no more than the interval";
    }
    Labeled lock(ThreadState::lock_wait);
    lock.labels.put(lock.thread).delays = true;
    EXPECT_EQ(delay_labeled_ns(lock.literal.report, lock.row()), 0U) << "that is in latency_ns already";
    EXPECT_EQ(shown_delay_ns(lock.literal.report, lock.row()), 700'000'000U);
}

TEST(WaitLabels, are_in_the_phrase_with_the_call_and_the_holder) {
    Labeled labeled(ThreadState::sleep);
    labeled.thread.wait.syscall = SYS_recvfrom;
    labeled.labels.put(labeled.thread).set_text("tcp 127.0.0.1:5432 (postgres 1479)");
    const auto phrase = [&](std::size_t cells) {
        ThreadIndex threads(labeled.literal.report);
        fmt::memory_buffer out;
        put_wait_within(out, labeled.thread, threads, cells);
        return fmt::to_string(out);
    };
    EXPECT_EQ(phrase(60), "recvfrom tcp 127.0.0.1:5432 (postgres 1479)");
    EXPECT_EQ(phrase(40), "tcp 127.0.0.1:5432 (postgres 1479)");
    EXPECT_EQ(phrase(20), "tcp 127.0.0.1:5432");
    labeled.thread.wait.syscall = SYS_flock;
    labeled.thread.wait.owner_tid = 77;
    labeled.labels.put(labeled.thread).set_text("flock /var/lib/dpkg/lock");
    EXPECT_EQ(phrase(60), "flock /var/lib/dpkg/lock ← 77");
    EXPECT_EQ(phrase(26), "flock .../dpkg/lock ← 77");
    EXPECT_EQ(phrase(5), "← 77");
}

/// Labels that need no look at another process.
class Without : public ::testing::Test {
  protected:
    Thread& add(std::uint32_t tid, std::string_view comm) {
        Thread& thread = sample.threads.emplace_back();
        thread.life = 1;
        thread.tid = thread.tgid = thread.ns_tid = tid;
        std::ranges::copy(comm, thread.comm.begin());
        thread.since_ns = 1000 + tid;
        return thread;
    }
    void update() {
        sample.now_ns = 1'000'000'000;
        sample.versions.resize(sample.threads.size());
        builder.build(sample, sample, {}, report);
        std::vector<std::uint32_t> rows(report.threads.size());
        for (std::uint32_t at = 0; at < rows.size(); ++at) {
            rows[at] = at;
        }
        feed.update(rows, sample, report);
    }
    [[nodiscard]] std::string label(std::size_t index) const {
        const WaitLabel* found = feed.labels().find(sample.threads[index]);
        return found != nullptr ? std::string(found->text()) : "(null)";
    }

    Sample sample;
    Report report;
    ReportBuilder builder;
    LabelFeed feed;
};

TEST_F(Without, a_look_joins_and_children_have_labels) {
    sample.threads.reserve(8);
    Thread& joins = add(1, "main");
    joins.state = ThreadState::sync;
    joins.wait.syscall = SYS_futex;
    joins.wait.kind = FutexKind::join;
    joins.wait.peer_tid = 2;
    add(2, "worker").state = ThreadState::exec;
    Thread& waits = add(3, "sh");
    waits.state = ThreadState::sleep;
    waits.wait.syscall = SYS_wait4;
    waits.wait.args = {0xffffffff};
    add(4, "make").parent_tgid = 3;
    Thread& reads = add(5, "cat");
    reads.state = ThreadState::sleep;
    reads.wait.syscall = SYS_read;
    update();
    EXPECT_EQ(label(0), "join 2 worker");
    EXPECT_EQ(label(2), "child 4 make");
    EXPECT_EQ(label(4), "(null)") << "it was never looked for";
    add(6, "second").parent_tgid = 3;
    sample.threads[2].since_ns += 1;  // the next wait
    update();
    EXPECT_EQ(label(2), "") << "which of two is not known";
}

TEST_F(Without, an_allocation_a_refresh_without_new_waits) {
    if (!testing::allocations_are_counted()) {
        GTEST_SKIP() << "a sanitizer";
    }
    for (std::uint32_t tid = 1; tid <= 50; ++tid) {
        Thread& thread = add(tid, "waiter");
        thread.state = ThreadState::sleep;
        thread.wait.syscall = tid % 2 == 0 ? SYS_wait4 : SYS_read;
        thread.wait.args = {0xffffffff};
    }
    const std::vector<std::uint32_t> rows{0, 1, 2, 3, 4, 5, 6, 7};
    update();
    const testing::AllocationCount count;
    feed.update(rows, sample, report);
    EXPECT_EQ(count.so_far(), 0U);
}

/// Labels of descriptors of this process.
class Looked : public Without {
  protected:
    Looked() {
        feed.start();
        Thread& reader = add(static_cast<std::uint32_t>(::gettid()), "reader");
        reader.tgid = static_cast<std::uint32_t>(::getpid());
        reader.state = ThreadState::sleep;
        reader.wait.syscall = SYS_read;
    }
    Thread& reader() { return sample.threads[0]; }
    void read_from(int descriptor) { reader().wait.args[0] = static_cast<std::uint64_t>(descriptor); }
    /// Refreshes in which nothing is asked for.
    void pass() { feed.update(std::span<const std::uint32_t>(), sample, report); }
    bool await_label(const std::string& wanted) {
        for (int round = 0; round < 2000 && label(0) != wanted; ++round) {
            update();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return label(0) == wanted;
    }
};

TEST_F(Looked, the_next_wait_for_the_same_descriptor_keeps_the_label_until_it_was_looked_up_again) {
    const Fd events(::eventfd(0, EFD_CLOEXEC));
    const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    read_from(events.get());
    if (!in_first_pid_namespace().value_or(false)) {
        GTEST_SKIP() << "labels need the PID namespace of /proc";
    }
    ASSERT_TRUE(await_label("eventfd")) << label(0);
    reader().since_ns += 1;
    pass();
    EXPECT_EQ(label(0), "eventfd") << "another wait for the same";
    reader().since_ns += 1;
    read_from(nothing.get());
    pass();
    EXPECT_EQ(label(0), "(null)") << "a wait for something else";
    EXPECT_TRUE(await_label("/dev/null"));

    reader().since_ns += 1;
    ASSERT_EQ(::dup3(events.get(), nothing.get(), O_CLOEXEC), nothing.get());
    pass();
    EXPECT_EQ(label(0), "/dev/null");
    EXPECT_TRUE(await_label("eventfd")) << "the number was given to another file meanwhile";
}

TEST_F(Looked, a_wait_on_other_memory_at_the_same_address_keeps_no_label) {
    const Fd events(::eventfd(0, EFD_CLOEXEC));
    pollfd polled{events.get(), POLLIN, 0};
    reader().wait.syscall = SYS_poll;
    reader().wait.args = {reinterpret_cast<std::uintptr_t>(&polled), 1};
    if (!in_first_pid_namespace().value_or(false)) {
        GTEST_SKIP() << "labels need the PID namespace of /proc";
    }
    ASSERT_TRUE(await_label("eventfd")) << label(0);
    reader().since_ns += 1;
    pass();
    EXPECT_EQ(label(0), "(null)");
}

}  // namespace
}  // namespace tsa
