// SPDX-License-Identifier: MIT
// Reads what a ProcessTable has of one process: seven system calls. Also reads the tree of the unified hierarchy. For a
// separate thread: the command line is in the process's memory, whose lock another thread may hold for long, and
// files of container runtimes may be on a file system that hangs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/process_table.h"
#include "procfs/container_names.h"

namespace tsa {

/// Longer command lines are cut.
inline constexpr std::size_t kMaxCommandBytes = 4096;

struct ProcessReading {
    std::string command, program;  ///< raw; empty: none, or hidden
    std::string place_key;         ///< the same for the same place; empty: the process has ended or is hidden
    CgroupPlace place;
};

/// Where the unified hierarchy is, and what this program sees of it.
struct UnifiedTree {
    std::string mount;           ///< "/sys/fs/cgroup"; empty: not mounted
    std::string mount_root;      ///< of the tree, what is mounted there: "/"
    std::uint64_t root_id = 1;   ///< ID of the tree's root, in which all threads are that it does not group
    bool is_namespaced = false;  ///< this program is in a cgroup namespace
    bool has_others = false;     ///< hierarchies of version 1: threads in the root may be in a cgroup of those
};
[[nodiscard]] UnifiedTree find_unified_tree(const std::string& root = "/");

/// A cgroup by its ID.
using CgroupById = std::pair<std::uint64_t, CgroupPlace>;

class ProcessReader {
  public:
    explicit ProcessReader(UnifiedTree tree, std::string root = "/")
        : tree_(std::move(tree)), root_(std::move(root)), names_(root_) {}

    void read(std::uint32_t tgid, ProcessReading& out);
    /// All cgroups of the unified tree, up to ProcessTable::kMaxPlaces.
    void read_tree(std::vector<CgroupById>& out);

  private:
    void finish(CgroupPlace& place);

    UnifiedTree tree_;
    std::string root_;
    ContainerNames names_;
    std::uint64_t trees_ = 0;  // that were read
};

}  // namespace tsa
