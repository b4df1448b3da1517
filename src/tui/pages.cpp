// SPDX-License-Identifier: MIT
// The table of pages, and which of them are open. To add a page: its folder, and a row here.
#include <algorithm>
#include <array>

#include "tui/about/about.h"
#include "tui/help/help.h"
#include "tui/look/page.h"
#include "tui/menus/menus.h"
#include "tui/overview/page.h"
#include "tui/page.h"
#include "tui/replay/replay.h"
#include "tui/stack_times/page.h"
#include "tui/stacks/page.h"
#include "tui/thread/page.h"
#include "tui/wait_heat/page.h"
#include "tui/wakers/page.h"

namespace tsa {
namespace {

// In the order in which the help page lists their keys.
constexpr std::array kPages = std::to_array<const Page*>({
    &kOverviewPage,     &kThreadPage,      &kThreadStatesPage,
    &kStackPage,        &kStackTimesPage,  &kProcessStackTimesPage,
    &kWaitHeatPage,     &kWakerPage,       &kLookPage,
    &kAboutPage,        &kReplayLayer,     &kHelpPage,
    &kSortMenu,         &kColumnMenu,      &kUserMenu,
    &kSignalMenu,       &kSignalQuestion,  &kAccountingQuestion,
    &kFreezeMenu,       &kMoveOutQuestion, &kKillQuestion,
    &kFrozenQuestion,   &kAffinityMenu,    &kPolicyMenu,
    &kScreenMenu,       &kScreenPrompt,    &kYankMenu,
    &kFoldPrefix,       &kGoPrefix,        &kSearchPrompt,
    &kFilterPrompt,     &kJumpPrompt,      &kStackSearchPrompt,
    &kLookSearchPrompt, &kRulePrompt,
});

}  // namespace

std::span<const Page* const> pages() {
    return kPages;
}

const Page& screen_of(const ViewState& state) {
    const auto& open = state.pages;
    const auto found =
        std::find_if(open.rbegin(), open.rend(), [](const Page* page) { return page->kind == PageKind::screen; });
    return found != open.rend() ? **found : *kPages.front();
}

const Page* overlay_of(const ViewState& state) {
    const bool is_overlay = !state.pages.empty() && state.pages.back()->kind == PageKind::overlay;
    return is_overlay ? state.pages.back() : nullptr;
}

const Page* layer_of(const ViewState& state) {
    return state.replay ? &kReplayLayer : nullptr;
}

int layer_rows(const ViewState& state, int width, int height) {
    const Page* layer = layer_of(state);
    return layer != nullptr ? layer->rows(state, width, height) : 0;
}

std::optional<ThreadKey> thread_on(const ViewState& state) {
    const auto& open = state.pages;
    const auto found =
        std::find_if(open.rbegin(), open.rend(), [](const Page* page) { return page->thread != nullptr; });
    return found != open.rend() ? (*found)->thread(state) : std::nullopt;
}

void open_page(ViewState& state, const Page& page) {
    state.pages.push_back(&page);
}

void close_page(ViewState& state) {
    if (!state.pages.empty()) {
        state.pages.pop_back();
    }
}

}  // namespace tsa
