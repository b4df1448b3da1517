// SPDX-License-Identifier: MIT
// See screen_loop.h: what is collected for an interval, and for what the user looks at.
#include "app/commands/screen_loop.h"
#include "base/clock.h"
#include "model/wait_labels.h"

namespace tsa {

/// A new interval, and what else the displayed thread or rows need. `end_recording` not empty: why this is the last
/// interval of the recording. `ends_rule`: it is the last one for the rule that is armed.
void ScreenLoop::refresh(const std::string& end_recording, bool ends_rule) {
    shown_ = overview_.shown_threads();
    // Asked before the report's samples change.
    shown_processes_ = overview_.shown_processes();
    shown_cgroups_ = overview_.shown_cgroups();
    needs_all_facts_ = overview_.needs_all_facts() || recorder_.active() || watch_.active();
    shown_process_times_ = overview_.shown_process_times();
    const Report& report = collect();
    collector_.add_labels(labels_, shown_);
    if (const auto said = recorder_.add(report, end_recording)) {
        show(*said);
    }
    overview_.set_recording(recorder_.active());
    if (const auto said = watch_.add(report, ends_rule)) {
        show(*said);
    }
    overview_.set_rule(watch_.state());
    overview_.set_frozen(freezer_.frozen());
    overview_.on_process_stacks(process_stacks_.update(collector_));
    detail_.update_stacks(stacks_, collector_.newest());
    add_stacks();
    collector_.add_neighbors(neighbors_);
    add_others();
    const ThreadDetail* detail = detail_.update(overview_.detail_thread(), report);
    if (detail == nullptr) {
        if (const std::vector<ThreadKey> rows = overview_.delay_rows(); !rows.empty()) {
            collector_.set_delays(&delays_.fetch(rows, report));
        }
    }
    overview_.on_report(report);
    overview_.on_detail(detail);
    looked_at_ = overview_.detail_thread();
}

/// Of the thread that is shown, and of the holder of the lock that it waits for; else of the rows whose wait the stack
/// may give a label.
void ScreenLoop::add_stacks() {
    if (const auto thread = overview_.detail_thread()) {
        collector_.add_stacks(stacks_, {&*thread, 1}, kScreenStacks);
        return;
    }
    with_labels_.clear();
    for (const Thread* thread : finder_.find(shown_, collector_.newest())) {
        if (thread != nullptr && may_have_stack_label(*thread)) {
            with_labels_.push_back(key_of(*thread));
        }
    }
    collector_.add_stacks(stacks_, with_labels_, kScreenStacks);
}

/// The probes of wakers and of sockets run while wakers and network bytes are shown, those of neighbors while a thread
/// or process is.
void ScreenLoop::add_others() {
    collector_.add_gpus(gpus_, overview_.shows_gpus());
    const bool could_count = network_.unavailable().empty();
    network_.switch_to(overview_.shows_network());
    if (could_count && !network_.unavailable().empty()) {
        overview_.show_message(network_.unavailable(), true);
    }
    wakers_.switch_to(overview_.shows_wakers());
    collector_.add_wakers(wakers_, overview_.detail_thread());
    collector_.choose_neighbors(neighbors_, overview_.neighbor_threads());
}

/// A report of the chosen process, never of a later one with its ID.
const Report& ScreenLoop::collect() {
    const Report* report = &collector_.collect(report_options_);
    const bool by_place = choice_.filter.needs_places();
    if (by_place) {
        // Processes that are not chosen, or not known yet, are only in a report of everything.
        collector_.report_again({});
        collector_.add_facts(facts_, {}, true);
    }
    if (choice_.update(*report) || by_place) {
        report = &collector_.report_again(report_options_);
    }
    if (by_place) {
        collector_.add_known_facts(facts_);
    } else {
        collector_.add_facts(facts_, shown_processes_, needs_all_facts_);
    }
    if (overview_.needs_all_process_times()) {
        read_process_times(*report, process_times_);
    } else {
        read_process_times(shown_process_times_, process_times_);
    }
    overview_.on_process_times(&process_times_);
    if (!shown_cgroups_.empty()) {
        limits_.update(shown_cgroups_, facts_.table());
    }
    const Presence presence = choice_.targets.presence(*report);
    overview_.set_unseen(presence == Presence::unseen ? choice_.targets.words(presence, *report) : std::string());
    return *report;
}

/// The user went to another thread or process: its data is collected from now on, not from the next interval.
void ScreenLoop::look_at_thread() {
    if (overview_.detail_thread() != looked_at_ || overview_.process() != looked_at_process_) {
        looked_at_ = overview_.detail_thread();
        looked_at_process_ = overview_.process();
        add_stacks();
        add_others();
        overview_.on_detail(detail_.look_at(looked_at_, collector_.report()));
    }
    if (const bool copies = overview_.is_copying(); copies != is_copying_) {
        is_copying_ = copies;
        if (copies) {
            collector_.add_facts(facts_, overview_.shown_processes(), false);
        }
    }
    process_stacks_.follow(overview_.process_by_stack(), collector_);
    if (!overview_.paused() || overview_.look() != looked_closer_at_) {
        looked_closer_at_ = overview_.look();
        overview_.on_look(look_.update(looked_closer_at_, clock_ns(CLOCK_MONOTONIC)));
    }
    if (overview_.wants_stack_times() && detail_.watch_stacks()) {
        detail_.update_stacks(stacks_, collector_.newest());
        add_stacks();
    }
}

}  // namespace tsa
