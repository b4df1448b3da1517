# SPDX-License-Identifier: MIT
# What the checks of real programs share: rows of `stat --json` by thread, shares of their time, and a table of what
# holds. See real.py.
import contextlib
import json
import subprocess
import time

INTERVAL_MS = 1000
INTERVALS = 4  # the first one is not judged: a lock without an owner is certain from its second wait on
ALMOST_ALL = 0.95

checks = []


def check(program, what, found, good):
    checks.append(good)
    print(f"{program:<9} {what:<52} {'ok' if good else 'FAILED':<7} {found}", flush=True)


class Seen:
    """What `stat` says about a process's threads in some seconds."""

    def __init__(self, program, tgid, intervals=INTERVALS, interval_ms=INTERVAL_MS, more=()):
        arguments = [program, "stat", "--json", "--stacks", "-i", str(interval_ms), "-n", str(intervals), *more]
        arguments += ["-p", str(tgid)]
        said = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
        self.rows = {}
        for line in said.splitlines()[1:]:
            for row in json.loads(line)["threads"]:
                self.rows.setdefault(row["tid"], []).append(row)

    def named(self, start):
        return [rows for rows in self.rows.values() if rows[-1]["comm"].startswith(start)]

    def all(self):
        return list(self.rows.values())


def wakers(rows):
    """Who woke a thread last, at the ends of the intervals: TIDs, and kinds of interrupts."""
    return {row["waker"].get("tid") or row["waker"]["interrupt"] for row in rows if row.get("waker")}


def share(rows, *states):
    """Of the time in which a thread neither ran nor waited for a CPU: the same on a busy machine."""
    whole = sum(row["wall_ns"] - row["exec_ns"] - row["cpu_wait_ns"] for row in rows)
    return sum(row[state + "_ns"] or 0 for row in rows for state in states) / whole if whole else 0.0


def share_of_all(rows, *states):
    whole = sum(row["wall_ns"] for row in rows)
    return sum(row[state + "_ns"] or 0 for row in rows for state in states) / whole if whole else 0.0


def labels(rows):
    return {row["wait_label"] for row in rows if row["wait_label"]}


def kinds(rows, label):
    """What rows with this label of their stack are called, and whether all of their open wait is a delay."""
    found = [row for row in rows if row["stack"] and row["stack"]["label"] == label]
    delayed = all((row["delay_labeled_ns"] or 0) + (row["lock_wait_ns"] or 0) > 0 for row in found)
    return {(row["stack"]["kind"], delayed) for row in found}


def check_stack(program, seen, name, label, kind):
    """Each thread with that name is seen at least once with the label; if it is a lock, as a delay."""
    found = seen.named(name)
    of_each = [kinds(rows, label) for rows in found]
    good = bool(found) and all(each == {(kind, kind == "lock")} for each in of_each)
    seen_labels = sorted({row["stack"]["label"] or "-" for rows in found for row in rows if row["stack"]})
    check(program, f"{name}: by its stack {label}, {kind}", f"{len(found)} threads, {seen_labels}", good)


def even(rows_of_threads):
    """Whether each row's states sum to its time."""
    states = "exec cpu_wait io_wait swap_wait mem_wait lock_wait uninterruptible sync sleep idle stopped zombie".split()
    return all(
        sum(row[state + "_ns"] or 0 for state in states) == row["wall_ns"] for rows in rows_of_threads for row in rows
    )


@contextlib.contextmanager
def running(command, **more):
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more)
    try:
        for line in process.stdout:
            if line.strip() == "READY":
                break
        else:
            raise RuntimeError(f"{command[0]} ended before it was ready")
        yield process
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def check_one(program, seen, name, state, at_least=ALMOST_ALL, label=None):
    found = seen.named(name)
    shares = [share(rows, state) for rows in found]
    words = ", ".join(f"{100 * each:.0f} %" for each in shares) or "no such thread"
    good = bool(found) and all(each >= at_least for each in shares)
    if label is not None:
        of_all = set().union(*(labels(rows) for rows in found)) if found else set()
        words += f", labels {sorted(of_all)}"
        good = good and any(label in each for each in of_all)
    check(program, f"{name}: {state}{f' ({label})' if label else ''}", words, good)


def check_sums(program, seen):
    check(program, "states sum to each row's time", f"{len(seen.rows)} threads", bool(seen.rows) and even(seen.all()))


def check_no_lock(program, seen, but=()):
    """Threads that never wait for a lock that could be known."""
    wrong = [
        (rows[-1]["comm"], f"{100 * share(rows, 'lock_wait'):.0f} %")
        for rows in seen.all()
        if share(rows, "lock_wait") > 0.02 and not rows[-1]["comm"].startswith(tuple(but) or ("\0",))
    ]
    check(program, "no other wait is called a lock", f"{wrong[:4]}", not wrong)
