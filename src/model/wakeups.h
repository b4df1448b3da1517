// SPDX-License-Identifier: MIT
// Who ended which waits of all threads in one interval: what a recording of wakers has. Pure data.
#pragma once

#include <cstdint>
#include <vector>

#include "model/state.h"
#include "model/thread.h"
#include "model/wakers.h"

namespace tsa {

/// Waits of one thread in one state that ended in the interval, all by one waker.
struct Wakeups {
    ThreadKey thread;
    ThreadState state = ThreadState::sleep;
    Waker who;  ///< at_ns: the last of these wakeups
    std::uint64_t count = 0;
    std::uint64_t total_ns = 0;  ///< of whole waits, also of those that began before the interval
    std::uint64_t longest_ns = 0;
};

struct WakerInterval {
    std::vector<Wakeups> wakeups;
    /// Waits beyond the bound of the table: which ones is not known.
    std::uint64_t missed = 0;
    std::uint64_t missed_ns = 0;
    /// Time of interrupts while a thread executed; threads without any are left out.
    struct ExecIrq {
        ThreadKey thread;
        std::uint64_t ns = 0;
    };
    std::vector<ExecIrq> exec_irq;
};

}  // namespace tsa
