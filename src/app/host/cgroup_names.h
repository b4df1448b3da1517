// SPDX-License-Identifier: MIT
// Paths of cgroups (v2) by their IDs. A cgroup that was removed keeps its name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tsa {

class CgroupNames {
  public:
    /// At most this many names; then those of cgroups that do not exist any more
    /// are dropped.
    static constexpr std::size_t kMaxNames = 65'536;

    /// `mountinfo`: the text of /proc/self/mountinfo. Without cgroup v2 there are
    /// no names.
    explicit CgroupNames(std::string_view mountinfo);

    /// From now on an unknown ID makes it read the tree again, once.
    void begin() { may_walk_ = true; }
    /// "/system.slice/ssh.service", "/" for the root; "[cgroup 1234]" if it was
    /// removed before its name was read. Valid until the next call of begin().
    const std::string& name_of(std::uint64_t id);

  private:
    void walk();

    std::string mount_;
    bool may_walk_ = true;
    std::unordered_map<std::uint64_t, std::string> names_;
};

}  // namespace tsa
