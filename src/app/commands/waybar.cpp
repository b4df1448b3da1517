// SPDX-License-Identifier: MIT
// The loop of `waybar`: a line at each tick; signals that change what is shown; a reader that closes the pipe, or has
// room again.
#include "app/commands/waybar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "app/host/gpu_feed.h"
#include "app/host/instance_lock.h"
#include "app/host/line_sink.h"
#include "app/host/live_session.h"
#include "app/host/network_feed.h"
#include "base/config_path.h"
#include "base/text_file.h"
#include "cli/waybar_config.h"
#include "waybar/waybar.h"

namespace tsa {

namespace {

/// The first line does not wait for a long interval.
constexpr std::uint64_t kLongestFirstIntervalMs = 500;

/// Those that end the bar, those that change it, and those that it ignores: a signal meant for the bar's other modules
/// must not end this one.
std::vector<int> bar_signals() {
    std::vector<int> signals = unassigned_signals();
    signals.insert(signals.end(), {SIGINT, SIGTERM, SIGHUP});
    return signals;
}

class WaybarLoop {
  public:
    WaybarLoop(WaybarSettings settings, LiveSession& session, LineSink& sink)
        : session_(session),
          collector_(session.collector()),
          sink_(sink),
          network_(collector_.probe()),
          needs_network_(settings.needs_network()),
          needs_gpus_(settings.needs_gpus()) {
        status_.interval_ms = settings.interval_ms;
        status_.kernel_threads = settings.kernel_threads;
        report_options_.kernel_threads = settings.kernel_threads;
        report_options_.sleepers = false;
        writer_.emplace(std::move(settings));
    }

    /// What only some settings need; before capabilities are dropped.
    void start() {
        network_.start(needs_network_);
        if (needs_gpus_) {
            gpus_.start();
        }
    }

    Result<void> run() {
        session_.loop().watch(sink_.fd(), Interest::end_only, [this](Ready ready) {
            if (ready.ended) {
                session_.loop().stop();  // the reader is gone
                return Result<void>{};
            }
            return take(sink_.resume());
        });
        session_.on_signal([this] { return handle_signals(); });
        session_.on_tick([this] { return step(false); });
        return session_.loop().run();
    }

  private:
    /// Each signal of a burst counts; one line shows the outcome.
    Result<void> handle_signals() {
        bool changed = false;
        while (const auto received = session_.signals().take()) {
            if (received->number == SIGRTMIN) {
                status_.interval_ms = next_waybar_interval_ms(status_.interval_ms);
                session_.ticker().restart(collector_.newest().now_ns, status_.interval_ms * kNsPerMs);
                changed = true;
            } else if (received->number == SIGRTMIN + 1) {
                status_.kernel_threads = !status_.kernel_threads;
                report_options_.kernel_threads = status_.kernel_threads;
                changed = true;
            } else if (received->number == SIGINT || received->number == SIGTERM || received->number == SIGHUP) {
                session_.loop().stop();
                return {};
            }
        }
        return changed ? show_change() : Result<void>{};
    }

    /// At once, and for the newest whole interval: the part since then would be too short to be meaningful.
    Result<void> show_change() {
        return sampled_ ? write(collector_.report_again(report_options_), false, true) : step(true);
    }

    Result<void> step(bool urgent) {
        if (!sampled_ && status_.interval_ms > kLongestFirstIntervalMs) {
            session_.ticker().restart(collector_.newest().now_ns, status_.interval_ms * kNsPerMs);
        }
        sampled_ = true;
        return write(collector_.collect(report_options_), true, urgent);
    }

    Result<void> write(const Report& report, bool new_sample, bool urgent) {
        collector_.add_gpus(gpus_, needs_gpus_);
        status_.lines_dropped = sink_.dropped();
        return take(sink_.offer(writer_->write(report, status_, new_sample), urgent));
    }

    Result<void> take(const Result<LineSink::Offered>& offered) {
        if (!offered.ok()) {
            return offered.error();
        }
        if (offered.value() == LineSink::Offered::reader_gone) {
            session_.loop().stop();
        }
        session_.loop().set_interest(sink_.fd(), sink_.partial() ? Interest::writable : Interest::end_only);
        return {};
    }

    LiveSession& session_;
    Collector& collector_;
    LineSink& sink_;
    NetworkFeed network_;
    GpuFeed gpus_;
    bool needs_network_, needs_gpus_;
    std::optional<WaybarWriter> writer_;
    ReportOptions report_options_;
    WaybarStatus status_;
    bool sampled_ = false;  ///< at least one interval has ended
};

/// Settings of the file, then of the flags. A named file must exist. Errors are wrong usage.
Result<WaybarSettings> settings_of(const WaybarOptions& options) {
    WaybarSettings settings;
    const std::string path = options.config_path.empty() ? user_config_path("waybar.toml") : options.config_path;
    const auto text = read_regular_file(path, kMaxWaybarConfigBytes + 1);
    if (!text.ok() && !options.config_path.empty()) {
        return Error{"--config: " + text.error().message, "a file of lines like: interval = 1000", 0};
    }
    TRY(apply_waybar_config(settings, text.ok() ? text.value() : std::string(), path));
    for (const WaybarAssignment& assignment : options.settings) {
        TRY(apply(settings, assignment));
    }
    TRY(check(settings));
    return settings;
}

}  // namespace

Result<Outcome> run_waybar(const WaybarOptions& options) {
    auto session = TRY(LiveSession::open(bar_signals()));
    auto settings = settings_of(options);
    if (!settings.ok()) {
        const Error& error = settings.error();
        return Outcome{kExitUsage, error.hint.empty() ? error.message : error.message + "\nhint: " + error.hint};
    }
    std::optional<InstanceLock> lock;
    if (options.single_instance) {
        lock = TRY(InstanceLock::take(waybar_lock_path()));
    }
    auto sink = TRY(LineSink::open(STDOUT_FILENO));
    TRY(session->start_source({options.source, options.max_threads}, SourceNotice::why));
    const std::uint64_t first_ms = std::min<std::uint64_t>(settings.value().interval_ms, kLongestFirstIntervalMs);
    WaybarLoop loop(std::move(settings).value(), *session, sink);
    loop.start();
    TRY(session->begin(first_ms * kNsPerMs, kept_by_stat(session->source(), false)));
    TRY(loop.run());
    return Outcome{};
}

}  // namespace tsa
