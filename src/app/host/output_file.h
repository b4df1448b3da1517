// SPDX-License-Identifier: MIT
// Where `report` and `export` write: standard output, a device or a pipe directly; a file is replaced only once it is
// complete, so that a failed run leaves the previous file. Never a file of a recording that is being read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/host/sink.h"
#include "base/result.h"

namespace tsa {

/// Instead of a path: standard output.
inline constexpr std::string_view kStdout = "-";

/// Error: `path` is inside one of these recordings, as an existing or a new file. Links are followed; files are
/// compared by device and inode, not by name.
Result<void> check_output(const std::string& path, const std::vector<std::string>& recordings);

class OutputFile {
  public:
    /// `path` has been checked. Waits for the reader of a named pipe.
    static Result<OutputFile> open(const std::string& path);
    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&&) = delete;
    /// If not finished: as give_up().
    ~OutputFile();

    Result<void> write(std::string_view bytes) { return sink_.write(bytes); }
    /// The output is complete: moves the file to its final path.
    Result<void> finish();
    /// Removes what was written, and returns a message about it; empty: nothing was written. A device is left alone.
    std::string give_up();

    [[nodiscard]] Sink& sink() { return sink_; }
    /// The directory belongs to another user: finish() needs a privilege that only root has.
    [[nodiscard]] bool in_foreign_directory() const;

  private:
    OutputFile(Sink sink, std::string path, std::string temporary)
        : sink_(std::move(sink)), path_(std::move(path)), temporary_(std::move(temporary)) {}

    Sink sink_;
    std::string path_;       // final path
    std::string temporary_;  // temporary path; empty: written in place
};

}  // namespace tsa
