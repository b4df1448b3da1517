// SPDX-License-Identifier: MIT
// See ticker.h.
#include "app/host/ticker.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>

#include "base/time_namespace.h"
#include "base/time_units.h"

namespace tsa {

namespace {

timespec to_timespec(std::uint64_t ns) {
    return {static_cast<time_t>(ns / kNsPerSecond), static_cast<long>(ns % kNsPerSecond)};
}

}  // namespace

Result<Ticker> Ticker::start(std::uint64_t start_ns, std::uint64_t interval_ns) {
    Ticker ticker;
    ticker.fd_ = Fd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!ticker.fd_.valid()) {
        return system_error("timerfd", errno);
    }
    ticker.restart(start_ns, interval_ns);
    return ticker;
}

void Ticker::restart(std::uint64_t start_ns, std::uint64_t interval_ns) {
    const std::uint64_t offset_ns = static_cast<std::uint64_t>(own_time_offsets().monotonic_ns);
    const itimerspec times{to_timespec(interval_ns), to_timespec(start_ns + interval_ns + offset_ns)};
    // Fails only for values that the options do not let through.
    timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &times, nullptr);
}

std::uint64_t Ticker::take() {
    std::uint64_t ticks = 0;
    return ::read(fd_.get(), &ticks, sizeof ticks) == static_cast<ssize_t>(sizeof ticks) ? ticks : 0;
}

}  // namespace tsa
