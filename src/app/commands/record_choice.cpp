// SPDX-License-Identifier: MIT
// See record_choice.h.
#include "app/commands/record_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

#include "base/mountinfo.h"
#include "procfs/user_database.h"

namespace tsa {

namespace {

Result<void> choose_cgroup(const std::string& path, RecordChoice& choice) {
    auto tree = CgroupTree::open(path, read_mountinfo());
    if (!tree.ok()) {
        return tree.error().in("--cgroup");
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

Result<RecordChoice> choose_threads(const RecordOptions& options) {
    RecordChoice choice;
    choice.targets = TRY(Targets::find(options.tgid, options.tids));
    ThreadFilter& filter = choice.filter;
    choice.filter_by_targets();
    filter.comm_pattern = options.comm_pattern;
    filter.followed_only = !options.command_line.empty();
    // A thread that was requested by number is recorded whatever it is.
    filter.kernel_threads = options.kernel_threads || !options.tids.empty();
    if (options.tgid) {
        choice.words.push_back(fmt::format("process {}", *options.tgid));
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
    if (!filter.kernel_threads) {
        choice.words.emplace_back("no kernel threads");
    }
    if (filter.followed_only) {
        choice.words.emplace_back("the command and its descendants");
    }
    return choice;
}

void RecordChoice::filter_by_targets() {
    filter.process = targets.process();
    filter.threads.assign(targets.threads().begin(), targets.threads().end());
}

}  // namespace tsa
