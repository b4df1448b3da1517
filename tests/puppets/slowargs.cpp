// SPDX-License-Identifier: MIT
// slowargs TEXT: a process whose command line hangs its readers: a page of TEXT, which has 8 KiB, is memory that
// no one serves (userfaultfd), as with a file on a dead NFS server. Thread "reader" waits for a pipe.
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "puppet.h"

namespace {

constexpr std::uintptr_t kPageBytes = 4096;

/// From now on the first access to this page waits for ever. False: not permitted.
bool stop_serving(void* page) {
    const int faults = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC));
    uffdio_api api{};
    api.api = UFFD_API;
    uffdio_register range{};
    range.range.start = reinterpret_cast<std::uintptr_t>(page);
    range.range.len = kPageBytes;
    range.mode = UFFDIO_REGISTER_MODE_MISSING;
    return faults >= 0 && ::ioctl(faults, UFFDIO_API, &api) == 0 && ::ioctl(faults, UFFDIO_REGISTER, &range) == 0 &&
           ::madvise(page, kPageBytes, MADV_DONTNEED) == 0;
}

}  // namespace

int main(int argc, char** argv) {
    puppet::die_with_parent();
    if (argc != 2 || std::strlen(argv[1]) < 2 * kPageBytes) {
        puppet::fail("slowargs TEXT");
    }
    const std::uintptr_t text = reinterpret_cast<std::uintptr_t>(argv[1]);
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the first page that is all TEXT
    if (!stop_serving(reinterpret_cast<void*>((text + kPageBytes - 1) / kPageBytes * kPageBytes))) {
        puppet::say("MISSING userfaultfd");
        return 0;
    }
    puppet::Gate never;
    const pid_t reader = puppet::start([&] { never.wait(); });
    puppet::await_blocked(reader);
    puppet::say("READY reader=" + std::to_string(reader));
    std::string line;
    while (puppet::next_command(line)) {
    }
    return 0;
}
