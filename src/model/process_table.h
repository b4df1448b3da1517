// SPDX-License-Identifier: MIT
// What is known of processes beyond their threads: command line, program, and place in the tree of cgroups. Filled by a
// feed (src/procfs/process_feed.h) or by the player of a recording; read by columns, filters and groups. Pure data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/report.h"

namespace tsa {

/// A cgroup, by its path: whose it is. All text is raw: sanitize before showing. Empty: none.
struct CgroupPlace {
    std::string path;          ///< "/system.slice/nginx.service"; "/../x": outside of this cgroup namespace
    std::string unit;          ///< innermost systemd unit: service, scope, else slice; escapes removed
    std::string container;     ///< name in the runtime's files, else the first 12 digits of its ID
    std::string container_id;  ///< whole
    std::string pod;           ///< UID of the pod
    /// Lengths of the parts of `path` that are the cgroups of these; 0: not known.
    std::size_t unit_end = 0, container_end = 0, pod_end = 0;
    /// This program sees only a part of the tree, and `path` does not say what is above it.
    bool hidden = false;

    bool operator==(const CgroupPlace&) const = default;
};

/// The limits of a cgroup and what they did: its own, which other cgroups above it may narrow further. Absent: there is
/// no such limit, or no such file in this tree.
struct CgroupStats {
    std::optional<double> quota_cpus;
    std::optional<std::uint64_t> throttled_ns;  ///< in the interval; all of its CPUs together in version 1
    std::optional<std::uint64_t> memory_bytes, memory_limit_bytes;
    std::optional<std::uint64_t> oom_kills;  ///< in the interval
    /// Share of the last 10 s in which some of its threads were stalled.
    std::optional<double> cpu_some_pct, memory_some_pct, io_some_pct;

    bool operator==(const CgroupStats&) const = default;
};

/// Key of the column of command lines, which JSON has only if asked for.
inline constexpr std::string_view kCommandLineKey = "cmdline";
/// What `cgroup` is called where only the kernel knows: a path starts with a slash.
inline constexpr std::string_view kHiddenCgroup = "hidden";

/// One process, as it was at `read_ns`.
struct ProcessFacts {
    std::uint64_t start_time_ns = 0;  ///< of its first thread; with the TGID its identity
    std::string command;              ///< arguments, with spaces between; raw. Empty: it has none, or hidden
    std::string program;              ///< path of the file that it executes; raw. Empty: not known
    const CgroupPlace* place = nullptr;
    std::uint64_t cgroup_id = 0;    ///< that the probes had for it when `place` was read; 0: none
    std::uint64_t comm_hash = 0;    ///< of its name when it was read: exec changes it
    std::uint64_t read_ns = 0;      ///< CLOCK_MONOTONIC
    mutable std::uint64_t met = 0;  ///< the round of its feed in which it was last in a report
};

class ProcessTable {
  public:
    static constexpr std::size_t kMaxPlaces = 65'536;

    /// Of the thread's process. Null: nothing was read of it, or of an earlier process with its ID.
    [[nodiscard]] const ProcessFacts* find(const Thread& thread) const;
    /// Of the thread: where its cgroup is known by ID, that, else that of its process. Null: not known.
    [[nodiscard]] const CgroupPlace* place_of(const Thread& thread) const;
    /// Whether the cgroup of the thread is known to exist, and not where.
    [[nodiscard]] bool is_hidden(const Thread& thread) const;

    /// The entry for a process; a new one if it began at another time than the one that is there.
    ProcessFacts& put(std::uint32_t tgid, std::uint64_t start_time_ns);
    void erase(std::uint32_t tgid) { processes_.erase(tgid); }
    /// Removes those for which `is_gone(tgid, facts)`.
    template <class IsGone>
    void erase_if(IsGone is_gone) {
        std::erase_if(processes_, [&](const auto& entry) { return is_gone(entry.first, entry.second); });
    }
    [[nodiscard]] std::size_t size() const { return processes_.size(); }
    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& [tgid, facts] : processes_) {
            visit(tgid, facts);
        }
    }

    /// The same place for the same key. Valid until clear(), or the second drop_unused_places() after its last use.
    /// Null: kMaxPlaces are known.
    const CgroupPlace* intern(std::string_view key, const CgroupPlace& place);
    [[nodiscard]] const CgroupPlace* find_place(std::string_view key) const;
    /// `seen_ns`: when the cgroup was there; CLOCK_MONOTONIC.
    void set_place(std::uint64_t cgroup_id, const CgroupPlace* place, std::uint64_t seen_ns = 0) {
        by_id_[cgroup_id] = {place, seen_ns};
    }
    [[nodiscard]] bool knows(std::uint64_t cgroup_id) const { return by_id_.contains(cgroup_id); }
    /// It is still there. False: it is not known.
    bool note_seen(std::uint64_t cgroup_id, std::uint64_t seen_ns);
    /// Forgets cgroups that were there before that time only: an ID is never used again.
    void drop_unseen_since(std::uint64_t seen_ns) {
        std::erase_if(by_id_, [seen_ns](const auto& entry) { return entry.second.seen_ns < seen_ns; });
    }
    /// Forgets places that no process and no ID has. Reports that were made before may still refer to them: they are
    /// freed in the next call.
    void drop_unused_places();
    [[nodiscard]] std::size_t places() const { return by_key_.size(); }
    [[nodiscard]] std::size_t ids() const { return by_id_.size(); }
    /// The unified tree's root; where it has no place, threads in it have theirs in other hierarchies. `hidden`: this
    /// program is in a cgroup namespace.
    void set_root(std::uint64_t cgroup_id, bool hidden) {
        root_id_ = cgroup_id;
        is_namespaced_ = hidden;
    }
    [[nodiscard]] std::uint64_t root_id() const { return root_id_; }
    [[nodiscard]] bool is_namespaced() const { return is_namespaced_; }
    void clear();

    /// Of cgroups that were looked at, by path; see CgroupStatsFeed.
    std::unordered_map<std::string, CgroupStats> limits;
    /// Whether outputs that are not screens show command lines.
    bool shows_commands = false;

  private:
    struct Known {
        const CgroupPlace* place = nullptr;
        std::uint64_t seen_ns = 0;
    };
    using Places = std::unordered_map<std::string, CgroupPlace>;  // addresses stay

    std::unordered_map<std::uint32_t, ProcessFacts> processes_;
    Places by_key_;
    Places dropped_;  // until the next time
    std::unordered_map<std::uint64_t, Known> by_id_;
    std::uint64_t root_id_ = 0;
    bool is_namespaced_ = false;
};

/// How a process is called in the column of command lines.
enum class CommandForm : std::uint8_t { line, program, name };
/// Raw; empty: not known.
[[nodiscard]] std::string_view command_text(const ProcessFacts& facts, CommandForm form);

/// Of a row's thread; null where the report has none.
[[nodiscard]] const ProcessFacts* facts_of(const Report& report, const Thread& thread);
[[nodiscard]] const CgroupPlace* place_of(const Report& report, const Thread& thread);

}  // namespace tsa
