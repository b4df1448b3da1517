// SPDX-License-Identifier: MIT
// What a person may read about a command, as data: laid out for a terminal by help_layout.h, as a manual page by
// src/manual. Texts are whole sentences without line breaks.
#pragma once

#include <string>
#include <vector>

namespace tsa {

struct HelpEntry {
    std::string term, text;  ///< "-i, --interval MS" and what it is; a command line and what it does
};

/// A section: paragraphs, then a list.
struct HelpPart {
    std::string title;  ///< empty: the description
    std::vector<std::string> paragraphs;
    std::vector<HelpEntry> entries;
    bool essential = true;  ///< in --help; else only in --help-all and in the manual
};

struct OptionHelp {
    std::vector<std::string> flags;  ///< "-i", "--interval"; empty: an argument without a name
    std::string value;               ///< what stands for its value, as "MS"; empty: it has none
    std::string text;
    bool repeatable = false;
    bool essential = true;
};

struct CommandHelp {
    std::string name;  ///< "stat"; empty: the program without a command
    std::string summary;
    std::vector<std::string> usage;  ///< "rstat-tsa stat [OPTIONS] [-- CMD ...]"
    std::vector<OptionHelp> options;
    std::vector<HelpPart> parts;
};

/// "-i, --interval MS".
[[nodiscard]] std::string option_term(const OptionHelp& option);

}  // namespace tsa
