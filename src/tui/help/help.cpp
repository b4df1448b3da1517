// SPDX-License-Identifier: MIT
// See help.h.
#include "tui/help/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tui/menus/menu.h"
#include "tui/text.h"

namespace tsa {
namespace {

/// Reads the table of pages: keys of the replay's layer first, if they apply.
class KeyLines {
  public:
    KeyLines(bool in_replay, KeySet set) : set_(set) {
        const auto layer =
            std::ranges::find_if(pages(), [](const Page* page) { return page->kind == PageKind::layer; });
        layer_ = in_replay && layer != pages().end() ? *layer : nullptr;
    }

    [[nodiscard]] std::vector<HelpLine> lines(const Page* shown) {
        if (layer_ != nullptr) {
            add(layer_->keys, true);
        }
        if (shown != nullptr) {
            add_page(*shown);
        }
        for (const Page* page : pages()) {
            if (page->kind == PageKind::screen) {
                add_page(*page);
            }
        }
        taken_ = {};
        for (const Page* page : pages()) {
            if (page->opened_by != nullptr) {
                add({page->opened_by, 1}, false);
            }
        }
        return std::move(out_);
    }

  private:
    [[nodiscard]] bool is_taken(const KeyEvent& key) const {
        const auto has = [&](const KeyBinding& binding) { return binding.keys.has(key); };
        return (layer_ != nullptr && std::ranges::any_of(layer_->keys, has)) || std::ranges::any_of(taken_, has);
    }

    /// Where the keys of vi differ, these go first.
    void add_page(const Page& page) {
        taken_ = {};
        if (set_ == KeySet::vim) {
            add(page.vim_keys, false);
            taken_ = page.vim_keys;
        }
        add(page.keys, false);
    }

    [[nodiscard]] std::string names_of(const KeyBinding& binding, bool of_layer) const {
        std::string names;
        for (const KeyEvent& key : binding.keys) {
            if (of_layer || (!is_taken(key) && (layer_ == nullptr || binding.live_only.empty()))) {
                names += (names.empty() ? "" : " ") + key_name(key);
            }
        }
        return names;
    }

    // Screens share rows: the first screen with a row lists it.
    void add(std::span<const KeyBinding> bindings, bool of_layer) {
        for (const KeyBinding& binding : bindings) {
            std::string names = names_of(binding, of_layer);
            const bool listed = std::ranges::find(listed_, binding.what) != listed_.end();
            if (names.empty() || binding.what.empty() || listed) {
                continue;
            }
            listed_.push_back(binding.what);
            if (binding.group != group_) {
                group_ = binding.group;
                if (!out_.empty()) {
                    out_.push_back({"", "", {}, false});
                }
                out_.push_back({std::string(group_), "", {}, true});
            }
            out_.push_back({std::move(names), std::string(binding.what), {}, false});
        }
    }

    KeySet set_;
    const Page* layer_ = nullptr;
    std::span<const KeyBinding> taken_;  ///< keys that mean something else on the page
    std::string_view group_;
    std::vector<std::string_view> listed_;
    std::vector<HelpLine> out_;
};

void add_states(std::vector<HelpLine>& out) {
    out.push_back({"", "", {}, false});
    out.push_back({"States of a thread: it is always in exactly one, and they add up to its whole time", "", {}, true});
    for (const StateInfo& state : state_table()) {
        out.push_back({std::string(state.head), fmt::format("{}: {}", state.label, state.meaning), state.state, false});
    }
    static constexpr std::array<std::array<std::string_view, 2>, 7> kMarks{{
        {"DELAY", "the time in cpu, io, swap, mem, lock wait and D: ready to continue, and could not"},
        {"▼  v", "beside a head: the rows are sorted by it, on their mean over 3 s, and again every 2 s at most"},
        {"K  M  G", "KiB, MiB, GiB; under READ/s, WRITE/s and IO/s per second"},
        {"·  .", "measured, and zero"},
        {"-", "not measured"},
        {"≥  >", "at least: the wait began before it was watched"},
        {"!", "after the temperature: heat or a power limit slowed the CPUs down in the last 10 s"},
    }};
    for (const auto& [mark, meaning] : kMarks) {
        out.push_back({std::string(mark), std::string(meaning), {}, false});
    }
}

void add_menus_and_mouse(std::vector<HelpLine>& out, bool in_replay) {
    static constexpr std::array<std::array<std::string_view, 2>, 6> kMenuKeys{{
        {"digits letters", "in a menu: select a line by its number or the beginning of its name"},
        {"Backspace", "removes the last of them"},
        {"Enter  click", "in a menu: selects the line; a click outside the menu closes it, as Esc does"},
        {"Space  Ctrl-R", "in the menu of columns: shows or hides a column; restores the default columns"},
        {"F7  F8  Ctrl-W", "in the menu of columns: moves a column up or down; writes all settings to config.toml"},
        {"Tab  @NAME", "in the filter: completes a name; a filter of config.toml, @NAME = FILTER adds it"},
    }};
    out.push_back({"", "", {}, false});
    out.push_back({"Menus", "", {}, true});
    for (const auto& [keys, what] : kMenuKeys) {
        out.push_back({std::string(keys), std::string(what), {}, false});
    }
    out.push_back({"", "", {}, false});
    out.push_back({"mouse",
                   fmt::format("a click selects a row, a second one opens it; a click sorts by a head, {}or presses a "
                               "key of the bar; the wheel scrolls",
                               in_replay ? "goes to a moment of the strip, " : ""),
                   {},
                   false});
}

/// Columns beside each other: each has room for keys and some words.
int help_columns(int width) {
    constexpr int kTwo = 76, kThree = 150;
    return width >= kThree ? 3 : (width >= kTwo ? 2 : 1);
}

/// Wrapped to `room` cells; names that are too long for their place have a line to themselves.
void add_line(Menu& menu, const HelpLine& line, int room) {
    const Role role = line.state ? role_of(*line.state) : (line.heading ? Role::strong : Role::key);
    if (line.right.empty()) {
        for (std::string& part : wrap_words(line.left, menu.left_width + 2 + room, true)) {
            menu.lines.push_back({std::move(part), "", role, {}, {}, {}});
        }
        if (line.left.empty()) {
            menu.lines.push_back({});
        }
        return;
    }
    const bool is_long = text_width(line.left, true) > menu.left_width;
    if (is_long) {
        menu.lines.push_back({line.left, "", role, {}, {}, {}});
    }
    bool is_first = !is_long;
    for (std::string& part : wrap_words(line.right, room, true)) {
        menu.lines.push_back({is_first ? line.left : "", std::move(part), role, {}, {}, {}});
        is_first = false;
    }
}

Menu help_menu(const ViewState& state, const Report&, const Machine&) {
    constexpr int kLeft = 14, kNarrowLeft = 10, kNarrow = 50;
    const int columns = help_columns(state.width);
    const int width = state.width / columns;
    Menu menu{"rstat-tsa: where does each thread's time go",
              "arrows scroll, any other key closes",
              {},
              width < kNarrow ? kNarrowLeft : kLeft,
              state.help.scroll,
              {},
              true,
              columns};
    constexpr int kBeside = 4;  // cells that the text has not
    const int room = std::max(width - menu.left_width - kBeside, kBeside);
    for (const HelpLine& line : help_lines(layer_of(state) != nullptr, &screen_of(state), state.key_set)) {
        add_line(menu, line, room);
    }
    return menu;
}

// Nothing is selected here, so letters move as in a pager.
bool scroll_or_close(KeyPress& press) {
    static constexpr std::array<std::pair<char32_t, Key>, 4> kLetters{
        {{U'j', Key::down}, {U'k', Key::up}, {U'g', Key::home}, {U'G', Key::end}}};
    KeyEvent moves = press.event;
    for (const auto& [character, key] : kLetters) {
        moves = same_key(press.event, letter(character)) ? special(key) : moves;
    }
    // It scrolls as far as there is hidden text.
    ViewState& state = press.state;
    const std::size_t size = help_menu(state, press.report, press.machine).lines.size();
    const std::size_t page = rows_of(state.menu.bounds) * static_cast<std::size_t>(help_columns(state.width));
    const std::size_t hidden = size > page ? size - page : 0;
    if (!move_in(state.help.scroll, hidden + 1, page, moves)) {
        close_page(state);
    }
    return true;
}

}  // namespace

constinit const Page kHelpPage{
    .name = "help",
    .kind = PageKind::overlay,
    .type = scroll_or_close,
    .menu = help_menu,
};

std::vector<HelpLine> help_lines(bool in_replay, const Page* shown, KeySet set) {
    std::vector<HelpLine> out = KeyLines(in_replay, set).lines(shown);
    add_menus_and_mouse(out, in_replay);
    add_states(out);
    return out;
}

}  // namespace tsa
