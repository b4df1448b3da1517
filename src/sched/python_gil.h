// SPDX-License-Identifier: MIT
// Finds the memory of CPython's interpreter lock (the GIL) in a process. The lock is a condition variable inside the
// exported object _PyRuntime (Python 3.7 on), so a futex wait there is a wait for the lock. Reads /proc/PID/maps and
// the dynamic symbols of the mapped files that have "python" in their name; may block as long as the process holds its
// mmap_lock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tsa {

/// Addresses of a process.
struct AddressRange {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;  ///< exclusive

    bool operator==(const AddressRange&) const = default;
};

/// A file with the start of its contents in memory.
struct MappedFile {
    std::uint64_t begin = 0;   ///< address of its first byte
    std::uint64_t device = 0;  ///< as st_dev
    std::uint64_t inode = 0;
    std::string path;  ///< in the mount namespace of the process

    bool operator==(const MappedFile&) const = default;
};

/// The files in the text of /proc/PID/maps whose name contains "python", each once. Deleted files are left out: their
/// path leads to another file, or nowhere.
[[nodiscard]] std::vector<MappedFile> mapped_pythons(std::string_view maps);

/// The addresses of the ELF file's dynamic symbol when the file's first byte is at `file_begin`. Absent: it is no ELF
/// file of 64 or 32 bits, or does not define the symbol.
[[nodiscard]] std::optional<AddressRange> dynamic_symbol(int file, std::string_view name, std::uint64_t file_begin);

/// _PyRuntime of the process `tgid`. Absent: it has none, or may not be read.
[[nodiscard]] std::optional<AddressRange> python_runtime(std::uint32_t tgid);

}  // namespace tsa
