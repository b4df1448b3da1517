// SPDX-License-Identifier: MIT
// A library to preload: the wall clock of the program is ahead by the number of seconds in the file $SHIFTED_CLOCK,
// eight bytes, which may change at any time. So a test sets a clock without setting that of the machine.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t* shift_s;

// Before main(): the program may not open files later.
__attribute__((constructor)) static void map_shift(void) {
    const char* path = getenv("SHIFTED_CLOCK");
    const int file = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        void* mapped = mmap(NULL, sizeof *shift_s, PROT_READ, MAP_SHARED, file, 0);
        shift_s = mapped != MAP_FAILED ? mapped : NULL;
        close(file);
    }
}

int clock_gettime(clockid_t clock, struct timespec* now) {
    static int (*real)(clockid_t, struct timespec*);
    if (real == NULL) {
        *(void**)&real = dlsym(RTLD_NEXT, "clock_gettime");
    }
    const int result = real(clock, now);
    if (result == 0 && clock == CLOCK_REALTIME && shift_s != NULL) {
        now->tv_sec += *shift_s;
    }
    return result;
}
