// SPDX-License-Identifier: MIT
// A rule that the user has armed on the screens. Their reports go into a ring in memory, as with `record --when`; when
// the rule holds, what was before it and what comes after it become a recording in kCapturesDirectory.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/commands/screen_writer.h"
#include "app/host/actions.h"
#include "rules/report_terms.h"
#include "tui/rule_watch.h"

namespace tsa {

inline constexpr const char* kCapturesDirectory = "rstat-tsa-captures";

class ScreenWatch {
  public:
    /// Half of what `record --when` may use: the screens are not left alone for days.
    static constexpr std::size_t kMaxRingBytes = CaptureOptions::kMaxRingBytes / 2;

    /// All must outlive it.
    ScreenWatch(const ScreensOptions& options, const ThreadChoice& choice, const SignalQueue& signals)
        : writer_(options, choice, signals) {}
    ~ScreenWatch();
    ScreenWatch(const ScreenWatch&) = delete;
    ScreenWatch& operator=(const ScreenWatch&) = delete;

    [[nodiscard]] bool active() const { return writer_.active(); }
    /// In place of the rule before; an empty text: no rule. A capture that is being written must have got its last
    /// interval. `container`: see RecordingMeta.
    ActionResult arm(const std::string& text, std::uint64_t interval_ms, bool container);
    /// One interval; `last`: no other one follows for this rule. The message for the user, if there is one; after a
    /// failure it is no longer active.
    std::optional<ActionResult> add(const Report& report, bool last);
    [[nodiscard]] const RuleWatch& state() const { return state_; }

  private:
    [[nodiscard]] CaptureOptions captures(const std::shared_ptr<ReportRule>& rule);
    void finish();

    ScreenWriter writer_;
    RuleWatch state_;
    std::optional<ActionResult> message_;  ///< of this interval
};

}  // namespace tsa
