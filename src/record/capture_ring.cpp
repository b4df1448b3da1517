// SPDX-License-Identifier: MIT
// See capture_ring.h.
#include "record/capture_ring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/local_time.h"
#include "base/time_units.h"
#include "record/file_names.h"

namespace tsa {

namespace {

/// Of captures that the disk has not taken yet.
constexpr std::size_t kMaxWaitingBytes = std::size_t{256} << 20U;
constexpr mode_t kDirectoryMode = 0777;

std::string time_name(std::uint64_t time_unix_ns) {
    const std::optional<std::tm> local = local_time(static_cast<std::time_t>(time_unix_ns / kNsPerSecond));
    std::array<char, 32> text{};
    const std::size_t size = local ? std::strftime(text.data(), text.size(), "%Y-%m-%dT%H-%M-%S", &*local) : 0;
    return {text.data(), size};
}

}  // namespace

RecordWriter::CaptureRing::CaptureRing(RecordWriterOptions options)
    : options_(std::move(options)),
      captures_(*options_.captures),
      text_(options_),
      users_(options_.user_name),
      ring_(captures_.before_ns, captures_.max_ring_bytes),
      schedule_(captures_.after_ns, captures_.every_ns, captures_.most),
      // As the recorder itself: the directory may be another user's.
      queue_("rstat-write", {CAP_DAC_OVERRIDE, CAP_FOWNER}, kMaxWaitingBytes, disk_patience(options_.meta)) {}

Result<std::unique_ptr<RecordWriter::CaptureRing>> RecordWriter::CaptureRing::create(RecordWriterOptions options) {
    std::unique_ptr<CaptureRing> ring(new CaptureRing(std::move(options)));
    TRY(ring->make_directory());
    // Starts the thread, with the privileges that it needs later.
    TRY(ring->queue_.run([] { return Result<void>{}; }));
    return ring;
}

Result<void> RecordWriter::CaptureRing::make_directory() {
    const std::string& path = options_.directory;
    made_directory_ = ::mkdir(path.c_str(), kDirectoryMode) == 0;
    if (!made_directory_ && errno != EEXIST) {
        return system_error("create " + path, errno, errno == ENOENT ? "the parent directory must exist" : "");
    }
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
        return Error{path + " is not a directory", "captures are directories in it: use another name", ENOTDIR};
    }
    if (::access((path + "/" + kMetaName).c_str(), F_OK) == 0) {
        return Error{path + " is a recording", "captures are recordings in a directory: use another one", EEXIST};
    }
    if (::access(path.c_str(), W_OK | X_OK) != 0) {
        return system_error("write to " + path, errno, "a directory that this user may write to");
    }
    return {};
}

/// Of several captures in one second the later ones have a number.
std::string RecordWriter::CaptureRing::new_directory(std::uint64_t time_unix_ns) {
    std::string name = fmt::format("{}/{}-{}", options_.directory, time_name(time_unix_ns), captures_.name);
    same_second_ = name == last_directory_ ? same_second_ + 1 : 1;
    last_directory_ = name;
    return same_second_ == 1 ? name : fmt::format("{}-{}", name, same_second_);
}

void RecordWriter::CaptureRing::begin(const Report& report, bool ends) {
    const auto chunks = ring_.contents();
    RecordingMeta meta = options_.meta;
    put_machine(meta);
    meta.compressed = options_.compress;
    meta.quiet_limit_ns = options_.quiet_limit_ns;
    meta.source = report.source;
    meta.cpus = report.system.cpus != 0 ? report.system.cpus : meta.cpus;
    meta.begin_unix_ns = chunks.front()->begin_unix_ns();
    meta.utc_offsets = utc_offset_s(static_cast<std::int64_t>(meta.begin_unix_ns / kNsPerSecond));
    meta.capture = captures_.note(report);
    meta.capture->time_unix_ns = report.time_unix_ns;
    meta.capture->before_ns = captures_.before_ns;
    meta.capture->after_ns = captures_.after_ns;
    users_.put_in(options_.meta);
    meta.users = options_.meta.users;
    SegmentOptions files;
    files.directory = new_directory(report.time_unix_ns);
    files.compress = options_.compress;
    files.headers = text_.headers();
    captures_.begins(files.directory, *meta.capture, ends);
    current_ = std::make_unique<CaptureFiles>(queue_, std::move(files), std::move(meta));
    check(current_->begin(chunks));
}

void RecordWriter::CaptureRing::end(const Report& report, std::string why) {
    RecordingEnd end;
    end.why = std::move(why);
    end.time_unix_ns = report.time_unix_ns;
    end.threads = text_.threads();
    end.lost = report.health.lost();
    const Result<void> done = current_->finish(std::move(end));
    finishing_.push_back({current_->directory(), *current_->meta().capture});
    current_.reset();
    check(done);
}

/// After a failure what is on disk of this capture remains.
void RecordWriter::CaptureRing::check(const Result<void>& done) {
    if (done.ok()) {
        return;
    }
    const std::string directory = current_ != nullptr  ? current_->directory()
                                  : finishing_.empty() ? options_.directory
                                                       : finishing_.back().directory;
    progress_.captures_incomplete += finishing_.size() + (current_ != nullptr ? 1 : 0);
    captures_.failure(fmt::format("{}: {}; the next captures are tried again", directory, done.error().text()));
    current_.reset();
    finishing_.clear();
}

void RecordWriter::CaptureRing::report_complete() {
    if (finishing_.empty() || queue_.is_late()) {
        return;
    }
    for (const Complete& one : std::exchange(finishing_, {})) {
        captures_.done(one.directory, one.note);
    }
}

Result<void> RecordWriter::CaptureRing::add(const Report& report, bool last, const IntervalExtras& extras) {
    const CaptureSchedule::Step step = schedule_.next(captures_.holds(report), report.now_ns);
    const bool ends = step.ends || (last && (step.begins || current_ != nullptr));
    const bool all = ends || last || ring_.needs_all(report.now_ns);
    const SegmentInterval interval = text_.put(report, all, ends, extras);
    users_.note(text_.rows());
    ring_.add(interval, report.time_unix_ns);
    if (step.begins) {
        begin(report, ends);
    } else if (current_ != nullptr) {
        check(current_->add(interval));
    }
    if (ends && current_ != nullptr) {
        end(report, step.ends ? "the time after the rule fired is over" : "the recorder ended");
    }
    report_complete();
    note_progress(interval);
    return {};
}

void RecordWriter::CaptureRing::note_progress(const SegmentInterval& interval) {
    progress_.intervals += 1;
    progress_.rows += interval.rows;
    progress_.threads = text_.threads();
    progress_.captures = schedule_.captures();
    progress_.capturing = current_ != nullptr;
    progress_.ring_bytes = ring_.bytes();
    progress_.captures_complete = schedule_.is_complete();
    if (ring_.dropped() != dropped_ && dropped_ == 0) {
        captures_.failure(fmt::format("the ring is limited to {} MB: it has less than was asked for with --before",
                                      captures_.max_ring_bytes >> 20U));
    }
    dropped_ = ring_.dropped();
}

Result<void> RecordWriter::CaptureRing::finish(RecordingEnd) {
    check(queue_.run([] { return Result<void>{}; }, 0, kLastPatience));
    report_complete();
    if (queue_.is_late()) {
        return Error{options_.directory + ": no answer: the last capture may be incomplete", "", ETIMEDOUT};
    }
    return {};
}

void RecordWriter::CaptureRing::abandon() {
    if (made_directory_) {
        ::rmdir(options_.directory.c_str());
    }
}

}  // namespace tsa
