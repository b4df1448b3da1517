// See overview.h.
#include "tui/overview.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/delays.h"
#include "tui/overview/layout.h"
#include "tui/overview/rows.h"
#include "tui/replay/replay.h"
#include "tui/view.h"

namespace tsa {

Overview::Overview(OverviewOptions options)
    : machine_(std::move(options.machine)), unicode_(options.unicode), wanted_tid_(options.detail_tid) {
    state_.interval_ms = options.interval_ms;
    state_.kernel_threads = options.kernel_threads;
    state_.sort_key = options.sort_key;
    state_.replay = std::move(options.replay);
}

// The thread on the screen and its siblings: so Tab finds their last minute there already.
void Overview::watch_detail(const Report& report) {
    if (!state_.detail) {
        return;
    }
    std::size_t room = kMaxWatched - 1;
    for (const ThreadRow& row : report.threads) {
        if (row.now->tgid == state_.detail_tgid && room > 0) {
            const ThreadKey key = key_of(*row.now);
            if (history_.find(key) == nullptr) {
                history_.watch(key);
                history_.add(report, key);
            }
            --room;
        }
    }
    history_.watch(*state_.detail);  // last: it is the one that stays longest
    history_.add(report, *state_.detail);
}

void Overview::on_report(const Report& report) {
    report_ = &report;
    state_.equipment = with_report(state_.equipment, report);
    if (wanted_tid_) {
        const auto found = std::find_if(report.threads.begin(), report.threads.end(),
                                        [&](const ThreadRow& row) { return row.now->tid == *wanted_tid_; });
        if (found != report.threads.end()) {
            state_.detail = key_of(*found->now);
            state_.detail_tgid = found->now->tgid;
        } else {
            show_message(fmt::format("no thread has TID {}", *wanted_tid_), true);
        }
        wanted_tid_.reset();
    }
    if (state_.selected && !state_.selected->process) {
        history_.watch(state_.selected->thread);
    }
    if (report.delays != nullptr) {
        note_accounting(report.delays->accounting);
    }
    history_.add(report);
    watch_detail(report);
    state_ = settle(std::move(state_), report);
}

void Overview::forget_past() {
    history_ = {};
    state_.equipment.throttled_at_ns.reset();
}

void Overview::on_past(const Report& report) {
    history_.add(report);
    watch_detail(report);
}

void Overview::on_detail(const ThreadDetail* detail) {
    detail_ = detail;
    if (detail != nullptr) {
        note_accounting(detail->accounting);
    }
}

void Overview::note_accounting(const DelayAccounting& accounting) {
    state_.accounting = accounting.state;
    state_.accounting_needs_boot = accounting.state == Accounting::off && accounting.covers_cpu;
}

// Rows are asked for only while a column needs them: ordering them once more costs as much as drawing them.
void Overview::note_delay_rows() {
    delay_rows_.clear();
    const std::vector<PlacedColumn> columns = place_columns(state_, state_.width);
    const bool wanted = !state_.detail && std::any_of(columns.begin(), columns.end(), [](const PlacedColumn& column) {
        return column.key.starts_with(kTaskstatsPrefix);
    });
    if (!wanted) {
        return;
    }
    RowList list(report(), state_);
    const std::size_t page = std::min(page_rows(state_, report()), kMaxDelayRows);
    for (const RowRef& row : list.rows(place(list, state_, page).scroll, page)) {
        if (row.thread != nullptr) {
            delay_rows_.push_back(key_of(*row.thread->now));
        }
    }
}

// On a screen without room for the strip, what a column is to the keys is as wide as on a usual one.
void Overview::note_strip(int width, int height) {
    if (!state_.replay) {
        return;
    }
    const int shown = replay_layout(state_, width, height).columns;
    const auto columns = static_cast<std::size_t>(shown > 0 ? shown : 80);
    if (state_.replay->strip.columns.size() != columns) {
        state_.replay->strip = make_strip(*state_.replay->timeline, columns);
    }
}

Frame Overview::frame(int width, int height) {
    note_strip(width, height);
    if (width != state_.width || height != state_.height) {
        state_.width = width;
        state_.height = height;
        state_ = settle(std::move(state_), report());
    }
    note_delay_rows();
    const bool detail_fits = detail_ != nullptr && state_.detail && detail_->key == *state_.detail;
    const Scene scene{report(), state_, machine_, history_, unicode_, detail_fits ? detail_ : nullptr};
    state_.bounds = detail_bounds(scene, width, height);
    state_.menu_bounds = menu_bounds(scene, width, height);
    return view(scene, width, height);
}

std::optional<Command> Overview::on_key(const KeyEvent& event) {
    KeyResult result = handle_key(std::move(state_), event, report(), machine_);
    state_ = std::move(result.state);
    watch_detail(report());
    return std::move(result.command);
}

void Overview::show_message(std::string_view words, bool is_warning) {
    state_.message = words;
    state_.message_is_warning = is_warning;
}

}  // namespace tsa
