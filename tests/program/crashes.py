#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# See scripts/test-crashes: crashes.py BUILD_DIR ROUNDS STOP_SECONDS
import csv
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUILD, ROUNDS, STOP_S = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
TSA = str(BUILD / "rstat-tsa")
RULE = "threads(lock_wait, convoy) > 2"
failures = 0


def check(what, right, detail=""):
    global failures
    failures += not right
    print(f"{'ok    ' if right else 'FAILED'} {what} {detail}".rstrip(), flush=True)


def start(folder, *options, messages=subprocess.PIPE):
    words = [TSA, "record", "-o", str(folder), "--when", RULE, "--before", "1s", *options]
    return subprocess.Popen(words, stderr=messages, text=True)


def wait_until(condition, seconds=60):
    """A start takes seconds on a busy machine."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)


def intervals_written(recording):
    file = recording / "system.csv"
    return len(file.read_text().splitlines()) - 1 if file.exists() else 0


def captures(folder):
    return sorted(folder.iterdir()) if folder.exists() else []


def kills(folder):
    """Uncompressed and compressed, before the first capture, in the middle of it and after it."""
    made = whole = empty = 0
    unread = []
    for round_ in range(ROUNDS):
        place = folder / f"kill-{round_}"
        more = ["--compress"] if round_ % 2 else []
        recorder = start(place, "-i", "10", "--after", "0.3s", *more)
        wait_until(place.exists)
        time.sleep(random.uniform(0, 1.2))
        recorder.send_signal(signal.SIGKILL)
        recorder.communicate()
        for capture in captures(place):
            made += 1
            report = subprocess.run([TSA, "report", str(capture), "--json"], capture_output=True, text=True, check=False)
            if report.returncode == 0:
                whole += json.loads((capture / "meta.json").read_text())["end"] is not None
            elif "the recording has no interval" in report.stderr:
                empty += 1
                print(f"       {capture.name}: {report.stderr.splitlines()[0]}")
            else:
                unread.append(report.stderr)
        shutil.rmtree(place, ignore_errors=True)
    check(f"kill -9 {ROUNDS} times: captures that have data can be read", made > 0 and not unread,
          f"{made} captures, {whole} with their end, {empty} without data yet; {unread[:2]}")


def full_disk(folder):
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)], check=True)
    try:
        recorder = start(disk / "moments", "-i", "20", "--after", "2s", "-d", "5")
        _, messages = recorder.communicate(timeout=60)
        intervals = watched_intervals(messages)
        check("a full disk is reported", "No space left" in messages, messages.splitlines()[0] if messages else "")
        check("a full disk does not stop the measuring", intervals > 200, f"{intervals} of 250 intervals")
        for capture in captures(disk / "moments"):
            report = subprocess.run([TSA, "report", str(capture)], capture_output=True, text=True, check=False)
            check("what is on the full disk can be read", report.returncode == 0, report.stderr)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def read_only_disk(folder):
    """It becomes so while a rule is watched, as a disk with errors does."""
    disk = folder / "read-only"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(disk)], check=True)
    try:
        recorder = start(disk / "moments", "-i", "20", "--after", "0s", "-d", "6")
        wait_until(lambda: captures(disk / "moments"))
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        # The rule fires again when it was false for five seconds.
        convoy.send_signal(signal.SIGSTOP)
        _, messages = recorder.communicate(timeout=60)
        convoy.send_signal(signal.SIGCONT)
        intervals = watched_intervals(messages)
        check("a disk that became read-only does not stop the measuring", intervals > 240, f"{intervals} of 300 intervals")
        refused = subprocess.run([TSA, "record", "-o", str(disk / "more"), "--when", RULE], capture_output=True, text=True,
                                 timeout=60, check=False)
        check("at the start it is an error", refused.returncode == 1 and "Read-only" in refused.stderr, refused.stderr.strip())
    finally:
        convoy.send_signal(signal.SIGCONT)
        subprocess.run(["umount", str(disk)], check=True)


def watched_intervals(messages):
    lines = [line for line in messages.splitlines() if "watched for" in line]
    return int(lines[0].split(" in ")[1].split()[0]) if lines else 0


def intervals_in(capture):
    with open(capture / "system.csv", newline="") as file:
        return [int(row["interval_ns"]) for row in csv.DictReader(file)]


def slow_disk(folder):
    """An ext4 on which every write waits for three of four seconds, that of a message too."""
    disk = folder / "slow"
    disk.mkdir()
    image = folder / "image"
    made = subprocess.run(f"truncate -s 64M {image} && mkfs.ext4 -q {image} && mount -o loop {image} {disk}", shell=True,
                          capture_output=True, check=False)
    if made.returncode != 0:
        check("a slow disk", os.environ.get("RSTAT_REQUIRE_KERNEL") != "1", "skipped: no loop devices, or no mkfs.ext4")
        return
    try:
        # The rule fires, and that is said, while the disk takes nothing.
        convoy.send_signal(signal.SIGSTOP)
        with open(disk / "messages", "w+", encoding="utf-8") as file:
            recorder = start(disk / "moments", "-i", "100", "--after", "4s", "-d", "20", messages=file)
            wait_until((disk / "moments").exists)
            while recorder.poll() is None:
                subprocess.run(["fsfreeze", "-f", str(disk)], check=True)
                convoy.send_signal(signal.SIGCONT)
                time.sleep(3)
                subprocess.run(["fsfreeze", "-u", str(disk)], check=True)
                time.sleep(1)
            file.seek(0)
            messages = file.read()
        intervals = watched_intervals(messages)
        check("a slow disk does not stop the measuring", recorder.returncode == 0 and intervals > 195,
              f"{intervals} of 200 intervals; {messages.strip().splitlines()[-1:]}")
        for capture in captures(disk / "moments"):
            lengths = intervals_in(capture)
            report = subprocess.run([TSA, "report", str(capture), "--json"], capture_output=True, text=True, check=False)
            check("its capture has every interval", report.returncode == 0 and len(lengths) > 40 and max(lengths) < 2 * 100_000_000,
                  f"{len(lengths)} intervals, the longest {max(lengths, default=0) / 1e6:.0f} ms; {report.stderr.strip()}")
        check("there is one", bool(captures(disk / "moments")))
    finally:
        convoy.send_signal(signal.SIGCONT)
        subprocess.run(["fsfreeze", "-u", str(disk)], capture_output=True, check=False)
        subprocess.run(["umount", str(disk)], check=True)


def clock_set(folder):
    """Ahead by an hour, back by two, ahead by a second, while a recording and a capture are made."""
    library, shift = folder / "shifted_clock.so", folder / "shift"
    source = Path(__file__).parent / "../support/shifted_clock.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"], check=True)
    shift.write_bytes(struct.pack("q", 0))
    place = folder / "clock"
    place.mkdir()
    environment = {**os.environ, "LD_PRELOAD": str(library), "SHIFTED_CLOCK": str(shift)}
    both = [["-o", str(place / "all")], ["-o", str(place / "moments"), "--when", RULE, "--before", "1s", "--after", "6s"]]
    recorders = [subprocess.Popen([TSA, "record", "-i", "50", "-d", "10", *words], env=environment, stderr=subprocess.PIPE,
                                  text=True) for words in both]
    wait_until(lambda: intervals_written(place / "all") > 5 and captures(place / "moments"))
    for offset in (3600, -3600, -3599):
        with open(shift, "r+b", buffering=0) as file:
            file.write(struct.pack("q", offset))
        time.sleep(1.5)
    codes = []
    for recorder in recorders:
        recorder.communicate(timeout=60)
        codes.append(recorder.returncode)
    check("recorders whose clock is set end well", codes == [0, 0], f"{codes}")
    for recording in [place / "all", *captures(place / "moments")]:
        with open(recording / "system.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        gaps = [int(b["monotonic_ns"]) - int(a["monotonic_ns"]) - int(b["interval_ns"]) for a, b in zip(rows, rows[1:])]
        jumps = sum(abs(int(b["time_unix_ns"]) - int(a["time_unix_ns"]) - int(b["interval_ns"])) > 500_000_000
                    for a, b in zip(rows, rows[1:]))
        check("no interval is missing or longer", len(rows) > 60 and not any(gaps), f"{len(rows)} intervals, {jumps} jumps")
        report = subprocess.run([TSA, "report", str(recording)], capture_output=True, text=True, check=False)
        said = report.stdout + report.stderr
        check("its report says so", report.returncode == 0 and jumps > 0 and "the clock was set" in said, said[:200] if jumps == 0 else "")


def stopped(folder):
    """As a machine that is suspended: the interval is long, and the states still sum to the time."""
    place = folder / "stopped"
    recorder = subprocess.Popen([TSA, "record", "-o", str(place), "-i", "100", "-d", str(STOP_S + 4)], stderr=subprocess.PIPE, text=True)
    wait_until(lambda: intervals_written(place) > 5)
    recorder.send_signal(signal.SIGSTOP)
    time.sleep(STOP_S)
    recorder.send_signal(signal.SIGCONT)
    _, messages = recorder.communicate(timeout=60)
    wrong = rows = longest = 0
    with open(place / "threads.csv", newline="") as file:
        for row in csv.DictReader(file):
            states = ("exec cpu_wait io_wait swap_wait mem_wait lock_wait uninterruptible sync sleep idle stopped zombie").split()
            rows += 1
            longest = max(longest, int(row["interval_ns"]))
            wrong += int(row["wall_ns"]) != sum(int(row[f"{state}_ns"]) for state in states)
    # Final records wait in the kernel's ring: for seconds of a normal machine it is large enough.
    check(f"a recorder that was stopped for {STOP_S:g} s ends well",
          recorder.returncode == 0 and (STOP_S > 10 or "dropped" not in messages), messages.strip())
    check("its interval is as long as the stop", longest > STOP_S * 975_000_000, f"{longest / 1e9:.2f} s")
    check("and all states sum to the time", wrong == 0 and rows > 0, f"{rows} rows")


work = Path(tempfile.mkdtemp(prefix="rstat-crashes-"))
convoy = subprocess.Popen([str(BUILD / "tests/puppets/convoy")], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
try:
    kills(work)
    full_disk(work)
    read_only_disk(work)
    slow_disk(work)
    clock_set(work)
    stopped(work)
finally:
    convoy.kill()
    convoy.wait()
    shutil.rmtree(work, ignore_errors=True)
print("all hold" if failures == 0 else f"{failures} failed")
sys.exit(failures != 0)
