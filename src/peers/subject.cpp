// SPDX-License-Identifier: MIT
// See subject.h. Calls are listed by name, because numbers differ between architectures.
#include "peers/subject.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "model/columns.h"

namespace tsa {

namespace {

using Arguments = std::array<std::uint64_t, 3>;
using Find = Subject (*)(const Arguments&);

/// The kernel reads 32 bits of it: the upper bits are garbage.
std::int32_t low_word(std::uint64_t argument) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(argument));
}

template <SubjectKind kKind, bool kWrites = false>
Subject of_descriptor(const Arguments& args) {
    Subject subject;
    subject.kind = kKind;
    subject.writes = kWrites;
    subject.fd = low_word(args[0]);
    return subject.fd >= 0 ? subject : Subject{};
}

Subject of_poll(const Arguments& args) {
    Subject subject;
    subject.kind = SubjectKind::poll;
    subject.address = args[0];
    subject.count = static_cast<std::uint32_t>(args[1]);
    return subject;
}

Subject of_select(const Arguments& args) {
    Subject subject;
    subject.kind = SubjectKind::select;
    subject.count = static_cast<std::uint64_t>(std::max(low_word(args[0]), 0));
    subject.address = args[1];
    subject.address2 = args[2];
    return subject;
}

Subject of_fcntl(const Arguments& args) {
    constexpr int kWaitForLock = 7;      // F_SETLKW; F_SETLKW64 where they differ is a 32-bit call
    constexpr int kWaitForOfdLock = 38;  // F_OFD_SETLKW
    const std::int32_t command = low_word(args[1]);
    if (command != kWaitForLock && command != kWaitForOfdLock) {
        return {};
    }
    Subject subject = of_descriptor<SubjectKind::fcntl_lock>(args);
    subject.open_file = command == kWaitForOfdLock;
    return subject;
}

Subject of_semop(const Arguments& args) {
    Subject subject;
    subject.kind = SubjectKind::semaphore;
    subject.id = low_word(args[0]);
    subject.address = args[1];
    subject.count = static_cast<std::uint32_t>(args[2]);
    return subject;
}

Subject of_wait4(const Arguments& args) {
    Subject subject;
    subject.id = low_word(args[0]);
    subject.kind = subject.id > 0 || subject.id == -1 ? SubjectKind::child : SubjectKind::none;
    return subject;
}

Subject of_waitid(const Arguments& args) {
    Subject subject;
    const std::int32_t which = low_word(args[0]);
    subject.id = which == P_PID ? low_word(args[1]) : -1;
    subject.kind = which == P_PID || which == P_ALL ? SubjectKind::child : SubjectKind::none;
    return subject;
}

template <bool kAt>
Subject of_path(const Arguments& args) {
    Subject subject;
    subject.kind = SubjectKind::path;
    subject.fd = kAt ? low_word(args[0]) : AT_FDCWD;
    subject.address = args[kAt ? 1 : 0];
    return subject;
}

struct Call {
    std::string_view name;
    Find find;
};

constexpr Find kReads = of_descriptor<SubjectKind::descriptor>;
constexpr Find kWrites = of_descriptor<SubjectKind::descriptor, true>;
constexpr Find kEpoll = of_descriptor<SubjectKind::epoll>;

constexpr std::array kCalls = std::to_array<Call>({
    {"read", kReads},
    {"readv", kReads},
    {"pread64", kReads},
    {"preadv", kReads},
    {"preadv2", kReads},
    {"recvfrom", kReads},
    {"recvmsg", kReads},
    {"recvmmsg", kReads},
    {"accept", kReads},
    {"accept4", kReads},
    {"connect", kReads},
    {"fsync", kReads},
    {"fdatasync", kReads},
    {"sync_file_range", kReads},
    {"fallocate", kReads},
    {"ftruncate", kReads},
    {"getdents64", kReads},
    {"mq_timedreceive", kReads},
    {"write", kWrites},
    {"writev", kWrites},
    {"pwrite64", kWrites},
    {"pwritev", kWrites},
    {"pwritev2", kWrites},
    {"sendto", kWrites},
    {"sendmsg", kWrites},
    {"sendmmsg", kWrites},
    {"mq_timedsend", kWrites},
    {"epoll_wait", kEpoll},
    {"epoll_pwait", kEpoll},
    {"epoll_pwait2", kEpoll},
    {"poll", of_poll},
    {"ppoll", of_poll},
    {"select", of_select},
    {"pselect6", of_select},
    {"flock", of_descriptor<SubjectKind::flock>},
    {"fcntl", of_fcntl},
    {"semop", of_semop},
    {"semtimedop", of_semop},
    {"wait4", of_wait4},
    {"waitid", of_waitid},
    {"open", of_path<false>},
    {"stat", of_path<false>},
    {"lstat", of_path<false>},
    {"openat", of_path<true>},
    {"newfstatat", of_path<true>},
    {"statx", of_path<true>},
});

/// By number: index into kCalls + 1, 0 for the others.
constexpr std::size_t kNumbers = 512;
using Table = std::array<std::uint8_t, kNumbers>;

Table make_table() {
    Table table{};
    for (std::size_t at = 0; at < kCalls.size(); ++at) {
        const std::optional<std::int32_t> number = syscall_number(kCalls[at].name);
        if (number && *number >= 0 && static_cast<std::size_t>(*number) < kNumbers) {
            table[static_cast<std::size_t>(*number)] = static_cast<std::uint8_t>(at + 1);
        }
    }
    return table;
}

/// A page fault on a file whose server is asked for the page. Which file is not known.
bool is_fuse_fault(const Wait& wait) {
    return wait.syscall < 0 && wait.kernel_function.starts_with("request_wait_answer");
}

}  // namespace

Subject subject_of(const Thread& thread) {
    static const Table kTable = make_table();
    const Wait& wait = thread.wait;
    if (!is_blocked(thread.state) || thread.kernel || wait.compat || wait.kernel_lock) {
        return {};
    }
    if (wait.kind == FutexKind::join && wait.peer_tid != 0) {
        Subject subject;
        subject.kind = SubjectKind::join;
        subject.id = wait.peer_tid;
        return subject;
    }
    if (is_fuse_fault(wait)) {
        Subject subject;
        subject.kind = SubjectKind::fault;
        return subject;
    }
    if (wait.syscall < 0 || static_cast<std::size_t>(wait.syscall) >= kNumbers) {
        return {};
    }
    const std::uint8_t at = kTable[static_cast<std::size_t>(wait.syscall)];
    return at != 0 ? kCalls[at - 1U].find(wait.args) : Subject{};
}

}  // namespace tsa
