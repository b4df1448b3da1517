// SPDX-License-Identifier: MIT
/* Counts heap allocations of a program: LD_PRELOAD=libbench_count_allocs.so RSTAT_ALLOCATIONS=file, with an existing
 * file of eight bytes: it contains the count, readable while the program runs. operator new calls malloc, so C++ is
 * counted too; free is not an allocation. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's internal names: they avoid dlsym, which itself allocates. */
extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t count, size_t size);
extern void* __libc_realloc(void* old, size_t size);
extern void* __libc_memalign(size_t alignment, size_t size);

static _Atomic uint64_t before_start; /* allocations of libraries' constructors that run before ours */
static _Atomic uint64_t* allocations = &before_start;

static void count_one(void) {
    atomic_fetch_add_explicit(allocations, 1, memory_order_relaxed);
}

void* malloc(size_t size) {
    count_one();
    return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
    count_one();
    return __libc_calloc(count, size);
}

void* realloc(void* old, size_t size) {
    count_one();
    return __libc_realloc(old, size);
}

void* memalign(size_t alignment, size_t size) {
    count_one();
    return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

int posix_memalign(void** out, size_t alignment, size_t size) {
    *out = memalign(alignment, size);
    return *out ? 0 : ENOMEM;
}

__attribute__((constructor)) static void share(void) {
    const char* path = getenv("RSTAT_ALLOCATIONS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void* shared;
    if (fd < 0) {
        return; /* the reader reports a count of 0 */
    }
    shared = mmap(NULL, sizeof(*allocations), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (shared != MAP_FAILED) {
        allocations = shared;
        atomic_store(allocations, before_start);
    }
}
