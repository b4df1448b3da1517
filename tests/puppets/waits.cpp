// SPDX-License-Identifier: MIT
// waits: one thread per kind of interruptible wait, each blocked forever once READY is printed.
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <utility>
#include <vector>

#include "puppet.h"

namespace {

void wait_nanosleep() {
    timespec long_time{100'000, 0};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, nullptr);
}

void wait_epoll() {
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    ::epoll_wait(set, &event, 1, -1);
}

void wait_poll() {
    ::poll(nullptr, 0, -1);
}

void wait_select() {
    ::select(0, nullptr, nullptr, nullptr, nullptr);
}

void wait_accept() {
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // Only the address family: the kernel picks a free abstract name, and nothing remains on disk.
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(sa_family_t)) != 0 ||
        ::listen(listener, 1) != 0) {
        puppet::fail("bind");
    }
    ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
}

void wait_signal() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::sigwaitinfo(&set, nullptr);
}

pthread_mutex_t condition_mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

void wait_condition() {
    pthread_mutex_lock(&condition_mutex);
    for (;;) {
        pthread_cond_wait(&condition, &condition_mutex);
    }
}

sem_t semaphore_of_zero;

void wait_semaphore() {
    sem_wait(&semaphore_of_zero);
}

void wait_join() {
    pthread_t other{};
    if (pthread_create(
            &other, nullptr, [](void*) -> void* { puppet::rest(); }, nullptr) != 0) {
        puppet::fail("pthread_create");
    }
    pthread_join(other, nullptr);
}

void wait_pipe() {
    puppet::Gate().wait();
}

void wait_recv() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        puppet::fail("socketpair");
    }
    char byte = 0;
    ::recv(ends[0], &byte, 1, 0);
}

void wait_child() {
    const pid_t child = ::fork();
    if (child == 0) {
        puppet::die_with_parent();
        puppet::rest();
    }
    int status = 0;
    ::waitpid(child, &status, 0);
}

}  // namespace

int main() {
    puppet::die_with_parent();
    sem_init(&semaphore_of_zero, 0, 0);
    const std::vector<std::pair<const char*, void (*)()>> kinds = {
        {"nanosleep", wait_nanosleep}, {"epoll", wait_epoll},         {"poll", wait_poll},
        {"select", wait_select},       {"accept", wait_accept},       {"signal", wait_signal},
        {"condition", wait_condition}, {"semaphore", wait_semaphore}, {"join", wait_join},
        {"pipe", wait_pipe},           {"recv", wait_recv},           {"child", wait_child},
    };
    puppet::Cast cast;
    cast.add("main", puppet::tid());
    for (const auto& [name, wait] : kinds) {
        const pid_t thread = puppet::start(wait);
        puppet::await_blocked(thread);
        cast.add(name, thread);
    }
    cast.ready();
    puppet::serve([](const std::string&) { return std::string("unknown"); });
}
