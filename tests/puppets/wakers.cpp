// SPDX-License-Identifier: MIT
// wakers CPU: `ping` and `pong` pass a byte back and forth; "go KIND N" makes N round trips over a pipe, a unix or TCP
// socket, a futex or an eventfd. `sleeper` sleeps for 1 ms at a time on CPU, on which `hog` executes all the time:
// "hog" starts both.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>

#include "puppet.h"

namespace {

/// Both directions of a connection: end 0 is ping's, end 1 pong's.
class Line {
  public:
    explicit Line(std::string_view kind) {
        if (kind == "pipe") {
            open_pipe(0);
            open_pipe(1);
        } else if (kind == "eventfd") {
            for (int at : {0, 1}) {
                write_[at] = read_[1 - at] = ::eventfd(0, EFD_CLOEXEC);
            }
        } else if (kind == "unix" || kind == "tcp") {
            const std::array<int, 2> ends = kind == "unix" ? unix_pair() : tcp_pair();
            for (int at : {0, 1}) {
                write_[at] = read_[at] = ends[static_cast<std::size_t>(at)];
            }
        }
        size_ = kind == "eventfd" ? sizeof(std::uint64_t) : 1;
    }

    void put(int end) {
        if (write_[end] < 0) {
            words_[end].store(1);
            ::syscall(SYS_futex, &words_[end], FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
            return;
        }
        const std::uint64_t one = 1;
        if (::write(write_[end], &one, size_) != static_cast<ssize_t>(size_)) {
            puppet::fail("write");
        }
    }
    void take(int end) {
        if (read_[end] < 0) {
            std::atomic<std::uint32_t>& word = words_[1 - end];
            while (word.load() == 0) {
                ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
            }
            word.store(0);
            return;
        }
        std::uint64_t got = 0;
        if (::read(read_[end], &got, size_) != static_cast<ssize_t>(size_)) {
            puppet::fail("read");
        }
    }

  private:
    void open_pipe(int from) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            puppet::fail("pipe2");
        }
        write_[from] = ends[1];
        read_[1 - from] = ends[0];
    }
    static std::array<int, 2> unix_pair() {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
            puppet::fail("socketpair");
        }
        return {ends[0], ends[1]};
    }
    static std::array<int, 2> tcp_pair() {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const plain = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener, plain, size) != 0 || ::listen(listener, 1) != 0 ||
            ::getsockname(listener, plain, &size) != 0) {
            puppet::missing("a TCP socket on the loopback device");
        }
        const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::connect(client, plain, size) != 0) {
            puppet::missing("a TCP connection over the loopback device");
        }
        const int server = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        ::close(listener);
        const int one = 1;
        for (const int end : {client, server}) {
            ::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        }
        return {client, server};
    }

    int write_[2] = {-1, -1};
    int read_[2] = {-1, -1};
    std::size_t size_ = 1;
    std::atomic<std::uint32_t> words_[2] = {0, 0};  // one for each direction
};

}  // namespace

int main(int argc, char** argv) {
    puppet::die_with_parent();
    if (argc != 2) {
        return 2;
    }
    const int cpu = std::atoi(argv[1]);
    std::atomic<Line*> line{nullptr};
    std::atomic<long> rounds{0};
    const puppet::Gate start_ping;
    const puppet::Gate start_pong;
    const puppet::Gate done;
    const puppet::Gate start_hog;
    const puppet::Gate start_sleeper;
    const pid_t pong = puppet::start([&] {
        for (;;) {
            start_pong.wait();
            for (long i = rounds.load(); i > 0; --i) {
                line.load()->take(1);
                line.load()->put(1);
            }
        }
    });
    const pid_t ping = puppet::start([&] {
        for (;;) {
            start_ping.wait();
            for (long i = rounds.load(); i > 0; --i) {
                line.load()->put(0);
                line.load()->take(0);
            }
            done.open();
        }
    });
    const pid_t hog = puppet::start([&] {
        puppet::pin_to(cpu);
        start_hog.wait();
        for (;;) {
            puppet::burn_ns(1'000'000);
        }
    });
    const pid_t sleeper = puppet::start([&] {
        puppet::pin_to(cpu);
        start_sleeper.wait();
        for (;;) {
            const timespec time{0, 1'000'000};
            ::nanosleep(&time, nullptr);
        }
    });
    for (const pid_t thread : {ping, pong, hog, sleeper}) {
        puppet::await_blocked(thread);
    }
    puppet::Cast()
        .add("main", puppet::tid())
        .add("ping", ping)
        .add("pong", pong)
        .add("hog", hog)
        .add("sleeper", sleeper)
        .ready();
    puppet::serve([&](const std::string& command) -> std::string {
        char kind[16] = {};
        long count = 0;
        if (command == "hog") {
            start_hog.open();
            start_sleeper.open();
            return "started";
        }
        if (std::sscanf(command.c_str(), "open %15s", kind) == 1) {
            line.store(new Line(kind));
            rounds.store(1'000'000'000);
            start_pong.open();
            puppet::await_blocked(pong);
            return "open";
        }
        if (std::sscanf(command.c_str(), "go %ld", &count) == 1) {
            rounds.store(count);
            start_ping.open();
            done.wait();
            return "done";
        }
        return "unknown";
    });
}
