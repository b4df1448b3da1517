// SPDX-License-Identifier: MIT
// See call_text.h. A futex operation is named as in futex(2) without FUTEX_; other arguments are printed as numbers:
// their meaning differs by call.
#include "text/call_text.h"

#include <sys/syscall.h>

#include <array>

#include "model/columns.h"
#include "text/cells.h"
#include "tsa_futex.h"

namespace tsa {

namespace {

void put_futex_operation(fmt::memory_buffer& out, std::uint64_t operation) {
    constexpr std::array<std::string_view, 14> kWords{
        "WAIT",      "WAKE",       "FD",          "REQUEUE",     "CMP_REQUEUE",     "WAKE_OP",        "LOCK_PI",
        "UNLOCK_PI", "TRYLOCK_PI", "WAIT_BITSET", "WAKE_BITSET", "WAIT_REQUEUE_PI", "CMP_REQUEUE_PI", "LOCK_PI2"};
    const std::uint32_t command = tsa_futex_command(operation);
    if (command >= kWords.size()) {
        fmt::format_to(std::back_inserter(out), "{:#x}", operation);
        return;
    }
    put(out, kWords[command]);
    put(out, (operation & TSA_FUTEX_PRIVATE) != 0 ? "|PRIVATE" : "");
    put(out, (operation & TSA_FUTEX_REALTIME) != 0 ? "|REALTIME" : "");
}

}  // namespace

void put_call(fmt::memory_buffer& out, const Thread& thread) {
    const Wait& wait = thread.wait;
    if (wait.syscall < 0 || !is_blocked(thread.state)) {
        return;
    }
    auto end = std::back_inserter(out);
    const std::string_view name = wait.compat ? std::string_view{} : syscall_name(wait.syscall);
    if (name.empty()) {
        fmt::format_to(end, "{}syscall {}", wait.compat ? "32-bit " : "", wait.syscall);
    } else {
        put(out, name);
    }
    if (wait.kernel_lock) {
        return;  // its arguments are not known: those of the wait are the lock's
    }
    if (!wait.compat && wait.syscall == SYS_futex) {
        fmt::format_to(end, "({:#x}, ", wait.args[0]);
        // The kernel reads both as 32 bits: the upper bits are garbage.
        put_futex_operation(out, wait.args[1] & 0xffffffffU);
        fmt::format_to(end, ", {})", static_cast<std::uint32_t>(wait.args[2]));
        return;
    }
    fmt::format_to(end, "({:#x}, {:#x}, {:#x})", wait.args[0], wait.args[1], wait.args[2]);
}

}  // namespace tsa
