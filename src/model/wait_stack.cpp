// SPDX-License-Identifier: MIT
// See wait_stack.h.
#include "model/wait_stack.h"

#include <fmt/format.h>

#include <array>

namespace tsa {

std::string_view stack_note(const WaitStack& stack) {
    constexpr std::array<std::string_view, 7> kWords{
        "",
        "the stack goes on beyond the part that was copied",
        "no unwind tables for the last function",
        "the memory beyond does not look like a stack",
        "the stack goes on beyond the limit of frames",
        "unwind tables could not be read in time",
        "a 32-bit program: only its innermost function",
    };
    const std::string_view words = kWords[static_cast<std::size_t>(stack.end)];
    return words.empty() && stack.by_frame_pointer ? "found by frame pointers: a function may be missing" : words;
}

std::string frame_words(const StackFrame& frame) {
    if (!frame.function.empty()) {
        return frame.function;
    }
    return frame.module.empty() ? fmt::format("{:#x}", frame.address)
                                : fmt::format("[{}]+{:#x}", frame.module, frame.offset);
}

}  // namespace tsa
