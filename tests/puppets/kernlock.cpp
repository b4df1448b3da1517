// SPDX-License-Identifier: MIT
// kernlock: threads blocked on sleeping kernel locks with a known holder. A write from a page that only userfaultfd can
// provide blocks `mutex_holder` inside pipe_write with the pipe's mutex held, and `rwsem_holder` inside the write to a
// memory file with the inode's semaphore held. `mutex_waiter` and `rwsem_waiter` wait for the same locks. "release"
// provides the pages.
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "puppet.h"

namespace {

constexpr std::size_t kPages = 2;

char* faulting_pages(int& handler, std::size_t page_size) {
    handler = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC));
    if (handler < 0) {
        puppet::missing("userfaultfd for kernel faults");
    }
    uffdio_api api{};
    api.api = UFFD_API;
    if (::ioctl(handler, UFFDIO_API, &api) != 0) {
        puppet::missing("userfaultfd");
    }
    void* memory = ::mmap(nullptr, kPages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uffdio_register range{};
    range.range.start = reinterpret_cast<std::uintptr_t>(memory);
    range.range.len = kPages * page_size;
    range.mode = UFFDIO_REGISTER_MODE_MISSING;
    if (memory == MAP_FAILED || ::ioctl(handler, UFFDIO_REGISTER, &range) != 0) {
        puppet::fail("register with userfaultfd");
    }
    return static_cast<char*>(memory);
}

}  // namespace

int main() {
    puppet::die_with_parent();
    const auto page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    int handler = -1;
    char* pages = faulting_pages(handler, page_size);
    int ends[2];
    const int file = ::memfd_create("kernlock", MFD_CLOEXEC);
    if (::pipe2(ends, O_CLOEXEC) != 0 || file < 0) {
        puppet::fail("pipe2");
    }
    puppet::Gate finished;
    const pid_t mutex_holder = puppet::start([&] {
        (void)!::write(ends[1], pages, page_size);
        finished.open();
    });
    const pid_t rwsem_holder = puppet::start([&] {
        (void)!::pwrite(file, pages + page_size, page_size, 0);
        finished.open();
    });
    puppet::await_blocked(mutex_holder);
    puppet::await_blocked(rwsem_holder);
    const pid_t mutex_waiter = puppet::start([&] {
        char byte = 0;
        (void)!::read(ends[0], &byte, 1);
        finished.open();
    });
    const pid_t rwsem_waiter = puppet::start([&] {
        const char byte = 'w';
        (void)!::pwrite(file, &byte, 1, 0);
        finished.open();
    });
    puppet::await_blocked(mutex_waiter);
    puppet::await_blocked(rwsem_waiter);
    puppet::Cast()
        .add("main", puppet::tid())
        .add("mutex_holder", mutex_holder)
        .add("rwsem_holder", rwsem_holder)
        .add("mutex_waiter", mutex_waiter)
        .add("rwsem_waiter", rwsem_waiter)
        .ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command != "release") {
            return "unknown";
        }
        uffdio_zeropage zero{};
        zero.range.start = reinterpret_cast<std::uintptr_t>(pages);
        zero.range.len = kPages * page_size;
        if (::ioctl(handler, UFFDIO_ZEROPAGE, &zero) != 0) {
            puppet::fail("UFFDIO_ZEROPAGE");
        }
        for (int i = 0; i < 4; ++i) {
            finished.wait();
        }
        return "released";
    });
}
