// SPDX-License-Identifier: MIT
// See option_list.h.
#include "cli/option_list.h"

#include <CLI/CLI.hpp>
#include <utility>
#include <vector>

namespace tsa {

namespace {

/// Takes one argument of the command line. An empty one, as in `-i ""`, is detected when all have been read.
void take_text(const std::string& text, const OptionList::Take& take, const std::string& subject,
               std::optional<Error>& mistake) {
    if (text.empty() || mistake) {
        return;
    }
    if (const auto taken = take(text); !taken.ok()) {
        mistake = subject.empty() ? taken.error() : taken.error().in(subject);
    }
}

}  // namespace

void OptionList::value(const std::string& names, const std::string& type, const std::string& help, Take take,
                       std::string_view subject) {
    const std::string named = subject.empty() ? names.substr(0, names.find(',')) : std::string(subject);
    const auto read = [take = std::move(take), named, &mistake = mistake_](const std::string& text) {
        take_text(text, take, named, mistake);
    };
    app_.add_option_function<std::string>(names, read, help)->type_name(type);
}

void OptionList::values(const std::string& names, const std::string& type, const std::string& help, Take take) {
    const auto read = [take = std::move(take), &mistake = mistake_](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) {
            take_text(text, take, {}, mistake);
        }
    };
    app_.add_option_function<std::vector<std::string>>(names, read, help)->type_name(type);
}

}  // namespace tsa
