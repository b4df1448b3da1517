// SPDX-License-Identifier: MIT
// How a process handles signals, from /proc/PID/status of its threads. For the confirmation before a signal is sent:
// read when that opens, never for a sample. Parsing is pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/process_signals.h"

namespace tsa {

/// The lines about signals in one thread's status.
struct StatusSignals {
    SignalSet caught = 0, ignored = 0;  ///< of the process
    SignalSet blocked = 0;              ///< by this thread
    std::uint32_t threads = 0;          ///< of the process
    char state = '?';
    InitProcess init = InitProcess::no;

    bool operator==(const StatusSignals&) const = default;
};
/// Absent if a mask is missing.
[[nodiscard]] std::optional<StatusSignals> parse_status_signals(std::string_view proc_status);

/// With more threads than this, blocked signals are not read and none counts as blocked.
inline constexpr std::size_t kMostMasks = 256;

/// For the process `tgid`; `tid` is the thread whose mask is also needed, or 0. Absent: the process is gone or hidden
/// from this user. Reads two files, or two per thread if the first ones block signals.
[[nodiscard]] std::optional<SignalHandling> read_signal_handling(std::uint32_t tgid, std::uint32_t tid,
                                                                 const std::string& root = "/");

}  // namespace tsa
