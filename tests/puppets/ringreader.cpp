// ringreader FILE: reads a block of a file with O_DIRECT through an io_uring. "read" submits one read on the thread
// `reader`, waits for it in io_uring_enter and answers when it is done.
#include <linux/io_uring.h>
#include <sys/mman.h>

#include "puppet.h"

namespace {

constexpr std::size_t kBlock = 4096;

/// A ring for one request at a time.
class Ring {
  public:
    Ring() {
        io_uring_params params{};
        ring_ = static_cast<int>(::syscall(SYS_io_uring_setup, 1, &params));
        if (ring_ < 0) {
            puppet::missing("io_uring");
        }
        const std::size_t bytes = params.sq_off.array + params.sq_entries * sizeof(unsigned);
        char* queue = static_cast<char*>(map(bytes, IORING_OFF_SQ_RING));
        tail_ = reinterpret_cast<unsigned*>(queue + params.sq_off.tail);
        slots_ = reinterpret_cast<unsigned*>(queue + params.sq_off.array);
        mask_ = *reinterpret_cast<unsigned*>(queue + params.sq_off.ring_mask);
        requests_ = static_cast<io_uring_sqe*>(map(params.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
        char* done =
            static_cast<char*>(map(params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe), IORING_OFF_CQ_RING));
        done_head_ = reinterpret_cast<unsigned*>(done + params.cq_off.head);
    }

    void read(int file, void* buffer) {
        io_uring_sqe& request = requests_[0];
        std::memset(&request, 0, sizeof request);
        request.opcode = IORING_OP_READ;
        request.fd = file;
        request.addr = reinterpret_cast<std::uintptr_t>(buffer);
        request.len = kBlock;
        slots_[*tail_ & mask_] = 0;
        __atomic_store_n(tail_, *tail_ + 1, __ATOMIC_RELEASE);
        if (::syscall(SYS_io_uring_enter, ring_, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0) != 1) {
            puppet::fail("io_uring_enter");
        }
        __atomic_store_n(done_head_, *done_head_ + 1, __ATOMIC_RELEASE);
    }

  private:
    void* map(std::size_t bytes, unsigned long long offset) const {
        void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_,
                              static_cast<off_t>(offset));
        if (memory == MAP_FAILED) {
            puppet::fail("mmap");
        }
        return memory;
    }

    int ring_ = -1;
    unsigned* tail_ = nullptr;
    unsigned* slots_ = nullptr;
    unsigned mask_ = 0;
    unsigned* done_head_ = nullptr;
    io_uring_sqe* requests_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
    puppet::die_with_parent();
    const int file = argc == 2 ? ::open(argv[1], O_RDONLY | O_DIRECT | O_CLOEXEC) : -1;
    if (file < 0) {
        puppet::missing("O_DIRECT on the file system of the temporary folder");
    }
    Ring ring;
    puppet::Gate work;
    puppet::Gate done;
    const pid_t reader = puppet::start([&] {
        void* buffer = std::aligned_alloc(kBlock, kBlock);
        for (;;) {
            work.wait();
            ring.read(file, buffer);
            done.open();
        }
    });
    puppet::await_blocked(reader);
    puppet::Cast().add("main", puppet::tid()).add("reader", reader).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command != "read") {
            return "unknown";
        }
        work.open();
        done.wait();
        return "done";
    });
}
