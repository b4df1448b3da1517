// SPDX-License-Identifier: MIT
// The files of a recording on disk: threads.csv, system.csv and processes.csv, by option stacks.csv and others; one of
// each or, with a limit, a series of each (segments) of which the oldest are deleted. Each interval is added to all of
// the files, or to none. Independent of threads.
//
// The current files have no number. Full ones are renamed to threads-000001.csv, system-000001.csv and so on, with
// ascending numbers, in the order of RecordedTable; only then are the next ones created, in the same order. The oldest
// ones are deleted likewise. A process that is killed in between leaves one of these states, and each is unambiguous:
// - threads-N without system-N, and system.csv without threads.csv: together they are pair N.
// - threads.csv without system.csv: a new segment without any data yet.
// - system-N without threads-N: the rest of a deleted segment; not needed.
// The others need no pairing: their lines name a time, and the numbers of stacks are never used again.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "record/file_names.h"
#include "record/record_file.h"

namespace tsa {

/// Deletes nothing without a limit.
struct SegmentOptions {
    std::string directory;
    int stream_fd = -1;  ///< instead of a directory: only the thread rows
    int stop_fd = -1;    ///< once readable, stop waiting for the reader of a stream
    bool compress = false;
    std::uint64_t keep_bytes = 0, keep_ns = 0;  ///< 0: no limit
    PerTable<std::string> headers;              ///< each segment starts with them; empty: no such file
};

/// The text of one interval.
struct SegmentInterval {
    PerTable<std::string_view> texts;
    std::uint64_t rows = 0;
    std::uint64_t now_ns = 0;  ///< its end, CLOCK_MONOTONIC
    std::uint64_t interval_ns = 0;
    bool all = false;   ///< contains every thread
    bool last = false;  ///< of the recording
};

class Segments {
  public:
    static Result<Segments> create(SegmentOptions options);

    /// Prepares for an interval: starts the next segment if this one is full.
    Result<void> prepare();
    /// Whether prepare() has something to do.
    [[nodiscard]] bool is_complete() const { return complete_; }
    /// After prepare(): whether the next interval is the first or the last one of its segment.
    [[nodiscard]] bool first() const { return newest_.intervals == 0; }
    [[nodiscard]] bool last() const { return full_; }
    /// Error: neither this interval nor any other buffered text was written.
    Result<void> add(const SegmentInterval& interval);
    /// Removes an incomplete interval. Nothing can be added afterward.
    void give_up();
    /// Ends the files. Nothing can be added afterward.
    Result<void> finish();
    /// Writes DIR/meta.json atomically; on a full disk overwrites the old one, if it fits. `to_disk`: with fsync, at
    /// the end.
    Result<void> write_meta(const std::string& text, bool to_disk);
    /// Removes the files of a recording that could not be started, and the directory if it was created for it.
    void abandon();

    [[nodiscard]] std::uint64_t bytes() const;
    [[nodiscard]] std::uint64_t deleted() const { return deleted_; }
    /// Bytes on disk.
    [[nodiscard]] std::uint64_t intervals() const { return intervals_; }
    [[nodiscard]] std::uint64_t rows() const { return rows_; }

  private:
    struct Segment {
        std::uint64_t number = 0;
        std::uint64_t bytes = 0;
        std::uint64_t intervals = 0, rows = 0;
        std::uint64_t begin_ns = 0, end_ns = 0;
    };

    explicit Segments(SegmentOptions options);
    [[nodiscard]] bool streams() const { return options_.stream_fd >= 0; }
    [[nodiscard]] std::string name(RecordedTable table, std::uint64_t segment = kNewestSegment) const;
    Result<void> open_directory();
    [[nodiscard]] bool has(RecordedTable table) const;
    Result<void> open_files();
    Result<void> stage(const PerTable<std::string_view>& texts, RecordFile::Until until);
    Result<void> write_staged();
    Result<void> write_new_meta(std::string_view text, bool to_disk);
    [[nodiscard]] bool write_over_meta(std::string_view text) const;
    Result<void> make_room();
    Result<void> delete_oldest();
    void find_full(const SegmentInterval& interval);

    SegmentOptions options_;
    std::uint64_t segment_bytes_ = 0, segment_ns_ = 0;  // 0: no limit
    std::uint64_t flush_text_bytes_;
    Fd directory_;
    bool made_directory_ = false;
    PerTable<RecordFile> files_;
    std::deque<Segment> full_ones_;  // oldest first
    Segment newest_;
    bool full_ = false;      // the next interval is the segment's last one
    bool complete_ = false;  // the last interval was added, or the first one filled the segment
    bool gave_up_ = false;
    // What is on disk, and what the next write adds.
    std::uint64_t intervals_ = 0, rows_ = 0;
    std::uint64_t staged_intervals_ = 0, staged_rows_ = 0;
    std::uint64_t flushed_ns_ = 0, text_since_flush_ = 0;
    std::uint64_t deleted_ = 0;
    std::string meta_;  // as on disk
};

}  // namespace tsa
