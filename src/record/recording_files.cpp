// SPDX-License-Identifier: MIT
// See recording_files.h.
#include "record/recording_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "record/file_names.h"
#include "record/recording_parts.h"

namespace tsa {

namespace {

Result<void> list_files(RecordingParts& parts, FilesByNumber& threads, FilesByNumber& systems) {
    std::error_code error;
    std::filesystem::directory_iterator entry(parts.directory, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const std::optional<TableFile> parsed = table_file(name);
        const bool is_rows = parsed && parsed->table == RecordedTable::threads;
        if (!is_rows && !(parsed && parsed->table == RecordedTable::system)) {
            continue;
        }
        RecordingFile& file = (is_rows ? threads : systems)[parsed->segment];
        if (!file.name.empty()) {
            parts.remark(fmt::format("{} exists twice, plain and compressed: the plain one is used",
                                     file.compressed ? name : file.name));
        }
        if (file.name.empty() || file.compressed) {
            file = {name, parsed->compressed};
        }
    }
    if (error) {
        return system_error(parts.directory, error.value(),
                            error.value() == ENOTDIR || error.value() == ENOENT
                                ? "give the directory that rstat-tsa record -o created"
                                : "");
    }
    return {};
}

/// Handles segments that a size limit or a crash left without their other half: see the remarks.
void check_pairs(RecordingParts& parts, const FilesByNumber& threads, FilesByNumber& systems) {
    // Thread files are deleted first: the rest of that oldest segment is useless.
    while (!systems.empty() && !threads.empty() && systems.begin()->first < threads.begin()->first) {
        systems.erase(systems.begin());
    }
    std::optional<std::uint64_t> before;
    for (const auto& [number, file] : threads) {
        if (before && number != kNewestSegment && number != *before + 1) {
            parts.remark(fmt::format("{}: the segment before it is missing", file.name));
        }
        before = number;
        // It ended between the two renames: system.csv is its other half.
        const bool half_renamed = !threads.contains(kNewestSegment) && number == threads.rbegin()->first;
        if (!systems.empty() && number != kNewestSegment && !systems.contains(number) && !half_renamed) {
            parts.remark(fmt::format("{} has no system file: its sums are computed from its rows", file.name));
        }
    }
    for (const auto& [number, file] : systems) {
        if (number != kNewestSegment && !threads.contains(number)) {
            parts.remark(fmt::format("{} has no thread file: no thread data for its time", file.name));
        }
    }
}

bool same_file(const struct stat& left, const struct stat& right) {
    return left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

}  // namespace

Result<void> find_recording_files(RecordingParts& parts, FilesByNumber& threads, FilesByNumber& systems) {
    if (Result<void> listed = list_files(parts, threads, systems); !listed.ok()) {
        return listed;
    }
    if (threads.empty()) {
        return Error{parts.directory + ": not a recording: it contains no threads.csv",
                     "give the directory that rstat-tsa record -o created", 0};
    }
    if (systems.empty()) {
        parts.remark("no system.csv: sums are computed from the rows, the machine's numbers are absent");
    }
    check_pairs(parts, threads, systems);
    return {};
}

bool belongs_to_recording(const std::string& directory, const std::string& path) {
    struct stat folder {
    }, target{}, found{};
    const std::filesystem::path file(path);
    const std::string parent = file.has_parent_path() ? file.parent_path().string() : ".";
    if (::stat(directory.c_str(), &folder) == 0 && ::stat(parent.c_str(), &found) == 0 && same_file(folder, found) &&
        is_recording_file(file.filename().string())) {
        return true;
    }
    if (::stat(path.c_str(), &target) != 0) {
        return false;
    }
    std::error_code error;
    std::filesystem::directory_iterator entry(directory, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        if (is_recording_file(entry->path().filename().string()) && ::stat(entry->path().c_str(), &found) == 0 &&
            same_file(target, found)) {
            return true;
        }
    }
    return false;
}

}  // namespace tsa
