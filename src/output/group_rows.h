// SPDX-License-Identifier: MIT
// Which groups an output of --by prints and in what order, and the same as JSON.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "model/groups.h"
#include "output/json.h"
#include "output/selection.h"

namespace tsa {

/// The groups of one report. Refers to them.
struct GroupReport {
    GroupKey key = GroupKey::process;
    std::vector<GroupRow*> rows;  ///< selected, in order
    std::size_t groups = 0;       ///< that there are
};

/// By the selection's column, or else by delay; the group without a name is last among equals.
void select_groups(std::span<GroupRow> groups, const Report& report, const Selection& selection, GroupReport& out);

/// "groups": one object for each, with the keys of the states that threads have.
void put_groups(Json& json, const Report& report, const GroupReport& groups);

/// A process's as its name and number, of others the name; `-` without one. Raw.
[[nodiscard]] std::string group_title(const GroupRow& group, GroupKey key);

}  // namespace tsa
