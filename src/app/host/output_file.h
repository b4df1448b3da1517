// Where `report` and `export` write: standard output, a device or a pipe as it is; a file only when what is written is
// whole, so that a run that fails leaves what was there before. Never a file of a recording that is being read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/host/sink.h"
#include "base/result.h"

namespace tsa {

/// In place of a path: standard output.
inline constexpr std::string_view kStdout = "-";

/// Error: what is written to `path` would go into one of these recordings, over a file of theirs or beside them as one
/// more. Links are followed; files are told apart by what they are, not by their names.
Result<void> check_output(const std::string& path, const std::vector<std::string>& recordings);

class OutputFile {
  public:
    /// `path` has been checked. Waits for the reader of a named pipe.
    static Result<OutputFile> open(const std::string& path);
    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&&) = delete;
    /// Not finished: as give_up().
    ~OutputFile();

    Result<void> write(std::string_view bytes) { return sink_.write(bytes); }
    /// It is whole: the file takes its place.
    Result<void> finish();
    /// Takes back what was written, and says so; empty: nothing was. A device is left alone.
    std::string give_up();

    [[nodiscard]] Sink& sink() { return sink_; }
    /// The directory is another user's: to finish() takes a right that only root has.
    [[nodiscard]] bool in_foreign_directory() const;

  private:
    OutputFile(Sink sink, std::string path, std::string temporary)
        : sink_(std::move(sink)), path_(std::move(path)), temporary_(std::move(temporary)) {}

    Sink sink_;
    std::string path_;       // as it is called at the end
    std::string temporary_;  // as it is called until then; empty: written in place
};

}  // namespace tsa
