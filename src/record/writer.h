// Writes Reports into a recording: DIR/threads.csv, DIR/system.csv, DIR/meta.json. A thread in which nothing happens
// gets no row until something does (at most quiet_limit_ns later): that row tells under quiet_ns how much of its
// wall_ns lies before its interval, all of it in the state of the thread's row before. So no interval is lost, each
// thread's rows tile its life without gap or overlap, and an idle machine costs next to nothing. Bounded: a few bytes
// per thread, buffers of one interval, and what the limits of the recording say.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.h"
#include "model/report.h"
#include "record/filter.h"
#include "record/meta.h"

namespace tsa {

inline constexpr std::uint64_t kQuietLimitNs = 60'000'000'000;

struct RecordWriterOptions {
    std::string directory;  ///< made if it is not there; one with a recording in it is refused
    int stream_fd = -1;     ///< instead of a directory: threads.csv only, to this descriptor
    int stop_fd = -1;       ///< readable: a stream's reader that stopped is not waited for any more
    ThreadFilter filter;
    bool compress = false;         ///< zstd: threads.csv.zst, system.csv.zst
    std::uint64_t keep_bytes = 0;  ///< on disk, all files together; 0: no limit. Older segments are deleted beyond it
    std::uint64_t keep_ns = 0;     ///< likewise: the last so many ns are kept, and up to a segment more
    std::uint64_t quiet_limit_ns = kQuietLimitNs;
    RecordingMeta meta;  ///< what the caller knows; the rest is filled in. `taskstats` makes their columns
    /// Name of a user, asked once for each that occurs; none: RecordingMeta::users stays as it is.
    std::function<std::optional<std::string>(std::uint32_t uid)> user_name;
};

struct RecordProgress {
    std::uint64_t intervals = 0, rows = 0;
    std::uint64_t bytes = 0;             ///< on disk now
    std::uint64_t threads = 0;           ///< that have ever had a row
    std::uint64_t deleted_segments = 0;  ///< because of a limit
};

class RecordWriter {
  public:
    /// Makes the files. Errors: the directory cannot be made, holds a recording already (hint: another name), is not
    /// writable.
    static Result<std::unique_ptr<RecordWriter>> create(RecordWriterOptions options);
    RecordWriter(const RecordWriter&) = delete;
    RecordWriter& operator=(const RecordWriter&) = delete;
    ~RecordWriter();

    /// One interval. `last`: every thread gets its row, so that the recording is whole as it stands. After an error
    /// (full disk, I/O error, EPIPE of a stream) the files are cut back to their last whole interval; call finish().
    Result<void> add(const Report& report, bool last);
    /// Completes the files and meta.json. Nothing can be added after it. Error: what could not be written; whatever is
    /// on disk can be read.
    Result<void> finish(RecordingEnd end);
    /// Instead of an end: nothing came to be recorded, and the files go again.
    void abandon();
    /// The filter's, from the next interval on: not empty.
    void set_cgroups(std::unordered_set<std::uint64_t> cgroups);

    [[nodiscard]] const RecordProgress& progress() const;

  private:
    class Files;
    explicit RecordWriter(std::unique_ptr<Files> files);
    std::unique_ptr<Files> files_;
};

}  // namespace tsa
