// SPDX-License-Identifier: MIT
// The command lines of rstat-tsa that the documents show: in blocks of code, and in `code` inside text.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "paths.h"

namespace tsa::test {

struct DocumentedCommand {
    std::string place;               ///< file:line
    std::vector<std::string> words;  ///< without "rstat-tsa" and without what a shell does with its output
};

/// README.md, tests/README.md, and all of docs/ and contrib/.
inline std::vector<std::filesystem::path> documents() {
    const std::filesystem::path root = paths::kSources;
    std::vector<std::filesystem::path> found{root / "README.md", root / "tests/README.md"};
    for (const char* folder : {"docs", "contrib"}) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
            if (entry.path().extension() == ".md") {
                found.push_back(entry.path());
            }
        }
    }
    return found;
}

/// The words of a command line as a shell splits it, up to a pipe, a redirection, a comment or the end of the command.
inline std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false, in_word = false;
    char quote = 0;
    for (const char c : text) {
        if (quoted) {
            quoted = c != quote;
            word += quoted ? std::string(1, c) : "";
        } else if (c == '\'' || c == '"') {
            quoted = in_word = true;
            quote = c;
        } else if (c == ' ') {
            if (in_word) {
                words.push_back(word);
            }
            word.clear();
            in_word = false;
        } else if (c == '|' || c == '>' || c == ';' || c == '&' || (c == '#' && !in_word)) {
            break;
        } else {
            word += c;
            in_word = true;
        }
    }
    if (in_word) {
        words.push_back(word);
    }
    return words;
}

/// Of a line in a block of code: the command at its beginning, without the explanation after two spaces.
inline std::string command_in_block(std::string line) {
    for (const char* prefix : {"$ ", "sudo "}) {
        line = line.starts_with(prefix) ? line.substr(std::string(prefix).size()) : line;
    }
    if (!line.starts_with("rstat-tsa")) {
        return {};
    }
    return line.substr(0, line.find("  "));
}

inline void add_command(std::vector<DocumentedCommand>& commands, const std::string& text, const std::string& place) {
    std::vector<std::string> words = words_of(text);
    if (words.empty() || words.front() != "rstat-tsa") {
        return;
    }
    words.erase(words.begin());
    commands.push_back({place, std::move(words)});
}

inline std::vector<DocumentedCommand> documented_commands() {
    std::vector<DocumentedCommand> commands;
    for (const std::filesystem::path& path : documents()) {
        std::ifstream file(path);
        bool in_block = false;
        int number = 0;
        for (std::string line; std::getline(file, line);) {
            const std::string place = path.filename().string() + ":" + std::to_string(++number);
            if (line.starts_with("```")) {
                in_block = !in_block;
            } else if (in_block) {
                add_command(commands, command_in_block(line), place);
            } else {
                for (std::size_t from = line.find('`'); from != std::string::npos;) {
                    const std::size_t to = line.find('`', from + 1);
                    add_command(commands, line.substr(from + 1, to == std::string::npos ? to : to - from - 1), place);
                    from = to == std::string::npos ? to : line.find('`', to + 1);
                }
            }
        }
    }
    return commands;
}

}  // namespace tsa::test
