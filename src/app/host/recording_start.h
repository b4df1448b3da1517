// SPDX-License-Identifier: MIT
// Creates the files of a recording without waiting longer than the user wants for a file system that does not answer.
#pragma once

#include <chrono>
#include <memory>

#include "app/host/signals.h"
#include "base/result.h"
#include "record/writer.h"

namespace tsa {

/// How long a command waits for its directory, and how long the screens do.
inline constexpr std::chrono::milliseconds kStartPatience{10'000};
inline constexpr std::chrono::milliseconds kScreenStartPatience{1000};

/// RecordWriter::create() on a separate thread, with the caller's capabilities. Errors: its errors; no answer within
/// `patience`, or a signal that is pending meanwhile. What is created after that is removed again.
Result<std::unique_ptr<RecordWriter>> create_recording(RecordWriterOptions options, const SignalQueue& signals,
                                                       std::chrono::milliseconds patience);

}  // namespace tsa
