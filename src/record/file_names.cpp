// SPDX-License-Identifier: MIT
// See file_names.h.
#include "record/file_names.h"

#include <fmt/format.h>

#include "base/scan.h"

namespace tsa {

namespace {

constexpr std::string_view kThreads = "threads";
constexpr std::string_view kSystem = "system";
constexpr std::string_view kCsv = ".csv";
constexpr std::string_view kCompressed = ".zst";

}  // namespace

std::string name_of(const TableFile& file) {
    const std::string_view stem = file.table == RecordedTable::threads ? kThreads : kSystem;
    const std::string_view packed = file.compressed ? kCompressed : std::string_view();
    return file.segment == kNewestSegment ? fmt::format("{}{}{}", stem, kCsv, packed)
                                          : fmt::format("{}-{:06}{}{}", stem, file.segment, kCsv, packed);
}

std::optional<TableFile> table_file(std::string_view name) {
    TableFile out;
    out.compressed = name.ends_with(kCompressed);
    name.remove_suffix(out.compressed ? kCompressed.size() : 0);
    if (!name.ends_with(kCsv)) {
        return std::nullopt;
    }
    name.remove_suffix(kCsv.size());
    out.table = name.starts_with(kThreads) ? RecordedTable::threads : RecordedTable::system;
    const std::string_view stem = out.table == RecordedTable::threads ? kThreads : kSystem;
    if (!name.starts_with(stem)) {
        return std::nullopt;
    }
    name.remove_prefix(stem.size());
    if (name.empty()) {
        return out;
    }
    const auto segment = name.starts_with('-') ? number<std::uint64_t>(name.substr(1)) : std::nullopt;
    if (!segment || *segment == kNewestSegment) {
        return std::nullopt;
    }
    out.segment = *segment;
    return out;
}

bool is_recording_file(std::string_view name) {
    return name == kMetaName || table_file(name).has_value();
}

}  // namespace tsa
