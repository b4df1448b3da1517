// SPDX-License-Identifier: MIT
// See cgroup_names.h. A cgroup's ID is the inode number of its directory, on
// 64-bit machines.
#include "app/host/cgroup_names.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>
#include <vector>

#include "base/directory.h"
#include "base/mountinfo.h"

namespace tsa {

CgroupNames::CgroupNames(std::string_view mountinfo) {
    while (const auto mount = next_mount(mountinfo)) {
        if (mount->type == "cgroup2") {
            mount_ = mount->point;
            break;
        }
    }
    walk();
}

void CgroupNames::walk() {
    may_walk_ = false;
    if (mount_.empty()) {
        return;
    }
    if (names_.size() >= kMaxNames) {
        names_.clear();
    }
    struct stat root {};
    if (::stat(mount_.c_str(), &root) == 0) {
        names_.insert_or_assign(root.st_ino, "/");
    }
    std::vector<std::string> below{""};
    while (!below.empty() && names_.size() < kMaxNames) {
        const std::string path = std::move(below.back());
        below.pop_back();
        const Directory directory(::opendir((mount_ + path).c_str()));
        while (const dirent* entry = directory != nullptr ? ::readdir(directory.get()) : nullptr) {
            const std::string_view name = entry->d_name;
            if (entry->d_type == DT_DIR && name != "." && name != "..") {
                std::string child = fmt::format("{}/{}", path, name);
                names_.insert_or_assign(entry->d_ino, child);
                below.push_back(std::move(child));
            }
        }
    }
}

const std::string& CgroupNames::name_of(std::uint64_t id) {
    if (may_walk_ && !names_.contains(id)) {
        walk();
    }
    return names_.try_emplace(id, fmt::format("[cgroup {}]", id)).first->second;
}

}  // namespace tsa
