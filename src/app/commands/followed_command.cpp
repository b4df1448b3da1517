// SPDX-License-Identifier: MIT
// See followed_command.h.
#include "app/commands/followed_command.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tsa {

Result<void> start_source_for_command(LiveSession& session, std::uint32_t max_threads, bool neighbors) {
    const auto started = session.start_source({SourceChoice::bpf, max_threads, false, neighbors}, SourceNotice::none);
    return started.ok() ? started : started.error().in("-- CMD needs the scheduler probes, which do not run");
}

Result<std::unique_ptr<FollowedCommand>> FollowedCommand::prepare(const std::vector<std::string>& argv,
                                                                  LiveSession& session) {
    auto child = TRY(Child::prepare(argv, session.signals()));
    session.collector().follow(child.tgid());
    return std::unique_ptr<FollowedCommand>(new FollowedCommand(session, std::move(child)));
}

void FollowedCommand::watch(std::function<Result<void>()> ended) {
    session_.on_signal([this] {
        pass_on_signals();
        return Result<void>{};
    });
    session_.loop().watch(child_.ended_fd(), Interest::readable,
                          [this, ended = std::move(ended)](Ready) -> Result<void> {
                              session_.loop().forget(child_.ended_fd());
                              TRY(reap());
                              return ended();
                          });
}

/// The terminal sends Ctrl-C to the command as well; a signal sent to this process alone is forwarded.
void FollowedCommand::pass_on_signals() {
    while (const auto received = session_.signals().take()) {
        if (received->put_back) {
            continue;
        }
        passed_on_ = received->number;
        if (received->from_process) {
            child_.send(received->number);
        }
    }
}

Result<void> FollowedCommand::reap() {
    end_ = TRY(child_.reap());
    keep_signal_pending();
    return {};
}

int FollowedCommand::exit_code() const {
    constexpr int kSignalExit = 128;
    if (!end_) {
        return kExitOk;
    }
    return end_->signal ? kSignalExit + *end_->signal : end_->exit_code.value_or(0);
}

bool FollowedCommand::exits_outstanding() const {
    return std::ranges::any_of(session_.collector().newest().threads, [this](const Thread& thread) {
        const bool ended = thread.state == ThreadState::zombie || thread.tgid == child_.tgid();
        return thread.life != 0 && thread.followed && ended;
    });
}

Outcome cannot_run(const Error& error) {
    constexpr int kCannotRunExit = 126;
    constexpr int kNotFoundExit = 127;
    return {error.error_number == ENOENT ? kNotFoundExit : kCannotRunExit, error.text()};
}

}  // namespace tsa
