// SPDX-License-Identifier: MIT
// stacks [PLUGIN]: threads that wait in known functions, five calls deep: wait_KIND <- depth_1 <- ... <- depth_5. Built
// with optimization, without frame pointers, stripped; its functions are exported. `holder` has the mutex that `mutex`
// waits for, and reads a pipe; `handler` waits in a signal handler; `big` has a frame of 64 KB. With a PLUGIN, `plugin`
// waits in that shared object, and "delete" removes its file.
#include <dlfcn.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>

#include "puppet.h"
#include "puppet_depth.h"

namespace {

pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t condition_mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
sem_t semaphore_of_zero;
int never_written[2];
volatile std::size_t variable_size = 64;
void (*plugin_outer)(int) = nullptr;

}  // namespace

extern "C" {

KEPT_CALL void wait_nanosleep() {
    const timespec long_time{100'000, 0};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, nullptr);
    KEEP_FRAME();
}

KEPT_CALL void wait_pipe() {
    char byte = 0;
    [[maybe_unused]] const ssize_t got = ::read(never_written[0], &byte, 1);
    KEEP_FRAME();
}

KEPT_CALL void wait_epoll() {
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    ::epoll_wait(set, &event, 1, -1);
    KEEP_FRAME();
}

KEPT_CALL void wait_condition() {
    pthread_mutex_lock(&condition_mutex);
    for (;;) {
        pthread_cond_wait(&condition, &condition_mutex);
        KEEP_FRAME();
    }
}

KEPT_CALL void wait_semaphore() {
    sem_wait(&semaphore_of_zero);
    KEEP_FRAME();
}

KEPT_CALL void wait_mutex() {
    pthread_mutex_lock(&held);
    KEEP_FRAME();
}

KEPT_CALL void hold_mutex() {
    pthread_mutex_lock(&held);
    wait_pipe();
    KEEP_FRAME();
}

KEPT_CALL void on_signal(int) {
    wait_pipe();
    KEEP_FRAME();
}

KEPT_CALL void wait_handler() {
    ::pthread_kill(::pthread_self(), SIGUSR1);
    KEEP_FRAME();
}

KEPT_CALL void wait_big() {
    volatile char big[65536];
    big[0] = 1;
    wait_pipe();
    KEEP_FRAME();
    big[1] = big[0];
}

KEPT_CALL void wait_plugin() {
    plugin_outer(never_written[0]);
    KEEP_FRAME();
}

KEPT_CALL void depth_1(void (*wait)()) {
    wait();
    KEEP_FRAME();
}

KEPT_CALL void depth_2(void (*wait)()) {
    depth_1(wait);
    KEEP_FRAME();
}

/// Of a size that its unwind table cannot know: the table finds the frame by a register that its callees leave as it
/// is.
KEPT_CALL void depth_3(void (*wait)()) {
    volatile char* room = static_cast<char*>(__builtin_alloca(variable_size));
    room[0] = 1;
    depth_2(wait);
    KEEP_FRAME();
}

KEPT_CALL void depth_4(void (*wait)()) {
    depth_3(wait);
    KEEP_FRAME();
}

KEPT_CALL void depth_5(void (*wait)()) {
    depth_4(wait);
    KEEP_FRAME();
}

}  // extern "C"

namespace {

void load_plugin(const char* path) {
    void* plugin = ::dlopen(path, RTLD_NOW);
    if (plugin == nullptr) {
        std::fprintf(stderr, "puppet: %s\n", ::dlerror());
        ::_exit(3);
    }
    plugin_outer = reinterpret_cast<void (*)(int)>(::dlsym(plugin, "plugin_outer"));
}

}  // namespace

int main(int argc, char** argv) {
    puppet::die_with_parent();
    sem_init(&semaphore_of_zero, 0, 0);
    if (::pipe2(never_written, O_CLOEXEC) != 0) {
        puppet::fail("pipe2");
    }
    struct sigaction action {};
    action.sa_handler = on_signal;
    ::sigaction(SIGUSR1, &action, nullptr);
    puppet::Cast cast;
    cast.add("main", puppet::tid());
    const auto add = [&cast](const char* name, void (*wait)()) {
        const pid_t thread = puppet::start([wait] { depth_5(wait); });
        puppet::await_blocked(thread);
        cast.add(name, thread);
    };
    add("nanosleep", wait_nanosleep);
    add("pipe", wait_pipe);
    add("epoll", wait_epoll);
    add("condition", wait_condition);
    add("semaphore", wait_semaphore);
    add("holder", hold_mutex);
    add("mutex", wait_mutex);
    add("handler", wait_handler);
    add("big", wait_big);
    if (argc > 1) {
        load_plugin(argv[1]);
        add("plugin", wait_plugin);
    }
    cast.ready();
    puppet::serve([&](const std::string& command) -> std::string {
        return command == "delete" && argc > 1 && ::unlink(argv[1]) == 0 ? "deleted" : "unknown";
    });
}
