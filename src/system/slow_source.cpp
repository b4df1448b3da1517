// SPDX-License-Identifier: MIT
// See slow_source.h.
#include "system/slow_source.h"

#include "base/scan.h"

namespace tsa {

std::optional<std::string_view> SlowFile::read(std::uint64_t now_ns, TextBuffer& buffer) {
    if (!file_.is_open()) {
        if (now_ns < failed_at_ns_ + kReopenAfterNs) {
            return std::nullopt;
        }
        ++buffer.calls;
        file_.reopen();
    }
    const std::optional<std::string_view> text = file_.read_head(buffer);
    if (!text) {
        failed_at_ns_ = now_ns;
    }
    return text;
}

std::optional<std::uint64_t> SlowFile::read_number(std::uint64_t now_ns, TextBuffer& buffer) {
    std::optional<std::string_view> text = read(now_ns, buffer);
    const std::optional<std::string_view> line = text ? next_line(*text) : std::nullopt;
    return line ? number<std::uint64_t>(*line) : std::nullopt;
}

std::optional<double> CounterRate::update(std::uint64_t counter, std::uint64_t now_ns, std::uint64_t wraps_at) {
    const bool known = at_ns_ != 0 && now_ns > at_ns_;
    const std::uint64_t span_ns = known ? now_ns - at_ns_ : 0;
    std::uint64_t growth = counter - counter_;
    bool whole = known;
    if (counter < counter_) {
        whole = known && counter_ <= wraps_at;
        growth = wraps_at - counter_ + counter;
    }
    counter_ = counter;
    at_ns_ = now_ns;
    return whole ? std::optional(static_cast<double>(growth) / static_cast<double>(span_ns)) : std::nullopt;
}

}  // namespace tsa
