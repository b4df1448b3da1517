// SPDX-License-Identifier: MIT
// See cpu_quota.h.
#include "procfs/cpu_quota.h"

#include <cstddef>
#include <cstdint>

#include "base/mountinfo.h"
#include "base/scan.h"
#include "base/text_file.h"
#include "procfs/cgroup_lines.h"

namespace tsa {

namespace {

constexpr int kMaxLevels = 64;

/// The mount of the hierarchy that has the CPU quotas.
std::optional<Mount> mount_of(std::string_view mountinfo, bool version_1) {
    while (const auto mount = next_mount(mountinfo)) {
        const bool found =
            version_1 ? mount->type == "cgroup" && has_word(mount->super_options, "cpu") : mount->type == "cgroup2";
        if (found) {
            return mount;
        }
    }
    return std::nullopt;
}

/// The path below the mount point; absent if the cgroup is not below what is mounted.
std::optional<std::string_view> below(std::string_view path, std::string_view mount_root) {
    if (path.starts_with("/..")) {
        return std::nullopt;  // outside of this cgroup namespace
    }
    if (mount_root == "/") {
        return path;
    }
    const bool inside =
        path.starts_with(mount_root) && (path.size() == mount_root.size() || path[mount_root.size()] == '/');
    return inside ? std::optional(path.substr(mount_root.size())) : std::nullopt;
}

std::optional<double> cpus_of(std::string_view quota, std::string_view period) {
    const auto quota_us = number<std::uint64_t>(quota);  // absent: "max" or -1
    const auto period_us = number<std::uint64_t>(period);
    return quota_us && period_us.value_or(0) > 0
               ? std::optional(static_cast<double>(*quota_us) / static_cast<double>(*period_us))
               : std::nullopt;
}

/// Quota of one directory, in CPUs.
std::optional<double> quota_of(const std::string& directory, bool version_1) {
    if (version_1) {
        const std::string quota = read_text_file(directory + "/cpu.cfs_quota_us").value_or("");
        const std::string period = read_text_file(directory + "/cpu.cfs_period_us").value_or("");
        std::string_view quota_text = quota;
        std::string_view period_text = period;
        return cpus_of(next_line(quota_text).value_or(""), next_line(period_text).value_or(""));
    }
    const std::string text = read_text_file(directory + "/cpu.max").value_or("");
    std::string_view rest = text;
    std::string_view line = next_line(rest).value_or("");
    const std::string_view quota = next_field(line);
    return cpus_of(quota, next_field(line));
}

std::optional<CpuQuota> smallest(const Mount& mount, std::string_view path, bool version_1, const std::string& root) {
    std::optional<CpuQuota> result;
    for (int level = 0; level < kMaxLevels; ++level) {
        const auto relative = below(path, mount.root);
        if (!relative) {
            break;
        }
        std::string directory = root;
        directory.append(mount.point.substr(1)).append(*relative);
        const auto cpus = quota_of(directory, version_1);
        if (cpus && (!result || *cpus < result->cpus)) {
            result = CpuQuota{std::string(path), *cpus};
        }
        const std::size_t slash = path.rfind('/');
        if (path.size() <= 1 || slash == std::string_view::npos) {
            break;
        }
        path = slash == 0 ? std::string_view("/") : path.substr(0, slash);
    }
    return result;
}

}  // namespace

std::optional<CpuQuota> read_cpu_quota(std::string_view proc_cgroup, std::string_view mountinfo,
                                       const std::string& root) {
    std::optional<CpuQuota> result;
    while (const auto line = next_cgroup_line(proc_cgroup)) {
        const bool version_1 = !line->controllers.empty();
        const auto mount =
            !version_1 || has_word(line->controllers, "cpu") ? mount_of(mountinfo, version_1) : std::nullopt;
        const auto found = mount ? smallest(*mount, line->path, version_1, root) : std::nullopt;
        if (found && (!result || found->cpus < result->cpus)) {
            result = found;
        }
    }
    return result;
}

}  // namespace tsa
