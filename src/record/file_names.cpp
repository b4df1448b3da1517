// SPDX-License-Identifier: MIT
// See file_names.h.
#include "record/file_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/scan.h"

namespace tsa {

namespace {

constexpr PerTable<std::string_view> kStems{"threads", "system", "stacks", "waits", "processes", "wakers", "neighbors"};
constexpr std::string_view kCsv = ".csv";
constexpr std::string_view kCompressed = ".zst";

}  // namespace

std::string name_of(const TableFile& file) {
    const std::string_view stem = kStems[index(file.table)];
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
    const auto* const stem =
        std::ranges::find_if(kStems, [name](std::string_view each) { return name.starts_with(each); });
    if (stem == kStems.end()) {
        return std::nullopt;
    }
    out.table = kRecordedTables[static_cast<std::size_t>(stem - kStems.begin())];
    name.remove_prefix(stem->size());
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
