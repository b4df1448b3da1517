// See signals.h.
#include "app/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

namespace tsa {

Result<SignalQueue> SignalQueue::open(std::initializer_list<int> signals) {
    SignalQueue queue;
    sigset_t set;
    sigemptyset(&set);
    for (const int number : signals) {
        struct sigaction inherited {};
        // Ignored by whoever started us (nohup; a background job's SIGINT): blocked, it would reach us all the same.
        if (sigaction(number, nullptr, &inherited) != 0 || inherited.sa_handler != SIG_IGN) {
            sigaddset(&set, number);
        }
    }
    if (sigprocmask(SIG_BLOCK, &set, &queue.before_) != 0) {
        return system_error("block signals", errno);
    }
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &queue.pipe_before_);
    sigaction(SIGXFSZ, &ignore, &queue.file_size_before_);
    queue.fd_ = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!queue.fd_.valid()) {
        const int error = errno;
        queue.restore_in_child();
        return system_error("signalfd", error);
    }
    return queue;
}

SignalQueue::~SignalQueue() {
    if (fd_.valid()) {
        restore_in_child();
    }
}

void SignalQueue::restore_in_child() const {
    sigaction(SIGPIPE, &pipe_before_, nullptr);
    sigaction(SIGXFSZ, &file_size_before_, nullptr);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<SignalQueue::Received> SignalQueue::take() {
    signalfd_siginfo received{};
    if (::read(fd_.get(), &received, sizeof received) != static_cast<ssize_t>(sizeof received)) {
        return std::nullopt;
    }
    // The terminal's signals come from the kernel.
    return Received{static_cast<int>(received.ssi_signo), received.ssi_code != SI_KERNEL};
}

}  // namespace tsa
