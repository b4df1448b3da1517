// A Report as one line of JSON, schema 1. Keys are only ever added within a schema; what was not measured is null.
// Pure: the caller writes the bytes.
#pragma once

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string_view>

#include "base/recent_peak.h"
#include "model/columns.h"
#include "output/command_summary.h"
#include "output/selection.h"

namespace tsa {

inline constexpr int kJsonSchema = 1;

/// Keeps its buffer: no allocation once the line has had its full length. What one very long line needed is given back.
class NdjsonWriter {
  public:
    /// One object and a newline; always valid UTF-8. Valid until the next call. `command`: null but for the summary of
    /// `stat -- CMD`.
    std::string_view write(const Report& report, const SelectedRows& rows, const CommandSummary* command = nullptr);

  private:
    void clear();

    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer> json_;
    fmt::memory_buffer scratch_;
    RecentPeak bytes_;
    std::size_t room_ = 0;  // of buffer_, which does not tell: at least so much
};

}  // namespace tsa
