// SPDX-License-Identifier: MIT
// Lists of work for a thread that may hang at an item, such as the memory of one process. A list that is late keeps its
// thread, and another thread takes the next list: what hangs delays the rest once, not for as long as it hangs. The
// threads keep capabilities that the caller drops later, because each is started by one that still has them.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/side_thread.h"

namespace tsa {

class SideRelay {
  public:
    /// The list of one thread. If it hangs, it outlives the relay.
    class Work {
      public:
        Work() = default;
        Work(const Work&) = delete;
        Work& operator=(const Work&) = delete;
        virtual ~Work() = default;
        /// On that thread, once for each begin().
        virtual void run() = 0;
    };
    /// Makes the list of the nth thread (0 to kMaxThreads - 1) before it is first used.
    using Make = std::function<std::shared_ptr<Work>(std::size_t nth)>;

    static constexpr std::size_t kMaxThreads = 4;
    /// A list that takes longer is late.
    static constexpr std::chrono::milliseconds kLate{1000};

    /// Starts the first thread and one in reserve; `name` and `capabilities` are those of SideThread::start(). Error: a
    /// thread could not be created.
    static Result<std::unique_ptr<SideRelay>> start(const char* name, std::vector<int> capabilities, Make make,
                                                    std::chrono::nanoseconds late = kLate);
    SideRelay(const SideRelay&) = delete;
    SideRelay& operator=(const SideRelay&) = delete;
    /// Does not wait for threads that hang.
    ~SideRelay();

    /// Chooses whose turn it is. False: the last list is not done and not late yet, or every thread hangs.
    [[nodiscard]] bool take_turn();
    /// The list of the thread whose turn it is: may be changed between take_turn() and begin().
    [[nodiscard]] Work& current();
    void begin();
    /// Waits for the list that began last. False: it is still running.
    [[nodiscard]] bool wait_for(std::chrono::nanoseconds timeout);

    /// Whether a thread would be left if the one whose turn it is hung.
    [[nodiscard]] bool may_hang() const;
    /// The lists of the threads that hang, besides the current one.
    template <class Visit>
    void for_each_late(Visit visit) const {
        for (std::size_t at = 0; at < runners_.size(); ++at) {
            if (at != current_ && runners_[at].thread->is_busy()) {
                visit(**runners_[at].work);
            }
        }
    }

  private:
    /// A thread, and where its list goes.
    struct Runner {
        std::shared_ptr<std::shared_ptr<Work>> work;
        std::unique_ptr<SideThread> thread;
    };
    struct Reserve;

    SideRelay(std::shared_ptr<Reserve> reserve, Make make, std::chrono::nanoseconds late)
        : reserve_(std::move(reserve)), make_(std::move(make)), late_(late) {}
    static Result<Runner> make_runner(const std::shared_ptr<Reserve>& reserve);
    static void fill(const std::shared_ptr<Reserve>& reserve);
    void take_from_reserve();
    [[nodiscard]] bool has_idle_besides_current() const;

    std::shared_ptr<Reserve> reserve_;
    Make make_;
    std::chrono::nanoseconds late_;
    std::vector<Runner> runners_;
    std::size_t current_ = 0;
    std::chrono::steady_clock::time_point began_;
};

}  // namespace tsa
