// SPDX-License-Identifier: MIT
// Files of settings. What is accepted is written and read back as it was, and passes through the screens' state
// without a change; the columns that it names are placed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "settings/settings_file.h"
#include "tui/overview/layout.h"
#include "tui/settings.h"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = tsa::read_settings(text, "fuzz.toml");
    if (!read.ok()) {
        require(read.error().text().starts_with("fuzz.toml"));
        return 0;
    }
    const tsa::ScreenSettings& settings = read.value();
    const auto again = tsa::read_settings(tsa::settings_text(settings), "written.toml");
    require(again.ok() && again.value() == settings);
    tsa::ViewState state;
    tsa::apply_settings(settings, state);
    tsa::ScreenSettings noted = settings;
    tsa::note_settings(state, noted);
    require(noted == settings);
    for (std::size_t at = 0; at < state.screens.size(); ++at) {
        tsa::put_view(state.screens[at], state.overview);
        for (const int width : {1, 40, 80, 200}) {
            for (const tsa::PlacedColumn& column : tsa::place_columns(state.overview, width)) {
                require(column.x >= 0 && column.width >= 0 && column.x + column.width <= width + 1);
            }
        }
    }
    tsa::ScreenSettings other;
    tsa::take_changes(tsa::ScreenSettings(), settings, other);
    require(other == settings);
    return 0;
}
