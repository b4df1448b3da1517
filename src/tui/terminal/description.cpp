// SPDX-License-Identifier: MIT
// See description.h.
#include "tui/terminal/description.h"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/scan.h"
#include "text/sanitize.h"
#include "tui/terminal/terminfo.h"

namespace tsa {
namespace {

struct Capability {
    const char* name;
    Key key;
};
constexpr Capability kCapabilities[] = {
    {"kcuu1", Key::up},      {"kcud1", Key::down},    {"kcub1", Key::left}, {"kcuf1", Key::right},
    {"kpp", Key::page_up},   {"knp", Key::page_down}, {"khome", Key::home}, {"kend", Key::end},
    {"kent", Key::enter},    {"kcbt", Key::back_tab}, {"kdch1", Key::del},  {"kich1", Key::insert},
    {"kbs", Key::backspace}, {"kf1", Key::f1},        {"kf2", Key::f2},     {"kf3", Key::f3},
    {"kf4", Key::f4},        {"kf5", Key::f5},        {"kf6", Key::f6},     {"kf7", Key::f7},
    {"kf8", Key::f8},        {"kf9", Key::f9},        {"kf10", Key::f10},   {"kf11", Key::f11},
    {"kf12", Key::f12},
};

/// A size from the environment; absent when it is not a positive number, as ncurses has it.
Result<std::optional<int>> size_of(const char* variable) {
    const char* const text = std::getenv(variable);
    const std::string_view digits = text == nullptr ? std::string_view{} : text;
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::optional<int>{};
    }
    const auto cells = number<unsigned>(digits);
    if (!cells || *cells > static_cast<unsigned>(kMaxScreenCells)) {
        return Error{fmt::format("{}={} is not a terminal's size", variable, printable(digits)),
                     fmt::format("unset {}, or set it to at most {}", variable, kMaxScreenCells), 0};
    }
    return *cells == 0 ? std::optional<int>{} : std::optional<int>(static_cast<int>(*cells));
}

}  // namespace

Result<ScreenSize> initial_size(int terminal_fd) {
    constexpr ScreenSize kUsual{80, 24};
    const ScreenSize now = current_size(terminal_fd).value_or(kUsual);
    const auto width = TRY(size_of("COLUMNS"));
    const auto height = TRY(size_of("LINES"));
    return ScreenSize{width.value_or(now.width), height.value_or(now.height)};
}

std::optional<ScreenSize> current_size(int terminal_fd) {
    winsize size{};
    if (::ioctl(terminal_fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
        return std::nullopt;
    }
    return ScreenSize{std::min<int>(size.ws_col, kMaxScreenCells), std::min<int>(size.ws_row, kMaxScreenCells)};
}

std::vector<KeySequence> described_keys() {
    std::vector<KeySequence> keys;
    for (const Capability& one : kCapabilities) {
        std::string bytes = capability(one.name);
        if (bytes.size() > 1 && bytes.front() == '\x1b') {  // control characters are the same keys everywhere
            keys.push_back({std::move(bytes), one.key});
        }
    }
    return keys;
}

}  // namespace tsa
