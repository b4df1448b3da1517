// SPDX-License-Identifier: MIT
// The recording that `record` is writing: its files, the line about it on the terminal, and what ended it. The loop
// feeds it; it handles neither signals nor clocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/commands/record_progress.h"
#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"
#include "model/report.h"
#include "model/sample.h"
#include "record/writer.h"

namespace tsa {

class ActiveRecording {
  public:
    /// `begin`: the sample at which the first interval begins. `runs_command`: the terminal belongs to the command.
    /// `options` and `writer` must outlive it.
    ActiveRecording(const RecordOptions& options, const Sample& begin, RecordWriter& writer, bool runs_command);

    /// One interval. `why`: why it is the last one; empty: it is not the last. No interval is
    /// taken after the last one or a failure.
    void add(const Report& report, const std::string& why, const IntervalExtras& extras = {});
    /// It ended by itself: reported when the program ends, before the closing line.
    void set_note(std::string note) { note_ = std::move(note); }
    /// How the recorded command ended. Call it before the last interval.
    void set_command_end(std::optional<int> exit_code, std::optional<int> signal);
    /// The reader of standard output has closed it.
    void reader_gone();
    [[nodiscard]] bool is_open() const { return open_; }

    /// In a line, for a service manager.
    [[nodiscard]] std::string state() const;
    [[nodiscard]] Result<Outcome> outcome(int exit_code) const;

  private:
    void finish(bool whole);

    const RecordOptions& options_;
    RecordWriter& writer_;
    std::uint64_t began_ns_;
    std::uint64_t own_cpu_before_ns_;
    RecordStatus status_;
    ProgressLine progress_;
    bool open_ = true;
    RecordingEnd end_;
    std::string note_;
    std::optional<Error> failed_;
};

}  // namespace tsa
