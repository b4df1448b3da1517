// SPDX-License-Identifier: MIT
// Every key of both sets is pressed in a real terminal: a key of the tables that no row of the steps presses fails.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "program/list_key_steps.h"
#include "program/page_key_steps.h"
#include "program/terminal.h"
#include "program/thread_key_steps.h"
#include "tui/about/about.h"
#include "tui/look/page.h"
#include "tui/overview/page.h"
#include "tui/page.h"
#include "tui/replay/replay.h"
#include "tui/stack_times/page.h"
#include "tui/stacks/page.h"
#include "tui/thread/page.h"
#include "tui/wait_heat/page.h"
#include "tui/wakers/page.h"

namespace tsa::test {
namespace {

/// Rows that press keys on a screen. The keys of some pages are the same on others: see is_pressed().
struct Pressed {
    const Page* page;
    std::span<const Step> steps;
    std::optional<KeySet> set{};  ///< only with these keys
};
constexpr std::array kQuitSteps = std::to_array<Step>({{"q", ""}, {"F10", ""}, {"C-c", ""}, {"C-l", ""}});
std::vector<Pressed> all_pressed() {
    return {
        {&kOverviewPage, kListSteps},
        {&kOverviewPage, kHtopListSteps, KeySet::htop},
        {&kOverviewPage, kVimListSteps, KeySet::vim},
        {&kOverviewPage, kMachineSteps},
        {&kOverviewPage, kTreeSteps},
        {&kOverviewPage, kVimTreeSteps, KeySet::vim},
        {&kOverviewPage, kMoveSteps},
        {&kOverviewPage, kHtopMoveSteps, KeySet::htop},
        {&kOverviewPage, kVimMoveSteps, KeySet::vim},
        {&kOverviewPage, kQuitSteps},
        {&kThreadPage, kThreadSteps},
        {&kThreadPage, kBusyThreadSteps},
        {&kThreadPage, kBackToThread},
        {&kStackPage, kBackToThread},
        {&kStackTimesPage, kBackToThread},
        {&kWaitHeatPage, kBackToThread},
        {&kWakerPage, kBackToThread},
        {&kLookPage, kBackToThread},
        {&kAboutPage, kBackToThread},
        {&kStackPage, kStackSteps},
        {&kStackTimesPage, kStackTimesSteps},
        {&kStackTimesPage, kStackTimesEnds},
        {&kStackTimesPage, kThreadStackTimesEnds},
        {&kWaitHeatPage, kHeatSteps},
        {&kWakerPage, kWakerSteps},
        {&kLookPage, kLookSteps},
        {&kAboutPage, kAboutSteps},
        {&kReplayLayer, kReplaySteps},
    };
}

using Act = void (*)(KeyPress& press);

const KeyBinding* binding_in(const Page& page, const KeyEvent& key, KeySet set) {
    for (const auto bindings : {set == KeySet::vim ? page.vim_keys : std::span<const KeyBinding>{}, page.keys}) {
        const auto found = std::ranges::find_if(bindings, [&](const KeyBinding& one) { return one.keys.has(key); });
        if (found != bindings.end()) {
            return &*found;
        }
    }
    return nullptr;
}

/// A key is pressed on its page, or does the same by the same function on another page where it is.
std::set<std::pair<std::string, Act>> functions_pressed(KeySet set) {
    std::set<std::pair<std::string, Act>> out;
    for (const Pressed& pressed : all_pressed()) {
        if (pressed.set && *pressed.set != set) {
            continue;
        }
        std::set<std::string> names;
        for (const Step& step : pressed.steps) {
            names.insert(words_of(step.keys).back());
        }
        for (const auto bindings : {pressed.page->keys, pressed.page->vim_keys}) {
            for (const KeyBinding& binding : bindings) {
                for (const KeyEvent& key : binding.keys) {
                    const KeyBinding* found = binding_in(*pressed.page, key, set);
                    if (names.contains(tmux_key(key)) && found != nullptr) {
                        out.emplace(tmux_key(key), found->act);
                    }
                }
            }
        }
    }
    return out;
}

TEST(TableOfKeys, every_key_of_both_sets_is_pressed_in_a_terminal) {
    for (const KeySet set : {KeySet::htop, KeySet::vim}) {
        const auto pressed = functions_pressed(set);
        ASSERT_GT(pressed.size(), 100U);
        for (const Page* page : pages()) {
            if (page->kind == PageKind::overlay) {
                continue;
            }
            for (const auto bindings : {page->keys, page->vim_keys}) {
                for (const KeyBinding& binding : bindings) {
                    for (const KeyEvent& key : binding.keys) {
                        const KeyBinding* found = binding_in(*page, key, set);
                        EXPECT_TRUE(found == nullptr || pressed.contains({tmux_key(key), found->act}))
                            << key_name(key) << " on " << page->name << " with the keys of "
                            << (set == KeySet::vim ? "vi" : "htop");
                    }
                }
            }
        }
    }
}

/// What users of htop, bpftop and vi press without looking it up.
TEST(TableOfKeys, has_the_keys_of_htop_and_of_vi) {
    const auto lacks = [](KeySet set, std::string_view keys) {
        std::string out;
        const auto pressed = functions_pressed(set);
        for (const std::string& key : words_of(keys)) {
            const bool has = std::ranges::any_of(pressed, [&](const auto& one) { return one.first == key; });
            out += has ? "" : key + " ";
        }
        return out;
    };
    constexpr std::string_view kShared =
        "F1 ? F2 S C F3 / F4 \\ F5 t + - * F6 < > , . F7 F8 F9 F10 q Space c a i e x p m H K I P M T F Z Tab BTab C-l "
        "Up Down PPage NPage Home End j g G C-d C-u C-f C-b V y f B W s Y L O R A w [ ] n N Enter Escape = r d";
    EXPECT_EQ(lacks(KeySet::htop, kShared), "");
    EXPECT_EQ(lacks(KeySet::htop, "h l u U k z"), "");
    EXPECT_EQ(lacks(KeySet::vim, kShared), "");
    EXPECT_EQ(lacks(KeySet::vim, "h j k l g G C-o u U z"), "");
}

}  // namespace
}  // namespace tsa::test
