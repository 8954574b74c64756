#!/usr/bin/env bash
# Set the desk up as a stranger would: from a clean clone, in a bare environment, without caches, by each
# Python at hand and, where we are root, by an ordinary user as well.
set -euo pipefail
cd "$(dirname "$0")/.."
source=$(pwd -P)

# How packages are reached is the machine's own affair, so it stays; everything else goes.
bare() {
    local kept=() name
    for name in $(compgen -e); do
        case $name in
            PIP_CERT | PIP_INDEX_URL | PIP_EXTRA_INDEX_URL | PIP_FIND_LINKS | PIP_CONFIG_FILE | UV_*INDEX* | SSL_CERT_* | *_proxy | *_PROXY)
                kept+=("$name=${!name}") ;;
        esac
    done
    env -i "PATH=/usr/local/bin:/usr/bin:/bin" "LANG=C.UTF-8" PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 PYTHONNOUSERSITE=1 "${kept[@]}" "$@"
}

# try WHO PYTHON: clone, set up, run the command and make the tests'
# environment, in a folder with a space in its name.
try() {
    local who=$1 python=$2 home
    home=$(mktemp -d "${TMPDIR:-/tmp}/fresh desk.XXXXXX")
    trap 'rm -rf "$home"' RETURN
    printf -- '-- as %s with %s\n' "$who" "$("$python" --version)"
    mkdir "$home/desk"
    # What a clone would hold. A clone itself is refused where the checkout belongs to somebody else.
    git -c safe.directory='*' -C "$source" archive HEAD | tar -x -C "$home/desk"
    for config in "${XDG_CONFIG_HOME:-$HOME/.config}/pip" "${XDG_CONFIG_HOME:-$HOME/.config}/uv"; do
        [ ! -d "$config" ] || { mkdir -p "$home/.config" && cp -rL "$config" "$home/.config/"; }
    done
    local as=()
    if [ "$who" != "$(id -un)" ]; then
        chown -R "$who" "$home"
        as=(setpriv --reuid "$who" --regid "$(id -g "$who")" --clear-groups --)
    fi
    bare HOME="$home" "${as[@]}" make -C "$home/desk" --no-print-directory setup setup-dev PYTHON="$python"
    bare HOME="$home" "${as[@]}" "$home/desk/.venv/bin/sentinel-desk" --help >/dev/null
    local environment
    for environment in .venv .venv-dev; do
        "$python" -m pip --python "$home/desk/$environment/bin/python" --disable-pip-version-check check
    done
}

# pythons: one interpreter for each of the versions that we promise, by its real path, where it is at hand.
pythons() {
    local name
    for name in "${PYTHON:-python3}" python3.11 python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3; do
        "$name" -c 'import pip, sys
if sys.version_info[:2] in [(3, 11), (3, 13)]: print(sys.version_info[1], sys.executable)' 2>/dev/null || true
    done | sort -u -k1,1 | cut -d" " -f2-
}

mapfile -t found < <(pythons)
for python in "${found[@]}"; do
    try "$(id -un)" "$python"
done

# An ordinary user cannot read root's own Python; Debian's is everybody's.
if [ "$(id -u)" -eq 0 ] && /usr/bin/python3 -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    try nobody /usr/bin/python3
fi
