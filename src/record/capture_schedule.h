// SPDX-License-Identifier: MIT
// When captures begin and end, by whether their rule holds. A rule that keeps holding fires once. Pure.
#pragma once

#include <cstdint>
#include <optional>

namespace tsa {

class CaptureSchedule {
  public:
    /// After a capture the rule must have been false for this long without a break before it can fire again: one that
    /// is about to hold would fire at each change.
    static constexpr std::uint64_t kRearmNs = 5'000'000'000;

    /// `every_ns`: at least from one beginning to the next. `most`: captures; 0: any number.
    CaptureSchedule(std::uint64_t after_ns, std::uint64_t every_ns, std::uint64_t most)
        : after_ns_(after_ns), every_ns_(every_ns), most_(most) {}

    struct Step {
        bool begins = false;  ///< a capture, with this interval
        bool ends = false;    ///< a capture, after this interval; also the one that begins
    };
    /// For an interval that ends at `now_ns`. `holds`: whether the rule does; absent: it is not known, which changes
    /// nothing.
    [[nodiscard]] Step next(std::optional<bool> holds, std::uint64_t now_ns);

    [[nodiscard]] bool is_capturing() const { return capturing_; }
    [[nodiscard]] std::uint64_t captures() const { return captures_; }
    /// All that were wanted were made.
    [[nodiscard]] bool is_complete() const { return most_ != 0 && captures_ == most_ && !capturing_; }

  private:
    [[nodiscard]] bool may_begin(std::uint64_t now_ns) const {
        return armed_ && !capturing_ && (most_ == 0 || captures_ < most_) &&
               (captures_ == 0 || now_ns - began_ns_ >= every_ns_);
    }

    std::uint64_t after_ns_, every_ns_, most_;
    bool armed_ = true, capturing_ = false;
    std::uint64_t captures_ = 0;
    std::uint64_t began_ns_ = 0;
    std::optional<std::uint64_t> false_since_ns_;
};

}  // namespace tsa
