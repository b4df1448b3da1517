// SPDX-License-Identifier: MIT
// See cgroup_place.h.
#include "procfs/cgroup_place.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "procfs/cgroup_lines.h"

namespace tsa {

namespace {

/// Length of the IDs of docker, podman, containerd and CRI-O.
constexpr std::size_t kIdDigits = 64;

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_container_id(std::string_view text) {
    return text.size() == kIdDigits && is_hex(text);
}

/// "a0-b" as systemd has it in names of slices, "a0_b", or with dashes; a static pod's is 32 digits.
std::optional<std::string> pod_uid(std::string_view text) {
    constexpr std::size_t kDashed = 36;
    constexpr std::size_t kPlain = 32;
    std::string uid(text);
    std::ranges::replace(uid, '_', '-');
    std::string digits = uid;
    std::erase(digits, '-');
    const bool valid = digits.size() == kPlain && is_hex(digits) && (uid.size() == kDashed || uid.size() == kPlain);
    return valid ? std::optional(uid) : std::nullopt;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The name of a directory in the tree: systemd puts "_" before a name that a file of the kernel could have.
std::string_view without_mark(std::string_view name) {
    return name.size() > 1 && name.starts_with('_') ? name.substr(1) : name;
}

std::optional<std::string_view> between(std::string_view text, std::string_view prefix, std::string_view suffix) {
    if (text.size() <= prefix.size() + suffix.size() || !text.starts_with(prefix) || !text.ends_with(suffix)) {
        return std::nullopt;
    }
    return text.substr(prefix.size(), text.size() - prefix.size() - suffix.size());
}

/// Runtimes that put a word before the ID: with systemd's driver "docker-<id>.scope", without it "libpod-<id>", in a
/// service of Quadlet "libpod-payload-<id>". Their monitors have a word more: "libpod-conmon-<id>.scope" is not the
/// container.
constexpr std::array<std::string_view, 9> kRuntimeWords{"docker-",         "libpod-", "libpod-payload-",
                                                        "cri-containerd-", "crio-",   "nerdctl-",
                                                        "containerd-",     "podman-", "buildkit-"};

std::optional<std::string> id_of_word(std::string_view name) {
    const std::string_view plain = between(name, "", ".scope").value_or(name);
    for (const std::string_view word : kRuntimeWords) {
        if (plain.starts_with(word) && is_container_id(plain.substr(word.size()))) {
            return std::string(plain.substr(word.size()));
        }
    }
    // "kubepods-pod1.slice:cri-containerd:<id>": systemd's form, where the runtime uses directories.
    const std::size_t colon = name.rfind(':');
    if (colon != std::string_view::npos && is_container_id(name.substr(colon + 1))) {
        return std::string(name.substr(colon + 1));
    }
    return is_container_id(name) ? std::optional(std::string(name)) : std::nullopt;
}

/// LXC and LXD: "lxc.payload.web", before version 4 "lxc/web" and "lxc.payload/web".
std::optional<std::string> lxc_name(std::string_view name, std::string_view parent) {
    if (const auto payload = between(name, "lxc.payload.", "")) {
        return std::string(*payload);
    }
    const bool below = parent == "lxc" || parent == "lxc.payload";
    return below ? std::optional(std::string(name)) : std::nullopt;
}

/// systemd-nspawn: "machine-web.scope" of machinectl, "systemd-nspawn@web.service". Virtual machines are registered in
/// the same way, as "machine-qemu-1-web.scope".
std::optional<std::string> machine_name(std::string_view name) {
    if (const auto service = between(name, "systemd-nspawn@", ".service")) {
        return unescape_unit(*service);
    }
    const auto scope = between(name, "machine-", ".scope");
    if (!scope || scope->starts_with("qemu")) {
        return std::nullopt;
    }
    return unescape_unit(*scope);
}

/// Podman's pods without systemd's driver: "<pod's ID>/libpod-<id>", and "<pod's ID>/conmon" of the monitors.
bool is_podman_pod(std::string_view name, std::string_view parent, std::string_view child) {
    const std::optional<std::string_view> container = between(child, "libpod-", "");
    return is_container_id(name) &&
           (parent == "libpod_parent" || child == "conmon" || (container && is_container_id(*container)));
}

/// "pod<uid>" in directories, "kubepods-burstable-pod<uid>.slice" of systemd, "machine-libpod_pod_<id>.slice" of
/// podman.
std::optional<std::string> pod_of(std::string_view name) {
    if (const auto plain = between(name, "pod", "")) {
        if (auto uid = pod_uid(*plain)) {
            return uid;
        }
    }
    if (const auto slice = between(name, "", ".slice"); slice && slice->find("kubepods") != std::string_view::npos) {
        const std::size_t at = slice->rfind("-pod");
        return at != std::string_view::npos ? pod_uid(slice->substr(at + 4)) : std::nullopt;
    }
    const std::size_t podman = name.find("libpod_pod_");
    if (podman != std::string_view::npos) {
        const std::string_view id = name.substr(podman + std::string_view("libpod_pod_").size()).substr(0, kIdDigits);
        return is_container_id(id) ? std::optional(std::string(id.substr(0, kShortIdDigits))) : std::nullopt;
    }
    return std::nullopt;
}

bool is_unit(std::string_view name) {
    return (name.ends_with(".service") && name.size() > 8) || (name.ends_with(".scope") && name.size() > 6) ||
           (name.ends_with(".socket") && name.size() > 7) || (name.ends_with(".mount") && name.size() > 6) ||
           (name.ends_with(".swap") && name.size() > 5);
}

bool is_slice(std::string_view name) {
    return name.ends_with(".slice") && name.size() > 6;
}

class PathReader {
  public:
    explicit PathReader(std::string_view path) { place_.path = path; }

    CgroupPlace read() {
        const std::string_view path = place_.path;
        std::string_view parent;
        for (std::size_t at = 0; at < path.size();) {
            const std::size_t end = std::min(path.find('/', at), path.size());
            if (end > at) {
                const std::string_view directory = path.substr(at, end - at);
                const std::string_view below = path.substr(std::min(end + 1, path.size()));
                take(without_mark(directory), parent, below.substr(0, below.find('/')), end);
                parent = directory;
            }
            at = end + 1;
        }
        return std::move(place_);
    }

  private:
    void take(std::string_view name, std::string_view parent, std::string_view child, std::size_t end) {
        if (is_podman_pod(name, parent, child)) {
            set_pod(std::string(name.substr(0, kShortIdDigits)), end);
            return;
        }
        if (auto pod = pod_of(name)) {
            set_pod(std::move(*pod), end);
        }
        if (auto id = id_of_word(name)) {
            set_container(*id, id->substr(0, kShortIdDigits), end);
        } else if (auto lxc = lxc_name(name, parent)) {
            set_container(*lxc, *lxc, end);
        } else if (auto machine = machine_name(name)) {
            set_container(*machine, *machine, end);
        }
        // A service or scope below a slice, and the slice only without one: "user@1000.service/app.slice" is in the
        // service.
        if (is_unit(name) || (is_slice(name) && (place_.unit.empty() || is_slice(place_.unit)))) {
            place_.unit = unescape_unit(name);
            place_.unit_end = end;
        }
    }

    void set_pod(std::string pod, std::size_t end) {
        place_.pod = std::move(pod);
        place_.pod_end = end;
    }

    void set_container(std::string id, std::string name, std::size_t end) {
        place_.container_id = std::move(id);
        place_.container = std::move(name);
        place_.container_end = end;
    }

    CgroupPlace place_;
};

/// Which hierarchy decides; the first one wins.
int rank_of(const CgroupLine& line) {
    if (line.hierarchy == "0") {
        return 0;
    }
    if (has_word(line.controllers, "cpu")) {
        return 1;
    }
    if (has_word(line.controllers, "memory")) {
        return 2;
    }
    return line.controllers == "name=systemd" ? 3 : 4;
}
constexpr int kRanks = 5;

/// Unit, container and pod of another hierarchy, where this one has none. Their cgroups are then not parts of the path.
void add_missing(CgroupPlace& place, const CgroupPlace& other) {
    // A service is more than a slice.
    if (place.unit.empty() || (is_slice(place.unit) && is_unit(other.unit))) {
        place.unit = other.unit;
        place.unit_end = 0;
    }
    if (place.container_id.empty()) {
        place.container = other.container;
        place.container_id = other.container_id;
        place.container_end = 0;
    }
    if (place.pod.empty()) {
        place.pod = other.pod;
        place.pod_end = 0;
    }
}

}  // namespace

std::string unescape_unit(std::string_view name) {
    std::string text;
    for (std::size_t at = 0; at < name.size(); ++at) {
        const bool escaped = name.size() - at >= 4 && name[at] == '\\' && name[at + 1] == 'x' &&
                             hex_digit(name[at + 2]) >= 0 && hex_digit(name[at + 3]) >= 0;
        if (escaped) {
            text += static_cast<char>(hex_digit(name[at + 2]) * 16 + hex_digit(name[at + 3]));
            at += 3;
        } else {
            text += name[at];
        }
    }
    return text;
}

CgroupPlace place_of_path(std::string_view path) {
    return PathReader(path).read();
}

CgroupPlace place_of_lines(std::string_view proc_cgroup) {
    std::array<std::string_view, kRanks> paths{};
    while (const auto line = next_cgroup_line(proc_cgroup)) {
        std::string_view& path = paths[static_cast<std::size_t>(rank_of(*line))];
        // Of several other hierarchies, the first one with a cgroup.
        if (path.empty() || path == "/") {
            path = line->path;
        }
    }
    // Of the other hierarchies only what belongs to whom is used, unless there is none but them.
    std::size_t chosen = kRanks;
    for (std::size_t rank = 0; rank < kRanks; ++rank) {
        const bool is_better =
            !paths[rank].empty() && (chosen == kRanks || (paths[chosen] == "/" && rank + 1 < kRanks));
        if (is_better && (chosen == kRanks || paths[rank] != "/")) {
            chosen = rank;
        }
    }
    if (chosen == kRanks) {
        return {};
    }
    CgroupPlace place = place_of_path(paths[chosen]);
    for (const std::size_t rank : {std::size_t{0}, std::size_t{3}, std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
        if (rank != chosen && !paths[rank].empty()) {
            add_missing(place, place_of_path(paths[rank]));
        }
    }
    return place;
}

void hide_above(CgroupPlace& place) {
    // "/../x" says where a cgroup outside is; the root's own place and the units above are not visible.
    place.hidden = place.path == "/";
}

}  // namespace tsa
