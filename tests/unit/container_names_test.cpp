// SPDX-License-Identifier: MIT
// Names of containers, from trees of files as docker 20.10, podman 4.3.1, containerd 1.6 and CRI-O leave them.
#include "procfs/container_names.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace tsa {
namespace {

namespace fs = std::filesystem;

const std::string kId = "3f4e0a1b2c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7";
const std::string kOther = "00aa11bb22cc33dd44ee55ff66778899aabbccddeeff00112233445566778899";

TEST(ContainerNames, are_in_the_files_of_the_runtimes) {
    EXPECT_EQ(docker_name(R"({"ID":"3f","Name":"/web","State":{}})"), "web");
    EXPECT_FALSE(docker_name(R"({"ID":"3f"})"));
    EXPECT_EQ(oci_name(R"({"annotations":{"io.kubernetes.cri.container-name":"app",
                          "io.kubernetes.cri.sandbox-name":"web-7d9"}})"),
              "web-7d9/app");
    EXPECT_EQ(oci_name(R"({"annotations":{"io.kubernetes.cri.sandbox-name":"web-7d9"}})"), "web-7d9/pause");
    EXPECT_EQ(oci_name(R"({"annotations":{"io.kubernetes.container.name":"app","io.kubernetes.pod.name":"p"}})"),
              "p/app");
    EXPECT_EQ(oci_name(R"({"annotations":{"nerdctl/name":"db"}})"), "db");
    EXPECT_FALSE(oci_name(R"({"process":{}})"));
    EXPECT_EQ(podman_name(R"([{"id":"aa","names":["x"]},{"id":"bb","names":["y","z"]}])", "bb"), "y");
    EXPECT_FALSE(podman_name(R"([{"id":"aa","names":["x"]}])", "bb"));
}

TEST(ContainerNames, damaged_files_have_none) {
    for (const std::string_view text :
         {"", "{", "[1,2", "null", "[]", "{}", "{\"Name\":7}", "[[[[[[", "{\"annotations\":3}"}) {
        EXPECT_FALSE(docker_name(text)) << text;
        EXPECT_FALSE(oci_name(text)) << text;
        EXPECT_FALSE(podman_name(text, "a")) << text;
    }
    EXPECT_FALSE(podman_name(std::string(500'000, '['), "a"));
}

/// A tree of files that is removed at the end.
class ContainerFiles : public ::testing::Test {
  protected:
    ContainerFiles() {
        std::string pattern = fs::temp_directory_path() / "rstat-containers-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
    }
    ~ContainerFiles() override { fs::remove_all(root_); }
    void put(const std::string& path, const std::string& text) const {
        const fs::path file = root_ / path;
        fs::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
    }
    /// As a new reader finds it: found names are kept.
    [[nodiscard]] std::string name(const std::string& path = "/machine.slice") const {
        return ContainerNames(root_.string() + "/").find(kId, path);
    }

    fs::path root_;
};

/// podman's list, with another container before.
std::string containers(const std::string& name) {
    return R"([{"id":")" + kOther + R"(","names":["other"],"image":""},{"id":")" + kId + R"(","names":[")" + name +
           R"("],"image":"","layer":"a8","metadata":"{\"name\":\"x\"}","created":"2026-01-02T03:04:05.6Z"}])";
}

TEST_F(ContainerFiles, podman_by_any_driver_of_storage) {
    EXPECT_EQ(name(), "") << "no files";
    for (const std::string driver : {"overlay", "vfs", "btrfs", "zfs"}) {
        const std::string list = "var/lib/containers/storage/" + driver + "-containers/containers.json";
        put(list, containers("by-" + driver));
        // podman has a config.json too, without a name.
        put("var/lib/containers/storage/" + driver + "-containers/" + kId + "/userdata/config.json",
            R"({"annotations":{"io.container.manager":"libpod","io.kubernetes.cri-o.ContainerType":"container"}})");
        EXPECT_EQ(name(), "by-" + driver);
        fs::remove(root_ / list);
        EXPECT_EQ(name(), "");
    }
}

TEST_F(ContainerFiles, podman_lists_of_containers_that_do_not_last) {
    put("var/lib/containers/storage/overlay-containers/containers.json", "[]");
    put("var/lib/containers/storage/overlay-containers/volatile-containers.json", containers("removed-at-exit"));
    EXPECT_EQ(name(), "removed-at-exit");
    fs::remove_all(root_ / "var");
    put("run/containers/storage/overlay-containers/volatile-containers.json", containers("transient"));
    EXPECT_EQ(name(), "transient");
}

TEST_F(ContainerFiles, podman_where_its_configuration_says) {
    put("etc/containers/storage.conf",
        "[storage]\ndriver = \"overlay\"\n# graphroot = \"/no\"\ngraphroot = \"/srv/pods/\"  # big\n");
    put("srv/pods/overlay-containers/containers.json", containers("moved"));
    EXPECT_EQ(name(), "moved");
    EXPECT_EQ(podman_graph_root("graphroot='/a/b'\n"), "a/b");
    EXPECT_FALSE(podman_graph_root("#graphroot=\"/a\"\n[storage]\nrunroot = \"/b\"\n"));
    EXPECT_FALSE(podman_graph_root("graphroot =\ngraphroot = \"/\"\n"));
}

TEST_F(ContainerFiles, of_a_user_are_in_the_home_directory) {
    const std::string scope = "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope";
    put("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000:Ann,,,:/home/ann:/bin/sh\n");
    put("home/ann/.local/share/containers/storage/overlay-containers/containers.json", containers("hers"));
    put("var/lib/containers/storage/overlay-containers/containers.json", containers("the-system-s"));
    EXPECT_EQ(name(scope), "hers");
    EXPECT_EQ(name(), "the-system-s");
    EXPECT_EQ(name("/user.slice/user-0.slice/session-1.scope/libpod-" + kId), "the-system-s") << "root has no other";
    EXPECT_EQ(name("/user.slice/user-1001.slice/user@1001.service/a.scope"), "") << "no such user";
    put("home/ann/.local/share/docker/containers/" + kId + "/config.v2.json", R"({"Name":"/rootless-docker"})");
    EXPECT_EQ(name(scope), "rootless-docker");
}

TEST_F(ContainerFiles, docker_where_its_configuration_says) {
    put("etc/docker/daemon.json", R"({"debug":false,"data-root":"/srv/docker"})");
    put("srv/docker/containers/" + kId + "/config.v2.json", R"({"ID":"3f","Name":"/shop"})");
    // containerd has a config.json of the same container, without a name.
    put("run/containerd/io.containerd.runtime.v2.task/moby/" + kId + "/config.json", R"({"ociVersion":"1.0.2-dev"})");
    EXPECT_EQ(name(), "shop");
    EXPECT_FALSE(docker_data_root("{}"));
    EXPECT_FALSE(docker_data_root("{"));
    EXPECT_FALSE(docker_data_root(R"({"data-root":7})"));
}

TEST_F(ContainerFiles, docker_of_snap) {
    put("var/snap/docker/common/var-lib-docker/containers/" + kId + "/config.v2.json", R"({"Name":"/snapped"})");
    EXPECT_EQ(name(), "snapped");
}

TEST_F(ContainerFiles, containerd_in_any_namespace_and_of_k3s) {
    const std::string pod = R"({"annotations":{"io.kubernetes.cri.container-name":"app",
                                "io.kubernetes.cri.sandbox-name":"web-7d9"}})";
    const std::string task = "containerd/io.containerd.runtime.v2.task/";
    put("run/" + task + "builds/" + kOther + "/config.json", pod);
    put("run/" + task + "builds/" + kId + "/config.json", R"({"annotations":{"nerdctl/name":"db"}})");
    EXPECT_EQ(name(), "db");
    for (const std::string state : {"run/k3s/", "run/k0s/", "var/snap/microk8s/common/run/"}) {
        fs::remove_all(root_ / "run");
        put(state + task + "k8s.io/" + kId + "/config.json", pod);
        EXPECT_EQ(name(), "web-7d9/app") << state;
        fs::remove_all(root_ / state);
    }
}

TEST_F(ContainerFiles, crio_has_the_pod_too) {
    put("run/containers/storage/overlay-containers/" + kId + "/userdata/config.json",
        R"({"annotations":{"io.kubernetes.container.name":"app","io.kubernetes.pod.name":"web"}})");
    put("var/lib/containers/storage/overlay-containers/containers.json", containers("k8s_app_web_shop_5e1b_0"));
    EXPECT_EQ(name(), "web/app");
}

TEST_F(ContainerFiles, are_read_once_while_they_are_asked_for) {
    const std::string list = "var/lib/containers/storage/overlay-containers/containers.json";
    put(list, containers("once"));
    ContainerNames names(root_.string() + "/");
    EXPECT_EQ(names.find(kId, "/machine.slice"), "once");
    fs::remove(root_ / list);
    for (int round = 0; round < 3; ++round) {
        names.forget_unused();
        EXPECT_EQ(names.find(kId, "/machine.slice"), "once");
        EXPECT_EQ(names.size(), 1U);
    }
    names.forget_unused();
    names.forget_unused();
    EXPECT_EQ(names.size(), 0U);
    EXPECT_EQ(names.find(kId, "/machine.slice"), "") << "read again";
}

TEST_F(ContainerFiles, have_a_limit) {
    ContainerNames names(root_.string() + "/");
    for (std::size_t id = 0; id < 3 * ContainerNames::kMaxNames; ++id) {
        (void)names.find(std::to_string(id), "/machine.slice");
        ASSERT_LE(names.size(), 2 * ContainerNames::kMaxNames);
    }
}

TEST(ContainerNames, user_of_a_path) {
    EXPECT_EQ(user_of_path("/user.slice/user-1000.slice/user@1000.service"), 1000U);
    EXPECT_EQ(user_of_path("/payload/user.slice/user-7.slice"), 7U) << "below another cgroup";
    EXPECT_FALSE(user_of_path("/user.slice"));
    EXPECT_FALSE(user_of_path("/user.slice/user-x.slice"));
    EXPECT_FALSE(user_of_path("/system.slice/docker-1.scope"));
}

}  // namespace
}  // namespace tsa
