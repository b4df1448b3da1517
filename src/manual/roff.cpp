// SPDX-License-Identifier: MIT
// See roff.h.
#include "manual/roff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <iterator>
#include <utility>

#include "text/characters.h"

namespace tsa {

namespace {

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

/// What a device that lacks a character (ASCII, in the C locale) prints in its place, and no warning.
std::string substitutes() {
    std::string out;
    for (const auto& [character, ascii] : kRoffSubstitutes) {
        out += fmt::format(".fchar {} {}\n", roff_escaped(character), ascii);
    }
    return out;
}

}  // namespace

std::string roff_escaped(std::string_view text) {
    constexpr std::pair<char, std::string_view> kEscapes[] = {
        {'\\', "\\e"}, {'-', "\\-"}, {'"', "\\(dq"}, {'\'', "\\(aq"}, {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"}};
    std::string out = text.starts_with('.') ? "\\&" : "";
    while (!text.empty()) {
        const Utf8Character character = utf8_character(text);
        const auto* found = std::ranges::find(kEscapes, text.front(), &std::pair<char, std::string_view>::first);
        if (found != std::end(kEscapes)) {
            out += found->second;
        } else if (character.length > 1) {
            out += fmt::format("\\[u{:04X}]", static_cast<std::uint32_t>(character.code_point));
        } else {
            out += text.front();
        }
        text.remove_prefix(std::max<std::size_t>(character.length, 1));
    }
    return out;
}

RoffPage::RoffPage(std::string_view name, int section, std::string_view version) {
    // Ragged lines: long words would stretch the others. Since groff 1.23, paragraphs adjust by the string AD.
    text_ = fmt::format(".TH {} {} \"\" \"rstat\\-tsa {}\" \"rstat\\-tsa\"\n{}.nh\n.ad l\n.ds AD l\n",
                        roff_escaped(upper(name)), section, version, substitutes());
}

void RoffPage::section(std::string_view title) {
    text_ += fmt::format(".SH {}\n", roff_escaped(upper(title)));
}

void RoffPage::paragraph(std::string_view text) {
    text_ += ".PP\n" + roff_escaped(text) + "\n";
}

void RoffPage::entry(std::string_view term, std::string_view text) {
    text_ += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff_escaped(term), roff_escaped(text));
}

void RoffPage::line(std::string_view text) {
    text_ += fmt::format(".br\n{}\n", roff_escaped(text));
}

void RoffPage::part(const HelpPart& part) {
    section(part.title.empty() ? "Description" : part.title);
    for (const std::string& text : part.paragraphs) {
        paragraph(text);
    }
    for (const HelpEntry& each : part.entries) {
        entry(each.term, each.text);
    }
}

}  // namespace tsa
