// SPDX-License-Identifier: MIT
// The first letters of vi's keys of two: while one waits for its second letter, the bottom line shows what there is.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tui/menus/menu.h"
#include "tui/menus/menus.h"
#include "tui/overview/page.h"

namespace tsa {
namespace {

struct Second {
    char32_t letter;
    std::string_view what;
    KeyEvent key;  ///< that of htop's set that does the same
};
constexpr std::array kFolds = std::to_array<Second>({
    {U'o', "open", letter(U'+')},
    {U'c', "close", letter(U'-')},
    {U'a', "open or close", special(Key::none)},
    {U'R', "open all", special(Key::none)},
    {U'M', "close all", special(Key::none)},
});
constexpr std::array kPlaces = std::to_array<Second>({
    {U'g', "top", special(Key::home)},
    {U'l', "open files", letter(U'l')},
    {U'u', "one user's rows", letter(U'u')},
    {U'U', "untag all", letter(U'U')},
});

/// As the key does in htop's set.
void act_as_in_htop(KeyPress& press, const KeyEvent& event) {
    const KeySet before = std::exchange(press.state.key_set, KeySet::htop);
    act_as(press, event);
    press.state.key_set = before;
}

template <std::size_t kSize>
void draw_prefix(Frame& frame, char prefix, const std::array<Second, kSize>& seconds) {
    std::string words = fmt::format("{}:", prefix);
    for (const Second& second : seconds) {
        words += fmt::format("  {} {}", static_cast<char>(second.letter), second.what);
    }
    const int y = frame.height() - 1;
    frame.fill(0, y, frame.width(), 1, U' ', Role::prompt);
    frame.put(0, y, words, Role::prompt);
}

/// The second letter; null: another key, which does nothing.
template <std::size_t kSize>
const Second* second_of(KeyPress& press, char prefix, const std::array<Second, kSize>& seconds) {
    close_page(press.state);
    const auto* found = std::ranges::find(seconds, press.event.character, &Second::letter);
    const bool is_known = press.event.key == Key::character && found != seconds.end();
    if (!is_known && press.event.key != Key::escape) {
        press.state.message = fmt::format("{}{}: no such key; ? lists them", prefix, key_name(press.event));
    }
    return is_known ? found : nullptr;
}

bool fold_by_letter(KeyPress& press) {
    const Second* second = second_of(press, 'z', kFolds);
    if (second == nullptr) {
        return true;
    }
    if (press.state.overview.mode != RowMode::tree) {
        press.warn("folds are those of the tree: t");
        return true;
    }
    switch (second->letter) {
        case U'a':
            toggle_fold(press);
            break;
        case U'R':
            fold_all_rows(press, false);
            break;
        case U'M':
            fold_all_rows(press, true);
            break;
        default:
            act_as(press, second->key);
            break;
    }
    return true;
}

bool go_by_letter(KeyPress& press) {
    if (const Second* second = second_of(press, 'g', kPlaces)) {
        act_as_in_htop(press, second->key);
    }
    return true;
}

}  // namespace

constinit const Page kFoldPrefix{
    .name = "fold",
    .kind = PageKind::overlay,
    .draw_bottom = [](Frame& frame, const Scene&) { draw_prefix(frame, 'z', kFolds); },
    .type = fold_by_letter,
};

constinit const Page kGoPrefix{
    .name = "go",
    .kind = PageKind::overlay,
    .draw_bottom = [](Frame& frame, const Scene&) { draw_prefix(frame, 'g', kPlaces); },
    .type = go_by_letter,
};

void open_fold_prefix(KeyPress& press) {
    open_menu(press.state, kFoldPrefix);
}

void open_go_prefix(KeyPress& press) {
    open_menu(press.state, kGoPrefix);
}

}  // namespace tsa
