// SPDX-License-Identifier: MIT
// Prints the budget table as aligned text or as one JSON object per row.
#include "table.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

namespace tsa::bench {

namespace {

bool is_missed(const Row& row) {
    return row.value && row.budget && *row.value > *row.budget;
}

const char* verdict(const Row& row) {
    if (!row.value) {
        return "not measured";
    }
    if (!row.budget) {
        return "";
    }
    return is_missed(row) ? "MISSED" : "ok";
}

// Only three significant digits are reproducible; ratios far below 1 need more decimals.
std::string number(double value) {
    if (value == 0) {
        return "0";
    }
    if (value < 0.1) {
        return fmt::format("{:.4f}", value);
    }
    if (value < 10) {
        return fmt::format("{:.2f}", value);
    }
    return fmt::format("{:.{}f}", value, value < 100 ? 1 : 0);
}

std::string cell(const std::optional<double>& value, const std::string& unit) {
    if (!value) {
        return "-";
    }
    return number(*value) + (unit == "x" || unit.empty() ? unit : " " + unit);
}

std::string json_number(const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : "null";
}

// A note may quote a tool's message; all other text is our own.
std::string json_text(const std::string& text) {
    std::string out = "\"";
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\') {
            out += '\\';
            out += character;
        } else if (byte < 0x20 || byte >= 0x7f) {
            out += fmt::format("\\u{:04x}", byte);
        } else {
            out += character;
        }
    }
    return out + "\"";
}

}  // namespace

void Table::head(const std::string& machine) const {
    if (form_ == Form::json) {
        fmt::print("{{\"machine\":{}}}\n", json_text(machine));
    } else {
        fmt::print("{}\n{:<9} {:<58} {:>10}  {:>12}  {:<12}  {}\n", machine, "PART", "WHAT", "MEASURED", "BUDGET", "",
                   "NOTE");
    }
    std::fflush(stdout);
}

void Table::add(Row row) {
    if (form_ == Form::json) {
        const char* state = !row.value ? "not_measured" : !row.budget ? "info" : is_missed(row) ? "missed" : "ok";
        fmt::print(
            "{{\"part\":{},\"what\":{},\"value\":{},\"unit\":{},\"budget\":{},\"verdict\":\"{}\",\"note\":{}}}\n",
            json_text(row.part), json_text(row.what), json_number(row.value), json_text(row.unit),
            json_number(row.budget), state, json_text(row.note));
    } else {
        const std::string budget = row.budget ? "<= " + cell(row.budget, row.unit) : "";
        fmt::print("{:<9} {:<58} {:>10}  {:>12}  {:<12}  {}\n", row.part, row.what, cell(row.value, row.unit), budget,
                   verdict(row), row.note);
    }
    std::fflush(stdout);
    rows_.push_back(std::move(row));
}

void Table::skip(const std::string& part, const std::string& what, const std::string& why) {
    add({part, what, std::nullopt, "", std::nullopt, why});
}

void Table::foot() const {
    if (form_ == Form::text) {
        fmt::print("{} budgets missed, {} rows not measured\n", missed(), skipped());
    }
}

std::size_t Table::missed() const {
    return static_cast<std::size_t>(std::count_if(rows_.begin(), rows_.end(), is_missed));
}

std::size_t Table::skipped() const {
    return static_cast<std::size_t>(
        std::count_if(rows_.begin(), rows_.end(), [](const Row& row) { return !row.value; }));
}

}  // namespace tsa::bench
