// pingpong CPU: two threads on one CPU that hand a byte to each other over two pipes. "go N" makes N round trips and
// answers when both threads are asleep again, so their counters in /proc are settled before and after.
#include "puppet.h"

namespace {

struct Pipe {
    int ends[2] = {-1, -1};
    Pipe() {
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            puppet::fail("pipe2");
        }
    }
    void put(char byte) const {
        if (::write(ends[1], &byte, 1) != 1) {
            puppet::fail("write");
        }
    }
    [[nodiscard]] char take() const {
        char byte = 0;
        if (::read(ends[0], &byte, 1) != 1) {
            puppet::fail("read");
        }
        return byte;
    }
};

}  // namespace

int main(int argc, char** argv) {
    puppet::die_with_parent();
    if (argc != 2) {
        return 2;
    }
    const int cpu = std::atoi(argv[1]);
    Pipe there;
    Pipe back;
    Pipe work;
    Pipe done;
    std::atomic<long> rounds{0};
    const pid_t pong = puppet::start([&] {
        puppet::pin_to(cpu);
        for (;;) {
            back.put(there.take());
        }
    });
    const pid_t ping = puppet::start([&] {
        puppet::pin_to(cpu);
        for (;;) {
            (void)work.take();
            for (long i = rounds.load(); i > 0; --i) {
                there.put('x');
                (void)back.take();
            }
            done.put('d');
        }
    });
    puppet::await_blocked(ping);
    puppet::await_blocked(pong);
    puppet::Cast().add("main", puppet::tid()).add("ping", ping).add("pong", pong).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command.rfind("go ", 0) != 0) {
            return "unknown";
        }
        rounds.store(std::atol(command.c_str() + 3));
        work.put('w');
        (void)done.take();
        puppet::await_blocked(ping);
        puppet::await_blocked(pong);
        return "done";
    });
}
