// SPDX-License-Identifier: MIT
// futexes: one thread per way to wait for another thread in glibc. `owner` holds every lock; all others block until the
// process ends.
#include <semaphore.h>
#include <sys/mman.h>

#include "puppet.h"

namespace {

timespec far_away(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    time.tv_sec += 100'000;
    return time;
}

struct Shared {
    pthread_mutex_t robust, shared;
    pthread_rwlock_t rwlock;
};

Shared* make_shared() {
    void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        puppet::fail("mmap");
    }
    auto* const made = static_cast<Shared*>(memory);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&made->shared, &attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&made->robust, &attributes);
    pthread_rwlockattr_t rwlock;
    pthread_rwlockattr_init(&rwlock);
    pthread_rwlockattr_setpshared(&rwlock, PTHREAD_PROCESS_SHARED);
    pthread_rwlock_init(&made->rwlock, &rwlock);
    return made;
}

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t written = PTHREAD_RWLOCK_INITIALIZER;
pthread_rwlock_t being_read = PTHREAD_RWLOCK_INITIALIZER;
pthread_rwlock_t polite = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

struct Sleeper {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
};

void wait_condition(Sleeper& sleeper, bool timed) {
    const timespec end = far_away(CLOCK_REALTIME);
    pthread_mutex_lock(&sleeper.mutex);
    for (;;) {
        timed ? pthread_cond_timedwait(&sleeper.condition, &sleeper.mutex, &end)
              : pthread_cond_wait(&sleeper.condition, &sleeper.mutex);
    }
}

}  // namespace

int main() {
    puppet::die_with_parent();
    Shared* const shared = make_shared();
    puppet::Cast cast;
    std::atomic<bool> holds{false};
    const pid_t owner = puppet::start([&] {
        pthread_mutex_lock(&mutex);
        pthread_mutex_lock(&shared->robust);
        pthread_mutex_lock(&shared->shared);
        pthread_rwlock_wrlock(&shared->rwlock);
        pthread_rwlock_wrlock(&written);
        pthread_rwlock_rdlock(&being_read);
        pthread_rwlock_rdlock(&polite);
        holds = true;
        puppet::rest();
    });
    while (!holds.load()) {
        ::sched_yield();
    }
    puppet::await_blocked(owner);
    cast.add("owner", owner);
    const auto add = [&](const char* name, std::function<void()> body) {
        const pid_t id = puppet::start(std::move(body));
        puppet::await_blocked(id);
        cast.add(name, id);
    };
    const timespec end = far_away(CLOCK_REALTIME);
    const timespec steady_end = far_away(CLOCK_MONOTONIC);
    add("plain", [&] { pthread_mutex_lock(&mutex); });
    add("timed", [&] { pthread_mutex_timedlock(&mutex, &end); });
    add("steady", [&] { pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &steady_end); });
    add("robust", [&] { pthread_mutex_lock(&shared->robust); });
    add("shared", [&] { pthread_mutex_lock(&shared->shared); });
    add("shared_reader", [&] { pthread_rwlock_rdlock(&shared->rwlock); });
    add("reader", [&] { pthread_rwlock_rdlock(&written); });
    add("writer", [&] { pthread_rwlock_wrlock(&written); });
    add("behind_readers", [&] { pthread_rwlock_wrlock(&being_read); });
    add("behind_that", [&] { pthread_rwlock_wrlock(&being_read); });
    add("polite_writer", [&] { pthread_rwlock_wrlock(&polite); });
    add("polite_reader", [&] { pthread_rwlock_rdlock(&polite); });

    Sleeper sleepers[2];
    add("condition", [&] { wait_condition(sleepers[0], false); });
    add("timed_condition", [&] { wait_condition(sleepers[1], true); });
    sem_t semaphore;
    ::sem_init(&semaphore, 0, 0);
    add("semaphore", [&] { ::sem_wait(&semaphore); });
    pthread_barrier_t first;
    pthread_barrier_t second;
    pthread_barrier_init(&first, nullptr, 2);
    pthread_barrier_init(&second, nullptr, 2);
    add("barrier", [&] { pthread_barrier_wait(&first); });
    // In its second round the barrier's word is 2, as in a lock that has waiters.
    puppet::start([&] { pthread_barrier_wait(&second); });
    pthread_barrier_wait(&second);
    add("barrier_of_2", [&] { pthread_barrier_wait(&second); });
    std::thread resting([] { puppet::rest(); });
    add("join", [&] { resting.join(); });
    cast.ready();
    puppet::serve([](const std::string&) { return std::string("?"); });
}
