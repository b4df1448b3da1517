// SPDX-License-Identifier: MIT
// See process_names.h.
#include "app/host/process_names.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>

#include "procfs/identity.h"
#include "procfs/task_reader.h"
#include "tui/text.h"

namespace tsa {

namespace {

/// What the kernel keeps of a name.
constexpr std::size_t kCommBytes = 15;

/// The last part of the path that it was started with.
std::string_view program_of(std::string_view command) {
    const std::string_view path = command.substr(0, command.find(' '));
    return path.substr(path.rfind('/') + 1);
}

}  // namespace

std::vector<std::uint32_t> processes_called(std::string_view name) {
    auto reader = TaskReader::open("/");
    std::vector<std::uint32_t> exact;
    std::vector<std::uint32_t> similar;
    if (!reader.ok()) {
        return exact;
    }
    const ProcFs proc;
    for (const std::uint32_t tgid : reader.value().list_processes()) {
        const std::optional<TaskStatus> status =
            tgid != static_cast<std::uint32_t>(::getpid()) ? proc.status(tgid) : std::nullopt;
        if (!status) {
            continue;
        }
        const std::string command = proc.cmdline(tgid).value_or("");
        if (status->name == name.substr(0, kCommBytes) || (!command.empty() && program_of(command) == name)) {
            exact.push_back(tgid);
        } else if (!command.empty() && contains_ignoring_case(status->name, name)) {
            similar.push_back(tgid);
        }
    }
    return exact.empty() ? similar : exact;
}

}  // namespace tsa
