// SPDX-License-Identifier: MIT
// Names of containers, from the files in which their runtimes have them: docker, podman, containerd (Kubernetes,
// nerdctl) and CRI-O, in their default directories, in those of their configuration and in those of users. They are
// readable for root, as a rule. A file is read once, when its container is first seen, unless it was not asked for
// since.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tsa {

/// The name in docker's config.v2.json; parsing is pure, as below.
[[nodiscard]] std::optional<std::string> docker_name(std::string_view json);
/// The name in the annotations of an OCI config.json: "pod/container" in Kubernetes, else nerdctl's.
[[nodiscard]] std::optional<std::string> oci_name(std::string_view json);
/// The name of the container `id` in podman's containers.json.
[[nodiscard]] std::optional<std::string> podman_name(std::string_view json, std::string_view id);

/// Where docker has its files by its daemon.json, and podman by its storage.conf; absent: where they are by default.
[[nodiscard]] std::optional<std::string> docker_data_root(std::string_view json);
[[nodiscard]] std::optional<std::string> podman_graph_root(std::string_view storage_conf);
/// Whose manager the cgroup is below: 1000 of "/user.slice/user-1000.slice/x"; absent: the system's.
[[nodiscard]] std::optional<std::uint32_t> user_of_path(std::string_view cgroup_path);

class ContainerNames {
  public:
    /// At most twice as many are kept.
    static constexpr std::size_t kMaxNames = 8192;
    /// Larger files are not read.
    static constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20U;

    explicit ContainerNames(std::string root = "/") : root_(std::move(root)) {}

    /// Empty: no file has one, or none can be read. `id`: all of its digits.
    const std::string& find(const std::string& id, std::string_view cgroup_path);
    /// Forgets those that were not asked for since the last call: their containers may be gone.
    void forget_unused();
    [[nodiscard]] std::size_t size() const { return names_.size() + older_.size(); }

  private:
    [[nodiscard]] std::string read(const std::string& id, std::string_view cgroup_path) const;
    [[nodiscard]] std::optional<std::string> of_docker(const std::string& id, const std::string& home) const;
    [[nodiscard]] std::optional<std::string> of_containerd(const std::string& id) const;
    [[nodiscard]] std::optional<std::string> of_podman(const std::string& id, const std::string& home,
                                                       const std::string& run) const;
    [[nodiscard]] std::string home_of(std::uint32_t uid) const;
    [[nodiscard]] std::optional<std::string> file(const std::string& path) const;

    std::string root_;
    std::unordered_map<std::string, std::string> names_, older_;  // since the last forget_unused(), and before
};

}  // namespace tsa
