// SPDX-License-Identifier: MIT
// See drm_clients.h. The keys are those of Documentation/gpu/drm-usage-stats.rst of the kernel.
#include "system/drm_clients.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/directory.h"
#include "base/scan.h"
#include "base/text_file.h"

namespace tsa {

namespace {

constexpr std::string_view kDevices = "/dev/dri/";

struct Region {
    std::string name;
    std::uint64_t bytes = 0;
};

/// "1024 KiB"
std::optional<std::uint64_t> bytes_in(std::string_view value) {
    const auto amount = number<std::uint64_t>(next_field(value));
    const std::string_view unit = next_field(value);
    const std::uint64_t factor = unit == "KiB" ? 1ULL << 10U : unit == "MiB" ? 1ULL << 20U : 1;
    const bool known = unit.empty() || factor != 1;
    return amount && known && *amount <= UINT64_MAX / factor ? std::optional(*amount * factor) : std::nullopt;
}

/// Memory on the card if it has any, else what it uses of the machine's.
std::optional<std::uint64_t> memory_of(const std::vector<Region>& regions) {
    if (regions.empty()) {
        return std::nullopt;
    }
    const auto is_on_card = [](const Region& region) {
        return region.name.starts_with("vram") || region.name.starts_with("local");
    };
    const bool has_card = std::ranges::any_of(regions, is_on_card);
    std::uint64_t sum = 0;
    for (const Region& region : regions) {
        sum += !has_card || is_on_card(region) ? region.bytes : 0;
    }
    return sum;
}

DrmEngine& engine_called(DrmClient& client, std::string_view name) {
    const auto found = std::ranges::find(client.engines, name, &DrmEngine::name);
    if (found != client.engines.end()) {
        return *found;
    }
    return client.engines.emplace_back(DrmEngine{std::string(name)});
}

/// Key and value of "drm-engine-render:\t9288864723 ns".
void take_engine(std::string_view key, std::string_view value, DrmClient& client) {
    const auto amount = number<std::uint64_t>(next_field(value));
    const auto is = [&key](std::string_view prefix) {
        const bool it_is = key.starts_with(prefix);
        key.remove_prefix(it_is ? prefix.size() : 0);
        return it_is;
    };
    if (!amount) {
        return;
    }
    if (is("engine-capacity-")) {
        engine_called(client, key).capacity = std::max<std::uint32_t>(static_cast<std::uint32_t>(*amount), 1);
    } else if (is("engine-") || is("cycles-")) {
        engine_called(client, key).busy_ns = *amount;
    } else if (is("total-cycles-")) {
        engine_called(client, key).all_cycles = *amount;
    }
}

}  // namespace

std::optional<DrmClient> parse_drm_fdinfo(std::string_view fdinfo) {
    DrmClient client;
    bool has_id = false;
    std::vector<Region> resident;
    std::vector<Region> memory;
    std::vector<Region> total;
    while (const auto line = next_line(fdinfo)) {
        const std::size_t colon = line->find(':');
        if (!line->starts_with("drm-") || colon == std::string_view::npos) {
            continue;
        }
        constexpr std::size_t kPrefix = 4;
        const std::string_view key = line->substr(kPrefix, colon - kPrefix);
        std::string_view value = line->substr(colon + 1);
        const auto region = [&](std::string_view prefix, std::vector<Region>& to) {
            if (!key.starts_with(prefix)) {
                return false;
            }
            if (const auto bytes = bytes_in(value)) {
                to.push_back({std::string(key.substr(prefix.size())), *bytes});
            }
            return true;
        };
        if (key == "client-id") {
            const auto id = number<std::uint64_t>(next_field(value));
            has_id = id.has_value();
            client.id = id.value_or(0);
        } else if (key == "pdev") {
            client.device = std::string(next_field(value));
        } else if (key.starts_with("total-cycles-")) {
            take_engine(key, value, client);
        } else if (!region("resident-", resident) && !region("memory-", memory) && !region("total-", total)) {
            take_engine(key, value, client);
        }
    }
    client.memory_bytes = memory_of(!resident.empty() ? resident : !memory.empty() ? memory : total);
    return has_id ? std::optional(std::move(client)) : std::nullopt;
}

void DrmReader::scan() {
    opened_.clear();
    const Directory processes(::opendir((root_ + "proc").c_str()));
    while (const dirent* entry = processes != nullptr ? ::readdir(processes.get()) : nullptr) {
        const auto tgid = number<std::uint32_t>(entry->d_name);
        if (!tgid) {
            continue;
        }
        const std::string folder = root_ + "proc/" + entry->d_name + "/fd";
        const Directory descriptors(::opendir(folder.c_str()));
        while (const dirent* one = descriptors != nullptr ? ::readdir(descriptors.get()) : nullptr) {
            const auto fd = number<std::int32_t>(one->d_name);
            std::array<char, 64> link{};
            const ssize_t size = fd ? ::readlink((folder + "/" + one->d_name).c_str(), link.data(), link.size()) : -1;
            if (size > 0 && std::string_view(link.data(), static_cast<std::size_t>(size)).starts_with(kDevices) &&
                opened_.size() < kMaxDescriptors) {
                opened_.push_back({*tgid, *fd});
            }
        }
    }
    std::ranges::sort(opened_, [](const Opened& left, const Opened& right) {
        return std::pair(left.tgid, left.fd) < std::pair(right.tgid, right.fd);
    });
}

/// The device of "/dev/dri/renderD128". Its power state is read without waking it.
bool DrmReader::sleeps(const std::string& link) const {
    const std::string status = root_ + "sys/class/drm/" + link.substr(kDevices.size()) + "/device/power/runtime_status";
    return read_text_file(status).value_or("").starts_with("suspended");
}

std::vector<DrmClient> DrmReader::read(std::uint64_t now_ns) {
    if (scanned_at_ns_ == 0 || now_ns >= scanned_at_ns_ + kScanEveryNs) {
        scanned_at_ns_ = now_ns;
        scan();
    }
    std::vector<DrmClient> clients;
    std::set<std::pair<std::string, std::uint64_t>> seen;
    for (const Opened& opened : opened_) {
        const std::string process = fmt::format("{}proc/{}", root_, opened.tgid);
        std::string link(64, '\0');
        const ssize_t size = ::readlink(fmt::format("{}/fd/{}", process, opened.fd).c_str(), link.data(), link.size());
        link.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        if (!link.starts_with(kDevices) || sleeps(link)) {
            continue;  // closed, or another file by now
        }
        const auto text = read_text_file(fmt::format("{}/fdinfo/{}", process, opened.fd));
        auto client = text ? parse_drm_fdinfo(*text) : std::nullopt;
        if (client && seen.emplace(client->device, client->id).second) {
            client->tgid = opened.tgid;
            clients.push_back(std::move(*client));
        }
    }
    return clients;
}

}  // namespace tsa
