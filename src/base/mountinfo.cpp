// SPDX-License-Identifier: MIT
// See mountinfo.h.
#include "base/mountinfo.h"

#include <algorithm>

#include "base/scan.h"
#include "base/text_file.h"

namespace tsa {

namespace {

constexpr std::size_t kMountInfoBytes = 1U << 20U;

std::optional<Mount> mount_of(std::string_view line) {
    constexpr int kFieldsBefore = 3;
    for (int field = 0; field < kFieldsBefore; ++field) {
        if (next_field(line).empty()) {
            return std::nullopt;
        }
    }
    Mount mount;
    mount.root = next_field(line);
    mount.point = next_field(line);
    // The mount's own options and any number of tags come before the dash.
    std::string_view field = next_field(line);
    while (!field.empty() && field != "-") {
        field = next_field(line);
    }
    mount.type = next_field(line);
    const std::string_view source = next_field(line);
    mount.super_options = next_field(line);
    return mount.type.empty() || source.empty() ? std::nullopt : std::optional(mount);
}

}  // namespace

std::optional<Mount> next_mount(std::string_view& mountinfo) {
    while (!mountinfo.empty()) {
        const std::size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
        const std::optional<Mount> mount = mount_of(mountinfo.substr(0, end));
        mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
        if (mount) {
            return mount;
        }
    }
    return std::nullopt;
}

std::string read_mountinfo() {
    return read_text_file("/proc/self/mountinfo", kMountInfoBytes).value_or("");
}

}  // namespace tsa
