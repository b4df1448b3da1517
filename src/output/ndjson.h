// SPDX-License-Identifier: MIT
// A Report as one line of JSON, schema 1. Within a schema, keys are only added; unmeasured values are null. Pure: the
// caller writes the bytes.
#pragma once

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string_view>

#include "base/recent_peak.h"
#include "model/columns.h"
#include "output/command_summary.h"
#include "output/group_rows.h"
#include "output/selection.h"
#include "text/wait_text.h"
#include "verdict/verdict.h"

namespace tsa {

inline constexpr int kJsonSchema = 1;

/// Memory that rows reuse.
struct NdjsonScratch {
    ThreadIndex threads;
    FactsScratch facts;
    DelayVerdict verdict;
};

/// Reuses its buffer: no allocation once it has reached its full size. Memory from one very long line is released.
class NdjsonWriter {
  public:
    /// One object and a newline; always valid UTF-8. Valid until the next call. `command`: only for the summary of
    /// `stat -- CMD`, otherwise null.
    std::string_view write(const Report& report, const SelectedRows& rows, const CommandSummary* command = nullptr);

    /// The same with groups in the place of threads.
    std::string_view write_groups(const Report& report, const GroupReport& groups);

  private:
    void begin(const Report& report);
    std::string_view end();
    void clear();

    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer> json_;
    fmt::memory_buffer scratch_;
    NdjsonScratch rows_;
    RecentPeak bytes_;
    std::size_t room_ = 0;  // lower bound of buffer_'s capacity, which it does not report
};

}  // namespace tsa
