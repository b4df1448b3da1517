// SPDX-License-Identifier: MIT
// Replaces a file again and again, so that a reader finds the old content or the new, never a part. On a separate
// thread, since a file system may not answer.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/side_queue.h"

namespace tsa {

class TextFileWriter {
  public:
    /// The thread starts with the first write() and keeps what it needs for another user's directory.
    explicit TextFileWriter(std::string path);
    /// Removes the file: what it says would be taken for current. Not if the file system does not answer.
    ~TextFileWriter();
    TextFileWriter(const TextFileWriter&) = delete;
    TextFileWriter& operator=(const TextFileWriter&) = delete;

    /// Left out if the previous content is still being written. Error: that of this write, or of the previous one.
    Result<void> write(std::string_view text);

  private:
    std::string path_;
    SideQueue queue_;
    bool wrote_ = false;
};

}  // namespace tsa
