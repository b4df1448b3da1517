// SPDX-License-Identifier: MIT
// The loop of `record`: an interval at each tick, until a signal, the deadline, a command's end, the end of the chosen
// threads, or a reader that leaves. Writing is in active_recording.h.
#include "app/commands/record.h"

#include <fmt/format.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "app/commands/active_recording.h"
#include "app/commands/capture_command.h"
#include "app/commands/capture_rule.h"
#include "app/commands/followed_command.h"
#include "app/commands/record_extras.h"
#include "app/commands/recorded_delays.h"
#include "app/commands/recording_options.h"
#include "app/commands/thread_choice.h"
#include "app/host/desktop_notifier.h"
#include "app/host/live_session.h"
#include "app/host/network_feed.h"
#include "app/host/notice.h"
#include "app/host/notice_queue.h"
#include "app/host/recording_start.h"
#include "app/host/service_manager.h"
#include "base/clock.h"
#include "base/first_namespace.h"
#include "record/writer.h"
#include "rules/report_terms.h"
#include "text/sanitize.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr const char* kCommandEnded = "the command has ended";
constexpr const char* kAllCaptured = "all captures were made";

/// A rule has fired; `ends`: its capture is complete already. Returns since when there is more detail, if it begins
/// now.
using Fired = std::function<std::optional<std::uint64_t>(bool ends)>;

/// What the loop works with; everything outlives the loop.
struct RecordParts {
    const RecordOptions& options;
    LiveSession& session;
    RecordWriter& writer;
    ThreadChoice& choice;
    FollowedCommand* command;  ///< null: none
    ServiceManager& manager;
    Fired& fired;  ///< set by the loop, called by the writer
};

std::string_view signal_name(int number) {
    return number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : number == SIGHUP ? "SIGHUP" : "a signal";
}

/// The time limit of the recording, as set by the user.
class Deadline {
  public:
    /// Error: from the clock.
    static Result<Deadline> start(const RecordOptions& options, std::uint64_t begin_ns) {
        Deadline deadline;
        if (options.duration_ns) {
            deadline.ticker_ = TRY(Ticker::start(begin_ns, *options.duration_ns));
            deadline.at_ns_ = begin_ns + *options.duration_ns;
            deadline.why_ = fmt::format("{} elapsed", duration_text(*options.duration_ns).view());
        }
        return deadline;
    }
    /// Readable when it has elapsed; -1: no limit.
    [[nodiscard]] int fd() const { return ticker_ ? ticker_->fd() : -1; }
    /// Why the recording ends now; empty: it continues.
    [[nodiscard]] std::string why_now() const {
        return ticker_ && clock_ns(CLOCK_MONOTONIC) >= at_ns_ ? why_ : std::string();
    }

  private:
    std::optional<Ticker> ticker_;
    std::uint64_t at_ns_ = 0;
    std::string why_;
};

class RecordLoop {
  public:
    RecordLoop(const RecordParts& parts, const Deadline& deadline)
        : options_(parts.options),
          session_(parts.session),
          writer_(parts.writer),
          choice_(parts.choice),
          command_(parts.command),
          manager_(parts.manager),
          deadline_(deadline),
          recording_(parts.options, session_.collector().newest(), writer_, command_ != nullptr),
          extras_(parts.options, session_.collector()) {
        parts.fired = [this](bool ends) {
            return ends ? std::nullopt : extras_.rule_fired(session_.collector().report(), choice_.filter);
        };
    }

    /// Before capabilities are dropped: the threads that look labels and processes up keep those that they need.
    void start_labels() { labels_.start(); }
    void start_facts() {
        facts_.start();
        session_.collector().report_now(all_);
        session_.collector().fill_facts(facts_);
        choice_.filter.places = &facts_.table();
        writer_.set_filter(choice_.filter);
    }

    /// Before capabilities are dropped, and first, since it forks.
    Result<void> start_extras() { return extras_.start(choice_.filter); }

    /// Before the first interval: both of its ends are needed.
    void ask_for_delays() {
        if (options_.taskstats) {
            const DelayTable& delays = delays_.fetch(session_.collector().report_now(all_), choice_.filter);
            if (!delays.unavailable.empty()) {
                notice(delays.unavailable);
            }
        }
    }

    Result<Outcome> run() {
        watch();
        TRY(manager_.ready(session_, [this] { return recording_.state(); }));
        TRY(session_.loop().run());
        const int ended = unseen_ ? kExitFailure : kExitOk;
        return recording_.outcome(command_ != nullptr ? command_->exit_code() : ended);
    }

  private:
    void watch();
    void step(std::string why);
    void update_filter(const Report& report);
    void end_by_signal();
    void command_ended();
    void after_recording();

    const RecordOptions& options_;
    LiveSession& session_;
    RecordWriter& writer_;
    ThreadChoice& choice_;
    FollowedCommand* command_;
    ServiceManager& manager_;
    const Deadline& deadline_;
    ReportOptions all_;    // the writer selects: a recording's sums are machine-wide
    bool unseen_ = false;  ///< the chosen threads are alive, but in no report
    RecordedDelays delays_;
    ActiveRecording recording_;
    RecordExtras extras_;
    LabelFeed labels_;
    ProcessFeed facts_;
    LabelFeed::IsWanted is_recorded_ = [this](const Thread& thread) { return choice_.filter.matches(thread); };
};

void RecordLoop::watch() {
    const auto handler = [](auto call) {
        return [call](auto...) {
            call();
            return Result<void>{};
        };
    };
    Loop& loop = session_.loop();
    if (command_ != nullptr) {
        command_->watch(handler([this] { command_ended(); }));
    } else {
        session_.on_signal(handler([this] { end_by_signal(); }));
    }
    loop.watch(options_.to_stdout() ? STDOUT_FILENO : -1, Interest::end_only, handler([this] {
                   recording_.reader_gone();
                   after_recording();
               }));
    loop.watch(deadline_.fd(), Interest::readable, handler([this] { step(deadline_.why_now()); }));
    session_.on_tick(handler([this] { step(deadline_.why_now()); }));
}

/// One interval. `why`: why it is the last one; empty: it is not, unless for another reason.
void RecordLoop::step(std::string why) {
    Collector& collector = session_.collector();
    extras_.before_sample();
    const Report& report = collector.collect(all_);
    collector.add_facts(facts_, {}, true);
    collector.add_labels(labels_, is_recorded_);
    if (command_ != nullptr && command_->end() && !command_->exits_outstanding()) {
        why = kCommandEnded;
    }
    update_filter(report);
    if (options_.taskstats) {
        collector.set_delays(&delays_.fetch(report, choice_.filter));
    }
    if (const Presence presence = choice_.targets.presence(report); presence != Presence::seen) {
        why = choice_.targets.words(presence, report);
        recording_.set_note(why);
        unseen_ = presence == Presence::unseen;
    }
    if (command_ == nullptr && writer_.progress().captures_complete) {
        why = kAllCaptured;
    }
    if (command_ != nullptr) {
        command_->keep_signal_pending();
    }
    const IntervalExtras extras = extras_.read(report, choice_.filter, !why.empty());
    if (!why.empty() && command_ == nullptr) {
        manager_.stopping();
    }
    recording_.add(report, why, extras);
    extras_.written(writer_.progress().capturing);
    if (!recording_.is_open()) {
        after_recording();
    }
}

void RecordLoop::update_filter(const Report& report) {
    if (choice_.update(report)) {
        writer_.set_filter(choice_.filter);
    }
}

/// Ends the interval early: what was measured so far is recorded. The signal stays pending, so that a stream without an
/// active reader does not block.
void RecordLoop::end_by_signal() {
    if (const auto number = session_.signals().waiting()) {
        step(fmt::format("stopped by {}", signal_name(*number)));
    }
}

/// The last threads are recorded once their final records have arrived.
void RecordLoop::command_ended() {
    recording_.set_command_end(command_->end()->exit_code, command_->end()->signal);
    for (int round = 1; recording_.is_open(); ++round) {
        session_.collector().await_exits(kSettleTime);
        step(round == kSettleRounds ? kCommandEnded : "");
    }
    session_.loop().stop();
}

/// The command continues alone: only its end, and signals for it, are awaited.
void RecordLoop::after_recording() {
    Loop& loop = session_.loop();
    if (command_ == nullptr) {
        loop.stop();
        return;
    }
    loop.forget(session_.ticker().fd());
    loop.forget(deadline_.fd());
    loop.forget(STDOUT_FILENO);
}

/// Shared by the functions of CaptureOptions, which the writer owns.
struct Watch {
    std::optional<CaptureCommand> command;
    std::unique_ptr<DesktopNotifier> desktop;
    NoticeQueue notices;
};

DesktopText desktop_text(const std::string& directory, const CaptureNote& note) {
    DesktopText text;
    text.summary = printable(note.rule);
    for (const CaptureNote::Value& value : note.values) {
        text.body += fmt::format("{} {}\n", printable(value.name), printable(value.text));
    }
    text.body += printable(directory);
    return text;
}

CaptureOptions capture_options(const RecordOptions& options, ReportRule rule, const SignalQueue& signals,
                               std::unique_ptr<DesktopNotifier> desktop, Fired& fired) {
    const auto watch = std::make_shared<Watch>();
    watch->desktop = std::move(desktop);
    if (!options.run.empty()) {
        watch->command.emplace(options.run, signals);
    }
    CaptureOptions wanted = captures_of(std::make_shared<ReportRule>(std::move(rule)));
    wanted.before_ns = options.before_ns.value_or(wanted.before_ns);
    wanted.after_ns = options.after_ns.value_or(wanted.after_ns);
    wanted.every_ns = options.every_ns.value_or(0);
    wanted.most = options.captures.value_or(0);
    wanted.holds = [watch, holds = std::move(wanted.holds)](const Report& report) {
        if (watch->command) {
            for (const std::string& failure : watch->command->reap()) {
                watch->notices.print(failure);
            }
        }
        return holds(report);
    };
    wanted.done = [watch](const std::string& directory, const CaptureNote& note) {
        const auto started = watch->command ? watch->command->start(directory, note) : Result<void>{};
        if (!started.ok()) {
            watch->notices.print(started.error().text());
        }
    };
    wanted.begins = [watch, &fired](const std::string& directory, CaptureNote& note, bool ends) {
        watch->notices.print("capture: " + directory, Severity::notice);
        note.detail_from_unix_ns = fired(ends);
        if (watch->desktop) {
            watch->desktop->show(desktop_text(directory, note));
        }
    };
    wanted.failure = [watch](std::string_view text) { watch->notices.print(std::string(text), Severity::error); };
    return wanted;
}

RecordWriterOptions writer_options(const RecordOptions& options, const ThreadChoice& choice, LiveSession& session) {
    RecordWriterOptions wanted =
        recording_options(choice, options.version, options.interval_ms.value_or(kDefaultIntervalMs),
                          sees_only_container(session.source() == Source::procfs));
    if (options.to_stdout()) {
        wanted.stream_fd = STDOUT_FILENO;
        wanted.stop_fd = session.signals().fd();
    } else {
        wanted.directory = options.output;
    }
    wanted.compress = options.compress;
    wanted.stacks = options.stacks;
    wanted.wakers = options.wakers;
    wanted.neighbors = options.neighbors;
    wanted.keep_bytes = options.keep_bytes.value_or(0);
    wanted.keep_ns = options.keep_ns.value_or(0);
    wanted.meta.taskstats = options.taskstats;
    wanted.meta.command = options.command_line;
    wanted.meta.name = options.name;
    wanted.meta.labels = options.labels;
    return wanted;
}

/// A stream's reader is waited for, until a signal.
Result<std::unique_ptr<RecordWriter>> make_files(const RecordOptions& options, const ThreadChoice& choice,
                                                 LiveSession& session, Fired& fired) {
    RecordWriterOptions wanted = writer_options(options, choice, session);
    if (!options.when.empty()) {
        auto rule = TRY(ReportRule::parse(options.when, "--when"));
        // A child, so before any thread, and with the privileges that it gives up for the user's.
        auto desktop = options.notify ? DesktopNotifier::start(session.signals()) : nullptr;
        if (desktop != nullptr && !desktop->unavailable().empty()) {
            notice(fmt::format("--notify: {}; captures are made all the same", desktop->unavailable()));
        }
        wanted.captures = capture_options(options, std::move(rule), session.signals(), std::move(desktop), fired);
    }
    return options.to_stdout() ? RecordWriter::create(std::move(wanted))
                               : create_recording(std::move(wanted), session.signals(), kStartPatience);
}

/// All files exist: drops privileges, starts the clock and the command.
Result<Outcome> record_with(const RecordParts& parts) {
    const RecordOptions& options = parts.options;
    LiveSession& session = parts.session;
    const Deadline deadline = TRY(Deadline::start(options, session.collector().newest().now_ns));
    RecordLoop loop(parts, deadline);
    if (const auto started = loop.start_extras(); !started.ok()) {
        parts.writer.abandon();
        return started.error();
    }
    loop.ask_for_delays();
    loop.start_labels();
    loop.start_facts();
    TRY(session.begin(options.interval_ms.value_or(kDefaultIntervalMs) * kNsPerMs,
                      kept_by_record(options, session.source())));
    if (parts.command != nullptr) {
        if (const auto released = parts.command->release(); !released.ok()) {
            parts.writer.abandon();
            return cannot_run(released.error());
        }
    }
    return loop.run();
}

}  // namespace

Result<Outcome> run_record(const RecordOptions& options) {
    ServiceManager manager = ServiceManager::from_environment();
    auto choice = TRY(choose_threads(options, options.kernel_threads, !options.command_line.empty()));
    auto session = TRY(LiveSession::open());
    const bool runs_command = !options.command_line.empty();
    if (runs_command) {
        TRY(start_source_for_command(*session, options.max_threads, options.neighbors));
    } else {
        TRY(session->start_source({options.source, options.max_threads, false, options.neighbors},
                                  SourceNotice::why_and_what));
    }
    if (session->source() != Source::bpf) {
        choice.choose_cgroup_by_path();
    }
    NetworkFeed network(session->collector().probe());
    if (options.network) {
        network.switch_to(true);
        if (!network.unavailable().empty()) {
            return Error{std::string(network.unavailable()), {}, 0}.in("--net");
        }
    }
    Fired fired = [](bool) { return std::nullopt; };
    auto writer = make_files(options, choice, *session, fired);
    if (!writer.ok()) {
        return writer.error().in(options.to_stdout() ? "record" : "-o");
    }
    // The first interval begins here: all of it is recorded, however long the disk took to create the files.
    session->collector().collect({});
    std::unique_ptr<FollowedCommand> command;
    if (runs_command) {
        auto prepared = FollowedCommand::prepare(options.command_line, *session);
        if (!prepared.ok()) {
            writer.value()->abandon();
            return prepared.error();
        }
        command = std::move(prepared).value();
    }
    return record_with({options, *session, *writer.value(), choice, command.get(), manager, fired});
}

}  // namespace tsa
