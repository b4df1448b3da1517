// What keys do to rows. Inside of the key handling: handle_key.cpp calls these.
#pragma once

#include <optional>

#include "tui/keys.h"
#include "tui/overview/rows.h"

namespace tsa {

/// Puts the cursor on the row at `at` of the list, and the row on the screen.
void select_row(ViewState& state, RowList& list, std::size_t at, const Report& report);
/// The same for the row with that key; the top row where there is none.
void select_key(ViewState& state, const RowKey& key, const Report& report);
/// The row under the cursor, as the screen shows it.
[[nodiscard]] std::optional<RowRef> current_row(const ViewState& state, const Report& report);
/// For the actions that move: up, down, a page, first, last.
void move_cursor(ViewState& state, const Report& report, Action action);
void set_mode(ViewState& state, const Report& report, RowMode mode);
/// Folds or unfolds the process under the cursor, in the tree.
void fold(ViewState& state, const Report& report, bool closed);
void toggle_tag(ViewState& state, const RowKey& key);
/// Tags all rows of the process under the cursor.
void tag_process(ViewState& state, const Report& report);
/// The drill-down of the thread under the cursor; then of the next or previous one of its process, by TID.
void drill_down(ViewState& state, const Report& report);
void walk_threads(ViewState& state, const Report& report, bool forward);
/// Digits, typed one after the other, jump to the row whose TID they are.
void type_digit(ViewState& state, const Report& report, char digit);

}  // namespace tsa
