# SPDX-License-Identifier: MIT
# Real containers of docker, LXC and podman: whether container, pod, unit and cgroup of their threads are those that the
# runtime itself reports. Root file systems are made from busybox; nothing is fetched. See real.py.
import contextlib
import glob
import json
import os
import shutil
import subprocess
import time

from harness import check

PREFIX = "rstat-tsa-real-"
LOAD = "#!/bin/sh\nwhile :; do sleep 0.1; done\n"
# Containers of a program without CAP_SYS_RESOURCE cannot have the limits that runtimes set by default.
PODMAN_CONF = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "none"
cgroupns = "host"
pids_limit = 0
"""


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120, **more).stdout.strip()


def root_file_system(folder):
    root = f"{folder}/rootfs"
    for name in ("bin", "dev", "etc", "proc", "run", "sys", "tmp", "var"):
        os.makedirs(f"{root}/{name}")
    shutil.copy(shutil.which("busybox"), f"{root}/bin/busybox")
    for name in ("sh", "sleep"):
        os.symlink("busybox", f"{root}/bin/{name}")
    os.mknod(f"{root}/dev/null", 0o20666, os.makedev(1, 3))
    with open(f"{root}/bin/load", "w") as file:
        file.write(LOAD)
    os.chmod(f"{root}/bin/load", 0o755)
    return root


def seen(tool, *arguments):
    """The second report of `stat --json`: by then every process was read, on a busy machine too."""
    return json.loads(run(tool, "stat", "--json", "-n", "2", "-i", "500", *arguments).splitlines()[-1])


def cgroup_of(pid):
    """In the unified tree, else in the cpu controller's."""
    with open(f"/proc/{pid}/cgroup") as file:
        lines = [line.rstrip("\n").split(":", 2) for line in file]
    paths = {controllers: path for number, controllers, path in lines}
    if paths.get("", "/") != "/":
        return paths[""]
    return next((path for controllers, path in paths.items() if "cpu" in controllers.split(",")), "/")


def unit_of(path):
    """The innermost service or scope, else the innermost slice."""
    parts = path.split("/")
    services = [part for part in parts if part.endswith((".service", ".scope"))]
    return (services or [part for part in parts if part.endswith(".slice")] or [None])[-1]


def check_container(program, tool, name, pid, identity=None, pod=None):
    """Its threads, chosen by its name and by the start of its ID, have what the runtime says."""
    short = name.removeprefix(PREFIX)
    threads = seen(tool, "--container", name)["threads"]
    found = {(row["container"], row["pod"], row["cgroup"]) for row in threads}
    wanted = {(name, pod, cgroup_of(pid))}
    has_main = any(row["tid"] == pid for row in threads)
    check(program, f"{short}: name, pod and cgroup of its threads", f"{len(threads)} threads, {sorted(map(str, found))}",
          has_main and found == wanted)
    units = {row["unit"] for row in threads}
    check(program, f"{short}: unit", f"{units}", units == {unit_of(cgroup_of(pid))})
    if identity is not None:
        by_id = {row["container"] for row in seen(tool, "--container", identity[:10])["threads"]}
        check(program, f"{short}: found by the start of its ID", f"{by_id}", by_id == {name})


def check_groups(program, tool, folder, names, pods):
    """As groups: live, and of a recording."""
    for key, wanted in (("container", names), ("pod", pods)):
        groups = {group["group"]: group for group in seen(tool, "--by", key)["groups"]}
        found = sorted(wanted & groups.keys())
        check(program, f"groups by {key}", f"{found}", bool(wanted) and wanted <= groups.keys() and
              all(groups[name]["threads"] > 0 for name in wanted))
    recording = f"{folder}/recording"
    run(tool, "record", "-o", recording, "-i", "200", "--duration", "1")
    report = json.loads(run(tool, "report", "--json", "--by", "container", "--top", "1000", recording))
    found = names & {group["process"] for group in report["by_group"]}
    check(program, "groups by container of a recording", f"{sorted(found)}", found == names)


def hierarchies():
    return [directory for directory in ("/sys/fs/cgroup", *glob.glob("/sys/fs/cgroup/*"))
            if os.path.exists(f"{directory}/cgroup.procs")]


@contextlib.contextmanager
def cgroups_as_before(*names):
    """Runtimes leave the parents of their cgroups: those of these names that are new are removed."""
    paths = [f"{directory}/{name}" for directory in hierarchies() for name in names]
    new = [path for path in paths if not os.path.exists(path)]
    try:
        yield
    finally:
        for directory in new:
            for path, _, _ in os.walk(directory, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(path)


class Podman:
    """Podman's default store, in which it is looked for; what was there before stays."""

    def __init__(self, folder):
        self.is_new = not os.path.exists("/var/lib/containers")
        configuration = f"{folder}/containers.conf"
        with open(configuration, "w") as file:
            file.write(PODMAN_CONF)
        self.environment = {**os.environ, "CONTAINERS_CONF": configuration}
        # crun refuses trees of both versions.
        hybrid = os.path.exists("/sys/fs/cgroup/unified") and shutil.which("runc")
        self.command = ["podman", *(["--runtime", "runc"] if hybrid else [])]
        self.images = set(self.images_now())

    def __call__(self, *arguments):
        return run(*self.command, *arguments, env=self.environment)

    def images_now(self):
        return self("images", "-q", "--no-trunc").split()

    def start(self, name, root, *options):
        self("run", "-d", "--name", PREFIX + name, *options, "--rootfs", root, "/bin/load")

    def inspect(self, name, field):
        return self("inspect", "-f", "{{" + field + "}}", PREFIX + name)

    def remove(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            self("rm", "-f", "-t", "0", "--filter", f"name=^{PREFIX}")
        for pod in self("pod", "ps", "-q", "--filter", f"name=^{PREFIX}").split():
            with contextlib.suppress(subprocess.CalledProcessError):
                self("pod", "rm", "-f", "-t", "0", pod)
        for image in set(self.images_now()) - self.images:
            with contextlib.suppress(subprocess.CalledProcessError):
                self("rmi", "-f", image)
        if self.is_new:
            with contextlib.suppress(subprocess.CalledProcessError):
                run("umount", "/var/lib/containers/storage/overlay")
            shutil.rmtree("/var/lib/containers", ignore_errors=True)


def podman(tool, folder):
    with cgroups_as_before("libpod_parent", "rstat-tsa-real", "rstatreal.slice"):
        check_podman(tool, folder)


def check_podman(tool, folder):
    root = root_file_system(folder)
    podman = Podman(folder)
    try:
        podman("pod", "create", "--name", f"{PREFIX}pod")
        podman.start("one", root)
        podman.start("two", root, "--rm")
        podman.start("in-pod", root, "--pod", f"{PREFIX}pod")
        with_systemd = podman("info", "-f", "{{.Host.CgroupManager}}") == "systemd"
        podman.start("below", root, "--cgroup-parent", "rstatreal.slice" if with_systemd else "/rstat-tsa-real")
        pod = podman("pod", "inspect", "-f", "{{.ID}}", f"{PREFIX}pod")[:12]
        for name in ("one", "two", "in-pod", "below"):
            pid = int(podman.inspect(name, ".State.Pid"))
            check_container("podman", tool, PREFIX + name, pid, podman.inspect(name, ".Id"), pod if name == "in-pod" else None)
            cgroup = podman.inspect(name, ".State.CgroupPath")
            check("podman", f"{name}: cgroup as podman inspect", cgroup[-40:], cgroup_of(pid) == cgroup)
        monitor = int(podman.inspect("in-pod", ".State.ConmonPid"))
        rows = seen(tool, "-p", str(monitor))["threads"]
        found = {(row["container"], row["pod"]) for row in rows}
        check("podman", "the pod's monitor is in no container", f"{found}", found == {(None, pod)})
        check_groups("podman", tool, folder, {PREFIX + name for name in ("one", "two", "in-pod", "below")}, {pod})
    finally:
        podman.remove()


@contextlib.contextmanager
def daemon(command, log, is_up):
    with open(log, "w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        for _ in range(100):
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended: see {log}")
            with contextlib.suppress(subprocess.CalledProcessError):
                is_up()
                break
            time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        process.wait()


def docker(tool, folder):
    """A separate daemon, in the folder that is docker's by default if there is none."""
    if os.path.exists("/var/run/docker.sock") or os.path.exists("/var/lib/docker"):
        print(f"{'docker':<9} {'':<52} skipped docker is in use here")
        return
    had_key = os.path.exists("/etc/docker")
    try:
        with cgroups_as_before("docker", "rstat-tsa-real"):
            check_docker(tool, folder)
    finally:
        shutil.rmtree("/var/lib/docker", ignore_errors=True)
        if not had_key:
            shutil.rmtree("/etc/docker", ignore_errors=True)


def check_docker(tool, folder):
    root = root_file_system(folder)
    socket = f"unix://{folder}/docker.sock"

    def ask(*arguments):
        return run("docker", "-H", socket, *arguments)

    command = ["dockerd", "-H", socket, "--exec-root", f"{folder}/exec", "-p", f"{folder}/docker.pid", "--bridge", "none",
               "--iptables=false"]
    with daemon(command, f"{folder}/dockerd.log", lambda: ask("info")):
        tar = subprocess.run(["tar", "-C", root, "-c", "."], check=True, capture_output=True).stdout
        subprocess.run(["docker", "-H", socket, "import", "-", "box"], input=tar, check=True, capture_output=True)
        started = {}
        try:
            for name, options in (("one", ()), ("below", ("--cgroup-parent", "/rstat-tsa-real"))):
                started[name] = ask("run", "-d", "--network", "none", "--name", PREFIX + name, *options, "box", "/bin/load")
            for name, identity in started.items():
                pid = int(ask("inspect", "-f", "{{.State.Pid}}", identity))
                check_container("docker", tool, PREFIX + name, pid, identity)
        finally:
            for identity in started.values():
                ask("rm", "-f", identity)


def lxc(tool, folder):
    name = PREFIX + "one"
    with cgroups_as_before("lxc.pivot", f"lxc.monitor.{name}", f"lxc.payload.{name}"):
        check_lxc(tool, folder, name)


def check_lxc(tool, folder, name):
    root = root_file_system(folder)
    os.makedirs(f"{folder}/{name}")
    with open(f"{folder}/{name}/config", "w") as file:
        file.write(f"lxc.rootfs.path = dir:{root}\nlxc.net.0.type = empty\nlxc.init.cmd = /bin/load\nlxc.autodev = 0\n"
                   "lxc.mount.auto =\nlxc.apparmor.profile = unconfined\n")
    run("lxc-start", "-P", folder, "-n", name, "-d")
    try:
        pid = int(run("lxc-info", "-P", folder, "-n", name, "-p", "-H"))
        check_container("lxc", tool, name, pid)
        with open(f"/proc/{pid}/stat") as file:
            monitor = file.read().rsplit(")", 1)[1].split()[1]
        found = {row["container"] for row in seen(tool, "-p", monitor)["threads"]}
        check("lxc", "its monitor is in no container", f"{found}", found == {None})
    finally:
        run("lxc-stop", "-k", "-P", folder, "-n", name)
