// SPDX-License-Identifier: MIT
// What `record --when` and a rule of the screens have in common: when captures begin, and what their notes have.
#pragma once

#include <memory>

#include "record/captures.h"
#include "rules/report_terms.h"

namespace tsa {

/// `holds`, `note` and `name` are those of the rule, times the defaults; `begins`, `done` and `failure` are empty.
[[nodiscard]] CaptureOptions captures_of(const std::shared_ptr<ReportRule>& rule);

}  // namespace tsa
