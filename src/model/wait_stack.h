// SPDX-License-Identifier: MIT
// Stacks of open waits: which code a blocked thread is in. Filled by the loops for the threads that are looked at; read
// by the screens and by `stat --stacks`. Pure data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/stack_label.h"
#include "model/thread.h"

namespace tsa {

struct WaitLabel;

/// One function on a stack.
struct StackFrame {
    std::string function;  ///< demangled, printable; empty: unknown
    std::string module;    ///< "libc.so.6", "libx.so (deleted)", "[vdso]"; empty: the kernel, or memory without a file
    std::uint64_t address = 0;
    std::uint64_t offset = 0;  ///< of the address in the module, as its symbols count; without a module the address

    bool operator==(const StackFrame&) const = default;
};

/// Why a user stack ends where it does.
enum class StackEnd : std::uint8_t {
    complete,    ///< at the thread's first function
    truncated,   ///< beyond the memory that was copied
    no_tables,   ///< its last function has no unwind tables
    damaged,     ///< its memory does not look like a stack there
    too_deep,    ///< beyond the limit of frames
    no_reader,   ///< only the innermost function: the process that reads unwind tables did not answer
    not_native,  ///< only the innermost function: a 32-bit program
};

/// Whether there is a stack.
enum class StackStatus : std::uint8_t {
    read,
    pending,      ///< asked for, not here yet
    moved,        ///< the thread ran meanwhile, or the wait has ended
    gone,         ///< the thread has exited
    unavailable,  ///< StackTable::unavailable() has the reason
};

/// The stack of one open wait, both parts innermost first.
struct WaitStack {
    std::vector<StackFrame> user, kernel;
    StackStatus status = StackStatus::pending;
    StackEnd end = StackEnd::complete;
    bool by_frame_pointer = false;  ///< a function without unwind tables was passed by it: its caller may be missing
    bool kernel_thread = false;     ///< it has no user stack
    StackLabel label{};             ///< of its user part
};

/// Why its user part is not all of the stack, or may not be; empty: it is.
[[nodiscard]] std::string_view stack_note(const WaitStack& stack);

class StackTable {
  public:
    StackTable() = default;
    StackTable(const StackTable&) = delete;
    StackTable& operator=(const StackTable&) = delete;
    virtual ~StackTable() = default;

    /// Of the thread's open wait; null: it was not asked for.
    [[nodiscard]] virtual const WaitStack* find(const Thread& thread) const = 0;
    /// What that wait is for, by its stack and by what else is known of it: combine(). Null: it has no stack.
    [[nodiscard]] virtual const WaitLabel* label(const Thread& /*thread*/) const { return nullptr; }
    /// Why there are no stacks at all, with a hint; empty: there are.
    [[nodiscard]] virtual std::string_view unavailable() const = 0;
};

/// "pthread_mutex_lock", "[libfoo.so]+0x1234", "0x7f12a000" for memory without a file.
[[nodiscard]] std::string frame_words(const StackFrame& frame);

}  // namespace tsa
