// SPDX-License-Identifier: MIT
// See writer.h. RowPicker selects the rows, RecordedRowWriter and SystemLineWriter format them, Segments writes the
// files.
#include "record/writer.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/local_time.h"
#include "base/time_units.h"
#include "output/csv.h"
#include "record/neighbor_lines.h"
#include "record/process_lines.h"
#include "record/row_picker.h"
#include "record/segment_queue.h"
#include "record/stack_lines.h"
#include "record/system_line.h"
#include "record/waker_lines.h"

namespace tsa {

namespace {

/// Maximum number of user names; further users have only numbers.
constexpr std::size_t kMaxUsers = 4096;

void put_machine(RecordingMeta& meta) {
    utsname name{};
    if (::uname(&name) != 0) {
        return;
    }
    const auto put = [](std::string& to, const char* from) { to = to.empty() ? from : to; };
    put(meta.host, name.nodename);
    put(meta.kernel, name.release);
    put(meta.machine, name.machine);
}

SegmentOptions segment_options(const RecordWriterOptions& options, RecordedRowWriter& rows, SystemLineWriter& system) {
    SegmentOptions wanted;
    wanted.directory = options.directory;
    wanted.stream_fd = options.stream_fd;
    wanted.stop_fd = options.stop_fd;
    wanted.compress = options.compress;
    wanted.keep_bytes = options.keep_bytes;
    wanted.keep_ns = options.keep_ns;
    rows.put_header();
    wanted.headers[index(RecordedTable::threads)] = rows.text();
    wanted.headers[index(RecordedTable::system)] = system.header();
    wanted.headers[index(RecordedTable::processes)] = ProcessLineWriter::header();
    if (options.stacks) {
        wanted.headers[index(RecordedTable::stacks)] = StackLineWriter::stacks_header();
        wanted.headers[index(RecordedTable::waits)] = StackLineWriter::waits_header();
    }
    if (options.wakers) {
        wanted.headers[index(RecordedTable::wakers)] = header_line(kWakerColumns);
    }
    if (options.neighbors) {
        wanted.headers[index(RecordedTable::neighbors)] = header_line(kNeighborColumns);
    }
    return wanted;
}

}  // namespace

class RecordWriter::Files {
  public:
    Files(RecordWriterOptions options, RecordedRowWriter text, SystemLineWriter system_text, SegmentQueue segments)
        : options_(std::move(options)),
          picker_(std::move(options_.filter), options_.quiet_limit_ns),
          text_(std::move(text)),
          system_text_(std::move(system_text)),
          segments_(std::move(segments)) {}

    Result<void> begin();
    Result<void> add(const Report& report, bool last, const IntervalExtras& extras);
    Result<void> finish(RecordingEnd end);
    void abandon();
    void set_filter(const ThreadFilter& filter) { picker_.set_filter(filter); }
    [[nodiscard]] const RecordProgress& progress() const { return progress_; }

  private:
    Result<void> write_interval(const Report& report, bool last, const IntervalExtras& extras);
    Result<void> fill_meta(const Report& report);
    Result<void> note_zone(const Report& report);
    void note_users(std::span<const RecordedRow> rows);
    void note_progress();
    void name_users();
    Result<void> write_meta(bool to_disk) {
        name_users();
        return segments_.write_meta(encode_meta(options_.meta), to_disk);
    }

    RecordWriterOptions options_;
    RowPicker picker_;
    RecordedRowWriter text_;
    SystemLineWriter system_text_;
    StackLineWriter stack_text_;
    ProcessLineWriter process_text_;
    WakerLineWriter waker_text_;
    NeighborLineWriter neighbor_text_;
    SegmentQueue segments_;
    RecordProgress progress_;
    std::uint64_t lost_ = 0;
    std::uint64_t end_unix_ns_ = 0;
    std::unordered_set<std::uint32_t> asked_users_;
    std::vector<std::uint32_t> unnamed_users_;  // of those, without a name so far
    std::uint32_t last_uid_ = 0;
    bool began_ = false, finished_ = false;
    std::optional<Error> failed_;
};

Result<void> RecordWriter::Files::begin() {
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

Result<void> RecordWriter::Files::add(const Report& report, bool last, const IntervalExtras& extras) {
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

Result<void> RecordWriter::Files::write_interval(const Report& report, bool last, const IntervalExtras& extras) {
    if (Result<void> prepared = segments_.prepare(); !prepared.ok()) {
        return prepared;
    }
    // Each segment is self-contained: its first interval has a row for every thread, and its last one covers all time
    // up to its end.
    const bool all = last || segments_.needs_all();
    const std::span<const RecordedRow> rows = picker_.pick(report, all);
    note_users(rows);
    if (!began_) {
        began_ = true;
        if (Result<void> filled = fill_meta(report); !filled.ok()) {
            return filled;
        }
    }
    if (Result<void> noted = note_zone(report); !noted.ok()) {
        return noted;
    }
    text_.clear();
    for (const RecordedRow& row : rows) {
        text_.put(report, row);
    }
    SegmentInterval interval;
    stack_text_.put(report, extras.waits, all);
    interval.texts[index(RecordedTable::threads)] = text_.text();
    interval.texts[index(RecordedTable::system)] = system_text_.line(report, rows.size());
    interval.texts[index(RecordedTable::stacks)] = stack_text_.stacks();
    interval.texts[index(RecordedTable::waits)] = stack_text_.waits();
    process_text_.put(report, rows, all);
    interval.texts[index(RecordedTable::processes)] = process_text_.text();
    if (extras.wakers != nullptr) {
        interval.texts[index(RecordedTable::wakers)] = waker_text_.put(report, rows, *extras.wakers);
    }
    if (extras.neighbors != nullptr) {
        interval.texts[index(RecordedTable::neighbors)] = neighbor_text_.put(report, *extras.neighbors);
    }
    interval.rows = rows.size();
    interval.now_ns = report.now_ns;
    interval.interval_ns = report.interval_ns;
    interval.all = all;
    interval.last = last;
    if (Result<void> written = segments_.add(interval); !written.ok()) {
        return written;
    }
    progress_.intervals += 1;
    progress_.rows += rows.size();
    lost_ = report.health.lost();
    end_unix_ns_ = report.time_unix_ns;
    return {};
}

/// Metadata that only the first interval has.
Result<void> RecordWriter::Files::fill_meta(const Report& report) {
    RecordingMeta& meta = options_.meta;
    meta.source = report.source;
    meta.cpus = report.system.cpus != 0 ? report.system.cpus : meta.cpus;
    meta.begin_unix_ns = report.time_unix_ns - report.interval_ns;
    meta.utc_offsets = utc_offset_s(static_cast<std::int64_t>(meta.begin_unix_ns / kNsPerSecond));
    return write_meta(false);
}

/// Where daylight saving time began or ended. Written at once: a recording that is interrupted needs it, too.
Result<void> RecordWriter::Files::note_zone(const Report& report) {
    const std::int64_t offset_s = utc_offset_s(static_cast<std::int64_t>(report.time_unix_ns / kNsPerSecond));
    UtcOffsets& offsets = options_.meta.utc_offsets;
    if (offset_s == offsets.last() || !offsets.change({report.time_unix_ns, offset_s})) {
        return {};
    }
    return write_meta(false);
}

void RecordWriter::Files::note_users(std::span<const RecordedRow> rows) {
    for (const RecordedRow& row : rows) {
        const std::uint32_t uid = row.row->now->uid;
        // Rows of the same user are mostly adjacent.
        if (!options_.user_name || (uid == last_uid_ && began_)) {
            continue;
        }
        last_uid_ = uid;
        if (asked_users_.size() >= kMaxUsers || !asked_users_.insert(uid).second) {
            continue;
        }
        unnamed_users_.push_back(uid);
        (void)options_.user_name(uid);  // the look-up begins
    }
}

void RecordWriter::Files::name_users() {
    std::erase_if(unnamed_users_, [this](std::uint32_t uid) {
        std::optional<std::string> name = options_.user_name(uid);
        if (name) {
            options_.meta.users[uid] = std::move(*name);
        }
        return name.has_value();
    });
}

void RecordWriter::Files::note_progress() {
    const SegmentQueue::Totals& totals = segments_.totals();
    progress_.bytes = totals.bytes;
    progress_.threads = picker_.threads();
    progress_.deleted_segments = totals.deleted;
}

Result<void> RecordWriter::Files::finish(RecordingEnd end) {
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
    end.threads = picker_.threads();
    end.lost = lost_;
    options_.meta.end = std::move(end);
    const Result<void> meta = write_meta(true);
    note_progress();
    return done.ok() ? meta : done;
}

void RecordWriter::Files::abandon() {
    finished_ = true;
    segments_.abandon();
}

RecordWriter::RecordWriter(std::unique_ptr<Files> files) : files_(std::move(files)) {}
RecordWriter::~RecordWriter() = default;

Result<std::unique_ptr<RecordWriter>> RecordWriter::create(RecordWriterOptions options) {
    if (options.stream_fd >= 0 && (options.keep_bytes != 0 || options.keep_ns != 0)) {
        return Error{"a size or time limit does not apply to a stream", "record into a directory", 0};
    }
    RecordedRowWriter text(options.meta.taskstats);
    SystemLineWriter system_text;
    const SegmentOptions wanted = segment_options(options, text, system_text);
    SegmentQueue segments(TRY(Segments::create(wanted)), wanted);
    auto files =
        std::make_unique<Files>(std::move(options), std::move(text), std::move(system_text), std::move(segments));
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
