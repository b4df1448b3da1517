// SPDX-License-Identifier: MIT
// See overview.h.
#include "tui/overview.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/delays.h"
#include "model/find_row.h"
#include "tui/menus/menus.h"
#include "tui/menus/targets.h"
#include "tui/overview/condition.h"
#include "tui/overview/layout.h"
#include "tui/overview/page.h"
#include "tui/overview/row_keys.h"
#include "tui/overview/rows.h"
#include "tui/thread/page.h"
#include "tui/view.h"

namespace tsa {

Overview::Overview(OverviewOptions options)
    : machine_(std::move(options.machine)), unicode_(options.unicode), wanted_tid_(options.detail_tid) {
    if (options.settings != nullptr) {
        apply_settings(*options.settings, state_);
    }
    state_.interval_ms = options.interval_ms;
    state_.chosen = std::move(options.chosen);
    state_.chosen_can_end = options.chosen_can_end;
    state_.message = std::move(options.message);
    if (!options.sort_key.empty()) {
        state_.overview.sort_key = options.sort_key;
    }
    state_.replay = std::move(options.replay);
    if (state_.replay && state_.overview.sort_key == kSortExecTotal) {
        state_.overview.sort_key = kSortLatency;  // a recording has no totals
    }
    if (!options.filter.empty()) {
        state_.overview.filter = std::move(options.filter);
        state_.overview.mode = RowMode::processes;
    }
    if (!options.condition.empty()) {
        set_filter(state_.overview, options.condition, machine_);
    }
    if (options.by) {
        state_.overview.mode = *options.by == GroupKey::process ? RowMode::processes : RowMode::groups;
        state_.overview.by = *options.by == GroupKey::process ? GroupKey::unit : *options.by;
    }
    if (options.process_tgid) {
        open_process(state_, *options.process_tgid);
    }
}

/// With what is known of its last two minutes.
void Overview::watch(const ThreadKey& key, const Report& report) {
    const bool is_new = history_.find(key) == nullptr;
    history_.watch(key);
    if (const ThreadRow* row = is_new ? find_row(report, key) : nullptr) {
        recent_.fill(*history_.past_of(key), *row, report.now_ns - report.interval_ns);
    }
    history_.add(report, key);
}

// As many as fit beside one; those that are delayed first.
void Overview::watch_threads_of(std::uint32_t tgid, const Report& report) {
    std::vector<const ThreadRow*> rows;
    for (const ThreadRow& row : report.threads) {
        if (row.now->tgid == tgid) {
            rows.push_back(&row);
        }
    }
    if (rows.size() >= kMaxWatched) {
        const auto shorter = [](const ThreadRow* left, const ThreadRow* right) {
            return latency_ns(left->state_ns) > latency_ns(right->state_ns);
        };
        std::stable_sort(rows.begin(), rows.end(), shorter);
        rows.resize(kMaxWatched - 1);
    }
    for (const ThreadRow* row : rows) {
        const ThreadKey key = key_of(*row->now);
        watch(key, report);
    }
}

// The thread on the screen and its siblings, so that Tab shows their last minute at once.
void Overview::watch_detail(const Report& report) {
    watch_process(report);
    if (const std::optional<ThreadKey> thread = thread_on(state_)) {
        watch_threads_of(state_.thread.tgid, report);
        watch(*thread, report);  // last: it is evicted last
    }
}

void Overview::watch_process(const Report& report) {
    process_.follow(state_.overview.tgid);
    process_.add(report, recent_);
    if (state_.overview.tgid) {
        watch_threads_of(*state_.overview.tgid, report);
    }
}

// The chosen process or threads may end while they are shown.
void Overview::note_chosen(const Report& report) {
    std::optional<std::uint64_t>& ended = state_.chosen_ended_unix_ns;
    if (!report.threads.empty() || state_.replay || !state_.chosen_unseen.empty()) {
        ended.reset();
        return;
    }
    if (!state_.chosen.empty() && state_.chosen_can_end && report.interval_ns != 0 && !ended) {
        ended = report.time_unix_ns;
        for (const ThreadRow& row : report.exited) {
            ended = &row == report.exited.data() ? row.exit_time_unix_ns : std::max(*ended, row.exit_time_unix_ns);
        }
    }
}

void Overview::on_report(const Report& report) {
    report_ = &report;
    note_chosen(report);
    // In a replay a step or a jump shows an interval by itself; played, recorded time passes faster than the viewer's.
    OverviewState& overview = state_.overview;
    if (state_.replay && !state_.replay->playing) {
        overview.order.reset();
    }
    const double speed = state_.replay ? state_.replay->speed : 1;
    overview.order.add(report, overview.sort_key,
                       static_cast<std::uint64_t>(speed * static_cast<double>(HeldOrder::kHeldNs)));
    state_.equipment = with_report(state_.equipment, report);
    overview.has_facts = report.facts != nullptr;
    if (wanted_tid_) {
        if (const ThreadRow* found = find_row(report, *wanted_tid_)) {
            open_thread(state_, key_of(*found->now), found->now->tgid);
        } else {
            show_message(fmt::format("no thread has TID {}", *wanted_tid_), true);
        }
        wanted_tid_.reset();
    }
    if (report.delays != nullptr) {
        note_accounting(report.delays->accounting);
    }
    recent_.add(report);
    history_.add(report);
    if (state_.overview.selected && !state_.overview.selected->process) {
        watch(state_.overview.selected->thread, report);
    }
    watch_detail(report);
    state_ = settle(std::move(state_), report);
}

void Overview::forget_past() {
    history_ = {};
    recent_.forget();
    process_.forget();
    state_.overview.order.reset();
    state_.equipment.throttled_at_ns.reset();
}

void Overview::on_past(const Report& report) {
    history_.add(report);
    recent_.add(report);
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

Frame Overview::frame(int width, int height) {
    if (width != state_.width || height != state_.height) {
        state_.width = width;
        state_.height = height;
        state_ = settle(std::move(state_), report());
    }
    const Page& screen = screen_of(state_);
    delay_rows_ = screen.delay_rows != nullptr ? screen.delay_rows(state_, report()) : std::vector<ThreadKey>{};
    const bool detail_fits = detail_ != nullptr && thread_on(state_) == detail_->key;
    const Scene scene{report(),  state_,   machine_,        history_, unicode_, detail_fits ? detail_ : nullptr,
                      &process_, &recent_, process_stacks_, look_};
    note_frame(state_, scene, width, height);
    return view(scene, width, height);
}

std::vector<ThreadKey> Overview::shown_threads() const {
    const Page& screen = screen_of(state_);
    if (screen.shown_threads != nullptr) {
        return screen.shown_threads(state_, report());
    }
    const std::optional<ThreadKey> thread = thread_on(state_);
    return thread ? std::vector<ThreadKey>{*thread} : std::vector<ThreadKey>{};
}

std::vector<std::uint32_t> Overview::shown_processes() const {
    const Page& screen = screen_of(state_);
    std::vector<std::uint32_t> shown =
        screen.shown_processes != nullptr ? screen.shown_processes(state_, report()) : std::vector<std::uint32_t>{};
    // What may be copied of them.
    if (thread_on(state_)) {
        shown.push_back(state_.thread.tgid);
    } else if (is_copying()) {
        for (const RowRef& row : chosen_rows(state_, report())) {
            shown.push_back(row.process->tgid);
        }
    }
    return shown;
}

bool Overview::is_copying() const {
    return overlay_of(state_) == &kYankMenu;
}

bool Overview::needs_all_facts() const {
    const Page& screen = screen_of(state_);
    return screen.needs_all_facts != nullptr && screen.needs_all_facts(state_);
}

std::vector<std::uint32_t> Overview::shown_process_times() const {
    const Page& screen = screen_of(state_);
    const bool are_shown = screen.shown_processes != nullptr && process_times_are_shown(state_);
    return are_shown ? screen.shown_processes(state_, report()) : std::vector<std::uint32_t>{};
}

bool Overview::needs_all_process_times() const {
    const OverviewState& overview = state_.overview;
    const bool is_sorted = overview.sort_key == kCpuTime && has_process_rows(overview.mode);
    const bool is_summed = overview.mode == RowMode::groups && process_times_are_shown(state_);
    return screen_of(state_).shown_processes != nullptr && (is_sorted || is_summed);
}

std::vector<std::string> Overview::shown_cgroups() const {
    const Page& screen = screen_of(state_);
    return screen.shown_cgroups != nullptr ? screen.shown_cgroups(state_, report()) : std::vector<std::string>{};
}

std::vector<ThreadKey> Overview::neighbor_threads() const {
    if (const std::optional<ThreadKey> thread = thread_on(state_)) {
        return {*thread};
    }
    const std::span<const ThreadKey> threads = process_.cpu_waiters();
    return {threads.begin(), threads.end()};
}

std::optional<std::uint32_t> Overview::process_by_stack() const {
    return screen_of(state_).process_by_stack ? state_.overview.tgid : std::nullopt;
}

bool Overview::shows_wakers() const {
    const Page& screen = screen_of(state_);
    return thread_on(state_).has_value() || state_.overview.tgid ||
           (screen.shows_wakers != nullptr && screen.shows_wakers(state_));
}

bool Overview::shows_network() const {
    return network_is_shown(state_);
}

bool Overview::shows_gpus() const {
    return gpus_are_shown(state_);
}

std::optional<LookTopic> Overview::look() const {
    const Page& screen = screen_of(state_);
    return screen.look != nullptr ? screen.look(state_) : std::nullopt;
}

std::optional<Command> Overview::on_key(const KeyEvent& event) {
    KeyResult result = handle_key(std::move(state_), event, report(), machine_);
    state_ = std::move(result.state);
    if (OverviewState& overview = state_.overview; overview.sort_again) {
        overview.sort_again = false;
        overview.order.sort_now(report(), overview.sort_key);
    }
    watch_detail(report());
    return std::move(result.command);
}

void Overview::show_message(std::string_view words, bool is_warning) {
    state_.message = words;
    state_.message_is_warning = is_warning;
}

}  // namespace tsa
