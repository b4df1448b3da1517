// SPDX-License-Identifier: MIT
// Every key of both sets in a real terminal: each is pressed where something that is seen follows from it, and a key of
// the tables that no row below presses fails a test.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "program/run.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"
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

/// What is seen after keys. "text": it appears; "!text": it is no longer there; "~": the screen differs; "=": it is
/// again as it was before the last "~"; "": nothing is looked for, the keys prepare the next row.
struct Step {
    std::string_view keys;  ///< as tmux calls them, with spaces between; the last one is that which the row is about
    std::string_view seen;
    std::string_view undo{};  ///< keys after which what appeared is gone; "": it goes by itself, or stays
};

constexpr std::string_view kEsc = "Escape";

/// On the rows of one process, in both sets.
constexpr std::array kListSteps = std::to_array<Step>({
    {"F1", "any other key closes", kEsc},
    {"?", "any other key closes", kEsc},
    {"F2", "size of the address space", kEsc},
    {"C", "size of the address space", kEsc},
    {"S", "TIME BY STACK", kEsc},
    {"n", "nothing was searched for"},
    {"F3", "Search: ", kEsc},
    {"N", "nothing was searched for"},
    {"/", "Search: ", kEsc},
    {"F4", "Filter: ", kEsc},
    {"\\", "Filter: ", kEsc},
    {"F6", "Sort by", kEsc},
    {"<", "Sort by", kEsc},
    {">", "Sort by", kEsc},
    {",", "Sort by", kEsc},
    {".", "Sort by", kEsc},
    {"F7", "nice {nice} -> {less}"},
    {"F8", "nice {less} -> {nice}"},
    {"F9", "SIGTERM", kEsc},
    {"DC", "SIGTERM", kEsc},
    {"V", "range", kEsc},
    {"a", "CPUs of", kEsc},
    {"Y", "I/O best effort", kEsc},
    {"i", "idle hidden", "i"},
    {"w", "only blocked now", "w"},
    {"K", "kernel hidden", "K"},
    {"W", "WOKEN BY", "W"},
    {"B", "RX/s", "B"},
    {"r", "LAST 2 MINUTES", "r"},
    {"y", "Copy to the clipboard", kEsc},
    {"f", "group", kEsc},
    {"A", "on, and leave it on", kEsc},
    {"R", "recording to", "R"},
    {"!", "Rule: ", kEsc},
    {"d", "ABOUT THIS MEASUREMENT", kEsc},
    {"e", "Environment of", kEsc},
    {"x", "File locks of", kEsc},
    {"s", " STACK\n", kEsc},
    {"Enter", "WORST AT", kEsc},
    {"p", "COMMAND"},
    {"p", "the program's path"},
    {"p", "the program's name"},
    {"p", "the whole line"},
    {"P", "by EXEC ▼"},
    {"I", "by EXEC ▲"},
    {"M", "by RSS ▼"},
    {"T", "by EXEC+ ▼"},
    {"O", "by IO/s ▼"},
    {"L", "by DELAY ▼"},
    {"[", "interval 100 ms"},
    {"]", "interval 250 ms"},
    {"-", "interval 100 ms"},
    {"+", "interval 250 ms"},
    {"Z", "PAUSED", "Z"},
    {"H", "1 process by", "H"},
    {"c", "14 tagged"},
});
constexpr std::array kHtopListSteps = std::to_array<Step>({
    {"h", "any other key closes", kEsc},
    {"k", "SIGTERM", kEsc},
    {"l", "Open files of", kEsc},
    {"u", "every user", kEsc},
    {"Space", "1 tagged"},
    {"U", "!1 tagged"},
    {"z", "PAUSED", "z"},
});
constexpr std::array kVimListSteps = std::to_array<Step>({
    {"g", "l open files", kEsc},
    {"g l", "Open files of", kEsc},
    {"g u", "every user", kEsc},
    {"Space", "1 tagged"},
    {"g U", "!1 tagged"},
    {"z", "o open", kEsc},
    {"y", "puppets/waits", kEsc},
    {"u", "is not frozen"},
    {"j", ""},
    {"U", "is not frozen"},
});

/// On all threads of the machine: what leaves the rows of one process.
constexpr std::array kMachineSteps = std::to_array<Step>({
    {"F5", "rows of processes and their threads"},
    {"t", "processes below their parents"},
    {"t", "threads by"},
    {"H", "processes by"},
    {"H", "LIMITS OF ITS CGROUP"},
    {"=", "groups by container"},
    {"H", "threads by"},
    {"Tab", "screen io:"},
    {"BTab", "screen main:"},
    {"BTab", "screen memory:"},
    {"C-t", "Screens", kEsc},
    {"Tab", "screen main:"},
    {"m m", "!of them run"},
    {"m", "of them run"},
    {"F", "following"},
    {kEsc, "!following"},
});

/// In the tree of one process; paused, so only keys change the screen.
constexpr std::array kTreeSteps = std::to_array<Step>({
    {"-", "▸ waits"},
    {"+", "▾ waits"},
    {"Left", "▸ waits"},
    {"Right", "▾ waits"},
    {"*", "▸ waits"},
    {"*", "▾ waits"},
});
constexpr std::array kVimTreeSteps = std::to_array<Step>({
    {"z c", "▸ waits"},
    {"z o", "▾ waits"},
    {"z a", "▸ waits"},
    {"z a", "▾ waits"},
    {"z M", "▸ waits"},
    {"z R", "▾ waits"},
    {"h", "▸ waits"},
    {"l", "▾ waits"},
});

/// Each way down, and the way back. From the top row, so the way down can be no other.
constexpr std::array kMoveSteps = std::to_array<Step>({
    {"Down", "~"},
    {"Up", "="},
    {"j", "~"},
    {"C-p", "="},
    {"C-n", "~"},
    {"Up", "="},
    {"NPage", "~"},
    {"PPage", "="},
    {"C-f", "~"},
    {"C-b", "="},
    {"C-d", "~"},
    {"C-u", "="},
    {"End", "~"},
    {"Home", "="},
});
constexpr std::array kHtopMoveSteps = std::to_array<Step>({{"G", "~"}, {"g", "="}});
constexpr std::array kVimMoveSteps = std::to_array<Step>({
    {"j", "~"},
    {"k", "="},
    {"G", "~"},
    {"g g", "="},
    {"G", "~"},
    {"C-o", "="},
});

/// On the page of a thread of the puppet.
constexpr std::array kThreadSteps = std::to_array<Step>({
    {"F1", "any other key closes", kEsc},
    {"?", "any other key closes", kEsc},
    {"h", "any other key closes", kEsc},
    {"Tab", "TID {next}"},
    {"BTab", "TID {tid}"},
    {"s", " STACK\n", kEsc},
    {"S", "TIME BY STACK", kEsc},
    {"D", "no wait of it has ended yet", kEsc},
    {"W", "WOKEN BY", kEsc},
    {"o", "does not wait for a lock"},
    {"O", "nothing has ended a wait"},
    {"v", "SINCE FIRST SEEN"},
    {"v", "!SINCE FIRST SEEN"},
    {"l", "Open files of", kEsc},
    {"e", "Environment of", kEsc},
    {"x", "File locks of", kEsc},
    {"F7", "nice {nice} -> {less}"},
    {"F8", "nice {less} -> {nice}"},
    {"F9", "SIGTERM", kEsc},
    {"DC", "SIGTERM", kEsc},
    {"f", "group /", kEsc},
    {"a", "CPUs of", kEsc},
    {"Y", "I/O best effort", kEsc},
    {"y", "Copy to the clipboard", kEsc},
    {"R", "recording to", "R"},
    {"!", "Rule: ", kEsc},
    {"A", "on, and leave it on", kEsc},
    {"[", "interval 100 ms"},
    {"]", "interval 250 ms"},
    {"Z", "PAUSED", "Z"},
    {"z", "PAUSED"},
    {"Left", "~"},
    {"Right", "="},
    {",", "~"},
    {".", "="},
    {"Home", "~"},
    {"End", "="},
    {"g", "~"},
    {"G", "="},
    {"+", "~"},
    {"-", "="},
    {"=", "~"},
    {"-", "="},
    {"z", "!PAUSED"},
    {"t", "14 threads by"},
    {"Enter", "WORST AT"},
    {"BSpace", "14 threads by"},
    {"Enter", "WORST AT"},
    {kEsc, "14 threads by"},
});

/// On a thread that does many things, on a low screen: what scrolls.
constexpr std::array kBusyThreadSteps = std::to_array<Step>({
    {"z", "PAUSED"},
    {"Down", "~"},
    {"Up", "="},
    {"j", "~"},
    {"k", "="},
    {"C-n", "~"},
    {"C-p", "="},
    {"NPage", "~"},
    {"PPage", "="},
    {"C-f", "~"},
    {"C-b", "="},
    {"z", "!PAUSED"},
});
constexpr std::array kWakerSteps = std::to_array<Step>({
    {"W", "SHARE    MEAN"},
    {"z", "PAUSED"},
    {"Down", "~"},
    {"Up", "="},
    {"j", "~"},
    {"k", "="},
    {"C-n", "~"},
    {"C-p", "="},
    {kEsc, "!SHARE    MEAN"},
    {"W", "SHARE    MEAN"},
    {"W", "!SHARE    MEAN"},
    {"W", "SHARE    MEAN"},
    {"BSpace", "!SHARE    MEAN"},
    {"z", "!PAUSED"},
});
constexpr std::array kStackSteps = std::to_array<Step>({
    {"s", "do_syscall_64"},
    {"z", "PAUSED"},
    {"m", "~"},
    {"m", "="},
    {"Down", "~"},
    {"Up", "="},
    {"j", "~"},
    {"k", "="},
    {"C-n", "~"},
    {"C-p", "="},
    {kEsc, "! STACK\n"},
    {"s", " STACK\n"},
    {"s", "! STACK\n"},
    {"s", " STACK\n"},
    {"BSpace", "! STACK\n"},
    {"z", "!PAUSED"},
});
constexpr std::array kHeatSteps = std::to_array<Step>({
    {"D", "HOW LONG IT WAITED"},
    {"z", "PAUSED"},
    {"Right", "~"},
    {"Left", "="},
    {".", "~"},
    {",", "="},
    {"Tab", "~"},
    {"BTab", "="},
    {kEsc, "!HOW LONG IT WAITED"},
    {"D", "HOW LONG IT WAITED"},
    {"D", "!HOW LONG IT WAITED"},
    {"D", "HOW LONG IT WAITED"},
    {"BSpace", "!HOW LONG IT WAITED"},
    {"z", "!PAUSED"},
});
constexpr std::array kStackTimesSteps = std::to_array<Step>({
    {"z", "PAUSED"},
    {"End", "~"},
    {"Home", "~"},
    {"Right", "~"},
    {"Left", "="},
    {".", "~"},
    {",", "="},
    {"c", "~"},
    {"c", "="},
    {"Enter", "~"},
    {"Enter", "="},
    {"+", "~"},
    {"+", "="},
    {"-", "~"},
    {"-", "="},
    {"Down", "~"},
    {"Up", "="},
    {"j", "~"},
    {"k", "="},
    {"C-n", "~"},
    {"C-p", "="},
    {"NPage", "~"},
    {"PPage", "="},
    {"C-f", "~"},
    {"C-b", "="},
    {"End", "~"},
    {"Home", "="},
    {"G", "~"},
    {"g", "="},
    {"n", "nothing was searched for"},
    {"F3", "Search: ", kEsc},
    {"/", "Search: ", kEsc},
    {"z", "!PAUSED"},
});
constexpr std::array kStackTimesEnds = std::to_array<Step>({
    {"S", "TIME BY STACK"},
    {kEsc, "!TIME BY STACK"},
    {"S", "TIME BY STACK"},
    {"S", "!TIME BY STACK"},
    {"S", "TIME BY STACK"},
    {"BSpace", "!TIME BY STACK"},
});
/// Ctrl-O leads back everywhere.
constexpr std::array kBackToThread = std::to_array<Step>({
    {"W", "WOKEN BY"},
    {"C-o", "!WOKEN BY"},
    {"s", " STACK\n"},
    {"C-o", "! STACK\n"},
    {"S", "TIME BY STACK"},
    {"C-o", "!TIME BY STACK"},
    {"D", "no wait of it has ended"},
    {"C-o", "!no wait of it has ended"},
    {"x", "File locks of"},
    {"C-o", "!File locks of"},
    {"d", "ABOUT THIS MEASUREMENT"},
    {"C-o", "!ABOUT THIS"},
    {"C-o", "14 threads by"},
});
constexpr std::array kThreadStackTimesEnds = std::to_array<Step>({
    {"S", "TIME BY STACK"},
    {"s", " STACK\n"},
    {kEsc, "! STACK\n"},
});

constexpr std::array kLookSteps = std::to_array<Step>({
    {"e", "Environment of"},
    {"Down", "~"},
    {"Up", "="},
    {"j", "~"},
    {"k", "="},
    {"C-n", "~"},
    {"C-p", "="},
    {"NPage", "~"},
    {"PPage", "="},
    {"C-f", "~"},
    {"C-b", "="},
    {"End", "~"},
    {"Home", "="},
    {"G", "~"},
    {"g", "="},
    {"Right", "~"},
    {"Left", "="},
    {"n", "nothing was searched for"},
    {"F3", "Search: ", kEsc},
    {"N", "nothing was searched for"},
    {"/", "Search: ", kEsc},
    {"l", "Open files of"},
    {"x", "File locks of"},
    {"e", "Environment of"},
    {kEsc, "!Environment of"},
    {"e", "Environment of"},
    {"BSpace", "!Environment of"},
    {"e", "Environment of"},
    {"Enter", "!Environment of"},
});
constexpr std::array kAboutSteps = std::to_array<Step>({
    {"d", "ABOUT THIS MEASUREMENT"},
    {"Down", "~"},
    {"Up", "="},
    {"j", "~"},
    {"k", "="},
    {"C-n", "~"},
    {"C-p", "="},
    {kEsc, "!ABOUT THIS"},
    {"d", "ABOUT THIS MEASUREMENT"},
    {"BSpace", "!ABOUT THIS"},
    {"d", "ABOUT THIS MEASUREMENT"},
    {"d", "!ABOUT THIS"},
});

/// What a replay adds, on a recording of five intervals and more.
constexpr std::array kReplaySteps = std::to_array<Step>({
    {"Right", "interval  2 of"},
    {"Left", "interval  1 of"},
    {"f", "interval  2 of"},
    {"b", "interval  1 of"},
    {")", "interval  2 of"},
    {"(", "interval  1 of"},
    {"}", "!interval  1 of"},
    {"{", "interval  1 of"},
    {"E", "interval {last}"},
    {"B", "interval  1 of"},
    {"$", "interval {last}"},
    {"^", "interval  1 of"},
    {"x", ""},
    {"J", "Jump to:", kEsc},
    {"X", ""},
    {"@", "Jump to:", kEsc},
    {"]", "speed 2x"},
    {"[", "speed 1x"},
    {"Space", "PLAYING"},
    {"Space", "!PLAYING"},
    {"z", "PLAYING"},
    {"z", "!PLAYING"},
    {"Z", "PLAYING"},
    {"Z", "!PLAYING"},
});

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

std::vector<std::string> words_of(std::string_view keys) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < keys.size();) {
        const std::size_t end = std::min(keys.find(' ', at), keys.size());
        out.emplace_back(keys.substr(at, end - at));
        at = end + 1;
    }
    return out;
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

class ScreenKeys : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_tmux());
    }

    void open(const std::string& arguments, const std::string& awaited, int width = 120, int height = 40) {
        const std::string home = folder_.path();
        terminal_.emplace(width, height);
        terminal_->shell("cd $HERE");  // one key records
        ASSERT_TRUE(terminal_->start(arguments, awaited, fmt::format("HOME={} XDG_CONFIG_HOME={}", home, home)))
            << terminal_->screen();
        program_ = terminal_->program();
        before_.clear();
    }
    /// The rows of the puppet's threads, the cursor on one of them.
    void open_list(const std::string& set, int width = 120, int height = 40) {
        ASSERT_NO_FATAL_FAILURE(
            open(fmt::format("--keys {} -i 250 -p {}", set, puppet().pid()), "▼DELAY", width, height));
        terminal_->type(std::to_string(tid_));
        ASSERT_TRUE(terminal_->await_text(fmt::format("TID {}", tid_))) << terminal_->screen();
    }
    Puppet& puppet() {
        if (!puppet_) {
            puppet_.emplace("waits");
            tid_ = puppet_->tid("select");
            const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(tid_));
            names_ = {{"{tid}", std::to_string(tid_)},
                      {"{next}", std::to_string(puppet_->tid("accept"))},
                      {"{nice}", std::to_string(nice)},
                      {"{less}", std::to_string(nice - 1)}};
        }
        return *puppet_;
    }

    void press_all(std::span<const Step> steps) {
        for (const Step& step : steps) {
            if (HasFatalFailure()) {
                return;  // each that follows would wait for long
            }
            press(step);
        }
        EXPECT_EQ(terminal_->program(), program_) << "it still runs";
    }

    void press(const Step& step) {
        const std::string seen = with_names(step.seen);
        const std::string about = fmt::format("{}: {}", step.keys, seen);
        const bool goes = seen.starts_with('!');
        const std::string text = seen.substr(goes ? 1 : 0);
        const bool is_text = !seen.empty() && seen != "~" && seen != "=";
        if (is_text) {
            // What is there already would prove nothing.
            ASSERT_TRUE(goes ? terminal_->await_text(text) : terminal_->await_no(text)) << "before " << about << "\n"
                                                                                        << terminal_->screen();
        }
        if (seen == "~") {
            before_ = settled();
        }
        terminal_->keys(words_of(step.keys));
        if (seen == "~" || seen == "=") {
            ASSERT_TRUE(await([&] { return (marked() == before_) == (seen == "="); }, kSoon))
                << about << "\n"
                << terminal_->screen() << "\nbefore:\n"
                << before_ << "\nnow:\n"
                << marked();
        } else if (is_text) {
            ASSERT_TRUE(await([&] { return (terminal_->screen().find(text) == std::string::npos) == goes; }, kSoon))
                << about << "\n"
                << terminal_->screen();
        }
        const std::string after = terminal_->screen();
        ASSERT_EQ(after.find("does nothing here"), std::string::npos) << about << "\n" << after;
        ASSERT_EQ(after.find("no such key"), std::string::npos) << about << "\n" << after;
        if (!step.undo.empty()) {
            terminal_->keys(words_of(step.undo));
            ASSERT_TRUE(terminal_->await_no(text)) << "after " << about << "\n" << terminal_->screen();
        }
    }

    std::optional<Terminal> terminal_;
    std::optional<Puppet> puppet_;
    std::uint32_t tid_ = 0;
    std::vector<std::pair<std::string, std::string>> names_;

  private:
    static constexpr std::chrono::seconds kSoon{20};

    /// The text, and the background where it changes: that of the selected row moves with the cursor. Without the last
    /// waker of a thread, which is read when it is drawn.
    std::string marked() const {
        std::string out, background, drawn;
        for (const std::string& line : lines_of(terminal_->screen(true))) {
            if (line.find(" last ") != std::string::npos || line.find("Last: ") != std::string::npos) {
                continue;
            }
            for (std::size_t at = 0; at < line.size(); ++at) {
                if (line[at] == '\x1b') {
                    const std::size_t end = line.find('m', at);
                    const std::string change = line.substr(at + 2, end - at - 2);
                    if (change.starts_with("48")) {
                        background = change;
                    } else if (const std::size_t in = change.find(";48;"); in != std::string::npos) {
                        background = change.substr(in + 1);
                    } else if (change == "49" || change == "0" || change.empty()) {
                        background.clear();
                    }
                    at = end;
                    continue;
                }
                if (background != drawn) {
                    drawn = background;
                    out += "{" + background + "}";
                }
                out += line[at];
            }
            out += '\n';
        }
        return out;
    }
    /// Of a paused program: what the key before has changed is drawn.
    std::string settled() const {
        std::string last = marked();
        (void)await([&] {
            let_pass(std::chrono::milliseconds(10));
            std::string now = marked();
            return std::exchange(last, now) == now;
        });
        return last;
    }
    std::string with_names(std::string_view text) const {
        std::string out(text);
        for (const auto& [name, value] : names_) {
            if (const std::size_t at = out.find(name); at != std::string::npos) {
                out.replace(at, name.size(), value);
            }
        }
        return out;
    }

    TempDir folder_;
    pid_t program_ = 0;
    std::string before_;
};

class KeysOfSet : public ScreenKeys, public ::testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(Sets, KeysOfSet, ::testing::Values("htop", "vim"), [](const auto& set) { return set.param; });

TEST_P(KeysOfSet, on_the_rows_of_a_process) {
    ASSERT_NO_FATAL_FAILURE(open_list(GetParam()));
    if (GetParam() == "vim") {
        press_all(kVimListSteps);
    } else {
        press_all(kHtopListSteps);
    }
    press_all(kListSteps);
    EXPECT_NE(state_letter(static_cast<std::uint32_t>(puppet().pid())), 'Z') << "no key may end what it only shows";
}

TEST_P(KeysOfSet, on_the_rows_of_the_machine) {
    ASSERT_NO_FATAL_FAILURE(open("--keys " + GetParam() + " -i 250", "threads by DELAY"));
    press_all(kMachineSteps);
}

TEST_P(KeysOfSet, that_move_and_fold) {
    ASSERT_NO_FATAL_FAILURE(open_list(GetParam(), 100, 18));
    const std::string pause = GetParam() == "vim" ? "Z" : "z";
    terminal_->keys({"Home", pause});
    ASSERT_TRUE(terminal_->await_text("PAUSED")) << terminal_->screen();
    press_all(kMoveSteps);
    if (GetParam() == "vim") {
        press_all(kVimMoveSteps);
    } else {
        press_all(kHtopMoveSteps);
    }
    terminal_->keys({"t"});
    press_all(kTreeSteps);
    if (GetParam() == "vim") {
        press_all(kVimTreeSteps);
    }
}

TEST_F(ScreenKeys, that_draw_again_and_that_quit) {
    puppet();
    for (const char* key : {"q", "F10", "C-c"}) {
        ASSERT_NO_FATAL_FAILURE(open_list("htop"));
        terminal_->key("z");
        ASSERT_TRUE(terminal_->await_text("PAUSED"));
        // As another program's output on this terminal.
        std::ofstream(terminal_->variable("pane_tty")) << "\x1b[38;1Hscribble" << std::flush;
        ASSERT_TRUE(terminal_->await_text("scribble"));
        terminal_->key("C-l");
        EXPECT_TRUE(terminal_->await_no("scribble")) << terminal_->screen();
        terminal_->key(key);
        EXPECT_TRUE(terminal_->await_text("ended 0")) << key << "\n" << terminal_->screen();
    }
}

TEST_F(ScreenKeys, on_a_thread) {
    ASSERT_NO_FATAL_FAILURE(open_list("htop"));
    terminal_->key("Enter");
    ASSERT_TRUE(terminal_->await_text("WORST AT")) << terminal_->screen();
    press_all(kThreadSteps);
}

TEST_F(ScreenKeys, that_scroll_a_thread_and_its_wakers) {
    ASSERT_NO_FATAL_FAILURE(open(fmt::format("-i 250 {}", ::gettid()), "WORST AT", 120, 20));
    ASSERT_TRUE(await([&] { return terminal_->line_with("WAIT WAITS ON").find(" s +") != std::string::npos; }))
        << "more kinds of waits than lines\n"
        << terminal_->screen();
    press_all(kBusyThreadSteps);
    press_all(kWakerSteps);
}

TEST_F(ScreenKeys, on_the_wait_lengths_of_a_thread) {
    ASSERT_NO_FATAL_FAILURE(open(fmt::format("-i 250 {}", ::gettid()), "WORST AT", 120, 16));
    press_all(kHeatSteps);
}

TEST_F(ScreenKeys, on_the_stack_of_a_thread) {
    ASSERT_NO_FATAL_FAILURE(open_list("htop", 120, 16));
    terminal_->key("Enter");
    ASSERT_TRUE(terminal_->await_text(fmt::format("TID {} ", tid_))) << terminal_->screen();
    press_all(kStackSteps);
    press_all(kThreadStackTimesEnds);
    press_all(kBackToThread);
}

TEST_F(ScreenKeys, on_the_time_by_stack_of_a_process) {
    ASSERT_NO_FATAL_FAILURE(open_list("htop", 120, 16));
    press_all(kStackTimesEnds);
    terminal_->key("S");
    ASSERT_TRUE(terminal_->await_text("start_thread")) << terminal_->screen();
    press_all(kStackTimesSteps);
}

TEST_F(ScreenKeys, on_the_pages_that_look_closer_and_about) {
    ASSERT_NO_FATAL_FAILURE(open_list("htop", 60, 12));
    press_all(kLookSteps);
    terminal_->keys({"z"});
    press_all(kAboutSteps);
}

TEST_F(ScreenKeys, of_a_replay) {
    TempDir folder;
    const std::string recording = folder.path() + "/rec";
    const Finished recorded =
        run({"record", "-o", recording, "-i", "100", "-d", "2", "-p", fmt::format("{}", puppet().pid())});
    ASSERT_EQ(recorded.exit_code, 0) << recorded.err;
    ASSERT_NO_FATAL_FAILURE(open("replay " + recording, "interval "));
    const std::string line = terminal_->line_with("interval ");
    const std::string count = std::to_string(std::atoi(line.substr(line.find(" of ") + 4).c_str()));
    ASSERT_EQ(count.size(), 2U) << line;
    names_.emplace_back("{last}", count + " of " + count);
    press_all(kReplaySteps);
    // Which moments stand out depends on what else ran.
    terminal_->key("x");
    ASSERT_TRUE(await([&] {
        const std::string screen = terminal_->screen();
        return screen.find("interval  1 of") == std::string::npos ||
               screen.find("delayed in this") != std::string::npos ||
               screen.find("after this one") != std::string::npos;
    })) << terminal_->screen();
    terminal_->keys({"B", "X"});
    EXPECT_TRUE(await([&] {
        const std::string screen = terminal_->screen();
        return screen.find("before this one") != std::string::npos ||
               screen.find("delayed in this") != std::string::npos;
    })) << terminal_->screen();
}

}  // namespace
}  // namespace tsa::test
