// SPDX-License-Identifier: MIT
// What a page is. The screens (the overview, a thread), what a replay adds to them, and everything that opens over them
// (help, menus, prompts) are pages; a page's state, keys and drawing are in its folder, and pages.cpp has a row for it.
// A page is a row of functions instead of an object: what the user did is a value, the ViewState, so an object would
// have no members, and the table of all pages is a constant.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tui/command.h"
#include "tui/keys.h"
#include "tui/view.h"

namespace tsa {

struct Menu;

/// What the function of a key works with.
struct KeyPress {
    ViewState& state;
    const Report& report;
    const Machine& machine;
    KeyEvent event;
    std::optional<Command> command{};  ///< for the caller, when the key asks for something

    void warn(std::string words) const {
        state.message = std::move(words);
        state.message_is_warning = true;
    }
};

/// The keys of one binding, at most five.
class KeyList {
  public:
    constexpr KeyList() = default;
    constexpr KeyList(std::initializer_list<KeyEvent> keys) {
        for (const KeyEvent& key : keys) {
            keys_[size_++] = key;
        }
    }
    [[nodiscard]] constexpr const KeyEvent* begin() const { return keys_.data(); }
    [[nodiscard]] constexpr const KeyEvent* end() const { return keys_.data() + size_; }
    [[nodiscard]] constexpr std::size_t size() const { return size_; }
    [[nodiscard]] bool has(const KeyEvent& event) const;

  private:
    std::array<KeyEvent, 5> keys_{};
    std::size_t size_ = 0;
};

/// What keys do on a page. The help page and the bar at the bottom are made from the same rows.
struct KeyBinding {
    KeyList keys;
    void (*act)(KeyPress& press) = nullptr;
    std::string_view group{};      ///< heading on the help page
    std::string_view what{};       ///< on the help page; empty: the row of another page describes it
    std::string_view label{};      ///< in the bar
    std::string_view live_only{};  ///< said instead where a recording is shown; empty: works there too
    std::string_view bar_name{};   ///< of the keys in the bar; empty: key_name() of the key there
};

enum class PageKind : std::uint8_t {
    screen,   ///< fills the screen, except for the lines of a layer and the bar
    layer,    ///< has lines above the bar of every screen, and its keys go first
    overlay,  ///< opens over a screen and takes every key
};

/// All that is left null or empty a page does not have.
struct Page {
    std::string_view name;
    PageKind kind = PageKind::screen;
    std::span<const KeyBinding> keys{};
    std::span<const KeyBinding> vim_keys{};  ///< with the keys of vi, these go before `keys`
    std::span<const KeyEvent> bar{};         ///< which of them are in the bar, the most important first
    std::span<const KeyEvent> replay_bar{};  ///< the same where a recording is shown, with keys of that layer
    const KeyBinding* opened_by = nullptr;   ///< keys that open it from every screen

    /// What the caller is to collect for it beside the report: details of the thread that it is about; delay accounting
    /// of threads that it lists.
    std::optional<ThreadKey> (*thread)(const ViewState& state) = nullptr;
    bool by_stack = false;          ///< also where that thread's time goes by stack
    bool process_by_stack = false;  ///< where the time of the process goes by stack
    std::vector<ThreadKey> (*delay_rows)(const ViewState& state, const Report& report) = nullptr;
    /// Of threads that it lists: what their waits are about.
    std::vector<ThreadKey> (*shown_threads)(const ViewState& state, const Report& report) = nullptr;

    /// Processes whose command lines or cgroups it shows; and whether it needs those of all processes.
    std::vector<std::uint32_t> (*shown_processes)(const ViewState& state, const Report& report) = nullptr;
    bool (*needs_all_facts)(const ViewState& state) = nullptr;
    /// Paths of cgroups whose limits it shows.
    std::vector<std::string> (*shown_cgroups)(const ViewState& state, const Report& report) = nullptr;
    /// What it looks closer at.
    std::optional<LookTopic> (*look)(const ViewState& state) = nullptr;
    /// Whether it shows who woke threads. The pages of a thread do.
    bool (*shows_wakers)(const ViewState& state) = nullptr;

    void (*draw)(Frame& frame, const Scene& scene) = nullptr;
    /// An overlay's line at the bottom of the screen, in place of the bar.
    void (*draw_bottom)(Frame& frame, const Scene& scene) = nullptr;
    /// Where its parts are on a screen of that size: noted in the state with each frame, for the keys and clicks that
    /// come next.
    void (*note)(ViewState& state, const Scene& scene, int width, int height) = nullptr;
    int (*rows)(const ViewState& state, int width, int height) = nullptr;  ///< lines of a layer

    /// Keys that are not in `keys`. A screen: before them; false: none of its. An overlay: all keys.
    bool (*type)(KeyPress& press) = nullptr;
    /// False: nothing is there.
    bool (*click)(KeyPress& press) = nullptr;

    /// An overlay that is a menu: its lines; what is done with the line under the cursor; leaving without picking one.
    Menu (*menu)(const ViewState& state, const Report& report, const Machine& machine) = nullptr;
    void (*pick)(KeyPress& press) = nullptr;
    void (*leave)(KeyPress& press) = nullptr;
};

/// Every page there is. The first one is the screen that is shown when nothing else is open.
[[nodiscard]] std::span<const Page* const> pages();

/// The screen that is shown, be it covered or not.
[[nodiscard]] const Page& screen_of(const ViewState& state);
/// What is open over it; null: nothing is.
[[nodiscard]] const Page* overlay_of(const ViewState& state);
/// What a replay adds; null: the screens are live.
[[nodiscard]] const Page* layer_of(const ViewState& state);
[[nodiscard]] int layer_rows(const ViewState& state, int width, int height);
/// The thread that the shown screen is about, or the one that it covers: what is collected of it goes on.
[[nodiscard]] std::optional<ThreadKey> thread_on(const ViewState& state);

void open_page(ViewState& state, const Page& page);
/// Closes what was opened last; the first screen stays.
void close_page(ViewState& state);

/// What a key means on the screen that is shown: the layer's keys go first. Null: nothing.
[[nodiscard]] const KeyBinding* binding_of(const ViewState& state, const KeyEvent& event);
/// Does what that key does.
void act_as(KeyPress& press, const KeyEvent& event);
/// For a key that has no effect where it was pressed.
void say_does_nothing(KeyPress& press);

/// An entry of the bar.
struct BarItem {
    KeyEvent key;
    std::string name;
    std::string_view label;
    int x = 0, width = 0;
};
[[nodiscard]] std::vector<BarItem> bar_items(const ViewState& state, int width);

struct KeyResult {
    ViewState state;
    std::optional<Command> command;
};
/// Pure: facts about the machine are arguments.
[[nodiscard]] KeyResult handle_key(ViewState state, const KeyEvent& event, const Report& report,
                                   const Machine& machine);

}  // namespace tsa
