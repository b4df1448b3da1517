// SPDX-License-Identifier: MIT
// Gets debug files from the servers of debuginfod, if the user asked for that: the program debuginfod-find does it, one
// file after the other, and keeps them in the user's cache, where open_debug_file() finds them. No request is made
// twice in a run.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/result.h"

namespace tsa {

/// Different files in a run.
inline constexpr std::size_t kMaxFetches = 1000;

class DebugFetcher {
  public:
    /// Error: no server is set ($DEBUGINFOD_URLS), or there is no debuginfod-find.
    static Result<std::unique_ptr<DebugFetcher>> start();
    DebugFetcher(const DebugFetcher&) = delete;
    DebugFetcher& operator=(const DebugFetcher&) = delete;
    /// Ends the request that is being made.
    ~DebugFetcher();

    /// `build_id` in bytes. No effect if it was wanted before.
    void want(std::string_view build_id);
    /// The build IDs whose files arrived since the last call.
    [[nodiscard]] std::vector<std::string> take_arrived();
    /// So far.
    [[nodiscard]] std::uint32_t arrived() const { return count_; }

  private:
    explicit DebugFetcher(std::string program);
    void work();
    [[nodiscard]] bool begin(const std::string& build_id);

    std::string program_;  // its path
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> wanted_;
    std::unordered_set<std::string> known_;
    std::vector<std::string> arrived_;
    std::atomic<std::uint32_t> count_ = 0;
    int running_ = -1;  // PID, while it is not reaped
    bool stops_ = false;
    std::thread thread_;
};

/// "3af0..." of a build ID's bytes.
[[nodiscard]] std::string build_id_digits(std::string_view build_id);

}  // namespace tsa
