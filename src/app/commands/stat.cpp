// SPDX-License-Identifier: MIT
// The loop of `stat` without a command: a report at each tick, until a signal or until the reader closes the pipe.
#include "app/commands/stat.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "app/host/delays.h"
#include "app/host/live_session.h"
#include "app/host/neighbor_feed.h"
#include "app/host/notice.h"
#include "app/host/printer.h"
#include "app/host/targets.h"
#include "app/host/waker_feed.h"

namespace tsa {

namespace {

class StatLoop {
  public:
    StatLoop(const StatOptions& options, Targets targets, LiveSession& session, Printer& printer)
        : options_(options),
          targets_(std::move(targets)),
          session_(session),
          collector_(session.collector()),
          printer_(printer),
          wakers_(collector_.probe()),
          neighbors_(collector_.probe()) {
        // A thread that was requested by number is shown whatever it is.
        report_options_.kernel_threads = options.kernel_threads || !options.tids.empty();
        choose_targets();
    }

    /// Before the first interval: both of its ends are needed.
    void ask_for_delays() {
        if (!options_.taskstats) {
            return;
        }
        const DelayTable& delays = delays_.fetch(collector_.report_now(report_options_));
        if (!delays.unavailable.empty()) {
            notice(delays.unavailable);
        }
    }

    /// Before capabilities are dropped: the thread that looks labels up keeps those that it needs.
    void start_labels() {
        labels_.start();
        collector_.report_now(report_options_);
        collector_.add_labels(labels_, printer_.select_rows(collector_.report()));
    }

    /// Likewise; first, since it forks. The files of programs are read before the first interval.
    void start_stacks() {
        if (options_.stacks) {
            stacks_.start(collector_.probe(), options_.debuginfod);
            if (!stacks_.no_debuginfod().empty()) {
                notice(stacks_.no_debuginfod());
            }
            const Report& report = collector_.report_now(report_options_);
            add_stacks(report, printer_.select_rows(report));
            if (!stacks_.unavailable().empty()) {
                notice(stacks_.unavailable());
            }
            if (const std::string damaged = damaged_labels(stacks_.label_files()); !damaged.empty()) {
                notice(damaged);
            }
        }
    }

    void start_wakers() {
        wakers_.switch_to(options_.wakers);
        if (!wakers_.unavailable().empty()) {
            notice(wakers_.unavailable());
        }
    }

    void start_neighbors() {
        if (options_.neighbors) {
            choose_neighbors(collector_.report_now(report_options_));
            if (!neighbors_.unavailable().empty()) {
                notice(neighbors_.unavailable());
            }
        }
    }

    Result<Outcome> run() {
        Loop& loop = session_.loop();
        loop.watch(printer_.fd(), Interest::end_only, [&loop](Ready) {
            loop.stop();  // the reader is gone
            return Result<void>{};
        });
        // A signal ends the interval early: what was measured so far is printed. It stays pending, so that this does
        // not block without an active reader.
        session_.on_signal([this] { return step(true); });
        session_.on_tick([this] { return step(false); });
        TRY(loop.run());
        return outcome_;
    }

  private:
    void add_stacks(const Report& report, std::span<const std::uint32_t> rows) {
        listed_.clear();
        for (const std::uint32_t row : rows) {
            listed_.push_back(key_of(*report.threads[row].now));
        }
        collector_.add_stacks(stacks_, listed_, kListedStacks);
    }

    /// All threads of the report, up to the limit: the first ones.
    void choose_neighbors(const Report& report) {
        listed_.clear();
        for (const ThreadRow& row : report.threads) {
            listed_.push_back(key_of(*row.now));
        }
        listed_.resize(std::min(listed_.size(), NeighborProbe::kMaxChosen));
        neighbors_.choose(listed_, collector_.newest());
    }

    Result<void> step(bool last) {
        auto printed = print_interval(last);
        if (!printed.ok() && !reader_left(printed.error()) && !stopped_waiting(printed.error())) {
            return printed;
        }
        if (!printed.ok() && stopped_waiting(printed.error())) {
            outcome_.note = kNobodyRead;
        }
        if (last || !printed.ok()) {
            session_.loop().stop();
        }
        return {};
    }

    /// Sets `last` to true if it is the last one for another reason.
    Result<void> print_interval(bool& last) {
        const Report* collected = &collector_.collect(report_options_);
        if (targets_.update(*collected)) {
            choose_targets();
            collected = &collector_.report_again(report_options_);
        }
        const Report& report = *collected;
        if (options_.taskstats) {
            collector_.set_delays(&delays_.fetch(report));
        }
        collector_.add_known_labels(labels_);
        if (options_.stacks) {
            collector_.add_known_stacks(stacks_);
        }
        const std::span<const std::uint32_t> rows = printer_.select_rows(report);
        collector_.add_labels(labels_, rows);
        if (options_.stacks) {
            add_stacks(report, rows);
        }
        collector_.add_wakers(wakers_, std::nullopt);
        if (options_.neighbors) {
            collector_.add_neighbors(neighbors_);
            choose_neighbors(report);
        }
        ++printed_;
        last = last || (options_.intervals && printed_ >= *options_.intervals);
        if (const Presence presence = targets_.presence(report); presence != Presence::seen) {
            last = true;
            outcome_.note = targets_.words(presence, report);
            outcome_.exit_code = presence == Presence::unseen ? kExitFailure : kExitOk;
        }
        return printer_.print(report);
    }

    void choose_targets() {
        report_options_.process = targets_.process();
        report_options_.threads = targets_.threads();
    }

    const StatOptions& options_;
    Targets targets_;
    LiveSession& session_;
    Collector& collector_;
    Printer& printer_;
    ReportOptions report_options_;
    DelayFeed delays_;
    LabelFeed labels_;
    StackFeed stacks_;
    WakerFeed wakers_;
    NeighborFeed neighbors_;
    std::vector<ThreadKey> listed_;
    std::uint64_t printed_ = 0;
    Outcome outcome_;
};

}  // namespace

Result<Outcome> run_stat(const StatOptions& options) {
    if (!options.command_line.empty()) {
        return run_stat_command(options);
    }
    Targets targets = TRY(Targets::find(options.tgid, options.tids));
    // Before signals are blocked: opening a named pipe waits for a reader, and Ctrl-C must end that.
    auto printer = TRY(Printer::open(options, STDOUT_FILENO));
    auto session = TRY(LiveSession::start({options.source, options.max_threads}, SourceNotice::why_and_what));
    printer->stop_on(session->signals().fd());
    StatLoop loop(options, std::move(targets), *session, *printer);
    loop.ask_for_delays();
    loop.start_stacks();
    loop.start_labels();
    loop.start_wakers();
    loop.start_neighbors();
    TRY(session->begin(options.interval_ms.value_or(kDefaultIntervalMs) * kNsPerMs,
                       kept_by_stat(session->source(), options.taskstats)));
    return loop.run();
}

}  // namespace tsa
