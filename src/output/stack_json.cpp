// SPDX-License-Identifier: MIT
// See stack_json.h.
#include "output/stack_json.h"

#include <vector>

#include "model/wait_stack.h"

namespace tsa {

namespace {

void put_frames(Json& json, std::string_view key, const std::vector<StackFrame>& frames) {
    put_key(json, key);
    json.StartArray();
    for (const StackFrame& frame : frames) {
        put_text(json, frame_words(frame));
    }
    json.EndArray();
}

}  // namespace

void put_stack(Json& json, const Report& report, const ThreadRow& row) {
    if (report.stacks == nullptr) {
        return;
    }
    put_key(json, "stack");
    const WaitStack* stack = row.exit_time_unix_ns == 0 ? report.stacks->find(*row.now) : nullptr;
    if (stack == nullptr || stack->status != StackStatus::read) {
        json.Null();
        return;
    }
    json.StartObject();
    put_frames(json, "user", stack->user);
    put_frames(json, "kernel", stack->kernel);
    put_name_or_null(json, "incomplete", stack_note(*stack));
    put_name_or_null(json, "label", stack->label.text);
    put_name_or_null(json, "kind", key_of(stack->label.kind));
    json.EndObject();
}

}  // namespace tsa
