#!/usr/bin/env bash
# Makes .venv and installs what `make demo` or `make test` needs. Usage: .ci/setup.sh demo|test
# Nothing is done that was done before: a second run takes a fraction of a second.
set -euo pipefail
cd "$(dirname "$0")/.."

runtime="libportaudio2 libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0
    libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 libxcb-xkb1"
tests="jackd2 pulseaudio pulseaudio-utils libasound2-plugins xvfb ffmpeg sox swh-plugins zam-plugins"
scenes="fluidsynth fluid-soundfont-gm espeak-ng tuxpaint-stamps-default"

case "${1-}" in
demo) extras="bench" packages="$runtime" essential=false ;;
test) extras="train,bench,vst3,midi,dev" packages="$runtime $tests $scenes" essential=true ;;
*) echo "usage: .ci/setup.sh demo|test" >&2 && exit 2 ;;
esac
shape=$1

say() { echo "setup: $*" >&2; }

# System libraries -----------------------------------------------------------------------------------------------------

missing_packages() {
    local installed package
    # Newer releases call some libraries NAMEt64.
    installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' | sed -n 's/^ii  *//p' | sed 's/t64$//')
    for package in $packages; do
        grep -qxF -- "$package" <<<"$installed" || printf '%s ' "$package"
    done
}

apt_install() {
    local become=()
    [ "$(id -u)" -eq 0 ] || become=(sudo -n)
    "${become[@]}" true 2>/dev/null || return 1
    "${become[@]}" apt-get update -qq >&2 || return 1
    "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

install_libraries() {
    local missing
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "on this system, install PortAudio (and for tests JACK, Xvfb, FFmpeg, SoX, FluidSynth, eSpeak NG) by hand"
        return
    fi
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    say "installing system packages: $missing"
    # shellcheck disable=SC2086
    if ! apt_install $missing; then
        say "these system packages are missing; type: sudo apt-get install --no-install-recommends $missing"
        if $essential; then exit 1; fi
    fi
}

# Python packages ------------------------------------------------------------------------------------------------------

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
        if [ -n "$candidate" ] &&
            "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    say "no Python 3.11 or newer with venv was found; install one (Debian: sudo apt-get install python3-venv) or set PYTHON"
    return 1
}

install_python_packages() {
    local python stamp
    if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
        if ! python=$(find_python 2>/dev/null) && command -v apt-get >/dev/null; then
            say "installing python3-venv"
            apt_install python3-venv || true
        fi
        python=$(find_python)
        say "making .venv with $python"
        "$python" -m venv --clear .venv
    fi
    # The editable install names this folder, so that a moved checkout installs again.
    stamp="$(cat pyproject.toml constraints.txt | cksum) $PWD"
    if [ "$(cat ".venv/installed-$shape" 2>/dev/null)" = "$stamp" ]; then return; fi
    say "installing Python packages into .venv; the first time this takes some minutes"
    .venv/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[$extras]"
    echo "$stamp" >.venv/installed-demo
    [ "$shape" = demo ] || echo "$stamp" >".venv/installed-$shape"
}

install_libraries
install_python_packages
