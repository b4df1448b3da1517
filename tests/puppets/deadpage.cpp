// SPDX-License-Identifier: MIT
// deadpage poll|lock [alive]: a thread waits for something that is described in a page of memory that hangs its
// readers, because no one serves its faults (userfaultfd). poll: "waiter" polls two pipes, by an array in that page.
// lock: "waiter" waits for a mutex in that page, which "holder" has. alive: the page is served as usual. READY also has
// the page's address.
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "puppet.h"

namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr std::uintptr_t kAddress = 0x2000'0000;

void stop_serving(void* page) {
    const int faults = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC));
    uffdio_api api{};
    api.api = UFFD_API;
    uffdio_register range{};
    range.range.start = reinterpret_cast<std::uintptr_t>(page);
    range.range.len = kPageBytes;
    range.mode = UFFDIO_REGISTER_MODE_MISSING;
    if (faults < 0 || ::ioctl(faults, UFFDIO_API, &api) != 0 || ::ioctl(faults, UFFDIO_REGISTER, &range) != 0 ||
        ::madvise(page, kPageBytes, MADV_DONTNEED) != 0) {
        puppet::missing("userfaultfd");
    }
}

pid_t start_poll(void* page) {
    static int ends[2][2];
    auto* polled = new (page) pollfd[2];
    for (int at = 0; at < 2; ++at) {
        if (::pipe2(ends[at], O_CLOEXEC) != 0) {
            puppet::fail("pipe2");
        }
        polled[at] = {ends[at][0], POLLIN, 0};
    }
    return puppet::start([polled] { ::poll(polled, 2, -1); });
}

pid_t start_lock(void* page, puppet::Cast& cast) {
    auto* mutex = new (page) pthread_mutex_t;
    ::pthread_mutex_init(mutex, nullptr);
    static puppet::Gate locked;
    cast.add("holder", puppet::start([mutex] {
                 ::pthread_mutex_lock(mutex);
                 locked.open();
             }));
    locked.wait();
    return puppet::start([mutex] { ::pthread_mutex_lock(mutex); });
}

}  // namespace

int main(int argc, char** argv) {
    puppet::die_with_parent();
    const std::string_view what = argc > 1 ? argv[1] : "";
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of 32 bits
    void* page = ::mmap(reinterpret_cast<void*>(kAddress), kPageBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (page == MAP_FAILED || (what != "poll" && what != "lock")) {
        puppet::fail("deadpage poll|lock [alive]");
    }
    puppet::Cast cast;
    const pid_t waiter = what == "poll" ? start_poll(page) : start_lock(page, cast);
    puppet::await_blocked(waiter);
    if (argc == 2) {
        stop_serving(page);
    }
    cast.add("waiter", waiter).add("page", kAddress).ready();
    puppet::serve([](const std::string&) { return std::string(); });
}
