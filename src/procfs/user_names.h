// SPDX-License-Identifier: MIT
// Names of users. The user database may be a directory server that does not answer, so names are looked up on separate
// threads, and the caller continues without them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/side_jobs.h"
#include "procfs/user_database.h"

namespace tsa {

/// Cached user names by UID.
class UserNames {
  public:
    using Lookup = std::function<std::optional<std::string>(std::uint32_t uid)>;
    static constexpr std::size_t kMaxNames = 4096;
    /// The caller waits at most this long for names in any kPatienceWindow: as a rule they are in a local file.
    static constexpr std::chrono::milliseconds kPatience{5};
    static constexpr std::chrono::milliseconds kPatienceWindow{100};
    /// A UID without a name is looked up again after this time: the directory server may have been down.
    static constexpr std::chrono::minutes kAgain{5};

    /// `lookup` runs on other threads, also at the same time on several.
    explicit UserNames(Lookup lookup = user_name);

    /// The name; absent: there is none, or it is not known yet. Valid until the next call: at kMaxNames the cache is
    /// cleared.
    [[nodiscard]] std::optional<std::string_view> find(std::uint32_t uid);
    /// The same, or the number as text.
    [[nodiscard]] std::string_view name(std::uint32_t uid);

  private:
    using Clock = std::chrono::steady_clock;
    struct Entry {
        std::string text;
        bool has_name = false;
        bool is_asked = false;  ///< in the queue, or being looked up
        Clock::time_point again;
    };
    struct Answers;

    Entry& entry(std::uint32_t uid);
    void advance();
    void wait_a_little();
    void take_answers();

    Lookup lookup_;
    std::unordered_map<std::uint32_t, Entry> entries_;
    Entry overflow_;  // of a UID that has no room while others are looked up
    std::deque<std::uint32_t> queue_;
    std::size_t outstanding_ = 0;  // in the queue or being looked up
    std::shared_ptr<Answers> answers_;
    SideJobs jobs_{"rstat-users"};
    Clock::time_point window_;
    Clock::duration waited_{};
};

/// UserNames::find() of one cache as a function that owns it; the name is a copy.
[[nodiscard]] UserNames::Lookup names_of_users();

}  // namespace tsa
