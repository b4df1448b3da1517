// SPDX-License-Identifier: MIT
// See sched_pipe.h. A shell waits for its input and then executes perf, whose first thread is one end of the pipe.
#include "sched_pipe.h"

#include <fmt/core.h>

#include <cstdlib>
#include <string>

namespace tsa::bench {

Result<SchedPipe> SchedPipe::prepare(int operations) {
    ChildOptions options;
    options.cpu = last_cpu();
    options.hold_input = true;
    auto child = Child::start(
        {"sh", "-c", "read -r line; exec perf bench -f simple sched pipe -l \"$1\"", "sh", std::to_string(operations)},
        options);
    if (!child.ok()) {
        return child.error();
    }
    return SchedPipe(std::move(child).value());
}

Result<PipeTime> SchedPipe::run() {
    const Ended ended = child_.finish();  // ends its input
    const char* text = ended.output.c_str();
    char* text_end = nullptr;
    const double wall_s = std::strtod(text, &text_end);
    if (ended.status != 0 || text_end == text) {
        return Error{fmt::format("perf bench sched pipe printed no time; status {}", ended.status), {}, 0};
    }
    return PipeTime{wall_s, static_cast<double>(ended.cpu_ns) * 1e-9};
}

}  // namespace tsa::bench
