# SPDX-License-Identifier: MIT
# A phase of soak.py: `metrics` and `record --when` beside threads and processes that are born and die all the time, and
# 50 cgroups a second that are created, run a program and are removed. The rule holds for some seconds, twice a minute.
# As a program (soak_captures.py FOLDER RATE) it is that churn of cgroups.
import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import deque

CGROUPS_A_SECOND = 50
CONTAINER_LIFE_S = 0.4
RULE = "exec(soakmark) > 1% for 2s"
MARK_EVERY_S = 30
MARK_S = 5
BEFORE_S, AFTER_S = 10, 5
MAX_GROUPS = 200
SERIES_A_GROUP = 35
SERIES_OF_MACHINE = 150
# Sums of the gauge, taken once a second, beside time that is counted: what lives shorter is met by chance.
TIME_SHARE = 0.03
SLOW_INTERVAL_NS = 2_500_000_000  # of a second
# All of its time at once when it is 0.1 s old, and it is none before.
ZOMBIE = 'state="zombie"'
LINE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? ([0-9.e+-]+)$')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"')
# Put right, or, of the last one, not shown: no sum lacks anything.
REPAIRED = ("switch missed", "free missed", "clock backwards", "unwatched switch", "lock unread")


def unified_tree():
    with open("/proc/self/mountinfo") as file:
        for line in file:
            words = line.split()
            if words[words.index("-") + 1] == "cgroup2":
                return words[4]
    return None


def churn(folder, rate):
    """Containers as the runtimes name them. Ends with its parent, or by SIGTERM."""
    live = deque()
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    due = time.monotonic()
    while not ended and os.getppid() != 1:
        path = f"{folder}/docker-{secrets.token_hex(32)}.scope"
        os.mkdir(path)
        child = os.fork()
        if child == 0:
            with open(f"{path}/cgroup.procs", "w") as file:
                file.write("0")
            os.execv("/bin/sleep", ["sleep", str(CONTAINER_LIFE_S)])
        live.append((child, path))
        while len(live) > rate * CONTAINER_LIFE_S * 1.5:
            remove(*live.popleft())
        due += 1 / rate
        time.sleep(max(0.0, due - time.monotonic()))
    while live:
        remove(*live.popleft())


def remove(child, path):
    os.waitpid(child, 0)
    for _ in range(200):  # the kernel counts a dead process for a moment longer
        with contextlib.suppress(OSError):
            os.rmdir(path)
            return
        time.sleep(0.01)


class Scrapes:
    """What a server would have, and what must hold between two of them."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/metrics"
        self.newest = {}
        self.highest = {}
        self.decreased = []
        self.most_series = self.most_groups = self.count = 0
        self.first = self.last = None
        self.threads_s = 0.0
        self.containers = set()

    def take(self):
        with urllib.request.urlopen(self.url, timeout=20) as answer:
            text = answer.read().decode()
        now = time.monotonic()
        values = {}
        groups = set()
        for line in text.splitlines():
            found = LINE.match(line)
            if not found:
                continue
            name, labels, value = found.groups()
            values[(name, labels)] = float(value)
            if name == "rstat_tsa_state_seconds_total":
                of = dict(LABEL.findall(labels))
                groups.add((of["unit"], of["container"], of["command"]))
                self.containers.add(of["container"])
            if name.endswith("_total") and name != "rstat_tsa_groups_total":
                highest = self.highest.get((name, labels), 0.0)
                if float(value) < highest:
                    self.decreased.append((name, labels, highest, float(value)))
                self.highest[(name, labels)] = max(highest, float(value))
        self.most_series = max(self.most_series, len(values))
        self.most_groups = max(self.most_groups, len(groups))
        self.count += 1
        threads = self.sum_of(values, "rstat_tsa_threads")
        # A group that gives up its series takes its seconds along: of each series the last that was seen.
        sums = (now, self.sum_of(self.highest, "rstat_tsa_state_seconds_total", ZOMBIE),
                self.sum_of(values, "rstat_tsa_threads", ZOMBIE))
        if self.first is None:
            self.first = sums
        else:
            self.threads_s += (now - self.last[0]) * (sums[2] + self.last[2]) / 2
        self.last = sums
        self.newest = values
        return int(threads)

    @staticmethod
    def sum_of(values, name, without=None):
        return sum(value for (one, labels), value in values.items()
                   if one == name and (without is None or without not in labels))

    def dropped(self):
        return {
            dict(LABEL.findall(labels))["reason"]: value
            for (name, labels), value in self.newest.items()
            if name == "rstat_tsa_dropped_events_total" and value
        }


class Captures:
    """Each one is read when it is complete, then removed."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.whole = 0
        self.wrong = []
        self.longest_ns = 0
        self.intervals = 0

    def look(self, is_over=False):
        with contextlib.suppress(FileNotFoundError):
            for name in sorted(os.listdir(self.folder)):
                self.judge(f"{self.folder}/{name}", is_over)

    def judge(self, path, is_over):
        with contextlib.suppress(FileNotFoundError, ValueError):
            with open(f"{path}/meta.json") as file:
                meta = json.load(file)
            if meta["end"] is None and not is_over:
                return
            report = subprocess.run([self.program, "report", path, "--json"], capture_output=True, text=True)
            if report.returncode != 0 or meta["end"] is None:
                self.wrong.append(f"{path}: {report.stderr.strip()}")
            with open(f"{path}/system.csv") as file:
                head, *rows = [line.split(",") for line in file]
            lengths = [int(row[head.index("interval_ns")]) for row in rows]
            self.longest_ns = max([self.longest_ns, *lengths])
            self.intervals += len(lengths)
            self.whole += 1
            shutil.rmtree(path)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for_port(port, server):
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.2)


def mark_loop(folder):
    """A program called soakmark, busy for MARK_S of every MARK_EVERY_S."""
    path = f"{folder}/soakmark"
    shutil.copy("/bin/sh", path)
    script = f"while :; do sleep {MARK_EVERY_S - MARK_S}; "
    script += f"timeout {MARK_S} {path} -c 'while :; do :; done'; done"
    return ["sh", "-c", script]


def run_captures(program, seconds, folder, recordings, soak):
    """`soak`: the module of soak.py."""
    phase = "captures"
    tree = unified_tree()
    if tree is None:
        soak.check(phase, "there is a tree of cgroups (v2)", "not mounted", False)
        return
    port = free_port()
    captures = Captures(program, f"{recordings}/moments")
    scrapes = Scrapes(port)
    stopped = []
    messages = f"{folder}/messages"
    with contextlib.ExitStack() as stack:
        groups = f"{tree}/rstat-tsa-soak-{os.getpid()}"
        os.mkdir(groups)
        stack.callback(os.rmdir, groups)
        rounds = soak.load_rounds(folder)
        rounds.start()
        stack.callback(rounds.end)
        loops = [
            [sys.executable, __file__, groups, str(CGROUPS_A_SECOND)],
            ["sh", "-c", "while :; do /bin/true; done"],
            mark_loop(folder),
        ]
        for loop in loops:
            one = subprocess.Popen(loop, start_new_session=True)
            stack.callback(one.wait)
            stack.callback(os.killpg, one.pid, signal.SIGTERM)
        time.sleep(3)
        watched = {}
        for name, arguments in (
            ("metrics", ["--listen", f"127.0.0.1:{port}", "--max-groups", str(MAX_GROUPS)]),
            ("record", ["-o", captures.folder, "--when", RULE, "--before", f"{BEFORE_S}s", "--after", f"{AFTER_S}s"]),
        ):
            watched[name] = soak.Watched([program, name] + arguments, subprocess.DEVNULL, open(f"{messages}-{name}", "w"))
            stack.callback(lambda one=watched[name]: stopped.append(one.end()))
        wait_for_port(port, watched["metrics"].process)
        births, threads = soak.births(), soak.living_threads()
        until = time.monotonic() + seconds
        while time.monotonic() < until and all(one.process.poll() is None for one in watched.values()):
            rows = scrapes.take()
            for one in watched.values():
                one.look(rows)
            captures.look()
            time.sleep(1)
        deaths = soak.births() - births - (soak.living_threads() - threads)
        alive = all(one.process.poll() is None for one in watched.values())
    captures.look(True)
    judge(phase, seconds, soak, watched, scrapes, captures, stopped, alive, deaths)
    said = {name: open(f"{messages}-{name}").read().strip() for name in watched}
    found = said["record"].splitlines()[-1] if said["record"] else "nothing"
    soak.check(phase, "record: nothing was dropped", found, "dropped" not in found)


def judge(phase, seconds, soak, watched, scrapes, captures, stopped, alive, deaths):
    found = f"{scrapes.count} scrapes in {seconds} s, {deaths} threads ended; exit codes {stopped}"
    soak.check(phase, "all ran to the end", found, alive and not any(stopped) and scrapes.count > seconds // 8)
    for name, one in watched.items():
        soak.check_memory(phase, name, one, seconds)
    found = f"{scrapes.most_series} at most, of {scrapes.most_groups} groups; {len(scrapes.containers)} containers seen"
    allowed = (MAX_GROUPS + 1) * SERIES_A_GROUP + SERIES_OF_MACHINE
    soak.check(phase, "metrics: series are bounded", found,
               scrapes.most_series <= allowed and scrapes.most_groups <= MAX_GROUPS + 1)
    soak.check(phase, "metrics: no counter decreases", f"{scrapes.decreased[:2]}", not scrapes.decreased)
    counted = scrapes.last[1] - scrapes.first[1]
    found = f"{counted:.0f} s in states, {scrapes.threads_s:.0f} s by the number of threads"
    soak.check(phase, "metrics: states are all of the time", found,
               abs(counted - scrapes.threads_s) <= TIME_SHARE * scrapes.threads_s)
    dropped = scrapes.dropped()
    lost = {reason: value for reason, value in dropped.items() if reason not in REPAIRED}
    soak.check(phase, "metrics: nothing is lost", f"{dropped}", not lost)
    wanted = seconds // MARK_EVERY_S
    found = f"{captures.whole} captures of {wanted} moments, {captures.intervals} intervals; {captures.wrong[:2]}"
    soak.check(phase, "record: every capture reads", found, not captures.wrong and captures.whole >= wanted * 2 // 3)
    found = f"the longest of a second was {captures.longest_ns / 1e9:.2f} s"
    soak.check(phase, "record: no interval waited", found, 0 < captures.longest_ns <= SLOW_INTERVAL_NS)
    held = set().union(*(one.held for one in watched.values()))
    left = soak.still_there(held)
    soak.check(phase, "nothing is left in the kernel", f"{len(held)} held, {len(left)} left", bool(held) and not left)


if __name__ == "__main__":
    churn(sys.argv[1], float(sys.argv[2]))
