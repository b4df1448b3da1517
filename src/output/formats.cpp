// SPDX-License-Identifier: MIT
// See formats.h. To add a format: its writer, an adapter here, and a row of the table.
#include "output/formats.h"

#include <array>

#include "output/csv.h"
#include "output/ndjson.h"

namespace tsa {

namespace {

class TableFormat : public ReportWriter {
  public:
    explicit TableFormat(bool all_rows) : all_rows_(all_rows) {}
    void set_look(const TextLook& look) override { text_.set_look(look); }
    std::string_view write(const Report& report, const SelectedRows& rows) override {
        return text_.write(report, rows, all_rows_);
    }
    std::string_view write_groups(const Report& report, const GroupReport& groups) override {
        return text_.write_groups(report, groups);
    }
    std::string_view write_summary(const Report& report, const CommandSummary& command, const SelectedRows*) override {
        return text_.write_command(command, report.health);
    }

  private:
    bool all_rows_;
    TextWriter text_;
};

class JsonFormat : public ReportWriter {
  public:
    std::string_view write(const Report& report, const SelectedRows& rows) override {
        return json_.write(report, rows);
    }
    std::string_view write_groups(const Report& report, const GroupReport& groups) override {
        return json_.write_groups(report, groups);
    }
    std::string_view write_summary(const Report& report, const CommandSummary& command,
                                   const SelectedRows* rows) override {
        return json_.write(report, rows != nullptr ? *rows : SelectedRows(), &command);
    }

  private:
    NdjsonWriter json_;
};

class CsvFormat : public ReportWriter {
  public:
    explicit CsvFormat(CsvText text) : csv_(text) {}
    std::string_view write(const Report& report, const SelectedRows& rows) override { return csv_.write(report, rows); }
    std::string_view write_summary(const Report& report, const CommandSummary&, const SelectedRows* rows) override {
        return rows != nullptr ? write(report, *rows) : std::string_view{};
    }

  private:
    CsvWriter csv_;
};

constexpr std::array kFormats = std::to_array<OutputFormat>({
    {"table", "", "", true, true,
     [](bool all_rows) -> std::unique_ptr<ReportWriter> { return std::make_unique<TableFormat>(all_rows); }},
    {"json", "--json", "one JSON object per interval and line", false, false,
     [](bool) -> std::unique_ptr<ReportWriter> { return std::make_unique<JsonFormat>(); }},
    {"csv", "--csv", "one CSV line per thread and interval", false, false,
     [](bool) -> std::unique_ptr<ReportWriter> { return std::make_unique<CsvFormat>(CsvText::as_is); }},
    {"spreadsheet", "--spreadsheet", "as --csv, with a ' before text that spreadsheets would take for a formula", false,
     false, [](bool) -> std::unique_ptr<ReportWriter> { return std::make_unique<CsvFormat>(CsvText::quoted); }},
});

}  // namespace

std::span<const OutputFormat, kOutputFormats> output_formats() {
    return kFormats;
}

}  // namespace tsa
