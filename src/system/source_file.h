// SPDX-License-Identifier: MIT
// A text file of /proc or /sys that is opened once and then only `pread`. A file that cannot be opened, or is no longer
// readable, is absent until it is reopened; so is one that something is mounted over (lxcfs), which is not the
// kernel's. Independent of the file's content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace tsa {

/// The buffer for the text of one read, shared by all files of a reader. Grows only when a file is larger than any
/// before.
struct TextBuffer {
    std::vector<char> bytes;
    std::uint64_t calls = 0;  ///< system calls made with it so far

    /// Ensures room for at least `size` bytes.
    char* room(std::size_t size) {
        if (bytes.size() < size) {
            bytes.resize(size);
        }
        return bytes.data();
    }
};

inline constexpr std::size_t kHeadBytes = 4096;

class SourceFile {
  public:
    SourceFile() = default;
    explicit SourceFile(std::string path) : path_(std::move(path)) { reopen(); }

    /// Tries to open it once. True: it is open now.
    bool reopen();
    [[nodiscard]] bool is_open() const { return fd_.valid(); }

    /// The first `size` bytes of the file now, in one `pread`; valid until the buffer's next use. Absent if it is not
    /// open or returned nothing: then it is closed.
    [[nodiscard]] std::optional<std::string_view> read_head(TextBuffer& buffer, std::size_t size = kHeadBytes);

    /// At most 4 KiB from `offset` on, in one `pread`; empty at the end. Absent, and closed, if it cannot be read.
    [[nodiscard]] std::optional<std::string_view> read_at(std::size_t offset, TextBuffer& buffer);

    /// The whole file: one `pread` per 4 KiB.
    [[nodiscard]] std::optional<std::string_view> read_whole(TextBuffer& buffer);

    /// A file that the kernel returns in one piece: one `pread`, unless the file is larger than ever before.
    [[nodiscard]] std::optional<std::string_view> read_record(TextBuffer& buffer);

  private:
    std::string path_;
    std::size_t record_bytes_ = kHeadBytes;
    Fd fd_;
};

}  // namespace tsa
