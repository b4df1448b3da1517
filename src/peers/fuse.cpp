// SPDX-License-Identifier: MIT
// Labels of waits for a file system that a process serves: see label_reader.h.
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <vector>

#include "peers/label_reader.h"

#include "base/scan.h"

namespace tsa {

namespace {

constexpr std::size_t kMaxPath = 512;

bool is_below(std::string_view path, std::string_view point) {
    return path.starts_with(point) && (path.size() == point.size() || path[point.size()] == '/' || point == "/");
}

/// The mount that a path is on, by its name alone: nothing is asked of the file system.
std::optional<MountLine> mount_of_path(std::string_view mountinfo, std::string_view path) {
    std::optional<MountLine> best;
    std::string_view rest = mountinfo;
    while (const auto line = next_line(rest)) {
        const auto mount = parse_mount(*line);
        if (mount && is_below(path, mount->point) && (!best || mount->point.size() >= best->point.size())) {
            best = mount;
        }
    }
    return best;
}

constexpr std::string_view kSubtype = "fuse.";

bool is_fuse(const MountLine& mount) {
    return mount.type.starts_with(kSubtype) || mount.type == "fuse" || mount.type == "fuseblk";
}

/// Calls `take(mount)` for each mount of FUSE that a process of which `maps` is the map has files of, once for each of
/// its mappings.
template <class Take>
void for_each_mapped_fuse(std::string_view maps, std::string_view mountinfo, Take take) {
    std::vector<MountLine> mounts;
    std::string_view rest = mountinfo;
    while (const auto line = next_line(rest)) {
        if (const auto mount = parse_mount(*line); mount && is_fuse(*mount)) {
            mounts.push_back(*mount);
        }
    }
    while (const auto line = mounts.empty() ? std::nullopt : next_line(maps)) {
        const auto device = device_in_maps(*line);
        const auto found = std::ranges::find_if(mounts, [&](const MountLine& mount) {
            return device && mount.major == device->major && mount.minor == device->minor;
        });
        if (found != mounts.end()) {
            take(*found);
        }
    }
}

}  // namespace

bool LabelReader::describe_fuse(const MountLine& mount, Draft& draft) {
    const bool has_subtype = mount.type.starts_with(kSubtype);
    if (!is_fuse(mount)) {
        return false;
    }
    draft.text = "fuse " + std::string(has_subtype ? mount.type.substr(kSubtype.size()) : mount.source);
    draft.served = true;
    const std::uint32_t connection = mount.major << 20U | mount.minor;
    const auto found = owners_.of_path("/dev/fuse", until_ns_, [&](std::uint32_t tgid, std::int32_t fd) {
        const FdInfo& info = files_.fdinfo(tgid, fd);  // Linux 6.9: with the number of the file system
        return !info.fuse_connection || *info.fuse_connection == connection;
    });
    // Without numbers the only daemon of the machine serves all of it.
    if (found && found->count == 1) {
        draft.add_peers(found, PeerPlace::in_parentheses);
    }
    return true;
}

void LabelReader::describe_path(const Subject& subject, Draft& draft) {
    std::array<char, kMaxPath> text{};
    // A path may end shortly before memory that is not there.
    constexpr std::uint64_t kPage = 4096;
    const std::uint64_t to_page = kPage - subject.address % kPage;
    const std::size_t first = std::min<std::size_t>(text.size() - 1, static_cast<std::size_t>(to_page));
    std::size_t size =
        ProcFiles::memory(query_.tid, subject.address, std::as_writable_bytes(std::span(text)).first(first));
    std::string path(text.data(), std::min(size, std::string_view(text.data(), size).find('\0')));
    if (path.size() == size) {
        return;  // longer, or not readable
    }
    if (!path.starts_with('/')) {
        const std::string folder(subject.fd == AT_FDCWD ? files_.link(query_.tid, "cwd")
                                                        : files_.link(query_.tid, subject.fd));
        if (!folder.starts_with('/')) {
            return;
        }
        path = folder + "/" + path;
    }
    if (const auto mount = mount_of_path(other_files_.mountinfo(query_.tid), path)) {
        describe_fuse(*mount, draft);
    }
}

void LabelReader::describe_fault(Draft& draft) {
    std::optional<MountLine> only;
    bool several = false;
    for_each_mapped_fuse(files_.maps(query_.tid), other_files_.mountinfo(query_.tid), [&](const MountLine& mount) {
        several = several || (only && only->minor != mount.minor);
        only = mount;
    });
    if (only && !several) {
        describe_fuse(*only, draft);
    } else if (only) {
        draft.text = "fuse";  // which of them is not known
        draft.served = true;
    }
}

}  // namespace tsa
