// SPDX-License-Identifier: MIT
// See capture_rule.h.
#include "app/commands/capture_rule.h"

#include <optional>
#include <utility>

#include "cli/options.h"

namespace tsa {

CaptureOptions captures_of(const std::shared_ptr<ReportRule>& rule) {
    CaptureOptions wanted;
    wanted.before_ns = kDefaultBeforeNs;
    wanted.after_ns = kDefaultAfterNs;
    wanted.name = rule->short_name();
    wanted.holds = [rule](const Report& report) -> std::optional<bool> {
        const Truth truth = rule->evaluate(report);
        return truth == Truth::unknown ? std::nullopt : std::optional(truth == Truth::yes);
    };
    wanted.note = [rule](const Report& report) {
        CaptureNote note;
        note.rule = rule->text();
        for (const ReportRule::Value& value : rule->values(report)) {
            note.values.push_back({value.name, value.text});
        }
        return note;
    };
    return wanted;
}

}  // namespace tsa
