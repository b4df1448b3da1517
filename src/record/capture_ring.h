// SPDX-License-Identifier: MIT
// See captures.h: the ring, and the capture that is being written.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "base/side_queue.h"
#include "record/capture_files.h"
#include "record/capture_schedule.h"
#include "record/interval_text.h"
#include "record/recorded_users.h"
#include "record/ring.h"
#include "record/writer_files.h"

namespace tsa {

class RecordWriter::CaptureRing final : public RecordWriter::Files {
  public:
    /// How long the end waits for a disk.
    static constexpr std::chrono::milliseconds kLastPatience{10'000};

    /// Creates the directory. Errors: it cannot be created or written to, or is a recording itself.
    static Result<std::unique_ptr<CaptureRing>> create(RecordWriterOptions options);

    /// A capture that cannot be written is a notice, and the ring continues.
    Result<void> add(const Report& report, bool last, const IntervalExtras& extras) override;
    Result<void> finish(RecordingEnd end) override;
    void abandon() override;
    void set_filter(const ThreadFilter& filter) override { text_.set_filter(filter); }

  private:
    explicit CaptureRing(RecordWriterOptions options);
    Result<void> make_directory();
    void begin(const Report& report, bool ends);
    void end(const Report& report, std::string why);
    void check(const Result<void>& done);
    void report_complete();
    void note_progress(const SegmentInterval& interval);
    [[nodiscard]] std::string new_directory(std::uint64_t time_unix_ns);

    RecordWriterOptions options_;
    CaptureOptions& captures_;
    IntervalText text_;
    RecordedUsers users_;
    RecordRing ring_;
    CaptureSchedule schedule_;
    SideQueue queue_;
    std::unique_ptr<CaptureFiles> current_;
    struct Complete {
        std::string directory;
        CaptureNote note;
    };
    std::vector<Complete> finishing_;  // until the queue is empty
    std::string last_directory_;
    std::uint64_t same_second_ = 0;
    std::uint64_t dropped_ = 0;  // chunks, as reported
    bool made_directory_ = false;
};

}  // namespace tsa
