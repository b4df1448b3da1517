// See profile.h.
#include "app/commands/profile.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "app/commands/own_cost.h"
#include "app/host/privilege.h"
#include "app/host/signals.h"
#include "app/host/sink.h"
#include "app/host/ticker.h"
#include "base/clock.h"
#include "base/time_units.h"
#include "output/latency_json.h"
#include "output/latency_text.h"
#include "output/text.h"
#include "sched/probe.h"

namespace tsa {

namespace {

constexpr std::string_view kSeedProgram = "tsa_seed";

/// Until it is time or a signal comes.
Result<void> wait(Probe& probe, SignalQueue& signals, Ticker& ticker) {
    enum { tick, signal, exits, kCount };
    std::array<pollfd, kCount> fds{{{ticker.fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}, {probe.exit_fd(), POLLIN, 0}}};
    while (true) {
        if (poll(fds.data(), fds.size(), -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return system_error("poll", errno);
        }
        if (fds[exits].revents != 0) {
            probe.drain_exits();
        }
        if (fds[tick].revents != 0 || (fds[signal].revents != 0 && signals.take())) {
            return {};
        }
    }
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

Result<Outcome> run_profile(const Options& options) {
    auto signals = SignalQueue::open({SIGINT, SIGTERM, SIGHUP});
    if (!signals.ok()) {
        return signals.error();
    }
    ProbeOptions probe_options;
    probe_options.max_threads = options.max_threads;
    probe_options.profile = true;
    auto started = Probe::start(probe_options);
    if (!started.ok()) {
        Error error = started.error().in("profile times the scheduler probes, which do not run");
        error.hint += fmt::format("{}rstat-tsa doctor says all that is lacking", error.hint.empty() ? "" : "; ");
        return error;
    }
    Probe& probe = *started.value();
    ProfileResult result;
    result.empty_ns = probe.empty_latency_ns();
    result.wanted_ns = options.profile_seconds * kNsPerSecond;
    Keep keep;
    keep.probes = true;
    TRY(drop_capabilities(keep));
    const std::vector<ProgramLatency> before = probe.latencies();
    const std::uint64_t start_ns = clock_ns(CLOCK_MONOTONIC);
    auto ticker = TRY(Ticker::start(start_ns, result.wanted_ns));
    TRY(wait(probe, signals.value(), ticker));
    result.interval_ns = clock_ns(CLOCK_MONOTONIC) - start_ns;
    subtract(before, probe.latencies(), result);
    Sample sample;
    probe.read(sample);
    result.context = cost_context(sample);
    const std::size_t terminal = Sink(STDOUT_FILENO, "standard output").terminal_width();
    return print_cost(options.format == Format::json ? profile_json(result)
                                                     : profile_text(result, terminal != 0 ? terminal : kPipedWidth));
}

}  // namespace tsa
