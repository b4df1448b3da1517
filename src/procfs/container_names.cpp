// SPDX-License-Identifier: MIT
// See container_names.h.
#include "procfs/container_names.h"

#include <rapidjson/document.h>

#include <array>

#include "base/text_file.h"

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

constexpr std::array<std::string_view, 3> kContainerdNamespaces{"k8s.io", "default", "moby"};

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

std::optional<std::string> ContainerNames::file(const std::string& path) const {
    auto text = read_regular_file(root_ + path, kMaxFileBytes);
    return text.ok() ? std::optional(std::move(text).value()) : std::nullopt;
}

std::string ContainerNames::read(const std::string& id) const {
    if (const auto text = file("var/lib/docker/containers/" + id + "/config.v2.json")) {
        return docker_name(*text).value_or("");
    }
    for (const std::string_view space : kContainerdNamespaces) {
        const std::string path =
            "run/containerd/io.containerd.runtime.v2.task/" + std::string(space) + "/" + id + "/config.json";
        if (const auto text = file(path)) {
            return oci_name(*text).value_or("");
        }
    }
    if (const auto text = file("run/containers/storage/overlay-containers/" + id + "/userdata/config.json")) {
        if (auto name = oci_name(*text)) {
            return *name;
        }
    }
    if (const auto text = file("var/lib/containers/storage/overlay-containers/containers.json")) {
        return podman_name(*text, id).value_or("");
    }
    return {};
}

const std::string& ContainerNames::find(const std::string& id) {
    if (names_.size() >= kMaxNames) {
        names_.clear();
    }
    const auto [found, is_new] = names_.try_emplace(id);
    if (is_new) {
        found->second = read(id);
    }
    return found->second;
}

}  // namespace tsa
