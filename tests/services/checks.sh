#!/bin/bash
# SPDX-License-Identifier: MIT
# Inside the guest of scripts/test-services: starts the units of contrib/systemd and checks what they do. A line for each
# check; "all hold" is the last one if they do.
failures=0
units=(rstat-tsa-metrics rstat-tsa-record)
moments=/var/lib/rstat-tsa

# check <what> <yes if it is right> [detail]
check() {
    local what=$1 right=$2 found=${3:-}
    if [[ $right == yes ]]; then
        echo "ok     $what  $found"
    else
        echo "FAILED $what  $found"
        failures=$((failures + 1))
    fi
}

# until_true <seconds> <command...>
until_true() {
    local end=$((SECONDS + $1))
    shift
    while ((SECONDS < end)); do
        "$@" && return 0
        sleep 0.5
    done
    return 1
}

property() { systemctl show -p "$2" --value "$1"; }
is_active() { [[ $(systemctl is-active "$1") == active ]]; }
restarted() { [[ $(property "$1" NRestarts) -gt 0 ]] && is_active "$1"; }
has_complete() { [[ $(grep -l '"why"' "$moments"/*/meta.json 2>/dev/null | wc -l) -ge $1 ]]; }
said() { journalctl -q -o cat -u "$1" -p "$2..$2" | grep -q "$3"; }
lines() { sort -u | tr '\n' ' '; }
scrape() { curl -s --max-time 20 http://127.0.0.1:9787/metrics >/tmp/scrape; }
states_are_scraped() { scrape && grep -q '^rstat_tsa_state_seconds_total{' /tmp/scrape; }

# Every bit that any thread of a process has in any of its sets, as a number.
capabilities_of() {
    local bits=0 one
    while read -r one; do
        bits=$((bits | 0x$one))
    done < <(cat /proc/"$1"/task/*/status | sed -n 's/^Cap[A-Z][a-z]*:[[:space:]]*//p')
    printf '%x' "$bits"
}

# Runs a command as another service, with the rights of these: by a unit, for systemd-run --wait needs D-Bus.
# as_service <name> <command...>
as_service() {
    local name=$1
    shift
    {
        printf '[Service]\nType=oneshot\nDynamicUser=yes\nExecStart=%s\n' "$*"
        printf '%s=%s\n' AmbientCapabilities "$capabilities" CapabilityBoundingSet "$capabilities"
    } >"/run/systemd/system/$name.service"
    systemctl daemon-reload
    systemctl start "$name" 2>/dev/null
}

starts() {
    systemctl start "$1"
    check "$1: starts" "$(is_active "$1" && echo yes)" "$(property "$1" StatusText)"
    check "$1: says so in the journal" "$(said "$1" info "$2" && echo yes)" "$(journalctl -q -o cat -u "$1" | tail -n 1)"
}

# The doctor's list is that of the units, all of them work, and a process has no other.
check_capabilities() {
    local listed granted unit report
    rstat-tsa doctor --service --json >/tmp/doctor
    listed=$(grep -o '"cap_[a-z_]*"' /tmp/doctor | tr -d '"' | lines)
    for unit in "${units[@]}"; do
        for granted in AmbientCapabilities CapabilityBoundingSet; do
            granted=$(property "$unit" "$granted" | tr ' ' '\n' | lines)
            check "$unit: capabilities are those of doctor --service" "$([[ $granted == "$listed" ]] && echo yes)" "$granted"
        done
        check "doctor --service: nothing to say about $unit" \
            "$(grep -q "\"key\":\"unit:$unit.service\",\"status\":\"ok\"" /tmp/doctor && echo yes)"
    done
    as_service doctor /usr/bin/rstat-tsa doctor --service --json
    report=$(journalctl -q -o cat -u doctor | grep '^{')
    check "doctor --service: all of it works in a service" \
        "$([[ $report == *'"ok":true'* && $report != *'"missing"'* && $report != *'"limited"'* ]] && echo yes)" \
        "$(grep -o '"verdict":"[^"]*"' <<<"$report")"
}

check_process() {
    local pid bits
    pid=$(property "$1" MainPID)
    bits=$(capabilities_of "$pid")
    # CAP_NET_ADMIN, CAP_SYS_PTRACE, CAP_SYSLOG, CAP_PERFMON, CAP_BPF
    check "$1: no thread can get another capability" "$([[ $((0x$bits & ~0xc400081000)) == 0 ]] && echo yes)" \
        "any of them: $bits, in force: $(sed -n 's/^CapEff:[[:space:]]*//p' "/proc/$pid/status")"
    check "$1: not as root" "$([[ $(stat -c %u "/proc/$pid") != 0 ]] && echo yes)" "user $(stat -c %u "/proc/$pid")"
}

check_metrics() {
    until_true 20 states_are_scraped
    check "metrics: are scraped" "$(states_are_scraped && echo yes)" "$(wc -l </tmp/scrape) lines"
    check "metrics: come from the probes" "$(grep -q 'source="bpf"' /tmp/scrape && echo yes)"
    check "metrics: units are names" "$(grep -q 'unit="rstat-tsa-metrics.service"' /tmp/scrape && echo yes)"
}

check_capture() {
    local user found
    convoy_for 40
    until_true 60 has_complete 1
    check "record: a capture is complete" "$(has_complete 1 && echo yes)" "$(ls $moments/)"
    check "record: it can be read" "$(rstat-tsa report $moments/* >/tmp/report 2>&1 && echo yes)" "$(wc -l </tmp/report) lines"
    user=$(stat -c %u "/proc/$(property rstat-tsa-record MainPID)")
    found=$(stat -c '%u %a' "$(readlink -f $moments)")
    check "record: the directory is that of its dynamic user" "$([[ $found == "$user 750" ]] && echo yes)" "$found"
    check "record: a capture is a notice in the journal" "$(said rstat-tsa-record notice 'capture:' && echo yes)"
    as_service wrong-rule /usr/bin/rstat-tsa record -o /tmp/wrong --when nonsense
    check "record: a mistake is an error in the journal" "$(said wrong-rule err nonsense && echo yes)" \
        "$(journalctl -q -o cat -u wrong-rule -p err | grep -m 1 nonsense)"
}

# Its threads wait for one lock.
convoy_for() { sleep "$1" | convoy >/dev/null 2>&1 & }

check_watchdog() {
    local unit=$1 before sign
    sign=$(property "$unit" WatchdogTimestampMonotonic)
    sleep 6
    check "$unit: reports that it runs" "$([[ $(property "$unit" WatchdogTimestampMonotonic) -gt $sign ]] && echo yes)" \
        "$(property "$unit" NRestarts) restarts"
    check "$unit: is not restarted while it does" "$([[ $(property "$unit" NRestarts) == 0 ]] && echo yes)"
    before=$(property "$unit" MainPID)
    kill -STOP "$before"
    until_true 120 restarted "$unit"
    check "$unit: one that hangs is restarted by the watchdog" \
        "$(restarted "$unit" && journalctl -q -o cat -u "$unit" | grep -q 'Watchdog timeout' && echo yes)" \
        "PID $before, then $(property "$unit" MainPID), $(property "$unit" NRestarts) restarts"
}

check_prune() {
    local old
    mkdir -p $moments/2020-01-01T00-00-00-old $moments/2020-01-01T00-00-00-touched $moments/kept-by-hand
    touch $moments/2020-01-01T00-00-00-old/threads.csv $moments/2020-01-01T00-00-00-file
    chown -R --reference="$(readlink -f $moments)" $moments/
    for old in 2020-01-01T00-00-00-old kept-by-hand 2020-01-01T00-00-00-file; do touch -d '30 days ago' $moments/$old; done
    systemctl start rstat-tsa-prune.service
    check "prune: an old capture is deleted" "$([[ ! -e $moments/2020-01-01T00-00-00-old ]] && echo yes)" "$(echo $moments/*)"
    check "prune: nothing else is" "$([[ -d $moments/2020-01-01T00-00-00-touched && -d $moments/kept-by-hand &&
        -f $moments/2020-01-01T00-00-00-file ]] && has_complete 2 && echo yes)"
    systemctl start rstat-tsa-prune.timer
    check "prune: once a day" "$([[ -n $(property rstat-tsa-prune.timer NextElapseUSecRealtime) ]] && echo yes)" \
        "next $(property rstat-tsa-prune.timer NextElapseUSecRealtime)"
}

# What takes hours takes seconds here: by files of systemctl edit, as the unit's comment says.
mkdir -p /etc/systemd/system/rstat-tsa-{record,metrics}.service.d
printf '[Service]\nTimeoutStartSec=300\nWatchdogSec=10\n' | tee /etc/systemd/system/rstat-tsa-{record,metrics}.service.d/quick.conf >/dev/null
cat >/etc/systemd/system/rstat-tsa-record.service.d/rule.conf <<'UNIT'
[Service]
ExecStart=
ExecStart=/usr/bin/rstat-tsa record -o /var/lib/rstat-tsa --compress --when "threads(lock_wait, convoy) > 2" --before 2s --after 2s
UNIT
systemctl daemon-reload

echo "systemd $(systemctl --version | head -n 1 | cut -d ' ' -f 2), Linux $(uname -r)"
capabilities=$(property rstat-tsa-metrics AmbientCapabilities)
starts rstat-tsa-metrics "metrics at"
check_metrics
starts rstat-tsa-record "Started"
check_capture
check_capabilities
for unit in "${units[@]}"; do
    check_process "$unit"
    check_watchdog "$unit"
done
until_true 20 states_are_scraped
check "metrics: are scraped again" "$(states_are_scraped && echo yes)"
convoy_for 30
until_true 60 has_complete 2
check "record: captures again" "$(has_complete 2 && echo yes)"
check_prune
for unit in "${units[@]}"; do
    systemctl stop "$unit"
    check "$unit: ends well" "$([[ $(property "$unit" Result) == success ]] && echo yes)" "$(journalctl -q -o cat -u "$unit" | tail -n 1)"
done
if ((failures == 0)); then echo "all hold"; else echo "$failures failed"; fi
