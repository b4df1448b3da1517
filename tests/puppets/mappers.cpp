// SPDX-License-Identifier: MIT
// mappers COUNT: COUNT threads that map, fill and unmap memory all the time. Filling holds the address space's lock for
// reading, mapping and unmapping wait for it to write.
#include <sys/mman.h>

#include "puppet.h"

int main(int argc, char** argv) {
    puppet::die_with_parent();
    if (argc != 2) {
        return 2;
    }
    constexpr std::size_t kBytes = 8U << 20U;
    puppet::Cast cast;
    for (int i = 0; i < std::atoi(argv[1]); ++i) {
        const pid_t mapper = puppet::start([] {
            for (;;) {
                void* memory =
                    ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
                if (memory == MAP_FAILED || ::munmap(memory, kBytes) != 0) {
                    puppet::fail("mmap");
                }
            }
        });
        cast.add("mapper" + std::to_string(i), mapper);
    }
    cast.ready();
    puppet::serve([](const std::string&) { return std::string("unknown"); });
}
