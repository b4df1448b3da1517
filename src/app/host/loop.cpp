// SPDX-License-Identifier: MIT
// See loop.h.
#include "app/host/loop.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/clock.h"
#include "base/time_units.h"

namespace tsa {

namespace {

short events_of(Interest interest) {
    switch (interest) {
        case Interest::readable:
            return POLLIN;
        case Interest::writable:
            return POLLOUT;
        case Interest::end_only:
            break;
    }
    return 0;
}

Ready ready_of(short events) {
    return {(events & POLLIN) != 0, (events & POLLOUT) != 0, (events & (POLLERR | POLLHUP | POLLNVAL)) != 0};
}

timespec time_until(std::uint64_t deadline_ns) {
    const std::uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    const std::uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    return {static_cast<time_t>(left_ns / kNsPerSecond), static_cast<long>(left_ns % kNsPerSecond)};
}

}  // namespace

Loop::Watch* Loop::find(int fd) {
    const auto found = std::ranges::find(watches_, fd, &Watch::fd);
    return fd >= 0 && found != watches_.end() ? &*found : nullptr;
}

void Loop::watch(int fd, Interest interest, Handler handler) {
    if (fd >= 0) {
        assert(find(fd) == nullptr);
        watches_.push_back({fd, events_of(interest), std::move(handler)});
    }
}

void Loop::set_interest(int fd, Interest interest) {
    if (Watch* const watch = find(fd)) {
        watch->events = events_of(interest);
    }
}

void Loop::forget(int fd) {
    if (Watch* const watch = find(fd)) {
        watch->fd = -1;  // the entry is removed before the next wait: its handler may be running
    }
}

/// polled_[i] belongs to watches_[i].
void Loop::list_descriptors() {
    std::erase_if(watches_, [](const Watch& watch) { return watch.fd < 0; });
    polled_.clear();
    for (const Watch& watch : watches_) {
        polled_.push_back({watch.fd, watch.events, 0});
    }
}

Result<void> Loop::once(std::optional<std::uint64_t> deadline_ns) {
    list_descriptors();
    timespec left{};
    if (deadline_ns) {
        left = time_until(*deadline_ns);
    }
    if (::ppoll(polled_.data(), polled_.size(), deadline_ns ? &left : nullptr, nullptr) < 0) {
        return errno == EINTR ? Result<void>{} : Result<void>{system_error("poll", errno)};
    }
    // Handlers may add to watches_; new entries are not part of this round.
    for (std::size_t i = 0; i < polled_.size() && !stopped_; ++i) {
        Watch& watch = watches_[i];
        if (polled_[i].revents != 0 && watch.fd == polled_[i].fd) {
            TRY(watch.handler(ready_of(polled_[i].revents)));
        }
    }
    return {};
}

Result<void> Loop::run() {
    while (!stopped_) {
        TRY(once());
    }
    return {};
}

bool Loop::any_ready() const {
    std::vector<pollfd> polled;
    for (const Watch& watch : watches_) {
        polled.push_back({watch.fd, watch.events, 0});
    }
    return ::poll(polled.data(), polled.size(), 0) > 0;
}

}  // namespace tsa
