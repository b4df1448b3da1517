// SPDX-License-Identifier: MIT
// The time by stack of connection-18 of view_fixture.h, out of literals: waits for two locks in known functions, short
// ones, long ones without a stack, and samples of its time on a CPU.
#pragma once

#include "model/stack_times.h"
#include "unit/view_fixture.h"

namespace tsa::test {

inline KnownStack stack_of(std::initializer_list<std::string_view> innermost_first) {
    KnownStack known;
    known.stack.status = StackStatus::read;
    for (const std::string_view function : innermost_first) {
        known.stack.user.push_back({std::string(function), "mysqld", 0x401000, 0x1000});
    }
    return known;
}

inline StackAccount account_of(ThreadState state, std::uint64_t fingerprint, std::uint64_t count, std::uint64_t each_ns,
                               std::uint64_t max_ns) {
    return {state, fingerprint, waits_of(state, count, each_ns, max_ns)};
}

inline StackTimes stack_times_of_4178() {
    StackTimes times;
    times.since_ns = kNowNs - 42'000 * kMs;
    times.now_ns = kNowNs;
    times.long_wait_ns = kMs;
    times.accounts = {
        account_of(ThreadState::lock_wait, 1, 200, 10 * kMs, 98 * kMs),
        account_of(ThreadState::lock_wait, 2, 30, 20 * kMs, 40 * kMs),
        account_of(ThreadState::lock_wait, 3, 900, kMs / 10, kMs / 2),
        account_of(ThreadState::lock_wait, 4, 2, 7 * kMs, 9 * kMs),
        account_of(ThreadState::sleep, 5, 12, 40 * kMs, 180 * kMs),
        account_of(ThreadState::cpu_wait, 1, 200, kMs / 20, 4 * kMs),
    };
    times.stacks[1] =
        stack_of({"__lll_lock_wait", "pthread_mutex_lock", "row_lock", "execute", "handle", "start_thread"});
    times.stacks[2] =
        stack_of({"__lll_lock_wait", "pthread_mutex_lock", "log_write", "execute", "handle", "start_thread"});
    times.stacks[5] = stack_of({"recv", "net_read", "handle", "start_thread"});
    times.stacks[6] = stack_of({"memcpy", "row_copy", "execute", "handle", "start_thread"});
    times.open = OpenAccount{ThreadState::lock_wait, 1, kNowNs - 60 * kMs, 60 * kMs};
    times.exact_ns[index(ThreadState::lock_wait)] = 3'200 * kMs;
    times.exact_ns[index(ThreadState::sleep)] = 11 * 40 * kMs + 180 * kMs;
    times.exact_ns[index(ThreadState::cpu_wait)] = 199 * (kMs / 20) + 4 * kMs;
    times.exact_ns[index(ThreadState::exec)] = 9'000 * kMs;
    times.cpu.counts = {{6, 891}};
    times.uncopied = 2;
    return times;
}

}  // namespace tsa::test
