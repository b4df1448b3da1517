// Which threads `record` was asked for: the options turned into a filter, and into words for the recording.
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

/// Error: a process, thread, user or cgroup that is not there.
Result<RecordChoice> choose_threads(const RecordOptions& options);

/// A user's number by name, else `user` is a number itself. Error: no such user.
Result<std::uint32_t> find_uid(std::string_view user);

/// Whether any of the threads that were chosen by number still lives.
class ChosenThreads {
  public:
    ChosenThreads(std::optional<std::uint32_t> tgid, std::vector<std::uint32_t> tids)
        : tgid_(tgid), tids_(std::move(tids)) {}

    /// Always true when none was chosen by number. A thread that got another TID by exec goes on under that.
    [[nodiscard]] bool any_left(const Report& report);

  private:
    std::optional<std::uint32_t> tgid_;
    std::vector<std::uint32_t> tids_;
};

}  // namespace tsa
