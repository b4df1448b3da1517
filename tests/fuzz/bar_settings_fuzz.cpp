// SPDX-License-Identifier: MIT
// libFuzzer target for the status bar's configuration file. For any bytes: settings, or an error that begins with the
// file's name; the same bytes give the same. Seeds: tests/data/bar_settings_fuzz; run by scripts/check fuzz.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "cli/waybar_config.h"

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
    const std::vector<char> copy(data, data + size);
    const std::string_view text(copy.data(), copy.size());
    tsa::WaybarSettings first, second;
    const auto applied = tsa::apply_waybar_config(first, text, "fuzz.toml");
    const auto again = tsa::apply_waybar_config(second, text, "fuzz.toml");
    require(applied.ok() == again.ok());
    if (!applied.ok()) {
        require(applied.error().text().starts_with("fuzz.toml") && applied.error().text() == again.error().text());
    }
    return 0;
}
