// SPDX-License-Identifier: MIT
// What the exports of stacks have in common: names and order. Not included outside of src/output.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "model/state.h"
#include "output/stack_exports.h"
#include "text/sanitize.h"

namespace tsa {

/// The thread's name as a frame: printable, without ';'.
[[nodiscard]] inline std::string thread_frame(const StackProfile& profile, const ThreadKey& thread) {
    std::string name = printable(profile.name_of(thread));
    std::ranges::replace(name, ';', ':');
    return name.empty() ? fmt::format("thread {}", thread.tid) : name;
}

/// Frames, outermost first, under the thread's name.
[[nodiscard]] inline std::vector<std::string> rooted_frames(const StackProfile& profile, const StackSum& sum) {
    std::vector<std::string> out{thread_frame(profile, sum.thread)};
    std::vector<std::string_view> frames = frames_of(*sum.stack);
    std::ranges::reverse(frames);
    for (const std::string_view frame : frames) {
        out.push_back(printable(frame));
    }
    return out;
}

[[nodiscard]] inline bool is_exported(const StackSum& sum, const StackExportContext& context) {
    return sum.total_ns != 0 && (!context.state || sum.state == *context.state);
}

/// States that have any time.
[[nodiscard]] inline std::vector<ThreadState> exported_states(const StackProfile& profile,
                                                              const StackExportContext& context) {
    std::vector<ThreadState> out;
    for (const StateInfo& info : state_table()) {
        if (std::ranges::any_of(profile.sums(), [&](const StackSum& sum) {
                return sum.state == info.state && is_exported(sum, context);
            })) {
            out.push_back(info.state);
        }
    }
    return out;
}

}  // namespace tsa
