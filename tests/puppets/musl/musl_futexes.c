// SPDX-License-Identifier: MIT
/* musl_futexes: one thread per way to wait for another thread in musl's libc. `owner` holds every lock; all others
 * block until stdin ends. Plain C, for musl has no C++ library here; the READY line is that of puppet.h.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER, typed, condition_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t written = PTHREAD_RWLOCK_INITIALIZER, being_read = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_t owner_thread;
static atomic_int holds;
static char ready[1024] = "READY";

static void rest(void) {
    for (;;) {
        pause();
    }
}

static void own(void) {
    pthread_mutex_lock(&plain);
    pthread_mutex_lock(&typed);
    pthread_rwlock_wrlock(&written);
    pthread_rwlock_rdlock(&being_read);
    atomic_store(&holds, 1);
    rest();
}
static void wait_plain(void) {
    pthread_mutex_lock(&plain);
}
static void wait_typed(void) {
    pthread_mutex_lock(&typed);
}
static void wait_reader(void) {
    pthread_rwlock_rdlock(&written);
}
static void wait_writer(void) {
    pthread_rwlock_wrlock(&written);
}
static void wait_behind_reader(void) {
    pthread_rwlock_wrlock(&being_read);
}
static void wait_condition(void) {
    pthread_mutex_lock(&condition_mutex);
    pthread_cond_wait(&condition, &condition_mutex);
}
static void wait_join(void) {
    pthread_join(owner_thread, NULL);
}

struct role {
    const char* name;
    void (*body)(void);
};
static const struct role roles[] = {
    {"owner", own},
    {"plain", wait_plain},
    {"typed", wait_typed},
    {"reader", wait_reader},
    {"writer", wait_writer},
    {"behind_reader", wait_behind_reader},
    {"condition", wait_condition},
    {"join", wait_join},
};

static atomic_int started;

static void* run(void* role) {
    atomic_store(&started, (int)syscall(SYS_gettid));
    ((const struct role*)role)->body();
    rest();
    return NULL;
}

/* Whether the thread is in a futex or another sleep. */
static int is_asleep(int tid) {
    char path[64];
    char line[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    FILE* file = fopen(path, "r");
    if (file) {
        if (!fgets(line, sizeof line, file)) {
            line[0] = '\0';
        }
        fclose(file);
    }
    const char* after_name = strrchr(line, ')');
    return after_name && after_name[1] == ' ' && after_name[2] == 'S';
}

int main(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&typed, &attributes);
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        pthread_t thread;
        atomic_store(&started, 0);
        if (pthread_create(&thread, NULL, run, (void*)&roles[i]) != 0) {
            return 3;
        }
        if (i == 0) {
            owner_thread = thread;
        }
        while (!atomic_load(&started) || (i == 0 && !atomic_load(&holds)) || !is_asleep(atomic_load(&started))) {
            usleep(1000);
        }
        char item[64];
        snprintf(item, sizeof item, " %s=%d", roles[i].name, atomic_load(&started));
        strcat(ready, item);
    }
    puts(ready);
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    return 0;
}
