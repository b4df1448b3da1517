// SPDX-License-Identifier: MIT
// The rules that are in use: the user's, the machine's, then those of this program.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "labels/label_table.h"

namespace tsa {

/// A file that exists.
struct LabelFile {
    std::string path;
    std::size_t rules = 0;
    std::optional<Error> error{};  ///< it is damaged: none of its rules is used
};

struct LabelSources {
    LabelTable table;
    std::vector<LabelFile> files;  ///< in their order in the table
    std::size_t built_in = 0;      ///< rules of this program
};

/// rstat-tsa/labels.toml in the user's directory and in /etc.
[[nodiscard]] std::vector<std::string> label_paths();
/// Reads these files; a file that does not exist is left out.
[[nodiscard]] LabelSources read_labels(const std::vector<std::string>& paths);

/// What is wrong with the files, for the user; empty: nothing.
[[nodiscard]] std::string damaged_labels(const std::vector<LabelFile>& files);

/// This program's own file of labels.
[[nodiscard]] std::string_view built_in_labels();

}  // namespace tsa
