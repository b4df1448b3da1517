// SPDX-License-Identifier: MIT
// The readers of foreign files, as the helper process runs them: an ELF file's unwind tables and symbols, a perf map.
// The first byte chooses which.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "stacks/elf_object.h"
#include "stacks/symbols.h"

namespace {

tsa::Fd file_of(std::string_view bytes) {
    tsa::Fd file(::memfd_create("fuzz", MFD_CLOEXEC));
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    return written == static_cast<ssize_t>(bytes.size()) ? std::move(file) : tsa::Fd();
}

void read_elf(std::string_view bytes) {
    const auto object = tsa::ElfObject::open(file_of(bytes));
    if (!object.ok()) {
        return;
    }
    constexpr std::uint64_t kStep = 61;
    for (std::uint64_t at = 0; at < bytes.size(); at += kStep) {
        const std::uint64_t address = object.value()->address_of(at).value_or(at);
        (void)object.value()->rules_at(address);
        if (const auto symbol = object.value()->symbols().find(address)) {
            (void)tsa::demangled(symbol->name);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 2 == 0) {
        read_elf(bytes);
        return 0;
    }
    const tsa::SymbolTable table = tsa::read_perf_map(bytes);
    for (std::uint64_t address = 1; address != 0; address <<= 1U) {
        (void)table.find(address);
    }
    return 0;
}
