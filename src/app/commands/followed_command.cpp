// See followed_command.h.
#include "app/commands/followed_command.h"

#include <algorithm>
#include <cerrno>

namespace tsa {

Result<void> start_source_for_command(LiveSession& session, std::uint32_t max_threads) {
    const auto started = session.start_source({SourceChoice::bpf, max_threads}, SourceNotice::none);
    return started.ok() ? started : started.error().in("-- CMD needs the scheduler probes, which do not run");
}

std::optional<int> pass_on_signals(SignalQueue& signals, const Child& child) {
    std::optional<int> number;
    while (const auto received = signals.take()) {
        number = received->number;
        if (received->from_process) {
            child.send(received->number);
        }
    }
    return number;
}

bool exits_outstanding(const Sample& sample, const Child& child) {
    return std::ranges::any_of(sample.threads, [&child](const Thread& thread) {
        const bool ended = thread.state == ThreadState::zombie || thread.tgid == child.tgid();
        return thread.life != 0 && thread.followed && ended;
    });
}

int exit_code_of(const Child::End& end) {
    constexpr int kSignalExit = 128;
    return end.signal ? kSignalExit + *end.signal : end.exit_code.value_or(0);
}

Outcome cannot_run(const Error& error) {
    constexpr int kCannotRunExit = 126;
    constexpr int kNotFoundExit = 127;
    return {error.error_number == ENOENT ? kNotFoundExit : kCannotRunExit, error.text()};
}

}  // namespace tsa
