// The loop of `record`: one poll() for ticks, the deadline, signals, final records, a command's end, and a reader that
// leaves. It writes one interval per tick and knows nothing of the files.
#include "app/commands/record.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/commands/followed_command.h"
#include "app/commands/record_choice.h"
#include "app/commands/record_progress.h"
#include "app/host/child.h"
#include "app/host/delays.h"
#include "app/host/live_session.h"
#include "app/host/notice.h"
#include "app/host/sink.h"
#include "app/host/ticker.h"
#include "base/clock.h"
#include "procfs/identity.h"
#include "record/writer.h"
#include "text/units.h"

namespace tsa {

namespace {

/// What the loop works with; all of it outlives the loop.
struct RecordParts {
    const Options& options;
    LiveSession& session;
    RecordWriter& writer;
    RecordChoice& choice;
    Child* child;  ///< null: no command
};

std::string_view signal_name(int number) {
    return number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : number == SIGHUP ? "SIGHUP" : "a signal";
}

class RecordLoop {
  public:
    explicit RecordLoop(const RecordParts& parts)
        : options_(parts.options),
          session_(parts.session),
          collector_(parts.session.collector()),
          writer_(parts.writer),
          choice_(parts.choice),
          child_(parts.child),
          chosen_(parts.options.tgid, parts.options.tids),
          began_ns_(collector_.newest().now_ns),
          own_cpu_before_ns_(collector_.newest().own.cpu_ns),
          // The terminal is the command's, or what is recorded goes there.
          progress_(parts.child == nullptr && !(parts.options.record.to_stdout() && isatty(STDOUT_FILENO) != 0)) {
        if (options_.record.duration_ns) {
            deadline_ns_ = began_ns_ + *options_.record.duration_ns;
        }
    }

    /// Before the first interval: both of its ends are needed.
    void ask_for_delays() {
        if (options_.taskstats) {
            fetch_delays(collector_.report_now(all_));
            if (!delays_.table().unavailable.empty()) {
                notice(delays_.table().unavailable);
            }
        }
    }

    /// `deadline`: ticks once when the time is over; null: never.
    Result<Outcome> run(Ticker* deadline);

  private:
    void step(bool last);
    void fetch_delays(const Report& report);
    void finish(bool whole);
    void take_signals();
    void command_ended();
    [[nodiscard]] RecordStatus status() const;
    [[nodiscard]] Result<Outcome> outcome() const;

    const Options& options_;
    LiveSession& session_;
    Collector& collector_;
    RecordWriter& writer_;
    RecordChoice& choice_;
    Child* child_;
    ReportOptions all_;  // the writer picks: a recording's sums are the machine's
    ChosenThreads chosen_;
    DelayFeed delays_;
    std::vector<ThreadKey> keys_;
    std::uint64_t began_ns_;
    std::uint64_t own_cpu_before_ns_;
    std::optional<std::uint64_t> deadline_ns_;
    ProgressLine progress_;
    bool finished_ = false;  // the recording; its command may go on
    RecordingEnd end_;
    std::string note_;  // what ended it, if nobody asked for it
    std::optional<Error> failed_;
    std::optional<Child::End> child_end_;
    int passed_on_ = 0;  // the last signal that came for the command
};

RecordStatus RecordLoop::status() const {
    const Sample& newest = collector_.newest();
    return {writer_.progress(), newest.now_ns - began_ns_, newest.health.lost(),
            newest.own.cpu_ns - own_cpu_before_ns_};
}

void RecordLoop::fetch_delays(const Report& report) {
    keys_.clear();
    for (const ThreadRow& row : report.threads) {
        // Whoever was asked for once is recorded to its end, whatever it is called now.
        const ThreadKey key = key_of(*row.now);
        if (choice_.filter.matches(*row.now) || delays_.table().find(key) != nullptr) {
            keys_.push_back(key);
        }
    }
    delays_.fetch(keys_, report);
}

/// One interval. `last`: of the recording; so is the one in which nothing is outstanding of an ended command, or the
/// last of the chosen threads has ended.
void RecordLoop::step(bool last) {
    const Report& report = collector_.collect(all_);
    last = last || (child_end_ && !exits_outstanding(collector_.newest(), *child_));
    if (choice_.cgroup && choice_.cgroup->update(report)) {
        choice_.filter.cgroups = choice_.cgroup->ids();
        writer_.set_cgroups(choice_.filter.cgroups);
    }
    if (options_.taskstats) {
        fetch_delays(report);
        collector_.set_delays(&delays_.table());
    }
    if (!chosen_.any_left(report)) {
        last = true;
        note_ = options_.tids.empty() ? fmt::format("process {} has ended", *options_.tgid)
                                      : std::string("all of these threads have ended");
        end_.why = note_;
    }
    if (const auto added = writer_.add(report, last); !added.ok()) {
        failed_ = added.error();
    }
    if (last || failed_) {
        finish(!failed_);
        return;
    }
    progress_.show(status(), collector_.newest().now_ns);
}

/// Completes the files. `whole`: its last interval is in them.
void RecordLoop::finish(bool whole) {
    finished_ = true;
    progress_.erase();
    if (child_end_) {
        end_.exit_code = child_end_->exit_code;
        end_.signal = child_end_->signal;
    }
    if (const auto done = writer_.finish(end_); !done.ok() && whole) {
        failed_ = done.error();
    }
}

void RecordLoop::take_signals() {
    if (child_ != nullptr) {
        passed_on_ = pass_on_signals(session_.signals(), *child_).value_or(passed_on_);
        return;
    }
    // Ends the interval early: what was measured so far is recorded. It is not taken, so that a stream is not waited
    // for if nobody reads it.
    if (const auto number = session_.signals().waiting()) {
        end_.why = fmt::format("told to stop ({})", signal_name(*number));
        step(true);
    }
}

/// Its last threads are told of when their final records have come.
void RecordLoop::command_ended() {
    auto end = child_->reap();
    if (!end.ok()) {
        failed_ = failed_ ? failed_ : end.error();
        return;
    }
    child_end_ = end.value();
    if (passed_on_ != 0) {
        // It asked for the end of all: a stream is not waited for if nobody reads it.
        SignalQueue::put_back(passed_on_);
    }
    end_.why = finished_ ? end_.why : "the command has ended";
    for (int round = 1; !finished_; ++round) {
        pollfd exits{collector_.exit_fd(), POLLIN, 0};
        poll(&exits, 1, kSettleMs);
        step(round == kSettleRounds);
    }
}

Result<Outcome> RecordLoop::run(Ticker* deadline) {
    Ticker& ticker = session_.ticker();
    enum { tick, over, signal, exits, reader, command, kCount };
    std::array<pollfd, kCount> fds{{{ticker.fd(), POLLIN, 0},
                                    {deadline != nullptr ? deadline->fd() : -1, POLLIN, 0},
                                    {session_.signals().fd(), POLLIN, 0},
                                    {collector_.exit_fd(), POLLIN, 0},
                                    {options_.record.to_stdout() ? STDOUT_FILENO : -1, 0, 0},
                                    {child_ != nullptr ? child_->ended_fd() : -1, POLLIN, 0}}};
    while (!finished_ || (child_ != nullptr && !child_end_)) {
        if (finished_) {
            // The command goes on alone: only its end, and signals for it, are waited for.
            fds[tick].fd = fds[over].fd = fds[reader].fd = -1;
        }
        TRY(collector_.wait(fds, exits));
        if (fds[signal].revents != 0) {
            take_signals();
        }
        if (fds[command].revents != 0) {
            command_ended();
            break;
        }
        if (finished_) {
            continue;
        }
        if ((fds[reader].revents & (POLLERR | POLLHUP)) != 0) {
            failed_ = system_error("standard output", EPIPE);
            finish(false);
        } else if (fds[over].revents != 0 || (fds[tick].revents != 0 && ticker.take() != 0)) {
            const bool last = deadline_ns_ && clock_ns(CLOCK_MONOTONIC) >= *deadline_ns_;
            if (last) {
                end_.why = fmt::format("{} are over", duration_text(*options_.record.duration_ns).view());
            }
            step(last);
        }
    }
    return outcome();
}

Result<Outcome> RecordLoop::outcome() const {
    Outcome outcome;
    outcome.exit_code = child_end_ ? exit_code_of(*child_end_) : kExitOk;
    const bool stream = options_.record.to_stdout();
    const bool unread = failed_ && stopped_waiting(*failed_);
    if (failed_ && !unread && !(stream && reader_left(*failed_))) {
        Error error = *failed_;
        if (error.hint.empty() && !stream && writer_.progress().intervals != 0) {
            error.hint =
                fmt::format("what was recorded until then can be read: rstat-tsa report {}", options_.record.output);
        }
        return error;
    }
    if (!failed_ || unread) {
        outcome.note = unread ? std::string(kNobodyRead) + "; " : note_.empty() ? "" : note_ + "; ";
        outcome.note += closing_words(status(), stream ? "standard output" : options_.record.output);
    }
    return outcome;
}

RecordWriterOptions writer_options(const Options& options, const RecordChoice& choice, const SignalQueue& signals) {
    const RecordOptions& record = options.record;
    RecordWriterOptions wanted;
    if (record.to_stdout()) {
        wanted.stream_fd = STDOUT_FILENO;
        wanted.stop_fd = signals.fd();
    } else {
        wanted.directory = record.output;
    }
    wanted.filter = choice.filter;
    wanted.compress = record.compress;
    wanted.keep_bytes = record.keep_bytes.value_or(0);
    wanted.keep_ns = record.keep_ns.value_or(0);
    wanted.meta.version = options.version;
    wanted.meta.interval_ms = options.interval_ms.value_or(kDefaultIntervalMs);
    wanted.meta.taskstats = options.taskstats;
    wanted.meta.filters = choice.words;
    wanted.meta.command = options.command_line;
    wanted.user_name = user_name;
    return wanted;
}

/// All files are there: privilege goes, the clock and the command start.
Result<Outcome> record_with(const RecordParts& parts) {
    const Options& options = parts.options;
    LiveSession& session = parts.session;
    std::optional<Ticker> deadline;
    if (options.record.duration_ns) {
        deadline = TRY(Ticker::start(session.collector().newest().now_ns, *options.record.duration_ns));
    }
    RecordLoop loop(parts);
    loop.ask_for_delays();
    TRY(session.begin(options.interval_ms.value_or(kDefaultIntervalMs) * kNsPerMs,
                      kept_by_record(options, session.source())));
    if (parts.child != nullptr) {
        if (const auto released = parts.child->release(); !released.ok()) {
            parts.writer.abandon();
            return cannot_run(released.error());
        }
    }
    return loop.run(deadline ? &*deadline : nullptr);
}

}  // namespace

Result<Outcome> run_record(const Options& options) {
    auto choice = TRY(choose_threads(options));
    auto session = TRY(LiveSession::open());
    const bool command = !options.command_line.empty();
    if (command) {
        TRY(start_source_for_command(*session, options.max_threads));
    } else {
        TRY(session->start_source({options.source, options.max_threads}, SourceNotice::why_and_what));
    }
    if (choice.cgroup && session->source() != Source::bpf) {
        return Error{"--cgroup needs the scheduler probes: they tell a thread's cgroup", "leave --cgroup out", 0};
    }
    auto writer = RecordWriter::create(writer_options(options, choice, session->signals()));
    if (!writer.ok()) {
        return writer.error().in(options.record.to_stdout() ? "record" : "-o");
    }
    std::optional<Child> child;
    if (command) {
        auto prepared = Child::prepare(options.command_line, session->signals());
        if (!prepared.ok()) {
            writer.value()->abandon();
            return prepared.error();
        }
        child.emplace(std::move(prepared).value());
        session->collector().follow(child->tgid());
    }
    return record_with({options, *session, *writer.value(), choice, child ? &*child : nullptr});
}

}  // namespace tsa
