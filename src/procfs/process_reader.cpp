// SPDX-License-Identifier: MIT
// See process_reader.h. A cgroup's ID is the inode number of its directory, on 64-bit machines.
#include "procfs/process_reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <optional>
#include <string_view>

#include "base/directory.h"
#include "base/mountinfo.h"
#include "base/text_file.h"
#include "procfs/cgroup_place.h"
#include "procfs/identity.h"

namespace tsa {

namespace {

/// Inode number of the initial cgroup namespace (the kernel's PROC_CGROUP_INIT_INO).
constexpr std::uint64_t kFirstCgroupNamespace = 0xEFFFFFFB;
/// The lines of all hierarchies of version 1, each with a path.
constexpr std::size_t kMaxCgroupBytes = std::size_t{16} << 10U;
/// Once in this many trees, the names of containers that none of them had are forgotten.
constexpr std::uint64_t kTreesPerNames = 64;

std::uint64_t inode_of(const std::string& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_ino) : 0;
}

}  // namespace

UnifiedTree find_unified_tree(const std::string& root) {
    UnifiedTree tree;
    const std::uint64_t own = inode_of(root + "proc/self/ns/cgroup");
    tree.is_namespaced = own != 0 && own != kFirstCgroupNamespace;
    const std::string mountinfo =
        root == "/" ? read_mountinfo()
                    : read_text_file(root + "proc/self/mountinfo", std::size_t{1} << 20U).value_or("");
    std::string_view rest = mountinfo;
    while (const auto mount = next_mount(rest)) {
        tree.has_others = tree.has_others || mount->type == "cgroup";
        if (mount->type == "cgroup2" && tree.mount.empty()) {
            tree.mount = root + std::string(mount->point.substr(1));
            tree.mount_root = mount->root == "/" ? "" : mount->root;
        }
    }
    if (!tree.mount.empty() && tree.mount_root.empty() && !tree.is_namespaced) {
        const std::uint64_t id = inode_of(tree.mount);
        tree.root_id = id != 0 ? id : tree.root_id;
    }
    return tree;
}

void ProcessReader::finish(CgroupPlace& place) {
    if (tree_.is_namespaced) {
        hide_above(place);
    }
    if (place.container_id.size() > kShortIdDigits && place.container_id != place.container) {
        if (const std::string& name = names_.find(place.container_id, place.path); !name.empty()) {
            place.container = name;
        }
    }
}

void ProcessReader::read(std::uint32_t tgid, ProcessReading& out) {
    const std::string directory = root_ + "proc/" + std::to_string(tgid);
    out = ProcessReading{};
    if (auto lines = read_text_file(directory + "/cgroup", kMaxCgroupBytes); lines && !lines->empty()) {
        out.place = place_of_lines(*lines);
        finish(out.place);
        out.place_key = std::move(*lines);
    } else {
        return;
    }
    if (const auto arguments = read_text_file(directory + "/cmdline", kMaxCommandBytes)) {
        out.command = join_cmdline(*arguments);
    }
    std::array<char, PATH_MAX> link{};
    const ssize_t length = ::readlink((directory + "/exe").c_str(), link.data(), link.size());
    if (length > 0) {
        out.program.assign(link.data(), static_cast<std::size_t>(length));
    }
}

void ProcessReader::read_tree(std::vector<CgroupById>& out) {
    out.clear();
    if (tree_.mount.empty()) {
        return;
    }
    if (++trees_ % kTreesPerNames == 0) {
        names_.forget_unused();
    }
    // Paths below the mount: the mount's own is empty.
    std::vector<std::string> below{""};
    while (!below.empty() && out.size() < ProcessTable::kMaxPlaces) {
        const std::string path = std::move(below.back());
        below.pop_back();
        const Directory directory(::opendir((tree_.mount + path).c_str()));
        while (const dirent* entry = directory != nullptr ? ::readdir(directory.get()) : nullptr) {
            const std::string_view name = entry->d_name;
            if (entry->d_type != DT_DIR || name == "..") {
                continue;
            }
            if (name != ".") {
                below.push_back(path + "/" + std::string(name));
                continue;
            }
            const std::string whole = tree_.mount_root + path;
            CgroupPlace place = place_of_path(whole.empty() ? "/" : whole);
            finish(place);
            out.emplace_back(entry->d_ino, std::move(place));
        }
    }
}

}  // namespace tsa
