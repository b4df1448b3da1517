// See targets.h.
#include "app/host/targets.h"

#include <fmt/format.h>

#include "procfs/identity.h"

namespace tsa {

Result<std::uint32_t> process_of_thread(std::uint32_t tid) {
    if (const auto status = ProcFs().status(tid)) {
        return status->tgid;
    }
    return Error{fmt::format("there is no thread {}", tid), "ps -eLf lists threads under LWP", 0};
}

Result<void> check_process(std::uint32_t tgid) {
    const auto process = process_of_thread(tgid);
    if (!process.ok()) {
        return Error{fmt::format("there is no process {}", tgid), "ps -e lists processes", 0};
    }
    if (process.value() != tgid) {
        return Error{fmt::format("{} is a thread of process {}, not a process", tgid, process.value()),
                     fmt::format("-p {} for the process, --tid {} for the thread", process.value(), tgid), 0};
    }
    return {};
}

Result<void> check_targets(std::optional<std::uint32_t> tgid, std::span<const std::uint32_t> tids) {
    if (tgid) {
        TRY(check_process(*tgid));
    }
    for (const std::uint32_t tid : tids) {
        TRY(process_of_thread(tid));
    }
    return {};
}

}  // namespace tsa
