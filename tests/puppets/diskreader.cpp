// SPDX-License-Identifier: MIT
// diskreader FILE: reads blocks of a file, or of a disk, with O_DIRECT, so that each read waits for the disk. "read N"
// reads N blocks of 4 KiB at scattered offsets on the thread `reader` and answers when they are done; "read N US" uses
// US microseconds of CPU time before each of them.
#include "puppet.h"

int main(int argc, char** argv) {
    puppet::die_with_parent();
    constexpr std::size_t kBlock = 4096;
    const int file = argc == 2 ? ::open(argv[1], O_RDONLY | O_DIRECT | O_CLOEXEC) : -1;
    if (file < 0) {
        puppet::missing("O_DIRECT on the file system of the temporary folder");
    }
    const auto blocks = static_cast<std::uint64_t>(::lseek(file, 0, SEEK_END)) / kBlock;  // a disk has no st_size
    std::atomic<long> wanted{0};
    std::atomic<std::uint64_t> burst_ns{0};
    puppet::Gate work;
    puppet::Gate done;
    const pid_t reader = puppet::start([&] {
        void* buffer = std::aligned_alloc(kBlock, kBlock);
        std::uint64_t block = 1;
        for (;;) {
            work.wait();
            for (long i = wanted.load(); i > 0; --i) {
                puppet::burn_ns(burst_ns.load());
                block = (block * 6364136223846793005ULL + 1442695040888963407ULL);
                const auto offset = static_cast<off_t>(((block >> 33U) % blocks) * kBlock);
                if (::pread(file, buffer, kBlock, offset) != static_cast<ssize_t>(kBlock)) {
                    puppet::fail("pread");
                }
            }
            done.open();
        }
    });
    puppet::Cast().add("main", puppet::tid()).add("reader", reader).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        long count = 0;
        unsigned long us = 0;
        if (std::sscanf(command.c_str(), "read %ld %lu", &count, &us) < 1) {
            return "unknown";
        }
        wanted.store(count);
        burst_ns.store(us * 1000U);
        work.open();
        done.wait();
        return "done";
    });
}
