// SPDX-License-Identifier: MIT
// Labels of waits for a file system that a process serves: see label_reader.h.
#include <fcntl.h>

#include <algorithm>
#include <array>

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
        std::string_view fields = *line;
        const auto id = number<std::uint64_t>(next_field(fields));
        const std::string_view text(line->data(), line->size() + 1);  // with its newline
        const auto mount = id ? find_mount(text, *id) : std::nullopt;
        if (mount && is_below(path, mount->point) && (!best || mount->point.size() >= best->point.size())) {
            best = mount;
        }
    }
    return best;
}

}  // namespace

bool LabelReader::describe_fuse(const MountLine& mount, Draft& draft) {
    constexpr std::string_view kSubtype = "fuse.";
    const bool has_subtype = mount.type.starts_with(kSubtype);
    if (!has_subtype && mount.type != "fuse" && mount.type != "fuseblk") {
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

}  // namespace tsa
