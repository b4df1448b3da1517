// SPDX-License-Identifier: MIT
// See screen_loop.h. What an interval brings is in screen_refresh.cpp.
#include "app/commands/screen_loop.h"

#include <fmt/format.h>

#include <utility>

#include "app/commands/screen_settings.h"
#include "app/commands/screen_start.h"
#include "app/host/actions.h"
#include "app/host/scheduling.h"
#include "base/first_namespace.h"
#include "base/time_units.h"

namespace tsa {

ScreenLoop::ScreenLoop(const ScreensOptions& options, ThreadChoice choice, LiveSession& session, Screen& screen,
                       Overview& overview, SettingsStore& store)
    : store_(store),
      choice_(std::move(choice)),
      session_(session),
      collector_(session.collector()),
      screen_(screen),
      overview_(overview),
      recorder_(options, choice_, session.signals()),
      watch_(options, choice_, session.signals()),
      detail_(collector_.probe(), delays_),
      wakers_(collector_.probe()),
      network_(collector_.probe()),
      neighbors_(collector_.probe()),
      process_stacks_(options.debuginfod) {
    // The screens hide kernel threads themselves: a key shows them again immediately.
    choice_.filter.places = &facts_.table();
    report_options_.filter = choice_.filter.selects() ? &choice_.filter : nullptr;
    overview.note_settings(settings_);
}

void ScreenLoop::start_facts() {
    facts_.start();
    limits_.start();
    if (choice_.filter.needs_places()) {
        collector_.report_now({});
        collector_.fill_facts(facts_);
    }
}

void ScreenLoop::start_stacks(bool debuginfod) {
    stacks_.start(collector_.probe(), debuginfod);
    if (!stacks_.no_debuginfod().empty()) {
        overview_.show_message(stacks_.no_debuginfod(), true);
    }
    if (const std::string damaged = damaged_labels(stacks_.label_files()); !damaged.empty()) {
        overview_.show_message(damaged, true);
    }
}

void ScreenLoop::draw_screen() {
    draw(session_.loop(), screen_, overview_.frame(screen_.width(), screen_.height()));
}

void ScreenLoop::switch_accounting_on(bool put_back) {
    const auto done = accounting_.switch_on(put_back);
    delays_.accounting_changed();
    if (!done.ok()) {
        overview_.show_message(done.error().text(), true);
    } else if (done.value()) {
        overview_.show_message("delay accounting is on, for threads created from now on", false);
    } else {
        overview_.show_message("delay accounting was on already; threads that are older than it stay without", false);
    }
}

void ScreenLoop::toggle_recording() {
    if (recorder_.active()) {
        refresh("stopped by key");
    } else {
        show(recorder_.start(overview_.interval_ms(), sees_only_container(collector_.probe() == nullptr)));
        overview_.set_recording(recorder_.active());
    }
}

/// The capture of the rule before is completed first.
void ScreenLoop::arm_rule(const std::string& text) {
    if (watch_.state().capturing) {
        refresh({}, true);
    }
    show(watch_.arm(text, overview_.interval_ms(), sees_only_container(collector_.probe() == nullptr)));
    overview_.set_rule(watch_.state());
}

void ScreenLoop::save_settings() {
    ScreenSettings now = settings_;
    overview_.note_settings(now);
    if (const auto saved = store_.save(settings_, now); saved.ok()) {
        settings_ = std::move(now);
        overview_.show_message("settings saved", false);
    } else {
        overview_.show_message(saved.error().text(), true);
    }
}

void ScreenLoop::take_keys() {
    while (const auto event = screen_.next_event()) {
        if (const auto command = overview_.on_key(*event)) {
            carry_out(*command);
        }
    }
}

void ScreenLoop::carry_out(const Command& command) {
    switch (command.kind) {
        case Command::Kind::quit:
            leaves_frozen_ = command.leave_frozen;
            session_.loop().stop();
            break;
        case Command::Kind::freeze_cgroup:
            show(freezer_.freeze(command));
            overview_.set_frozen(freezer_.frozen());
            break;
        case Command::Kind::thaw_cgroup:
            show(freezer_.thaw(command));
            overview_.set_frozen(freezer_.frozen());
            break;
        case Command::Kind::kill_cgroup:
            show(freezer_.kill(command));
            break;
        case Command::Kind::set_affinity:
            show(set_affinity(command));
            break;
        case Command::Kind::set_policy:
            show(set_policy(command));
            break;
        case Command::Kind::set_io_priority:
            show(set_io_priority(command));
            break;
        case Command::Kind::set_interval:
            session_.ticker().restart(collector_.newest().now_ns, command.interval_ms * kNsPerMs);
            break;
        case Command::Kind::send_signal:
            show(send_signal(command));
            break;
        case Command::Kind::change_nice:
            show(change_nice(command));
            break;
        case Command::Kind::redraw:
            screen_.redraw_all();
            break;
        case Command::Kind::toggle_recording:
            toggle_recording();
            break;
        case Command::Kind::arm_rule:
            arm_rule(command.text);
            break;
        case Command::Kind::yank:
            screen_.copy(command.text);
            clipboard_.copy(command.text);
            overview_.show_message(fmt::format("copied: {}", command.text_name), false);
            break;
        case Command::Kind::save_settings:
            save_settings();
            break;
        case Command::Kind::switch_accounting_on:
            switch_accounting_on(command.put_back);
            break;
    }
}

void ScreenLoop::watch() {
    session_.on_signal([this] {
        redraw_ = true;
        if (const int signal = take_screen_signals(session_.signals(), screen_).ended_by; signal != 0) {
            outcome_ = ended_by(signal);
            session_.loop().stop();
        }
        return Result<void>{};
    });
    watch_terminal(session_.loop(), screen_, [this] { redraw_ = true; });
    session_.on_tick([this] {
        redraw_ = due_ = true;
        return Result<void>{};
    });
}

Result<Outcome> ScreenLoop::run() {
    Loop& loop = session_.loop();
    watch();
    collector_.report_now(report_options_);
    collector_.add_known_facts(facts_);
    overview_.on_report(collector_.report());
    look_at_thread();
    draw_screen();
    while (!loop.stopped()) {
        redraw_ = due_ = false;
        TRY(loop.once());
        if (loop.stopped()) {
            break;
        }
        take_keys();
        look_at_thread();
        if (due_ && !overview_.paused()) {
            refresh();
        }
        // Only final records may have arrived, which are not on the screen yet.
        if (redraw_ && !loop.stopped()) {
            draw_screen();
        }
    }
    if (recorder_.active() || watch_.state().capturing) {
        refresh("the screens were closed", true);
    }
    if (const std::string frozen = leaves_frozen_ ? freezer_.leave_frozen() : freezer_.thaw_all(); !frozen.empty()) {
        outcome_.note += (outcome_.note.empty() ? "" : "\n") + frozen;
    }
    return save_at_end();
}

/// What keys have changed.
Outcome ScreenLoop::save_at_end() {
    ScreenSettings now = settings_;
    overview_.note_settings(now);
    if (store_.settings().save != kSaveNames[0] || now == settings_) {
        return outcome_;
    }
    if (const auto saved = store_.save(settings_, now); !saved.ok() && outcome_.note.empty()) {
        outcome_.note = "settings not saved: " + saved.error().text();
    }
    return outcome_;
}

}  // namespace tsa
