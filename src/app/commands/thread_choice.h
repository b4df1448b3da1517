// SPDX-License-Identifier: MIT
// Which threads a command lists: turns the options into a filter and into text. The same for stat, record and the
// screens.
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
#include "model/thread_filter.h"

namespace tsa {

struct ThreadChoice {
    Targets targets;
    ThreadFilter filter;
    std::optional<CgroupTree> cgroup;  ///< of the unified tree
    std::vector<std::string> words;    ///< "process 4121", "user daemon (1)"; empty: all threads

    /// What the targets are now goes into the filter.
    void filter_by_targets();
    /// For a source without IDs of cgroups: paths are compared instead.
    void choose_cgroup_by_path();
    /// After each report. True: what the filter accepts is different from now on.
    bool update(const Report& report);
};

/// Error: a process, thread, user or cgroup that does not exist.
Result<ThreadChoice> choose_threads(const ChooserOptions& options, bool kernel_threads, bool followed_only);

/// A user's UID by name; else `user` is itself a number. Error: no such user.
Result<std::uint32_t> find_uid(std::string_view user);

}  // namespace tsa
