# SPDX-License-Identifier: MIT
# Shared by scripts that need clean Debian systems (sourced after lib.sh, never run): the mirror, the trees, and commands
# in them. The sourcing script sets `mirror` (empty: where this machine's apt installs from), `work`, a temporary folder,
# and `overlay`: empty, or a folder that gets what commands change, so that the tree stays as it is.
# shellcheck shell=bash

running=  # the process being waited for

# Runs a command in the background and waits for it, so that a signal to the shell ends both immediately.
wait_for() {
    local status=0
    "$@" &
    running=$!
    wait "$running" || status=$?
    running=
    return "$status"
}

# For the script's end.
end_running() {
    if [[ -n $running ]]; then
        kill "$running" 2>/dev/null || true
        wait "$running" 2>/dev/null || true
        sleep 1  # its children are killed after it
    fi
}

# The processes and private mounts of a command end with its first process, which ends with this shell.
isolated=(setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child --mount-proc)

# in_tree <tree> <source> <variable=value...> -- <command...>: in a chroot with the repository at /src, read-only.
in_tree() {
    local tree=$1 source=$2 variables=()
    shift 2
    while [[ $1 != -- ]]; do
        variables+=("$1")
        shift
    done
    shift
    mkdir -p "$tree/src"
    cp /etc/resolv.conf "$tree/etc/resolv.conf" 2>/dev/null || true
    # shellcheck disable=SC2016  # the inner shell's own arguments
    "${isolated[@]}" sh -ec 'tree=$1 source=$2 overlay=$3; shift 3
        if [ -n "$overlay" ]; then
            mkdir -p "$overlay/upper" "$overlay/work" "$overlay/root"
            mount -t overlay overlay -o "lowerdir=$tree,upperdir=$overlay/upper,workdir=$overlay/work" "$overlay/root"
            tree=$overlay/root
        fi
        mount -t proc proc "$tree/proc"
        mount --rbind /sys "$tree/sys"
        mount --rbind /dev "$tree/dev"
        mount --bind "$source" "$tree/src"
        mount -o remount,bind,ro "$tree/src"
        exec chroot "$tree" "$@"' sh "$tree" "$source" "$overlay" \
        /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        "${variables[@]}" "$@"
}

# The archives that apt uses, of any distribution.
archives() {
    local uri
    if [[ -n $mirror ]]; then
        echo "${mirror%/}"
        return
    fi
    apt-get --print-uris update | sed -nE "s|^'(.*)/dists/[^/]*/InRelease'.*|\1|p" | while read -r uri; do
        case $uri in
            http://* | https://*) echo "$uri" ;;
            # A file with a list of archives.
            mirror+file:/*) awk '/^https?:/ { sub(/\/$/, "", $1); print $1 }' "${uri#mirror+file:}" ;;
        esac
    done | awk '!seen[$0]++'
}

# archive_of <release> <log>: the archive that has a release of Debian; fails if none has.
archive_of() {
    local archive
    : >"$2"
    for archive in $(archives); do
        rm -f "$work/release"
        if /usr/lib/apt/apt-helper -q -o APT::Sandbox::User=root download-file "$archive/dists/$1/InRelease" \
            "$work/release" >>"$2" 2>&1 && grep -qx 'Label: Debian' "$work/release"; then
            echo "$archive"
            return
        fi
    done
    return 1
}

# Settings of this machine's apt that also apply in a chroot: proxies and the handling of the mirror's clock.
write_settings() {
    apt-config dump | grep -E '^Acquire::(http|https|Check-Date|Check-Valid-Until|Retries)(::[^ ]*)? ' || true
}

# make_tree <release> <archive> <tree> [packages]: a minimal system. Packages are written without waiting for the disk.
# mmdebstrap installs from the downloaded packages, so only later apt runs delete them.
make_tree() {
    local key=/usr/share/keyrings/debian-archive-keyring.gpg
    write_settings >"$work/settings"
    rm -rf --one-file-system "$3" "$3.new"
    TMPDIR=$work "${isolated[@]}" mmdebstrap --mode=root --variant=minbase --include="ca-certificates${4:+,$4}" \
        --aptopt="$work/settings" --dpkgopt=force-unsafe-io "$1" "$3.new" "deb [signed-by=$key] $2 $1 main" &&
        echo 'APT::Keep-Downloaded-Packages "false";' >"$3.new/etc/apt/apt.conf.d/keep" && mv "$3.new" "$3"
}
