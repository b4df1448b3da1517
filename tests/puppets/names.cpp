// SPDX-License-Identifier: MIT
// names: a thread `named` that calls prctl(PR_SET_NAME) with any bytes: "name HEX". "write HEX" makes the main thread
// write them to its comm file instead. It sleeps in read(2) in between.
#include "puppet.h"

namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::strtol(std::string(hex.substr(i, 2)).c_str(), nullptr, 16));
    }
    return bytes;
}

bool write_comm(pid_t thread, const std::string& name) {
    const std::string path = "/proc/self/task/" + std::to_string(thread) + "/comm";
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    const bool written = fd >= 0 && ::write(fd, name.data(), name.size()) == static_cast<ssize_t>(name.size());
    ::close(fd);
    return written;
}

}  // namespace

int main() {
    puppet::die_with_parent();
    std::string name;
    puppet::Gate work;
    puppet::Gate done;
    const pid_t named = puppet::start([&] {
        for (;;) {
            work.wait();
            ::prctl(PR_SET_NAME, name.c_str());
            done.open();
        }
    });
    puppet::await_blocked(named);
    puppet::Cast().add("main", puppet::tid()).add("named", named).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        const std::size_t space = command.find(' ');
        const std::string bytes =
            space == std::string::npos ? "" : from_hex(std::string_view(command).substr(space + 1));
        if (command.rfind("write ", 0) == 0) {
            return write_comm(named, bytes) ? "named" : "refused";
        }
        if (command.rfind("name", 0) != 0) {
            return "unknown";
        }
        name = bytes;
        work.open();
        done.wait();
        return "named";
    });
}
