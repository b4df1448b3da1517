// SPDX-License-Identifier: MIT
// peers DIRECTORY: threads whose waits another process, "peer-b", is at the other end of: pipes, sockets, file locks, a
// semaphore. Also sets of descriptors and waits for kinds of files. The directory is empty, and the caller's.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include <vector>

#include "puppet.h"

namespace {

struct Pipe {
    int read = -1, write = -1;
    Pipe() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            puppet::fail("pipe2");
        }
        read = ends[0];
        write = ends[1];
    }
};

struct Pair {
    int a = -1, b = -1;
    Pair() {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
            puppet::fail("socketpair");
        }
        a = ends[0];
        b = ends[1];
    }
};

std::string folder;

int open_file(const char* name) {
    const int fd = ::open((folder + "/" + name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        puppet::fail("open");
    }
    return fd;
}

void lock_range(int fd, int command) {
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    if (::fcntl(fd, command, &range) != 0) {
        puppet::fail("fcntl");
    }
}

void lower(int semaphores) {
    sembuf down{0, -1, 0};
    ::semop(semaphores, &down, 1);  // fails once they are removed
}

int listener(sockaddr_in& address) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 4) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        puppet::fail("listen");
    }
    return fd;
}

int connected(const sockaddr_in& to) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        puppet::fail("connect");
    }
    return fd;
}

void read_from(int fd) {
    char bytes[sizeof(signalfd_siginfo)];  // none of them accepts less
    (void)!::read(fd, bytes, sizeof bytes);
}

void fill(int fd) {
    const std::vector<char> much(1 << 16);
    while (::write(fd, much.data(), much.size()) > 0) {
    }
}

void poll_of(std::vector<int> fds) {
    std::vector<pollfd> polled;
    for (const int fd : fds) {
        polled.push_back({fd, POLLIN, 0});
    }
    ::poll(polled.data(), polled.size(), -1);
}

void select_of(std::vector<int> fds) {
    fd_set set;
    FD_ZERO(&set);
    int last = 0;
    for (const int fd : fds) {
        FD_SET(fd, &set);
        last = fd > last ? fd : last;
    }
    ::select(last + 1, &set, nullptr, nullptr, nullptr);
}

void epoll_of(std::vector<int> fds) {
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    for (const int fd : fds) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        if (::epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) != 0) {
            puppet::fail("epoll_ctl");
        }
    }
    epoll_event event{};
    ::epoll_wait(set, &event, 1, -1);
}

}  // namespace

int main(int count, char** arguments) {
    puppet::die_with_parent();
    if (count != 2) {
        return 2;
    }
    folder = arguments[1];
    Pipe silent, full, polled, ready;
    Pair pair, full_pair;
    sockaddr_in address{};
    const int listens = listener(address);
    const int semaphores = ::semget(IPC_PRIVATE, 1, 0600);
    if (semaphores < 0) {
        puppet::missing("SysV semaphores");
    }
    semctl(semaphores, 0, SETVAL, 1);

    const pid_t peer = ::fork();
    if (peer == 0) {
        puppet::die_with_parent();
        ::prctl(PR_SET_NAME, "peer-b");
        for (const int fd : {silent.read, full.write, polled.read, ready.read, pair.a, full_pair.a, listens}) {
            ::close(fd);
        }
        const int files[]{open_file("flock"), open_file("fcntl"), open_file("ofd")};
        ::flock(files[0], LOCK_EX);
        lock_range(files[1], F_SETLKW);
        lock_range(files[2], F_OFD_SETLKW);
        lower(semaphores);
        const int calls[]{connected(address), connected(address)};
        (void)calls;
        (void)!::write(ready.write, "1", 1);
        puppet::rest();
    }
    for (const int fd : {silent.write, full.read, polled.write, ready.write, pair.b, full_pair.b}) {
        ::close(fd);
    }
    read_from(ready.read);
    const int tcp = ::accept4(listens, nullptr, nullptr, SOCK_CLOEXEC);
    const int full_tcp = ::accept4(listens, nullptr, nullptr, SOCK_CLOEXEC);
    const int files[]{open_file("flock"), open_file("fcntl"), open_file("ofd")};
    const int event = ::eventfd(0, EFD_CLOEXEC);
    const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    const int inotify = ::inotify_init1(IN_CLOEXEC);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR2);
    const int signal = ::signalfd(-1, &signals, SFD_CLOEXEC);
    const Pipe own;

    puppet::Cast cast;
    std::vector<pid_t> threads;
    const auto add = [&](const char* name, const std::function<void()>& wait) {
        const pid_t id = puppet::start(wait);
        threads.push_back(id);
        cast.add(name, id);
    };
    pthread_t joined{};
    ::pthread_create(
        &joined, nullptr,
        [](void*) -> void* {
            ::prctl(PR_SET_NAME, "joined");
            puppet::rest();
        },
        nullptr);
    add("pipe_read", [&] { read_from(silent.read); });
    add("pipe_own", [&] { read_from(own.read); });
    add("pipe_full", [&] { fill(full.write); });
    add("tcp_recv", [&] {
        char byte;
        ::recv(tcp, &byte, 1, 0);
    });
    add("tcp_full", [&] { fill(full_tcp); });
    add("tcp_accept", [&] { ::accept4(listens, nullptr, nullptr, SOCK_CLOEXEC); });
    add("unix_recv", [&] {
        char byte;
        ::recv(pair.a, &byte, 1, 0);
    });
    add("unix_full", [&] { fill(full_pair.a); });
    add("epoll", [&] { epoll_of({tcp, pair.a, timer, event, silent.read}); });
    add("epoll_one", [&] { epoll_of({tcp}); });
    add("poll_one", [&] { poll_of({polled.read, -1}); });
    add("poll", [&] { poll_of({tcp, timer, polled.read}); });
    add("select", [&] { select_of({tcp, event}); });
    add("flock", [&] { ::flock(files[0], LOCK_EX); });
    add("fcntl", [&] { lock_range(files[1], F_SETLKW); });
    add("ofd", [&] { lock_range(files[2], F_OFD_SETLKW); });
    add("semop", [&] { lower(semaphores); });
    add("join", [&] { ::pthread_join(joined, nullptr); });
    add("eventfd", [&] { read_from(event); });
    add("timerfd", [&] { read_from(timer); });
    add("signalfd", [&] { read_from(signal); });
    add("inotify", [&] { read_from(inotify); });
    add("child", [&] { ::waitpid(peer, nullptr, 0); });
    add("children", [&] { ::waitpid(-1, nullptr, 0); });
    for (const pid_t id : threads) {
        puppet::await_blocked(id);
    }
    cast.add("peer", peer).add("port", ntohs(address.sin_port)).add("semaphores", semaphores).ready();
    // Removed now, it would wake its waiter: at the end of stdin.
    std::string line;
    while (puppet::next_command(line)) {
    }
    semctl(semaphores, 0, IPC_RMID);
    ::_exit(0);
}
