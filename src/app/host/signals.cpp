// SPDX-License-Identifier: MIT
// See signals.h.
#include "app/host/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace tsa {

std::vector<int> unassigned_signals() {
    std::vector<int> signals{SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGIO, SIGPWR, SIGSTKFLT};
    for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) {
        signals.push_back(number);
    }
    return signals;
}

EarlySignals::EarlySignals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : unassigned_signals()) {
        sigaddset(&set, number);
    }
    sigprocmask(SIG_BLOCK, &set, &before_);
}

void EarlySignals::release() {
    sigprocmask(SIG_SETMASK, &before_, nullptr);
}

Result<SignalQueue> SignalQueue::open(const std::vector<int>& signals) {
    SignalQueue queue;
    sigemptyset(&queue.set_);
    for (const int number : signals) {
        struct sigaction inherited {};
        // Ignored by the parent (nohup; a background job's SIGINT): if blocked, it would still be delivered.
        if (sigaction(number, nullptr, &inherited) != 0 || inherited.sa_handler != SIG_IGN) {
            sigaddset(&queue.set_, number);
        }
    }
    if (sigprocmask(SIG_BLOCK, &queue.set_, &queue.before_) != 0) {
        return system_error("block signals", errno);
    }
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &queue.pipe_before_);
    sigaction(SIGXFSZ, &ignore, &queue.file_size_before_);
    queue.fd_ = Fd(signalfd(-1, &queue.set_, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!queue.fd_.valid()) {
        const int error = errno;
        queue.restore_in_child();
        return system_error("signalfd", error);
    }
    return queue;
}

SignalQueue::~SignalQueue() {
    if (fd_.valid()) {
        while (take()) {
            // It requested an end, which is happening; unblocked, it would kill the process.
        }
        restore_in_child();
    }
}

void SignalQueue::restore_in_child() const {
    sigaction(SIGPIPE, &pipe_before_, nullptr);
    sigaction(SIGXFSZ, &file_size_before_, nullptr);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> SignalQueue::waiting() const {
    sigset_t waiting;
    sigemptyset(&waiting);
    sigpending(&waiting);
    for (int number = 1; number <= SIGRTMAX; ++number) {
        if (sigismember(&waiting, number) == 1 && sigismember(&set_, number) == 1) {
            return number;
        }
    }
    return std::nullopt;
}

std::optional<SignalQueue::Received> SignalQueue::take() {
    signalfd_siginfo received{};
    if (::read(fd_.get(), &received, sizeof received) != static_cast<ssize_t>(sizeof received)) {
        return std::nullopt;
    }
    // Signals from the terminal come from the kernel.
    const bool put_back = received.ssi_code == SI_TKILL && received.ssi_pid == static_cast<std::uint32_t>(::getpid());
    return Received{static_cast<int>(received.ssi_signo), received.ssi_code != SI_KERNEL, put_back};
}

}  // namespace tsa
