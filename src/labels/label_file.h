// SPDX-License-Identifier: MIT
// A file of labels: TOML with a section [[label]] for each rule. Pure: text in; rules, or an error with line and
// column, out.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "labels/label_table.h"

namespace tsa {

inline constexpr std::size_t kMaxLabelFileBytes = 65'536;
inline constexpr std::size_t kMaxLabelRules = 512;      ///< of one file
inline constexpr std::size_t kMaxLabelFunctions = 64;   ///< of each list of one rule
inline constexpr std::size_t kMaxLabelNameBytes = 240;  ///< of a function or module
inline constexpr std::size_t kMaxStackLabelBytes = 48;

/// `name` is the file's name for errors: "NAME:LINE:COLUMN: kind: what is wrong". The input may be any bytes.
[[nodiscard]] Result<std::vector<LabelRule>> read_label_file(std::string_view text, std::string_view name);

}  // namespace tsa
