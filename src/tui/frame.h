// SPDX-License-Identifier: MIT
// A Frame: the grid of styled cells that a screen shows. The view fills it, the screen draws it; neither knows the
// other. Everything written into it is made safe here: control bytes, invalid UTF-8 and invisible characters never
// reach a terminal, and nothing is ever written outside the grid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/state.h"

namespace tsa {

/// What a cell means; the theme decides how that looks.
enum class Role : std::uint8_t {
    text,
    dim,
    strong,
    head,         ///< table head
    head_sorted,  ///< the head of the column sorted by
    process,      ///< name of a process row
    tagged,
    good,
    warn,
    bad,
    key,    ///< the key's name in the bottom bar
    label,  ///< what that key does
    box,    ///< border and title of an overlay
    prompt,
// One per ThreadState, in its order.
#define TSA_STATE(name, NAME) state_##name,
    TSA_STATES(TSA_STATE)
#undef TSA_STATE
};
inline constexpr std::size_t kPlainRoles = static_cast<std::size_t>(Role::state_exec);
inline constexpr std::size_t kRoles = kPlainRoles + kStateCount;

[[nodiscard]] constexpr Role role_of(ThreadState state) {
    return static_cast<Role>(static_cast<std::size_t>(Role::state_exec) + index(state));
}

/// One character cell. glyph 0: the right half of the wide character to its left.
struct Cell {
    char32_t glyph = U' ';
    Role role = Role::text;
    bool selected = false;

    bool operator==(const Cell&) const = default;
};

class Frame {
  public:
    /// Without `unicode` everything outside ASCII is written as '?'.
    Frame(int width, int height, bool unicode);

    [[nodiscard]] int width() const { return width_; }
    [[nodiscard]] int height() const { return height_; }
    [[nodiscard]] bool unicode() const { return unicode_; }
    /// The cell at a place inside the frame.
    [[nodiscard]] const Cell& at(int x, int y) const;

    /// Writes `text` (any bytes) from x on, at most `limit` cells and never past the edge. Text that does not fit ends
    /// in an ellipsis. Returns the x after the last cell written.
    int put(int x, int y, std::string_view text, Role role = Role::text, int limit = kNoLimit);
    /// The same, ending at the cell before `end_x`, in a field of `width` cells.
    void put_right(int end_x, int y, int width, std::string_view text, Role role = Role::text);
    /// Fills a rectangle with one character; nothing in it is selected any more.
    void fill(int x, int y, int columns, int rows, char32_t glyph, Role role);
    /// Marks a part of a line as selected.
    void select(int x, int y, int columns);

    /// One line as UTF-8, without spaces at the end.
    [[nodiscard]] std::string line(int y) const;

    static constexpr int kNoLimit = 1 << 20;

  private:
    void set(int x, int y, char32_t glyph, Role role);

    int width_;
    int height_;
    bool unicode_;
    std::vector<Cell> cells_;
};

}  // namespace tsa
