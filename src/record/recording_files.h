// The files of a recording: which segments its directory has, and which halves of them are missing.
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
/// Oldest first; the pair that has no number, being written to last, is the last one.
using FilesByNumber = std::map<std::uint64_t, RecordingFile>;

/// Lists parts.directory. What is missing there but does no harm is remarked. Errors: no directory, or no rows in it.
Result<void> find_recording_files(RecordingParts& parts, FilesByNumber& threads, FilesByNumber& systems);

/// Whether a file written at `path`, which is no link, would be one of the recording in `directory`: it is one now, by
/// this or another name, or would be found as one.
[[nodiscard]] bool belongs_to_recording(const std::string& directory, const std::string& path);

}  // namespace tsa
