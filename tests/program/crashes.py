#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# See scripts/test-crashes: crashes.py BUILD_DIR ROUNDS
import csv
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUILD, ROUNDS = Path(sys.argv[1]), int(sys.argv[2])
TSA = str(BUILD / "rstat-tsa")
RULE = "threads(lock_wait, convoy) > 2"
failures = 0


def check(what, right, detail=""):
    global failures
    failures += not right
    print(f"{'ok    ' if right else 'FAILED'} {what} {detail}".rstrip(), flush=True)


def start(folder, *options):
    words = [TSA, "record", "-o", str(folder), "--when", RULE, "--before", "1s", *options]
    return subprocess.Popen(words, stderr=subprocess.PIPE, text=True)


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
        time.sleep(random.uniform(0.3, 1.5))
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
        intervals = next((int(line.split(" in ")[1].split()[0]) for line in messages.splitlines() if "watched for" in line), 0)
        check("a full disk is reported", "No space left" in messages, messages.splitlines()[0] if messages else "")
        check("a full disk does not stop the measuring", intervals > 200, f"{intervals} of 250 intervals")
        for capture in captures(disk / "moments"):
            report = subprocess.run([TSA, "report", str(capture)], capture_output=True, text=True, check=False)
            check("what is on the full disk can be read", report.returncode == 0, report.stderr)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def stopped(folder):
    """As a machine that is suspended: the interval is long, and the states still sum to the time."""
    place = folder / "stopped"
    recorder = subprocess.Popen([TSA, "record", "-o", str(place), "-i", "100", "-d", "8"], stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    recorder.send_signal(signal.SIGSTOP)
    time.sleep(4)
    recorder.send_signal(signal.SIGCONT)
    _, messages = recorder.communicate(timeout=60)
    wrong = rows = longest = 0
    with open(place / "threads.csv", newline="") as file:
        for row in csv.DictReader(file):
            states = ("exec cpu_wait io_wait swap_wait mem_wait lock_wait uninterruptible sync sleep idle stopped zombie").split()
            rows += 1
            longest = max(longest, int(row["interval_ns"]))
            wrong += int(row["wall_ns"]) != sum(int(row[f"{state}_ns"]) for state in states)
    check("a recorder that was stopped for 4 s ends well", recorder.returncode == 0 and "dropped" not in messages, messages.strip())
    check("its interval is as long as the stop", longest > 3_900_000_000, f"{longest / 1e9:.2f} s")
    check("and all states sum to the time", wrong == 0 and rows > 0, f"{rows} rows")


work = Path(tempfile.mkdtemp(prefix="rstat-crashes-"))
convoy = subprocess.Popen([str(BUILD / "tests/puppets/convoy")], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
try:
    kills(work)
    full_disk(work)
    stopped(work)
finally:
    convoy.kill()
    convoy.wait()
    shutil.rmtree(work, ignore_errors=True)
print("all hold" if failures == 0 else f"{failures} failed")
sys.exit(failures != 0)
