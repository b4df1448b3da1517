// SPDX-License-Identifier: MIT
// See cgroup_tree.h. A cgroup's ID is the inode number of its directory, on 64-bit machines.
#include "app/host/cgroup_tree.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "base/directory.h"
#include "base/mountinfo.h"

namespace tsa {

namespace {

/// Where cgroup v2 is mounted; empty: not mounted.
std::string cgroup_mount(std::string_view mountinfo) {
    while (const auto mount = next_mount(mountinfo)) {
        if (mount->type == "cgroup2") {
            return std::string(mount->point);
        }
    }
    return {};
}

/// Without links and dots; empty: it does not exist.
std::string real_path(const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
    return real != nullptr ? std::string(real.get()) : std::string();
}

bool is_within(std::string_view path, std::string_view directory) {
    return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace

Result<CgroupTree> CgroupTree::open(std::string_view path, std::string_view mountinfo) {
    const std::string mount = real_path(cgroup_mount(mountinfo));
    if (mount.empty()) {
        return Error{"there is no cgroup v2 file system here", "mount -t cgroup2 none /sys/fs/cgroup", 0};
    }
    std::string_view wanted = path;
    if (wanted.starts_with("0::")) {
        wanted.remove_prefix(3);
    }
    CgroupTree tree;
    tree.directory_ = real_path(is_within(wanted, mount) ? std::string(wanted) : fmt::format("{}/{}", mount, wanted));
    struct stat found {};
    if (!is_within(tree.directory_, mount) || ::stat(tree.directory_.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
        return Error{fmt::format("there is no cgroup {}", path),
                     fmt::format("a directory below {}, or the text after 0:: in /proc/PID/cgroup", mount), 0};
    }
    tree.name_ = tree.directory_.substr(mount.size());
    tree.name_ = tree.name_.empty() ? "/" : tree.name_;
    tree.root_id_ = found.st_ino;
    tree.walk();
    return tree;
}

void CgroupTree::walk() {
    if (ids_.size() > kMaxCgroups) {
        ids_.clear();  // mostly of removed cgroups
    }
    ids_.insert(root_id_);  // never empty, which would choose every thread
    std::vector<std::string> below{directory_};
    while (!below.empty() && ids_.size() <= kMaxCgroups) {
        const std::string path = std::move(below.back());
        below.pop_back();
        const Directory directory(::opendir(path.c_str()));
        while (const dirent* entry = directory != nullptr ? ::readdir(directory.get()) : nullptr) {
            const std::string_view name = entry->d_name;
            if (entry->d_type != DT_DIR || name == "..") {
                continue;
            }
            ids_.insert(entry->d_ino);  // "." is the directory itself
            if (name != ".") {
                below.push_back(fmt::format("{}/{}", path, name));
            }
        }
    }
}

bool CgroupTree::unknown(const ThreadRow& row) {
    const std::uint64_t id = row.now->cgroup_id;
    if (id == last_) {
        return false;
    }
    last_ = id;
    return id != 0 && !ids_.contains(id) && !others_.contains(id);
}

bool CgroupTree::update(const Report& report) {
    last_ = 0;
    const auto is_unknown = [this](const ThreadRow& row) { return unknown(row); };
    if (std::ranges::none_of(report.threads, is_unknown) && std::ranges::none_of(report.exited, is_unknown)) {
        return false;
    }
    const std::size_t before = ids_.size();
    walk();
    const bool more = ids_.size() != before;
    if (others_.size() > kMaxCgroups) {
        others_.clear();
    }
    for (const auto* rows : {&report.threads, &report.exited}) {
        for (const ThreadRow& row : *rows) {
            if (const std::uint64_t id = row.now->cgroup_id; !ids_.contains(id)) {
                others_.insert(id);
            }
        }
    }
    return more;
}

}  // namespace tsa
