// SPDX-License-Identifier: MIT
// A cgroup (v2) selected by its path, and all below it, as the IDs in thread records. New ones are found through their
// threads: an unknown ID causes the tree to be read again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.h"
#include "model/report.h"

namespace tsa {

class CgroupTree {
  public:
    /// At most this many below one path are distinguished from others.
    static constexpr std::size_t kMaxCgroups = 65'536;

    /// `path`: within the cgroup file system ("/sys/fs/cgroup/a/b"), from its root ("/a/b", "a/b"), or a line of
    /// /proc/PID/cgroup ("0::/a/b"). `mountinfo`: the text of /proc/self/mountinfo. Error: no cgroup v2 is mounted; no
    /// such cgroup.
    static Result<CgroupTree> open(std::string_view path, std::string_view mountinfo);

    /// After each report. True: there are new ones. At most one walk over the tree.
    bool update(const Report& report);

    [[nodiscard]] const std::unordered_set<std::uint64_t>& ids() const { return ids_; }
    /// From the root of the cgroups: "/a/b".
    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    CgroupTree() = default;
    [[nodiscard]] bool unknown(const ThreadRow& row);
    void walk();

    std::string directory_, name_;
    std::uint64_t root_id_ = 0;
    // A removed cgroup keeps its ID, which is never reused: threads that ended in it may still be reported.
    std::unordered_set<std::uint64_t> ids_;
    std::unordered_set<std::uint64_t> others_;  // seen, not below it
    std::uint64_t last_ = 0;                    // of the row before: neighbors mostly share theirs
};

}  // namespace tsa
