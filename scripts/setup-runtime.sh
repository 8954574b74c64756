#!/bin/sh
# Make .venv: the locked packages that the desk runs on, and the sentinel-desk command.
# Does nothing where the lock, pyproject.toml and the interpreter are the ones it was made from.
set -eu
cd "$(dirname "$0")/.."
. scripts/common.sh

choose_python
one_at_a_time

wanted=$(fingerprint requirements.lock)
if ! same .venv/made-from "$wanted"; then
    need_venv
    need_pip
    step "Installing what the desk needs into .venv (about 15 s)" by_pip .venv requirements.lock ||
        die "the packages could not be installed; the reason stands above, and 'make setup' tries again"
    printf '%s\n' "$wanted" >.venv/made-from
fi

wanted=$(fingerprint pyproject.toml)
if ! same .venv/project-made-from "$wanted"; then
    need_pip
    rm -f .venv/project-made-from
    step "Adding the sentinel-desk command" our_code .venv ||
        die "the sentinel-desk command could not be made; the reason stands above"
    printf '%s\n' "$wanted" >.venv/project-made-from
fi
