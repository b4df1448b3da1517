// SPDX-License-Identifier: MIT
// See screens.h.
#include "app/commands/screens.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "app/commands/process_stacks.h"
#include "app/commands/screen_recorder.h"
#include "app/commands/screen_settings.h"
#include "app/commands/screen_start.h"
#include "app/commands/screen_watch.h"
#include "app/commands/thread_choice.h"
#include "app/host/accounting_switch.h"
#include "app/host/actions.h"
#include "app/host/cgroup_freezer.h"
#include "app/host/clipboard.h"
#include "app/host/detail.h"
#include "app/host/gpu_feed.h"
#include "app/host/live_session.h"
#include "app/host/neighbor_feed.h"
#include "app/host/network_feed.h"
#include "app/host/process_look_feed.h"
#include "app/host/process_names.h"
#include "app/host/scheduling.h"
#include "app/host/settings_store.h"
#include "app/host/waker_feed.h"
#include "base/clock.h"
#include "base/first_namespace.h"
#include "base/local_time.h"
#include "model/thread_finder.h"
#include "model/wait_labels.h"
#include "procfs/cgroup_stats.h"
#include "procfs/identity.h"
#include "procfs/process_times.h"
#include "procfs/signal_handling.h"
#include "procfs/user_names.h"
#include "system/machine.h"
#include "tui/overview.h"
#include "tui/screen.h"

namespace tsa {

namespace {

Machine this_machine(UserNames& users) {
    const MachineIdentity identity = read_machine_identity();
    Machine machine;
    machine.host = identity.hostname;
    machine.kernel = kernel_words(identity.kernel_release);
    machine.user_name = [&users](std::uint32_t uid) { return users.name(uid); };
    machine.utc_offset_s = utc_offset_s;
    machine.signal_handling = [](std::uint32_t tgid, std::uint32_t tid) { return read_signal_handling(tgid, tid); };
    machine.cgroup_of = [mount = find_unified_mount()](std::uint32_t tgid) { return read_cgroup_members(tgid, mount); };
    machine.scheduling_of = [](std::uint32_t tid) { return read_scheduling(tid); };
    machine.own_tgid = static_cast<std::uint32_t>(getpid());
    return machine;
}

/// "process 4588 webapp".
std::string name_of_process(std::uint32_t tgid) {
    const auto status = ProcFs().status(tgid);
    return status ? fmt::format("process {} {}", tgid, status->name) : fmt::format("process {}", tgid);
}

class ScreenLoop {
  public:
    ScreenLoop(const ScreensOptions& options, ThreadChoice choice, LiveSession& session, Screen& screen,
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

    /// Before capabilities are dropped: the thread that looks labels up keeps those that it needs.
    void start_labels() { labels_.start(); }
    void start_facts() {
        facts_.start();
        limits_.start();
        if (choice_.filter.needs_places()) {
            collector_.report_now({});
            collector_.fill_facts(facts_);
        }
    }
    /// Likewise; first, since it forks.
    void start_stacks(bool debuginfod) {
        stacks_.start(collector_.probe(), debuginfod);
        if (!stacks_.no_debuginfod().empty()) {
            overview_.show_message(stacks_.no_debuginfod(), true);
        }
        if (const std::string damaged = damaged_labels(stacks_.label_files()); !damaged.empty()) {
            overview_.show_message(damaged, true);
        }
    }
    Result<Outcome> run();

  private:
    Outcome save_at_end();
    void watch();
    void take_keys();
    void carry_out(const Command& command);
    void refresh(const std::string& end_recording = {}, bool ends_rule = false);
    const Report& collect();
    void toggle_recording();
    void arm_rule(const std::string& text);
    void save_settings();
    void look_at_thread();
    void add_stacks();
    void add_others();
    void switch_accounting_on(bool put_back);
    void show(const ActionResult& result) { overview_.show_message(result.words, result.failed); }
    void draw_screen() { draw(session_.loop(), screen_, overview_.frame(screen_.width(), screen_.height())); }

    SettingsStore& store_;
    ScreenSettings settings_;  ///< as they were at the start, or when they were last saved
    DesktopClipboard clipboard_;
    ThreadChoice choice_;
    LiveSession& session_;
    Collector& collector_;
    Screen& screen_;
    Overview& overview_;
    ScreenRecorder recorder_;
    ScreenWatch watch_;
    ReportOptions report_options_;
    DelayFeed delays_;
    DetailCollector detail_;
    WakerFeed wakers_;
    NetworkFeed network_;
    NeighborFeed neighbors_;
    LabelFeed labels_;
    ProcessFeed facts_;
    CgroupStatsFeed limits_;
    std::vector<std::string> shown_cgroups_;
    ProcessLookFeed look_;
    GpuFeed gpus_;
    StackFeed stacks_;
    ProcessStacks process_stacks_;
    ThreadFinder finder_;
    std::vector<ThreadKey> shown_, with_labels_;
    std::vector<std::uint32_t> shown_processes_;
    bool needs_all_facts_ = false, is_copying_ = false;
    std::vector<std::uint32_t> shown_process_times_;
    ProcessTimes process_times_;
    AccountingSwitch accounting_;
    CgroupFreezer freezer_;
    bool leaves_frozen_ = false;
    std::optional<ThreadKey> looked_at_;
    std::optional<std::uint32_t> looked_at_process_;
    std::optional<LookTopic> looked_closer_at_;
    bool due_ = false;     ///< a tick occurred in this round
    bool redraw_ = false;  ///< something in this round may change the screen
    Outcome outcome_;
};

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

/// The chosen threads. Error: what was named by number does not exist; no terminal.
Result<ThreadChoice> check_start(const ScreensOptions& options) {
    TRY(check_terminal("rstat-tsa stat prints to pipes and files"));
    if (options.tid) {
        TRY(process_of_thread(*options.tid));
    }
    return choose_threads(options, true, false);
}

/// What is shown first, if the user asked by name: the process, or a list to choose from. False: there is none.
bool open_by_name(const std::string& name, OverviewOptions& view) {
    const std::vector<std::uint32_t> found = processes_called(name);
    if (found.size() == 1) {
        view.process_tgid = found.front();
    } else {
        view.filter = name;
    }
    return !found.empty();
}

}  // namespace

Result<Outcome> run_screens(const ScreensOptions& options) {
    OverviewOptions view_options;
    if (!options.name.empty() && !open_by_name(options.name, view_options)) {
        const Error& error = options.unknown_name;
        return Outcome{kExitUsage, fmt::format("{}\nhint: {}", error.message, error.hint)};
    }
    SettingsStore store = SettingsStore::open();
    ScreenSettings settings = store.settings();
    apply_flags(options.flags, settings);
    view_options.settings = &settings;
    view_options.condition = TRY(filter_text(options.filter, settings));
    auto choice = TRY(check_start(options));
    auto session = TRY(LiveSession::open(screen_signals()));
    TRY(session->start_source({options.source, options.max_threads}, SourceNotice::none));
    UserNames users;
    view_options.machine = this_machine(users);
    view_options.machine.container = sees_only_container(session->collector().probe() == nullptr);
    view_options.unicode = use_utf8_locale();
    view_options.interval_ms = std::clamp<std::uint64_t>(options.interval_ms.value_or(settings.interval_ms),
                                                         kShortestIntervalMs, kLongestIntervalMs);
    view_options.kernel_threads = options.kernel_threads;
    view_options.by = options.by;
    if (options.tgids.size() == 1) {
        view_options.chosen = name_of_process(options.tgids.front());
        view_options.process_tgid = options.tgids.front();
    } else if (options.any()) {
        view_options.chosen = fmt::format("{}", fmt::join(choice.words, ", "));
        view_options.chosen_can_end = options.has_numbers();
    }
    view_options.detail_tid = options.tid;
    if (!view_options.filter.empty()) {
        view_options.message = fmt::format("several processes are called {}: Enter opens one", options.name);
    }
    if (session->source() != Source::bpf) {
        choice.choose_cgroup_by_path();
    }
    const std::uint64_t interval_ns = view_options.interval_ms * kNsPerMs;
    Overview overview(std::move(view_options));
    auto screen = TRY(open_screen(options.color, settings));
    if (!store.problem().empty()) {
        overview.show_message(store.problem(), true);
    }
    if (const std::string& why = session->collector().without_probes(); !why.empty()) {
        overview.show_message("no scheduler probes, so fewer states: " + why, true);
    }
    ScreenLoop loop(options, std::move(choice), *session, *screen, overview, store);
    loop.start_stacks(options.debuginfod);
    loop.start_labels();
    loop.start_facts();
    store.start();
    TRY(session->begin(interval_ns, kept_by_screens()));
    return loop.run();
}

}  // namespace tsa
