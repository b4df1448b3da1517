// SPDX-License-Identifier: MIT
// libFuzzer target for the parsers of what /proc and the files of container runtimes say: names in them are chosen by
// the processes that are looked at. The first byte chooses the kind of file, the rest is its text. For any text, what
// is returned is within the text's bounds and within the limits that the parsers promise. Seeds:
// tests/data/proc_files_fuzz; run by scripts/check fuzz.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/mountinfo.h"
#include "base/task_identity.h"
#include "peers/proc_text.h"
#include "procfs/cgroup_lines.h"
#include "procfs/cgroup_place.h"
#include "procfs/container_names.h"
#include "procfs/identity.h"
#include "procfs/properties.h"
#include "procfs/signal_handling.h"
#include "procfs/task_files.h"
#include "procfs/user_database.h"
#include "sched/kallsyms.h"
#include "sched/python_gil.h"
#include "stacks/mappings.h"

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

/// A view that a parser returned is a part of the text, or empty.
void require_within(std::string_view part, std::string_view text) {
    require(part.empty() || (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size()));
}

void read_task_files(std::string_view text) {
    if (const auto stat = tsa::parse_task_stat(text)) {
        require(stat->comm.back() == '\0');
        require(tsa::index(tsa::off_cpu_state(stat->letter)) < tsa::kStateCount);
    }
    (void)tsa::start_ticks_of(text);
    (void)tsa::parse_task_times(text);
    (void)tsa::parse_task_io(text);
    (void)tsa::parse_machine_counts(text);
}

void read_status(std::string_view text) {
    (void)tsa::parse_task_switches(text);
    (void)tsa::parse_status_signals(text);
    tsa::ThreadProperties properties;
    tsa::parse_status_properties(text, properties);
    if (const auto status = tsa::parse_status(text)) {
        require(status->name.size() <= text.size());
        (void)tsa::is_of_own_namespace(text, status->tid);
    }
}

void read_cgroup(std::string_view text) {
    std::string_view left = text;
    while (const auto line = tsa::next_cgroup_line(left)) {
        require_within(line->hierarchy, text);
        require_within(line->controllers, text);
        require_within(line->path, text);
        (void)tsa::has_word(line->controllers, "cpu");
        (void)tsa::place_of_path(line->path);
        require(tsa::unescape_unit(line->path).size() <= line->path.size());
    }
    tsa::CgroupPlace place = tsa::place_of_lines(text);
    tsa::hide_above(place);
    (void)tsa::parse_cgroup(text);
}

void read_fdinfo(std::string_view text) {
    tsa::FdInfo info;
    tsa::parse_fdinfo(text, info);
    require(info.members.size() <= tsa::kMaxEpollMembers);
    require(info.members_left_out == 0 || info.members.size() == tsa::kMaxEpollMembers);
    const tsa::FileLink link = tsa::parse_link(text);
    require_within(link.name, text);
    require(tsa::descriptor_name(text).size() <= text.size());
}

void read_locks(std::string_view text) {
    std::string_view left = text;
    while (const auto lock = tsa::next_lock(left)) {
        for (const std::string_view part : {lock->number, lock->type, lock->mode, lock->begin, lock->end}) {
            require_within(part, text);
        }
        for (const bool flock : {false, true}) {
            const auto tgid = static_cast<std::uint32_t>(lock->pid);
            const tsa::LockHolder holder = tsa::find_lock_holder(text, lock->file, flock, !flock, tgid);
            require(holder.waits || holder.pid == 0);
        }
    }
}

void read_mounts(std::string_view text) {
    std::string_view left = text;
    while (const auto mount = tsa::next_mount(left)) {
        for (const std::string_view part : {mount->root, mount->point, mount->type, mount->super_options}) {
            require_within(part, text);
        }
    }
    constexpr std::uint64_t kSeedMount = 30;
    if (const auto mount = tsa::find_mount(text, kSeedMount)) {
        require(mount->id == kSeedMount);
        require_within(mount->point, text);
        require_within(mount->source, text);
    }
}

void read_maps(std::string_view text) {
    const std::vector<tsa::CodeMapping> mappings = tsa::code_mappings(text);
    require(mappings.size() <= tsa::kMaxCodeMappings);
    std::vector<std::uint64_t> words;
    for (const tsa::CodeMapping& mapping : mappings) {
        require(mapping.begin < mapping.end);
        require(mapping.path.size() <= text.size());
        (void)tsa::module_name(mapping);
        words.push_back(mapping.begin);
        words.push_back(mapping.end);
    }
    for (const std::uint64_t word : words) {
        const tsa::CodeMapping* at = tsa::mapping_at(mappings, word);
        require(at == nullptr || (word >= at->begin && word < at->end));
    }
    std::vector<bool> referenced(mappings.size());
    tsa::note_referenced(mappings, words, referenced);
    for (const std::size_t count : {std::size_t{1}, std::size_t{7}}) {
        require(tsa::code_ranges(mappings, count).size() <= count);
    }
    require(tsa::mapped_pythons(text).size() <= static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1);
    (void)tsa::device_in_maps(text);
}

void read_command_line(std::string_view text) {
    require(tsa::join_cmdline(text).size() <= text.size());
    (void)tsa::count_cpus(text);
}

void read_passwd(std::string_view text) {
    for (const std::uint32_t uid : {0U, 1000U}) {
        if (const auto name = tsa::name_in_passwd(text, uid)) {
            require(tsa::uid_in_passwd(text, *name).has_value());
        }
    }
}

void read_container(std::string_view text) {
    for (const auto& name : {tsa::docker_name(text), tsa::oci_name(text), tsa::podman_name(text, "4f2b")}) {
        require(!name || !name->empty());
    }
}

void read_kernel_symbols(std::string_view text) {
    tsa::RangeFinder finder;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        finder.line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    const tsa::KernelRanges ranges = finder.finish();
    for (const auto* list : {&ranges.swap_functions, &ranges.memory_functions}) {
        require(std::ranges::all_of(*list, [](const tsa_address_range& range) { return range.begin < range.end; }));
    }
}

using Reader = void (*)(std::string_view);
constexpr std::array<Reader, 11> kReaders{read_task_files, read_status,    read_cgroup,        read_fdinfo,
                                          read_locks,      read_mounts,    read_maps,          read_command_line,
                                          read_passwd,     read_container, read_kernel_symbols};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
    if (size == 0) {
        return 0;
    }
    // An exact copy, so that the address sanitizer detects a read beyond the text.
    const std::vector<char> text(data + 1, data + size);
    kReaders[data[0] % kReaders.size()](std::string_view(text.data(), text.size()));
    return 0;
}
