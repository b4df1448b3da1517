# SPDX-License-Identifier: MIT
# The expected output of each step of a guest of scripts/test-kernels (sourced by it, never run).
# Each check_ function gets the directory with the guest's output, the step's status and whether the kernel has what the
# probes need; it prints its findings, and fails if they are wrong.
# shellcheck shell=bash

# The output of a step.
output_of() {
    awk -v step="=== $2" '/^=== / { here = $0 == step; next } here' "$1/output"
}

# "ok", "limited", ...: doctor's status of a check.
doctor_status() {
    grep -o "\"key\":\"$2\",\"status\":\"[a-z]*\"" <<<"$1" | sed 's/.*:"//; s/"$//' || true
}

# The text of that check.
doctor_words() {
    grep -o "\"key\":\"$2\",\"status\":\"[a-z]*\",\"found\":\"[^\"]*\"" <<<"$1" | sed 's/.*"found":"//; s/"$//' || true
}

check_doctor() {
    local said key found wrong= probes
    said=$(output_of "$1" doctor | grep '^{' || true)
    probes=$(doctor_status "$said" probes)
    if [[ -z $probes ]]; then
        echo "no answer (status $2)"
        return 1
    fi
    for key in taskstats schedstat delay_accounting; do
        found=$(doctor_status "$said" "$key")
        [[ $found == ok ]] || wrong+=" $key: ${found:-not reported}"
    done
    if [[ $3 == 0 ]]; then
        [[ $probes != ok ]] || wrong+=" probes: ok on a kernel that cannot have them"
        [[ $(doctor_words "$said" probes) == *"this kernel has no task local storage for these programs (Linux 5.15"* ]] ||
            wrong+=" probes: does not say what the kernel lacks"
        echo "${wrong:-no probes, and says why}"
        [[ -z $wrong ]]
        return
    fi
    for key in probes probes.core probes.drill_down probes.direct_reclaim probes.memory_cgroup_reclaim \
        probes.compaction probes.kernel_locks probes.kernel_symbols probes.wakers probes.neighbors probes.network; do
        found=$(doctor_status "$said" "$key")
        [[ $found == ok ]] || wrong+=" $key: ${found:-not reported}"
    done
    [[ $2 == 0 ]] || wrong+=" status $2"
    echo "${wrong:-all programs load}"
    [[ -z $wrong ]]
}

# check_reports <source> [least rows]: reports in JSON, one per line: the requested number, from the requested source, with
# at least that many rows in all; each thread's states sum to its time, and no data is counted as dropped.
check_reports() {
    awk -v wanted_source="$1" -v wanted_rows="${2:-20}" -v wanted_reports=2 '
        function number(text, key) {
            return match(text, "\"" key "\":[0-9]+") ? substr(text, RSTART + length(key) + 3, RLENGTH - length(key) - 3) : ""
        }
        BEGIN {
            states = split("exec cpu_wait io_wait swap_wait mem_wait lock_wait uninterruptible sync sleep idle stopped zombie", state)
        }
        /^{/ {
            ++reports
            if (!index($0, "\"source\":\"" wanted_source "\"")) wrong = "not from " wanted_source
            list = $0
            if (!sub(/.*"threads":\[/, "", list)) wrong = "no threads"
            count = split(list, thread, /},{/)
            for (t = 1; t <= count; ++t) {
                if (!index(thread[t], "\"tid\":")) continue
                ++rows
                sum = 0
                for (s = 1; s <= states; ++s) sum += number(thread[t], state[s] "_ns")
                wall = number(thread[t], "wall_ns")
                if (wall == "" || sum != wall + 0) wrong = "thread " number(thread[t], "tid") ": states sum to " sum " of " wall " ns"
            }
            health = $0
            sub(/.*"health":{/, "", health)
            sub(/}.*/, "", health)
            gsub(/"[a-z_]+":(0|null),?/, "", health)
            sub(/,$/, "", health)
            if (health != "") lost = "; health: " health
        }
        END {
            if (reports != wanted_reports) wrong = reports + 0 " reports, not " wanted_reports
            if (!wrong && rows < wanted_rows) wrong = rows + 0 " rows only"
            print (wrong ? wrong : rows " rows sum up") lost
            exit wrong != ""
        }'
}

check_stat() {
    local source=bpf
    [[ $3 == 1 ]] || source=procfs
    output_of "$1" stat | check_reports "$source"
}

check_procfs() {
    output_of "$1" procfs | check_reports procfs
}

# GoogleTest's last lines.
check_gtest() {
    local said passed skipped failed
    said=$(output_of "$1" "$3")
    passed=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) tests\{0,1\}\.$/\1/p' <<<"$said")
    skipped=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) tests\{0,1\}, .*/\1/p' <<<"$said")
    failed=$(sed -n 's/^\[  FAILED  \] \([A-Za-z]*\.[a-z0-9_]*\)$/\1/p' <<<"$said" | sort -u | tr '\n' ' ')
    if [[ $2 == 0 && ${passed:-0} -gt 0 ]]; then
        echo "$passed passed${skipped:+, $skipped skipped}"
        return
    fi
    echo "status $2, ${passed:-0} passed${skipped:+, $skipped skipped}; failed: ${failed:-$(grep '^\[ RUN' <<<"$said" | tail -n 1)}"
    return 1
}

check_tests() {
    check_gtest "$1" "$2" tests
}

check_privilege() {
    check_gtest "$1" "$2" privilege
}

# With accounting off where this also disables the CPU counters: doctor reports it, and taskstats shows no numbers.
check_accounting_off() {
    local said found wrong=
    said=$(output_of "$1" accounting_off)
    found=$(doctor_status "$said" delay_accounting)
    [[ $found == limited && $(doctor_words "$said" delay_accounting) == "off (nodelayacct"* ]] ||
        wrong+=" doctor: ${found:-not reported}"
    grep -q '"taskstats":{' <<<"$said" || wrong+=" stat: no taskstats"
    ! grep -Eq '"(cpu_run_virtual|cpu_delay|blkio_delay|swapin_delay)_ns":[0-9]' <<<"$said" ||
        wrong+=" stat: numbers of an accounting that is off"
    echo "${wrong:-off, and no number of it is shown}"
    [[ -z $wrong ]]
}
