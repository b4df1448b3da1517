// SPDX-License-Identifier: MIT
// See mappings.h.
#include "stacks/mappings.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <optional>

#include "base/scan.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

constexpr std::string_view kDeleted = " (deleted)";

struct Range {
    std::uint64_t begin, end;
};

/// Two hexadecimal numbers: "7f2c-7f2d", "08:02".
std::optional<Range> two_numbers(std::string_view text, char between) {
    const std::size_t at = text.find(between);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const auto first = hexadecimal<std::uint64_t>(text.substr(0, at));
    const auto second = hexadecimal<std::uint64_t>(text.substr(at + 1));
    return first && second ? std::optional(Range{*first, *second}) : std::nullopt;
}

void set_path(CodeMapping& mapping, std::string_view path) {
    if (path == "[vdso]") {
        mapping.kind = MappingKind::vdso;
    } else if (!path.starts_with('/') || mapping.inode == 0) {
        mapping.kind = MappingKind::anonymous;
        return;
    }
    mapping.deleted = path.ends_with(kDeleted);
    path.remove_suffix(mapping.deleted ? kDeleted.size() : 0);
    mapping.path = path;
}

/// Of a line "7f2c-7f2d r-xp 00001000 08:02 173521   /usr/lib/libc.so.6"; absent: not executable.
std::optional<CodeMapping> code_mapping(std::string_view line) {
    const auto range = two_numbers(next_field(line), '-');
    const std::string_view permissions = next_field(line);
    const auto offset = hexadecimal<std::uint64_t>(next_field(line));
    const auto device = two_numbers(next_field(line), ':');
    const auto inode = number<std::uint64_t>(next_field(line));
    if (!range || range->begin >= range->end || permissions.size() < 3 || permissions[2] != 'x' || !offset || !device ||
        !inode) {
        return std::nullopt;
    }
    CodeMapping mapping;
    mapping.begin = range->begin;
    mapping.end = range->end;
    mapping.file_offset = *offset;
    mapping.device = makedev(static_cast<unsigned>(device->begin), static_cast<unsigned>(device->end));
    mapping.inode = *inode;
    set_path(mapping, line.substr(std::min(line.find_first_not_of(' '), line.size())));
    return mapping;
}

}  // namespace

std::vector<CodeMapping> code_mappings(std::string_view maps) {
    std::vector<CodeMapping> mappings;
    while (const auto line = next_line(maps)) {
        auto mapping = code_mapping(*line);
        if (mapping && mappings.size() < kMaxCodeMappings &&
            (mappings.empty() || mappings.back().end <= mapping->begin)) {
            mappings.push_back(*std::move(mapping));
        }
    }
    return mappings;
}

const CodeMapping* mapping_at(std::span<const CodeMapping> mappings, std::uint64_t address) {
    const auto next = std::ranges::upper_bound(mappings, address, {}, &CodeMapping::begin);
    if (next == mappings.begin() || address >= std::prev(next)->end) {
        return nullptr;
    }
    return &*std::prev(next);
}

void note_referenced(std::span<const CodeMapping> mappings, std::span<const std::uint64_t> words,
                     std::vector<bool>& referenced) {
    referenced.resize(mappings.size());
    for (const std::uint64_t word : words) {
        if (const CodeMapping* mapping = mapping_at(mappings, word)) {
            referenced[static_cast<std::size_t>(mapping - mappings.data())] = true;
        }
    }
}

std::vector<tsa_address_range> code_ranges(std::span<const CodeMapping> mappings, std::size_t count) {
    std::vector<tsa_address_range> ranges;
    for (const CodeMapping& mapping : mappings) {
        ranges.push_back({mapping.begin, mapping.end});
        if (ranges.size() <= count) {
            continue;
        }
        std::size_t closest = 1;
        for (std::size_t at = 2; at < ranges.size(); ++at) {
            const auto gap = [&ranges](std::size_t nth) { return ranges[nth].begin - ranges[nth - 1].end; };
            closest = gap(at) < gap(closest) ? at : closest;
        }
        ranges[closest - 1].end = ranges[closest].end;
        ranges.erase(ranges.begin() + static_cast<std::ptrdiff_t>(closest));
    }
    return ranges;
}

std::string module_name(const CodeMapping& mapping) {
    if (mapping.kind == MappingKind::anonymous) {
        return {};
    }
    const std::string_view path = mapping.path;
    return printable(path.substr(path.rfind('/') + 1)) + (mapping.deleted ? std::string(kDeleted) : "");
}

}  // namespace tsa
