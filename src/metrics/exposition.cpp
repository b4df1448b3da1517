// SPDX-License-Identifier: MIT
// See exposition.h.
#include "metrics/exposition.h"

#include <algorithm>
#include <array>

#include "base/time_units.h"
#include "text/characters.h"

namespace tsa {

namespace {

constexpr std::string_view kOpenMetricsType = "application/openmetrics-text";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

struct TypeInfo {
    std::string_view text, open_metrics, suffix;
};
constexpr std::array<TypeInfo, 4> kTypes{{
    {"counter", "counter", "_total"},
    {"gauge", "gauge", ""},
    {"histogram", "histogram", ""},
    {"gauge", "info", "_info"},
}};

const TypeInfo& info(MetricType type) {
    return kTypes[static_cast<std::size_t>(type)];
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    const std::size_t last = text.find_last_not_of(" \t");
    return first == std::string_view::npos ? std::string_view{} : text.substr(first, last + 1 - first);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

/// The next part of `rest` up to `end`, which is removed with it.
std::string_view next_part(std::string_view& rest, char end) {
    const std::size_t at = std::min(rest.find(end), rest.size());
    const std::string_view part = trimmed(rest.substr(0, at));
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return part;
}

/// "q=0", "q=0.00": refused.
bool is_refusal(std::string_view parameter) {
    if (parameter.size() < 3 || !equals_ignoring_case(parameter.substr(0, 2), "q=")) {
        return false;
    }
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

/// The shortest form that reads back as the same number; a whole number has ".0", as OpenMetrics wants it.
std::string bound_text(double bound) {
    std::string text = fmt::format("{}", bound);
    text += text.find_first_of(".e") == std::string::npos ? ".0" : "";
    return text;
}

}  // namespace

std::string_view content_type(Exposition format) {
    return format == Exposition::open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                              : "text/plain; version=0.0.4; charset=utf-8";
}

Exposition accepted_exposition(std::string_view accept) {
    while (!accept.empty()) {
        std::string_view range = next_part(accept, ',');
        if (!equals_ignoring_case(next_part(range, ';'), kOpenMetricsType)) {
            continue;
        }
        bool refused = false;
        while (!range.empty()) {
            refused = is_refusal(next_part(range, ';')) || refused;
        }
        if (!refused) {
            return Exposition::open_metrics;
        }
    }
    return Exposition::text;
}

void put_label(std::string& labels, std::string_view name, std::string_view value) {
    labels += labels.empty() ? "" : ",";
    labels += name;
    labels += "=\"";
    while (!value.empty()) {
        const Utf8Character next = utf8_character(value);
        const std::size_t length = std::max<std::size_t>(next.length, 1);
        const std::string_view bytes = value.substr(0, length);
        const bool is_control = next.code_point < 0x20 || (next.code_point >= 0x7f && next.code_point < 0xa0);
        if (next.length == 0 || is_control) {
            labels += kReplacement;
        } else {
            labels += bytes == "\\" || bytes == "\"" ? "\\" : "";
            labels += bytes;
        }
        value.remove_prefix(length);
    }
    labels += '"';
}

void ExpositionWriter::family(const MetricFamily& family) {
    const TypeInfo& type = info(family.type);
    name_ = family.name;
    name_ += type.suffix;
    const bool open_metrics = format_ == Exposition::open_metrics;
    const std::string_view about = open_metrics ? family.name : std::string_view(name_);
    const auto out = fmt::appender(out_);
    fmt::format_to(out, "# HELP {} {}\n# TYPE {} {}\n", about, family.help, about,
                   open_metrics ? type.open_metrics : type.text);
    if (open_metrics && !family.unit.empty()) {
        fmt::format_to(out, "# UNIT {} {}\n", about, family.unit);
    }
}

void ExpositionWriter::name_and_labels(std::string_view suffix, std::string_view labels, std::string_view more) {
    put(name_);
    put(suffix);
    if (!labels.empty() || !more.empty()) {
        put("{");
        put(labels);
        put(labels.empty() || more.empty() ? "" : ",");
        put(more);
        put("}");
    }
    put(" ");
}

void ExpositionWriter::put_seconds(std::uint64_t ns) {
    const fmt::format_int whole(ns / kNsPerSecond);
    put({whole.data(), whole.size()});
    std::uint64_t rest = ns % kNsPerSecond;
    if (rest == 0) {
        return;
    }
    std::array<char, 10> digits{'.'};
    for (std::size_t at = digits.size() - 1; at != 0; --at, rest /= 10) {
        digits[at] = static_cast<char>('0' + rest % 10);
    }
    std::size_t size = digits.size();
    while (digits[size - 1] == '0') {
        --size;
    }
    put({digits.data(), size});
}

void ExpositionWriter::count(std::string_view labels, std::string_view more, std::uint64_t value) {
    name_and_labels("", labels, more);
    const fmt::format_int digits(value);
    put({digits.data(), digits.size()});
    put("\n");
}

void ExpositionWriter::seconds(std::string_view labels, std::string_view more, std::uint64_t ns) {
    name_and_labels("", labels, more);
    put_seconds(ns);
    put("\n");
}

void ExpositionWriter::real(std::string_view labels, std::string_view more, double value) {
    name_and_labels("", labels, more);
    fmt::format_to(fmt::appender(out_), "{}\n", value);
}

void ExpositionWriter::histogram(std::span<const Bucket> buckets, std::uint64_t all, std::uint64_t sum_ns) {
    for (const Bucket& bucket : buckets) {
        fmt::format_to(fmt::appender(out_), "{}_bucket{{le=\"{}\"}} {}\n", name_, bound_text(bucket.below_s),
                       bucket.count);
    }
    fmt::format_to(fmt::appender(out_), "{}_bucket{{le=\"+Inf\"}} {}\n{}_sum ", name_, all, name_);
    put_seconds(sum_ns);
    fmt::format_to(fmt::appender(out_), "\n{}_count {}\n", name_, all);
}

void ExpositionWriter::end() {
    put(format_ == Exposition::open_metrics ? "# EOF\n" : "");
}

}  // namespace tsa
