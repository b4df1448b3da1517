# SPDX-License-Identifier: MIT
# Shared by the scripts in this directory (sourced, never run): the repository's path, running as root, building.
# shellcheck shell=bash
set -euo pipefail

RSTAT_CALLER_DIR=$PWD
RSTAT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$RSTAT_ROOT"
# On Debian, bpftool, mkswap and similar are not in an ordinary user's PATH.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
RSTAT_JOBS=${RSTAT_JOBS:-$(nproc)}

say() { printf '%s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}

# Ends the script with this status after printing what its first comment says: asked for (0) or after a wrong argument (2).
usage() {
    local script=$RSTAT_ROOT/scripts/${0##*/}
    if [[ $1 -ne 0 ]]; then
        exec >&2
    fi
    sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$script"
    exit "$1"
}

# For a script that has no arguments but --help.
no_arguments() {
    case ${1:-} in
        '') ;;
        -h | --help) usage 0 ;;
        *) say "scripts/${0##*/}: unknown argument '$1'" && usage 2 ;;
    esac
}

# Runs a command as root: directly if we are root, otherwise through sudo.
as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        say "needs root, and there is no sudo: $*"
        return 1
    fi
}

# The version, from its only place.
program_version() {
    sed -n 's/^project(rstat-tsa VERSION \([0-9.]*\) .*/\1/p' "$RSTAT_ROOT/CMakeLists.txt"
}

# What setcap is given for full use by ordinary users: the program's own list, also used in its help and its hints.
granted_capabilities() {
    sed -n 's/^#define RSTAT_SETCAP "setcap \(.*\)"$/\1/p' "$RSTAT_ROOT/src/base/privilege.h"
}

# Sets `launcher` to CMake's arguments for compiling through ccache, where it is installed: with paths relative to the
# repository, so that every clone hits the cache, and with the sloppiness that precompiled headers need.
use_ccache() {
    launcher=()
    if command -v ccache >/dev/null; then
        launcher=("-DCMAKE_CXX_COMPILER_LAUNCHER=env;CCACHE_BASEDIR=$RSTAT_ROOT;CCACHE_NOHASHDIR=1;CCACHE_SLOPPINESS=pch_defines,time_macros;ccache")
    fi
}

# configure <preset> [cmake arguments]: silent unless it fails. With RSTAT_WERROR=ON in the environment, as in CI and in
# scripts/check, warnings are errors; the build directory is the same.
configure() {
    local preset=$1 log launcher
    shift
    if [[ ${RSTAT_WERROR:-OFF} == ON ]]; then
        preset+=-werror
    fi
    use_ccache
    log=$(mktemp)
    if ! cmake --preset "$preset" "${launcher[@]}" "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# build <preset> [targets]: progress goes to stderr, so that a script's stdout stays data.
build() {
    local preset=$1
    shift
    local targets=()
    if [[ $# -gt 0 ]]; then
        targets=(--target "$@")
    fi
    cmake --build --preset "$preset" --parallel "$RSTAT_JOBS" "${targets[@]}" >&2
}

# What tests printed, without those that passed. A test that did not end is in the last line.
without_passed_tests() {
    awk '/^\[ RUN / { running = $0; next }
        /^\[       OK / { running = ""; next }
        running != "" { print running; running = "" }
        { print }
        END { if (running != "") print running " (did not end)" }' "$1"
}

# run_unit_tests <binary>: in parallel, with a share of the tests for each CPU. The options are for a sanitized build.
# A share that takes too long is aborted, and the sanitizer prints where it is.
run_unit_tests() {
    local -x ASAN_OPTIONS=detect_stack_use_after_return=1:handle_abort=1 UBSAN_OPTIONS=print_stacktrace=1
    local binary=$1 shard shards=() status=0 logs
    logs=$(mktemp -d)
    for ((shard = 0; shard < RSTAT_JOBS; shard++)); do
        GTEST_TOTAL_SHARDS=$RSTAT_JOBS GTEST_SHARD_INDEX=$shard timeout --signal=ABRT --kill-after=30 400 "$binary" \
            >"$logs/$shard" 2>&1 &
        shards+=($!)
    done
    for shard in "${!shards[@]}"; do
        if ! wait "${shards[shard]}"; then
            status=1
            echo "share $shard of the tests failed:"
        fi
        without_passed_tests "$logs/$shard"
    done
    rm -rf "$logs"
    return "$status"
}
