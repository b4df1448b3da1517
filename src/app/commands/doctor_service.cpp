// SPDX-License-Identifier: MIT
// See doctor_service.h.
#include "app/commands/doctor_service.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <system_error>

#include "app/host/notice.h"
#include "app/host/service_manager.h"
#include "base/own_program.h"
#include "base/scan.h"
#include "base/text_file.h"

namespace tsa {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxUnitBytes = std::size_t{64} << 10U;

/// The first one that has a unit is the one that counts.
constexpr std::array<const char*, 5> kUnitFolders{"/etc/systemd/system", "/run/systemd/system",
                                                  "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
                                                  "/lib/systemd/system"};

std::vector<fs::path> entries(const fs::path& folder) {
    std::vector<fs::path> all;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        all.push_back(entry.path());
    }
    std::ranges::sort(all);
    return all;
}

bool is_ours(const std::string& name) {
    return name.starts_with("rstat-tsa") && (name.ends_with(".service") || name.ends_with(".timer"));
}

bool is_wanted(const std::string& root, const std::string& name) {
    for (const char* const folder : {"/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"}) {
        for (const fs::path& entry : entries(root + folder)) {
            const std::string& wants = entry.native();
            std::error_code error;
            if ((wants.ends_with(".wants") || wants.ends_with(".requires")) &&
                fs::is_symlink(fs::symlink_status(entry / name, error))) {
                return true;
            }
        }
    }
    return false;
}

bool has_processes(const std::string& root, const std::string& name) {
    return std::ranges::any_of(std::array{"", "/unified", "/systemd"}, [&](const char* hierarchy) {
        const auto text =
            read_text_file(root + "/sys/fs/cgroup" + hierarchy + "/system.slice/" + name + "/cgroup.procs");
        return text && !text->empty();
    });
}

UnitFact read_unit(const std::string& root, const fs::path& path) {
    UnitFact unit;
    unit.name = path.filename();
    unit.path = path.native().substr(root.size());
    std::string text = read_text_file(path, kMaxUnitBytes).value_or("");
    for (const char* const folder : kUnitFolders) {
        for (const fs::path& drop_in : entries(root + folder + "/" + unit.name + ".d")) {
            if (drop_in.extension() == ".conf") {
                text += "\n" + read_text_file(drop_in, kMaxUnitBytes).value_or("");
                ++unit.drop_ins;
            }
        }
    }
    unit.settings = parse_unit(text);
    unit.enabled = is_wanted(root, unit.name);
    unit.running = has_processes(root, unit.name);
    unit.program_found = ::access((root + unit.settings.program).c_str(), X_OK) == 0;
    return unit;
}

std::vector<UnitFact> read_units(const std::string& root) {
    std::map<std::string, fs::path> found;
    for (const char* const folder : kUnitFolders) {
        for (const fs::path& entry : entries(root + folder)) {
            std::error_code error;
            if (is_ours(entry.filename()) && fs::is_regular_file(entry, error)) {
                found.emplace(entry.filename(), entry);
            }
        }
    }
    std::vector<UnitFact> units;
    units.reserve(found.size());
    for (const auto& [name, path] : found) {
        units.push_back(read_unit(root, path));
    }
    return units;
}

/// The path in the unified tree.
std::string own_cgroup() {
    const std::string text = read_text_file("/proc/self/cgroup").value_or("");
    std::string_view rest = text;
    while (const auto line = next_line(rest)) {
        if (line->starts_with("0::")) {
            return std::string(line->substr(3));
        }
    }
    return "/";
}

std::optional<std::uint64_t> cgroup_limit(const std::string& root, const std::string& file) {
    const std::string group = own_cgroup();
    for (const char* const mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        if (const auto text = read_text_file(fmt::format("{}{}{}/{}", root, mount, group, file))) {
            return number<std::uint64_t>(std::string_view(*text).substr(0, text->find('\n')));
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> bounding_set() {
    const std::string status = read_text_file("/proc/self/status").value_or("");
    std::string_view rest = status;
    while (auto line = next_line(rest)) {
        if (next_field(*line) == "CapBnd:") {
            return hexadecimal<std::uint64_t>(next_field(*line));
        }
    }
    return std::nullopt;
}

// Those that were installed with the running program; without them, those of the repository.
std::string unit_folder() {
    std::error_code error;
    const fs::path installed = installed_path("share/doc/rstat-tsa/contrib/systemd");
    return fs::is_directory(installed, error) ? installed.native() : "contrib/systemd";
}

}  // namespace

ServiceFacts collect_service_facts(const std::string& root) {
    ServiceFacts facts;
    std::error_code error;
    facts.manager = fs::is_directory(root + "/run/systemd/system", error);
    facts.in_service = std::getenv("INVOCATION_ID") != nullptr || std::getenv("NOTIFY_SOCKET") != nullptr;
    facts.bounding = bounding_set();
    facts.memory_max = cgroup_limit(root, "memory.max");
    facts.tasks_max = cgroup_limit(root, "pids.max");
    const char* const socket = std::getenv("NOTIFY_SOCKET");
    facts.notify_socket = socket != nullptr ? socket : "";
    facts.notify_valid = parse_notify_address(facts.notify_socket).has_value();
    const char* const watchdog = std::getenv("WATCHDOG_USEC");
    facts.watchdog_us = watchdog != nullptr ? number<std::uint64_t>(watchdog) : std::nullopt;
    facts.journal = stderr_is_journal();
    facts.units = read_units(root);
    facts.unit_folder = unit_folder();
    return facts;
}

}  // namespace tsa
