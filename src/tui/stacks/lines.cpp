// SPDX-License-Identifier: MIT
// See lines.h.
#include "tui/stacks/lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/find_row.h"

namespace tsa {

namespace {

std::string_view missing_words(const StackTable& stacks, const Thread& thread, const WaitStack* stack) {
    if (!is_blocked(thread.state) && thread.state != ThreadState::stopped) {
        return thread.state == ThreadState::zombie ? "it has exited" : "it is not waiting: only waits have stacks here";
    }
    if (!stacks.unavailable().empty()) {
        return stacks.unavailable();
    }
    if (stack == nullptr || stack->status == StackStatus::pending) {
        return "not read yet";
    }
    return stack->status == StackStatus::moved ? "it ran while its stack was read; tried again" : "it has exited";
}

StackLine kernel_line(const StackFrame& frame) {
    return {frame_words(frame), "kernel", Role::dim};
}

StackLine user_line(const StackFrame& frame, bool addresses) {
    std::string place = frame.module;
    if (addresses) {
        place = frame.module.empty() ? fmt::format("{:#x}", frame.address)
                                     : fmt::format("{}+{:#x}", frame.module, frame.offset);
    }
    return {frame_words(frame), std::move(place), frame.function.empty() ? Role::dim : Role::text};
}

const Thread* holder_of(const Report& report, const Thread& thread) {
    const std::uint32_t tid = is_blocked(thread.state) ? thread.wait.owner_tid : 0;
    const ThreadRow* holder = tid != 0 ? find_row(report, tid) : nullptr;
    return holder != nullptr ? holder->now : nullptr;
}

/// What the stack says that the thread waits for: "  heavyweight lock"; empty: nothing that is known.
std::string label_words(const StackTable& stacks, const Thread& thread) {
    const WaitStack* stack = stacks.find(thread);
    const bool has_label = stack != nullptr && stack->status == StackStatus::read && !stack->label.text.empty();
    return has_label ? "  " + stack->label.text : std::string();
}

std::string in_a_line(const StackTable& stacks, const Thread& thread, std::string_view arrow) {
    const WaitStack* stack = stacks.find(thread);
    std::string line;
    if (stack == nullptr || stack->status != StackStatus::read) {
        return line;
    }
    for (const StackFrame& frame : stack->kernel_thread ? stack->kernel : stack->user) {
        line += (line.empty() ? "" : fmt::format(" {} ", arrow)) + frame_words(frame);
    }
    return line;
}

}  // namespace

StackColumn stack_column(const StackTable& stacks, const Thread& thread, bool addresses) {
    StackColumn column;
    const WaitStack* stack = stacks.find(thread);
    if (stack == nullptr || stack->status != StackStatus::read) {
        column.lines.push_back({std::string(missing_words(stacks, thread, stack)), "", Role::dim});
        return column;
    }
    for (const StackFrame& frame : stack->kernel) {
        column.lines.push_back(kernel_line(frame));
    }
    for (const StackFrame& frame : stack->user) {
        column.lines.push_back(user_line(frame, addresses));
    }
    if (const std::string_view note = stack_note(*stack); !note.empty()) {
        column.lines.push_back({fmt::format("({})", note), "", Role::warn});
    }
    return column;
}

std::vector<StackColumn> stack_columns(const Scene& scene, const WatchedThread& watched) {
    std::vector<StackColumn> columns;
    if (scene.report.stacks == nullptr) {
        return columns;
    }
    const StackTable& stacks = *scene.report.stacks;
    const bool addresses = scene.state.thread.stack_addresses;
    columns.push_back(stack_column(stacks, watched.last, addresses));
    columns.back().title = "STACK" + label_words(stacks, watched.last);
    if (const Thread* holder = holder_of(scene.report, watched.last)) {
        columns.push_back(stack_column(stacks, *holder, addresses));
        columns.back().title = fmt::format("HOLDER {} {}, {}{}", holder->tid, comm_of(*holder),
                                           info(holder->state).label, label_words(stacks, *holder));
    }
    return columns;
}

std::vector<std::string> stacks_in_lines(const Scene& scene, const WatchedThread& watched) {
    std::vector<std::string> lines;
    if (scene.report.stacks == nullptr || watched.ended || watched.missing) {
        return lines;
    }
    const std::string_view arrow = glyphs(scene.unicode).waits.owner;
    if (const std::string own = in_a_line(*scene.report.stacks, watched.last, arrow); !own.empty()) {
        lines.push_back("STACK  " + own);
    }
    const Thread* holder = holder_of(scene.report, watched.last);
    if (const std::string held = holder != nullptr ? in_a_line(*scene.report.stacks, *holder, arrow) : "";
        !held.empty()) {
        lines.push_back(fmt::format("HOLDER {}  {}", holder->tid, held));
    }
    return lines;
}

}  // namespace tsa
