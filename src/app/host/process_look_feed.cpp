// SPDX-License-Identifier: MIT
// See process_look_feed.h.
#include "app/host/process_look_feed.h"

#include <chrono>
#include <utility>

#include "base/privilege.h"
#include "peers/process_look.h"

namespace tsa {

namespace {

/// Looking for the processes at other ends of sockets and pipes takes longer with many processes.
constexpr std::uint64_t kSearchNs = 700'000'000;
constexpr std::chrono::milliseconds kPatience{20};

}  // namespace

ProcessLookFeed::ProcessLookFeed(Read read)
    : read_(std::move(read)), jobs_("rstat-look", list_of_capabilities(PrivilegeUse::other_processes)) {}

ProcessLookFeed::ProcessLookFeed() : ProcessLookFeed(read_look) {}

void ProcessLookFeed::begin(const LookTopic& topic, std::uint64_t now_ns) {
    auto answer = std::make_shared<Answer>();
    const auto job = [answer, read = read_, topic, until_ns = now_ns + kSearchNs] {
        answer->look = read(topic, until_ns);
        answer->is_done.store(true, std::memory_order_release);
    };
    if (jobs_.begin(job)) {
        answer_ = std::move(answer);
        due_ns_ = now_ns + kEveryNs;
    }
}

/// Of one that has ended the last rows stay.
void ProcessLookFeed::take() {
    if (answer_ == nullptr || !answer_->is_done.load(std::memory_order_acquire)) {
        return;
    }
    if (answer_->look.ended && look_ && look_->topic == answer_->look.topic) {
        look_->ended = true;
    } else {
        look_ = std::move(answer_->look);
    }
    answer_.reset();
}

const ProcessLook* ProcessLookFeed::update(const std::optional<LookTopic>& topic, std::uint64_t now_ns) {
    if (topic != asked_) {
        asked_ = topic;
        answer_.reset();  // of the one before
        look_.reset();
        due_ns_ = 0;
    }
    if (!topic) {
        return nullptr;
    }
    take();
    if (answer_ == nullptr && now_ns >= due_ns_ && !(look_ && look_->ended)) {
        begin(*topic, now_ns);
        if (!look_ && answer_ != nullptr && jobs_.wait_for(kPatience)) {
            take();
        }
    }
    return look_ ? &*look_ : nullptr;
}

}  // namespace tsa
