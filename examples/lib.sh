# SPDX-License-Identifier: MIT
# Shared by the examples (sourced, never run): a folder that goes with the script, and the time that it runs.
# shellcheck shell=bash
set -euo pipefail

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

case ${1:-60} in
    '' | *[!0-9]*) die "'$1' is not a number of seconds; usage: examples/$(basename "$0") [SECONDS]" ;;
    *) seconds=${1:-60} ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/rstat-example-XXXXXX")
started=()

# Ends what the example started, and nothing else; an example adds its own steps with undo().
undo() { :; }
cleanup() {
    local status=$? at
    trap - EXIT
    # The latest first: a server waits for its clients.
    for ((at = ${#started[@]} - 1; at >= 0; at--)); do
        kill "${started[at]}" 2>/dev/null || true
    done
    wait
    undo
    rm -rf "$work"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# compile NAME: the C program on stdin, with symbols and line numbers, as $work/NAME.
compile() {
    command -v cc >/dev/null || die "needs a C compiler: apt install gcc libc6-dev"
    cat >"$work/$1.c"
    cc -std=gnu11 -g -O1 -Wall -Wextra -pthread -o "$work/$1" "$work/$1.c"
}

# start COMMAND...: in the background, until the example ends.
start() {
    "$@" <&0 &  # without it, the stdin of a background command is /dev/null
    started+=($!)
}

# Until the time is over. A signal ends it at once: bash would not act on one before a command in the foreground ends.
run_on() {
    start sleep "$seconds"
    wait "${started[-1]}" || true
}
