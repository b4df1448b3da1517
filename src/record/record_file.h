// One file of a recording, or a stream: text goes in, and reaches the disk as it is or compressed (zstd), in steps that
// are whole intervals. A step that cannot be written is taken back. Knows nothing of what the text says.
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
    /// A new file in that directory. Error: it is there already, or cannot be made.
    static Result<RecordFile> create(int directory_fd, const std::string& name, bool compress);
    /// A descriptor of somebody else, from where it stands. `stop_fd`: see Outlet::stop_on().
    static RecordFile over(int fd, int stop_fd, std::string name, bool compress);

    /// How far the text goes that stands on the disk after the next write().
    enum class Until : std::uint8_t {
        later,  ///< compressed: wherever a block happens to end
        here,   ///< all text so far; every few MiB it ends a frame, so that a reader can begin there
        end,    ///< all text, and no other will come
    };
    /// Not compressed the text must stay as it is until write(). Error: no memory.
    Result<void> stage(std::string_view text, Until until);
    /// Bytes that write() will write.
    [[nodiscard]] std::size_t staged() const { return compressor_ == nullptr ? plain_.size() : packed_.size(); }
    Result<void> write();
    /// What was written so far stays, come what may.
    void keep() {
        kept_ = size_;
        kept_in_frame_ = in_frame_;
    }
    /// Removes what was written since keep(), as far as the file allows it. Nothing can be staged after it.
    void cut_back();
    /// To the disk itself.
    Result<void> sync();

    /// Whether it is a file of ours.
    [[nodiscard]] bool made() const { return owned_.valid(); }
    /// On disk.
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
    std::uint64_t frame_text_bytes_ = 0;  ///< in the frame that was begun last
    bool in_frame_ = false;               ///< what was staged last does not end a frame
    bool kept_in_frame_ = false;          ///< likewise what was kept last
};

}  // namespace tsa
