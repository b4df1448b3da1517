// SPDX-License-Identifier: MIT
// The lines of one file of a recording, from any offset: a plain file, or one compressed with zstd, whose frame
// positions it remembers. A line may contain newlines inside quotes. Text without a final newline is not a line: a
// crash truncates the last one. Independent of what the lines mean.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tsa {

inline constexpr std::size_t kMaxLineBytes = 256 << 10;  ///< a longer one is split into several incomplete ones

class LineSource {
  public:
    /// Uses the current size of the file: later additions are not read.
    static Result<std::unique_ptr<LineSource>> open(const std::string& path, bool compressed);
    LineSource(const LineSource&) = delete;
    LineSource& operator=(const LineSource&) = delete;
    ~LineSource();

    enum class Step : std::uint8_t {
        line,
        end,    ///< no further complete line
        failed  ///< see error()
    };
    /// The next line without its '\n'; valid until the next call of any member.
    Step next(std::string_view& line);
    /// Offset of the next line in the text, in bytes.
    [[nodiscard]] std::uint64_t offset() const { return base_ + begin_; }
    /// Moves to an offset at which a line starts. False: see error().
    bool seek(std::uint64_t offset);
    /// Whether there is text after the last complete line: a line without a newline, or truncated compressed data.
    [[nodiscard]] bool cut_off() const;
    [[nodiscard]] const Error& error() const { return error_; }
    /// Releases the buffers until the next use.
    void rest();

  private:
    class Frames;
    LineSource();
    /// Reads more text into the buffer. False: no more text, or an error.
    bool fill();
    bool read_plain(std::size_t room);
    void make_room();
    bool find_line_end(std::size_t& length);

    std::string path_;
    Fd fd_;
    std::uint64_t size_ = 0;          ///< of the file
    std::unique_ptr<Frames> frames_;  ///< null: a plain file
    std::string buffer_;
    std::uint64_t base_ = 0;  ///< offset of the buffer's first byte in the text
    std::size_t begin_ = 0, end_ = 0;
    bool ended_ = false;   ///< no text after what is in the buffer
    bool broken_ = false;  ///< compressed data is truncated or damaged
    bool failed_ = false;
    Error error_;
};

}  // namespace tsa
