// SPDX-License-Identifier: MIT
// Which threads to record: turns the options into a filter and into text for the recording.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/host/cgroup_tree.h"
#include "app/host/targets.h"
#include "base/result.h"
#include "cli/options.h"
#include "model/report.h"
#include "record/filter.h"

namespace tsa {

struct RecordChoice {
    Targets targets;
    ThreadFilter filter;
    std::optional<CgroupTree> cgroup;
    std::vector<std::string> words;  ///< "process 4121", "user daemon (1)"; empty: all threads

    /// What the targets are now goes into the filter.
    void filter_by_targets();
};

/// Error: a process, thread, user or cgroup that does not exist.
Result<RecordChoice> choose_threads(const RecordOptions& options);

/// A user's UID by name; else `user` is itself a number. Error: no such user.
Result<std::uint32_t> find_uid(std::string_view user);

}  // namespace tsa
