// SPDX-License-Identifier: MIT
// A prompt: one line at the bottom in which text is typed, MenuState::prompt, and the keys that are the same in each.
#pragma once

#include <cstddef>
#include <string_view>

#include "tui/page.h"

namespace tsa {

/// What the keys of a prompt do.
struct PromptKeys {
    std::size_t most = 0;                         ///< bytes that can be typed
    void (*changed)(KeyPress& press) = nullptr;   ///< after each change of the text
    bool (*accept)(KeyPress& press) = nullptr;    ///< Enter: whether it closes; null: it does
    void (*cancel)(KeyPress& press) = nullptr;    ///< Esc, before it closes
    void (*complete)(KeyPress& press) = nullptr;  ///< Tab
};

/// Page::type of a page that is a prompt: always true, since no other page receives its keys.
bool type_in_prompt(KeyPress& press, const PromptKeys& keys);

/// The last line of the screen: `head`, what is typed, the cursor, and `tail`. Returns the x after them.
int draw_prompt(Frame& frame, const Scene& scene, std::string_view head, std::string_view tail = {},
                Role role = Role::prompt);
[[nodiscard]] std::string_view prompt_cursor(bool unicode);

}  // namespace tsa
