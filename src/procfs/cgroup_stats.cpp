// SPDX-License-Identifier: MIT
// See cgroup_stats.h.
#include "procfs/cgroup_stats.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <limits>

#include "base/mountinfo.h"
#include "base/saturating.h"
#include "base/scan.h"
#include "base/text_file.h"
#include "procfs/cgroup_lines.h"

namespace tsa {

namespace {

constexpr std::uint64_t kNsPerUs = 1000;
/// Version 1 has no "max": its largest limit is this rounded down to a page.
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::int64_t>::max() / 2;
/// Readings of groups that are not shown any more are dropped after this many refreshes.
constexpr std::uint64_t kKeptRounds = 16;

std::optional<std::string> directory_in(const CgroupMounts::Mounted& mounted, std::string_view path) {
    const std::string_view root = mounted.root;
    if (mounted.point.empty() || path.starts_with("/..")) {
        return std::nullopt;
    }
    if (root.empty() || root == "/") {
        return mounted.point + std::string(path);
    }
    const bool inside = path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
    return inside ? std::optional(mounted.point + std::string(path.substr(root.size()))) : std::nullopt;
}

std::optional<std::string> file_in(const std::optional<std::string>& directory, const char* name) {
    return directory ? read_text_file(*directory + "/" + name) : std::nullopt;
}

std::optional<std::uint64_t> whole(const std::optional<std::string>& text) {
    if (!text) {
        return std::nullopt;
    }
    std::string_view line = *text;
    line = line.substr(0, line.find('\n'));
    return number<std::uint64_t>(next_field(line));
}

/// The number after a word at the start of a line: "throttled_usec 12".
std::optional<std::uint64_t> value_of(const std::optional<std::string>& text, std::string_view key) {
    std::string_view rest = text ? std::string_view(*text) : std::string_view{};
    while (auto line = next_line(rest)) {
        if (next_field(*line) == key) {
            return number<std::uint64_t>(next_field(*line));
        }
    }
    return std::nullopt;
}

/// Of "some avg10=1.50 avg60=...".
std::optional<double> some_avg10(const std::optional<std::string>& text) {
    constexpr std::string_view kStart = "some avg10=";
    if (!text || !text->starts_with(kStart)) {
        return std::nullopt;
    }
    double pct = 0;
    const char* const begin = text->data() + kStart.size();
    const auto [end, error] = std::from_chars(begin, text->data() + text->size(), pct);
    return error == std::errc{} && end != begin ? std::optional(pct) : std::nullopt;
}

std::optional<double> ratio(std::optional<std::uint64_t> quota, std::optional<std::uint64_t> period) {
    return quota && period.value_or(0) != 0 ? std::optional(static_cast<double>(*quota) / static_cast<double>(*period))
                                            : std::nullopt;
}

void read_unified(const std::string& path, CgroupReading& out) {
    const std::optional<std::string> directory = path;
    if (const auto limit = file_in(directory, "cpu.max")) {
        std::string_view rest = *limit;
        std::string_view line = next_line(rest).value_or("");
        const auto quota = number<std::uint64_t>(next_field(line));
        out.stats.quota_cpus = ratio(quota, number<std::uint64_t>(next_field(line)));
    }
    if (const auto us = value_of(file_in(directory, "cpu.stat"), "throttled_usec")) {
        out.throttled_total_ns = *us * kNsPerUs;
    }
    out.stats.memory_bytes = whole(file_in(directory, "memory.current"));
    out.stats.memory_limit_bytes = whole(file_in(directory, "memory.max"));
    out.oom_kills_total = value_of(file_in(directory, "memory.events"), "oom_kill");
    out.stats.cpu_some_pct = some_avg10(file_in(directory, "cpu.pressure"));
    out.stats.memory_some_pct = some_avg10(file_in(directory, "memory.pressure"));
    out.stats.io_some_pct = some_avg10(file_in(directory, "io.pressure"));
}

void read_version_1(const CgroupMounts& mounts, std::string_view path, CgroupReading& out) {
    const auto cpu = directory_in(mounts.cpu, path);
    if (!out.throttled_total_ns) {
        out.throttled_total_ns = value_of(file_in(cpu, "cpu.stat"), "throttled_time");
        out.stats.quota_cpus = ratio(whole(file_in(cpu, "cpu.cfs_quota_us")), whole(file_in(cpu, "cpu.cfs_period_us")));
    }
    const auto memory = directory_in(mounts.memory, path);
    if (!out.stats.memory_bytes) {
        out.stats.memory_bytes = whole(file_in(memory, "memory.usage_in_bytes"));
        const auto limit = whole(file_in(memory, "memory.limit_in_bytes"));
        out.stats.memory_limit_bytes = limit && *limit < kNoLimit ? limit : std::nullopt;
        out.oom_kills_total = value_of(file_in(memory, "memory.oom_control"), "oom_kill");
    }
}

std::optional<std::uint64_t> growth(std::optional<std::uint64_t> before, std::optional<std::uint64_t> now) {
    return before && now ? std::optional(saturating_sub(*now, *before)) : std::nullopt;
}

}  // namespace

CgroupMounts find_cgroup_mounts(std::string_view mountinfo, const std::string& root) {
    CgroupMounts out;
    while (const auto mount = next_mount(mountinfo)) {
        const bool version_1 = mount->type == "cgroup";
        CgroupMounts::Mounted* to = nullptr;
        if (mount->type == "cgroup2") {
            to = &out.unified;
        } else if (version_1 && has_word(mount->super_options, "cpu")) {
            to = &out.cpu;
        } else if (version_1 && has_word(mount->super_options, "memory")) {
            to = &out.memory;
        }
        if (to != nullptr && to->point.empty()) {
            *to = {root + std::string(mount->point.substr(1)), std::string(mount->root)};
        }
    }
    return out;
}

CgroupReading read_cgroup(const CgroupMounts& mounts, std::string_view path) {
    CgroupReading out;
    if (const auto directory = directory_in(mounts.unified, path)) {
        read_unified(*directory, out);
    }
    read_version_1(mounts, path, out);
    return out;
}

struct CgroupStatsFeed::Batch {
    std::vector<std::string> paths;
    std::vector<CgroupReading> readings;
    std::atomic<bool> done{false};
};

void CgroupStatsFeed::start() {
    mounts_ = std::make_shared<const CgroupMounts>(find_cgroup_mounts(read_mountinfo()));
    [[maybe_unused]] const bool started = jobs_.reserve(1);
}

void CgroupStatsFeed::take() {
    if (batch_ == nullptr || !batch_->done.load(std::memory_order_acquire)) {
        return;
    }
    for (std::size_t at = 0; at < batch_->paths.size(); ++at) {
        const CgroupReading& reading = batch_->readings[at];
        Known& known = known_[batch_->paths[at]];
        CgroupStats stats = reading.stats;
        stats.throttled_ns = growth(known.reading.throttled_total_ns, reading.throttled_total_ns);
        stats.oom_kills = growth(known.reading.oom_kills_total, reading.oom_kills_total);
        known = {reading, stats, round_};
    }
    batch_ = nullptr;
}

void CgroupStatsFeed::update(std::span<const std::string> paths, ProcessTable& table) {
    if (mounts_ == nullptr) {
        return;
    }
    ++round_;
    take();
    paths = paths.first(std::min(paths.size(), kMaxCgroups));
    if (!paths.empty() && jobs_.is_free() && !jobs_.is_busy()) {
        auto batch = std::make_shared<Batch>();
        batch->paths.assign(paths.begin(), paths.end());
        batch->readings.resize(paths.size());
        const bool began = jobs_.begin([batch, mounts = mounts_] {
            for (std::size_t at = 0; at < batch->paths.size(); ++at) {
                batch->readings[at] = read_cgroup(*mounts, batch->paths[at]);
            }
            batch->done.store(true, std::memory_order_release);
        });
        if (began) {
            batch_ = batch;
            [[maybe_unused]] const bool done = jobs_.wait_for(kPatience);
            take();
        }
    }
    table.limits.clear();
    for (const std::string& path : paths) {
        if (const auto found = known_.find(path); found != known_.end()) {
            table.limits[path] = found->second.stats;
            found->second.round = round_;
        }
    }
    std::erase_if(known_, [this](const auto& entry) { return entry.second.round + kKeptRounds < round_; });
}

}  // namespace tsa
