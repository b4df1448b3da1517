// SPDX-License-Identifier: MIT
// See own_cost.h.
#include "app/commands/own_cost.h"

#include <unistd.h>

#include <algorithm>

#include "app/host/sink.h"
#include "system/machine.h"

#include "model/sample.h"

namespace tsa {

CostContext cost_context(const Sample& sample) {
    MachineIdentity machine = read_machine_identity();
    CostContext context;
    context.kernel_release = std::move(machine.kernel_release);
    context.architecture = std::move(machine.architecture);
    context.cpus = static_cast<std::uint32_t>(std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L));
    const auto lives = [](const Thread& thread) { return thread.life != 0; };
    context.threads =
        static_cast<std::uint64_t>(std::ranges::count_if(sample.threads, lives)) + sample.untracked.live_threads;
    return context;
}

Result<Outcome> print_cost(std::string_view text) {
    Sink sink(STDOUT_FILENO, "standard output");
    if (const auto written = sink.write(text); !written.ok() && !reader_left(written.error())) {
        return written.error();
    }
    return Outcome{};
}

}  // namespace tsa
