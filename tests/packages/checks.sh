# SPDX-License-Identifier: MIT
# Shared by what scripts/test-packages runs inside a clean system (sourced): each check prints a line, and the first that
# fails ends the script.
# shellcheck shell=bash
set -euo pipefail

source /src/tests/guest/checks.sh

screen_seconds=60  # at most, until the first screen

# check <sentence> <command...>: a row of the output.
check() {
    local sentence=$1 output
    shift
    if ! output=$("$@" 2>&1); then
        printf 'FAILED  %s\n%s\n' "$sentence" "$output"
        exit 1
    fi
    printf 'ok      %s\n' "$sentence"
}

not() {
    ! "$@"
}

# equal <found> <expected>
equal() {
    [[ $1 == "$2" ]] || { echo "found '$1', expected '$2'"; return 1; }
}

# The report of a binary has states from the probes.
reports_from_the_probes() {
    local source=bpf
    if [[ ! -e /sys/kernel/btf/vmlinux ]]; then
        source=procfs
    fi
    # An idle machine has few threads that run: the program itself and a few of the kernel.
    "$@" stat --json -n 2 -i 500 | check_reports "$source" 4
}

# shows_threads <seconds> <command>: the command, in a terminal, shows the overview; then `q` ends it.
shows_threads() {
    local seconds=$1 command=$2 folder output found=1 status=0 writer
    folder=$(mktemp -d)
    output=$folder/output
    mkfifo "$folder/keys"
    TERM=xterm-256color script -qefc "stty rows 40 cols 120; $command" "$output" <"$folder/keys" >/dev/null &
    local terminal=$!
    exec {writer}>"$folder/keys"
    for ((; seconds > 0; seconds--)); do
        if grep -q 'threads by' "$output" 2>/dev/null; then
            found=0
            break
        fi
        kill -0 "$terminal" 2>/dev/null || break
        sleep 1
    done
    (trap '' PIPE && printf q >&"$writer") 2>/dev/null || true  # it may have ended
    exec {writer}>&-
    wait "$terminal" || status=$?
    [[ $found == 0 && $status == 0 ]] || { tail -n 20 "$output"; echo "exit code $status"; return 1; }
}
