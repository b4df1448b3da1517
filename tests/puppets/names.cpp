// names: a thread `named` that calls prctl(PR_SET_NAME) with any bytes: "name HEX". It sleeps in read(2) in between.
#include "puppet.h"

namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::strtol(std::string(hex.substr(i, 2)).c_str(), nullptr, 16));
    }
    return bytes;
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
        if (command.rfind("name", 0) != 0) {
            return "unknown";
        }
        name = command.size() > 5 ? from_hex(std::string_view(command).substr(5)) : std::string();
        work.open();
        done.wait();
        return "named";
    });
}
