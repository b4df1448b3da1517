// SPDX-License-Identifier: MIT
// The files of a recording: its segments, and which halves of them are missing.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"

namespace tsa {

struct RecordingParts;

struct RecordingFile {
    std::string name;  ///< in the directory
    bool compressed = false;
};
/// Oldest first; the pair without a number, the newest one, is last.
using FilesByNumber = std::map<std::uint64_t, RecordingFile>;

/// Lists parts.directory. Missing files that are not essential add a remark. Errors: no such directory, or no rows in
/// it.
Result<void> find_recording_files(RecordingParts& parts, FilesByNumber& threads, FilesByNumber& systems);

/// Whether writing a file at `path`, which is not a link, would affect the recording in `directory`: it is one of its
/// files now, under this or another name, or would be taken for one.
[[nodiscard]] bool belongs_to_recording(const std::string& directory, const std::string& path);

}  // namespace tsa
