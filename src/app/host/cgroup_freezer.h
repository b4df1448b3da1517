// SPDX-License-Identifier: MIT
// Freezes, thaws and kills cgroups (v2) for the screens. What it froze does not stay frozen by accident: a process
// beside this one thaws it when this one ends in any way but by leave_frozen().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/host/actions.h"
#include "base/fd.h"
#include "model/cgroup_members.h"

namespace tsa {

/// Where cgroup v2 is mounted, and what of it.
struct UnifiedMount {
    std::string point;  ///< "/sys/fs/cgroup"; empty: not mounted
    std::string root;   ///< the cgroup that is mounted there, "/"
};

/// The cgroup of a process, and what is in it and below.
[[nodiscard]] CgroupMembers read_cgroup_members(std::uint32_t tgid, const UnifiedMount& mount);
/// The same of a cgroup by its path; `tgid` 0: no process in particular.
[[nodiscard]] CgroupMembers read_cgroup_members(const std::string& path, std::uint32_t tgid, const UnifiedMount& mount);
[[nodiscard]] UnifiedMount find_unified_mount();

/// Why a cgroup may not be frozen or killed; empty: it may.
[[nodiscard]] std::string refusal(const CgroupMembers& members);

class CgroupFreezer {
  public:
    explicit CgroupFreezer(UnifiedMount mount) : mount_(std::move(mount)) {}
    CgroupFreezer() : CgroupFreezer(find_unified_mount()) {}
    CgroupFreezer(const CgroupFreezer&) = delete;
    CgroupFreezer& operator=(const CgroupFreezer&) = delete;
    /// Thaws what is still frozen.
    ~CgroupFreezer();

    [[nodiscard]] CgroupMembers members(std::uint32_t tgid) const { return read_cgroup_members(tgid, mount_); }

    /// All processes in it and below stop: command.cgroup; with moves_out only the target, in a new cgroup below its
    /// own. Checked again: never this program's cgroup, one above it, or the root.
    ActionResult freeze(const Command& command);
    ActionResult thaw(const Command& command);
    /// SIGKILL to all of them, and to what they start meanwhile (cgroup.kill, Linux 5.14).
    ActionResult kill(const Command& command);

    /// Paths of what this object froze and did not thaw.
    [[nodiscard]] std::vector<std::string> frozen() const;
    /// The user wants it so: it stays frozen after the end. What to do later, for the terminal; empty: nothing is
    /// frozen.
    std::string leave_frozen();
    /// Thaws all of it; what was thawed, in words; empty: nothing was frozen.
    std::string thaw_all();

  private:
    struct Frozen {
        std::string path;
        std::string moved_from;  ///< not empty: made for one process, which goes back there
        std::uint32_t moved_tgid = 0;
        Fd guard;  ///< its end: the process beside this one thaws
    };

    [[nodiscard]] std::string directory(const std::string& path) const;
    ActionResult freeze_path(const std::string& path, Frozen entry);
    bool thaw_entry(Frozen& entry);

    UnifiedMount mount_;
    std::vector<Frozen> frozen_;
};

}  // namespace tsa
