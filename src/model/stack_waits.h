// SPDX-License-Identifier: MIT
// Where the time of recorded threads goes, by stack, in one interval: what `record --stacks` writes and what is read
// back. Pure data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/length_counts.h"
#include "model/thread.h"

namespace tsa {

/// Whether there is a stack.
enum class StackKind : std::uint8_t {
    whole,       ///< up to the thread's first function
    cut,         ///< it could not be unwound further
    common,      ///< of several stacks that could not be told apart, the functions that all have
    shorter,     ///< none: waits that were all shorter than the threshold
    not_copied,  ///< none: longer, but the stack was not copied in time
    elsewhere,   ///< none: time in no account, or that was not sampled
};

struct StackKindInfo {
    StackKind kind;
    std::string_view key;    ///< in files
    std::string_view words;  ///< in place of the functions, or beyond the last one; empty: nothing is missing
};
inline constexpr std::array kStackKinds = std::to_array<StackKindInfo>({
    {StackKind::whole, "whole", ""},
    {StackKind::cut, "cut", "(not unwound further)"},
    {StackKind::common, "common", "(different callers)"},
    {StackKind::shorter, "shorter", "(waits shorter than 1 ms)"},
    {StackKind::not_copied, "not_copied", "(stack not copied)"},
    {StackKind::elsewhere, "elsewhere", "(in no account)"},
});
[[nodiscard]] constexpr const StackKindInfo& info(StackKind kind) {
    return kStackKinds[static_cast<std::size_t>(kind)];
}
[[nodiscard]] constexpr bool has_frames(StackKind kind) {
    return kind == StackKind::whole || kind == StackKind::cut || kind == StackKind::common;
}

/// After the names of the kernel's functions, as flame graphs have it.
inline constexpr std::string_view kKernelMark = "_[k]";

/// A stack as files have it.
struct RecordedStack {
    StackKind kind = StackKind::elsewhere;
    std::string frames;  ///< innermost first, separated by ';'; empty unless has_frames(kind)

    bool operator==(const RecordedStack&) const = default;
};

/// Time of a thread in one state with one stack, in one interval.
struct StackWaits {
    ThreadKey thread;
    std::uint32_t tgid = 0;  ///< 0: not known, in a file of an earlier version
    ThreadState state = ThreadState::sleep;
    bool is_open = false;  ///< one of them is open at the end of the interval
    std::string label;     ///< of that one, where it is known; else empty
    std::shared_ptr<const RecordedStack> stack;
    std::uint64_t count = 0;     ///< waits that ended, samples of `exec`
    std::uint64_t total_ns = 0;  ///< in the interval: of the open wait the part so far, of others the rest
    std::uint64_t max_ns = 0;    ///< the longest wait that ended, or the open one so far, with all of its length
    LengthCounts lengths;        ///< of those that ended; a file of an earlier version has none
};

}  // namespace tsa
