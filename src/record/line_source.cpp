// SPDX-License-Identifier: MIT
// See line_source.h.
#include "record/line_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace tsa {

namespace {

constexpr std::size_t kChunkBytes = 256 << 10;
constexpr std::size_t kCompressedChunkBytes = 128 << 10;
/// Frames closer together than this in the text are not listed individually.
constexpr std::uint64_t kFrameDistance = 256 << 10;

/// Like pread(2), but short only at the end of the file. -1: errno.
ssize_t read_at(int fd, char* to, std::size_t bytes, std::uint64_t offset) {
    std::size_t have = 0;
    while (have < bytes) {
        const ssize_t got = pread(fd, to + have, bytes - have, static_cast<off_t>(offset + have));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return have != 0 || got == 0 ? static_cast<ssize_t>(have) : -1;
        }
        have += static_cast<std::size_t>(got);
    }
    return static_cast<ssize_t>(have);
}

}  // namespace

/// The compressed side: file bytes in, text out, and the positions of frames in both.
class LineSource::Frames {
  public:
    struct Begin {
        std::uint64_t in_file, in_text;
    };
    enum class Outcome : std::uint8_t { some, end, broken, failed };

    Frames() : context_(ZSTD_createDCtx()), begins_{{0, 0}} {}
    ~Frames() { ZSTD_freeDCtx(context_); }
    Frames(const Frames&) = delete;
    Frames& operator=(const Frames&) = delete;

    /// Continues at the last known frame that starts at or before `text_offset`; returns its offset in the text.
    std::uint64_t restart(std::uint64_t text_offset) {
        const auto after = std::ranges::upper_bound(begins_, text_offset, {}, &Begin::in_text);
        const Begin begin = *(after - 1);
        ZSTD_DCtx_reset(context_, ZSTD_reset_session_only);
        file_offset_ = begin.in_file;
        in_at_ = in_size_ = 0;
        between_frames_ = true;
        return begin.in_text;
    }
    [[nodiscard]] std::uint64_t last_begin_before(std::uint64_t text_offset) const {
        return (std::ranges::upper_bound(begins_, text_offset, {}, &Begin::in_text) - 1)->in_text;
    }

    /// `text_offset`: of `to` in the text. Fills at least one byte unless the result says otherwise.
    Outcome decompress(int fd, std::uint64_t file_size, char* to, std::size_t room, std::uint64_t text_offset,
                       std::size_t& got) {
        ZSTD_outBuffer out{to, room, 0};
        while (out.pos == 0) {
            if (in_at_ == in_size_ && !read_more(fd, file_size)) {
                return Outcome::failed;
            }
            if (in_size_ == 0) {
                return between_frames_ ? Outcome::end : Outcome::broken;
            }
            ZSTD_inBuffer in{in_.data(), in_size_, in_at_};
            const std::size_t result = ZSTD_decompressStream(context_, &out, &in);
            in_at_ = in.pos;
            if (ZSTD_isError(result) != 0) {
                return Outcome::broken;
            }
            between_frames_ = result == 0;
            if (between_frames_) {
                note_begin({file_offset_ - (in_size_ - in_at_), text_offset + out.pos});
            }
        }
        got = out.pos;
        return Outcome::some;
    }

    void rest() {
        ZSTD_freeDCtx(context_);
        context_ = ZSTD_createDCtx();
        in_ = {};
        in_at_ = in_size_ = 0;
    }

  private:
    bool read_more(int fd, std::uint64_t file_size) {
        in_.resize(kCompressedChunkBytes);
        const std::uint64_t left = file_size - std::min(file_offset_, file_size);
        const ssize_t got = read_at(fd, in_.data(), std::min<std::uint64_t>(in_.size(), left), file_offset_);
        in_at_ = 0;
        in_size_ = got > 0 ? static_cast<std::size_t>(got) : 0;
        file_offset_ += in_size_;
        return got >= 0;
    }
    void note_begin(const Begin& begin) {
        if (begin.in_text >= begins_.back().in_text + kFrameDistance) {
            begins_.push_back(begin);
        }
    }

    ZSTD_DCtx* context_;
    std::vector<Begin> begins_;  // ascending, in both
    std::uint64_t file_offset_ = 0;
    std::vector<char> in_;
    std::size_t in_at_ = 0, in_size_ = 0;
    bool between_frames_ = true;
};

Result<std::unique_ptr<LineSource>> LineSource::open(const std::string& path, bool compressed) {
    std::unique_ptr<LineSource> source(new LineSource());
    source->path_ = path;
    source->fd_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!source->fd_.valid() || fstat(source->fd_.get(), &status) != 0) {
        const std::string_view hint = errno == EMFILE ? "raise the limit on open files: ulimit -n 4096" : "";
        return system_error(path, errno, hint);
    }
    if (!S_ISREG(status.st_mode)) {
        return Error{path + ": not a regular file", "", 0};
    }
    source->size_ = static_cast<std::uint64_t>(status.st_size);
    if (compressed) {
        source->frames_ = std::make_unique<Frames>();
    }
    return source;
}

LineSource::LineSource() = default;
LineSource::~LineSource() = default;

void LineSource::make_room() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    base_ += begin_;
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() < end_ + kChunkBytes / 2) {
        buffer_.resize(end_ + kChunkBytes);
    }
}

bool LineSource::read_plain(std::size_t room) {
    const std::uint64_t at = base_ + end_;
    const std::uint64_t left = size_ - std::min(at, size_);
    const ssize_t got = read_at(fd_.get(), buffer_.data() + end_, std::min<std::uint64_t>(room, left), at);
    if (got < 0) {
        failed_ = true;
        error_ = system_error("read " + path_, errno);
        return false;
    }
    end_ += static_cast<std::size_t>(got);
    ended_ = got == 0;
    return got != 0;
}

bool LineSource::fill() {
    if (ended_ || failed_) {
        return false;
    }
    make_room();
    const std::size_t room = buffer_.size() - end_;
    if (!frames_) {
        return read_plain(room);
    }
    std::size_t got = 0;
    switch (frames_->decompress(fd_.get(), size_, buffer_.data() + end_, room, base_ + end_, got)) {
        case Frames::Outcome::some:
            end_ += got;
            return true;
        case Frames::Outcome::failed:
            failed_ = true;
            error_ = system_error("read " + path_, errno);
            return false;
        case Frames::Outcome::broken:
            broken_ = true;
            break;
        case Frames::Outcome::end:
            break;
    }
    ended_ = true;
    return false;
}

// The length of the line at begin_; reads more text if needed. Newlines inside quotes belong to the line. Unterminated
// quotes (a torn write) must not swallow the rest of the file: then the line ends at its first newline.
bool LineSource::find_line_end(std::size_t& length) {
    std::size_t looked = 0, first_end = std::string::npos;
    bool quoted = false;
    while (true) {
        while (looked < end_ - begin_) {
            const char* from = buffer_.data() + begin_ + looked;
            const std::size_t left = end_ - begin_ - looked;
            const auto* found = static_cast<const char*>(std::memchr(from, '\n', left));
            const std::size_t part = found != nullptr ? static_cast<std::size_t>(found - from) : left;
            for (const char* at = from;
                 (at = static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(from + part - at)))) !=
                 nullptr;
                 ++at) {
                quoted = !quoted;
            }
            looked += part + (found != nullptr ? 1 : 0);
            if (found != nullptr && !quoted) {
                length = looked;
                return true;
            }
            if (found != nullptr && first_end == std::string::npos) {
                first_end = looked;
            }
            if (looked >= kMaxLineBytes) {
                length = std::min(first_end, looked);
                return true;
            }
        }
        if (!fill()) {
            length = first_end;
            return first_end != std::string::npos && !failed_;
        }
    }
}

LineSource::Step LineSource::next(std::string_view& line) {
    std::size_t length = 0;
    if (!find_line_end(length)) {
        return failed_ ? Step::failed : Step::end;
    }
    line = std::string_view(buffer_).substr(begin_, length);
    if (line.ends_with('\n')) {
        line.remove_suffix(1);
    }
    begin_ += length;
    return Step::line;
}

bool LineSource::seek(std::uint64_t offset) {
    if (offset >= base_ && offset <= base_ + end_) {
        begin_ = static_cast<std::size_t>(offset - base_);
        return !failed_;
    }
    const std::uint64_t read_until = base_ + end_;
    begin_ = end_ = 0;
    ended_ = failed_ = false;
    if (!frames_) {
        base_ = offset;
        return true;
    }
    base_ = offset < read_until || frames_->last_begin_before(offset) > read_until || buffer_.empty()
                ? frames_->restart(offset)
                : read_until;
    while (base_ + end_ < offset) {
        begin_ = end_;
        if (!fill()) {
            break;
        }
    }
    if (!failed_ && base_ + end_ < offset) {
        failed_ = true;
        error_ = Error{path_ + ": the file was truncated or is damaged", "", 0};
    }
    begin_ = failed_ ? end_ : static_cast<std::size_t>(offset - base_);
    return !failed_;
}

bool LineSource::cut_off() const {
    return broken_ || (ended_ && begin_ != end_);
}

void LineSource::rest() {
    base_ += end_;
    begin_ = end_ = 0;
    buffer_ = {};
    if (frames_) {
        frames_->rest();
    }
    // The next seek() starts over: there is no position to continue from.
    base_ = ~std::uint64_t{0};
}

}  // namespace tsa
