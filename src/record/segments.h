// The files of a recording on disk: threads.csv beside system.csv, as one pair or, with a limit, as a row of pairs
// (segments) of which the oldest go. One interval at a time is added to both files, or to neither. Knows nothing of
// threads.
//
// The pair that is written to has no number. A full one is renamed to threads-000001.csv and system-000001.csv, numbers
// ascend. In this order: threads, then system; only then the next pair is made, threads first. The oldest pair is
// deleted in the same order. So whoever is killed in between leaves one of these, and none is ambiguous:
// - threads-N without system-N, and system.csv without threads.csv: they are the pair N.
// - threads.csv without system.csv: a new segment in which nothing was written yet.
// - system-N without threads-N: what is left of a deleted segment. Nobody needs it.
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
    int stream_fd = -1;  ///< instead of a directory: the rows only
    int stop_fd = -1;    ///< readable: a stream's reader is not waited for any more
    bool compress = false;
    std::uint64_t keep_bytes = 0, keep_ns = 0;  ///< 0: no limit
    std::string threads_header, system_header;  ///< each segment begins with them
};

/// What one interval adds.
struct SegmentInterval {
    std::string_view rows_text, system_text;
    std::uint64_t rows = 0;
    std::uint64_t now_ns = 0;  ///< its end, CLOCK_MONOTONIC
    std::uint64_t interval_ns = 0;
    bool all = false;   ///< no thread was left out
    bool last = false;  ///< of the recording
};

class Segments {
  public:
    static Result<Segments> create(SegmentOptions options);

    /// Makes room for an interval: the next segment, if this one is full.
    Result<void> prepare();
    /// After prepare(): whether the next interval is the first, or the last, of its segment.
    [[nodiscard]] bool first() const { return newest_.intervals == 0; }
    [[nodiscard]] bool last() const { return full_; }
    /// Error: it was not written, and nothing else of what was not on the disk yet.
    Result<void> add(const SegmentInterval& interval);
    /// Takes back what is not a whole interval yet. Nothing can be added after it.
    void give_up();
    /// Ends the files. Nothing can be added after it.
    Result<void> finish();
    /// DIR/meta.json, old or new but never half; on a full disk in the place of the old one, if it fits there.
    /// `to_disk`: at the end.
    Result<void> write_meta(const std::string& text, bool to_disk);
    /// Removes the files of a recording that could not be begun, and the directory if it was made for it.
    void abandon();

    [[nodiscard]] std::uint64_t bytes() const;
    [[nodiscard]] std::uint64_t deleted() const { return deleted_; }
    /// That are on disk.
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
    Result<void> open_pair();
    Result<void> stage(std::string_view threads_text, std::string_view system_text, RecordFile::Until until);
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
    RecordFile threads_, system_;
    std::deque<Segment> full_ones_;  // oldest first
    Segment newest_;
    bool full_ = false;      // the next interval is its last one
    bool complete_ = false;  // that one was added, or its first one filled it
    bool gave_up_ = false;
    // What is on disk, and what reaches it with the next write.
    std::uint64_t intervals_ = 0, rows_ = 0;
    std::uint64_t staged_intervals_ = 0, staged_rows_ = 0;
    std::uint64_t flushed_ns_ = 0, text_since_flush_ = 0;
    std::uint64_t deleted_ = 0;
    std::string meta_;  // as on disk
};

}  // namespace tsa
