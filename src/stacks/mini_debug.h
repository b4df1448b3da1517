// SPDX-License-Identifier: MIT
// The symbols that distributions leave in stripped programs: an ELF file of only a symbol table, compressed, in the
// section .gnu_debugdata. The section may be hostile: bounded in memory.
#pragma once

#include <libelf.h>

#include <optional>
#include <vector>

namespace tsa {

/// Of the decompressed file, and of the memory to decompress it.
inline constexpr std::size_t kMaxMiniDebugBytes = std::size_t{32} << 20U;

/// Its bytes. Absent: there is none, it is not valid, or it is larger than the bound.
[[nodiscard]] std::optional<std::vector<char>> read_mini_debug(Elf* elf);

}  // namespace tsa
