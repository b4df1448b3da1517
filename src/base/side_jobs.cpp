// SPDX-License-Identifier: MIT
// See side_jobs.h.
#include "base/side_jobs.h"

#include <algorithm>
#include <utility>

namespace tsa {

SideJobs::Worker* SideJobs::add_thread() {
    auto worker = std::make_unique<Worker>();
    worker->job = std::make_shared<std::function<void()>>();
    auto thread = SideThread::start(
        name_, [job = worker->job] { (*job)(); }, capabilities_);
    if (!thread.ok()) {
        return nullptr;
    }
    worker->thread = std::move(thread).value();
    return workers_.emplace_back(std::move(worker)).get();
}

bool SideJobs::reserve(std::size_t threads) {
    while (workers_.size() < std::min(threads, kMaxThreads) && add_thread() != nullptr) {
    }
    return !workers_.empty();
}

SideJobs::Worker* SideJobs::free_thread() {
    for (const auto& worker : workers_) {
        if (!worker->thread->is_busy()) {
            return worker.get();
        }
    }
    return workers_.size() < kMaxThreads ? add_thread() : nullptr;
}

bool SideJobs::is_free() const {
    if (is_busy() && std::chrono::steady_clock::now() - began_ < kLate) {
        return false;
    }
    const auto is_idle = [](const auto& worker) { return !worker->thread->is_busy(); };
    return workers_.size() < kMaxThreads || std::ranges::any_of(workers_, is_idle);
}

bool SideJobs::begin(std::function<void()> job) {
    Worker* worker = is_free() ? free_thread() : nullptr;
    if (worker == nullptr) {
        return false;
    }
    *worker->job = std::move(job);
    newest_ = worker;
    began_ = std::chrono::steady_clock::now();
    worker->thread->begin();
    return true;
}

bool SideJobs::wait_for(std::chrono::nanoseconds timeout) {
    return newest_ == nullptr || newest_->thread->wait_for(timeout);
}

}  // namespace tsa
