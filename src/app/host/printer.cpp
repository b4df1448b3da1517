// SPDX-License-Identifier: MIT
// See printer.h.
#include "app/host/printer.h"

#include <unistd.h>

#include "app/host/colors.h"
#include "text/ascii.h"

namespace tsa {

namespace {

Selection selection_of(const StatOptions& options) {
    Selection selection;
    selection.sort = options.sort;
    selection.top = options.top.value_or(0);
    if (options.format->is_for_people) {
        selection.top = options.top.value_or(kDefaultTableRows);
    }
    // A limit needs an order: that of the table, in every format.
    if (selection.sort == nullptr && selection.top != 0) {
        selection.sort = &shown_delay_column();
    }
    // Names and identifiers are left-aligned.
    const bool names =
        selection.sort != nullptr && (selection.sort->unit == Unit::identifier || selection.sort->unit == Unit::text);
    selection.descending = !names;
    return selection;
}

}  // namespace

Printer::Printer(const StatOptions& options, Sink sink)
    : format_(*options.format),
      color_(options.color),
      selection_(selection_of(options)),
      only_active_(options.format->is_for_people && !options.top && !options.has_numbers()),
      sink_(std::move(sink)),
      writer_(options.format->make(options.top.has_value() || options.has_numbers())) {}

void Printer::select(const Report& report) {
    if (format_.mixes_ended) {
        selected_.select_together(report, selection_);
    } else {
        selected_.select_apart(report, selection_);
    }
}

std::span<const std::uint32_t> Printer::select_rows(const Report& report) {
    select(report);
    rows_.clear();
    for (const ThreadRow* row : selected_.threads()) {
        const bool is_alive = row->exit_time_unix_ns == 0;
        if (is_alive && (!only_active_ || was_active(row->state_ns))) {
            rows_.push_back(static_cast<std::uint32_t>(row - report.threads.data()));
        }
    }
    return rows_;
}

Result<std::unique_ptr<Printer>> Printer::open(const StatOptions& options, int standard_fd) {
    Sink sink(standard_fd, standard_fd == STDOUT_FILENO ? "standard output" : "standard error");
    if (!options.output_path.empty()) {
        auto file = TRY(Sink::create(options.output_path));
        sink = std::move(file);
    }
    return std::unique_ptr<Printer>(new Printer(options, std::move(sink)));
}

void Printer::fit_to_terminal() {
    const std::size_t width = sink_.terminal_width();
    TextLook look;
    look.width = width == 0 ? kPipedWidth : width;
    look.ascii = !output_is_utf8();
    look.color = wants_colors(color_, sink_.fd());
    writer_->set_look(look);
}

GroupReport& Printer::select_groups(std::span<GroupRow> groups, const Report& report, GroupKey key) {
    groups_.key = key;
    tsa::select_groups(groups, report, selection_, groups_);
    if (only_active_) {
        std::erase_if(groups_.rows, [](const GroupRow* group) { return !was_active(group->sums.state_ns); });
    }
    return groups_;
}

Result<void> Printer::print_groups(const Report& report) {
    fit_to_terminal();
    return sink_.write(writer_->write_groups(report, groups_));
}

Result<void> Printer::print(const Report& report) {
    if (selection_.sort == &shown_delay_column()) {
        selected_.order_again(report, selection_);
    }
    fit_to_terminal();
    return sink_.write(writer_->write(report, selected_));
}

Result<void> Printer::print_summary(const Report& report, const CommandSummary& command, bool rows) {
    fit_to_terminal();
    if (rows) {
        select(report);
    }
    const std::string_view text = writer_->write_summary(report, command, rows ? &selected_ : nullptr);
    return text.empty() ? Result<void>{} : sink_.write(text);
}

}  // namespace tsa
