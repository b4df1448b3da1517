// See printer.h.
#include "app/host/printer.h"

#include <unistd.h>

namespace tsa {

namespace {

Selection selection_of(const StatOptions& options) {
    Selection selection;
    selection.sort = options.sort;
    selection.top = options.top.value_or(0);
    if (options.format == Format::table) {
        if (selection.sort == nullptr) {
            selection.sort = find_sort_column("lost");
        }
        selection.top = options.top.value_or(kDefaultTableRows);
    }
    // Names and numbers that are names read best from the front.
    const bool names =
        selection.sort != nullptr && (selection.sort->unit == Unit::identifier || selection.sort->unit == Unit::text);
    selection.descending = !names;
    return selection;
}

}  // namespace

Printer::Printer(const StatOptions& options, Sink sink)
    : format_(options.format),
      selection_(selection_of(options)),
      all_rows_(options.top.has_value() || options.tgid.has_value() || !options.tids.empty()),
      sink_(std::move(sink)) {}

Result<std::unique_ptr<Printer>> Printer::open(const StatOptions& options, int standard_fd) {
    Sink sink(standard_fd, standard_fd == STDOUT_FILENO ? "standard output" : "standard error");
    if (!options.output_path.empty()) {
        auto file = TRY(Sink::create(options.output_path));
        sink = std::move(file);
    }
    return std::unique_ptr<Printer>(new Printer(options, std::move(sink)));
}

Result<void> Printer::print(const Report& report) {
    switch (format_) {
        case Format::json:
            rows_.select_apart(report, selection_);
            return sink_.write(json_.write(report, rows_));
        case Format::csv:
            rows_.select_apart(report, selection_);
            return sink_.write(csv_.write(report, rows_));
        case Format::table:
            break;
    }
    const std::size_t width = sink_.terminal_width();
    text_.set_width(width == 0 ? kPipedWidth : width);
    rows_.select_together(report, selection_);
    return sink_.write(text_.write(report, rows_, all_rows_));
}

Result<void> Printer::print_summary(const Report& report, const CommandSummary& command, bool rows) {
    if (format_ == Format::csv) {
        return rows ? print(report) : Result<void>{};
    }
    if (format_ == Format::json) {
        rows_ = {};
        if (rows) {
            rows_.select_apart(report, selection_);
        }
        return sink_.write(json_.write(report, rows_, &command));
    }
    const std::size_t width = sink_.terminal_width();
    text_.set_width(width == 0 ? kPipedWidth : width);
    return sink_.write(text_.write_command(command, report.health));
}

}  // namespace tsa
