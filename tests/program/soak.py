# SPDX-License-Identifier: MIT
# soak.py PROGRAM MINUTES [PHASE]: `stat --json`, `waybar` and `record` for a long time beside threads that are born and die all
# the time, lock, signal, wait for each other and for a disk. Three quarters of the time with room for all threads, a
# quarter with room for far too few (--max-threads); then a short while in a PID namespace, and one beside a user
# database that does not answer. Then as long again `metrics` and `record --when` beside cgroups that come and go
# (soak_captures.py). PHASE: only default, few, container, users or captures. Prints a table of what must hold, and exits 1 when something does
# not: no event is lost, memory does not grow, sums are whole, and nothing stays in the kernel.
import contextlib
import itertools
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import soak_captures

INTERVAL_MS = 1000
FEW_THREADS = 64
SHORT_SECONDS = 60  # at most, of the phases in a PID namespace and beside a slow user database
LOAD_ROUND_SECONDS = 40
DISK_ROUND_MIB = 8
DISK_MIB = 512  # written in all, by both phases
KEEP_MIB = 16  # of the recording; it goes where files take memory, not a disk
# What may grow. After a third of the time all that is filled once has been filled: names, users, the heap's first MB.
# Buffers still follow the interval with the most rows, some 3 KiB a row (three copies of an ended thread, its row, its
# text), and the most slots that were in use at once, also by dead threads that the kernel has not freed yet (two copies
# of a thread, its row): more of them than in all of the first third explain so much. At the end of a round of the load
# hundreds of dead children are reaped at once: whether they fall into one interval or two differs from program to
# program, and is only known of `stat`. What a thread, an interval or a file left behind would be more than all of that
# within minutes: 16 bytes for each of a million threads are 16 MB.
ROW_KIB = 3
SLOT_KIB = 1.25
GROWTH_KIB = 1024
GROWTH_KIB_HOUR = 128
# Mapped files: the program's code, which comes back page by page after the start, and the kernel's tables, which are
# mapped whole. Shared with others and bounded by the files' sizes, so they are no measure of a leak.
FILES_KIB = 1024
BUSY_SHARE = 0.03  # of the machine: ticks, and interrupts of an idle CPU
DEATHS_SHARE = 0.002
FOUND_AFTER_S = 20  # ends that no probe saw: two looks, five seconds apart, at what is five seconds old
# Without these nothing was lost: what they count was put right from another witness, or is not shown to anyone.
REPAIRED = ("missed_switches", "missed_frees", "unwatched_switches")
# The kernel's fast clock may step back a little, seen from another CPU, when its rate is adjusted.
STEPS_BACK_MINUTE = 1
STATES = (
    "exec cpu_wait io_wait swap_wait mem_wait lock_wait uninterruptible sync sleep idle stopped zombie"
).split()

checks = []


def check(phase, what, found, good):
    checks.append(good)
    print(f"{phase:<8} {what:<34} {'ok' if good else 'FAILED':<7} {found}", flush=True)


def load_command(seconds, folder):
    """stress-ng for as many CPUs as there are: some 10 busy threads on two of them, 200 in all."""
    some = max(1, os.cpu_count() // 2)
    command = ["stress-ng", "--quiet", "--temp-path", folder, "--timeout", f"{seconds}s"]
    for stressor, bound in (("fork", 4), ("clone", 64), ("pthread", 64)):
        command += [f"--{stressor}", str(some), f"--{stressor}-max", str(bound)]
    for stressor in ("futex", "sigq", "pipe", "switch"):
        command += [f"--{stressor}", str(some)]
    return command


class Rounds(threading.Thread):
    """A command again and again, a pause before each time, until end() or for that many rounds."""

    def __init__(self, command, pause, rounds=None):
        super().__init__(daemon=True)
        self.command = command
        self.pause = pause
        self.rounds = itertools.repeat(None) if rounds is None else range(rounds)
        self.over = threading.Event()
        self.process = None

    def run(self):
        for _ in self.rounds:
            if self.over.wait(self.pause):
                return
            self.process = subprocess.Popen(
                self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            )
            self.process.wait()

    def end(self):
        self.over.set()
        until = time.monotonic() + 30
        while self.is_alive() and time.monotonic() < until:
            if self.process is not None:
                self.process.terminate()
            self.join(0.5)
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)  # what it left behind
        self.join()


def load_rounds(folder):
    """In rounds, because stress-ng's clone worker keeps some dozens of dead children a second until it ends."""
    return Rounds(load_command(LOAD_ROUND_SECONDS, folder), 1)


def disk_rounds(seconds, mib, folder):
    """Direct writes and reads, spread over the time, never more than `mib` in all."""
    command = ["stress-ng", "--quiet", "--temp-path", folder, "--timeout", "60s", "--hdd", "1"]
    command += ["--hdd-bytes", f"{DISK_ROUND_MIB}m", "--hdd-opts", "direct,wr-seq,rd-seq"]
    command += ["--hdd-write-size", "64k", "--hdd-ops", str(DISK_ROUND_MIB * 16)]
    rounds = mib // DISK_ROUND_MIB
    return Rounds(command, seconds / rounds, rounds)


def busy_ns():
    """Of all CPUs, from /proc/stat: all but idle and iowait, and guests are in user already."""
    with open("/proc/stat") as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def births():
    with open("/proc/stat") as file:
        return int(re.search(r"^processes (\d+)", file.read(), re.MULTILINE).group(1))


def living_threads():
    with open("/proc/loadavg") as file:
        return int(file.read().split()[3].split("/")[1])


def memory_kib(pid):
    with open(f"/proc/{pid}/status") as file:
        text = file.read()
    found = {key: int(re.search(rf"^{key}:\s+(\d+)", text, re.MULTILINE).group(1)) for key in ("RssFile", "RssAnon")}
    found["fds"] = len(os.listdir(f"/proc/{pid}/fd"))
    return found


def in_kernel(pid):
    """What of BPF a process holds: {("prog", 12), ("map", 7), ...}."""
    held = set()
    for name in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{name}") as file:
                held.update(re.findall(r"^(prog|map|link)_id:\s+(\d+)", file.read(), re.MULTILINE))
        except FileNotFoundError:
            continue
    return held


def table_of_slots(held):
    """Number of the map that says how many slots were ever used; None: not found."""
    shown = subprocess.run(["bpftool", "-j", "map", "show"], capture_output=True, text=True, check=True).stdout
    for entry in json.loads(shown or "[]"):
        if ("map", str(entry["id"])) in held and entry.get("name", "").endswith(".bss"):
            return str(entry["id"])
    return None


def slots_used(table):
    if table is None:
        return 0
    said = subprocess.run(["bpftool", "map", "dump", "id", table], capture_output=True, text=True).stdout
    found = re.search(r'"tsa_slots_used": (\d+)', said)
    return int(found.group(1)) if found else 0


def still_there(held):
    """Of these, what the kernel still lists: it lets go a moment after the last descriptor is closed."""
    until = time.monotonic() + 20
    while (left := held & in_lists()) and time.monotonic() < until:
        time.sleep(0.5)
    return left


def in_lists():
    listed = set()
    for kind in ("prog", "map", "link"):
        said = subprocess.run(["bpftool", "-j", kind, "show"], capture_output=True, text=True, check=True).stdout
        listed.update((kind, str(entry["id"])) for entry in json.loads(said or "[]"))
    return listed


class Sums:
    """Of all intervals. What the program lists is added up here, and held against what it says of the machine."""

    def __init__(self):
        self.intervals = 0
        self.rows = 0
        self.uneven = 0  # rows whose states do not sum to their time
        self.listed_ns = dict.fromkeys(STATES, 0)
        self.machine_ns = dict.fromkeys(STATES, 0)
        self.machine_wall_ns = 0
        self.interval_ns = 0
        self.deaths_listed = 0
        self.deaths_untracked = 0
        self.over_listed = 0  # intervals in which the listed have more than the machine
        self.health = {}
        self.missing_now = []  # listed + without slot - threads of the machine
        self.newest_rows = 0

    def add(self, report):
        self.intervals += 1
        self.interval_ns += report["interval_ns"]
        here = dict.fromkeys(STATES, 0)
        for row in report["threads"] + report["exited"]:
            whole = 0
            for state in STATES:
                part = row[state + "_ns"] or 0
                here[state] += part
                whole += part
            self.uneven += whole != row["wall_ns"]
            self.rows += 1
        self.newest_rows = len(report["threads"]) + len(report["exited"])
        system = report["system"]
        for state in STATES:
            self.listed_ns[state] += here[state]
            self.machine_ns[state] += system[state + "_ns"]
        self.machine_wall_ns += system["wall_ns"]
        self.over_listed += here["exec"] > system["exec_ns"]
        self.deaths_listed += len(report["exited"])
        self.deaths_untracked += system["unlisted_exits"]
        for key, value in report["health"].items():
            self.health[key] = max(self.health.get(key, 0), value or 0)
        self.missing_now.append(len(report["threads"]) + report["health"]["threads_without_slot"] - living_threads())


class Watched:
    """A running program, its memory taken once per interval."""

    def __init__(self, arguments, stdout, stderr=subprocess.PIPE):
        self.process = subprocess.Popen(arguments, stdout=stdout, stderr=stderr, text=True)
        self.memory = []
        self.rows = []  # of the interval before each
        self.slots = []  # the most that were ever in use
        self.held = set()
        self.table = None

    def look(self, rows):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, AttributeError):  # it has just ended
            self.memory.append(memory_kib(self.process.pid))
            self.rows.append(rows)
            if not self.held:
                self.held = in_kernel(self.process.pid)
                self.table = table_of_slots(self.held)
            self.slots.append(slots_used(self.table))

    def parts(self):
        """Two slices of the time: the tenth after its first third, and the last tenth."""
        count = len(self.memory)
        tenth = max(1, count // 10)
        return slice(count // 3, count // 3 + tenth), slice(count - tenth, count)

    def growth(self, key):
        """The means of both parts."""
        return [sum(sample[key] for sample in self.memory[part]) / len(self.memory[part]) for part in self.parts()]

    def course(self, key):
        """The means of the twelve parts of the time: a step or a slope."""
        count = len(self.memory)
        parts = [self.memory[count * i // 12 : count * (i + 1) // 12] for i in range(12)]
        return " ".join(f"{sum(sample[key] for sample in part) / len(part):.0f}" for part in parts if part)

    def more_rows(self):
        """By how many rows the longest interval of all exceeds the longest one up to the end of the first part."""
        return max(self.rows) - max(self.rows[: self.parts()[0].stop])

    def more_slots(self):
        """By how many more slots were used at the end than at the end of the first part."""
        return self.slots[-1] - self.slots[self.parts()[0].stop - 1]

    def fds(self):
        """The fewest of either part: a file may be open for a moment."""
        return [min(sample["fds"] for sample in self.memory[part]) for part in self.parts()]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=30)  # reads what it still has to say
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        return self.process.returncode


def check_memory(phase, name, watched, seconds):
    early, late = watched.growth("RssAnon")
    rows = watched.more_rows()
    slots = watched.more_slots()
    allowed = GROWTH_KIB + GROWTH_KIB_HOUR * seconds / 3600 + ROW_KIB * rows + SLOT_KIB * slots
    found = f"RssAnon {early:.0f} KiB after a third of the time, {late:.0f} at its end; {allowed:.0f} more are allowed"
    if rows or slots:
        found += f" (for {rows} rows more in an interval, {slots} slots more of {watched.slots[-1]})"
    flat = late <= early + allowed
    if not flat:
        found += f"; by twelfths {watched.course('RssAnon')}"
    check(phase, f"{name}: memory is flat", found, flat)
    early, late = watched.growth("RssFile")
    check(phase, f"{name}: mapped files are", f"{early:.0f} KiB, {late:.0f} KiB", late <= early + FILES_KIB)
    early, late = watched.fds()
    check(phase, f"{name}: open files are", f"{early}, {late}", late <= early)


def check_sums(phase, sums, busy, deaths, few):
    found = f"{sums.rows} rows, {sums.uneven} do not"
    check(phase, "states sum to each row's time", found, sums.rows > 0 and not sums.uneven)
    whole = sum(sums.machine_ns.values())
    found = f"{whole} of {sums.machine_wall_ns} ns"
    check(phase, "states sum to the machine's time", found, whole == sums.machine_wall_ns)
    listed, machine = sums.listed_ns["exec"], sums.machine_ns["exec"]
    capacity = sums.interval_ns * os.cpu_count()
    share = abs(machine - busy) / capacity
    found = f"exec {machine / 1e9:.2f} s, /proc/stat {busy / 1e9:.2f} s: {100 * share:.2f} % of all CPUs apart"
    check(phase, "exec is the machine's busy time", found, share <= BUSY_SHARE)
    # A kernel that hides a process from BPF seems to hide the frees too that an interrupt of it does. User space finds
    # them some seconds later, and counts them.
    hidden = sums.health["missed_frees"] * FOUND_AFTER_S / (sums.interval_ns / 1e9)
    ended = sums.deaths_listed + sums.deaths_untracked
    found = f"{sums.deaths_listed} listed + {sums.deaths_untracked} in sums; the kernel's count {deaths}"
    check(phase, "each thread's end is counted", found, abs(ended - deaths) <= DEATHS_SHARE * deaths + 200 + hidden)
    sums.missing_now.sort()
    middle = sums.missing_now[len(sums.missing_now) // 2]
    without = sums.health["threads_without_slot"]
    found = f"at most {without} without a slot; listed and these {middle:+d} beside /proc/loadavg (median)"
    check(phase, "each living thread is counted", found, abs(middle) <= 40 + hidden and (without > 0) == few)
    if few:
        found = f"exec listed {listed / 1e9:.2f} s of {machine / 1e9:.2f} s"
        check(phase, "the rest is in the sums alone", found, 0 < listed < machine and not sums.over_listed)
    else:
        found = f"exec listed {listed} ns, machine {machine} ns"
        check(phase, "what is listed is all", found, sums.listed_ns == sums.machine_ns)
    put_right = REPAIRED
    if sums.health.get("clock_backwards", 0) <= 1 + sums.interval_ns / 60e9 * STEPS_BACK_MINUTE:
        put_right += ("clock_backwards",)
    known = put_right + (("threads_without_slot", "slots_refused") if few else ())
    lost = [f"{key} {value}" for key, value in sums.health.items() if value and key not in known]
    repaired = [f"{key} {value}" for key, value in sums.health.items() if value and key in put_right]
    found = ", ".join(lost) or "no counter of loss moved"
    found += f"; put right: {', '.join(repaired)}" if repaired else ""
    check(phase, "nothing else is lost" if few else "nothing is lost", found, not lost)


def mib_in(folder):
    with contextlib.suppress(FileNotFoundError):  # a file was renamed or deleted meanwhile
        return sum(entry.stat().st_size for entry in os.scandir(folder)) / (1 << 20)
    return 0.0


def run_phase(phase, program, seconds, mib, extra, folder, recordings):
    few = bool(extra)
    sums = Sums()
    recording = f"{recordings}/{phase}"
    stopped = []
    with contextlib.ExitStack() as stack:  # whatever ends this ends all that was started so far
        for rounds in (load_rounds(folder), disk_rounds(seconds, mib, folder)):
            rounds.start()
            stack.callback(rounds.end)
        time.sleep(3)  # until all of the load is there
        watched = {}
        for name, arguments in (
            ("stat", ["--json"]),
            ("waybar", []),
            ("record", ["-o", recording, "--keep", f"{KEEP_MIB}M"]),
        ):
            stdout = subprocess.PIPE if name == "stat" else subprocess.DEVNULL
            watched[name] = Watched([program, name, "-i", str(INTERVAL_MS)] + arguments + extra, stdout)
            stack.callback(lambda one=watched[name]: stopped.append(one.end()))
        stat = watched["stat"]
        kept = 0.0
        until = time.monotonic() + seconds
        first = None
        for line in stat.process.stdout:
            now = (busy_ns(), births(), living_threads())
            if first is None:
                first = now  # what the first line shows was before it
            else:
                sums.add(json.loads(line))
                for one in watched.values():
                    one.look(sums.newest_rows)
                kept = max(kept, mib_in(recording))
                last = now
            if time.monotonic() >= until or any(one.process.poll() is not None for one in watched.values()):
                break
        alive = all(one.process.poll() is None for one in watched.values())
    enough = alive and not any(stopped) and sums.intervals >= seconds // 3
    check(phase, "all ran to the end", f"{sums.intervals} intervals in {seconds} s; exit codes {stopped}", enough)
    if not enough:
        return
    deaths = (last[1] - first[1]) - (last[2] - first[2])
    check_sums(phase, sums, last[0] - first[0], deaths, few)
    for name, one in watched.items():
        check_memory(phase, name, one, seconds)
    found = f"at most {kept:.1f} MiB, {KEEP_MIB} are allowed"
    check(phase, "record: its files are bounded", found, 0 < kept <= KEEP_MIB)
    held = set().union(*(one.held for one in watched.values()))
    left = still_there(held)
    found = f"{len(held)} programs, maps and links held, {len(left)} left"
    check(phase, "nothing is left in the kernel", found, bool(held) and not left)


def own_threads():
    """Of this PID namespace: {TID: name}."""
    found = {}
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for tid in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{tid}/comm", "rb") as file:
                    found[int(tid)] = file.read().rstrip(b"\n").decode(errors="replace")
    return found


def run_in_container(program, seconds, folder):
    """In a PID namespace with its own /proc: the list is that of /proc, by its IDs and names."""
    missing = []  # of each interval: threads that were there before and after it, and are not listed
    foreign = []  # listed as alive, and neither there before nor after
    renamed = set()
    uneven = intervals = 0
    with contextlib.ExitStack() as stack:
        rounds = load_rounds(folder)
        rounds.start()
        stack.callback(rounds.end)
        time.sleep(3)
        stat = subprocess.Popen([program, "stat", "--json", "-i", str(INTERVAL_MS)], stdout=subprocess.PIPE, text=True)
        stack.callback(stat.communicate)  # reads what it still has to say
        stack.callback(stat.send_signal, signal.SIGINT)
        before = own_threads()
        until = time.monotonic() + seconds
        for line in stat.stdout:
            report = json.loads(line)
            now = own_threads()
            rows = {row["tid"]: row for row in report["threads"]}
            lasting = before.keys() & now.keys()
            missing.append(len(lasting - rows.keys()))
            foreign.append(len([tid for tid in rows if tid not in before and tid not in now]))
            for tid in lasting & rows.keys():
                if before[tid] == now[tid] and rows[tid]["comm"] not in (now[tid], None) and now[tid].isprintable():
                    renamed.add((tid, rows[tid]["comm"], now[tid]))
            for row in report["threads"] + report["exited"]:
                uneven += sum(row[state + "_ns"] or 0 for state in STATES) != row["wall_ns"]
            before = now
            intervals += 1
            if time.monotonic() >= until:
                break
    found = f"{intervals} intervals in {seconds} s"
    check("container", "it ran to the end", found, intervals >= seconds // 3)
    missing.sort()
    foreign.sort()
    found = f"{missing[len(missing) // 2]} threads missing in an interval (median), at most {missing[-1]}"
    check("container", "each thread of /proc is listed", found, missing[len(missing) // 2] == 0)
    found = f"{foreign[len(foreign) // 2]} others in an interval (median): short-lived ones"
    check("container", "and no thread of the host", found, foreign[len(foreign) // 2] <= 40)
    check("container", "an ID is the same thread's", f"{sorted(renamed)[:3]}", not renamed)
    check("container", "states sum to each row's time", f"{uneven} rows do not", not uneven)


def run_beside_slow_users(program, seconds, folder):
    """`record` while threads of a user appear whose name takes 8 s to not be found."""
    module = f"{folder}/libnss_slow.so.2"
    source = os.path.join(os.path.dirname(__file__), "../support/nss/slow.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", module, source], check=True)
    with open(f"{folder}/nsswitch.conf", "w") as file:
        file.write("passwd: files slow\n")
    script = f"mount --bind {folder}/nsswitch.conf /etc/nsswitch.conf; export LD_LIBRARY_PATH={folder}; exec "
    script += f"{program} record -i 500 -d {seconds} -o {folder}/users"
    other = ["setpriv", "--reuid", "78000", "--clear-groups", "sleep", "2"]
    with contextlib.ExitStack() as stack:
        rounds = Rounds(other, 1)
        rounds.start()
        stack.callback(rounds.end)
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script], stderr=subprocess.DEVNULL)
    with open(f"{folder}/users/system.csv") as file:
        head, *rows = [line.split(",") for line in file]
    spans = [int(row[head.index("interval_ns")]) for row in rows]
    found = f"{len(spans)} intervals, exit code {done.returncode}"
    check("users", "it ran to the end", found, done.returncode == 0 and len(spans) >= seconds)
    found = f"the longest of 500 ms was {max(spans) / 1e6:.0f} ms"
    check("users", "no interval waited for a name", found, max(spans) < 2_000_000_000)


def stop(number, _):
    """Stopped by a signal: once, so that nothing stops the cleaning up."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def main():
    program, minutes, only = sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)
    folders = []
    if only != "inside":
        print(f"{'phase':<8} {'what':<34} {'result':<7} found", flush=True)
    try:
        for place in (None, "/dev/shm"):
            folders.append(tempfile.mkdtemp(prefix="rstat-tsa-soak-", dir=place))
        seconds = minutes * 60
        few = ["--max-threads", str(FEW_THREADS)]
        if only in (None, "default"):
            run_phase("default", program, seconds * 3 // 4, DISK_MIB * 3 // 4, [], *folders)
        if only in (None, "few"):
            run_phase("few", program, seconds // 4, DISK_MIB // 4, few, *folders)
        if only == "inside":
            run_in_container(program, min(seconds, SHORT_SECONDS), folders[0])
        if only in (None, "container"):
            command = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, __file__]
            inside = subprocess.run([*command, program, str(minutes), "inside"])
            check("all", "the container's checks", f"exit code {inside.returncode}", inside.returncode == 0)
        if only in (None, "users"):
            run_beside_slow_users(program, min(seconds, SHORT_SECONDS), folders[1])
        if only in (None, "captures"):
            soak_captures.run_captures(program, seconds, *folders, sys.modules[__name__])
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
    if only == "inside":  # a part of another run
        sys.exit(not all(checks))
    written = resource.getrusage(resource.RUSAGE_CHILDREN).ru_oublock * 512 >> 20
    check("all", "all write less than 1 GiB", f"{written} MiB", written < 1024)
    failed = checks.count(False)
    print(f"soak: {len(checks) - failed} hold, {failed} FAILED" if failed else f"soak: all {len(checks)} hold")
    sys.exit(failed > 0)


main()
