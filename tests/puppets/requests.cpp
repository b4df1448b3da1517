// SPDX-License-Identifier: MIT
// requests FILE: the thread `worker` gives the kernel one request and waits for it.
//   ring-file     read a block of FILE with O_DIRECT through an io_uring; wait in io_uring_enter
//   ring-index    the same through a registered ring and a registered file
//   ring-pipe     read from an empty pipe through the same ring
//   aio-file      read a block of FILE with O_DIRECT through libaio's system calls; wait in io_getevents
//   aio-nothing   wait in io_getevents without a request
//   fault         touch a page that this process serves (userfaultfd)
// Each answers "started" once the worker has begun; "release" lets those end that wait for this process, and answers
// "done" when the worker is done.
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "puppet.h"

namespace {

constexpr std::size_t kBlock = 4096;

char* map(std::size_t bytes, int descriptor, unsigned long long offset) {
    const int flags = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED | MAP_POPULATE;
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, descriptor, static_cast<off_t>(offset));
    if (memory == MAP_FAILED) {
        puppet::fail("mmap");
    }
    return static_cast<char*>(memory);
}

std::uint64_t address_of(const void* object) {
    return reinterpret_cast<std::uintptr_t>(object);
}

/// A ring for one request at a time.
class Ring {
  public:
    explicit Ring(int file) {
        io_uring_params params{};
        ring_ = static_cast<int>(::syscall(SYS_io_uring_setup, 1, &params));
        if (ring_ < 0) {
            puppet::missing("io_uring");
        }
        char* queue = map(params.sq_off.array + params.sq_entries * sizeof(unsigned), ring_, IORING_OFF_SQ_RING);
        tail_ = reinterpret_cast<unsigned*>(queue + params.sq_off.tail);
        slots_ = reinterpret_cast<unsigned*>(queue + params.sq_off.array);
        mask_ = *reinterpret_cast<unsigned*>(queue + params.sq_off.ring_mask);
        requests_ =
            reinterpret_cast<io_uring_sqe*>(map(params.sq_entries * sizeof(io_uring_sqe), ring_, IORING_OFF_SQES));
        char* done = map(params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe), ring_, IORING_OFF_CQ_RING);
        done_head_ = reinterpret_cast<unsigned*>(done + params.cq_off.head);
        ::syscall(SYS_io_uring_register, ring_, IORING_REGISTER_FILES, &file, 1);
    }

    void read(int file, void* buffer) { read(file, 0, buffer, ring_, 0); }

    /// By their numbers in the kernel's tables; the calling thread's own for the ring.
    void read_registered(void* buffer) {
        constexpr unsigned kRegisterRing = 20;
        io_uring_rsrc_update update{};
        update.offset = ~0U;
        update.data = static_cast<unsigned>(ring_);
        if (::syscall(SYS_io_uring_register, ring_, kRegisterRing, &update, 1) != 1) {
            puppet::fail("IORING_REGISTER_RING_FDS");
        }
        constexpr unsigned kRegisteredRing = 1U << 4U;
        read(0, IOSQE_FIXED_FILE, buffer, static_cast<int>(update.offset), kRegisteredRing);
    }

  private:
    void read(int file, std::uint8_t flags, void* buffer, int ring, unsigned enter_flags) {
        io_uring_sqe& request = requests_[0];
        std::memset(&request, 0, sizeof request);
        request.opcode = IORING_OP_READ;
        request.flags = flags;
        request.fd = file;
        request.addr = address_of(buffer);
        request.len = kBlock;
        slots_[*tail_ & mask_] = 0;
        __atomic_store_n(tail_, *tail_ + 1, __ATOMIC_RELEASE);
        if (::syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS | enter_flags, nullptr, 0) != 1) {
            puppet::fail("io_uring_enter");
        }
        __atomic_store_n(done_head_, *done_head_ + 1, __ATOMIC_RELEASE);
    }

    int ring_ = -1;
    unsigned* tail_ = nullptr;
    unsigned* slots_ = nullptr;
    unsigned mask_ = 0;
    unsigned* done_head_ = nullptr;
    io_uring_sqe* requests_ = nullptr;
};

class Aio {
  public:
    Aio() {
        if (::syscall(SYS_io_setup, 8, &context_) != 0) {
            puppet::missing("libaio");
        }
    }

    void read(int file, void* buffer) const {
        iocb request{};
        request.aio_lio_opcode = IOCB_CMD_PREAD;
        request.aio_fildes = static_cast<std::uint32_t>(file);
        request.aio_buf = address_of(buffer);
        request.aio_nbytes = kBlock;
        iocb* list = &request;
        if (::syscall(SYS_io_submit, context_, 1, &list) != 1) {
            puppet::fail("io_submit");
        }
        wait(nullptr);
    }

    void wait(const timespec* at_most) const {
        io_event event{};
        ::syscall(SYS_io_getevents, context_, 1, 1, &event, at_most);
    }

  private:
    aio_context_t context_ = 0;
};

/// A page that does not exist until serve().
class ServedPage {
  public:
    ServedPage() : page_(map(kBlock, -1, 0)) {
        descriptor_ = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC));
        uffdio_api api{};
        api.api = UFFD_API;
        if (descriptor_ < 0 || ::ioctl(descriptor_, UFFDIO_API, &api) != 0) {
            puppet::missing("userfaultfd");
        }
        uffdio_register range{};
        range.range = {address_of(page_), kBlock};
        range.mode = UFFDIO_REGISTER_MODE_MISSING;
        if (::ioctl(descriptor_, UFFDIO_REGISTER, &range) != 0) {
            puppet::fail("UFFDIO_REGISTER");
        }
    }

    [[nodiscard]] char* page() const { return page_; }

    void serve() const {
        uffdio_zeropage zero{};
        zero.range = {address_of(page_), kBlock};
        ::ioctl(descriptor_, UFFDIO_ZEROPAGE, &zero);
    }

  private:
    char* page_;
    int descriptor_ = -1;
};

int new_pipe(int& write_end) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        puppet::fail("pipe2");
    }
    write_end = ends[1];
    return ends[0];
}

class Worker {
  public:
    explicit Worker(int file) : file_(file), ring_(file), buffer_(std::aligned_alloc(kBlock, kBlock)) {
        pipe_ = new_pipe(pipe_in_);
    }

    bool run(const std::string& request) {
        if (request == "ring-file") {
            ring_.read(file_, buffer_);
        } else if (request == "ring-index") {
            ring_.read_registered(buffer_);
        } else if (request == "ring-pipe") {
            ring_.read(pipe_, buffer_);
        } else if (request == "aio-file") {
            aio_.read(file_, buffer_);
        } else if (request == "aio-nothing") {
            const timespec some{20, 0};
            aio_.wait(&some);
        } else if (request == "fault") {
            *static_cast<volatile char*>(touched_.page()) = 1;
        } else {
            return false;
        }
        return true;
    }

    /// From another thread: lets a request end that waits for this process.
    void release(const std::string& request) const {
        if (request == "fault") {
            touched_.serve();
        } else if (request == "ring-pipe" && ::write(pipe_in_, "x", 1) != 1) {
            puppet::fail("write");
        }
    }

  private:
    int file_;
    Ring ring_;
    Aio aio_;
    ServedPage touched_;
    int pipe_ = -1;
    int pipe_in_ = -1;
    void* buffer_;
};

}  // namespace

int main(int argc, char** argv) {
    puppet::die_with_parent();
    const int file = argc == 2 ? ::open(argv[1], O_RDONLY | O_DIRECT | O_CLOEXEC) : -1;
    if (file < 0) {
        puppet::missing("O_DIRECT on the file system of the temporary folder");
    }
    Worker worker(file);
    std::string request;
    puppet::Gate work;
    puppet::Gate done;
    const pid_t tid = puppet::start([&] {
        for (;;) {
            work.wait();
            if (!worker.run(request)) {
                puppet::fail("unknown request");
            }
            done.open();
        }
    });
    puppet::await_blocked(tid);
    puppet::Cast().add("main", puppet::tid()).add("worker", tid).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command == "release") {
            worker.release(request);
            done.wait();
            return "done";
        }
        request = command;
        work.open();
        return "started";
    });
}
