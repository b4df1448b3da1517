// The words for the states; the glossary of help and README is made from them.
#include "model/state.h"

namespace tsa {

const PerState<StateInfo>& state_table() {
    static constexpr PerState<StateInfo> kTable{{
        {ThreadState::exec, "exec", "EXEC", "exec", "executing on a CPU", false},
        {ThreadState::cpu_wait, "cpu_wait", "CPUW", "cpu wait",
         "runnable, but waiting for a CPU: just woken, or preempted", true},
        {ThreadState::io_wait, "io_wait", "IOW", "io wait", "blocked until block I/O completes", true},
        {ThreadState::swap_wait, "swap_wait", "SWAP", "swap wait",
         "blocked in a page fault that reads swap, or refaults a page that was just evicted", true},
        {ThreadState::mem_wait, "mem_wait", "MEM", "mem wait",
         "blocked in direct reclaim, compaction or memory cgroup throttling", true},
        {ThreadState::lock_wait, "lock_wait", "LOCK", "lock wait",
         "blocked on a lock: a contended futex, or a sleeping lock of the kernel", true},
        {ThreadState::uninterruptible, "uninterruptible", "D", "D", "any other uninterruptible sleep", true},
        {ThreadState::sleep, "sleep", "SLP", "sleep",
         "interruptible sleep in an operation that it asked for: read, recv, wait4, ...", false},
        {ThreadState::idle, "idle", "IDLE", "idle",
         "waiting for work: epoll, poll, accept, nanosleep, a condition variable, ...", false},
        {ThreadState::stopped, "stopped", "STOP", "stopped", "stopped by a signal, traced, frozen or parked", false},
        {ThreadState::zombie, "zombie", "ZOMB", "zombie", "exited, not yet reaped by its parent", false},
    }};
    return kTable;
}

const StateInfo& info(ThreadState state) {
    return state_table()[index(state)];
}

std::optional<ThreadState> state_from_key(std::string_view key) {
    for (const StateInfo& entry : state_table()) {
        if (entry.key == key) {
            return entry.state;
        }
    }
    return std::nullopt;
}

}  // namespace tsa
