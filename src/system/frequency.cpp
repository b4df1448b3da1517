// SPDX-License-Identifier: MIT
// See frequency.h.
#include "system/frequency.h"

#include <algorithm>
#include <cmath>

#include "base/scan.h"
#include "system/tree.h"

namespace tsa {
namespace {

// Faster than any CPU clock.
constexpr double kMostMhz = 100'000;

bool plausible_mhz(double mhz) {
    return std::isfinite(mhz) && mhz > 0 && mhz < kMostMhz;
}

std::size_t count_fields(std::string_view line) {
    std::size_t count = 0;
    while (!next_field(line).empty()) {
        ++count;
    }
    return count;
}

// "cpu MHz\t\t: 2596.122": absent unless the line has this key.
std::optional<std::string_view> value_of(std::string_view line, std::string_view key) {
    const std::size_t colon = line.find(':');
    if (!line.starts_with(key) || colon == std::string_view::npos ||
        line.substr(key.size(), colon - key.size()).find_first_not_of(" \t") != std::string_view::npos) {
        return std::nullopt;
    }
    return line.substr(colon + 1);
}

}  // namespace

CpuinfoClocks parse_cpuinfo_clocks(std::string_view proc_cpuinfo) {
    CpuinfoClocks clocks;
    while (const std::optional<std::string_view> line = next_line(proc_cpuinfo)) {
        std::optional<std::string_view> value = value_of(*line, "cpu MHz");
        const std::optional<double> mhz = value ? number<double>(next_field(*value)) : std::nullopt;
        if (mhz && plausible_mhz(*mhz)) {
            clocks.sum_mhz += *mhz;
            clocks.max_mhz = std::max(clocks.max_mhz, *mhz);
            ++clocks.cpus;
        }
    }
    return clocks;
}

bool cpuinfo_clocks_are_measured(std::string_view proc_cpuinfo) {
    while (const std::optional<std::string_view> line = next_line(proc_cpuinfo)) {
        std::optional<std::string_view> flags = value_of(*line, "flags");
        while (flags && !flags->empty()) {
            if (next_field(*flags) == "aperfmperf") {
                return true;
            }
        }
        if (flags) {
            return false;  // the same for all CPUs
        }
    }
    return false;
}

void CpuFrequencySource::discover() {
    policies_.clear();
    cpuinfo_ = SourceFile();
    passing_ = {};
    passed_ = {};
    offset_ = 0;
    const std::string directory = root_ + "/sys/devices/system/cpu/cpufreq/";
    for (const std::string& name : evenly_chosen(list_numbered(directory, "policy"), kMaxPolicies)) {
        SlowFile file(directory + name + "/scaling_cur_freq");
        if (file.is_open()) {
            const std::string cpus = read_value(directory + name + "/affected_cpus").value_or("");
            policies_.push_back({std::move(file), std::max<std::size_t>(1, count_fields(cpus)), std::nullopt});
        }
    }
    if (!policies_.empty()) {
        return;
    }
    SourceFile cpuinfo(root_ + "/proc/cpuinfo");
    TextBuffer buffer;
    const auto text = cpuinfo.read_head(buffer);
    if (text && cpuinfo_clocks_are_measured(*text)) {
        cpuinfo_ = std::move(cpuinfo);
    }
}

// One page per round, because the kernel takes long to generate one: continuing at the last offset costs only the new
// page.
void CpuFrequencySource::step_cpuinfo(TextBuffer& buffer) {
    const auto text = cpuinfo_.read_at(offset_, buffer);
    if (text && !text->empty()) {
        const CpuinfoClocks page = parse_cpuinfo_clocks(*text);
        passing_.sum_mhz += page.sum_mhz;
        passing_.max_mhz = std::max(passing_.max_mhz, page.max_mhz);
        passing_.cpus += page.cpus;
        offset_ += text->size();
        if (passed_.cpus == 0) {
            passed_ = passing_;  // until a pass is complete, use the first pages
        }
        return;
    }
    passed_ = passing_;
    passing_ = {};
    offset_ = 0;
}

void CpuFrequencySource::step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) {
    if (policies_.empty()) {
        step_cpuinfo(buffer);
        return;
    }
    constexpr double kKhzPerMhz = 1000;
    Policy& policy = policies_[number];
    const std::optional<std::uint64_t> khz = policy.file.read_number(now_ns, buffer);
    const double mhz = static_cast<double>(khz.value_or(0)) / kKhzPerMhz;
    policy.mhz = plausible_mhz(mhz) ? std::optional(mhz) : std::nullopt;
}

void CpuFrequencySource::publish(SystemSample& out) const {
    double sum_mhz = passed_.sum_mhz;
    double max_mhz = passed_.max_mhz;
    std::size_t cpus = passed_.cpus;
    for (const Policy& policy : policies_) {
        if (policy.mhz) {
            sum_mhz += *policy.mhz * static_cast<double>(policy.cpus);
            max_mhz = std::max(max_mhz, *policy.mhz);
            cpus += policy.cpus;
        }
    }
    if (cpus > 0) {
        out.cpu_mhz = sum_mhz / static_cast<double>(cpus);
        out.cpu_max_mhz = max_mhz;
    }
}

}  // namespace tsa
