// SPDX-License-Identifier: MIT
// What the keys of the overview and the mouse do to its rows: tags, a range, opening one, and back.
#pragma once

#include <string_view>

#include "tui/page.h"

namespace tsa {

inline constexpr std::string_view kNoTotalsInReplay =
    "a recording has no totals since a thread was first seen; P sorts by exec of the interval";

/// Opening a process or a group is a jump too.
void go_back(KeyPress& press);
void select_range(KeyPress& press);
void tag(KeyPress& press);
void tag_group(KeyPress& press);
void untag(KeyPress& press);
/// The range, the process or group, the filters, the tags: the first of these that there is.
void clear_filters(KeyPress& press);
void open_row(KeyPress& press);
void show_stack(KeyPress& press);
/// A TID as it is typed.
bool type_digits(KeyPress& press);
/// On a head, sorts; on a row, selects it, and opens it if it was selected.
bool click(KeyPress& press);

}  // namespace tsa
