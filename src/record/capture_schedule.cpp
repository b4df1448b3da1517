// SPDX-License-Identifier: MIT
// See capture_schedule.h.
#include "record/capture_schedule.h"

namespace tsa {

CaptureSchedule::Step CaptureSchedule::next(std::optional<bool> holds, std::uint64_t now_ns) {
    Step step;
    if (holds == true) {
        false_since_ns_.reset();
        step.begins = may_begin(now_ns);
    } else if (holds == false) {
        false_since_ns_ = false_since_ns_.value_or(now_ns);
        armed_ = armed_ || now_ns - *false_since_ns_ >= kRearmNs;
    }
    if (step.begins) {
        armed_ = false;
        capturing_ = true;
        began_ns_ = now_ns;
        ++captures_;
    }
    step.ends = capturing_ && now_ns - began_ns_ >= after_ns_;
    capturing_ = capturing_ && !step.ends;
    return step;
}

}  // namespace tsa
