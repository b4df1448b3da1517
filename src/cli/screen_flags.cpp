// SPDX-License-Identifier: MIT
// See screen_flags.h. Values are checked as those of the file are.
#include "cli/screen_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "settings/settings.h"

namespace tsa {
namespace {

/// Checks it as that setting, and keeps what the setting becomes.
OptionList::Take take_as(std::string& out, std::string_view key, std::string ScreenSettings::*member) {
    return [&out, key, member](const std::string& text) -> Result<void> {
        ScreenSettings settings;
        TRY(apply_setting(settings, key, text));
        out = settings.*member;
        return {};
    };
}

Result<std::vector<std::string>> parse_columns(std::string_view text) {
    std::vector<std::string> names;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        names.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    ScreenSettings settings;
    TRY(apply_setting(settings, "columns", std::move(names)));
    return std::move(settings.columns);
}

}  // namespace

void add_screen_flags(OptionList& list, ScreenFlags& flags, CommonValues& common) {
    list.flag("-t,--tree", flags.tree, "processes and their threads as a tree");
    list.flag("-H,--threads", flags.threads, "rows are threads, whatever config.toml says");
    list.value("--sort", "KEY", "order rows by this column", take_as(flags.sort, "sort", &ScreenSettings::sort));
    list.value("--columns", "KEY,KEY", "exactly these columns, in this order, as far as they fit",
               [&flags](const std::string& text) -> Result<void> {
                   flags.columns = TRY(parse_columns(text));
                   return {};
               });
    list.value("--theme", "auto|dark|light|mono", "colors for a dark or light background, or none",
               take_as(flags.theme, "theme", &ScreenSettings::theme));
    list.value("--keys", "htop|vim", "letters as in htop, or as in vi where the two conflict",
               take_as(flags.keys, "keys", &ScreenSettings::keys));
    list.number("-d,--delay", "MS", {"interval in ms", kMinIntervalMs, kMaxIntervalMs}, common.interval_ms,
                "the same as -i");
}

}  // namespace tsa
