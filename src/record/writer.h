// SPDX-License-Identifier: MIT
// Writes Reports into a recording: DIR/threads.csv, DIR/system.csv, DIR/processes.csv, DIR/meta.json, by option also
// DIR/stacks.csv and DIR/waits.csv, DIR/wakers.csv, DIR/neighbors.csv. An inactive thread gets no row until it becomes
// active (at most quiet_limit_ns later): quiet_ns of that row is the part of its wall_ns before its interval, all of it
// in the state of the thread's previous row. So no interval is missing, each thread's rows tile its life without gap or
// overlap, and an idle machine costs almost nothing. Bounded: a few bytes per thread, buffers for one interval, and the
// recording's limits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.h"
#include "model/neighbor_matrix.h"
#include "model/report.h"
#include "model/stack_waits.h"
#include "model/thread_filter.h"
#include "model/wakeups.h"
#include "record/captures.h"
#include "record/meta.h"

namespace tsa {

inline constexpr std::uint64_t kQuietLimitNs = 60'000'000'000;

struct RecordWriterOptions {
    std::string directory;  ///< created if missing; an existing recording is an error
    int stream_fd = -1;     ///< instead of a directory: threads.csv only, to this descriptor
    int stop_fd = -1;       ///< once readable, stop waiting for a stream's reader
    ThreadFilter filter;
    bool compress = false;         ///< zstd: threads.csv.zst, system.csv.zst ...
    bool stacks = false;           ///< stacks.csv and waits.csv, too; not to a stream
    bool wakers = false;           ///< wakers.csv, too; likewise
    bool neighbors = false;        ///< neighbors.csv, too; likewise
    std::uint64_t keep_bytes = 0;  ///< size limit of all files; 0: none. Beyond it, the oldest segments are deleted
    std::uint64_t keep_ns = 0;     ///< likewise: keeps the last keep_ns ns, and up to one segment more
    std::uint64_t quiet_limit_ns = kQuietLimitNs;
    /// With it, `directory` has a recording for each time that a rule fires, and no other file.
    std::optional<CaptureOptions> captures;
    RecordingMeta meta;  ///< set by the caller; the rest is filled in. `taskstats` adds its columns
    /// The name of a user; absent: none, or not known yet: then it is asked for again with each meta.json. Null:
    /// RecordingMeta::users is not changed.
    std::function<std::optional<std::string>(std::uint32_t uid)> user_name;
};

/// What an interval has beside its report, for the further files.
struct IntervalExtras {
    std::span<const StackWaits> waits{};
    const WakerInterval* wakers = nullptr;
    const NeighborInterval* neighbors = nullptr;
};

struct RecordProgress {
    std::uint64_t intervals = 0, rows = 0;
    std::uint64_t bytes = 0;             ///< currently on disk
    std::uint64_t threads = 0;           ///< that have ever had a row
    std::uint64_t deleted_segments = 0;  ///< because of a limit
    // of a recording with a rule
    std::uint64_t captures = 0, captures_incomplete = 0;
    bool capturing = false;          ///< one is being written
    std::uint64_t ring_bytes = 0;    ///< in memory
    bool captures_complete = false;  ///< all that were wanted were made
};

class RecordWriter {
  public:
    /// Creates the files. Errors: the directory cannot be created, already contains a recording (hint: another name),
    /// or is not writable.
    static Result<std::unique_ptr<RecordWriter>> create(RecordWriterOptions options);
    RecordWriter(const RecordWriter&) = delete;
    RecordWriter& operator=(const RecordWriter&) = delete;
    ~RecordWriter();

    /// Adds one interval. `last`: every thread gets a row, so that the recording is complete.
    /// After an error (full disk, I/O error, EPIPE of a stream) the files are truncated to their last complete
    /// interval; call finish().
    Result<void> add(const Report& report, bool last, const IntervalExtras& extras = {});
    /// Completes the files and meta.json. Nothing can be added afterward. Error: what could not be written; the data on
    /// disk stays readable.
    Result<void> finish(RecordingEnd end);
    /// Instead of finish(): nothing was recorded, so the files are removed.
    void abandon();
    /// From the next interval on.
    void set_filter(const ThreadFilter& filter);

    [[nodiscard]] const RecordProgress& progress() const;

  private:
    class Files;
    class DirectoryFiles;
    class CaptureRing;
    explicit RecordWriter(std::unique_ptr<Files> files);
    std::unique_ptr<Files> files_;
};

}  // namespace tsa
