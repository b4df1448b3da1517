// The loop of `stat` without a command: one poll() for ticks, signals, final records and a reader that leaves.
#include "app/commands/stat.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "app/host/collector.h"
#include "app/host/delays.h"
#include "app/host/notice.h"
#include "app/host/printer.h"
#include "app/host/privilege.h"
#include "app/host/signals.h"
#include "app/host/start_memory.h"
#include "app/host/targets.h"
#include "app/host/ticker.h"

namespace tsa {

namespace {

class StatLoop {
  public:
    StatLoop(const Options& options, Collector& collector, Printer& printer, SignalQueue& signals)
        : options_(options), collector_(collector), printer_(printer), signals_(signals) {
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

    Result<Outcome> run(Ticker& ticker) {
        enum { tick, signal, exits, reader, kCount };
        std::array<pollfd, kCount> fds{{{ticker.fd(), POLLIN, 0},
                                        {signals_.fd(), POLLIN, 0},
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
    Collector& collector_;
    Printer& printer_;
    SignalQueue& signals_;
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
    auto signals = SignalQueue::open({SIGINT, SIGTERM, SIGHUP});
    if (!signals.ok()) {
        return signals.error();
    }
    printer->stop_on(signals.value().fd());
    auto collector = Collector::start({options.source, options.max_threads});
    if (!collector.ok()) {
        return collector.error();
    }
    notice_of_source(*collector.value());
    const std::uint64_t interval_ns = options.interval_ms.value_or(kDefaultIntervalMs) * kNsPerMs;
    auto ticker = TRY(Ticker::start(collector.value()->newest().now_ns, interval_ns));
    StatLoop loop(options, *collector.value(), *printer, signals.value());
    loop.ask_for_delays();
    if (const auto dropped = drop_capabilities(kept_by_stat(options, collector.value()->newest().source));
        !dropped.ok()) {
        return dropped.error();
    }
    give_back_start_memory();
    return loop.run(ticker);
}

}  // namespace tsa
