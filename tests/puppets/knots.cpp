// SPDX-License-Identifier: MIT
// knots: three groups of glibc mutexes that look the same if holders are taken from the start of a wait.
//   resolved   front holds A and waits for B; back held B, has handed it to third, and waits for A. third reads a pipe.
//   deadlock   left and right each hold what the other waits for
//   abandoned  orphan1 and orphan2 wait for a mutex whose holder, TID "gone", has exited
// "swap" makes main the holder of B without running any waiter.
#include "puppet.h"

namespace {

/// Like an unlock and a lock without a waiter in between.
void hand_over(pthread_mutex_t& mutex, pid_t to) {
    __atomic_store_n(&mutex.__data.__owner, to, __ATOMIC_SEQ_CST);
}

void lock(pthread_mutex_t& mutex) {
    pthread_mutex_lock(&mutex);
}

}  // namespace

int main() {
    puppet::die_with_parent();
    static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
    static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
    static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
    static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;
    static pthread_mutex_t lost = PTHREAD_MUTEX_INITIALIZER;
    puppet::Gate go_back;
    puppet::Gate go_right;
    puppet::Gate never;
    std::atomic<int> ready{0};

    const pid_t third = puppet::start([&] { never.wait(); });
    const pid_t back = puppet::start([&] {
        lock(b);
        ++ready;
        go_back.wait();
        lock(a);
    });
    while (ready.load() < 1) {
        ::usleep(1000);
    }
    const pid_t front = puppet::start([&] {
        lock(a);
        lock(b);
    });
    puppet::await_blocked(front);
    hand_over(b, third);
    go_back.open();

    const pid_t right = puppet::start([&] {
        lock(second);
        ++ready;
        go_right.wait();
        lock(first);
    });
    while (ready.load() < 2) {
        ::usleep(1000);
    }
    const pid_t left = puppet::start([&] {
        lock(first);
        lock(second);
    });
    puppet::await_blocked(left);
    go_right.open();

    pid_t gone = 0;
    std::thread([&gone] {
        gone = puppet::tid();
        lock(lost);
    }).join();
    const pid_t orphan1 = puppet::start([&] { lock(lost); });
    const pid_t orphan2 = puppet::start([&] { lock(lost); });
    for (const pid_t thread : {back, front, left, right, orphan1, orphan2}) {
        puppet::await_blocked(thread);
    }
    puppet::Cast()
        .add("main", puppet::tid())
        .add("third", third)
        .add("back", back)
        .add("front", front)
        .add("left", left)
        .add("right", right)
        .add("gone", gone)
        .add("orphan1", orphan1)
        .add("orphan2", orphan2)
        .ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command != "swap") {
            return "unknown";
        }
        hand_over(b, puppet::tid());
        return "swapped";
    });
}
