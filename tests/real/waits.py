# SPDX-License-Identifier: MIT
# Threads of CPython: three that compute, and so take turns for the interpreter lock, and one behind a threading.Lock.
# "gil": those; "lock": only the other. Runs until its standard input ends.
import sys
import threading


def busy():
    number = 0
    while True:
        number += 1


def behind(lock):
    lock.acquire()


if sys.argv[1] == "gil":
    for _ in range(3):
        threading.Thread(target=busy, daemon=True).start()
else:
    held = threading.Lock()
    held.acquire()
    threading.Thread(target=behind, args=(held,), daemon=True).start()
print("READY", flush=True)
sys.stdin.read()
