// SPDX-License-Identifier: MIT
// convoy: a chain of lock owners. `owner` holds mutex 1 and PI mutex and reads a pipe; `middle` holds mutex 2 and waits
// for mutex 1; `last` waits for mutex 2; `inheritor` waits for the PI mutex. "release" lets all of them continue, and
// answers when each has had its lock.
#include "puppet.h"

int main() {
    puppet::die_with_parent();
    pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_t inheriting;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if (pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT) != 0 ||
        pthread_mutex_init(&inheriting, &attributes) != 0) {
        puppet::missing("priority inheritance mutexes");
    }
    puppet::Gate release;
    puppet::Gate finished;
    std::atomic<int> taken{0};

    const pid_t owner = puppet::start([&] {
        pthread_mutex_lock(&first);
        pthread_mutex_lock(&inheriting);
        release.wait();
        pthread_mutex_unlock(&inheriting);
        pthread_mutex_unlock(&first);
        finished.open();
    });
    puppet::await_blocked(owner);
    const pid_t middle = puppet::start([&] {
        pthread_mutex_lock(&second);
        ++taken;
        pthread_mutex_lock(&first);
        pthread_mutex_unlock(&first);
        pthread_mutex_unlock(&second);
        finished.open();
    });
    while (taken.load() == 0) {
        ::sched_yield();
    }
    puppet::await_blocked(middle);
    const pid_t last = puppet::start([&] {
        pthread_mutex_lock(&second);
        pthread_mutex_unlock(&second);
        finished.open();
    });
    const pid_t inheritor = puppet::start([&] {
        pthread_mutex_lock(&inheriting);
        pthread_mutex_unlock(&inheriting);
        finished.open();
    });
    puppet::await_blocked(last);
    puppet::await_blocked(inheritor);
    puppet::Cast()
        .add("main", puppet::tid())
        .add("owner", owner)
        .add("middle", middle)
        .add("last", last)
        .add("inheritor", inheritor)
        .ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command != "release") {
            return "unknown";
        }
        release.open();
        for (int i = 0; i < 4; ++i) {
            finished.wait();
        }
        return "released";
    });
}
