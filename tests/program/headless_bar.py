# SPDX-License-Identifier: MIT
"""The real Waybar on a compositor without a screen: shows the module of contrib/waybar, is clicked on, and goes away.

headless_bar.py FOLDER, as an ordinary user whose folder that is, with rstat-tsa, config.jsonc and style.css in it: exit code 0 when all holds; else what did not, on stderr. Ends what it started.
"""
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

folder = sys.argv[1]
PATIENCE_S = 20


def wait_for(what, condition):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    with open(folder + "/log") as log:
        sys.exit(f"no {what} within {PATIENCE_S} s\n{log.read()}")


class Pointer:
    """A mouse, by the protocol wlr-virtual-pointer-unstable-v1, spoken by hand: a few fixed messages."""

    REGISTRY, SYNC, MANAGER, POINTER = 2, 3, 4, 5

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(path)
        self.send(1, 1, struct.pack("<I", self.REGISTRY))
        self.send(1, 0, struct.pack("<I", self.SYNC))
        interface = b"zwlr_virtual_pointer_manager_v1\0"
        text = struct.pack("<I", len(interface)) + interface + b"\0" * (-len(interface) % 4)
        name = self.names()[interface[:-1].decode()]
        self.send(self.REGISTRY, 0, struct.pack("<I", name) + text + struct.pack("<II", 1, self.MANAGER))
        self.send(self.MANAGER, 0, struct.pack("<II", 0, self.POINTER))

    def send(self, target, request, payload=b""):
        self.socket.sendall(struct.pack("<II", target, (8 + len(payload)) << 16 | request) + payload)

    def names(self):
        found, data = {}, b""
        while True:
            data += self.socket.recv(65536)
            while len(data) >= 8:
                sender, header = struct.unpack("<II", data[:8])
                if len(data) < header >> 16:
                    break
                payload, data = data[8 : header >> 16], data[header >> 16 :]
                if sender == self.SYNC:
                    return found
                if sender == self.REGISTRY and header & 0xFFFF == 0:
                    name, length = struct.unpack("<II", payload[:8])
                    found[payload[8 : 7 + length].decode()] = name

    def move(self, x, y):
        self.send(self.POINTER, 1, struct.pack("<IIIII", 0, x, y, 1000, 700))
        self.send(self.POINTER, 4)

    def click(self):
        left = 272
        for pressed in (1, 0):
            self.send(self.POINTER, 2, struct.pack("<III", 0, left, pressed))
            self.send(self.POINTER, 4)
            time.sleep(0.05)


def write_files():
    with open(folder + "/config.jsonc") as file:
        config = json.loads(re.sub(r"^\s*//.*$", "", file.read(), flags=re.M))
    config.update({"modules-left": config.pop("modules-right"), "layer": "top", "height": 30})
    module = config["custom/rstat-tsa"]
    # The same line with its output kept, and signals to this one process alone.
    module["exec"] = f"sh -c 'echo $$ > {folder}/pid; {module['exec'].replace('rstat-tsa', folder + '/rstat-tsa', 1)}' | tee --output-error=exit {folder}/lines"
    module["on-click"] = re.sub(r"^pkill (\S+) .*", rf"kill \1 $(cat {folder}/pid)", module["on-click"])
    with open(folder + "/bar.json", "w") as file:
        json.dump(config, file)
    with open(folder + "/sway.conf", "w") as file:
        file.write(f"output HEADLESS-1 resolution 1000x700\nxwayland disable\n"
                   f"exec waybar -c {folder}/bar.json -s {folder}/style.css > {folder}/log 2>&1\n")
    open(folder + "/log", "w").close()


def intervals():
    try:
        with open(folder + "/lines") as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]
    except FileNotFoundError:
        return []
    return [int(re.search(r"· (\d+) ms ·", re.sub("<[^>]*>", "", line["tooltip"]))[1]) for line in lines]


def alive(pid):
    return os.path.exists(f"/proc/{pid}")


def first(pattern):
    names = [name for name in os.listdir(folder) if re.fullmatch(pattern, name)]
    return names and folder + "/" + names[0]


write_files()
environment = dict(os.environ, XDG_RUNTIME_DIR=folder, HOME=folder, WLR_BACKENDS="headless", WLR_RENDERER="pixman",
                   WLR_LIBINPUT_NO_DEVICES="1", NO_AT_BRIDGE="1", LANG="C.UTF-8")
session = subprocess.Popen(["dbus-run-session", "--", "sway", "-c", folder + "/sway.conf"], env=environment,
                           start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    wait_for("line of the module", lambda: len(intervals()) >= 3)
    assert set(intervals()) == {500}, intervals()
    pointer = Pointer(wait_for("compositor", lambda: first(r"wayland-\d")))
    pointer.move(30, 10)
    time.sleep(0.3)
    pointer.move(34, 12)
    time.sleep(1.5)  # the tooltip opens: GTK parses its markup at each line anyway
    pointer.click()
    wait_for("change of the interval by a click", lambda: intervals()[-1] == 250)
    with open(folder + "/log") as file:
        log = file.read()
    assert "markup" not in log, log  # GTK's complaint of what it cannot parse
    with open(folder + "/pid") as file:
        pid = int(file.read())
    assert alive(pid)
finally:
    os.killpg(session.pid, signal.SIGTERM)
    session.wait(PATIENCE_S)
try:
    wait_for("end of rstat-tsa after its bar had gone", lambda: not alive(pid))
finally:
    if alive(pid):
        os.kill(pid, signal.SIGKILL)
