// SPDX-License-Identifier: MIT
// See thread_files.h.
#include "app/host/thread_files.h"

#include <utility>

#include "base/privilege.h"

namespace tsa {

ThreadFilesReader::ThreadFilesReader(Read read, std::chrono::nanoseconds patience)
    : read_(std::move(read)),
      patience_(patience),
      jobs_("rstat-detail", list_of_capabilities(PrivilegeUse::other_processes)) {}

void ThreadFilesReader::ask(const ThreadKey& thread, std::vector<std::int32_t> descriptors) {
    if (answer_ != nullptr && answer_->thread == thread) {
        return;
    }
    auto answer = std::make_shared<Answer>();
    answer->thread = thread;
    const auto job = [answer, read = read_, descriptors = std::move(descriptors)] {
        answer->files = read(answer->thread, descriptors);
        answer->is_done.store(true, std::memory_order_release);
    };
    if (jobs_.begin(job)) {
        answer_ = std::move(answer);
        [[maybe_unused]] const bool done = jobs_.wait_for(patience_);
    }
}

bool ThreadFilesReader::take(const ThreadKey& thread, ThreadFiles& out) {
    if (answer_ == nullptr || answer_->thread != thread || !answer_->is_done.load(std::memory_order_acquire)) {
        return false;
    }
    out = std::move(answer_->files);
    answer_.reset();
    return true;
}

}  // namespace tsa
