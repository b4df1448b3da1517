// See start_memory.h.
#include "app/host/start_memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace tsa {

namespace {

/// Segments that nothing may write to are the file's pages and nothing else, so dropping them loses nothing. Those with
/// relocations (RELRO too) are writable in the file's own words, and are left alone. A debugger's breakpoints would go.
int drop_code(dl_phdr_info* object, std::size_t, void* page_bytes) {
    const std::uintptr_t page = *static_cast<const std::uintptr_t*>(page_bytes);
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr)& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) {
            continue;
        }
        const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr + page - 1) / page * page;
        const std::uintptr_t end = (object->dlpi_addr + segment.p_vaddr + segment.p_memsz) / page * page;
        if (begin < end) {
            // Refused for what is no file (vdso): nothing is lost by that either.
            (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);  // NOLINT: an address
        }
    }
    return 0;
}

}  // namespace

void give_back_start_memory() {
    ::malloc_trim(0);
    auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    ::dl_iterate_phdr(drop_code, &page);
}

void keep_large_blocks_apart() {
    constexpr int kLargeBytes = 256 << 10;  // setting it keeps it from moving
    ::mallopt(M_MMAP_THRESHOLD, kLargeBytes);
}

}  // namespace tsa
