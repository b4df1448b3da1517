// SPDX-License-Identifier: MIT
// See active_recording.h.
#include "app/commands/active_recording.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "app/host/sink.h"
#include "base/outlet.h"

namespace tsa {

namespace {

constexpr std::size_t kStateBytes = 200;

}  // namespace

ActiveRecording::ActiveRecording(const RecordOptions& options, const Sample& begin, RecordWriter& writer,
                                 bool runs_command)
    : options_(options),
      writer_(writer),
      began_ns_(begin.now_ns),
      own_cpu_before_ns_(begin.own.cpu_ns),
      // The terminal belongs to the command, or the recording is written to it.
      progress_(!runs_command && !(options.to_stdout() && isatty(STDOUT_FILENO) != 0)) {
    status_.lost = begin.health.lost();
}

void ActiveRecording::add(const Report& report, const std::string& why, const IntervalExtras& extras) {
    const bool last = !why.empty();
    if (last) {
        end_.why = why;
    }
    if (const auto added = writer_.add(report, last, extras); !added.ok()) {
        failed_ = added.error();
    }
    status_ = {writer_.progress(), report.now_ns - began_ns_, report.health.lost(),
               report.own_now.cpu_ns - own_cpu_before_ns_};
    if (last || failed_) {
        finish(!failed_);
        return;
    }
    progress_.show(status_, report.now_ns);
}

void ActiveRecording::set_command_end(std::optional<int> exit_code, std::optional<int> signal) {
    end_.exit_code = exit_code;
    end_.signal = signal;
}

void ActiveRecording::reader_gone() {
    failed_ = system_error("standard output", EPIPE);
    finish(false);
}

std::string ActiveRecording::state() const {
    return status_.progress.intervals == 0 ? "measuring the first interval" : progress_words(status_, kStateBytes);
}

/// Completes the files. `whole`: they include its last interval.
void ActiveRecording::finish(bool whole) {
    open_ = false;
    progress_.erase();
    if (const auto done = writer_.finish(end_); !done.ok() && whole) {
        failed_ = done.error();
    }
    status_.progress = writer_.progress();
}

Result<Outcome> ActiveRecording::outcome(int exit_code) const {
    Outcome outcome;
    outcome.exit_code = exit_code;
    const bool stream = options_.to_stdout();
    const bool unread = failed_ && stopped_waiting(*failed_);
    if (failed_ && !unread && !(stream && reader_left(*failed_))) {
        Error error = *failed_;
        if (error.hint.empty() && !stream && writer_.progress().intervals != 0) {
            error.hint = fmt::format("the recording so far can be read: rstat-tsa report {}", options_.output);
        }
        return error;
    }
    if (!failed_ || unread) {
        outcome.note = unread ? std::string(kNobodyRead) + "; " : note_.empty() ? "" : note_ + "; ";
        outcome.note += closing_words(status_, stream ? "standard output" : options_.output);
    }
    return outcome;
}

}  // namespace tsa
