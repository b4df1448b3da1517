// The loop of `stat` without a command: one poll() for ticks, signals, final records and a reader that leaves.
#include "app/commands/stat.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "app/host/delays.h"
#include "app/host/live_session.h"
#include "app/host/notice.h"
#include "app/host/printer.h"
#include "app/host/targets.h"

namespace tsa {

namespace {

class StatLoop {
  public:
    StatLoop(const Options& options, LiveSession& session, Printer& printer)
        : options_(options), session_(session), collector_(session.collector()), printer_(printer) {
        // A thread that was asked for by number is shown whatever it is.
        report_options_.kernel_threads = options.kernel_threads || !options.tids.empty();
        report_options_.tgid = options.tgid;
        report_options_.tids = options.tids;
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

    Result<Outcome> run() {
        Ticker& ticker = session_.ticker();
        enum { tick, signal, exits, reader, kCount };
        std::array<pollfd, kCount> fds{{{ticker.fd(), POLLIN, 0},
                                        {session_.signals().fd(), POLLIN, 0},
                                        {collector_.exit_fd(), POLLIN, 0},
                                        {printer_.fd(), 0, 0}}};
        while (!done_) {
            TRY(collector_.wait(fds, exits));
            if ((fds[reader].revents & (POLLERR | POLLHUP)) != 0) {
                break;  // nobody reads any more
            }
            // A signal ends the interval early: what was measured so far is printed. It is not taken, so that this is
            // not waited for if nobody reads.
            const bool told_to_stop = fds[signal].revents != 0;
            const bool due = fds[tick].revents != 0 && ticker.take() != 0;
            done_ = told_to_stop;
            if (!told_to_stop && !due) {
                continue;
            }
            if (const auto printed = step(); !printed.ok()) {
                if (reader_left(printed.error())) {
                    break;
                }
                if (stopped_waiting(printed.error())) {
                    outcome_.note = kNobodyRead;
                    break;
                }
                return printed.error();
            }
        }
        return outcome_;
    }

  private:
    Result<void> step() {
        const Report& report = collector_.collect(report_options_);
        if (options_.taskstats) {
            collector_.set_delays(&delays_.fetch(report));
        }
        ++printed_;
        done_ = done_ || (options_.intervals && printed_ >= *options_.intervals);
        const bool chosen = options_.tgid || !options_.tids.empty();
        if (chosen && report.threads.empty()) {
            done_ = true;
            outcome_.note = options_.tgid ? fmt::format("process {} has ended", *options_.tgid)
                                          : std::string("all of these threads have ended");
        }
        return printer_.print(report);
    }

    const Options& options_;
    LiveSession& session_;
    Collector& collector_;
    Printer& printer_;
    ReportOptions report_options_;
    DelayFeed delays_;
    std::uint64_t printed_ = 0;
    bool done_ = false;
    Outcome outcome_;
};

}  // namespace

Result<Outcome> run_stat(const Options& options) {
    if (!options.command_line.empty()) {
        return run_stat_command(options);
    }
    TRY(check_targets(options.tgid, options.tids));
    // Before signals are taken: a named pipe that nobody reads yet is waited for, and Ctrl-C ends that.
    auto printer = TRY(Printer::open(options, STDOUT_FILENO));
    auto session = TRY(LiveSession::start({options.source, options.max_threads}, SourceNotice::why_and_what));
    printer->stop_on(session->signals().fd());
    StatLoop loop(options, *session, *printer);
    loop.ask_for_delays();
    TRY(session->begin(options.interval_ms.value_or(kDefaultIntervalMs) * kNsPerMs,
                       kept_by_stat(options, session->source())));
    return loop.run();
}

}  // namespace tsa
