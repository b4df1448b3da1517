// SPDX-License-Identifier: MIT
// What report and replay show of the rule that made a recording.
#pragma once

#include <optional>

#include "record/meta.h"
#include "text/capture_text.h"

namespace tsa {

/// Absent: no rule did.
[[nodiscard]] inline std::optional<CaptureMoment> capture_moment(const RecordingMeta& meta) {
    if (!meta.capture) {
        return std::nullopt;
    }
    const CaptureNote& note = *meta.capture;
    CaptureMoment moment{note.rule, note.time_unix_ns, {}, note.before_ns, note.after_ns};
    for (const CaptureNote::Value& value : note.values) {
        moment.values.emplace_back(value.name, value.text);
    }
    return moment;
}

}  // namespace tsa
