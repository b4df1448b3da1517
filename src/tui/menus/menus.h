// SPDX-License-Identifier: MIT
// The menus, questions and prompts that open over a screen. Each is a page; what all of them do alike is in menu.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tui/page.h"

namespace tsa {

extern const Page kSortMenu;
extern const Page kColumnMenu;
extern const Page kUserMenu;
extern const Page kSignalMenu;
extern const Page kSignalQuestion;  ///< before a signal is sent
extern const Page kAccountingQuestion;
extern const Page kFreezeMenu;
extern const Page kMoveOutQuestion;  ///< before a process is moved into a new cgroup
extern const Page kKillQuestion;     ///< before all of a cgroup is killed
extern const Page kFrozenQuestion;   ///< at the end, while something is frozen
extern const Page kAffinityMenu;
extern const Page kPolicyMenu;
extern const Page kSearchPrompt;
extern const Page kFilterPrompt;
extern const Page kRulePrompt;  ///< that the screens watch
extern const Page kScreenMenu;
extern const Page kScreenPrompt;  ///< the name of a screen that is added
extern const Page kYankMenu;      ///< what to copy to the clipboard
extern const Page kFoldPrefix;    ///< z of vi's keys, before its second letter
extern const Page kGoPrefix;      ///< g, likewise

void open_sort_menu(KeyPress& press);
void open_column_menu(KeyPress& press);
void open_user_menu(KeyPress& press);
void open_screen_menu(KeyPress& press);
void walk_screens(KeyPress& press, bool forwards);
void open_search(KeyPress& press);
void open_filter(KeyPress& press);
void open_rule(KeyPress& press);
void open_fold_prefix(KeyPress& press);
void open_go_prefix(KeyPress& press);

/// Keys of the sort menu, in its order; those that are no columns come first.
struct SortChoice {
    std::string_view key, head, help;
};
/// A recording has no totals since a thread was first seen.
[[nodiscard]] std::vector<SortChoice> sort_choices(bool in_replay = false);
/// Users of the threads in the report, ascending; the menu's first line is "all".
[[nodiscard]] std::vector<std::uint32_t> users_of(const Report& report);
/// The answers to the question whether delay accounting shall be switched on.
[[nodiscard]] std::span<const std::string_view> accounting_choices();

}  // namespace tsa
