// SPDX-License-Identifier: MIT
// What keys do to the rows of the overview: the cursor, the selection, tags, folds and search. Called by the functions
// of its bindings, in page.cpp.
#pragma once

#include <cstdint>
#include <optional>

#include "tui/overview/rows.h"
#include "tui/scrolling.h"
#include "tui/view_state.h"

namespace tsa {

/// Rows of the table on the screen.
[[nodiscard]] std::size_t page_rows(const ViewState& state, const Report& report);
/// Puts the cursor on the row at `at` of the list, and the row on the screen.
void select_row(ViewState& state, RowList& list, std::size_t at, const Report& report);
/// The same for the row with that key; the top row where there is none.
void select_key(ViewState& state, const RowKey& key, const Report& report);
/// The row under the cursor, as the screen shows it; absent on the line of ended threads.
[[nodiscard]] std::optional<RowRef> current_row(const ViewState& state, const Report& report);
[[nodiscard]] bool is_on_ended_line(const ViewState& state, const Report& report);
/// Sorts at once, and shows the top of the list unless a row is followed or was searched for.
void sort_rows_by(OverviewState& state, std::string_view key, bool descending);
/// Whether a column is read from its largest value down: not names and identifiers.
[[nodiscard]] bool sorts_down(std::string_view key);
void move_cursor(ViewState& state, const Report& report, CursorMove move);
/// Shows only the threads of this process, and what there is to say of it; the cursor is on the first.
void open_process(ViewState& state, std::uint32_t tgid);
void set_mode(ViewState& state, const Report& report, RowMode mode);
/// The processes of one group; and back to the groups.
void open_group(ViewState& state, const GroupRow& group);
void leave_group(ViewState& state, const Report& report);
/// Folds or unfolds the process under the cursor, in the tree.
void fold(ViewState& state, const Report& report, bool closed);
void toggle_tag(ViewState& state, const RowKey& key);
/// Tags all rows of the process under the cursor.
void tag_process(ViewState& state, const Report& report);
/// Begins a range of tagged rows at the cursor, or ends it; the rows stay tagged.
void toggle_visual(ViewState& state, const Report& report);
/// Tags the rows from where the range began to the cursor. Call it after each key.
void extend_visual(ViewState& state, const Report& report);
/// The cursor is about to leave its row by a jump.
void note_jump(ViewState& state, const Report& report);
/// Back to the row before the last jump. False: there is none.
bool jump_back(ViewState& state, const Report& report);
/// Digits, typed one after the other, jump to the row whose TID they are.
void type_digit(ViewState& state, const Report& report, char digit);
/// The next or previous row whose name has OverviewState::search in it.
void search_from(ViewState& state, const Report& report, bool backwards, bool include_current);

/// Takes note of where the selected row is in a new report; keeps the selection valid. Call it for each report.
[[nodiscard]] ViewState settle(ViewState state, const Report& report);

}  // namespace tsa
