// SPDX-License-Identifier: MIT
// See thread_choice.h.
#include "app/commands/thread_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

#include "base/mountinfo.h"
#include "procfs/cgroup_place.h"
#include "procfs/user_database.h"

namespace tsa {

namespace {

/// Whether a mounted hierarchy of version 1 has this cgroup.
bool is_in_hierarchy(const std::string& path) {
    const std::string mountinfo = read_mountinfo();
    std::string_view rest = mountinfo;
    while (const auto mount = next_mount(rest)) {
        struct stat found {};
        if (mount->type == "cgroup" && ::stat(fmt::format("{}/{}", mount->point, path).c_str(), &found) == 0 &&
            S_ISDIR(found.st_mode)) {
            return true;
        }
    }
    return false;
}

/// A path of the unified tree as IDs. One that is not there, or not mounted, may be of another hierarchy: then places
/// are compared.
Result<void> choose_cgroup(const std::string& path, ThreadChoice& choice) {
    auto tree = CgroupTree::open(path, read_mountinfo());
    if (!tree.ok()) {
        const std::string text = path.starts_with("0::") ? path.substr(3) : path;
        if (!is_in_hierarchy(text)) {
            return tree.error().in("--cgroup");
        }
        choice.filter.cgroup = text.starts_with('/') ? text : "/" + text;
        choice.words.push_back(fmt::format("cgroup {} and everything below it", choice.filter.cgroup));
        return {};
    }
    choice.cgroup.emplace(std::move(tree).value());
    choice.filter.cgroups = choice.cgroup->ids();
    choice.words.push_back(fmt::format("cgroup {} and everything below it", choice.cgroup->name()));
    return {};
}

}  // namespace

Result<std::uint32_t> find_uid(std::string_view user) {
    if (const auto named = user_id(user)) {
        return *named;
    }
    std::uint32_t uid = 0;
    const auto [end, mistake] = std::from_chars(user.data(), user.data() + user.size(), uid);
    const bool number = !user.empty() && mistake == std::errc{} && end == user.data() + user.size();
    // The largest UID means "no user" to the kernel.
    if (!number || uid == std::numeric_limits<std::uint32_t>::max()) {
        return Error{fmt::format("there is no user {}", user), "a name that `getent passwd` lists, or a number", 0};
    }
    return uid;
}

Result<ThreadChoice> choose_threads(const ChooserOptions& options, bool kernel_threads, bool followed_only) {
    ThreadChoice choice;
    choice.targets = TRY(Targets::find(options.tgids, options.tids));
    ThreadFilter& filter = choice.filter;
    choice.filter_by_targets();
    filter.comm_pattern = options.comm_pattern;
    filter.followed_only = followed_only;
    // A thread that was requested by number is listed whatever it is.
    filter.kernel_threads = kernel_threads || !options.tids.empty();
    if (!options.tgids.empty()) {
        choice.words.push_back(
            fmt::format("process{} {}", options.tgids.size() > 1 ? "es" : "", fmt::join(options.tgids, ", ")));
    }
    if (!options.tids.empty()) {
        choice.words.push_back(fmt::format("threads {}", fmt::join(options.tids, ", ")));
    }
    if (!options.user.empty()) {
        const auto uid = find_uid(options.user);
        if (!uid.ok()) {
            return uid.error().in("--user");
        }
        filter.uid = uid.value();
        choice.words.push_back(fmt::format("user {} ({})", options.user, *filter.uid));
    }
    if (!filter.comm_pattern.empty()) {
        choice.words.push_back(fmt::format("names that match {}", filter.comm_pattern));
    }
    if (!options.cgroup.empty()) {
        TRY(choose_cgroup(options.cgroup, choice));
    }
    filter.unit = unescape_unit(options.unit);
    filter.container = options.container;
    if (!filter.unit.empty()) {
        choice.words.push_back(fmt::format("units that match {}", options.unit));
    }
    if (!filter.container.empty()) {
        choice.words.push_back(fmt::format("containers that match {}", filter.container));
    }
    if (!filter.kernel_threads) {
        choice.words.emplace_back("no kernel threads");
    }
    if (filter.followed_only) {
        choice.words.emplace_back("the command and its descendants");
    }
    return choice;
}

void ThreadChoice::filter_by_targets() {
    filter.processes.assign(targets.processes().begin(), targets.processes().end());
    filter.threads.assign(targets.threads().begin(), targets.threads().end());
}

void ThreadChoice::choose_cgroup_by_path() {
    if (cgroup) {
        filter.cgroups.clear();
        filter.cgroup = cgroup->name();
        cgroup.reset();
    }
}

bool ThreadChoice::update(const Report& report) {
    bool changed = targets.update(report);
    if (changed) {
        filter_by_targets();
    }
    if (cgroup && cgroup->update(report)) {
        filter.cgroups = cgroup->ids();
        changed = true;
    }
    return changed;
}

}  // namespace tsa
