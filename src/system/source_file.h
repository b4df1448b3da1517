// A text file of /proc or /sys that is opened once and then only `pread`. One that cannot be opened, or stops being
// readable, is absent until somebody reopens it. Knows nothing of what is in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace tsa {

/// Where the text of one read goes, shared by all files of a reader. Grows only while a file is larger than any before.
struct TextBuffer {
    std::vector<char> bytes;
    std::uint64_t calls = 0;  ///< system calls made so far on its behalf

    /// Room for at least `size` bytes.
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

    /// One open. True when it is open now.
    bool reopen();
    [[nodiscard]] bool is_open() const { return fd_.valid(); }

    /// The first `size` bytes of the file as it is now, in one `pread`; valid until the buffer's next use. Absent when
    /// it is not open or gave nothing: then it is closed.
    [[nodiscard]] std::optional<std::string_view> read_head(TextBuffer& buffer, std::size_t size = kHeadBytes);

    /// At most 4 KiB from `offset` on, in one `pread`; empty at the end. Absent, and closed, when it cannot be read.
    [[nodiscard]] std::optional<std::string_view> read_at(std::size_t offset, TextBuffer& buffer);

    /// The whole file: one `pread` for each 4 KiB.
    [[nodiscard]] std::optional<std::string_view> read_whole(TextBuffer& buffer);

    /// A file that the kernel writes in one piece, in one `pread` as long as it is not longer than ever before.
    [[nodiscard]] std::optional<std::string_view> read_record(TextBuffer& buffer);

  private:
    std::string path_;
    std::size_t record_bytes_ = kHeadBytes;
    Fd fd_;
};

}  // namespace tsa
