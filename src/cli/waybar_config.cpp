// See waybar_config.h. CLI11 splits a line into key and values. It gets them one by one, since it tells no line
// numbers, and without their comments, since it takes the # of a quoted colour for the start of one.
#include "cli/waybar_config.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "text/characters.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

constexpr std::string_view kBlanks = " \t";
constexpr char kNoComment = '\x01';  // cannot stand in a line: such lines are refused

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(kBlanks);
    return begin == std::string_view::npos ? std::string_view{}
                                           : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

/// The line up to a # outside of quotes; absent: a quote is not closed.
std::optional<std::string_view> without_comment(std::string_view line) {
    char quote = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (quote != 0) {
            quote = line[at] == quote ? '\0' : quote;
        } else if (line[at] == '"' || line[at] == '\'') {
            quote = line[at];
        } else if (line[at] == '#') {
            return line.substr(0, at);
        }
    }
    return quote == 0 ? std::optional(line) : std::nullopt;
}

/// No control character but the tab, and valid UTF-8: what is set here goes to the bar as it is.
bool is_text(std::string_view line) {
    while (!line.empty()) {
        const Utf8Character character = utf8_character(line);
        if (character.length == 0 || (character.code_point < 0x20 && character.code_point != '\t')) {
            return false;
        }
        line.remove_prefix(character.length);
    }
    return true;
}

class WaybarConfigReader {
  public:
    explicit WaybarConfigReader(WaybarSettings& settings) : settings_(settings) { parser_.comment(kNoComment); }

    Result<void> take(std::string_view raw) {
        raw.remove_suffix(raw.ends_with('\r') ? 1 : 0);
        if (!is_text(raw)) {
            return Error{"not a line of text", "the file must be UTF-8", 0};
        }
        const auto bare = without_comment(raw);
        if (!bare) {
            return Error{"a quote is not closed", "a value stands in one line", 0};
        }
        const std::string_view line = trimmed(*bare);
        if (line.empty()) {
            return {};
        }
        if (line.front() == '[') {
            return enter(line);
        }
        return assign(line);
    }

  private:
    Result<void> enter(std::string_view line) {
        if (line != "[thresholds]") {
            return Error{fmt::format("there is no section {}", printable(line)),
                         "the only section is [thresholds]; other settings stand before it", 0};
        }
        prefix_ = kThresholdPrefix;
        return {};
    }

    Result<void> assign(std::string_view line) {
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0 || trimmed(line.substr(equals + 1)).empty()) {
            return Error{fmt::format("'{}' is not of the form key = value", printable(line)), {}, 0};
        }
        const std::string_view value = trimmed(line.substr(equals + 1));
        if (value.front() == '[' && value.back() != ']') {
            return Error{"the list is not closed", "a list stands in one line: [\"summary\", \"wait\"]", 0};
        }
        // A key of CLI11's own making keeps its rules for keys off: only the value is its to split.
        std::istringstream text(fmt::format("value = {}\n", value));
        const std::vector<CLI::ConfigItem> items = parser_.from_config(text);
        if (items.size() != 1 || (value.front() != '[' && items.front().inputs.size() != 1)) {
            return Error{fmt::format("'{}' is not one value", printable(value)),
                         "a text with blanks or commas stands in quotes", 0};
        }
        const std::string joined = CLI::detail::join(items.front().inputs, ",");
        const std::string key = prefix_ + std::string(trimmed(line.substr(0, equals)));
        if (std::ranges::find(seen_, key) != seen_.end()) {
            return Error{fmt::format("{} stands here a second time", printable(key)), "keep one of the lines", 0};
        }
        seen_.push_back(key);
        if (const auto applied = apply(settings_, {key, joined}); !applied.ok()) {
            return applied.error().in(printable(key));
        }
        return {};
    }

    WaybarSettings& settings_;
    CLI::ConfigTOML parser_;
    std::string prefix_;
    std::vector<std::string> seen_;
};

}  // namespace

Result<void> apply_waybar_config(WaybarSettings& settings, std::string_view text, std::string_view name) {
    if (text.size() > kMaxWaybarConfigBytes) {
        return Error{fmt::format("{}: the file is too long", name),
                     fmt::format("at most {} bytes", kMaxWaybarConfigBytes), 0};
    }
    WaybarConfigReader reader(settings);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (const auto taken = reader.take(text.substr(0, end)); !taken.ok()) {
            return taken.error().in(fmt::format("{}:{}", name, number));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return {};
}

}  // namespace tsa
