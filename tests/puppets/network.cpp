// SPDX-License-Identifier: MIT
// network: `sender` and `receiver` move bytes over the loopback device. "move HOW FAMILY N" moves N chunks and answers
// what both counted themselves: "sent=.. received=..". HOW: send, sendfile, splice (into the socket), drain (splice out
// of it), uring, peek (each chunk is peeked at first), udp; FAMILY: 4, 6 or unix. "hold": `sender` sends a datagram and
// then executes without a system call until "let go".
#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <vector>

#include "puppet.h"

namespace {

constexpr std::size_t kChunk = 4001;  // no divisor of a page

struct Job {
    std::string how;
    long chunks = 0;
    int from = -1, to = -1;  // the sender's and the receiver's end
    bool stream = true;
    std::uint64_t sent = 0, received = 0;
};

/// One request at a time, by system calls of the thread itself.
class Ring {
  public:
    Ring() {
        io_uring_params params{};
        fd_ = static_cast<int>(::syscall(SYS_io_uring_setup, 4, &params));
        if (fd_ < 0) {
            return;
        }
        rings_ = map(params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe) + 4096, IORING_OFF_SQ_RING);
        entries_ = reinterpret_cast<io_uring_sqe*>(map(params.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
        tail_ = word(params.sq_off.tail);
        mask_ = *word(params.sq_off.ring_mask);
        array_ = word(params.sq_off.array);
        done_head_ = word(params.cq_off.head);
        done_tail_ = word(params.cq_off.tail);
        done_mask_ = *word(params.cq_off.ring_mask);
        done_ = reinterpret_cast<io_uring_cqe*>(rings_ + params.cq_off.cqes);
    }
    [[nodiscard]] bool exists() const { return fd_ >= 0; }

    long transfer(int operation, int socket, char* data, std::size_t size) {
        const unsigned at = *tail_ & mask_;
        entries_[at] = io_uring_sqe{};
        entries_[at].opcode = static_cast<std::uint8_t>(operation);
        entries_[at].fd = socket;
        entries_[at].addr = reinterpret_cast<std::uint64_t>(data);
        entries_[at].len = static_cast<std::uint32_t>(size);
        array_[at] = at;
        __atomic_store_n(tail_, *tail_ + 1, __ATOMIC_RELEASE);
        while (__atomic_load_n(done_tail_, __ATOMIC_ACQUIRE) == *done_head_) {
            if (::syscall(SYS_io_uring_enter, fd_, submitted_ ? 0 : 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0) < 0 &&
                errno != EINTR) {
                puppet::fail("io_uring_enter");
            }
            submitted_ = true;
        }
        submitted_ = false;
        const long result = done_[*done_head_ & done_mask_].res;
        __atomic_store_n(done_head_, *done_head_ + 1, __ATOMIC_RELEASE);
        return result;
    }

  private:
    char* map(std::size_t size, off_t what) const {
        void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, what);
        if (at == MAP_FAILED) {
            puppet::fail("mmap of a ring");
        }
        return static_cast<char*>(at);
    }
    [[nodiscard]] unsigned* word(std::uint32_t offset) const { return reinterpret_cast<unsigned*>(rings_ + offset); }

    int fd_ = -1;
    char* rings_ = nullptr;
    io_uring_sqe* entries_ = nullptr;
    io_uring_cqe* done_ = nullptr;
    unsigned *tail_ = nullptr, *array_ = nullptr, *done_head_ = nullptr, *done_tail_ = nullptr;
    unsigned mask_ = 0, done_mask_ = 0;
    bool submitted_ = false;
};

std::uint64_t checked(long bytes, const char* what) {
    if (bytes < 0) {
        puppet::fail(what);
    }
    return static_cast<std::uint64_t>(bytes);
}

struct Pipe {
    int ends[2] = {-1, -1};
    Pipe() {
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            puppet::fail("pipe2");
        }
    }
    ~Pipe() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
};

void send_all(Job& job) {
    std::vector<char> data(kChunk, 'x');
    Ring ring;
    const Pipe pipe;
    const int file = ::memfd_create("data", MFD_CLOEXEC);
    if (::write(file, data.data(), data.size()) != static_cast<ssize_t>(data.size())) {
        puppet::fail("write");
    }
    for (long i = 0; i < job.chunks; ++i) {
        for (std::size_t at = 0; at < kChunk;) {
            long bytes = 0;
            off_t offset = static_cast<off_t>(at);
            if (job.how == "sendfile") {
                bytes = ::sendfile(job.from, file, &offset, kChunk - at);
            } else if (job.how == "splice") {
                if (::splice(file, &offset, pipe.ends[1], nullptr, kChunk - at, 0) < 0) {
                    puppet::fail("splice of a file");
                }
                bytes = ::splice(pipe.ends[0], nullptr, job.from, nullptr, kChunk - at, 0);
            } else if (job.how == "uring") {
                bytes = ring.transfer(IORING_OP_SEND, job.from, data.data() + at, kChunk - at);
            } else {
                bytes = ::send(job.from, data.data() + at, kChunk - at, 0);
            }
            job.sent += checked(bytes, "send");
            at += static_cast<std::size_t>(bytes);
        }
    }
    ::close(file);
    if (job.stream) {
        ::shutdown(job.from, SHUT_WR);
    }
}

void receive_all(Job& job) {
    std::vector<char> data(kChunk);
    Ring ring;
    const Pipe pipe;
    const int nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    const std::uint64_t all = static_cast<std::uint64_t>(job.chunks) * kChunk;
    while (job.received < all) {
        long bytes = 0;
        if (job.how == "drain") {
            bytes = ::splice(job.to, nullptr, pipe.ends[1], nullptr, kChunk, 0);
            if (bytes > 0 &&
                ::splice(pipe.ends[0], nullptr, nothing, nullptr, static_cast<std::size_t>(bytes), 0) < 0) {
                puppet::fail("splice to /dev/null");
            }
        } else if (job.how == "uring") {
            bytes = ring.transfer(IORING_OP_RECV, job.to, data.data(), kChunk);
        } else {
            if (job.how == "peek") {
                checked(::recv(job.to, data.data(), kChunk, MSG_PEEK), "peek");
            }
            bytes = ::recv(job.to, data.data(), kChunk, 0);
        }
        job.received += checked(bytes, "receive");
        if (bytes == 0) {
            break;
        }
    }
    ::close(nothing);
}

int bound(int family, int type, sockaddr_storage& address, socklen_t& size) {
    const int socket = ::socket(family, type | SOCK_CLOEXEC, 0);
    address = {};
    if (family == AF_INET6) {
        auto& six = reinterpret_cast<sockaddr_in6&>(address);
        six.sin6_family = AF_INET6;
        six.sin6_addr = in6addr_loopback;
        size = sizeof six;
    } else {
        auto& four = reinterpret_cast<sockaddr_in&>(address);
        four.sin_family = AF_INET;
        four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        size = sizeof four;
    }
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (socket < 0 || ::bind(socket, plain, size) != 0 || ::getsockname(socket, plain, &size) != 0) {
        return -1;
    }
    return socket;
}

/// False: this machine has no such connection.
bool connect_ends(Job& job, const std::string& family_name) {
    if (family_name == "unix") {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
            return false;
        }
        job.from = ends[0];
        job.to = ends[1];
        return true;
    }
    const int family = family_name == "6" ? AF_INET6 : AF_INET;
    sockaddr_storage address{};
    socklen_t size = 0;
    const int type = job.how == "udp" ? SOCK_DGRAM : SOCK_STREAM;
    const int server = bound(family, type, address, size);
    job.stream = type == SOCK_STREAM;
    if (server < 0 || (job.stream && ::listen(server, 1) != 0)) {
        return false;
    }
    job.from = ::socket(family, type | SOCK_CLOEXEC, 0);
    if (::connect(job.from, reinterpret_cast<sockaddr*>(&address), size) != 0) {
        return false;
    }
    job.to = job.stream ? ::accept4(server, nullptr, nullptr, SOCK_CLOEXEC) : server;
    if (job.stream) {
        ::close(server);
    }
    return true;
}

}  // namespace

int main() {
    puppet::die_with_parent();
    Job job;
    std::atomic<bool> held{false};
    std::atomic<bool> sent{false};
    const puppet::Gate start_sender;
    const puppet::Gate start_receiver;
    const puppet::Gate sender_done;
    const puppet::Gate receiver_done;
    const pid_t sender = puppet::start([&] {
        for (;;) {
            start_sender.wait();
            if (held.load()) {
                job.sent = checked(::send(job.from, "hold", 4, 0), "send");
                sent.store(true);
                while (held.load()) {
                }
            } else {
                send_all(job);
            }
            sender_done.open();
        }
    });
    const pid_t receiver = puppet::start([&] {
        for (;;) {
            start_receiver.wait();
            receive_all(job);
            receiver_done.open();
        }
    });
    puppet::await_blocked(sender);
    puppet::await_blocked(receiver);
    puppet::Cast().add("main", puppet::tid()).add("sender", sender).add("receiver", receiver).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        char how[16] = {};
        char family[8] = {};
        long chunks = 0;
        if (std::sscanf(command.c_str(), "move %15s %7s %ld", how, family, &chunks) == 3) {
            job = Job{};
            job.how = how;
            job.chunks = chunks;
            if (!connect_ends(job, family) || (job.how == "uring" && !Ring().exists())) {
                return "missing";
            }
            // A datagram socket holds few of them: one after the other.
            const long rounds = job.stream ? 1 : chunks;
            std::uint64_t moved = 0;
            for (long i = 0; i < rounds; ++i) {
                job.chunks = job.stream ? chunks : 1;
                job.received = 0;
                start_sender.open();
                start_receiver.open();
                sender_done.wait();
                receiver_done.wait();
                moved += job.received;
            }
            ::close(job.from);
            ::close(job.to);
            return "sent=" + std::to_string(job.sent) + " received=" + std::to_string(moved);
        }
        if (command == "hold") {
            job = Job{};
            job.how = "udp";
            if (!connect_ends(job, "4")) {
                return "missing";
            }
            sent.store(false);
            held.store(true);
            start_sender.open();
            while (!sent.load()) {
                ::usleep(100);
            }
            return "sent=" + std::to_string(job.sent);
        }
        if (command == "let go") {
            held.store(false);
            sender_done.wait();
            return "done";
        }
        return "unknown";
    });
}
