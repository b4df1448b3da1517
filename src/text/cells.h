// SPDX-License-Identifier: MIT
// Text in terminal cells: cut and padded by what a terminal shows, not by bytes.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

namespace tsa {

/// Cells that a terminal needs for valid UTF-8 without control characters (see Printable).
[[nodiscard]] std::size_t cells_of(std::string_view text);
/// The longest start of `text` that fits.
[[nodiscard]] std::string_view cut_to_cells(std::string_view text, std::size_t cells);

/// Cut or padded to exactly `cells`.
void put_left(fmt::memory_buffer& out, std::string_view text, std::size_t cells);
void put_right(fmt::memory_buffer& out, std::string_view text, std::size_t cells);
void put(fmt::memory_buffer& out, std::string_view text);

}  // namespace tsa
