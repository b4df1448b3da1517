// SPDX-License-Identifier: MIT
// The text of the status bar: a pattern with {placeholders}, parsed once, filled for each line without an allocation.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/report.h"
#include "model/system_columns.h"
#include "model/top.h"
#include "waybar/escape.h"
#include "waybar/numbers.h"

namespace tsa {

inline constexpr std::string_view kDefaultWaybarFormat = "{cpu:2}% ▒{wait:2}";
inline constexpr std::string_view kTopNetwork = "top_net";
inline constexpr std::string_view kTopGpu = "top_gpu";
inline constexpr std::size_t kMaxWaybarFormatBytes = 4096;
inline constexpr std::size_t kMaxWaybarFieldWidth = 40;

/// The data for placeholders.
struct WaybarFacts {
    const Report& report;
    const WaybarNumbers& numbers;
    const TopLists& top;
    std::string_view alert;  ///< the most urgent class, or "calm"
    std::uint32_t interval_ms;
};

struct WaybarPlaceholder {
    std::string_view name;
    std::string_view meaning;                                        ///< with its unit
    void (*put)(fmt::memory_buffer& out, const WaybarFacts& facts);  ///< null: the column's value
    const SystemColumn* column = nullptr;
};
[[nodiscard]] std::span<const WaybarPlaceholder> waybar_placeholders();

class WaybarFormat {
  public:
    /// "{cpu:3}% {top_cpu}": a width pads on the left with figure spaces, so that the bar stays still; {{ and }} are
    /// braces; the rest is Pango markup. Errors: an unknown placeholder (with the list), a lone brace.
    static Result<WaybarFormat> parse(std::string_view pattern);

    [[nodiscard]] bool has(std::string_view placeholder) const;

    /// Why Pango would reject the rest; empty: it is valid.
    [[nodiscard]] const std::string& markup_problem() const { return markup_problem_; }

    /// Appends the text; its values are escaped. Absent values are "-".
    void put(fmt::memory_buffer& out, const WaybarFacts& facts, WaybarEscape escape);

  private:
    struct Piece {
        std::string literal;                             ///< before the placeholder
        const WaybarPlaceholder* placeholder = nullptr;  ///< null: only the literal
        std::size_t width = 0;
    };
    [[nodiscard]] char first_after(std::size_t piece) const;

    std::vector<Piece> pieces_;
    std::string markup_problem_;
    fmt::memory_buffer value_, scratch_;
};

}  // namespace tsa
