// SPDX-License-Identifier: MIT
// See screen_watch.h.
#include "app/commands/screen_watch.h"

#include <fmt/format.h>

#include <utility>

#include "app/commands/capture_rule.h"
#include "base/local_time.h"
#include "base/time_units.h"
#include "text/sanitize.h"
#include "text/time_text.h"
#include "text/units.h"

namespace tsa {

namespace {

std::string values_text(const CaptureNote& note) {
    std::string words;
    for (const CaptureNote::Value& value : note.values) {
        words += fmt::format("{}{} {}", words.empty() ? "" : ", ", printable(value.name), printable(value.text));
    }
    return words;
}

}  // namespace

ScreenWatch::~ScreenWatch() {
    finish();
}

CaptureOptions ScreenWatch::captures(const std::shared_ptr<ReportRule>& rule) {
    CaptureOptions wanted = captures_of(rule);
    wanted.max_ring_bytes = kMaxRingBytes;
    wanted.begins = [this](const std::string& directory, const CaptureNote& note, bool) {
        const std::int64_t offset_s = utc_offset_s(static_cast<std::int64_t>(note.time_unix_ns / kNsPerSecond));
        FiredRule fired{note.time_unix_ns, printable(note.rule), values_text(note), directory};
        message_ = {fmt::format("rule fired at {}: {}; the next {} are recorded, too: {}",
                                clock_text(note.time_unix_ns, offset_s).view(), fired.values,
                                duration_text(note.after_ns).view(), directory),
                    true};
        ++state_.fired_total;
        state_.fired.insert(state_.fired.begin(), std::move(fired));
        if (state_.fired.size() > RuleWatch::kMostFired) {
            state_.fired.pop_back();
        }
    };
    wanted.done = [this](const std::string& directory, const CaptureNote&) {
        message_ = {fmt::format("recorded what was around the moment: rstat-tsa replay {}", directory), false};
    };
    wanted.failure = [this](std::string_view text) { message_ = {std::string(text), true}; };
    return wanted;
}

ActionResult ScreenWatch::arm(const std::string& text, std::uint64_t interval_ms, bool container) {
    finish();
    if (text.empty()) {
        return {"the rule is off", false};
    }
    auto rule = ReportRule::parse(text, "rule");
    if (!rule.ok()) {
        return {rule.error().message, true};
    }
    RecordWriterOptions wanted = writer_.options(interval_ms, container);
    wanted.directory = kCapturesDirectory;
    wanted.captures = captures(std::make_shared<ReportRule>(std::move(rule).value()));
    if (const auto begun = writer_.begin(std::move(wanted)); !begun.ok()) {
        return {fmt::format("the rule cannot be armed: {}", begun.error().text()), true};
    }
    state_.rule = text;
    return {fmt::format("armed: {}; captures go to {}; ! changes it", printable(text), kCapturesDirectory), false};
}

std::optional<ActionResult> ScreenWatch::add(const Report& report, bool last) {
    if (!active()) {
        return std::nullopt;
    }
    message_.reset();
    if (const auto added = writer_->add(report, last); !added.ok()) {
        message_ = {fmt::format("the rule is off: {}", added.error().text()), true};
        finish();
    } else if (last) {
        finish();
    } else {
        state_.capturing = writer_->progress().capturing;
    }
    return std::exchange(message_, std::nullopt);
}

/// A capture that is being written should have had its last interval: add() with `last`.
void ScreenWatch::finish() {
    if (!active()) {
        return;
    }
    RecordingEnd end;
    end.why = "the rule was switched off";
    if (const auto done = writer_->finish(std::move(end)); !done.ok()) {
        message_ = {done.error().text(), true};
    }
    writer_->abandon();  // the directory, if it is empty
    writer_.close();
    state_.rule.clear();
    state_.capturing = false;
}

}  // namespace tsa
