// A text file of /proc or /sys that is opened once and then only `pread`. One that cannot be opened, or stops being
// readable, is absent until somebody reopens it. Knows nothing of what is in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace tsa {

/// Where the text of one read goes, shared by all files of a reader. Grows only while a file is larger than any before.
using TextBuffer = std::vector<char>;

class SourceFile {
  public:
    explicit SourceFile(std::string path) : path_(std::move(path)) { reopen(); }

    /// One open. True when it is open now.
    bool reopen();
    [[nodiscard]] bool is_open() const { return fd_.valid(); }

    /// The first 4 KiB of the file as it is now, in one `pread`; valid until the buffer's next use. Absent when it
    /// is not open or gave nothing: then it is closed.
    [[nodiscard]] std::optional<std::string_view> read_head(TextBuffer& buffer);

    /// The whole file: one `pread` for each 4 KiB.
    [[nodiscard]] std::optional<std::string_view> read_whole(TextBuffer& buffer);

  private:
    std::string path_;
    Fd fd_;
};

}  // namespace tsa
