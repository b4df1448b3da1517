// SPDX-License-Identifier: MIT
// See side_thread.h. The thread and the object share ownership of the state, so either may end first.
#include "base/side_thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/capabilities.h"

namespace tsa {

struct SideThread::Shared {
    std::function<void()> job;
    std::mutex mutex;
    std::condition_variable changed;
    bool busy = false;
    bool ending = false;
};

namespace {

/// The caller waits for each job with a deadline, and a job takes microseconds of CPU time: on a busy machine it should
/// not queue behind long time slices. Needs CAP_SYS_NICE; without it the thread has normal priority.
void hurry() {
    constexpr int kNice = -15;
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
}

}  // namespace

Result<std::unique_ptr<SideThread>> SideThread::start(const char* name, std::function<void()> job,
                                                      const std::vector<int>& capabilities) {
    auto shared = std::make_shared<Shared>();
    shared->job = std::move(job);
    std::uint64_t kept = 0;
    for (const int capability : capabilities) {
        kept |= std::uint64_t{1} << static_cast<unsigned>(capability);
    }
    // Other threads handle signals; a new thread inherits the mask.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = 0;
    try {
        std::thread([shared, kept, name] {
            ::pthread_setname_np(::pthread_self(), name);
            hurry();
            keep_only_capabilities(kept);
            std::unique_lock lock(shared->mutex);
            for (;;) {
                shared->changed.wait(lock, [&] { return shared->busy || shared->ending; });
                if (shared->ending) {
                    return;
                }
                lock.unlock();
                shared->job();
                lock.lock();
                shared->busy = false;
                shared->changed.notify_all();
            }
        }).detach();
    } catch (const std::system_error& failure) {
        error = failure.code().value();
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (error != 0) {
        return system_error(std::string("start the thread ") + name, error);
    }
    return std::unique_ptr<SideThread>(new SideThread(std::move(shared)));
}

SideThread::~SideThread() {
    const std::lock_guard lock(shared_->mutex);
    shared_->ending = true;
    shared_->changed.notify_all();
}

bool SideThread::is_busy() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->busy;
}

void SideThread::begin() {
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->busy = true;
    }
    // Not under the lock: the thread preempts its caller at once, and would then wait until that runs again.
    shared_->changed.notify_all();
}

bool SideThread::wait_for(std::chrono::nanoseconds timeout) {
    std::unique_lock lock(shared_->mutex);
    return shared_->changed.wait_for(lock, timeout, [&] { return !shared_->busy; });
}

}  // namespace tsa
