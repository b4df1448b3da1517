// SPDX-License-Identifier: MIT
// See record_progress.h.
#include "app/commands/record_progress.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "base/time_units.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";

std::string_view plural(std::uint64_t count) {
    return count == 1 ? "" : "s";
}

/// A terminal that accepts bytes now (Ctrl-S stops it), and that this process may write to: it is not in the
/// background.
bool writable(int fd) {
    pollfd ready{fd, POLLOUT, 0};
    return tcgetpgrp(fd) == getpgrp() && poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0;
}

std::string dropped_words(const RecordStatus& status) {
    return status.lost != 0 ? fmt::format(", dropped {}", status.lost) : std::string();
}

/// "3 captures, 1 incomplete": one that could not be written.
std::string captures_words(const RecordProgress& progress) {
    const std::uint64_t less = progress.captures_incomplete;
    return fmt::format("{} capture{}{}", progress.captures, plural(progress.captures),
                       less != 0 ? fmt::format(", {} incomplete", less) : std::string());
}

}  // namespace

std::string progress_words(const RecordStatus& status, std::size_t width) {
    const RecordProgress& progress = status.progress;
    const double own_pct = status.elapsed_ns == 0 ? 0.0
                                                  : 100.0 * static_cast<double>(status.own_cpu_ns) /
                                                        static_cast<double>(status.elapsed_ns);
    std::string words =
        fmt::format("recording {}: {} interval{}, {} row{} of {} thread{}, {}{}, CPU {:.1f} %",
                    duration_text(status.elapsed_ns).view(), progress.intervals, plural(progress.intervals),
                    progress.rows, plural(progress.rows), progress.threads, plural(progress.threads),
                    bytes_text(progress.bytes).view(), dropped_words(status), own_pct);
    if (progress.ring_bytes != 0) {
        words = fmt::format("watching {}: {}, {} in memory{}, CPU {:.1f} %", duration_text(status.elapsed_ns).view(),
                            captures_words(progress), bytes_text(progress.ring_bytes).view(), dropped_words(status),
                            own_pct);
    }
    words.resize(std::min(words.size(), width));  // ASCII: a byte is a cell
    return words;
}

std::string closing_words(const RecordStatus& status, std::string_view place) {
    const RecordProgress& progress = status.progress;
    if (progress.ring_bytes != 0) {
        return fmt::format("watched for {} in {} interval{}: {} in {}{}", duration_text(status.elapsed_ns).view(),
                           progress.intervals, plural(progress.intervals), captures_words(progress), place,
                           dropped_words(status));
    }
    std::string words = fmt::format(
        "recorded {} in {} interval{}: {} row{} of {} thread{}, {} in {}{}", duration_text(status.elapsed_ns).view(),
        progress.intervals, plural(progress.intervals), progress.rows, plural(progress.rows), progress.threads,
        plural(progress.threads), bytes_text(progress.bytes).view(), place, dropped_words(status));
    if (progress.deleted_segments != 0) {
        words += fmt::format("; the oldest {} segment{} deleted for --keep", progress.deleted_segments,
                             progress.deleted_segments == 1 ? " was" : "s were");
    }
    return words;
}

ProgressLine::ProgressLine(bool wanted)
    : terminal_(STDERR_FILENO, "standard error"), on_(wanted && isatty(STDERR_FILENO) != 0) {}

void ProgressLine::show(const RecordStatus& status, std::uint64_t now_ns) {
    constexpr std::uint64_t kEveryNs = kNsPerSecond;
    // An interval that ends slightly early must not halve the update rate.
    constexpr std::uint64_t kEarlyNs = kEveryNs / 10;
    if (!on_ || now_ns + kEarlyNs < due_ns_ || !writable(STDERR_FILENO)) {
        return;
    }
    due_ns_ = now_ns + kEveryNs;
    const std::size_t width = terminal_.terminal_width();
    // The last cell stays free: a full line would wrap.
    on_ = terminal_.write(fmt::format("{}{}", kEraseLine, progress_words(status, width > 1 ? width - 1 : 79))).ok();
    shown_ = on_;
}

void ProgressLine::erase() {
    if (shown_ && writable(STDERR_FILENO)) {
        shown_ = !terminal_.write(kEraseLine).ok();
    }
}

}  // namespace tsa
