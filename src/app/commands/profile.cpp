// SPDX-License-Identifier: MIT
// See profile.h.
#include "app/commands/profile.h"

#include <fmt/format.h>
#include <unistd.h>

#include "app/commands/own_cost.h"
#include "app/host/live_session.h"
#include "app/host/sink.h"
#include "base/clock.h"
#include "base/time_units.h"
#include "model/sample.h"
#include "output/latency_json.h"
#include "output/latency_text.h"
#include "output/text.h"

namespace tsa {

namespace {

constexpr std::string_view kSeedProgram = "tsa_seed";

/// Waits until the deadline or a signal.
Result<void> wait(LiveSession& session) {
    const auto stop = [&session] {
        session.loop().stop();
        return Result<void>{};
    };
    session.on_signal(stop);
    session.on_tick(stop);
    return session.loop().run();
}

/// What happened between the two readings, program by program; both list the same ones.
void subtract(const std::vector<ProgramLatency>& before, std::vector<ProgramLatency> after, ProfileResult& result) {
    for (std::size_t at = 0; at < after.size() && at < before.size(); ++at) {
        if (after[at].program == kSeedProgram) {
            result.seed = std::move(after[at]);
            continue;
        }
        after[at].runs = after[at].runs.since(before[at].runs);
        result.programs.push_back(std::move(after[at]));
    }
}

}  // namespace

Result<Outcome> run_profile(const ProfileOptions& options) {
    auto session = TRY(LiveSession::open());
    if (const auto started = session->start_source({SourceChoice::bpf, options.max_threads, true}, SourceNotice::none);
        !started.ok()) {
        Error error = started.error().in("profile times the scheduler probes, which do not run");
        error.hint += fmt::format("{}rstat-tsa doctor shows what is missing", error.hint.empty() ? "" : "; ");
        return error;
    }
    Collector& collector = session->collector();
    ProfileResult result;
    result.empty_ns = collector.probe()->empty_latency_ns();
    result.wanted_ns = options.seconds * kNsPerSecond;
    Keep keep;
    keep.probes = true;
    TRY(session->begin(result.wanted_ns, keep));
    const std::vector<ProgramLatency> before = collector.probe()->latencies();
    const std::uint64_t start_ns = clock_ns(CLOCK_MONOTONIC);
    session->ticker().restart(start_ns, result.wanted_ns);
    TRY(wait(*session));
    result.interval_ns = clock_ns(CLOCK_MONOTONIC) - start_ns;
    subtract(before, collector.probe()->latencies(), result);
    Sample sample;
    collector.read(sample);
    result.context = cost_context(sample);
    const std::size_t terminal = Sink(STDOUT_FILENO, "standard output").terminal_width();
    return print_cost(options.json ? profile_json(result)
                                   : profile_text(result, terminal != 0 ? terminal : kPipedWidth));
}

}  // namespace tsa
