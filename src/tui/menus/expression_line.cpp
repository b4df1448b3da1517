// SPDX-License-Identifier: MIT
// See expression_line.h.
#include "tui/menus/expression_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tui/menus/prompt.h"
#include "tui/text.h"

namespace tsa {
namespace {

/// Of a long text the end, at which it is typed.
std::string_view end_of(std::string_view text, int cells, bool unicode) {
    while (text_width(text, unicode) > std::max(cells, 1)) {
        text.remove_prefix(1);
        while (!text.empty() && (static_cast<unsigned char>(text[0]) & 0xC0U) == 0x80U) {
            text.remove_prefix(1);
        }
    }
    return text;
}

void draw_error(Frame& frame, const Scene& scene, int x, std::string_view shown, const ExpressionError& error) {
    const std::string& prompt = scene.state.menu.prompt;
    const int y = frame.height() - 1;
    // What is missing at the end may still be typed.
    const Role role = error.size == 0 && error.at == prompt.size() ? Role::dim : Role::warn;
    const std::size_t cut = prompt.size() - shown.size();
    const std::size_t at = std::max(error.at, cut) - cut;
    const int mark_x = x + text_width(shown.substr(0, at), scene.unicode);
    const int marks = std::max(text_width(shown.substr(at, error.size), scene.unicode), 1);
    const std::string words = error.hint.empty() ? error.message : fmt::format("{}; {}", error.message, error.hint);
    frame.fill(mark_x, y, marks, 1, U'^', role);
    // After the mark if it fits there, else before it.
    const int width = text_width(words, scene.unicode);
    if (mark_x + marks + 1 + width <= frame.width() || mark_x < width + 1) {
        frame.put(mark_x + marks + 1, y, words, role);
    } else {
        frame.put(mark_x - 1 - width, y, words, role);
    }
}

}  // namespace

int draw_expression_line(Frame& frame, const Scene& scene, std::string_view head,
                         const std::optional<ExpressionError>& error, std::string_view hint) {
    const int x = static_cast<int>(head.size());
    const std::string_view shown = end_of(scene.state.menu.prompt, frame.width() - x - 2, scene.unicode);
    const std::string& message = scene.state.message;
    const bool has_second = frame.height() >= 2 && (error || !message.empty() || !hint.empty());
    if (has_second) {
        const int below = frame.height() - 1;
        frame.fill(0, below, frame.width(), 1, U' ', Role::prompt);
        if (!message.empty()) {
            frame.put(0, below, message, Role::prompt);
        } else if (error) {
            draw_error(frame, scene, x, shown, *error);
        } else {
            frame.put(0, below, hint, Role::dim);
        }
    }
    const int y = frame.height() - (has_second ? 2 : 1);
    frame.fill(0, y, frame.width(), 1, U' ', Role::prompt);
    frame.put(0, y, fmt::format("{}{}{}", head, shown, prompt_cursor(scene.unicode)), Role::prompt);
    return y;
}

bool complete_in_prompt(KeyPress& press, TermResolver& terms) {
    std::string& prompt = press.state.menu.prompt;
    const Completion completion = complete_expression(prompt, terms);
    if (completion.choices.empty()) {
        press.state.message = "no name begins with this";
        return false;
    }
    const bool is_whole = completion.choices.size() == 1;
    std::string longer = prompt.substr(0, completion.at) + completion.common + (is_whole ? " " : "");
    if (longer.size() <= kMaxExpression) {
        prompt = std::move(longer);
    }
    if (!is_whole) {
        press.state.message = fmt::format("{}", fmt::join(completion.choices, "  "));
    }
    return true;
}

}  // namespace tsa
