// SPDX-License-Identifier: MIT
// Work that hangs until a test lets it go.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace tsa {

/// Shared with the thread that hangs, which may outlive the test's objects.
struct Gate {
    std::mutex mutex;
    std::condition_variable opened;
    bool open = false;
    std::atomic<int> runs{0};

    void wait() {
        std::unique_lock lock(mutex);
        opened.wait(lock, [this] { return open; });
        ++runs;
    }
    void let_go() {
        const std::lock_guard lock(mutex);
        open = true;
        opened.notify_all();
    }
};

}  // namespace tsa
