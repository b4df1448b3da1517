// The lines of one file of a recording, from any place on: a plain file, or one compressed with zstd, of which it
// remembers where frames begin. A line may have line ends inside of quotes. What has no line end is no line: a crash
// cuts the last one short. Knows nothing of what the lines mean.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tsa {

inline constexpr std::size_t kMaxLineBytes = 256 << 10;  ///< a longer one is cut into several, none of which is whole

class LineSource {
  public:
    /// What is in the file by now: what is added later is not seen.
    static Result<std::unique_ptr<LineSource>> open(const std::string& path, bool compressed);
    LineSource(const LineSource&) = delete;
    LineSource& operator=(const LineSource&) = delete;
    ~LineSource();

    enum class Step : std::uint8_t {
        line,
        end,    ///< no whole line any more
        failed  ///< see error()
    };
    /// The next line without its '\n'; valid until the next call of anything.
    Step next(std::string_view& line);
    /// Where that next line begins, in bytes of the text.
    [[nodiscard]] std::uint64_t offset() const { return base_ + begin_; }
    /// Goes to an offset at which a line begins. False: see error().
    bool seek(std::uint64_t offset);
    /// Whether the text goes on behind its last whole line: a line without its end, or compressed data that breaks off.
    [[nodiscard]] bool cut_off() const;
    [[nodiscard]] const Error& error() const { return error_; }
    /// Gives buffers back until it is used again.
    void rest();

  private:
    class Frames;
    LineSource();
    /// More text into the buffer. False: there is none, or an error.
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
    bool ended_ = false;   ///< the text has no more than what is in the buffer
    bool broken_ = false;  ///< compressed data broke off, or is damaged
    bool failed_ = false;
    Error error_;
};

}  // namespace tsa
