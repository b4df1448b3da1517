# SPDX-License-Identifier: MIT
# real.py PROGRAM NAME...: starts the programs of this folder, whose threads wait in known ways, and compares what
# `stat --json` says about them with that. Called by scripts/test-real.
import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from containers import docker, lxc, podman
from harness import (
    ALMOST_ALL,
    Seen,
    check,
    check_no_lock,
    check_one,
    check_stack,
    check_sums,
    checks,
    kinds,
    labels,
    running,
    share,
    share_of_all,
    wakers,
)

HERE = os.path.dirname(os.path.abspath(__file__))


def rust(tool, folder):
    binary = f"{folder}/waits-rs"
    subprocess.run(["rustc", "-O", "-o", binary, f"{HERE}/waits.rs"], check=True)
    with running([binary]) as process:
        seen = Seen(tool, process.pid)
    check_sums("rust", seen)
    # One of four has it, and sleeps; who is next is up to the lock.
    together = sum(share(rows, "lock_wait") for rows in seen.named("mutex"))
    check("rust", "three of four wait for the mutex", f"{together:.2f} threads", 2.6 < together < 3.4)
    check_one("rust", seen, "rw-reader", "lock_wait", ALMOST_ALL, "rwlock")
    check_one("rust", seen, "rw-writer", "lock_wait", ALMOST_ALL, "rwlock")
    for name in ("condvar", "channel", "park", "barrier"):
        check_one("rust", seen, name, "sync")
    check_one("rust", seen, "joiner", "sync", ALMOST_ALL, "join")
    check_one("rust", seen, "sleeper", "idle")
    check_stack("rust", seen, "rw-reader", "rust rwlock", "lock")
    check_stack("rust", seen, "condvar", "rust condition variable", "other")
    check_stack("rust", seen, "park", "rust park", "other")
    check_no_lock("rust", seen, ("mutex", "rw-"))


def tokio(tool, folder):
    """Built from Debian's sources of the library: nothing is fetched."""
    shutil.copytree(f"{HERE}/tokio", f"{folder}/tokio")
    os.makedirs(f"{folder}/tokio/.cargo")
    with open(f"{folder}/tokio/.cargo/config.toml", "w") as config:
        config.write('[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "/usr/share/cargo/registry"\n')
    subprocess.run(["cargo", "build", "--release", "--offline", "--quiet"], cwd=f"{folder}/tokio", check=True)
    with running([f"{folder}/tokio/target/release/waits-tokio"]) as process:
        seen = Seen(tool, process.pid)
    check_sums("tokio", seen)
    # Of two workers one waits in epoll, the other in a condition variable; the third thread sleeps in a blocking task.
    workers = [rows for rows in seen.named("tokio-runtime-w") if "idle tokio worker" in labels(rows)]
    check("tokio", "two workers without a task are idle by their stacks", f"{len(workers)} threads", len(workers) == 2)
    check_stack("tokio", seen, "waits-tokio", "tokio block_on", "other")
    blocking = [rows for rows in seen.named("tokio-runtime-w") if rows not in workers]
    none = all("tokio" not in label for rows in blocking for label in labels(rows))
    check("tokio", "a blocking task has no label of a worker", f"{len(blocking)} threads", len(blocking) == 1 and none)


def go(tool, folder):
    binary = f"{folder}/waits-go"
    environment = {**os.environ, "GOCACHE": f"{folder}/cache", "GO111MODULE": "off", "HOME": folder}
    subprocess.run(["go", "build", "-o", binary, f"{HERE}/waits.go"], check=True, env=environment)
    with running([binary]) as process:
        seen = Seen(tool, process.pid)
    check_sums("go", seen)
    check_no_lock("go", seen)
    waits = [share(rows, "sync", "idle", "sleep") for rows in seen.all()]
    check("go", "its threads look for work, or compute", f"at least {100 * min(waits):.1f} %", min(waits) > 0.98)
    reading = [rows for rows in seen.all() if any(label.startswith("pipe") for label in labels(rows))]
    asleep = [f"{100 * share(rows, 'sleep'):.0f} %" for rows in reading]
    good = len(reading) == 2 and all(share(rows, "sleep") >= ALMOST_ALL for rows in reading)
    check("go", "two threads are in a read of a pipe: sleep", f"{asleep}", good)
    computing = sum(share_of_all(rows, "exec") for rows in seen.all())
    idle = [rows for rows in seen.all() if kinds(rows, "idle go thread") == {("idle", False)}]
    check("go", "some of its threads are idle, by their stacks", f"{len(idle)} threads", bool(idle))
    check("go", "a goroutine computes", f"{computing:.2f} threads", computing > 0.05)


def java(tool, folder):
    subprocess.run(["javac", "-d", folder, f"{HERE}/Waits.java"], check=True)
    with running(["java", "-XX:+UseSerialGC", "-cp", folder, "Waits"]) as process:
        seen = Seen(tool, process.pid)
    check_sums("java", seen)
    for name in ("monitor", "reentrant", "park", "wait"):
        check_one("java", seen, name, "sync", 0.9)
    check_stack("java", seen, "monitor", "java monitor", "lock")
    check_stack("java", seen, "park", "java park", "other")
    check_stack("java", seen, "wait", "Object.wait", "other")
    check_stack("java", seen, "VM Thread", "idle JVM thread", "idle")
    busy = [share_of_all(rows, "exec", "cpu_wait") for rows in seen.named("busy")]
    check("java", "busy: exec, or waits for a CPU", f"{busy}", bool(busy) and busy[0] > 0.9)
    check_no_lock("java", seen)


def python(tool, folder):
    interpreter = shutil.which("python3", path="/usr/bin") or sys.executable
    with running([interpreter, f"{HERE}/waits.py", "gil"]) as process:
        time.sleep(1)  # until its interpreter lock is found
        seen = Seen(tool, process.pid)
    check_sums("python", seen)
    workers = [rows for rows in seen.all() if rows[-1]["tid"] != process.pid]
    lock = [share(rows[1:], "lock_wait") for rows in workers]  # it is found when it is first waited for
    found = ", ".join(f"{100 * each:.0f} %" for each in lock)
    check("python", "three threads wait for each other's turn", found, len(lock) == 3 and min(lock) > ALMOST_ALL)
    named = set().union(*(labels(rows) for rows in workers))
    check("python", "and that is the interpreter lock", f"{sorted(named)}", named == {"python gil"})
    with running([interpreter, f"{HERE}/waits.py", "lock"]) as process:
        seen = Seen(tool, process.pid)
    workers = [rows for rows in seen.all() if rows[-1]["tid"] != process.pid]
    found = f"{[(share(rows, 'sync'), sorted(labels(rows))) for rows in workers]}"
    good = len(workers) == 1 and share(workers[0], "sync") >= ALMOST_ALL
    check("python", "threading.Lock is a semaphore: sync", found, good)
    label = "python lock, condition or join"
    good = good and kinds(workers[0], label) == {("other", False)}
    check("python", f"by its stack {label}", found, good)


class Postgres:
    """A separate server, as the user postgres, in a new folder."""

    def __init__(self, folder):
        versions = "/usr/lib/postgresql"
        newest = max(os.listdir(versions), key=float)
        self.bin = f"{versions}/{newest}/bin"
        self.user = pwd.getpwnam("postgres")
        self.data = f"{folder}/data"
        self.socket = folder
        shutil.chown(folder, "postgres")
        self.run("initdb", "-A", "trust", "-N", "-D", self.data)
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        self.run("pg_ctl", "-w", "-D", self.data, "-l", f"{folder}/log", "-o", options, "start")

    def run(self, name, *arguments):
        subprocess.run([f"{self.bin}/{name}", *arguments], check=True, stdout=subprocess.DEVNULL, user=self.user.pw_uid,
                       group=self.user.pw_gid, cwd="/")

    def session(self, text):
        """A psql that has run the text, and waits for more."""
        client = subprocess.Popen([f"{self.bin}/psql", "-X", "-q", "-h", self.socket, "postgres"], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, user=self.user.pw_uid, cwd="/")
        client.stdin.write(text)
        client.stdin.flush()
        return client

    def ask(self, query):
        """The rows, with | between the columns."""
        command = [f"{self.bin}/psql", "-X", "-q", "-A", "-t", "-h", self.socket, "postgres", "-c", query]
        return subprocess.run(command, check=True, capture_output=True, text=True, user=self.user.pw_uid, cwd="/",
                              timeout=60).stdout

    def stop(self):
        self.run("pg_ctl", "-w", "-m", "immediate", "-D", self.data, "stop")


def backends_agree(tool, server, backend):
    """What the stacks say is what PostgreSQL itself says, for each of its processes that waits."""
    rows = Seen(tool, backend).all()[0]
    found = f"idle {100 * share(rows, 'idle'):.0f} %, labels {sorted(labels(rows))}"
    good = share(rows, "idle") >= ALMOST_ALL and kinds(rows, "heavyweight lock transactionid") == {("lock", True)}
    check("postgres", "a backend behind a row lock: idle, and delayed", found, good)
    words = {
        "Lock/transactionid": "heavyweight lock transactionid",
        "Client/ClientRead": "client read",
        "Activity/CheckpointerMain": "idle checkpointer",
        "Activity/BgWriterMain": "idle background writer",
        "Activity/BgWriterHibernate": "idle background writer",
        "Activity/WalWriterMain": "idle WAL writer",
        "Activity/AutoVacuumMain": "idle autovacuum launcher",
        "Activity/LogicalLauncherMain": "idle replication launcher",
    }
    for line in server.ask("select pid, wait_event_type || '/' || wait_event from pg_stat_activity").splitlines():
        tgid, event = line.split("|")
        if event in words:
            rows = Seen(tool, int(tgid)).all()[0]
            said = sorted({row["stack"]["label"] or "-" for row in rows if row["stack"]})
            check("postgres", f"{event}: {words[event]}", f"{said}", said == [words[event]])


def woken_by_holder(tool, holder, waiter, backend):
    """The session that has the row lock commits: its backend wakes the one behind it."""
    first = Seen(tool, backend, 1, 100, ["--wakers"])  # the probes of wakers run only as long as a command asks for them
    watch = subprocess.Popen([tool, "stat", "--json", "--wakers", "-i", "500", "-n", "6", "-p", str(backend)],
                             stdout=subprocess.PIPE, text=True)
    time.sleep(1.2)
    holder.stdin.write("commit;\n")
    holder.stdin.flush()
    rows = [row for line in watch.communicate()[0].splitlines() for row in json.loads(line)["threads"]]
    names = {row["waker"]["comm"] for row in rows if row.get("waker") and "comm" in row["waker"]}
    found = f"{len(first.rows)} thread, woken by {sorted(names)}"
    check("postgres", "the backend is woken by the one that held the row", found, names == {"postgres"})


def behind_lwlock(tool, server, clients):
    """Stops a backend at random until others wait for an LWLock that it has."""
    insert = "do $$ begin for i in 1..1000000000 loop insert into t values (i); commit; end loop; end $$;\n"
    busy = [server.session(insert) for _ in range(4)]
    clients.extend(busy)
    time.sleep(2)
    query = "select pid from pg_stat_activity where query like 'do %' and {} order by pid"
    pids = [int(pid) for pid in server.ask(query.format("true")).split()]
    for attempt in range(100):
        os.kill(pids[attempt % len(pids)], signal.SIGSTOP)
        time.sleep(0.3)
        # Not asked for by a query: that may wait for the lock too.
        rows = [row for pid in pids for row in Seen(tool, pid, 2, 200).all()[0][-1:]]
        found = [row for row in rows if row["stack"] and row["stack"]["label"] == "LWLock"]
        os.kill(pids[attempt % len(pids)], signal.SIGCONT)
        if len(found) > 1:
            good = all(row["state"] == "sync" and row["stack"]["kind"] == "lock" for row in found)
            good = good and all(row["delay_labeled_ns"] > 0 for row in found)
            check("postgres", "backends behind an LWLock: sync, and delayed", f"{len(found)} of {len(pids)}", good)
            return
    check("postgres", "backends behind an LWLock", "none in 100 tries", False)


def postgres(tool, folder):
    os.chmod(folder, 0o755)
    server = Postgres(folder)
    clients = []
    try:
        clients.append(server.session("create table t (n int); insert into t values (1); begin; update t set n = 2;\n"))
        time.sleep(2)
        clients.append(server.session("update t set n = 3;\n"))
        time.sleep(2)
        seen = Seen(tool, clients[1].pid)
        check_sums("postgres", seen)
        rows = seen.all()[0]
        found = f"idle or sleep {100 * share(rows, 'idle', 'sleep'):.0f} %, labels {sorted(labels(rows))}"
        named = [label for label in labels(rows) if "(postgres " in label]
        check("postgres", "the client waits for its backend", found, bool(named))
        backend = int(named[0].split("(postgres ")[1].split(")")[0]) if named else clients[1].pid
        backends_agree(tool, server, backend)
        woken_by_holder(tool, clients[0], clients[1], backend)
        behind_lwlock(tool, server, clients)
    finally:
        for client in clients:
            client.kill()
            client.wait()
        server.stop()


class Mariadb:
    """A separate server, as the user mysql, in a new folder."""

    def __init__(self, folder):
        self.socket = f"{folder}/socket"
        shutil.chown(folder, "mysql")
        with open(f"{folder}/install.log", "w") as log:
            subprocess.run(["mariadb-install-db", f"--datadir={folder}/data", "--user=mysql"], check=True, stdout=log,
                           stderr=log)
        with open(f"{folder}/server.log", "w") as log:
            self.server = subprocess.Popen(
                ["mariadbd", "--no-defaults", f"--datadir={folder}/data", f"--socket={self.socket}", "--skip-networking",
                 "--innodb-lock-wait-timeout=300", "--user=mysql"], stdout=log, stderr=log)
        for _ in range(100):
            if subprocess.run(self.client("select 1"), capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.2)
        raise RuntimeError("mariadbd does not answer")

    def client(self, text):
        return ["mariadb", "--no-defaults", "-S", self.socket, "-u", "root", "-N", "-e", text]

    def session(self, text):
        return subprocess.Popen(self.client(text), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(self, text):
        return subprocess.run(self.client(text), check=True, capture_output=True, text=True, timeout=60).stdout

    def stop(self):
        self.server.terminate()
        self.server.wait()


def check_mariadb(tool, server, what, label, witness):
    """Exactly the sessions of which the server itself says so wait, by their stacks, with that label."""
    rows = Seen(tool, server.server.pid).all()
    found = [of_one for of_one in rows if kinds(of_one, label) == {("lock", True)}]
    said = int(server.ask(witness))
    check("mariadb", f"{what}: {label}, delayed", f"{len(found)}, by the server {said}", said == len(found) > 0)


def mariadb(tool, folder):
    os.chmod(folder, 0o755)
    server = Mariadb(folder)
    sessions = []
    try:
        server.ask("create database d; create table d.t (n int primary key, v int) engine=innodb; insert into d.t values (1, 1)")
        sessions.append(server.session("begin; update d.t set v = 2; select sleep(60)"))
        time.sleep(2)
        sessions.append(server.session("update d.t set v = 3 where n = 1"))
        sessions.append(server.session("alter table d.t add column w int"))
        sessions.append(server.session("select get_lock('x', 1); select sleep(60)"))
        time.sleep(1)
        sessions.append(server.session("select get_lock('x', 60)"))
        time.sleep(2)
        states = "select count(*) from information_schema.processlist where state = '{}'"
        trx = "select count(*) from information_schema.innodb_trx where trx_state = 'LOCK WAIT'"
        check_sums("mariadb", Seen(tool, server.server.pid))
        check_mariadb(tool, server, "behind a row lock of InnoDB", "innodb row lock", trx)
        metadata = states.format("Waiting for table metadata lock")
        check_mariadb(tool, server, "ALTER TABLE beside a transaction", "metadata lock", metadata)
        check_mariadb(tool, server, "GET_LOCK", "get_lock", states.format("User lock"))
        rows = Seen(tool, server.server.pid).all()
        asleep = [of_one for of_one in rows if kinds(of_one, "sleep()") == {("idle", False)}]
        check("mariadb", "SLEEP() is idle", f"{len(asleep)} sessions", len(asleep) == 2)
        idle = [of_one for of_one in rows if kinds(of_one, "idle mariadb thread") == {("idle", False)}]
        check("mariadb", "its pool and its listener are idle", f"{len(idle)} threads", len(idle) >= 4)
    finally:
        for session in sessions:
            session.kill()
            session.wait()
        server.stop()


def slow_upstream(tool, folder, worker):
    """A client asks nginx, which asks a server that takes its time: that one wakes the worker, and no one but the client."""
    serve = f"""import os, socket, time
server = socket.socket(socket.AF_UNIX)
server.bind({folder!r} + "/upstream")
os.chmod({folder!r} + "/upstream", 0o777)
server.listen()
print("READY", flush=True)
while True:
    peer, _ = server.accept()
    peer.recv(65536)
    time.sleep(0.1)
    peer.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    peer.close()
"""
    ask = f"""import socket
print("READY", flush=True)
while True:
    client = socket.socket(socket.AF_UNIX)
    client.connect({folder!r} + "/socket")
    client.sendall(b"GET /slow HTTP/1.0\\r\\n\\r\\n")
    while client.recv(65536):
        pass
    client.close()
"""
    python = [sys.executable, "-c"]
    server = subprocess.Popen([*python, serve], stdout=subprocess.PIPE, text=True)
    client = None
    try:
        server.stdout.readline()
        client = subprocess.Popen([*python, ask], stdout=subprocess.PIPE, text=True)
        client.stdout.readline()
        time.sleep(1)
        seen = Seen(tool, worker, 40, 50, ["--wakers"])
        woken = set().union(*(wakers(rows) for rows in seen.all()))
        names = {server.pid: "upstream", client.pid: "client"}
        found = sorted(str(names.get(who, who)) for who in woken)
        good = {"upstream"} <= set(found) <= {"upstream", "client"}
        check("nginx", "its worker is woken by the slow upstream", f"{found}", good)
    finally:
        for process in (client, server):
            if process is not None:
                process.kill()
                process.wait()


def nginx(tool, folder):
    os.chmod(folder, 0o755)
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in
                         ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(f"{folder}/nginx.conf", "w") as file:
        file.write(f"""worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
            events {{}}
            http {{ access_log off; {temporary} server {{ listen unix:{folder}/socket;
                location /slow {{ proxy_pass http://unix:{folder}/upstream:/; }} }} }}""")
    process = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
    try:
        time.sleep(2)
        check_stack("nginx", Seen(tool, process.pid), "nginx", "idle nginx master", "idle")
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as children:
            worker = int(children.read().split()[0])
        check_stack("nginx", Seen(tool, worker), "nginx", "idle nginx worker", "idle")
        slow_upstream(tool, folder, worker)
    finally:
        process.terminate()
        process.wait()


def node(tool, folder):
    """With names of compiled JavaScript in a perf map."""
    with open(f"{folder}/waits.js", "w") as file:
        file.write("""const never = new Int32Array(new SharedArrayBuffer(4));
            function waitsForever(n) { return n === 0 ? Atomics.wait(never, 0, 0) : waitsForever(n - 1) + 1; }
            const { Worker, isMainThread } = require('worker_threads');
            if (isMainThread) { new Worker(__filename); setTimeout(() => console.log('READY'), 1000); process.stdin.resume();
                process.stdin.on('end', () => process.exit(0)); } else { waitsForever(20); }""")
    with running(["node", "--perf-basic-prof", "--interpreted-frames-native-stack", f"{folder}/waits.js"], cwd=folder) as process:
        seen = Seen(tool, process.pid)
        map_file = f"/tmp/perf-{process.pid}.map"
    stacks = [row["stack"]["user"] for rows in seen.all() for row in rows if row["stack"]]
    named = [stack for stack in stacks if any("waitsForever" in function for function in stack)]
    check("node", "a JavaScript function is named by the perf map", f"{len(named)} stacks", bool(named))
    main = [rows for rows in seen.all() if rows[-1]["tid"] == rows[-1]["tgid"]]
    good = bool(main) and kinds(main[0], "libuv loop") == {("idle", False)}
    check("node", "the main thread is in its event loop", f"{sorted(labels(main[0]))}", good)
    workers = [rows for rows in seen.all() if kinds(rows, "idle node worker") == {("idle", False)}]
    check("node", "its workers are idle", f"{len(workers)} threads", len(workers) >= 4)
    with contextlib.suppress(FileNotFoundError):
        os.remove(map_file)


def main():
    tool, names = sys.argv[1], sys.argv[2:]
    needed = {"rust": "rustc", "tokio": "cargo", "go": "go", "java": "javac", "python": "python3", "postgres": "psql",
              "mariadb": "mariadbd", "nginx": "nginx", "node": "node", "podman": "podman", "docker": "dockerd", "lxc": "lxc-start"}
    print(f"{'program':<9} {'what':<52} {'result':<7} found", flush=True)
    for name in names:
        if shutil.which(needed[name]) is None:
            print(f"{name:<9} {'':<52} skipped no {needed[name]}")
            continue
        with tempfile.TemporaryDirectory(prefix="rstat-tsa-real-") as folder:
            globals()[name](tool, folder)
    failed = checks.count(False)
    print(f"test-real: {len(checks) - failed} hold, {failed} FAILED" if failed else f"test-real: all {len(checks)} hold")
    sys.exit(failed > 0)


main()
