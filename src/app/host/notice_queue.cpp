// SPDX-License-Identifier: MIT
// See notice_queue.h.
#include "app/host/notice_queue.h"

#include <fmt/format.h>

#include <utility>

namespace tsa {

namespace {

constexpr std::size_t kMaxWaitingBytes = std::size_t{64} << 10U;
/// How long the end waits.
constexpr std::chrono::milliseconds kLastPatience{2000};

}  // namespace

NoticeQueue::NoticeQueue() : queue_("rstat-notice", {}, kMaxWaitingBytes, kPatience) {}

NoticeQueue::~NoticeQueue() {
    if (queue_.is_late()) {
        [[maybe_unused]] const Result<void> done = queue_.run([]() -> Result<void> { return {}; }, 0, kLastPatience);
    }
}

void NoticeQueue::print(std::string text, Severity severity) {
    const std::size_t bytes = text.size();
    auto step = [lost = dropped_, text = std::move(text), severity]() -> Result<void> {
        if (lost != 0) {
            notice(fmt::format("{} message{} dropped: standard error took none", lost, lost == 1 ? " was" : "s were"));
        }
        notice(text, severity);
        return {};
    };
    dropped_ = queue_.run(std::move(step), bytes).ok() ? 0 : dropped_ + 1;
}

}  // namespace tsa
