// SPDX-License-Identifier: MIT
// See text.h.
#include "doctor/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "output/json.h"
#include "text/cells.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

constexpr std::size_t kStatusCells = 9;     // the longest status and a gap
constexpr std::size_t kHintIndent = 4;      // below the title
constexpr std::size_t kHintLabelCells = 6;  // "cost  "
constexpr std::size_t kMinFoldCells = 24;

std::string_view color_of(FindingStatus status) {
    switch (status) {
        case FindingStatus::ok:
            return "\x1b[32m";
        case FindingStatus::limited:
            return "\x1b[33m";
        case FindingStatus::missing:
            return "\x1b[31m";
        case FindingStatus::info:
            break;
    }
    return "\x1b[2m";
}

class Page {
  public:
    Page(std::size_t width, bool colors) : width_(width), colors_(colors) {}

    void write(const Diagnosis& diagnosis);
    [[nodiscard]] std::string text() const { return fmt::to_string(out_); }

  private:
    void put_finding(const Finding& finding);
    void put_fix(const std::string& fix);
    void put_hint(std::string_view label, std::string_view text, bool fold);
    void put_folded(std::string_view text, std::size_t indent);
    void put_status(FindingStatus status);

    std::size_t width_;
    bool colors_;
    std::size_t title_cells_ = 0;
    std::vector<std::string_view> fixes_;  // shown so far
    fmt::memory_buffer out_;
};

void Page::put_status(FindingStatus status) {
    if (colors_) {
        put(out_, color_of(status));
    }
    put_left(out_, status_key(status), kStatusCells);
    if (colors_) {
        put(out_, "\x1b[0m");
    }
}

/// Writes the text and a newline; wraps at the width and indents continuation lines by `indent`.
void Page::put_folded(std::string_view text, std::size_t indent) {
    const std::size_t room = width_ > indent + kMinFoldCells ? width_ - indent : kMinFoldCells;
    while (cells_of(text) > room) {
        const std::string_view line = cut_to_cells(text, room + 1);
        const std::size_t space = line.rfind(' ');
        const std::size_t bytes =
            space == std::string_view::npos || space == 0 ? cut_to_cells(text, room).size() : space;
        put(out_, text.substr(0, bytes));
        text.remove_prefix(bytes);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        put(out_, "\n");
        put_left(out_, "", indent);
    }
    put(out_, text);
    put(out_, "\n");
}

void Page::put_hint(std::string_view label, std::string_view text, bool fold) {
    put_left(out_, "", kStatusCells + kHintIndent);
    put_left(out_, label, kHintLabelCells);
    if (fold) {
        put_folded(text, kStatusCells + kHintIndent + kHintLabelCells);
    } else {
        put(out_, text);
        put(out_, "\n");
    }
}

void Page::put_finding(const Finding& finding) {
    put_status(finding.status);
    put_left(out_, finding.title, title_cells_);
    put_folded(printable(finding.found), kStatusCells + title_cells_);
    if (!finding.cost.empty()) {
        put_hint("cost", printable(finding.cost), true);
    }
}

/// Once per run of findings with the same fix, after the last one.
void Page::put_fix(const std::string& fix) {
    const bool shown = std::ranges::find(fixes_, fix) != fixes_.end();
    put_hint("fix", shown ? "as above" : printable(fix), false);
    fixes_.push_back(fix);
}

void Page::write(const Diagnosis& diagnosis) {
    constexpr std::size_t kGap = 2;
    for (const Finding& finding : diagnosis.findings) {
        title_cells_ = std::max(title_cells_, cells_of(finding.title) + kGap);
    }
    for (std::size_t i = 0; i < diagnosis.findings.size(); ++i) {
        const Finding& finding = diagnosis.findings[i];
        put_finding(finding);
        const bool last = i + 1 == diagnosis.findings.size() || diagnosis.findings[i + 1].fix != finding.fix;
        if (!finding.fix.empty() && last) {
            put_fix(finding.fix);
        }
    }
    put(out_, "\n");
    put_folded(diagnosis.verdict, 0);
}

}  // namespace

std::string doctor_text(const Diagnosis& diagnosis, std::size_t width, bool colors) {
    Page page(width, colors);
    page.write(diagnosis);
    return page.text();
}

std::string doctor_json(const Diagnosis& diagnosis) {
    rapidjson::StringBuffer buffer;
    Json json(buffer);
    json.StartObject();
    json.Key("schema");
    json.Int(kDoctorSchema);
    json.Key("ok");
    json.Bool(diagnosis.main_job);
    put_name(json, "verdict", diagnosis.verdict);
    json.Key("checks");
    json.StartArray();
    for (const Finding& finding : diagnosis.findings) {
        json.StartObject();
        put_name(json, "key", finding.key);
        put_name(json, "status", status_key(finding.status));
        put_name(json, "found", finding.found);
        put_name_or_null(json, "cost", finding.cost);
        put_name_or_null(json, "fix", finding.fix);
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    buffer.Put('\n');
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace tsa
