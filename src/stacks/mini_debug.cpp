// SPDX-License-Identifier: MIT
// See mini_debug.h.
#include "stacks/mini_debug.h"

#include <gelf.h>
#include <lzma.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace tsa {

namespace {

/// Null: there is none.
Elf_Data* section_named(Elf* elf, std::string_view wanted) {
    std::size_t names = 0;
    if (elf_getshdrstrndx(elf, &names) != 0) {
        return nullptr;
    }
    for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_PROGBITS) {
            continue;
        }
        const char* name = elf_strptr(elf, names, header.sh_name);
        if (name != nullptr && name == wanted) {
            return elf_rawdata(section, nullptr);
        }
    }
    return nullptr;
}

}  // namespace

std::optional<std::vector<char>> read_mini_debug(Elf* elf) {
    const Elf_Data* packed = section_named(elf, ".gnu_debugdata");
    if (packed == nullptr || packed->d_buf == nullptr || packed->d_size == 0) {
        return std::nullopt;
    }
    lzma_stream stream = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&stream, kMaxMiniDebugBytes, 0) != LZMA_OK) {
        return std::nullopt;
    }
    stream.next_in = static_cast<const std::uint8_t*>(packed->d_buf);
    stream.avail_in = packed->d_size;
    std::vector<char> out;
    lzma_ret result = LZMA_OK;
    while (result == LZMA_OK && out.size() < kMaxMiniDebugBytes) {
        const std::size_t before = out.size();
        out.resize(std::clamp(2 * before, std::size_t{65536}, kMaxMiniDebugBytes));
        stream.next_out = reinterpret_cast<std::uint8_t*>(out.data() + before);
        stream.avail_out = out.size() - before;
        result = lzma_code(&stream, LZMA_FINISH);
        out.resize(out.size() - stream.avail_out);
    }
    lzma_end(&stream);
    return result == LZMA_STREAM_END ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace tsa
