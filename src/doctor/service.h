// SPDX-License-Identifier: MIT
// Judges what a service of systemd may do here: facts about the manager, about the unit that this process is in, and
// about the unit files that were found. Pure; src/app/commands/doctor_service.cpp collects the facts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/diagnosis.h"

namespace tsa {

/// What a unit file and its drop-ins say, of [Service].
struct UnitSettings {
    std::string type, program;  ///< of ExecStart, the first word
    std::string watchdog;       ///< as written
    std::vector<std::string> ambient;
};
/// `text`: the unit file, then its drop-ins, one after the other. An empty value resets a list.
[[nodiscard]] UnitSettings parse_unit(std::string_view text);

struct UnitFact {
    std::string name, path;
    UnitSettings settings;
    std::size_t drop_ins = 0;
    bool enabled = false;  ///< some target wants it
    bool running = false;  ///< its cgroup has processes
    bool program_found = false;
};

struct ServiceFacts {
    bool manager = false;     ///< systemd is PID 1
    bool in_service = false;  ///< started by a service manager
    std::optional<std::uint64_t> bounding;
    std::optional<std::uint64_t> memory_max, tasks_max;  ///< of the own cgroup; absent: none
    std::string notify_socket;                           ///< as set
    bool notify_valid = false;                           ///< and it is the name of a socket
    std::optional<std::uint64_t> watchdog_us;
    bool journal = false;  ///< stderr
    std::vector<UnitFact> units;
    std::string unit_folder;  ///< from which units can be copied
};

[[nodiscard]] Diagnosis diagnose_service(const MachineFacts& machine, const ServiceFacts& service);

}  // namespace tsa
