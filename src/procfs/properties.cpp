// SPDX-License-Identifier: MIT
// See properties.h.
#include "procfs/properties.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/mountinfo.h"
#include "base/scan.h"
#include "base/text_file.h"
#include "procfs/cgroup_lines.h"
#include "procfs/cpu_quota.h"
#include "procfs/identity.h"

namespace tsa {

namespace {

constexpr std::uint64_t kKiB = 1024;
/// Long enough for the part of a path that a screen shows.
constexpr std::size_t kMaxLinkBytes = 512;

std::string path_of(const std::string& root, std::uint32_t tid, std::string_view file) {
    return root + "proc/" + std::to_string(tid) + "/" + std::string(file);
}

/// "VmRSS:\t    1234 kB"
std::optional<std::uint64_t> kilobytes(std::string_view value) {
    const std::string_view digits = next_field(value);
    return next_field(value) == "kB" ? scaled_number(digits, kKiB) : std::nullopt;
}

/// Controllers that can delay threads; others only group and count them.
bool limits_time(std::string_view controllers) {
    constexpr std::array<std::string_view, 4> kLimiting{"cpu", "memory", "blkio", "cpuset"};
    return std::ranges::any_of(kLimiting, [&](std::string_view wanted) { return has_word(controllers, wanted); });
}

}  // namespace

std::optional<std::string> parse_cgroup(std::string_view proc_cgroup) {
    std::optional<std::string> unified;
    std::string limiting;
    std::size_t depth = 0;
    while (const auto line = next_cgroup_line(proc_cgroup)) {
        if (line->hierarchy == "0") {
            unified = line->path;
        } else if (limits_time(line->controllers) && line->path != "/") {
            const auto levels = static_cast<std::size_t>(std::ranges::count(line->path, '/'));
            if (levels > depth) {
                depth = levels;
                limiting = std::string(line->controllers) + ":" + std::string(line->path);
            }
        }
    }
    return (!unified || *unified == "/") && depth > 0 ? std::optional(limiting) : unified;
}

std::optional<std::uint32_t> count_cpus(std::string_view list) {
    std::uint32_t count = 0;
    while (!list.empty()) {
        const std::string_view range = list.substr(0, list.find(','));
        const std::size_t dash = range.find('-');
        const auto first = number<std::uint16_t>(range.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : number<std::uint16_t>(range.substr(dash + 1));
        if (!first || !last || *last < *first) {
            return std::nullopt;
        }
        count += 1U + *last - *first;
        list.remove_prefix(std::min(range.size() + 1, list.size()));
    }
    return count > 0 ? std::optional(count) : std::nullopt;
}

void parse_status_properties(std::string_view proc_status, ThreadProperties& out) {
    while (const std::optional<std::string_view> line = next_line(proc_status)) {
        const std::size_t colon = line->find(":\t");
        if (colon == std::string_view::npos) {
            continue;
        }
        const std::string_view key = line->substr(0, colon);
        const std::string_view value = line->substr(colon + 2);
        if (key == "Cpus_allowed_list") {
            out.cpus_allowed = value;
            out.allowed_count = count_cpus(value);
        } else if (key == "VmRSS") {
            out.resident_bytes = kilobytes(value);
        } else if (key == "VmSwap") {
            out.swapped_bytes = kilobytes(value);
        } else if (key == "VmHWM") {
            out.peak_resident_bytes = kilobytes(value);
        }
    }
}

ThreadProperties read_properties(std::uint32_t tid, const std::string& root) {
    ThreadProperties out;
    if (const auto status = read_text_file(path_of(root, tid, "status"))) {
        parse_status_properties(*status, out);
    }
    // "0": it is running, or hidden from this user.
    if (const auto wchan = read_text_file(path_of(root, tid, "wchan")); wchan && !wchan->empty() && *wchan != "0") {
        out.kernel_function = *wchan;
    }
    if (const auto cgroup = read_text_file(path_of(root, tid, "cgroup"))) {
        out.cgroup = parse_cgroup(*cgroup);
        out.quota = read_cpu_quota(*cgroup, read_mountinfo(), root);
    }
    if (const auto arguments = read_text_file(path_of(root, tid, "cmdline")); arguments && !arguments->empty()) {
        out.command = join_cmdline(*arguments);
    }
    return out;
}

std::string descriptor_name(std::string_view link) {
    constexpr std::string_view kAnonymous = "anon_inode:";
    if (link.starts_with(kAnonymous)) {
        link.remove_prefix(kAnonymous.size());
        if (link.starts_with('[') && link.ends_with(']')) {
            link = link.substr(1, link.size() - 2);
        }
        return std::string(link == "eventpoll" ? "epoll" : link);
    }
    // "socket:[4711]", "pipe:[4711]"; a path starts with a slash.
    const std::size_t bracket = link.find(":[");
    return std::string(link.starts_with('/') || bracket == std::string_view::npos ? link : link.substr(0, bracket));
}

std::optional<std::string> read_descriptor_name(std::uint32_t tid, std::int32_t fd, const std::string& root) {
    std::array<char, kMaxLinkBytes> link{};
    const ssize_t length = ::readlink(path_of(root, tid, "fd/" + std::to_string(fd)).c_str(), link.data(), link.size());
    return length > 0 ? std::optional(descriptor_name({link.data(), static_cast<std::size_t>(length)})) : std::nullopt;
}

}  // namespace tsa
