// SPDX-License-Identifier: MIT
// See waker_feed.h.
#include "app/host/waker_feed.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace tsa {

void WakerFeed::switch_to(bool on) {
    if (!on) {
        running_.reset();
        chosen_.reset();
        unavailable_.clear();
        irq_before_.clear();
        irq_now_.clear();
        return;
    }
    if (is_on() || !unavailable_.empty()) {
        return;
    }
    if (probe_ == nullptr) {
        unavailable_ = "wakers need the scheduler probes; rstat-tsa doctor shows what they need";
        return;
    }
    auto started = WakerProbe::start(*probe_, scope_);
    if (started.ok()) {
        running_ = std::move(started).value();
    } else {
        unavailable_ = started.error().text();
    }
}

void WakerFeed::choose(const std::optional<ThreadKey>& thread) {
    chosen_ = thread;
    table_ = {};
    std::optional<WakerProbe::Chosen> chosen;
    if (thread) {
        table_.key = *thread;
        table_.since_ns = clock_ns(CLOCK_MONOTONIC);
        const auto is_it = [&](const Thread& one) { return one.life != 0 && key_of(one) == *thread; };
        const auto found = std::ranges::find_if(sample_->threads, is_it);
        if (found != sample_->threads.end()) {
            chosen = {static_cast<std::size_t>(found - sample_->threads.begin()), found->life};
        }
    }
    running_->choose(chosen);
}

void WakerFeed::update(const std::optional<ThreadKey>& looked_at, const Sample& sample, Report& report) {
    if (!is_on() && unavailable_.empty()) {
        return;
    }
    report.wakers = this;
    sample_ = &sample;
    if (is_on()) {
        if (irq_read_ns_ != sample.now_ns) {
            read_irq_times();
        }
        if (chosen_ != looked_at) {
            choose(looked_at);
        }
        if (chosen_) {
            running_->read(table_);
        }
    }
}

void WakerFeed::read_irq_times() {
    irq_read_ns_ = sample_->now_ns;
    std::swap(irq_before_, irq_now_);
    irq_now_.assign(sample_->threads.size(), IrqTime{});
    for (std::size_t at = 0; at < irq_now_.size(); ++at) {
        const std::uint32_t life = sample_->threads[at].life;
        irq_now_[at] = {life, life != 0 ? running_->irq_ns(at, life).value_or(0) : 0};
    }
}

/// They are read a little after the sample, so they may be more than the thread executed.
std::optional<std::uint64_t> WakerFeed::irq_ns(const ThreadRow& row) const {
    if (!is_on() || sample_ == nullptr || irq_before_.empty() || sample_->threads.empty()) {
        return std::nullopt;
    }
    const std::ptrdiff_t at = row.now - sample_->threads.data();
    if (at < 0 || at >= std::ssize(irq_now_) || irq_now_[static_cast<std::size_t>(at)].life != row.now->life) {
        return std::nullopt;
    }
    const auto slot = static_cast<std::size_t>(at);
    const bool is_older = slot < irq_before_.size() && irq_before_[slot].life == row.now->life;
    const std::uint64_t before_ns = is_older ? irq_before_[slot].ns : 0;
    return std::min(irq_now_[slot].ns - std::min(before_ns, irq_now_[slot].ns), row.state_ns[index(ThreadState::exec)]);
}

const WakerInterval& WakerFeed::read_interval(const Report& report) {
    running_->read_rounds(interval_);
    interval_.exec_irq.clear();
    for (const ThreadRow& row : report.threads) {
        if (const std::uint64_t ns = row.quiet ? 0 : irq_ns(row).value_or(0); ns != 0) {
            interval_.exec_irq.push_back({key_of(*row.now), ns});
        }
    }
    return interval_;
}

/// Slots and the threads of a sample have the same numbers.
std::optional<Waker> WakerFeed::find(const Thread& thread) const {
    if (!is_on() || sample_ == nullptr || sample_->threads.empty()) {
        return std::nullopt;
    }
    const std::ptrdiff_t at = &thread - sample_->threads.data();
    const bool is_in_sample = at >= 0 && at < std::ssize(sample_->threads);
    return is_in_sample ? running_->last_waker(static_cast<std::size_t>(at), thread.life) : std::nullopt;
}

const WokenTable* WakerFeed::woken(const ThreadKey& thread) const {
    return is_on() && chosen_ == thread ? &table_ : nullptr;
}

}  // namespace tsa
