// SPDX-License-Identifier: MIT
// See service_manager.h.
#include "app/host/service_manager.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "base/scan.h"

namespace tsa {

namespace {

/// For a message that the manager waits for, as READY=1.
constexpr timeval kPatience{5, 0};

/// A line break would begin another assignment.
std::string one_line(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return text;
}

}  // namespace

std::optional<NotifyAddress> parse_notify_address(std::string_view text) {
    NotifyAddress to;
    // A path ends with a zero byte, which the size includes; an abstract name begins with one.
    const bool is_path = text.starts_with('/');
    if ((!is_path && !text.starts_with('@')) || text.size() < 2 || text.size() >= sizeof to.address.sun_path) {
        return std::nullopt;
    }
    to.address.sun_family = AF_UNIX;
    std::memcpy(to.address.sun_path, text.data(), text.size());
    if (!is_path) {
        to.address.sun_path[0] = '\0';
    }
    to.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + (is_path ? 1 : 0));
    return to;
}

WatchdogWish watchdog_wish(const char* usec, const char* pid, std::int64_t own_pid) {
    constexpr std::uint64_t kSignsPerTime = 3;
    WatchdogWish wish{ServiceManager::kBeatNs, false};
    const auto time_us = usec != nullptr ? number<std::uint64_t>(usec) : std::nullopt;
    if (!time_us || *time_us == 0 || (pid != nullptr && number<std::int64_t>(pid) != own_pid)) {
        return wish;
    }
    wish.wanted = true;
    wish.every_ns =
        std::clamp<std::uint64_t>(*time_us / kSignsPerTime, 1, ServiceManager::kBeatNs / kNsPerUs) * kNsPerUs;
    return wish;
}

ServiceManager ServiceManager::from_environment() {
    ServiceManager manager;
    const char* const name = std::getenv("NOTIFY_SOCKET");
    const auto to = name != nullptr ? parse_notify_address(name) : std::nullopt;
    manager.watchdog_ = watchdog_wish(std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID"), ::getpid());
    if (to) {
        manager.to_ = *to;
        manager.socket_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (manager.socket_.valid()) {
            ::setsockopt(manager.socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
        }
    }
    for (const char* const variable : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
        ::unsetenv(variable);
    }
    return manager;
}

Result<void> ServiceManager::ready(LiveSession& session, std::function<std::string()> state) {
    if (!is_there()) {
        return {};
    }
    state_ = std::move(state);
    ticker_ = TRY(Ticker::start(clock_ns(CLOCK_MONOTONIC), watchdog_.every_ns));
    session.loop().watch(ticker_->fd(), Interest::readable, [this](Ready) {
        ticker_->take();
        beat();
        return Result<void>{};
    });
    send(fmt::format("READY=1\nSTATUS={}{}", one_line(state_()), watchdog_.wanted ? "\nWATCHDOG=1" : ""), true);
    return {};
}

void ServiceManager::beat() {
    send(fmt::format("{}STATUS={}", watchdog_.wanted ? "WATCHDOG=1\n" : "", one_line(state_())), false);
}

void ServiceManager::stopping() {
    if (is_there() && !std::exchange(stopping_, true)) {
        send("STOPPING=1", true);
    }
}

void ServiceManager::send(std::string_view message, bool may_wait) const {
    // Errors are ignored, as sd_notify's usually are: a manager that is not there cannot be informed.
    ::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | (may_wait ? 0 : MSG_DONTWAIT),
             reinterpret_cast<const sockaddr*>(&to_.address), to_.size);
}

}  // namespace tsa
