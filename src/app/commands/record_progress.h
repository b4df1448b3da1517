// SPDX-License-Identifier: MIT
// What `record` prints for the user: a line that is updated in place while it runs, on a terminal only, and one at its
// end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "app/host/sink.h"
#include "record/writer.h"

namespace tsa {

struct RecordStatus {
    RecordProgress progress;
    std::uint64_t elapsed_ns = 0;
    std::uint64_t lost = 0;
    std::uint64_t own_cpu_ns = 0;  ///< of this process, in that time
};

/// "recording 12.0 s  12 intervals ...", at most `width` cells.
[[nodiscard]] std::string progress_words(const RecordStatus& status, std::size_t width);
/// "recorded 12.0 s ... in monday", and how much was dropped, if any. `place`: "standard output" or a directory.
[[nodiscard]] std::string closing_words(const RecordStatus& status, std::string_view place);

/// On stderr. Erased by the destructor.
class ProgressLine {
  public:
    /// Prints nothing if not `wanted` or stderr is not a terminal.
    explicit ProgressLine(bool wanted);
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine() { erase(); }

    /// Rewrites the line if the last update is a second old. Never waits for the terminal.
    void show(const RecordStatus& status, std::uint64_t now_ns);
    void erase();

  private:
    Sink terminal_;
    bool on_;
    bool shown_ = false;
    std::uint64_t due_ns_ = 0;
};

}  // namespace tsa
