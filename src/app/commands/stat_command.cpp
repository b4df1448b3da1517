// SPDX-License-Identifier: MIT
// `stat -- CMD`: the command is followed from start to end with everything it creates. Each final record is added up as
// it arrives, so that thousands of short-lived children cost no more memory than their names.
#include <unistd.h>

#include "app/commands/followed_command.h"
#include "app/commands/stat.h"
#include "app/host/live_session.h"
#include "app/host/network_feed.h"
#include "app/host/printer.h"
#include "model/interval.h"
#include "model/tally.h"
#include "peers/label_feed.h"

namespace tsa {

namespace {

/// Ended threads that the summary lists one by one; the rest are counted, and only in the sums.
constexpr std::size_t kMaxExitedKept = 16'384;
/// How often final records are collected when no reports are requested.
constexpr std::uint64_t kQuietIntervalMs = 250;

class CommandLoop {
  public:
    CommandLoop(const StatOptions& options, LiveSession& session, Printer& printer, FollowedCommand& command)
        : options_(options),
          session_(session),
          collector_(session.collector()),
          printer_(printer),
          command_(command),
          network_(session.collector().probe()) {
        report_options_.kernel_threads = options.kernel_threads;
        report_options_.followed_only = true;
        whole_.newest() = collector_.newest();
    }

    /// Before capabilities are dropped: the thread that looks labels up keeps those that it needs.
    void start_labels() {
        if (options_.interval_ms) {
            labels_.start();
        }
    }

    /// Before the command runs, so that no byte is missed.
    void start_network() {
        network_.start(options_.network);
        if (network_.is_on()) {
            collector_.collect(report_options_);
            whole_.newest() = collector_.newest();
        }
    }

    Result<Outcome> run();

  private:
    void step(bool print);
    void remember_exits();
    bool settle_once();
    Result<void> command_ended();
    void summarize();

    const StatOptions& options_;
    LiveSession& session_;
    Collector& collector_;
    Printer& printer_;
    FollowedCommand& command_;
    ReportOptions report_options_;
    Interval whole_;  ///< from its start to its end
    std::uint64_t started_ns_ = 0;
    std::vector<ExitedThread> exited_;
    Tally tally_;
    CommandSummary summary_;
    LabelFeed labels_;
    NetworkFeed network_;
    std::uint64_t printed_ = 0;
    std::optional<Error> print_error_;  ///< the command continues; reported at the end
};

void CommandLoop::remember_exits() {
    for (const ExitedThread& exited : collector_.newest().exited) {
        if (!exited.thread.followed) {
            continue;
        }
        tally_.add(exited.thread, exited.exit_ns);
        if (exited_.size() < kMaxExitedKept) {
            exited_.push_back(exited);
        } else {
            ++summary_.folded;
        }
    }
}

void CommandLoop::step(bool print) {
    const Report& report = collector_.collect(report_options_);
    remember_exits();
    if (!print || print_error_ || (options_.intervals && printed_ >= *options_.intervals)) {
        return;
    }
    ++printed_;
    command_.keep_signal_pending();
    collector_.add_known_labels(labels_);
    collector_.add_labels(labels_, printer_.select_rows(report));
    if (const auto printed = printer_.print(report); !printed.ok()) {
        print_error_ = printed.error();
    }
}

/// False: no final records are outstanding.
bool CommandLoop::settle_once() {
    if (!command_.exits_outstanding()) {
        return false;
    }
    collector_.await_exits(kSettleTime);
    step(false);
    return true;
}

void CommandLoop::summarize() {
    const Child::End& end = *command_.end();
    Sample& last = whole_.advance();
    last = collector_.newest();
    for (const Thread& thread : last.threads) {
        if (thread.life != 0 && thread.followed) {
            tally_.add(thread, last.now_ns);
            summary_.still_running += thread.state != ThreadState::zombie ? 1 : 0;
        }
    }
    summary_.argv = options_.command_line;
    summary_.exit_code = end.exit_code;
    summary_.signal = end.signal;
    summary_.user_ns = end.user_ns;
    summary_.system_ns = end.system_ns;
    summary_.total = tally_.total();
    summary_.groups = tally_.groups();
    last.exited = std::move(exited_);
    const Report& report = whole_.report(report_options_);
    summary_.network = report.network;
    if (print_error_) {
        return;
    }
    if (const auto printed = printer_.print_summary(report, summary_, !options_.interval_ms); !printed.ok()) {
        print_error_ = printed.error();
    }
}

Result<void> CommandLoop::command_ended() {
    step(options_.interval_ms.has_value());
    summary_.elapsed_ns = collector_.newest().now_ns - started_ns_;
    for (int round = 0; round < kSettleRounds && settle_once(); ++round) {
    }
    summarize();
    session_.loop().stop();
    return {};
}

Result<Outcome> CommandLoop::run() {
    started_ns_ = collector_.newest().now_ns;
    command_.watch([this] { return command_ended(); });
    session_.on_tick([this] {
        step(options_.interval_ms.has_value());
        return Result<void>{};
    });
    TRY(session_.loop().run());
    Outcome outcome;
    outcome.exit_code = command_.exit_code();
    if (print_error_ && stopped_waiting(*print_error_)) {
        outcome.note = kNobodyRead;
    } else if (print_error_ && !reader_left(*print_error_)) {
        return *print_error_;
    }
    return outcome;
}

}  // namespace

Result<Outcome> run_stat_command(const StatOptions& options) {
    // A table would mix with the command's output; requested data belongs on stdout.
    auto printer = TRY(Printer::open(options, options.format->is_for_people ? STDERR_FILENO : STDOUT_FILENO));
    auto session = TRY(LiveSession::open());
    printer->stop_on(session->signals().fd());
    TRY(start_source_for_command(*session, options.max_threads));
    auto command = TRY(FollowedCommand::prepare(options.command_line, *session));
    CommandLoop loop(options, *session, *printer, *command);
    loop.start_labels();
    loop.start_network();
    TRY(session->begin(options.interval_ms.value_or(kQuietIntervalMs) * kNsPerMs, kept_by_stat_command()));
    if (const auto released = command->release(); !released.ok()) {
        return cannot_run(released.error());
    }
    return loop.run();
}

}  // namespace tsa
