// SPDX-License-Identifier: MIT
// See bench.h. The measured loop is that of `waybar` with default settings, with a clock reading (vDSO) between its
// parts, and without the write. It allocates nothing: memory for the times is reserved before it starts.
#include "app/commands/bench.h"

#include <array>
#include <vector>

#include "app/commands/own_cost.h"
#include "app/host/live_session.h"
#include "base/clock.h"
#include "model/interval.h"
#include "output/latency_json.h"
#include "output/latency_text.h"
#include "waybar/waybar.h"

namespace tsa {

namespace {

/// Between two refreshes, unless -i says otherwise. Without a pause, hardly any thread would have switched, and a
/// refresh would have almost nothing to do.
constexpr std::uint32_t kDefaultPauseMs = 1;
/// Warm-up refreshes: buffers grow to their full size.
constexpr std::uint32_t kWarmUp = 10;

class BenchLoop {
  public:
    BenchLoop(const BenchOptions& options, LiveSession& session)
        : session_(session), collector_(session.collector()), wanted_(options.refreshes) {
        status_.interval_ms = options.interval_ms.value_or(kDefaultPauseMs);
        pause_ns_ = status_.interval_ms * kNsPerMs;
        report_options_.kernel_threads = options.kernel_threads;
        report_options_.sleepers = false;  // as the bar
        status_.kernel_threads = options.kernel_threads;
        for (std::vector<std::uint64_t>& times : times_) {
            times.resize(wanted_);  // touched now, not in the loop
        }
    }

    Result<void> run() {
        session_.on_signal([this] {
            session_.loop().stop();
            return Result<void>{};
        });
        session_.on_tick([this] {
            due_ = true;
            return Result<void>{};
        });
        collector_.read_machine(interval_.newest());
        collector_.read_threads(interval_.newest());
        for (std::uint32_t warm = 0; warm < kWarmUp && !session_.loop().stopped(); ++warm) {
            TRY(pause());
            refresh();
        }
        while (done_ < wanted_) {
            if (auto paused = pause(); !paused.ok() || session_.loop().stopped()) {
                return paused;
            }
            const Instants at = refresh();
            for (std::size_t stage = 0; stage + 1 < at.size(); ++stage) {
                times_[stage][done_] = at[stage + 1] - at[stage];
            }
            times_[static_cast<std::size_t>(Stage::whole)][done_] = at.back() - at.front();
            ++done_;
        }
        return {};
    }

    [[nodiscard]] BenchResult result() {
        BenchResult result;
        result.context = cost_context(interval_.newest());
        result.source = interval_.newest().source;
        result.pause_ns = pause_ns_;
        result.wanted = wanted_;
        result.refreshes = done_;
        for (std::size_t stage = 0; stage < kStageCount; ++stage) {
            result.stages[stage] = quantiles_of(std::span(times_[stage]).first(done_));
        }
        return result;
    }

  private:
    /// The start of each stage except `whole`, which is last in Stage, and the end.
    using Instants = std::array<std::uint64_t, kStageCount>;

    Instants refresh() {
        Sample& current = interval_.advance();
        Instants at{};
        at[0] = clock_ns(CLOCK_MONOTONIC);
        collector_.read_machine(current);
        at[1] = clock_ns(CLOCK_MONOTONIC);
        collector_.read_threads(current);
        at[2] = clock_ns(CLOCK_MONOTONIC);
        const Report& report = interval_.report(report_options_);
        at[3] = clock_ns(CLOCK_MONOTONIC);
        line_.write(report, status_, true);
        at[4] = clock_ns(CLOCK_MONOTONIC);
        return at;
    }

    Result<void> pause() {
        session_.ticker().restart(clock_ns(CLOCK_MONOTONIC), pause_ns_);
        for (due_ = false; !due_ && !session_.loop().stopped();) {
            TRY(session_.loop().once());
        }
        return {};
    }

    LiveSession& session_;
    Collector& collector_;
    std::uint32_t wanted_;
    std::uint64_t pause_ns_ = 0;
    std::uint32_t done_ = 0;
    bool due_ = false;
    ReportOptions report_options_;
    Interval interval_;
    WaybarStatus status_;
    WaybarWriter line_{WaybarSettings{}};
    std::array<std::vector<std::uint64_t>, kStageCount> times_;
};

}  // namespace

Result<Outcome> run_bench(const BenchOptions& options) {
    auto session = TRY(LiveSession::start({options.source, options.max_threads}, SourceNotice::why));
    BenchLoop loop(options, *session);
    TRY(session->begin(kNsPerMs, kept_by_stat(session->source(), false)));
    TRY(loop.run());
    const BenchResult result = loop.result();
    return print_cost(options.json ? bench_json(result) : bench_text(result));
}

}  // namespace tsa
