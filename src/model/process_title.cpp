// SPDX-License-Identifier: MIT
// See process_title.h.
#include "model/process_title.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tsa {

namespace {

/// Words after the program's name that a title keeps.
constexpr int kTitleWords = 3;

/// Programs that run others: names begin with these, and a version may follow.
constexpr std::array<std::string_view, 12> kInterpreters{"python", "perl", "ruby", "node", "nodejs", "php",
                                                         "bash",   "sh",   "dash", "java", "dotnet", "Rscript"};

std::string_view cut_word(std::string_view& text) {
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    text.remove_prefix(end);
    return word;
}

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

bool is_upper_word(std::string_view word) {
    return std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// What changes while the process stays the same: a peer's address, a statement, a state.
bool is_of_the_moment(std::string_view word) {
    return word.find_first_of("([<{=") != std::string_view::npos || is_upper_word(word) || word == "idle" ||
           word == "waiting" || word == "startup" || std::ranges::count(word, '.') >= 3;
}

std::string cut(std::string title) {
    if (title.size() > kMaxTitleBytes) {
        title.resize(kMaxTitleBytes);
        // Not within a character of UTF-8.
        while (!title.empty() && (static_cast<unsigned char>(title.back()) & 0x80U) != 0) {
            title.pop_back();
        }
    }
    return title;
}

std::optional<std::string> own_title(std::string_view command) {
    std::string_view rest = command;
    const std::string_view first = cut_word(rest);
    if (first.size() < 2 || !first.ends_with(':')) {
        return std::nullopt;
    }
    std::string title(base_name(first));
    for (int words = 0; words < kTitleWords; ++words) {
        const std::string_view word = cut_word(rest);
        if (word.empty() || is_of_the_moment(word)) {
            break;
        }
        title.append(" ").append(word);
    }
    return title;
}

bool is_interpreter(std::string_view program) {
    return std::ranges::any_of(kInterpreters, [&](std::string_view name) {
        return program.starts_with(name) &&
               program.substr(name.size()).find_first_not_of("0123456789.") == std::string_view::npos;
    });
}

std::optional<std::string> script(std::string_view command) {
    std::string_view rest = command;
    const std::string_view program = base_name(cut_word(rest));
    if (!is_interpreter(program)) {
        return std::nullopt;
    }
    while (true) {
        const std::string_view word = cut_word(rest);
        if (word.empty() || word == "-c" || word == "-e") {
            return std::nullopt;  // text of a program, which says less
        }
        // Options of the interpreter whose value is the next word.
        if (word == "-cp" || word == "-classpath" || word == "-W" || word == "-X" || word == "-I" || word == "-r") {
            cut_word(rest);
        } else if (!word.starts_with('-')) {
            return std::string(program) + " " + std::string(base_name(word));
        }
    }
}

}  // namespace

std::string process_title(std::string_view comm, std::string_view command) {
    if (auto title = own_title(command)) {
        return cut(std::move(*title));
    }
    if (auto title = script(command)) {
        return cut(std::move(*title));
    }
    return std::string(comm);
}

bool title_names(std::string_view title, std::string_view comm) {
    return title == comm || (title.starts_with(comm) && title.size() > comm.size() &&
                             (title[comm.size()] == ':' || title[comm.size()] == ' '));
}

}  // namespace tsa
