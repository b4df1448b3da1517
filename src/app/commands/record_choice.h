// Which threads to record: turns the options into a filter and into text for the recording.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/host/cgroup_tree.h"
#include "base/result.h"
#include "cli/options.h"
#include "model/report.h"
#include "record/filter.h"

namespace tsa {

struct RecordChoice {
    ThreadFilter filter;
    std::optional<CgroupTree> cgroup;
    std::vector<std::string> words;  ///< "process 4121", "user daemon (1)"; empty: all threads
};

/// Error: a process, thread, user or cgroup that does not exist.
Result<RecordChoice> choose_threads(const RecordOptions& options);

/// A user's UID by name; else `user` is itself a number. Error: no such user.
Result<std::uint32_t> find_uid(std::string_view user);

/// Whether any thread that was selected by number is still alive.
class ChosenThreads {
  public:
    ChosenThreads(std::optional<std::uint32_t> tgid, std::vector<std::uint32_t> tids)
        : tgid_(tgid), tids_(std::move(tids)) {}

    /// Always true when none was selected by number. A thread whose TID changed by exec continues under the new one.
    [[nodiscard]] bool any_left(const Report& report);

  private:
    std::optional<std::uint32_t> tgid_;
    std::vector<std::uint32_t> tids_;
};

}  // namespace tsa
