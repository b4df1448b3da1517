// See formats.h. To add a format: its writer, an adapter here, and a row of the table.
#include "output/formats.h"

#include <array>

#include "output/csv.h"
#include "output/ndjson.h"
#include "output/text.h"

namespace tsa {

namespace {

class TableFormat : public ReportWriter {
  public:
    explicit TableFormat(bool all_rows) : all_rows_(all_rows) {}
    void set_width(std::size_t width) override { text_.set_width(width); }
    std::string_view write(const Report& report, const Selection& selection) override {
        rows_.select_together(report, selection);
        return text_.write(report, rows_, all_rows_);
    }
    std::string_view write_summary(const Report& report, const Selection&, const CommandSummary& command,
                                   bool) override {
        return text_.write_command(command, report.health);
    }

  private:
    bool all_rows_;
    SelectedRows rows_;
    TextWriter text_;
};

class JsonFormat : public ReportWriter {
  public:
    std::string_view write(const Report& report, const Selection& selection) override {
        rows_.select_apart(report, selection);
        return json_.write(report, rows_);
    }
    std::string_view write_summary(const Report& report, const Selection& selection, const CommandSummary& command,
                                   bool rows) override {
        rows_ = {};
        if (rows) {
            rows_.select_apart(report, selection);
        }
        return json_.write(report, rows_, &command);
    }

  private:
    SelectedRows rows_;
    NdjsonWriter json_;
};

class CsvFormat : public ReportWriter {
  public:
    explicit CsvFormat(CsvText text) : csv_(text) {}
    std::string_view write(const Report& report, const Selection& selection) override {
        rows_.select_apart(report, selection);
        return csv_.write(report, rows_);
    }
    std::string_view write_summary(const Report& report, const Selection& selection, const CommandSummary&,
                                   bool rows) override {
        return rows ? write(report, selection) : std::string_view{};
    }

  private:
    SelectedRows rows_;
    CsvWriter csv_;
};

constexpr std::array kFormats = std::to_array<OutputFormat>({
    {"table", "", "", true,
     [](bool all_rows) -> std::unique_ptr<ReportWriter> { return std::make_unique<TableFormat>(all_rows); }},
    {"json", "--json", "one JSON object per interval and line", false,
     [](bool) -> std::unique_ptr<ReportWriter> { return std::make_unique<JsonFormat>(); }},
    {"csv", "--csv", "one CSV line per thread and interval", false,
     [](bool) -> std::unique_ptr<ReportWriter> { return std::make_unique<CsvFormat>(CsvText::as_is); }},
    {"spreadsheet", "--spreadsheet", "as --csv, with a ' before text that spreadsheets would take for a formula", false,
     [](bool) -> std::unique_ptr<ReportWriter> { return std::make_unique<CsvFormat>(CsvText::quoted); }},
});

}  // namespace

std::span<const OutputFormat, kOutputFormats> output_formats() {
    return kFormats;
}

}  // namespace tsa
