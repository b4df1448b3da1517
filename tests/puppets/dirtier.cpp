// SPDX-License-Identifier: MIT
// dirtier FILE: writes a file through the page cache. "write N" writes N MiB on the thread `dirtier` and answers when
// write(2) has accepted them; nothing is synced.
#include <vector>

#include "puppet.h"

int main(int argc, char** argv) {
    puppet::die_with_parent();
    const int file = argc == 2 ? ::open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (file < 0) {
        puppet::fail("open");
    }
    std::atomic<long> wanted{0};
    puppet::Gate work;
    puppet::Gate done;
    const pid_t dirtier = puppet::start([&] {
        const std::vector<char> block(1U << 20U, 'd');
        for (;;) {
            work.wait();
            for (long i = wanted.load(); i > 0; --i) {
                if (::write(file, block.data(), block.size()) != static_cast<ssize_t>(block.size())) {
                    puppet::fail("write");
                }
            }
            done.open();
        }
    });
    puppet::Cast().add("main", puppet::tid()).add("dirtier", dirtier).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command.rfind("write ", 0) != 0) {
            return "unknown";
        }
        wanted.store(std::atol(command.c_str() + 6));
        work.open();
        done.wait();
        return "done";
    });
}
