// SPDX-License-Identifier: MIT
// See side_relay.h.
#include "base/side_relay.h"

#include <mutex>
#include <optional>
#include <utility>

namespace tsa {

/// Where a thread leaves the one that it was asked to start.
struct SideRelay::Reserve {
    const char* name;
    std::vector<int> capabilities;
    std::mutex mutex;
    bool wanted = false;
    std::optional<Runner> runner;
};

/// On a thread of the relay.
void SideRelay::fill(const std::shared_ptr<Reserve>& reserve) {
    const auto take_order = [&] {
        const std::lock_guard lock(reserve->mutex);
        return std::exchange(reserve->wanted, false);
    };
    if (!take_order()) {
        return;
    }
    auto runner = make_runner(reserve);
    const std::lock_guard lock(reserve->mutex);
    if (runner.ok()) {
        reserve->runner = std::move(runner).value();
    }
}

Result<SideRelay::Runner> SideRelay::make_runner(const std::shared_ptr<Reserve>& reserve) {
    auto work = std::make_shared<std::shared_ptr<Work>>();
    const std::weak_ptr<Reserve> orders = reserve;  // the reserve owns runners
    const auto job = [work, orders] {
        if (const auto open = orders.lock()) {
            fill(open);
        }
        (*work)->run();
    };
    auto thread = TRY(SideThread::start(reserve->name, job, reserve->capabilities));
    return Runner{std::move(work), std::move(thread)};
}

Result<std::unique_ptr<SideRelay>> SideRelay::start(const char* name, std::vector<int> capabilities, Make make,
                                                    std::chrono::nanoseconds late) {
    auto reserve = std::make_shared<Reserve>();
    reserve->name = name;
    reserve->capabilities = std::move(capabilities);
    std::unique_ptr<SideRelay> relay(new SideRelay(reserve, std::move(make), late));
    relay->runners_.reserve(kMaxThreads);
    constexpr std::size_t kAtOnce = 2;
    while (relay->runners_.size() < kAtOnce) {
        auto runner = make_runner(reserve);
        if (!runner.ok()) {
            return runner.error();
        }
        relay->runners_.push_back(std::move(runner).value());
    }
    return relay;
}

SideRelay::~SideRelay() = default;

void SideRelay::take_from_reserve() {
    if (runners_.size() == kMaxThreads) {
        return;
    }
    const std::lock_guard lock(reserve_->mutex);
    if (auto runner = std::exchange(reserve_->runner, std::nullopt)) {
        runners_.push_back(std::move(*runner));
    }
}

bool SideRelay::has_idle_besides_current() const {
    for (std::size_t at = 0; at < runners_.size(); ++at) {
        if (at != current_ && !runners_[at].thread->is_busy()) {
            return true;
        }
    }
    return false;
}

bool SideRelay::take_turn() {
    if (!runners_[current_].thread->is_busy()) {
        return true;
    }
    if (std::chrono::steady_clock::now() - began_ < late_) {
        return false;
    }
    take_from_reserve();
    for (std::size_t at = 0; at < runners_.size(); ++at) {
        if (!runners_[at].thread->is_busy()) {
            current_ = at;
            return true;
        }
    }
    return false;
}

SideRelay::Work& SideRelay::current() {
    std::shared_ptr<Work>& work = *runners_[current_].work;
    if (work == nullptr) {
        work = make_(current_);
    }
    return *work;
}

void SideRelay::begin() {
    if (runners_.size() < kMaxThreads && !has_idle_besides_current()) {
        const std::lock_guard lock(reserve_->mutex);
        reserve_->wanted = !reserve_->runner.has_value();
    }
    began_ = std::chrono::steady_clock::now();
    runners_[current_].thread->begin();
}

bool SideRelay::wait_for(std::chrono::nanoseconds timeout) {
    return runners_[current_].thread->wait_for(timeout);
}

bool SideRelay::may_hang() const {
    return runners_.size() < kMaxThreads || has_idle_besides_current();
}

}  // namespace tsa
