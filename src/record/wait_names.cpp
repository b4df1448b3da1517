// SPDX-License-Identifier: MIT
// See wait_names.h.
#include "record/wait_names.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

#include "model/columns.h"

namespace tsa {

namespace {

/// A number that no architecture has a name for.
constexpr std::int32_t kUnknownNumber = std::numeric_limits<std::int32_t>::max();

/// wait_on() says so of a user thread by itself, when nothing else is known.
bool is_page_fault(const Thread& thread) {
    return !thread.kernel && (thread.state == ThreadState::io_wait || thread.state == ThreadState::swap_wait ||
                              thread.state == ThreadState::mem_wait || thread.state == ThreadState::uninterruptible);
}

/// The byte of an escape as Printable writes it; absent if there is none at the start of `text`.
std::optional<char> escaped_byte(std::string_view text) {
    std::uint8_t byte = 0;
    if (!text.starts_with("\\x") || text.size() < 4) {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 4, byte, 16);
    return error == std::errc{} && end == text.data() + 4 ? std::optional(static_cast<char>(byte)) : std::nullopt;
}

}  // namespace

const WaitNames::Known& WaitNames::known(std::string_view text) {
    const auto found = names_.find(text);
    if (found != names_.end()) {
        return found->second;
    }
    if (names_.size() >= kMaxWaitNames) {
        return other_;
    }
    const std::string_view kept = texts_.emplace_back(text);
    return names_.emplace(kept, Known{kept, syscall_number(kept)}).first->second;
}

void WaitNames::put_name(std::string_view text, bool may_be_a_call, Thread& thread) {
    Wait& wait = thread.wait;
    if (text.empty()) {
        return;
    }
    if (text == "kernel lock") {
        wait.kernel_lock = true;
    } else if (text == "32-bit system call") {
        wait.syscall = 0;
        wait.compat = true;
    } else if (text == "unknown system call") {
        wait.syscall = kUnknownNumber;
    } else if (text != "page fault" || !is_page_fault(thread)) {
        const Known& name = known(text);
        // A function of the kernel may be called like a system call, but has no argument.
        if (name.number && may_be_a_call) {
            wait.syscall = *name.number;
        } else {
            wait.kernel_function = name.name;
        }
    }
}

std::array<char, 16> comm_from_text(std::string_view text) {
    std::array<char, 16> comm{};
    constexpr std::size_t kLongest = 15;
    if (text.size() <= kLongest) {
        std::ranges::copy(text, comm.begin());
        return comm;
    }
    for (std::size_t i = 0; i < kLongest && !text.empty(); ++i) {
        const std::optional<char> byte = escaped_byte(text);
        comm[i] = byte.value_or(text.front());
        text.remove_prefix(byte ? 4 : 1);
    }
    return comm;
}

}  // namespace tsa
