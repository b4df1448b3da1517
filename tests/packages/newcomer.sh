#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A newcomer's first minutes in a clean system: README's commands word by word, in a fresh clone at /root/rstat-tsa:
# tests/packages/newcomer.sh VERSION. Run by scripts/test-packages.
source /src/tests/packages/checks.sh

version=$1
build_seconds=7200  # at most, for the compilation
cd /root/rstat-tsa

# The commands of the block after the heading "Install", without their remarks.
commands() {
    sed -n '/^## Install/,/^## Use/p' README.md | sed -n '/^```$/,/^```$/p' | sed '/^```/d; s/ *#.*//; s/ \[[A-Z]*\]//'
}

check "README has the two commands" equal "$(commands | tr '\n' ';')" "scripts/run;scripts/install;"
check "$(commands | sed -n 1p) shows threads" shows_threads "$build_seconds" "$(commands | sed -n 1p)"
check "$(commands | sed -n 2p) installs it" bash -c "$(commands | sed -n 2p)"
check "the version is that of the source" equal "$(/usr/local/bin/rstat-tsa --version)" "rstat-tsa $version"
check "it is in the path" equal "$(command -v rstat-tsa || PATH=/usr/local/bin:$PATH command -v rstat-tsa)" /usr/local/bin/rstat-tsa
check "doctor finds the probes working" /usr/local/bin/rstat-tsa doctor
check "stat reports from the probes" reports_from_the_probes /usr/local/bin/rstat-tsa
useradd -m user
check "an ordinary user gets reports from the probes" reports_from_the_probes setpriv --reuid user --regid user --init-groups \
    /usr/local/bin/rstat-tsa
