// SPDX-License-Identifier: MIT
// See record_file.h.
#include "record/record_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <utility>

namespace tsa {

namespace {

// Measured on recordings of busy machines: rows are most similar to the rows just before them, so the fastest level
// with a short window also gives the smallest files (1/10 of the text; level 3 with 1 MiB: 1/8, in twice the time).
constexpr int kLevel = 1;
constexpr int kWindowLog = 17;
constexpr std::uint64_t kFrameTextBytes = 4U << 20U;
/// An empty block that is the last one of its frame (RFC 8878, 3.1.1.2).
constexpr std::string_view kFrameEnd{"\x01\x00\x00", 3};

}  // namespace

void RecordFile::FreeCompressor::operator()(ZSTD_CCtx_s* compressor) const {
    ZSTD_freeCCtx(compressor);
}

void RecordFile::start_compressor() {
    compressor_.reset(ZSTD_createCCtx());
    ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_windowLog, kWindowLog);
    // cut_back() ends a frame by hand: a checksum would cover removed data.
    ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_checksumFlag, 0);
    packed_.reserve(ZSTD_CStreamOutSize());
}

Result<RecordFile> RecordFile::create(int directory_fd, const std::string& name, bool compress) {
    constexpr mode_t kMode = 0666;
    RecordFile file;
    // O_APPEND: after cut_back(), the next byte follows the last complete interval.
    file.owned_ = Fd(::openat(directory_fd, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, kMode));
    if (!file.owned_.valid()) {
        return system_error("create " + name, errno);
    }
    file.fd_ = file.owned_.get();
    file.outlet_ = Outlet(file.fd_);
    file.name_ = name;
    if (compress) {
        file.start_compressor();
    }
    return file;
}

RecordFile RecordFile::over(int fd, int stop_fd, std::string name, bool compress) {
    RecordFile file;
    file.fd_ = fd;
    file.outlet_ = Outlet(fd);
    file.outlet_.stop_on(stop_fd);
    file.name_ = std::move(name);
    if (compress) {
        file.start_compressor();
    }
    return file;
}

Result<void> RecordFile::stage(std::string_view text, Until until) {
    if (compressor_ == nullptr) {
        plain_ = text;
        return {};
    }
    frame_text_bytes_ += text.size();
    if (frame_text_bytes_ == 0) {
        return {};  // ending it would create an empty frame
    }
    const bool ends = until == Until::end || (until == Until::here && frame_text_bytes_ >= kFrameTextBytes);
    const ZSTD_EndDirective directive = ends ? ZSTD_e_end : until == Until::here ? ZSTD_e_flush : ZSTD_e_continue;
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    std::size_t left = 1;
    while (left != 0) {
        const std::size_t before = packed_.size();
        packed_.resize(before + ZSTD_CStreamOutSize());
        ZSTD_outBuffer out{packed_.data() + before, packed_.size() - before, 0};
        left = ZSTD_compressStream2(compressor_.get(), &out, &in, directive);
        packed_.resize(before + out.pos);
        if (ZSTD_isError(left) != 0) {
            return Error{"compress " + name_ + ": " + ZSTD_getErrorName(left), "", ENOMEM};
        }
        if (directive == ZSTD_e_continue && in.pos == in.size) {
            break;
        }
    }
    in_frame_ = !ends;
    frame_text_bytes_ = ends ? 0 : frame_text_bytes_;
    return {};
}

Result<void> RecordFile::write() {
    const std::string_view bytes = compressor_ == nullptr ? plain_ : std::string_view(packed_.data(), packed_.size());
    Result<void> written = outlet_.write(bytes, name_, size_);
    plain_ = {};
    packed_.clear();
    return written;
}

void RecordFile::cut_back() {
    plain_ = {};
    packed_.clear();
    if (!owned_.valid() || ::ftruncate(fd_, static_cast<off_t>(kept_)) != 0) {
        return;
    }
    // The file now ends with a complete block. There is usually room for the end of the frame: the file was longer
    // before.
    std::uint64_t ended = kept_;
    if (kept_in_frame_ && !outlet_.write(kFrameEnd, name_, ended).ok()) {
        ended = ::ftruncate(fd_, static_cast<off_t>(kept_)) == 0 ? kept_ : ended;
    }
    size_ = kept_ = ended;
    in_frame_ = kept_in_frame_ = false;
}

Result<void> RecordFile::sync() {
    // EINVAL: the file system does not support fsync.
    if (owned_.valid() && ::fsync(fd_) != 0 && errno != EINVAL) {
        return system_error("write " + name_, errno);
    }
    return {};
}

}  // namespace tsa
