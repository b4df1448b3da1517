// SPDX-License-Identifier: MIT
// See background.h.
#include "tui/terminal/background.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/scan.h"

namespace tsa {
namespace {

/// One of "ffff", "ff" or "f", as a share.
std::optional<double> channel(std::string_view digits) {
    const auto value = hexadecimal<std::uint16_t>(digits);
    if (!value || digits.empty() || digits.size() > 4) {
        return std::nullopt;
    }
    return static_cast<double>(*value) / static_cast<double>((1U << (4 * digits.size())) - 1);
}

/// Of "rgb:ffff/ffff/ffff" or "rgba:...".
std::optional<bool> is_light_color(std::string_view color) {
    color.remove_prefix(std::min(color.find(':'), color.size() - 1) + 1);
    static constexpr std::array<double, 3> kWeights{0.299, 0.587, 0.114};
    double brightness = 0;
    for (const double weight : kWeights) {
        const std::size_t end = std::min(color.find('/'), color.size());
        const auto share = channel(color.substr(0, end));
        if (!share) {
            return std::nullopt;
        }
        brightness += weight * *share;
        color.remove_prefix(std::min(end + 1, color.size()));
    }
    return brightness > 0.5;
}

}  // namespace

std::optional<bool> is_light_by_variable(std::string_view colorfgbg) {
    const std::size_t last = colorfgbg.rfind(';');
    if (last == std::string_view::npos) {
        return std::nullopt;
    }
    const auto color = number<unsigned>(colorfgbg.substr(last + 1));
    // White and bright white; the bright ones, but for gray.
    return color && *color < 16 ? std::optional(*color == 7 || *color > 8) : std::nullopt;
}

BackgroundAnswer read_background(std::string_view bytes) {
    constexpr std::string_view kColor = "\x1b]11;", kDevice = "\x1b[?";
    BackgroundAnswer answer;
    while (!bytes.empty()) {
        if (bytes.starts_with(kColor)) {
            const std::size_t end = bytes.find_first_of("\a\x1b", kColor.size());
            if (end == std::string_view::npos) {
                return answer;
            }
            answer.is_light = is_light_color(bytes.substr(kColor.size(), end - kColor.size()));
            const bool by_two = bytes[end] == '\x1b';
            if (by_two && end + 1 == bytes.size()) {
                return answer;
            }
            bytes.remove_prefix(end + (by_two && bytes[end + 1] == '\\' ? 2 : 1));
        } else if (bytes.starts_with(kDevice)) {
            const std::size_t end = bytes.find_first_not_of("0123456789;", kDevice.size());
            if (end == std::string_view::npos) {
                return answer;
            }
            answer.is_whole = answer.is_whole || bytes[end] == 'c';
            bytes.remove_prefix(end + 1);
        } else if (kColor.starts_with(bytes) || kDevice.starts_with(bytes)) {
            // An answer that has begun; alone it may be the key Esc.
            answer.rest += bytes.size() == 1 ? bytes : std::string_view{};
            return answer;
        } else {
            answer.rest += bytes.front();
            bytes.remove_prefix(1);
        }
    }
    return answer;
}

}  // namespace tsa
