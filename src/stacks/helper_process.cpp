// SPDX-License-Identifier: MIT
// See helper_process.h.
#include "stacks/helper_process.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

#include "base/capabilities.h"
#include "stacks/helper_protocol.h"
#include "stacks/helper_sandbox.h"
#include "stacks/helper_service.h"

namespace tsa {

namespace {

/// A message and the descriptor that came with it. False: there is no one at the other end any more.
bool receive_message(int socket, std::vector<char>& buffer, std::size_t& size, Fd& file) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec part{buffer.data(), buffer.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    if (got <= 0) {
        return false;
    }
    size = static_cast<std::size_t>(got);
    const cmsghdr* with = CMSG_FIRSTHDR(&header);
    if (with != nullptr && with->cmsg_level == SOL_SOCKET && with->cmsg_type == SCM_RIGHTS) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(with), sizeof(fd));
        file = Fd(fd);
    }
    return true;
}

[[noreturn]] void serve(int socket) {
    HelperService service;
    std::vector<char> buffer(kMaxHelperMessage);
    std::size_t size = 0;
    for (;;) {
        Fd file;
        if (!receive_message(socket, buffer, size, file)) {
            ::_exit(0);
        }
        const std::string answer = service.answer({buffer.data(), size}, std::move(file));
        if (::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) {
            ::_exit(1);
        }
    }
}

}  // namespace

HelperProcess::HelperProcess(HelperProcess&& other) noexcept
    : socket_(std::move(other.socket_)), pid_(std::exchange(other.pid_, -1)), restarts_(other.restarts_) {}

HelperProcess::~HelperProcess() {
    end();
}

Result<HelperProcess> HelperProcess::start() {
    HelperProcess helper;
    TRY(helper.fork_it());
    return helper;
}

Result<void> HelperProcess::fork_it() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return system_error("create a socket for the reader of files", errno);
    }
    socket_ = Fd(ends[0]);
    Fd other(ends[1]);
    pid_ = ::fork();
    if (pid_ < 0) {
        const int error = errno;
        socket_.reset();
        return system_error("create the process that reads files", error);
    }
    if (pid_ == 0) {
        serve(enter_sandbox(other.release()));
    }
    return {};
}

void HelperProcess::end() {
    socket_.reset();
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
}

bool HelperProcess::send(std::string_view message, int file) const {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec part{const_cast<char*>(message.data()), message.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (file >= 0) {
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        cmsghdr* with = CMSG_FIRSTHDR(&header);
        with->cmsg_level = SOL_SOCKET;
        with->cmsg_type = SCM_RIGHTS;
        with->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(with), &file, sizeof(file));
    }
    return ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(message.size());
}

std::optional<std::string> HelperProcess::receive() const {
    pollfd ready{socket_.get(), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(kHelperTime.count())) != 1) {
        return std::nullopt;
    }
    std::string answer(kMaxHelperMessage, '\0');
    const ssize_t got = ::recv(socket_.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (got <= 0 || static_cast<std::size_t>(got) > answer.size()) {
        return std::nullopt;
    }
    answer.resize(static_cast<std::size_t>(got));
    return answer;
}

std::optional<std::string> HelperProcess::ask(std::string_view message, int file) {
    if (is_gone()) {
        return std::nullopt;
    }
    auto answer = send(message, file) ? receive() : std::nullopt;
    if (!answer) {
        end();
        if (restarts_ < kMaxHelperRestarts) {
            ++restarts_;
            [[maybe_unused]] const auto forked = fork_it();
        }
    }
    return answer;
}

}  // namespace tsa
