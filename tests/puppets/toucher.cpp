// SPDX-License-Identifier: MIT
// toucher MIB: a thread with a private memory area. "fill" fills every page with data that does not compress away;
// "read" reads one byte of every page in a scattered order (so that swap readahead helps little). Both run on the
// thread `toucher`, which sleeps in read(2) in between.
#include <sys/mman.h>

#include "puppet.h"

namespace {

constexpr std::size_t kPage = 4096;

void fill(std::uint64_t* memory, std::size_t words) {
    std::uint64_t value = 88172645463325252ULL;
    for (std::size_t i = 0; i < words; ++i) {
        value ^= value << 13U;
        value ^= value >> 7U;
        value ^= value << 17U;
        memory[i] = value;
    }
}

std::uint64_t read_scattered(const volatile std::uint64_t* memory, std::size_t pages) {
    std::uint64_t sum = 0;
    // An odd step near the golden ratio visits each page once when the number of pages is a power of two.
    const std::size_t step = (pages * 5 / 8) | 1U;
    for (std::size_t i = 0, page = 0; i < pages; ++i, page = (page + step) & (pages - 1)) {
        sum += memory[page * kPage / sizeof *memory];
    }
    return sum;
}

}  // namespace

int main(int argc, char** argv) {
    puppet::die_with_parent();
    const std::size_t bytes = argc == 2 ? static_cast<std::size_t>(std::atol(argv[1])) << 20U : 0;
    if (bytes == 0 || (bytes & (bytes - 1)) != 0) {
        std::fprintf(stderr, "toucher MIB: a power of two\n");
        return 2;
    }
    void* area = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) {
        puppet::fail("mmap");
    }
    ::madvise(area, bytes, MADV_NOHUGEPAGE);
    std::atomic<bool> write_it{false};
    puppet::Gate work;
    puppet::Gate done;
    const pid_t toucher = puppet::start([&] {
        auto* memory = static_cast<std::uint64_t*>(area);
        for (;;) {
            work.wait();
            if (write_it.load()) {
                fill(memory, bytes / sizeof *memory);
            } else {
                volatile std::uint64_t sum = read_scattered(memory, bytes / kPage);
                (void)sum;
            }
            done.open();
        }
    });
    puppet::Cast().add("main", puppet::tid()).add("toucher", toucher).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command != "fill" && command != "read") {
            return "unknown";
        }
        write_it.store(command == "fill");
        work.open();
        done.wait();
        return "done";
    });
}
