// SPDX-License-Identifier: MIT
// What the keys of the overview do to the view: rows of which kind, folds, what is shown of them and of the machine.
#pragma once

#include "tui/page.h"

namespace tsa {

/// The list, processes with their threads, processes below their parents.
void walk_trees(KeyPress& press);
/// Threads, processes, groups, and threads again. Within a group there are no groups.
void walk_modes(KeyPress& press);
/// Groups by the next key.
void turn_groups(KeyPress& press);
void toggle_follow(KeyPress& press);
/// The line of those that have ended: unfolds it, or folds it.
void show_ended(KeyPress& press, bool shown);
/// In the list, + and - are the same as ] and [.
void fold_or_pace(KeyPress& press, bool closed);
void fold_all(KeyPress& press);
void turn_header(KeyPress& press);
void toggle_wakers(KeyPress& press);
void toggle_network(KeyPress& press);
/// The column of command lines first, if it is not there; then its forms in turn.
void turn_command(KeyPress& press);
void columns_or_stacks(KeyPress& press);
/// The same order the other way round.
void invert(KeyPress& press);

}  // namespace tsa
