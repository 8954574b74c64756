#!/bin/sh
# Make .venv-dev: everything that tests, checks and benchmarks need, and the project itself.
# By uv, which is fast; by pip where uv cannot be had.
set -eu
cd "$(dirname "$0")/.."
. scripts/common.sh

by_uv() {
    rm -rf "$1"
    .tools/bin/uv venv --python "$python" --no-python-downloads "$1" &&
        .tools/bin/uv pip sync --python "$1/bin/python" --require-hashes "$2"
}

packages() {
    if step "Getting uv, a fast installer, into .tools" get_uv &&
        step "Installing tests and tools into .venv-dev (about 15 s)" by_uv .venv-dev requirements-dev.lock; then
        return
    fi
    step "Installing tests and tools into .venv-dev by pip (about a minute)" by_pip .venv-dev requirements-dev.lock
}

choose_python
one_at_a_time

wanted=$(fingerprint requirements-dev.lock)
if ! same .venv-dev/made-from "$wanted"; then
    need_venv
    need_pip
    packages || die "the packages could not be installed; the reason stands above, and the same command tries again"
    printf '%s\n' "$wanted" >.venv-dev/made-from
fi

wanted=$(fingerprint pyproject.toml)
if ! same .venv-dev/project-made-from "$wanted"; then
    need_pip
    rm -f .venv-dev/project-made-from
    step "Adding the project to .venv-dev" our_code .venv-dev ||
        die "the project could not be added to .venv-dev; the reason stands above"
    printf '%s\n' "$wanted" >.venv-dev/project-made-from
fi
