// SPDX-License-Identifier: MIT
// See segments.h.
#include "record/segments.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/directory.h"

namespace tsa {

namespace {

constexpr const char* kNewMeta = "meta.json.new";
/// A limit is enforced by deleting whole segments: smaller ones use more of the allowed space, but each costs two rows
/// per thread.
constexpr std::uint64_t kSegments = 8;
constexpr std::uint64_t kMinSegmentBytes = 16U << 10U;
/// How much of a compressed recording is buffered in memory, and may be missing after a crash.
constexpr std::uint64_t kFlushNs = 5'000'000'000;
constexpr std::uint64_t kFlushTextBytes = 1U << 20U;

/// Whether it contains a file of a recording.
bool holds_recording(int directory_fd) {
    Fd copy(::openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const Directory directory(copy.valid() ? ::fdopendir(copy.get()) : nullptr);
    if (directory == nullptr) {
        return false;  // O_EXCL still protects existing files
    }
    (void)copy.release();
    while (const dirent* entry = ::readdir(directory.get())) {
        if (is_recording_file(entry->d_name)) {
            return true;
        }
    }
    return false;
}

}  // namespace

Segments::Segments(SegmentOptions options) : options_(std::move(options)), flush_text_bytes_(kFlushTextBytes) {
    if (options_.keep_bytes != 0) {
        segment_bytes_ = std::max(options_.keep_bytes / kSegments, kMinSegmentBytes);
        flush_text_bytes_ = std::min(flush_text_bytes_, segment_bytes_);
    }
    if (options_.keep_ns != 0) {
        segment_ns_ = std::max<std::uint64_t>(options_.keep_ns / kSegments, 1);
    }
}

Result<Segments> Segments::create(SegmentOptions options) {
    Segments segments(std::move(options));
    if (segments.streams()) {
        const int fd = segments.options_.stream_fd;
        const std::string name = fd == STDOUT_FILENO ? "standard output" : fmt::format("descriptor {}", fd);
        segments.files_[index(RecordedTable::threads)] =
            RecordFile::over(fd, segments.options_.stop_fd, name, segments.options_.compress);
    } else if (Result<void> opened = segments.open_directory(); !opened.ok()) {
        return opened.error();
    }
    if (Result<void> opened = segments.open_files(); !opened.ok()) {
        segments.abandon();
        return opened.error();
    }
    return segments;
}

Result<void> Segments::open_directory() {
    constexpr mode_t kMode = 0777;
    const std::string& path = options_.directory;
    made_directory_ = ::mkdir(path.c_str(), kMode) == 0;
    if (!made_directory_ && errno != EEXIST) {
        return system_error("create " + path, errno, errno == ENOENT ? "the parent directory must exist" : "");
    }
    directory_ = Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory_.valid()) {
        return system_error("open " + path, errno,
                            errno == ENOTDIR ? "a recording is a directory: use another name" : "");
    }
    if (holds_recording(directory_.get())) {
        return Error{path + " already contains a recording", "record into another directory, or remove this one first",
                     EEXIST};
    }
    return {};
}

std::string Segments::name(RecordedTable table, std::uint64_t segment) const {
    return name_of({table, options_.compress, segment});
}

bool Segments::has(RecordedTable table) const {
    return streams() ? table == RecordedTable::threads : !options_.headers[index(table)].empty();
}

/// Starts new files, with their headers.
Result<void> Segments::open_files() {
    newest_ = {};
    newest_.number = full_ones_.empty() ? deleted_ + 1 : full_ones_.back().number + 1;
    full_ = complete_ = false;
    PerTable<std::string_view> texts;
    for (const RecordedTable table : kRecordedTables) {
        texts[index(table)] = options_.headers[index(table)];
        if (has(table) && !streams()) {
            files_[index(table)] = TRY(RecordFile::create(directory_.get(), name(table), options_.compress));
        }
    }
    const Result<void> staged = stage(texts, RecordFile::Until::here);
    return staged.ok() ? write_staged() : staged;
}

void Segments::abandon() {
    if (!meta_.empty()) {
        ::unlinkat(directory_.get(), kMetaName, 0);
    }
    for (const RecordedTable table : kRecordedTables) {
        if (files_[index(table)].made()) {
            ::unlinkat(directory_.get(), name(table).c_str(), 0);
        }
    }
    if (made_directory_) {
        ::rmdir(options_.directory.c_str());
    }
}

void Segments::give_up() {
    for (RecordFile& file : files_) {
        file.cut_back();
    }
    gave_up_ = true;
}

Result<void> Segments::stage(const PerTable<std::string_view>& texts, RecordFile::Until until) {
    for (const RecordedTable table : kRecordedTables) {
        if (has(table)) {
            TRY(files_[index(table)].stage(texts[index(table)], until));
        }
    }
    return {};
}

/// Writes all files, or none. No fsync: it would make every interval wait for the disk and so disturb the
/// measurement. Data handed to the kernel survives a crash of this program, though not of the machine.
Result<void> Segments::write_staged() {
    Result<void> written = make_room();
    for (const RecordedTable table : kRecordedTables) {
        written = written.ok() && has(table) ? files_[index(table)].write() : written;
    }
    if (!written.ok()) {
        give_up();
        return written;
    }
    newest_.bytes = 0;
    for (RecordFile& file : files_) {
        file.keep();
        newest_.bytes += file.size();
    }
    newest_.intervals += staged_intervals_;
    newest_.rows += staged_rows_;
    intervals_ += std::exchange(staged_intervals_, 0);
    rows_ += std::exchange(staged_rows_, 0);
    return {};
}

Result<void> Segments::make_room() {
    std::uint64_t coming = 0;
    for (const RecordFile& file : files_) {
        coming += file.staged();
    }
    while (options_.keep_bytes != 0 && !full_ones_.empty() && bytes() + coming > options_.keep_bytes) {
        if (Result<void> deleted = delete_oldest(); !deleted.ok()) {
            return deleted;
        }
    }
    return {};
}

Result<void> Segments::delete_oldest() {
    const Segment oldest = full_ones_.front();
    for (const RecordedTable table : kRecordedTables) {
        const std::string file = name(table, oldest.number);
        // Another process may have deleted it.
        if (has(table) && ::unlinkat(directory_.get(), file.c_str(), 0) != 0 && errno != ENOENT) {
            return system_error("delete " + file, errno);
        }
    }
    full_ones_.pop_front();
    intervals_ -= oldest.intervals;
    rows_ -= oldest.rows;
    ++deleted_;
    return {};
}

Result<void> Segments::prepare() {
    if (!complete_) {
        return {};
    }
    Result<void> ended = stage({}, RecordFile::Until::end);
    ended = ended.ok() ? write_staged() : ended;
    if (!ended.ok()) {
        return ended;
    }
    for (const RecordedTable table : kRecordedTables) {
        const std::string from = name(table);
        const std::string to = name(table, newest_.number);
        if (has(table) && ::renameat(directory_.get(), from.c_str(), directory_.get(), to.c_str()) != 0) {
            return system_error("rename " + from, errno);
        }
    }
    full_ones_.push_back(newest_);
    files_ = {};
    return open_files();
}

void Segments::find_full(const SegmentInterval& interval) {
    newest_.begin_ns = newest_.end_ns == 0 ? interval.now_ns - interval.interval_ns : newest_.begin_ns;
    newest_.end_ns = interval.now_ns;
    const std::uint64_t with_next_ns = newest_.end_ns - newest_.begin_ns + interval.interval_ns;
    const bool was_full = full_;
    full_ =
        (segment_bytes_ != 0 && newest_.bytes >= segment_bytes_) || (segment_ns_ != 0 && with_next_ns >= segment_ns_);
    complete_ = was_full || (full_ && interval.all);
}

Result<void> Segments::add(const SegmentInterval& interval) {
    using Until = RecordFile::Until;
    for (const std::string_view text : interval.texts) {
        text_since_flush_ += text.size();
    }
    const bool flush =
        interval.now_ns + interval.interval_ns > flushed_ns_ + kFlushNs || text_since_flush_ >= flush_text_bytes_;
    const Until until = interval.last || full_ ? Until::end : flush ? Until::here : Until::later;
    if (Result<void> staged = stage(interval.texts, until); !staged.ok()) {
        return staged;
    }
    staged_intervals_ += 1;
    staged_rows_ += interval.rows;
    if (until != Until::later || !options_.compress) {
        if (Result<void> written = write_staged(); !written.ok()) {
            return written;
        }
        flushed_ns_ = interval.now_ns;
        text_since_flush_ = 0;
    }
    while (options_.keep_ns != 0 && !full_ones_.empty() &&
           full_ones_.front().end_ns + options_.keep_ns <= interval.now_ns) {
        if (Result<void> deleted = delete_oldest(); !deleted.ok()) {
            return deleted;
        }
    }
    find_full(interval);
    return {};
}

Result<void> Segments::finish() {
    Result<void> done;
    if (!gave_up_) {
        done = stage({}, RecordFile::Until::end);
        done = done.ok() ? write_staged() : done;
    }
    for (RecordFile& file : files_) {
        const Result<void> synced = file.sync();
        done = done.ok() ? synced : done;
    }
    return done;
}

Result<void> Segments::write_new_meta(std::string_view text, bool to_disk) {
    constexpr mode_t kMode = 0666;
    Fd file(::openat(directory_.get(), kNewMeta, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
    if (!file.valid()) {
        return system_error(std::string("create ") + kMetaName, errno);
    }
    std::uint64_t size = 0;
    Result<void> written = Outlet(file.get()).write(text, kMetaName, size);
    if (written.ok() && to_disk && ::fsync(file.get()) != 0 && errno != EINVAL) {
        written = system_error(std::string("write ") + kMetaName, errno);
    }
    if (written.ok() && ::renameat(directory_.get(), kNewMeta, directory_.get(), kMetaName) != 0) {
        written = system_error(std::string("rename ") + kNewMeta, errno);
    }
    if (!written.ok()) {
        ::unlinkat(directory_.get(), kNewMeta, 0);
    }
    return written;
}

/// Overwrites the old file's blocks. False: it does not fit, and the old content was restored.
bool Segments::write_over_meta(std::string_view text) const {
    const Fd file(::openat(directory_.get(), kMetaName, O_WRONLY | O_CLOEXEC));
    if (!file.valid() || meta_.empty()) {
        return false;
    }
    const auto put = [&](std::string_view whole) {
        return ::pwrite(file.get(), whole.data(), whole.size(), 0) == static_cast<ssize_t>(whole.size()) &&
               ::ftruncate(file.get(), static_cast<off_t>(whole.size())) == 0;
    };
    const bool fits = put(text);
    if (!fits) {
        (void)put(meta_);
    }
    return fits;
}

Result<void> Segments::write_meta(const std::string& text, bool to_disk) {
    if (streams()) {
        return {};
    }
    Result<void> written = write_new_meta(text, to_disk);
    if (!written.ok() && !write_over_meta(text)) {
        return written;
    }
    meta_ = text;
    if (to_disk) {
        ::fsync(directory_.get());  // the names; not every file system supports this
    }
    return {};
}

std::uint64_t Segments::bytes() const {
    std::uint64_t sum = meta_.size();
    for (const RecordFile& file : files_) {
        sum += file.size();
    }
    for (const Segment& segment : full_ones_) {
        sum += segment.bytes;
    }
    return sum;
}

}  // namespace tsa
