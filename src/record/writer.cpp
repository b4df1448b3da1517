// SPDX-License-Identifier: MIT
// See writer.h. IntervalText selects and formats the rows, Segments writes the files.
#include "record/writer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/local_time.h"
#include "base/time_units.h"
#include "record/capture_ring.h"
#include "record/interval_text.h"
#include "record/recorded_users.h"
#include "record/segment_queue.h"
#include "record/writer_files.h"

namespace tsa {

namespace {

SegmentOptions segment_options(const RecordWriterOptions& options, const IntervalText& text) {
    SegmentOptions wanted;
    wanted.directory = options.directory;
    wanted.stream_fd = options.stream_fd;
    wanted.stop_fd = options.stop_fd;
    wanted.compress = options.compress;
    wanted.keep_bytes = options.keep_bytes;
    wanted.keep_ns = options.keep_ns;
    wanted.headers = text.headers();
    return wanted;
}

}  // namespace

class RecordWriter::DirectoryFiles final : public RecordWriter::Files {
  public:
    DirectoryFiles(RecordWriterOptions options, std::unique_ptr<IntervalText> text, SegmentQueue segments)
        : options_(std::move(options)),
          text_(std::move(text)),
          users_(options_.user_name),
          segments_(std::move(segments)) {}

    Result<void> begin();
    Result<void> add(const Report& report, bool last, const IntervalExtras& extras) override;
    Result<void> finish(RecordingEnd end) override;
    void abandon() override;
    void set_filter(const ThreadFilter& filter) override { text_->set_filter(filter); }

  private:
    Result<void> write_interval(const Report& report, bool last, const IntervalExtras& extras);
    Result<void> fill_meta(const Report& report);
    Result<void> note_zone(const Report& report);
    void note_progress();
    Result<void> write_meta(bool to_disk) {
        users_.put_in(options_.meta);
        return segments_.write_meta(encode_meta(options_.meta), to_disk);
    }

    RecordWriterOptions options_;
    std::unique_ptr<IntervalText> text_;
    RecordedUsers users_;
    SegmentQueue segments_;
    std::uint64_t lost_ = 0;
    std::uint64_t end_unix_ns_ = 0;
    bool began_ = false, finished_ = false;
    std::optional<Error> failed_;
};

Result<void> RecordWriter::DirectoryFiles::begin() {
    RecordingMeta& meta = options_.meta;
    put_machine(meta);
    meta.compressed = options_.compress;
    meta.quiet_limit_ns = options_.quiet_limit_ns;
    meta.end.reset();
    Result<void> written = write_meta(false);
    if (!written.ok()) {
        segments_.abandon();
    }
    note_progress();
    return written;
}

Result<void> RecordWriter::DirectoryFiles::add(const Report& report, bool last, const IntervalExtras& extras) {
    if (failed_ || finished_) {
        return Error{failed_ ? failed_->message : "the recording has already ended", "",
                     failed_ ? failed_->error_number : 0};
    }
    Result<void> added = write_interval(report, last, extras);
    if (!added.ok()) {
        failed_ = added.error();
        segments_.give_up();
    }
    note_progress();
    return added;
}

Result<void> RecordWriter::DirectoryFiles::write_interval(const Report& report, bool last,
                                                          const IntervalExtras& extras) {
    if (Result<void> prepared = segments_.prepare(); !prepared.ok()) {
        return prepared;
    }
    // Each segment is self-contained: its first interval has a row for every thread, and its last one covers all time
    // up to its end.
    const bool all = last || segments_.needs_all();
    const SegmentInterval interval = text_->put(report, all, last, extras);
    users_.note(text_->rows());
    if (!began_) {
        began_ = true;
        if (Result<void> filled = fill_meta(report); !filled.ok()) {
            return filled;
        }
    }
    if (Result<void> noted = note_zone(report); !noted.ok()) {
        return noted;
    }
    if (Result<void> written = segments_.add(interval); !written.ok()) {
        return written;
    }
    progress_.intervals += 1;
    progress_.rows += interval.rows;
    lost_ = report.health.lost();
    end_unix_ns_ = report.time_unix_ns;
    return {};
}

/// Metadata that only the first interval has.
Result<void> RecordWriter::DirectoryFiles::fill_meta(const Report& report) {
    RecordingMeta& meta = options_.meta;
    meta.source = report.source;
    meta.cpus = report.system.cpus != 0 ? report.system.cpus : meta.cpus;
    meta.begin_unix_ns = report.time_unix_ns - report.interval_ns;
    meta.utc_offsets = utc_offset_s(static_cast<std::int64_t>(meta.begin_unix_ns / kNsPerSecond));
    return write_meta(false);
}

/// Where daylight saving time began or ended. Written at once: a recording that is interrupted needs it, too.
Result<void> RecordWriter::DirectoryFiles::note_zone(const Report& report) {
    const std::int64_t offset_s = utc_offset_s(static_cast<std::int64_t>(report.time_unix_ns / kNsPerSecond));
    UtcOffsets& offsets = options_.meta.utc_offsets;
    if (offset_s == offsets.last() || !offsets.change({report.time_unix_ns, offset_s})) {
        return {};
    }
    return write_meta(false);
}

void RecordWriter::DirectoryFiles::note_progress() {
    const SegmentQueue::Totals& totals = segments_.totals();
    progress_.bytes = totals.bytes;
    progress_.threads = text_->threads();
    progress_.deleted_segments = totals.deleted;
}

Result<void> RecordWriter::DirectoryFiles::finish(RecordingEnd end) {
    if (std::exchange(finished_, true)) {
        return {};
    }
    Result<void> done = segments_.finish();
    done = failed_ ? Result<void>(*failed_) : done;
    if (!done.ok()) {
        const int number = done.error().error_number;
        end.why = number != 0 ? std::strerror(number) : done.error().message;
    }
    end.time_unix_ns = end.time_unix_ns != 0 ? end.time_unix_ns : end_unix_ns_;
    end.intervals = segments_.totals().intervals;
    end.rows = segments_.totals().rows;
    end.threads = text_->threads();
    end.lost = lost_;
    options_.meta.end = std::move(end);
    const Result<void> meta = write_meta(true);
    note_progress();
    return done.ok() ? meta : done;
}

void RecordWriter::DirectoryFiles::abandon() {
    finished_ = true;
    segments_.abandon();
}

RecordWriter::RecordWriter(std::unique_ptr<Files> files) : files_(std::move(files)) {}
RecordWriter::~RecordWriter() = default;

Result<std::unique_ptr<RecordWriter>> RecordWriter::create(RecordWriterOptions options) {
    if (options.stream_fd >= 0 && (options.keep_bytes != 0 || options.keep_ns != 0)) {
        return Error{"a size or time limit does not apply to a stream", "record into a directory", 0};
    }
    if (options.captures) {
        auto ring = TRY(CaptureRing::create(std::move(options)));
        return std::unique_ptr<RecordWriter>(new RecordWriter(std::move(ring)));
    }
    auto text = std::make_unique<IntervalText>(options);
    const SegmentOptions wanted = segment_options(options, *text);
    SegmentQueue segments(TRY(Segments::create(wanted)), wanted, disk_patience(options.meta));
    auto files = std::make_unique<DirectoryFiles>(std::move(options), std::move(text), std::move(segments));
    if (Result<void> begun = files->begin(); !begun.ok()) {
        return begun.error();
    }
    return std::unique_ptr<RecordWriter>(new RecordWriter(std::move(files)));
}

Result<void> RecordWriter::add(const Report& report, bool last, const IntervalExtras& extras) {
    return files_->add(report, last, extras);
}

Result<void> RecordWriter::finish(RecordingEnd end) {
    return files_->finish(std::move(end));
}

void RecordWriter::abandon() {
    files_->abandon();
}

void RecordWriter::set_filter(const ThreadFilter& filter) {
    files_->set_filter(filter);
}

const RecordProgress& RecordWriter::progress() const {
    return files_->progress();
}

}  // namespace tsa
