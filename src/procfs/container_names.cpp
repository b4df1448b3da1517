// SPDX-License-Identifier: MIT
// See container_names.h.
#include "procfs/container_names.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <array>
#include <utility>
#include <vector>

#include "base/directory.h"
#include "base/scan.h"
#include "base/text_file.h"
#include "procfs/user_database.h"

namespace tsa {

namespace {

using rapidjson::Document;
using rapidjson::Value;

/// Without recursion, so that a file of brackets does not overflow the stack.
constexpr unsigned kParseFlags = rapidjson::kParseIterativeFlag;

bool parse(std::string_view json, Document& out) {
    out.Parse<kParseFlags>(json.data(), json.size());
    return !out.HasParseError();
}

/// Null: there is none.
const Value* member(const Value& object, std::string_view key) {
    if (!object.IsObject()) {
        return nullptr;
    }
    const Value::ConstMemberIterator found = object.FindMember(Value(rapidjson::StringRef(key.data(), key.size())));
    return found != object.MemberEnd() ? &found->value : nullptr;
}

/// The text at this key; empty: there is none.
std::string text_at(const Value& object, std::string_view key) {
    const Value* const found = member(object, key);
    return found != nullptr && found->IsString() ? std::string(found->GetString(), found->GetStringLength())
                                                 : std::string();
}

std::optional<std::string> if_any(std::string text) {
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

/// Annotations of a container's and of its pod's name.
struct Annotations {
    std::string_view container, pod;
};
constexpr std::array kAnnotations = std::to_array<Annotations>({
    {"io.kubernetes.cri.container-name", "io.kubernetes.cri.sandbox-name"},  // containerd
    {"io.kubernetes.container.name", "io.kubernetes.pod.name"},              // CRI-O
    {"nerdctl/name", ""},
});

constexpr std::array<std::string_view, 2> kDockerRoots{"var/lib/docker", "var/snap/docker/common/var-lib-docker"};
/// Of containerd itself, of k3s and RKE2, k0s and MicroK8s.
constexpr std::array<std::string_view, 4> kContainerdStates{
    "run/containerd", "run/k3s/containerd", "run/k0s/containerd", "var/snap/microk8s/common/run/containerd"};
/// What podman and CRI-O keep file systems with: a part of the names of directories.
constexpr std::array<std::string_view, 4> kStorageDrivers{"overlay", "vfs", "btrfs", "zfs"};

constexpr std::size_t kMaxPasswdBytes = std::size_t{1} << 20U;

/// "/srv/docker/" as "srv/docker".
std::string below_root(std::string_view path) {
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    const std::size_t begin = path.find_first_not_of('/');
    return begin == std::string_view::npos ? std::string() : std::string(path.substr(begin));
}

}  // namespace

std::optional<std::string> docker_name(std::string_view json) {
    Document document;
    if (!parse(json, document)) {
        return std::nullopt;
    }
    std::string name = text_at(document, "Name");
    return if_any(name.starts_with('/') ? name.substr(1) : name);
}

std::optional<std::string> oci_name(std::string_view json) {
    Document document;
    const Value* const annotations = parse(json, document) ? member(document, "annotations") : nullptr;
    if (annotations == nullptr) {
        return std::nullopt;
    }
    for (const Annotations& keys : kAnnotations) {
        std::string container = text_at(*annotations, keys.container);
        std::string pod = keys.pod.empty() ? std::string() : text_at(*annotations, keys.pod);
        if (container.empty() && pod.empty()) {
            continue;
        }
        if (pod.empty()) {
            return container;
        }
        // The sandbox of a pod has no name.
        return pod.append("/").append(container.empty() ? "pause" : container);
    }
    return std::nullopt;
}

std::optional<std::string> podman_name(std::string_view json, std::string_view id) {
    Document document;
    if (!parse(json, document) || !document.IsArray()) {
        return std::nullopt;
    }
    for (const Value& container : document.GetArray()) {
        if (text_at(container, "id") != id) {
            continue;
        }
        const Value* const names = member(container, "names");
        if (names != nullptr && names->IsArray() && !names->Empty() && (*names)[0].IsString()) {
            return if_any({(*names)[0].GetString(), (*names)[0].GetStringLength()});
        }
    }
    return std::nullopt;
}

std::optional<std::string> docker_data_root(std::string_view json) {
    Document document;
    return parse(json, document) ? if_any(below_root(text_at(document, "data-root"))) : std::nullopt;
}

std::optional<std::string> podman_graph_root(std::string_view storage_conf) {
    while (const auto line = next_line(storage_conf)) {
        std::string_view rest = *line;
        const std::string_view key = next_field(rest).substr(0, std::string_view("graphroot").size());
        const std::size_t begin = line->find_first_of("\"'");
        if (key != "graphroot" || begin == std::string_view::npos) {
            continue;
        }
        const std::string_view value = line->substr(begin + 1);
        return if_any(below_root(value.substr(0, value.find((*line)[begin]))));
    }
    return std::nullopt;
}

std::optional<std::uint32_t> user_of_path(std::string_view cgroup_path) {
    constexpr std::string_view kSlice = "/user.slice/user-";
    const std::size_t at = cgroup_path.find(kSlice);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view rest = cgroup_path.substr(at + kSlice.size());
    return number<std::uint32_t>(rest.substr(0, rest.find('.')));
}

std::optional<std::string> ContainerNames::file(const std::string& path) const {
    auto text = read_regular_file(root_ + path, kMaxFileBytes);
    return text.ok() ? std::optional(std::move(text).value()) : std::nullopt;
}

std::string ContainerNames::home_of(std::uint32_t uid) const {
    const auto home = home_in_passwd(read_text_file(root_ + "etc/passwd", kMaxPasswdBytes).value_or(""), uid);
    return home ? below_root(*home) : std::string();
}

std::optional<std::string> ContainerNames::of_docker(const std::string& id, const std::string& home) const {
    std::vector<std::string> roots(kDockerRoots.begin(), kDockerRoots.end());
    if (!home.empty()) {
        roots = {home + "/.local/share/docker"};
    } else if (auto root = docker_data_root(file("etc/docker/daemon.json").value_or(""))) {
        roots.insert(roots.begin(), std::move(*root));
    }
    for (const std::string& root : roots) {
        if (const auto text = file(fmt::format("{}/containers/{}/config.v2.json", root, id))) {
            return docker_name(*text);
        }
    }
    return std::nullopt;
}

std::optional<std::string> ContainerNames::of_containerd(const std::string& id) const {
    for (const std::string_view state : kContainerdStates) {
        const std::string tasks = std::string(state) + "/io.containerd.runtime.v2.task";
        const Directory spaces(::opendir((root_ + tasks).c_str()));
        while (const dirent* space = spaces != nullptr ? ::readdir(spaces.get()) : nullptr) {
            const std::string_view name = space->d_name;
            if (name == "." || name == "..") {
                continue;
            }
            if (const auto text = file(fmt::format("{}/{}/{}/config.json", tasks, name, id))) {
                return oci_name(*text);
            }
        }
    }
    return std::nullopt;
}

std::optional<std::string> ContainerNames::of_podman(const std::string& id, const std::string& home,
                                                     const std::string& run) const {
    std::vector<std::string> roots{home.empty() ? "var/lib/containers/storage"
                                                : home + "/.local/share/containers/storage"};
    const std::string configuration =
        home.empty() ? "etc/containers/storage.conf" : home + "/.config/containers/storage.conf";
    if (auto root = podman_graph_root(file(configuration).value_or(""))) {
        roots.insert(roots.begin(), std::move(*root));
    }
    for (const std::string_view driver : kStorageDrivers) {
        const std::string containers = fmt::format("/{}-containers/", driver);
        // CRI-O's, which has the names of pods.
        if (const auto text = file(fmt::format("{}{}{}/userdata/config.json", run, containers, id))) {
            if (auto name = oci_name(*text)) {
                return name;
            }
        }
        roots.push_back(run);  // of a transient store
        for (const std::string& root : roots) {
            for (const std::string_view list : {"containers.json", "volatile-containers.json"}) {
                if (auto name = podman_name(file(fmt::format("{}{}{}", root, containers, list)).value_or(""), id)) {
                    return name;
                }
            }
        }
        roots.pop_back();
    }
    return std::nullopt;
}

std::string ContainerNames::read(const std::string& id, std::string_view cgroup_path) const {
    std::string home;
    std::string run = "run/containers/storage";
    if (const auto uid = user_of_path(cgroup_path); uid && *uid != 0) {
        home = home_of(*uid);
        run = "run/user/" + std::to_string(*uid) + "/containers";
        if (home.empty()) {
            return {};
        }
    }
    if (auto name = of_docker(id, home)) {
        return std::move(*name);
    }
    if (auto name = of_containerd(id)) {
        return std::move(*name);
    }
    return of_podman(id, home, run).value_or("");
}

const std::string& ContainerNames::find(const std::string& id, std::string_view cgroup_path) {
    if (const auto known = names_.find(id); known != names_.end()) {
        return known->second;
    }
    if (names_.size() >= kMaxNames) {
        forget_unused();
    }
    if (auto known = older_.extract(id)) {
        return names_.insert(std::move(known)).position->second;
    }
    return names_.emplace(id, read(id, cgroup_path)).first->second;
}

void ContainerNames::forget_unused() {
    older_ = std::exchange(names_, {});
}

}  // namespace tsa
