#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The life of the .deb in a clean system: tests/packages/deb.sh FILE.deb VERSION. Run by scripts/test-packages.
source /src/tests/packages/checks.sh

deb=$1 version=$2
program=/usr/bin/rstat-tsa

answer() {
    echo "rstat-tsa rstat-tsa/group boolean $1" | debconf-set-selections
    dpkg-reconfigure -f noninteractive rstat-tsa
}

owner_and_mode() {
    stat -c '%U:%G %a' "$program"
}

capabilities_of_source() {
    sed -n 's/^#define RSTAT_SETCAP "setcap \(.*\)+ep"$/\1/p' /src/src/base/privilege.h | tr , '\n' | sort
}

capabilities_of_program() {
    getcap "$program" | sed -n 's/.* \(.*\)[=+]ep$/\1/p' | tr , '\n' | sort
}

for_every_user() {
    equal "$(owner_and_mode)" "root:root 755" && equal "$(getcap "$program")" ""
}

for_the_group() {
    equal "$(owner_and_mode)" "root:rstat-tsa 750" && equal "$(capabilities_of_program)" "$(capabilities_of_source)"
}

# By a shell: setpriv itself still has root's capabilities when it starts a program.
as_user() {
    local user=$1
    shift
    # shellcheck disable=SC2016  # of the inner shell
    setpriv --reuid "$user" --regid "$user" --init-groups sh -c '"$@"' sh "$@"
}

renders() {
    local page locale warnings
    for page in /usr/share/man/man?/rstat-tsa*; do
        for locale in C C.UTF-8; do
            warnings=$(LC_ALL=$locale MANWIDTH=80 man --warnings -l "$page" 2>&1 >/tmp/page)
            equal "$warnings" "" && [[ $(wc -l </tmp/page) -gt 10 ]] || return 1
        done
    done
    MANWIDTH=80 man rstat-tsa-record | grep -q '^NAME'
}

each_command_has_a_page() {
    local command
    for command in $(rstat-tsa --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
        [[ $command == help || -e /usr/share/man/man1/rstat-tsa-$command.1.gz ]] || { echo "no page of $command"; return 1; }
    done
    [[ -n $command && -e /usr/share/man/man5/rstat-tsa-columns.5.gz && -e /usr/share/man/man5/rstat-tsa-config.5.gz ]]
}

# Every file of contrib/ and every document of the source.
has_the_files_of_the_source() {
    diff -r /src/contrib /usr/share/doc/rstat-tsa/contrib && diff -r /src/docs /usr/share/doc/rstat-tsa/docs
}

units_are_valid() {
    local unit
    systemd-analyze verify --man=yes /usr/share/doc/rstat-tsa/contrib/systemd/* || return 1
    for unit in /usr/share/doc/rstat-tsa/contrib/systemd/*.service; do
        systemd-analyze security --offline=yes --threshold=29 "$unit" || return 1
    done
}

names_the_missing_library() {
    local said
    if said=$(timeout 60 rstat-tsa metrics --listen unix:/tmp/metrics.sock 2>&1); then
        return 1
    fi
    [[ $said == *"apt install libmicrohttpd12"* ]] || { echo "$said"; return 1; }
}

# One of the packages that the .deb suggests: their name differs between releases.
install_suggested() {
    local package
    for package in $(dpkg-query -W -f '${Suggests}' rstat-tsa | tr '|' ' '); do
        apt_install "$package" && return
    done
    return 1
}

serves_metrics() {
    local page='' server
    rstat-tsa metrics --listen unix:/tmp/metrics.sock &
    server=$!
    for _ in $(seq 60); do
        page=$(curl -s --unix-socket /tmp/metrics.sock http://localhost/metrics || true)
        [[ -z $page ]] || break
        sleep 1
    done
    kill "$server"
    wait "$server" || return 1
    grep -q '^rstat_tsa_threads{' <<<"$page"
}

completes_in_bash() {
    # shellcheck disable=SC2016  # of the inner shell
    bash -c 'source /usr/share/bash-completion/bash_completion
        type -t _completion_loader >/dev/null && _completion_loader rstat-tsa || _comp_load rstat-tsa
        COMP_WORDS=(rstat-tsa rep) COMP_CWORD=1 COMP_LINE="rstat-tsa rep" COMP_POINT=13
        "$(complete -p rstat-tsa | sed "s/.*-F \([^ ]*\).*/\1/")" rstat-tsa rep rstat-tsa
        printf "%s\n" "${COMPREPLY[@]}"' 2>/dev/null | grep -q '^report'
}

completes_in_zsh() {
    zsh -fc 'autoload -Uz compinit; compinit -D; [[ ${_comps[rstat-tsa]} == _rstat-tsa ]] && autoload +X _rstat-tsa'
}

completes_in_fish() {
    fish -c 'complete -C "rstat-tsa rep"' | grep -q '^report'
}

# The same program under a later version.
newer_package() {
    local tree
    tree=$(mktemp -d)
    dpkg-deb -R "$deb" "$tree/package"
    sed -i "s/^Version: .*/Version: $version+later/" "$tree/package/DEBIAN/control"
    dpkg-deb --root-owner-group -b "$tree/package" "$tree/later.deb" >/dev/null
    echo "$tree/later.deb"
}

# man keeps the pages that it showed.
left() {
    find / -xdev \( -path /src -o -path /tmp -o -path /proc -o -path /sys -o -path /dev -o -path /var/cache/man \) -prune -o \
        -name '*rstat-tsa*' -print
    getent group rstat-tsa || true
    dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' 'rstat-tsa*' 2>/dev/null || true
    debconf-get-selections 2>/dev/null | grep rstat-tsa || true
}

apt_install() {
    apt-get -qy install --no-install-recommends "$@"
}

check "nothing of it is there before" equal "$(left)" ""
check "apt installs it" apt-get -qy install "$deb"
check "the version is that of the source" equal "$(rstat-tsa --version)" "rstat-tsa $version"
check "by default every user may run it, without capabilities" for_every_user
check "no group is made by default" not getent group rstat-tsa
check "the default answer is recorded" grep -q 'rstat-tsa/group' /var/cache/debconf/config.dat
check "doctor finds the probes working" rstat-tsa doctor
check "stat reports from the probes" reports_from_the_probes rstat-tsa
check "the first screen shows threads" shows_threads "$screen_seconds" rstat-tsa
check "metrics without its library names the package" names_the_missing_library
check "apt installs the suggested library" install_suggested
check "test tools: man, shells, curl, systemd" apt_install man-db bash-completion zsh fish libcap2-bin debconf-utils curl systemd
check "metrics serves its page" serves_metrics
check "its manual pages render without warnings" renders
check "each command and each format has a page" each_command_has_a_page
check "documents and contrib are those of the source" has_the_files_of_the_source
check "the units are valid, and rated below 3.0" units_are_valid
check "bash completes its commands" completes_in_bash
check "zsh loads its completion" completes_in_zsh
check "fish completes its commands" completes_in_fish
check "the desktop's entry names an icon that is installed" test -e \
    "/usr/share/icons/hicolor/scalable/apps/$(sed -n 's/^Icon=//p' /usr/share/applications/rstat-tsa.desktop).svg"

useradd -m -K UID_MIN=5000 member
useradd -m -K UID_MIN=5000 stranger
check "with the group: only its members may run it, with capabilities" answer true
check "owner, mode and capabilities are set" for_the_group
usermod -aG rstat-tsa member
check "a member gets reports from the probes" reports_from_the_probes as_user member rstat-tsa
check "other users may not run it" not as_user stranger rstat-tsa --version
check "an upgrade" apt-get -qy install "$(newer_package)"
check "keeps owner, mode and capabilities" for_the_group
check "without setcap" mv /usr/sbin/setcap /usr/sbin/setcap.away
check "the configuration still ends well" answer true
check "and every user may run it, without capabilities" for_every_user
mv /usr/sbin/setcap.away /usr/sbin/setcap
check "with the group again" answer true
check "owner, mode and capabilities are set again" for_the_group
check "the answer no" answer false
check "takes the capabilities away" for_every_user
check "an administrator's mode" dpkg-statoverride --update --add root root 0700 "$program"
check "and the group" answer true
check "leaves the administrator's mode, without capabilities" equal "$(owner_and_mode) $(getcap "$program")" "root:root 700 "
dpkg-statoverride --remove "$program"
check "with the group for the last time" answer true
check "apt removes it" apt-get -qy remove rstat-tsa
check "the program is gone" not test -e "$program"
check "apt purges it" apt-get -qy purge rstat-tsa
check "nothing of it is left" equal "$(left)" ""
