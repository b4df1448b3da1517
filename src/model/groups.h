// SPDX-License-Identifier: MIT
// The rows of a report summed up by what its threads belong to: process, unit, container, pod, cgroup, user or command.
// Pure: made from a report and what is known of its processes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/process_table.h"
#include "model/report.h"

namespace tsa {

enum class GroupKey : std::uint8_t { process, unit, container, pod, cgroup, user, command };

struct GroupKeyInfo {
    GroupKey key;
    std::string_view name;  ///< of --by
    std::string_view head;  ///< of the column
    std::string_view one, many;
};
inline constexpr std::array kGroupKeys = std::to_array<GroupKeyInfo>({
    {GroupKey::process, "process", "PROCESS", "process", "processes"},
    {GroupKey::unit, "unit", "UNIT", "unit", "units"},
    {GroupKey::container, "container", "CONTAINER", "container", "containers"},
    {GroupKey::pod, "pod", "POD", "pod", "pods"},
    {GroupKey::cgroup, "cgroup", "CGROUP", "cgroup", "cgroups"},
    {GroupKey::user, "user", "USER", "user", "users"},
    {GroupKey::command, "command", "COMMAND", "command", "commands"},
});
[[nodiscard]] constexpr const GroupKeyInfo& info(GroupKey key) {
    return kGroupKeys[static_cast<std::size_t>(key)];
}
[[nodiscard]] std::optional<GroupKey> group_key(std::string_view name);

/// Whether rows are told apart by their place in the tree of cgroups.
[[nodiscard]] constexpr bool needs_places(GroupKey key) {
    return key == GroupKey::unit || key == GroupKey::container || key == GroupKey::pod || key == GroupKey::cgroup;
}

/// All threads of one group over the interval, including those that ended in it.
struct GroupRow {
    std::string name;  ///< raw; empty: threads that belong to none
    std::uint32_t processes = 0;
    /// As those of a process; its TGID is 0 unless the group is a process, its leader is any thread of the group.
    ProcessRow sums;
    /// A cgroup of the group, and the length of that part of its path that the whole group is in; null: not known.
    const CgroupPlace* place = nullptr;
    std::size_t place_end = 0;
    /// Path of the cgroup that the whole group is in; empty: not known.
    [[nodiscard]] std::string_view cgroup() const {
        return place != nullptr ? std::string_view(place->path).substr(0, place_end) : std::string_view{};
    }
};

/// Name of a user; empty: not known. Cheap: called once for each user and report.
using UserName = std::function<std::string(std::uint32_t uid)>;

/// What a thread's group is called; empty: it belongs to none. Refers into the report, its table, or `scratch`.
[[nodiscard]] std::string_view group_name(const Report& report, const ThreadRow& row, GroupKey key,
                                          const UserName& user_name, std::string& scratch);

/// Limits of the group's cgroup; null: it was not looked at, or there is none.
[[nodiscard]] const CgroupStats* limits_of(const Report& report, const GroupRow& group);

/// Reuses its buffers.
class GroupBuilder {
  public:
    /// In the order of their first threads; the group without a name is one of them. Valid until the next call, and as
    /// long as the report.
    std::span<GroupRow> build(const Report& report, GroupKey key, const UserName& user_name);
    /// Of the last build(): the place in its result of the row's group, by index into report.threads.
    [[nodiscard]] std::uint32_t group_of(std::size_t thread) const { return group_of_[thread]; }

  private:
    std::uint32_t find(std::string_view name);
    void add(const Report& report, const ThreadRow& row, GroupKey key, GroupRow& group);

    std::vector<GroupRow> groups_;
    std::size_t used_ = 0;
    std::unordered_map<std::string, std::uint32_t> by_name_;
    std::unordered_map<std::uint64_t, std::uint32_t> seen_;  ///< processes of groups
    std::vector<std::uint32_t> group_of_;
    std::string scratch_;
};

}  // namespace tsa
