#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real Prometheus scrapes rstat-tsa, directly and through node_exporter: see scripts/test-ecosystem.

Usage: prometheus.py BUILD_DIR. Prints a line per check; exits with 1 if one fails.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
CGROUPS = next(root for root in (pathlib.Path("/sys/fs/cgroup"), pathlib.Path("/sys/fs/cgroup/unified"))
               if (root / "cgroup.procs").exists())
THREADS = 2000  # of the crowd, beside its main thread
WINDOW = "20s"

failures = 0


def check(name, good, seen=""):
    global failures
    failures += not good
    print(f"{'ok    ' if good else 'FAILED'} {name}{': ' + str(seen) if seen != '' else ''}", flush=True)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            result = condition()
            if result:
                return result
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"FAILED {what}: not within {seconds} s")


def fetch(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read().decode()


class Processes:
    """Everything that was started; ended in reverse order."""

    def __init__(self, folder):
        self.folder, self.started, self.unit = folder, [], None

    def start(self, name, *command, **more):
        log = open(self.folder / f"{name}.log", "ab")
        process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, **more)
        self.started.append(process)
        return process

    def put_in_unit(self, process):
        """As systemd does it: a cgroup whose name is the unit's."""
        self.unit = CGROUPS / f"rstat-ecosystem-{os.getpid()}.service"
        self.unit.mkdir()
        (self.unit / "cgroup.procs").write_text(str(process.pid))

    def end(self):
        for process in reversed(self.started):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        if self.unit:
            self.unit.rmdir()


class Prometheus:
    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"

    def ask(self, path, **parameters):
        url = f"{self.base}/api/v1/{path}?" + urllib.parse.urlencode(parameters)
        return json.loads(fetch(url))["data"]

    def query(self, expression):
        return self.ask("query", query=expression)["result"]

    def number(self, expression):
        result = self.query(expression)
        return float(result[0]["value"][1]) if result else None


def promtool(*arguments, **more):
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, **more)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def check_files():
    rules = ROOT / "contrib/prometheus"
    for words in (["check", "rules", "rstat-tsa.rules.yml"], ["test", "rules", "rstat-tsa.test.yml"]):
        good, output = promtool(*words, cwd=rules)
        check("promtool " + " ".join(words), good, "" if good else output)


def check_services():
    """The units are valid, and rated below 3 (0 is best), where systemd-analyze can rate a file."""
    for unit in sorted((ROOT / "contrib/systemd").glob("*.service")):
        rated = subprocess.run(["systemd-analyze", "security", "--offline=true", str(unit)], capture_output=True, text=True)
        found = re.search(r"exposure level for \S+: ([0-9.]+)", rated.stdout)
        check(f"systemd-analyze security {unit.name} is below 3", found is not None and float(found[1]) < 3,
              found[1] if found else rated.stderr.strip())


def check_format(url):
    good, output = promtool("check", "metrics", input=fetch(url))
    check("promtool check metrics", good and not output, output)
    open_metrics = fetch(url, Accept="application/openmetrics-text; version=1.0.0")
    check("OpenMetrics ends with # EOF", open_metrics.endswith("\n# EOF\n"))


def check_rates(prometheus):
    """Each thread is in exactly one state at each moment, so the rates of all states add up to the threads."""
    crowd = 'command="crowd",job="direct"'
    rate = prometheus.number(f"sum(rate(rstat_tsa_state_seconds_total{{{crowd}}}[{WINDOW}]))")
    check(f"the rates of {THREADS + 1} threads add up to them within 1 %", abs(rate / (THREADS + 1) - 1) < 0.01, rate)
    all_rates = prometheus.number(f'sum(rate(rstat_tsa_state_seconds_total{{job="direct"}}[{WINDOW}]))')
    threads = prometheus.number(f'avg_over_time(sum(rstat_tsa_threads{{job="direct"}})[{WINDOW}:1s])')
    check("those of the machine to its threads within 1 %", abs(all_rates / threads - 1) < 0.01, f"{all_rates} of {threads}")
    # Through a file both the file's and the scrape's moments vary, each by up to a second.
    node = prometheus.number(f'sum(rate(rstat_tsa_state_seconds_total{{command="crowd",job="node"}}[{WINDOW}]))')
    check("through node_exporter within 10 %", node is not None and abs(node / (THREADS + 1) - 1) < 0.1, node)
    # Of one scrape: rate() extrapolates series that have just begun.
    states = 'sum(rstat_tsa_state_seconds_total{job="direct",state="cpu_wait"})'
    difference = prometheus.number(f'sum(rstat_tsa_cpu_wait_seconds_total{{job="direct"}}) / {states} - 1')
    check("the causes of waits for a CPU add up to them", abs(difference) < 1e-6, difference)


def check_dashboard(prometheus):
    dashboard = json.loads((ROOT / "contrib/grafana/rstat-tsa.json").read_text())
    variables = {"$instance": ".*", "$unit": ".*", "$__rate_interval": WINDOW}
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            expression = target["expr"]
            for name, value in variables.items():
                expression = expression.replace(name, value)
            result = prometheus.query(expression)
            numbers = [one for one in result if one["value"][1] != "NaN"]
            check(f"dashboard: {panel['title']} ({target['refId']})", bool(numbers), f"{len(numbers)} series")
    for variable in dashboard["templating"]["list"]:
        found = re.fullmatch(r"label_values\((.*), (\w+)\)", variable.get("definition", ""))
        if found:
            selector = found[1].replace("$instance", ".*")
            check(f"dashboard: values of {variable['name']}", bool(prometheus.ask(f"label/{found[2]}/values", **{"match[]": selector})))


def main():
    build = pathlib.Path(sys.argv[1])
    program = build / "rstat-tsa"
    check_files()
    if shutil.which("systemd-analyze"):
        check_services()
    with tempfile.TemporaryDirectory(prefix="rstat-ecosystem.") as name:
        folder = pathlib.Path(name)
        processes = Processes(folder)
        try:
            run(program, build, folder, processes)
        except SystemExit:
            for log in folder.glob("*.log"):
                print(f"-- {log.name}", log.read_text()[-2000:], sep="\n")
            raise
        finally:
            processes.end()
    raise SystemExit(1 if failures else 0)


def run(program, build, folder, processes):
    direct, node, server = free_port(), free_port(), free_port()
    text = folder / "text"
    text.mkdir()
    read_end, write_end = os.pipe()
    crowd = processes.start("crowd", build / "tests/puppets/crowd", THREADS, stdin=read_end)
    wait_until(lambda: "READY" in (folder / "crowd.log").read_text(), 60, "the crowd")
    processes.put_in_unit(crowd)
    convoy = ROOT / "examples/lock-convoy"
    processes.start("convoy", convoy, "120")
    serve = ("direct", program, "metrics", "--listen", f"127.0.0.1:{direct}")
    metrics = processes.start(*serve)
    processes.start("file", program, "metrics", "--textfile", text / "tsa.prom", "-i", "1000")
    processes.start("node", "prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
                    f"--collector.textfile.directory={text}", f"--web.listen-address=127.0.0.1:{node}")
    (folder / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ["{ROOT}/contrib/prometheus/rstat-tsa.rules.yml"]
scrape_configs:
  - {{job_name: direct, static_configs: [{{targets: ["127.0.0.1:{direct}"]}}]}}
  - {{job_name: node, static_configs: [{{targets: ["127.0.0.1:{node}"]}}]}}
""")
    good, output = promtool("check", "config", str(folder / "prometheus.yml"))
    check("promtool check config", good, "" if good else output)
    processes.start("prometheus", "prometheus", f"--config.file={folder}/prometheus.yml",
                    f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{server}")
    prometheus = Prometheus(server)
    wait_until(lambda: prometheus.number('up{job="direct"} == 1') and prometheus.number(
        'rstat_tsa_build_info{job="node"}'), 60, "both ways of scraping")
    check_format(f"http://127.0.0.1:{direct}/metrics")
    time.sleep(30)
    check_rates(prometheus)
    metadata = prometheus.ask("metadata", metric="rstat_tsa_state_seconds")
    check("Prometheus scrapes OpenMetrics", [one["unit"] for one in metadata.get("rstat_tsa_state_seconds", [])][:1] == ["seconds"])
    check("scrapes have not failed", prometheus.number(f'min_over_time(up{{job="direct"}}[{WINDOW}])') == 1)
    check_dashboard(prometheus)
    check("recording rules have data", prometheus.number("count(instance_unit:rstat_tsa_delayed_threads:rate5m)") or 0)

    metrics.kill()  # not an orderly end: what comes next must look like a reset all the same
    metrics.wait()
    metrics = processes.start(*serve)
    idle = 'rstat_tsa_state_seconds_total{command="crowd",state="idle",job="direct"}'
    wait_until(lambda: (prometheus.number(f"resets({idle}[1m])") or 0) == 1, 40, "the reset after a restart")
    time.sleep(25)
    rate = prometheus.number(f"sum(rate({idle}[{WINDOW}]))")
    check("after a restart the rate is right again", rate is not None and abs(rate / (THREADS + 1) - 1) < 0.01, rate)
    across = prometheus.number(f"sum(rate({idle}[1m]))")
    check("and never negative or too high across it", across is not None and 0 < across < 1.05 * THREADS, across)
    check("one reset, no other", prometheus.number("max(resets(rstat_tsa_state_seconds_total{job=\"direct\"}[2m]))") == 1)
    os.close(write_end)


if __name__ == "__main__":
    main()
