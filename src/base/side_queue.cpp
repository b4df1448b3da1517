// SPDX-License-Identifier: MIT
// See side_queue.h.
#include "base/side_queue.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace tsa {

/// Shared with the thread, which may outlive the object.
struct SideQueue::Shared {
    struct Entry {
        Step step;
        std::size_t bytes = 0;
    };
    mutable std::mutex mutex;
    std::deque<Entry> entries;  // the first one may be running
    std::size_t bytes = 0;
    std::optional<Error> error;  // not reported yet

    void drop_all() {
        entries.clear();
        bytes = 0;
    }

    void drain() {
        std::unique_lock lock(mutex);
        while (!entries.empty()) {
            const Step step = std::move(entries.front().step);
            lock.unlock();
            Result<void> done = step();
            lock.lock();
            bytes -= entries.front().bytes;
            entries.pop_front();
            if (!done.ok()) {
                error = done.error();
                drop_all();
            }
        }
    }
};

SideQueue::SideQueue(const char* name, std::vector<int> capabilities, std::size_t max_bytes,
                     std::chrono::milliseconds patience)
    : name_(name),
      capabilities_(std::move(capabilities)),
      max_bytes_(max_bytes),
      patience_(std::min(patience, kPatience)),
      shared_(std::make_shared<Shared>()) {}

Result<void> SideQueue::take_error() {
    const std::lock_guard lock(shared_->mutex);
    if (auto error = std::exchange(shared_->error, std::nullopt)) {
        return *std::move(error);
    }
    return {};
}

Result<void> SideQueue::run(Step step, std::size_t bytes, std::chrono::milliseconds patience) {
    TRY(take_error());
    if (thread_ == nullptr) {
        auto thread = SideThread::start(
            name_, [shared = shared_] { shared->drain(); }, capabilities_);
        if (!thread.ok()) {
            return step();  // it may hang, as without a thread
        }
        thread_ = std::move(thread).value();
    }
    bool was_late = false;
    {
        const std::lock_guard lock(shared_->mutex);
        was_late = !shared_->entries.empty();
        if (was_late && shared_->bytes + bytes > max_bytes_) {
            return Error{"it takes no data, and the memory for what waits is full", "", ETIMEDOUT};
        }
        shared_->entries.push_back({std::move(step), bytes});
        shared_->bytes += bytes;
    }
    if (!was_late) {
        [[maybe_unused]] const bool idle = thread_->wait_for(std::chrono::seconds(1));  // it has nothing left to do
        thread_->begin();
    }
    if (!was_late || patience > kPatience) {
        [[maybe_unused]] const bool done = thread_->wait_for(patience);
    }
    return take_error();
}

bool SideQueue::is_late() const {
    return queued() != 0;
}

std::size_t SideQueue::queued() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->entries.size();
}

}  // namespace tsa
