// SPDX-License-Identifier: MIT
// See allocations.h. glibc lets a program replace malloc and realloc (operator new calls malloc). Sanitizers do so
// themselves, so nothing is counted under them.
#include "unit/allocations.h"

#include <cstdlib>
#include <new>

#include "base/sanitizer.h"

namespace {
thread_local std::size_t count = 0;
}

#if defined(__GLIBC__) && !TSA_ADDRESS_SANITIZER
extern "C" {
void* __libc_malloc(std::size_t);               // NOLINT: glibc's names
void* __libc_realloc(void*, std::size_t);       // NOLINT
void* __libc_calloc(std::size_t, std::size_t);  // NOLINT

void* malloc(std::size_t bytes) {
    ++count;
    return __libc_malloc(bytes);
}
void* realloc(void* old, std::size_t bytes) {
    ++count;
    return __libc_realloc(old, bytes);
}
void* calloc(std::size_t number, std::size_t bytes) {
    ++count;
    return __libc_calloc(number, bytes);
}
}
#endif

namespace tsa::testing {

std::size_t allocations() {
    return count;
}

bool allocations_are_counted() {
#if defined(__GLIBC__) && !TSA_ADDRESS_SANITIZER
    return true;
#else
    return false;
#endif
}

}  // namespace tsa::testing
