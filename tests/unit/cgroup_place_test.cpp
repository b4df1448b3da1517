// SPDX-License-Identifier: MIT
// Whose a cgroup is, by paths as each runtime makes them, under both cgroup drivers, in unified, hybrid and version 1
// trees.
#include "procfs/cgroup_place.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tsa {
namespace {

constexpr std::string_view kId = "3f4e0a1b2c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7";
constexpr std::string_view kShort = "3f4e0a1b2c5d";
constexpr std::string_view kOther = "00aa11bb22cc33dd44ee55ff66778899aabbccddeeff00112233445566778899";
constexpr std::string_view kOtherShort = "00aa11bb22cc";
constexpr std::string_view kPod = "5e1b7c2a-93d4-4f0a-8a61-0c7d2b9e4f13";
constexpr std::string_view kPodInSlices = "5e1b7c2a_93d4_4f0a_8a61_0c7d2b9e4f13";

struct Case {
    std::string path;
    std::string_view unit, container, pod;
};

std::string with_id(std::string_view before, std::string_view after = "") {
    return std::string(before) + std::string(kId) + std::string(after);
}

void expect(const Case& wanted) {
    const CgroupPlace place = place_of_path(wanted.path);
    EXPECT_EQ(place.path, wanted.path);
    EXPECT_EQ(place.unit, wanted.unit) << wanted.path;
    EXPECT_EQ(place.container, wanted.container) << wanted.path;
    EXPECT_EQ(place.pod, wanted.pod) << wanted.path;
    EXPECT_EQ(place.container.empty(), place.container_id.empty()) << wanted.path;
}

TEST(CgroupPlace, units_of_the_system_and_of_users) {
    for (const Case& one : {
             Case{"/", "", "", ""},
             Case{"/init.scope", "init.scope", "", ""},
             Case{"/system.slice/nginx.service", "nginx.service", "", ""},
             Case{"/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", "", ""},
             Case{"/system.slice", "system.slice", "", ""},
             Case{"/user.slice/user-1000.slice/session-3.scope", "session-3.scope", "", ""},
             Case{"/user.slice/user-1000.slice/user@1000.service/init.scope", "init.scope", "", ""},
             Case{"/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-4711.scope",
                  "app-firefox-4711.scope", "", ""},
             Case{"/user.slice/user-1000.slice/user@1000.service/app.slice", "user@1000.service", "", ""},
             Case{"/system.slice/ssh.service/worker", "ssh.service", "", ""},
             Case{"/batch/night", "", "", ""},
         }) {
        expect(one);
    }
}

TEST(CgroupPlace, escapes_of_systemd_are_removed) {
    expect({"/system.slice/dev-disk\\x2dby\\x2dlabel-swap.swap", "dev-disk-by-label-swap.swap", "", ""});
    expect({"/system.slice/_cpu.service", "cpu.service", "", ""});
    EXPECT_EQ(unescape_unit("a\\x2"), "a\\x2") << "not a whole escape";
    EXPECT_EQ(unescape_unit("a\\xZZb"), "a\\xZZb");
    EXPECT_EQ(unescape_unit("\\x5cx2d"), "\\x2d") << "once";
}

TEST(CgroupPlace, docker_under_both_drivers_and_within_itself) {
    const std::string scope = with_id("docker-", ".scope");
    expect({"/system.slice/" + scope, scope, kShort, ""});
    expect({with_id("/docker/"), "", kShort, ""});
    expect({with_id("/jobs/"), "", kShort, ""});
    expect({with_id("/docker/", "/system.slice/cron.service"), "cron.service", kShort, ""});
    EXPECT_EQ(place_of_path("/docker/" + std::string(kOther) + with_id("/docker/")).container_id, kId)
        << "the innermost one";
    expect({"/system.slice/docker.service", "docker.service", "", ""});
    expect({"/docker/buildx", "", "", ""});
}

TEST(CgroupPlace, podman_but_not_its_monitor) {
    const std::string scope = with_id("libpod-", ".scope");
    expect({"/machine.slice/" + scope, scope, kShort, ""});
    expect({"/machine.slice/" + scope + "/container", scope, kShort, ""});
    expect({"/user.slice/user-1000.slice/user@1000.service/user.slice/" + scope, scope, kShort, ""});
    expect({with_id("/libpod_parent/libpod-"), "", kShort, ""});
    const std::string monitor = with_id("libpod-conmon-", ".scope");
    expect({"/machine.slice/" + monitor, monitor, "", ""});
    const std::string pod_slice = "machine-libpod_pod_" + std::string(kOther) + ".slice";
    expect({"/machine.slice/" + pod_slice + "/" + scope, scope, kShort, kOtherShort});
    expect({"/machine.slice/" + pod_slice + "/" + monitor, monitor, "", kOtherShort});
    expect({"/night.slice/" + scope, scope, kShort, ""});
}

// As podman 4.3.1 with runc makes them, by its directory driver.
TEST(CgroupPlace, podman_without_systemd) {
    const std::string pod = "/libpod_parent/" + std::string(kOther);
    expect({with_id("/libpod_parent/libpod-"), "", kShort, ""});
    expect({"/libpod_parent/conmon", "", "", ""});
    expect({pod + with_id("/libpod-"), "", kShort, kOtherShort});
    expect({pod + "/conmon", "", "", kOtherShort});
    expect({pod, "", "", kOtherShort});
    expect({with_id("/batch/night/libpod-"), "", kShort, ""});
    expect({"/batch/" + std::string(kOther) + with_id("/libpod-"), "", kShort, kOtherShort});
    expect({with_id("/docker/", "/libpod_parent/conmon"), "", kShort, ""});
    const CgroupPlace place = place_of_path(pod + with_id("/libpod-", "/worker"));
    EXPECT_EQ(place.path.substr(0, place.pod_end), pod);
    EXPECT_EQ(place.path.substr(place.container_end), "/worker");
    EXPECT_EQ(place.container_id, kId);
}

// podman run --cgroups=split, as services of Quadlet do: the container is a part of the service.
TEST(CgroupPlace, podman_in_a_service_of_quadlet) {
    expect({with_id("/system.slice/web.service/libpod-payload-"), "web.service", kShort, ""});
    expect({"/system.slice/web.service/runtime", "web.service", "", ""});
    expect({with_id("/user.slice/user-1000.slice/user@1000.service/app.slice/web.service/libpod-payload-"),
            "web.service", kShort, ""});
}

TEST(CgroupPlace, pods_of_kubernetes_under_both_drivers) {
    const std::string containerd = with_id("cri-containerd-", ".scope");
    const std::string crio = with_id("crio-", ".scope");
    const std::string slices =
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + std::string(kPodInSlices) + ".slice/";
    expect({slices + containerd, containerd, kShort, kPod});
    expect({slices + crio, crio, kShort, kPod});
    expect({"/kubepods.slice/kubepods-pod" + std::string(kPodInSlices) + ".slice/" + containerd, containerd, kShort,
            kPod});
    expect(
        {"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
         "kubelet-kubepods-besteffort-pod" +
             std::string(kPodInSlices) + ".slice/" + containerd,
         containerd, kShort, kPod});
    expect({"/kubepods/burstable/pod" + std::string(kPod) + with_id("/"), "", kShort, kPod});
    expect({"/kubepods/pod" + std::string(kPod) + with_id("/crio-"), "", kShort, kPod});
    expect({"/kubepods/besteffort/pod0123456789abcdef0123456789abcdef" + with_id("/"), "", kShort,
            "0123456789abcdef0123456789abcdef"});
    expect({"/system.slice/containerd.service/kubepods-burstable-pod" + std::string(kPodInSlices) +
                with_id(".slice:cri-containerd:"),
            "containerd.service", kShort, ""});
    const std::string monitor = with_id("crio-conmon-", ".scope");
    expect({slices + monitor, monitor, "", kPod});
    expect({"/podman", "", "", ""});
    expect({"/kubepods.slice", "kubepods.slice", "", ""});
}

TEST(CgroupPlace, containerd_lxc_and_nspawn) {
    expect({with_id("/default/"), "", kShort, ""});
    const std::string nerdctl = with_id("nerdctl-", ".scope");
    expect({"/system.slice/" + nerdctl, nerdctl, kShort, ""});
    expect({"/lxc.payload.web/system.slice/nginx.service", "nginx.service", "web", ""});
    expect({"/lxc/web", "", "web", ""});
    expect({"/lxc.payload/web/init.scope", "init.scope", "web", ""});
    expect({"/lxc.monitor.web", "", "", ""});
    expect({"/payload/init.scope", "init.scope", "", ""});
    expect({"/machine.slice/machine-web\\x2d1.scope/payload/system.slice/cron.service", "cron.service", "web-1", ""});
    expect({"/machine.slice/systemd-nspawn@web.service/payload", "systemd-nspawn@web.service", "web", ""});
    expect({"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/vcpu0", "machine-qemu-1-vm.scope", "", ""});
}

TEST(CgroupPlace, similar_names_are_not_containers) {
    expect({"/docker-3f4e0a1b2c5d.scope", "docker-3f4e0a1b2c5d.scope", "", ""});
    expect({"/" + std::string(63, 'a'), "", "", ""});
    expect({"/" + std::string(64, 'g'), "", "", ""});
    expect({"//a//b/", "", "", ""});
    expect({"/.service/.scope/.slice", "", "", ""});
}

TEST(CgroupPlace, knows_which_part_of_the_path_is_whose) {
    const std::string path = "/kubepods.slice/kubepods-pod" + std::string(kPodInSlices) + ".slice/" +
                             with_id("cri-containerd-", ".scope") + "/worker";
    const CgroupPlace place = place_of_path(path);
    EXPECT_EQ(path.substr(0, place.pod_end), "/kubepods.slice/kubepods-pod" + std::string(kPodInSlices) + ".slice");
    EXPECT_EQ(path.substr(place.container_end), "/worker");
    EXPECT_EQ(place.unit_end, place.container_end);
}

TEST(CgroupPlace, of_a_unified_tree) {
    EXPECT_EQ(place_of_lines("0::/system.slice/nginx.service\n").unit, "nginx.service");
    EXPECT_EQ(place_of_lines("0::/\n").path, "/");
    EXPECT_EQ(place_of_lines("").path, "");
    EXPECT_EQ(place_of_lines("garbage\n").path, "");
}

TEST(CgroupPlace, of_a_hybrid_tree_the_unified_path_comes_first) {
    const CgroupPlace place = place_of_lines(
        "5:memory:/system.slice/nginx.service\n4:cpu,cpuacct:/batch\n"
        "1:name=systemd:/system.slice/nginx.service\n0::/system.slice/nginx.service/web\n");
    EXPECT_EQ(place.path, "/system.slice/nginx.service/web");
    EXPECT_EQ(place.unit, "nginx.service");
    EXPECT_EQ(place.path.substr(0, place.unit_end), "/system.slice/nginx.service");
}

TEST(CgroupPlace, of_version_1_the_hierarchies_come_in_order) {
    const std::string docker = with_id("/docker/");
    const std::string all = "7:pids:" + docker + "\n5:memory:" + docker + "\n4:cpu,cpuacct:" + docker +
                            "\n1:name=systemd:" + docker + "\n0::/\n";
    const CgroupPlace place = place_of_lines(all);
    EXPECT_EQ(place.path, docker);
    EXPECT_EQ(place.container, kShort);
    EXPECT_EQ(place.container_end, docker.size());

    const CgroupPlace service =
        place_of_lines("5:memory:/\n4:cpu,cpuacct:/system.slice\n1:name=systemd:/system.slice/cron.service\n0::/\n");
    EXPECT_EQ(service.path, "/system.slice") << "the cpu controller's";
    EXPECT_EQ(service.unit, "cron.service") << "systemd knows more";
    EXPECT_EQ(service.unit_end, 0U) << "it is not a part of that path";

    EXPECT_EQ(place_of_lines("5:memory:/batch\n4:cpu:/\n0::/\n").path, "/batch");
    EXPECT_EQ(place_of_lines("5:memory:/\n4:cpu:/\n1:name=systemd:/a.service\n0::/\n").path, "/a.service");
    EXPECT_EQ(place_of_lines("8:pids:/only/pids\n4:cpu:/\n0::/\n").path, "/") << "it delays no one";
    EXPECT_EQ(place_of_lines("4:cpu:/a:b\n0::/\n").path, "/a:b");
}

// As podman 4.3.1 leaves them in a hybrid tree: the monitor is moved only in the hierarchies of version 1.
TEST(CgroupPlace, of_podman_in_a_hybrid_tree) {
    const std::string path = "/libpod_parent/" + std::string(kOther) + with_id("/libpod-");
    const CgroupPlace place = place_of_lines("9:name=systemd:" + path + "\n8:pids:" + path + "\n4:memory:" + path +
                                             "\n2:cpuacct:" + path + "\n1:cpu:" + path + "\n0::" + path + "\n");
    EXPECT_EQ(place.path, path);
    EXPECT_EQ(place.container, kShort);
    EXPECT_EQ(place.pod, kOtherShort);
    EXPECT_EQ(place.path.substr(place.container_end), "");

    const CgroupPlace monitor =
        place_of_lines("9:name=systemd:/\n8:pids:/libpod_parent/" + std::string(kOther) +
                       "/conmon\n1:cpu:/libpod_parent/" + std::string(kOther) + "/conmon\n0::/\n");
    EXPECT_EQ(monitor.path, "/libpod_parent/" + std::string(kOther) + "/conmon");
    EXPECT_EQ(monitor.container, "");
    EXPECT_EQ(monitor.pod, kOtherShort);
}

TEST(CgroupPlace, above_the_namespace_is_hidden) {
    CgroupPlace own = place_of_path("/");
    hide_above(own);
    EXPECT_TRUE(own.hidden);
    CgroupPlace outside = place_of_path("/../../system.slice/nginx.service");
    hide_above(outside);
    EXPECT_FALSE(outside.hidden);
    EXPECT_EQ(outside.unit, "nginx.service");
}

}  // namespace
}  // namespace tsa
