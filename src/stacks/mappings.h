// SPDX-License-Identifier: MIT
// The executable memory of a process, from the text of /proc/PID/maps, and which parts of it a copied stack refers to.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsa.h"

namespace tsa {

enum class MappingKind : std::uint8_t {
    file,       ///< of an ELF file, usually; also a file in memory (memfd)
    vdso,       ///< the kernel's code in every process
    anonymous,  ///< code that the process made itself: JIT
};

struct CodeMapping {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;          ///< exclusive
    std::uint64_t file_offset = 0;  ///< of `begin`
    std::uint64_t device = 0;       ///< as st_dev
    std::uint64_t inode = 0;
    MappingKind kind = MappingKind::file;
    bool deleted = false;  ///< the path leads to another file, or nowhere
    std::string path;      ///< in the mount namespace of the process, without " (deleted)"; not of kind anonymous

    bool operator==(const CodeMapping&) const = default;
};

/// More than this are left out: a process has a few hundred files.
inline constexpr std::size_t kMaxCodeMappings = 4096;

/// The executable mappings, in order of address.
[[nodiscard]] std::vector<CodeMapping> code_mappings(std::string_view maps);

/// The mapping that contains the address; null: it is not in executable memory.
[[nodiscard]] const CodeMapping* mapping_at(std::span<const CodeMapping> mappings, std::uint64_t address);

/// Sets a flag for each mapping that one of the words may be an address in: the superset of those that unwinding needs,
/// since every return address is in a register or on the stack.
void note_referenced(std::span<const CodeMapping> mappings, std::span<const std::uint64_t> words,
                     std::vector<bool>& referenced);

/// At most `count` ranges that contain all of the mappings, in order: those that are closest together are merged.
[[nodiscard]] std::vector<tsa_address_range> code_ranges(std::span<const CodeMapping> mappings, std::size_t count);

/// "libc.so.6", "libfoo.so (deleted)", "[vdso]"; empty for memory without a file. Printable.
[[nodiscard]] std::string module_name(const CodeMapping& mapping);

}  // namespace tsa
