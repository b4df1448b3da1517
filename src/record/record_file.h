// SPDX-License-Identifier: MIT
// One file of a recording, or a stream: text is written as is or compressed (zstd), in steps of complete intervals. A
// step that cannot be written is rolled back. Independent of the text's content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/outlet.h"
#include "base/result.h"

struct ZSTD_CCtx_s;

namespace tsa {

class RecordFile {
  public:
    RecordFile() = default;
    /// A new file in that directory. Error: it already exists, or cannot be created.
    static Result<RecordFile> create(int directory_fd, const std::string& name, bool compress);
    /// A descriptor owned by the caller, from its current position. `stop_fd`: see Outlet::stop_on().
    static RecordFile over(int fd, int stop_fd, std::string name, bool compress);

    /// How much of the text is in the file after the next write().
    enum class Until : std::uint8_t {
        later,  ///< compressed: up to the end of some block
        here,   ///< all text so far; ends a frame every few MiB, so that a reader can start there
        end,    ///< all text, and no more will follow
    };
    /// Without compression the text must stay unchanged until write(). Error: out of memory.
    Result<void> stage(std::string_view text, Until until);
    /// Number of bytes that write() will write.
    [[nodiscard]] std::size_t staged() const { return compressor_ == nullptr ? plain_.size() : packed_.size(); }
    Result<void> write();
    /// Commits everything written so far: cut_back() keeps it.
    void keep() {
        kept_ = size_;
        kept_in_frame_ = in_frame_;
    }
    /// Removes everything written since keep(), if the file allows it. Nothing can be staged afterward.
    void cut_back();
    /// Flushes to the storage device (fsync).
    Result<void> sync();

    /// Whether this object created the file.
    [[nodiscard]] bool made() const { return owned_.valid(); }
    /// Bytes in the file.
    [[nodiscard]] std::uint64_t size() const { return size_; }

  private:
    struct FreeCompressor {
        void operator()(ZSTD_CCtx_s* compressor) const;
    };

    void start_compressor();

    Fd owned_;
    int fd_ = -1;
    Outlet outlet_;
    std::string name_;
    std::uint64_t size_ = 0, kept_ = 0;
    std::string_view plain_;
    std::unique_ptr<ZSTD_CCtx_s, FreeCompressor> compressor_;
    std::vector<char> packed_;
    std::uint64_t frame_text_bytes_ = 0;  ///< in the newest frame
    bool in_frame_ = false;               ///< the last staged text does not end a frame
    bool kept_in_frame_ = false;          ///< the same for the last committed text
};

}  // namespace tsa
